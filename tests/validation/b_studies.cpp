// B.4, by studies: scenarios/validation/checkpoint-interval-*.yaml as `whatif` runs them. The interval that they find
// must be the best one, give or take a step of their grid, and what they say of it must not be more than 30 runs know.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/api/yaml_reader.hpp"
#include "scenarios/study/alternatives.hpp"
#include "scenarios/study/analysis.hpp"
#include "scenarios/study/read_study.hpp"
#include "scenarios/study/sweep.hpp"
#include "scenarios/theory/gangs.hpp"
#include "tests/validation/sections.hpp"

namespace jobset_twin::validation {
namespace {

namespace study = scenarios::study;
namespace theory = scenarios::theory;

constexpr const char* kMetric = "makespan";

std::optional<std::string> textOf(const std::string& path) {
  std::ifstream in(path);
  if (!in) return std::nullopt;
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

struct Swept {
  study::Study study;
  study::Results results;
  study::Analysis analysis;
};

Swept sweptStudy(const std::string& name) {
  const std::string path = TWIN_SOURCE_DIR "/scenarios/validation/" + name;
  const std::optional<std::string> text = textOf(path);
  if (!text) throw std::runtime_error("cannot read " + path);
  const api::Documents documents = api::readDocuments(*text, path);
  study::StudyRead read = study::readStudy(documents.trees.at(0), textOf);
  if (!read.errors.empty()) throw std::runtime_error(api::describe(read.errors.front()));
  Swept out;
  out.study = std::move(read.study);
  const api::Result<std::vector<study::Point>> points = study::pointsOf(out.study);
  if (!points) throw std::runtime_error(api::describe(points.errors().front()));
  out.results.study = out.study.name;
  for (const study::Factor& factor : out.study.factors) out.results.factors.push_back(factor.name);
  for (const study::Point& point : *points)
    out.results.points.push_back({point.label, point.levels, point.numbers, {}});
  study::sweep(out.study, study::workOf(*points, out.study.figures, textOf), study::processFarm(0), {}, {},
               out.results);
  out.analysis = study::analyse(out.study, out.results);
  return out;
}

// As a number of steps on a grid whose steps are a factor.
double stepsApart(double a, double b, double step) { return std::abs(std::log(a / b)) / std::log(step); }

void compare(Report& report, const std::string& name, const theory::CheckpointCase& which) {
  const Swept swept = sweptStudy(name + ".yaml");
  const auto best = std::find_if(swept.analysis.best.begin(), swept.analysis.best.end(),
                                 [](const study::BestAnalysis& one) { return one.metric == kMetric; });
  if (best == swept.analysis.best.end()) throw std::runtime_error(name + ": no best");
  const auto hours = [&](std::size_t point) { return swept.results.points[point].numbers[0].value() / 3600; };
  const double exact = theory::bestInterval(which), step = hours(1) / hours(0), found = hours(best->point);
  const std::string seeds = seedsText(1, swept.results.replications());
  report.band(fmt::format("B.4 {}: best interval, h (exact: {:.4f}; a step of the grid: {:.0f} %)", name, exact,
                          (step - 1) * 100),
              exact / step, exact * step, found, seeds);
  // Of the grid's points on both sides of the exact best: neither is said to be worse than the best that was found.
  const auto toldApart = [&](std::size_t point) {
    return point != best->point &&
           std::find(best->not_worse.begin(), best->not_worse.end(), point) == best->not_worse.end();
  };
  std::size_t beside = 0, ends = 0;
  for (std::size_t point = 0; point < swept.results.points.size(); ++point) {
    if (stepsApart(hours(point), exact, step) < 1) beside += toldApart(point) ? 1 : 0;
  }
  for (const std::size_t end : {std::size_t{0}, swept.results.points.size() - 1}) ends += toldApart(end) ? 1 : 0;
  report.formula(fmt::format("B.4 {}: intervals beside the best that are said to be worse", name), 0,
                 static_cast<double>(beside), 0);
  report.formula(fmt::format("B.4 {}: ends of the grid that are said to be worse", name), 2, static_cast<double>(ends),
                 0);
}

}  // namespace

void checkpointStudies(Report& report) {
  if (report.fast()) return;
  compare(report, "checkpoint-interval-24h", {24, 5 * kMinute, 10 * kMinute});
  // Availability as it is published elsewhere: Tc with the save in it.
  const double tf = 1.8, ts = kMinute / 2, tr = 5 * kMinute;
  const double published = ts + std::sqrt(2 * (tf + tr) * ts + ts * ts);
  const theory::CheckpointCase meta{tf, ts, tr};
  report.band(
      "B.4 time with the interval of arXiv 2410.18124 over the least, M=1.8h d=30s R=5m", 1, 1.0015,
      theory::checkpointedTime(meta, published - ts, 1) / theory::checkpointedTime(meta, theory::bestInterval(meta), 1),
      "-");
  compare(report, "checkpoint-interval-6h", {6, 5 * kMinute, 10 * kMinute});
  compare(report, "checkpoint-interval-meta", meta);
}

}  // namespace jobset_twin::validation
