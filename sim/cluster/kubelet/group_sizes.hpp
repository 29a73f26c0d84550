// group_sizes.hpp - which Pods of a JobSet belong to a group of containers that work together, and under which numbers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/api/jobset.hpp"
#include "engine/api/object.hpp"
#include "sim/workload/behavior.hpp"
#include "sim/workload/models/group.hpp"

namespace jobset_twin::cluster {

// Behaviours with equal models make one group: the index of the first of them.
std::int32_t firstWithSameModel(const std::vector<workload::Behavior>& behaviors, std::int32_t behavior);

// So many members each role is to have: the Pods that a JobSet has at a time, of those that a behaviour with this model
// is for. Behaviours for some attempts only are passed over, unless they have this model.
std::vector<std::int32_t> groupSizes(const api::Object& jobset, const std::vector<workload::Behavior>& behaviors,
                                     std::int32_t behavior);

// The same of one of its replicated jobs.
std::int32_t membersIn(const api::Object& jobset, const api::ReplicatedJob& job,
                       const std::vector<workload::Behavior>& behaviors, std::int32_t behavior);

// The first rank of each replicated job within its role, and the ranks of each of its Jobs.
using GroupRanks = std::map<std::string, std::pair<std::int32_t, std::int32_t>>;
GroupRanks ranksOf(const api::Object& jobset, const workload::ModelSpec& model);
workload::Member memberOf(const api::Object& pod, const workload::ModelSpec& model, const GroupRanks& ranks);

// The replicated job whose numbers an elastic leader changes: the first with workers. Absent: none.
std::optional<std::size_t> elasticJobOf(const api::Object& jobset, const std::vector<workload::Behavior>& behaviors,
                                        std::int32_t behavior);

}  // namespace jobset_twin::cluster
