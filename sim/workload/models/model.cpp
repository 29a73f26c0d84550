#include "sim/workload/models/model.hpp"

#include <algorithm>

#include "sim/kernel/check.hpp"

namespace jobset_twin::workload {

std::size_t roleCount(const ModelSpec& spec) {
  if (const auto* pipeline = std::get_if<PipelineSpec>(&spec.of)) return pipeline->stages.size();
  return std::holds_alternative<AllReduceSpec>(spec.of) ? 1 : 2;
}

std::int32_t roleOf(const ModelSpec& spec, const std::string& replicated_job) {
  const auto found = std::find(spec.roles.begin(), spec.roles.end(), replicated_job);
  const auto last = static_cast<std::ptrdiff_t>(roleCount(spec)) - 1;
  return static_cast<std::int32_t>(std::min(found - spec.roles.begin(), last));
}

Model makeModel(const ModelSpec& spec, const std::vector<std::int32_t>& sizes, kernel::Stream stream) {
  TWIN_ASSERT(sizes.size() == roleCount(spec), "a size for each role", sizes.size());
  if (const auto* all_reduce = std::get_if<AllReduceSpec>(&spec.of)) return AllReduce(*all_reduce, sizes[0], stream);
  if (const auto* leader = std::get_if<LeaderWorkerSpec>(&spec.of)) return LeaderWorker(*leader, stream);
  if (const auto* servers = std::get_if<ParameterServerSpec>(&spec.of))
    return ParameterServer(*servers, sizes[0], sizes[1], stream);
  return Pipeline(std::get<PipelineSpec>(spec.of), stream);
}

bool attach(Model& model, const ModelSpec& spec) {
  if (model.index() != spec.of.index()) return false;
  const auto give = [&](auto& one, const auto& its) { one.attach(its); };
  if (auto* a = std::get_if<AllReduce>(&model)) give(*a, std::get<AllReduceSpec>(spec.of));
  if (auto* b = std::get_if<LeaderWorker>(&model)) give(*b, std::get<LeaderWorkerSpec>(spec.of));
  if (auto* c = std::get_if<ParameterServer>(&model)) give(*c, std::get<ParameterServerSpec>(spec.of));
  if (auto* d = std::get_if<Pipeline>(&model)) give(*d, std::get<PipelineSpec>(spec.of));
  return true;
}

}  // namespace jobset_twin::workload
