#include "scenarios/cli/report.hpp"

#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/writer.hpp"
#include "scenarios/cli/terminal.hpp"
#include "scenarios/cli/version.hpp"
#include "viz/describe.hpp"
#include "viz/report/report_json.hpp"
#include "viz/report/report_text.hpp"
#include "viz/tables.hpp"

namespace jobset_twin::cli {
namespace {

std::string tablesText(const scenarios::Outcome& outcome, const std::vector<Resolution>& resolutions,
                       const ReportOptions& options) {
  viz::TableOptions tables;
  tables.wide = true;
  tables.color = options.color;
  tables.utf8 = usesUtf8();
  std::string text;
  const auto add = [&text](const std::string& part) {
    if (part.empty()) return;
    text += "\n" + part;
  };
  if (!options.only_last_line) {
    add(viz::tables(outcome, tables));
    viz::DescribeOptions describe;
    describe.spec = options.format == "wide";
    add(viz::describeJobSets(outcome, describe));
  }
  std::string resolved;
  for (const Resolution& row : resolutions) resolved += resolutionText(row, outcome.start) + "\n";
  add(resolved);
  if (options.why) {
    for (const viz::report::WhyAnswer& answer : *options.why) add(viz::report::whyText(answer, outcome.start));
  }
  if (options.placements) {
    for (const std::string& pod : options.pods)
      add(viz::report::placementsText(options.placements->of(pod), pod, outcome.start));
  }
  if (options.causes) {
    viz::report::TextOptions report;
    report.utf8 = usesUtf8();
    add(viz::report::reportText(*options.causes, report));
  }
  add(styled(fmt::format("jobset-twin {}, scenario {}, seed {}, fingerprint {}; again: {}", kVersion,
                         options.scenario_hash, outcome.seed, outcome.fingerprint, options.rerun),
             Style::kDim, options.color) +
      "\n");
  return text;
}

}  // namespace

viz::ObjectsShown objectsShown(const std::string& word) {
  if (word == "workloads") return viz::ObjectsShown::kWorkloads;
  return word == "none" ? viz::ObjectsShown::kNone : viz::ObjectsShown::kAll;
}

bool usesUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (!value || *value == '\0') continue;
    const std::string_view locale(value);
    return locale.find("UTF-8") != std::string_view::npos || locale.find("utf8") != std::string_view::npos ||
           locale.find("UTF8") != std::string_view::npos || locale.find("utf-8") != std::string_view::npos;
  }
  return true;
}

std::string documentText(const nlohmann::json& document, const std::string& format) {
  return format == "yaml" ? api::writeYaml(document) : api::writeJson(document) + "\n";
}

std::string reportText(const scenarios::Outcome& outcome, const std::vector<Resolution>& resolutions,
                       const ReportOptions& options) {
  if (options.format == "name") {
    std::string text;
    for (const std::string& name : viz::objectNames(outcome, options.objects)) text += name + "\n";
    return text;
  }
  if (options.causes && options.report == "json" && (options.format == "table" || options.format == "wide"))
    return documentText(viz::report::reportJson(*options.causes), "json");
  if (options.format == "table" || options.format == "wide") return tablesText(outcome, resolutions, options);
  nlohmann::json document = viz::runResult(outcome, {options.objects, kVersion, options.scenario_hash});
  if (!resolutions.empty()) document["resolutions"] = resolutionJson(resolutions, outcome.start);
  if (options.causes) document["report"] = viz::report::reportJson(*options.causes);
  if (options.why) document["why"] = viz::report::whyJson(*options.why, outcome.start);
  if (options.placements) {
    for (const std::string& pod : options.pods)
      document["placements"][pod] = viz::report::placementsJson(options.placements->of(pod), outcome.start);
  }
  return documentText(document, options.format);
}

}  // namespace jobset_twin::cli
