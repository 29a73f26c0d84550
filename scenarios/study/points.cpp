// The alternatives of a study, by its design.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "scenarios/study/design.hpp"
#include "scenarios/study/study.hpp"

namespace jobset_twin::scenarios::study {
namespace {

api::Error studyError(const Study& study, std::string text, std::string hint = {}) {
  api::Error error = study.origin;
  error.code = "Invalid";
  error.text = std::move(text);
  error.hint = std::move(hint);
  return error;
}

// "FailJobSet, mtbf=100h": names speak for themselves, values need theirs; so do yes and no.
std::string labelPart(const Factor& factor, const std::string& level) {
  const bool named = !factor.levels.empty() && !factor.levels.front().number && !factor.range && level != "true" &&
                     level != "false" && level != "null";
  return named ? level : fmt::format("{}={}", factor.name, level);
}

void take(Point& point, const Factor& factor, const Level& level, std::string& problem) {
  point.label += (point.label.empty() ? "" : ", ") + labelPart(factor, level.name);
  point.levels.push_back(level.name);
  point.numbers.push_back(level.number);
  point.base.changes.insert(point.base.changes.end(), level.sets.begin(), level.sets.end());
  if (!level.feature_gates.empty())
    point.base.feature_gates += (point.base.feature_gates.empty() ? "" : ",") + level.feature_gates;
  if (level.files.empty()) return;
  if (!point.base.files.empty()) problem = fmt::format("two factors give files; the second is \"{}\"", factor.name);
  point.base.files = level.files;
}

// A level of a factor at a place of [0, 1): a value of its range, or one of its levels.
Level levelAt(const Factor& factor, double place) {
  if (!factor.range) {
    const auto count = static_cast<double>(factor.levels.size());
    return factor.levels[std::min(static_cast<std::size_t>(place * count), factor.levels.size() - 1)];
  }
  const api::TreeNode value = factor.range->at(place);
  Level out = factor.levels.front();
  out.name = value.text;
  out.number = factor.range->numberAt(place);
  const auto swapped = [&](const std::string& set) { return changeText({set, "", false}, value); };
  for (std::string& set : out.sets) set = swapped(set.substr(0, set.find('=')));
  return out;
}

std::vector<std::vector<Level>> choices(const Study& study) {
  std::vector<std::vector<Level>> out;
  if (study.design == DesignKind::kLatinHypercube) {
    for (const std::vector<double>& places : latinHypercube(study.factors.size(), study.samples, study.design_seed)) {
      std::vector<Level> levels;
      for (std::size_t f = 0; f < study.factors.size(); ++f) levels.push_back(levelAt(study.factors[f], places[f]));
      out.push_back(std::move(levels));
    }
    return out;
  }
  std::vector<std::size_t> counts;
  for (const Factor& factor : study.factors) counts.push_back(factor.levels.size());
  const std::vector<std::vector<std::size_t>> rows =
      study.design == DesignKind::kOneAtATime ? oneAtATime(counts) : fullFactorial(counts);
  for (const std::vector<std::size_t>& row : rows) {
    std::vector<Level> levels;
    for (std::size_t f = 0; f < row.size(); ++f) levels.push_back(study.factors[f].levels[row[f]]);
    out.push_back(std::move(levels));
  }
  return out;
}

}  // namespace

api::Result<std::vector<Point>> pointsOf(const Study& study) {
  if (study.factors.empty()) return studyError(study, "spec.factors: must have one factor at least");
  std::vector<std::size_t> counts;
  for (const Factor& factor : study.factors) counts.push_back(factor.levels.size());
  if (study.design == DesignKind::kFullFactorial) {
    const std::optional<std::size_t> count = countOfFullFactorial(counts);
    if (!count || *count > kPointsMax)
      return studyError(study, fmt::format("the full factorial design has more than {} alternatives", kPointsMax),
                        "fewer values, or design: oneAtATime or {latinHypercube: {samples: 100}}");
  }
  if (study.samples > kPointsMax)
    return studyError(study, fmt::format("a design has {} alternatives at most", kPointsMax));
  std::vector<Point> out;
  std::set<std::string> labels;
  for (const std::vector<Level>& levels : choices(study)) {
    Point point;
    point.base = study.base;
    point.base.files.clear();
    std::string problem;
    for (std::size_t f = 0; f < levels.size(); ++f) take(point, study.factors[f], levels[f], problem);
    if (!problem.empty()) return studyError(study, std::move(problem));
    if (point.base.files.empty()) point.base.files = study.base.files;
    if (!labels.insert(point.label).second) continue;  // a Latin hypercube of whole numbers may meet itself
    out.push_back(std::move(point));
  }
  if (!study.baseline.empty() && !labels.contains(study.baseline)) {
    std::string list;
    for (std::size_t i = 0; i < std::min<std::size_t>(out.size(), 8); ++i)
      list += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", out[i].label);
    return studyError(study, fmt::format("spec.baseline: no alternative is called \"{}\"", study.baseline),
                      fmt::format("they are {}{}", list, out.size() > 8 ? ", …" : ""));
  }
  return out;
}

}  // namespace jobset_twin::scenarios::study
