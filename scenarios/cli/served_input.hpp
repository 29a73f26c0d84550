// served_input.hpp - what a served cluster is made of, from the command line of `serve` or from the first line of a
// recording: texts and flags, when it begins, and which parts are left out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "scenarios/cli/diagnostics.hpp"
#include "scenarios/cli/run_input.hpp"
#include "scenarios/run.hpp"
#include "scenarios/scenario.hpp"

namespace jobset_twin::cli {

struct ServedInput {
  RunInput run;
  std::vector<std::string> without;  // names of parts (sim/cluster/left_out.hpp)
  std::string authority;             // the certificate (PEM) that clients find in the cluster; "": without TLS
};

struct ServedPlan {
  scenarios::RunPlan run;
  scenarios::Scenario scenario;
};
// Nothing: what is wrong was said. Keeps in `input` what it has read, for servedJson().
std::optional<ServedPlan> planOf(ServedInput& input, Diagnostics& diagnostics);

nlohmann::json servedJson(const ServedInput& input);
// Throws std::exception with what is wrong.
ServedInput servedFrom(const nlohmann::json& saved);

}  // namespace jobset_twin::cli
