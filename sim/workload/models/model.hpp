// model.hpp - one of the workload models, whichever it is.
#pragma once

#include <variant>

#include "sim/workload/models/all_reduce.hpp"
#include "sim/workload/models/leader_worker.hpp"
#include "sim/workload/models/parameter_server.hpp"
#include "sim/workload/models/pipeline.hpp"

namespace jobset_twin::workload {

using Model = std::variant<AllReduce, LeaderWorker, ParameterServer, Pipeline>;

std::size_t roleCount(const ModelSpec& spec);
// The role of containers of a replicated job.
std::int32_t roleOf(const ModelSpec& spec, const std::string& replicated_job);
// `sizes`: how many members each role has, by role.
Model makeModel(const ModelSpec& spec, const std::vector<std::int32_t>& sizes, kernel::Stream stream);

inline GroupStep join(Model& model, TimePoint now, Member who, MemberState state) {
  return std::visit([&](auto& one) { return one.join(now, who, std::move(state)); }, model);
}
inline GroupStep leave(Model& model, TimePoint now, Member who) {
  return std::visit([&](auto& one) { return one.leave(now, who); }, model);
}
inline GroupStep setSpeed(Model& model, TimePoint now, Member who, double speed) {
  return std::visit([&](auto& one) { return one.setSpeed(now, who, speed); }, model);
}
// An elastic JobSet has changed its numbers: so many members each role is to have.
inline GroupStep resize(Model& model, TimePoint now, const std::vector<std::int32_t>& sizes) {
  return std::visit([&](auto& one) { return one.resize(now, sizes); }, model);
}
inline GroupStep tick(Model& model, TimePoint now) {
  return std::visit([&](auto& one) { return one.tick(now); }, model);
}
inline std::optional<TimePoint> wakeOf(const Model& model) {
  return std::visit([](const auto& one) { return one.wake(); }, model);
}
// Its next wake changes nothing by itself.
inline bool isIdle(const Model& model) {
  return std::visit([](const auto& one) { return one.idle(); }, model);
}
inline bool isDone(const Model& model) {
  return std::visit([](const auto& one) { return one.done(); }, model);
}
inline GroupFigures figuresOf(const Model& model, TimePoint now) {
  return std::visit([&](const auto& one) { return one.figures(now); }, model);
}
// After a load: specifications are the scenario's and not saved. False: it is another model.
bool attach(Model& model, const ModelSpec& spec);

}  // namespace jobset_twin::workload
