// job_status.hpp - which statuses of a Job are refused on /status (K-JOB-74), and the text form of index sets
// (K-JOB-8).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/apiserver/strategy/strategy.hpp"

namespace jobset_twin::apiserver {

void validateJobStatus(const StrategyContext& context, const api::Object& fresh, const api::Object& old,
                       api::Errors& errors);

// "1,3-5,7": how many indexes; -1 and what is wrong if it is malformed, not ascending, or an index is not below
// `completions`.
std::int64_t countIndexes(std::string_view text, std::int64_t completions, std::string& problem);

}  // namespace jobset_twin::apiserver
