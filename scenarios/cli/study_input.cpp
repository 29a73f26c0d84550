#include "scenarios/cli/study_input.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "engine/api/yaml_reader.hpp"
#include "scenarios/cli/admission_check.hpp"
#include "scenarios/cli/input.hpp"
#include "scenarios/cli/rerun.hpp"
#include "scenarios/cli/version.hpp"
#include "scenarios/study/read_study.hpp"
#include "sim/kernel/fingerprint.hpp"

namespace jobset_twin::cli {

using namespace scenarios::study;

std::optional<std::string> TextCache::read(const std::string& path) {
  const auto found = texts_.find(path);
  if (found != texts_.end()) return found->second;
  api::Result<std::string> text = readFile(path);
  return texts_.emplace(path, text ? std::optional(std::move(*text)) : std::nullopt).first->second;
}

std::optional<StudyInput> readStudyInput(const std::string& path, Invocation& invocation) {
  Diagnostics& diagnostics = invocation.diagnostics;
  StudyInput out;
  api::Result<std::vector<scenarios::InputFile>> files = readInputs({path});
  if (!files) {
    diagnostics.errors(files.errors());
    return std::nullopt;
  }
  const scenarios::InputFile& file = files->front();
  out.text = file.text;
  diagnostics.addSource(file.name, file.text);
  const api::Documents documents = api::readDocuments(file.text, file.name);
  if (!documents.errors.empty()) {
    diagnostics.errors(documents.errors);
    return std::nullopt;
  }
  if (documents.trees.size() != 1 || documents.trees.front().root.stringAt("kind") != "Study") {
    const std::string_view kind = documents.trees.empty() ? "" : documents.trees.front().root.stringAt("kind");
    diagnostics.error(fmt::format("{}: must hold one document of kind Study, and holds {}", file.name,
                                  documents.trees.empty()       ? std::string("none")
                                  : documents.trees.size() == 1 ? fmt::format("kind \"{}\"", kind)
                                                                : fmt::format("{} documents", documents.trees.size())),
                      "scenarios/studies has some to start from; docs/what-if.md describes the fields");
    return std::nullopt;
  }
  StudyRead read = readStudy(documents.trees.front(), out.read());
  if (!read.errors.empty()) {
    diagnostics.errors(read.errors);
    return std::nullopt;
  }
  out.study = std::move(read.study);
  if (out.study.name.empty()) out.study.name = "study";
  api::Result<std::vector<Point>> points = pointsOf(out.study);
  if (!points) {
    diagnostics.errors(points.errors());
    return std::nullopt;
  }
  out.points = std::move(*points);
  return out;
}

bool checkPoints(const StudyInput& input, Invocation& invocation) {
  Diagnostics& diagnostics = invocation.diagnostics;
  std::set<std::string> warned;
  for (const Point& point : input.points) {
    const std::vector<scenarios::InputFile> files = filesOf(point, input.read());
    for (const scenarios::InputFile& file : files) diagnostics.addSource(file.name, file.text);
    scenarios::Loaded loaded = scenarios::load(files, optionsOf(point), input.read());
    api::Errors errors = loaded.errors;
    if (errors.empty() && loaded.plan.submissions.empty())
      errors.push_back(api::plainError("Invalid", "there is nothing to run: no file holds an object"));
    if (errors.empty()) errors = admit(loaded.plan, files).errors;
    if (!errors.empty()) {
      diagnostics.errors(errors);
      diagnostics.error(fmt::format("alternative \"{}\" cannot be run; nothing was", point.label),
                        fmt::format("try it alone: {}", commandText(runWords(point))));
      return false;
    }
    for (const auto& [pool, price] : input.study.figures.prices) {
      const std::vector<scenarios::NodePool>& pools = loaded.scenario.node_pools;
      if (std::any_of(pools.begin(), pools.end(), [&](const scenarios::NodePool& one) { return one.name == pool; }))
        continue;
      std::vector<std::string> known;
      for (const scenarios::NodePool& one : pools) known.push_back(one.name);
      const std::string near = api::nearestName(pool, known);
      loaded.plan.warnings.push_back(fmt::format("spec.prices: there is no node pool \"{}\": its price has no effect{}",
                                                 pool,
                                                 near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
    }
    for (const std::string& warning : loaded.plan.warnings) {
      if (warned.insert(warning).second) diagnostics.warning(warning);
    }
  }
  return true;
}

Results emptyResults(const StudyInput& input) {
  Results out;
  out.study = input.study.name;
  out.version = kVersion;
  out.text = input.text;
  for (const Factor& factor : input.study.factors) out.factors.push_back(factor.name);
  kernel::Fingerprint digest;
  const auto add = [&](std::string_view what, const std::string& text) { digest.line({}, what, text); };
  for (const Point& point : input.points) {
    out.points.push_back({point.label, point.levels, point.numbers, commandText(runWords(point))});
    for (const std::string& word : runWords(point)) add("word", word);
  }
  for (const auto& [path, text] : input.texts->texts()) add(path, text.value_or(""));
  for (const auto& [pool, price] : input.study.figures.prices) add(pool, std::to_string(price));
  const ServiceLevel& slo = input.study.figures.slo;
  add("slo", fmt::format("{} {} {}", slo.start_within.value_or(scenarios::Duration(-1)).count(),
                         slo.finish_within.value_or(scenarios::Duration(-1)).count(), slo.ettr.value_or(-1)));
  add("gpu", input.study.figures.gpu);
  add("seed", std::to_string(input.study.seed));
  out.hash = digest.text().substr(0, 16);
  return out;
}

}  // namespace jobset_twin::cli
