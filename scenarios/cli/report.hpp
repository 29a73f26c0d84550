// report.hpp - a run's outcome as text, in each of the forms of -o.
#pragma once

#include <string>
#include <vector>

#include "scenarios/cli/resolve.hpp"
#include "scenarios/outcome.hpp"
#include "viz/report/placements.hpp"
#include "viz/report/report.hpp"
#include "viz/report/why.hpp"
#include "viz/run_result.hpp"

namespace jobset_twin::cli {

struct ReportOptions {
  std::string format = "table";  // table, wide, json, yaml, name
  viz::ObjectsShown objects = viz::ObjectsShown::kAll;
  bool only_last_line = false;  // --watch-only
  bool color = false;
  std::string scenario_hash, rerun;
  std::string report = "none";                               // --report
  const std::vector<viz::report::WhyAnswer>* why = nullptr;  // of each --why
  const viz::report::Placements* placements = nullptr;       // --scores
  std::vector<std::string> pods;                             // ... of these, namespace/name
  const viz::report::RunReport* causes = nullptr;            // unless "none"
};

viz::ObjectsShown objectsShown(const std::string& word);
// UTF-8 unless the locale of the environment says something else.
bool usesUtf8();

std::string reportText(const scenarios::Outcome& outcome, const std::vector<Resolution>& resolutions,
                       const ReportOptions& options);
// A document in the form "json" or "yaml".
std::string documentText(const nlohmann::json& document, const std::string& format);

}  // namespace jobset_twin::cli
