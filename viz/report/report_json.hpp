// report_json.hpp - a report as the field `report` of RunResult (docs/output.md): fields are added, never renamed.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "viz/report/report.hpp"
#include "viz/report/why.hpp"

namespace jobset_twin::viz::report {

nlohmann::json reportJson(const RunReport& report);
// The field `why`.
nlohmann::json whyJson(const std::vector<WhyAnswer>& answers, TimePoint start);

}  // namespace jobset_twin::viz::report
