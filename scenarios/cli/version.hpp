// version.hpp - `version`: which program this is and what it models.
#pragma once

#include "scenarios/cli/invocation.hpp"

namespace jobset_twin::cli {

inline constexpr const char* kVersion = TWIN_VERSION;

void addVersion(CLI::App& app, Invocation& invocation);
int printVersion(bool as_json);

}  // namespace jobset_twin::cli
