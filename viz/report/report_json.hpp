// report_json.hpp - a report as the field `report` of RunResult (docs/output.md): fields are added, never renamed.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "viz/report/report.hpp"

namespace jobset_twin::viz::report {

nlohmann::json reportJson(const RunReport& report);

}  // namespace jobset_twin::viz::report
