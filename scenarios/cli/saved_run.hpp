// saved_run.hpp - the file of --save: what the run was made of (texts and flags), then its state
// (scenarios::Run::save).
#pragma once

#include <ostream>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/result.hpp"
#include "scenarios/cli/run.hpp"
#include "scenarios/cli/run_input.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::cli {

struct SavedRun {
  RunInput input;
  std::string state;  // for scenarios::Run::load
};

// The texts and flags as JSON, and back: throws std::exception with what is wrong.
nlohmann::json inputJson(const RunInput& input);
RunInput inputFrom(const nlohmann::json& saved);

void writeSavedRun(const RunInput& input, const scenarios::Run& run, std::ostream& out);
api::Result<SavedRun> readSavedRun(const std::string& path);

// The flags that may be given with --from: those that do not change the world. "" or which one cannot.
std::string takeFlags(RunInput& saved, const RunOptions& options);

}  // namespace jobset_twin::cli
