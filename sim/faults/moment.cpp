#include "sim/faults/moment.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"
#include "engine/jobset/startup_policy.hpp"

namespace jobset_twin::faults {
namespace {

constexpr std::array<std::string_view, kMomentCount> kMoments = {
    "created", "scheduled", "running",  "ready",   "suspended",  "restarted", "succeeded",
    "failed",  "finished",  "deleting", "deleted", "resolvable", "started",   "ended"};

std::string named(const api::Object& object, std::string_view name) {
  if (object.meta.namespace_.empty()) return fmt::format("{}/{}", api::kindNameOf(object), name);
  return fmt::format("{}/{}/{}", api::kindNameOf(object), object.meta.namespace_, name);
}

bool jobReady(const api::Job& job) {
  std::int64_t wanted = job.spec->parallelism.value_or(1);
  if (job.spec->completions) wanted = std::min<std::int64_t>(wanted, *job.spec->completions);
  return wanted > 0 && job.status.ready.value_or(0) + job.status.succeeded >= wanted;
}

ObjectState jobSetState(const api::JobSet& jobset) {
  ObjectState state;
  state.conditions = &jobset.status.conditions;
  state.terminal_state = jobset.status.terminalState;
  state.restarts = jobset.status.restarts;
  for (const api::ReplicatedJobStatus& job : jobset.status.replicatedJobsStatus) {
    state[Moment::kRunning] = state[Moment::kRunning] || job.active > 0;
  }
  state[Moment::kReady] = jobset::allJobsReady(jobset);
  state[Moment::kSucceeded] = state.terminal_state == "Completed";
  state[Moment::kFailed] = state.terminal_state == "Failed";
  return state;
}

ObjectState jobState(const api::Job& job) {
  ObjectState state;
  state.conditions = &job.status.conditions;
  state[Moment::kRunning] = job.status.active > 0;
  state[Moment::kReady] = jobReady(job);
  state[Moment::kSucceeded] = api::conditionIs(job.status.conditions, "Complete", "True");
  state[Moment::kFailed] = api::conditionIs(job.status.conditions, "Failed", "True");
  return state;
}

ObjectState podState(const api::Pod& pod) {
  ObjectState state;
  state.conditions = &pod.status.conditions;
  state.phase = pod.status.phase;
  for (const auto* statuses : {&pod.status.initContainerStatuses, &pod.status.containerStatuses}) {
    for (const api::ContainerStatus& container : *statuses) state.restarts += container.restartCount;
  }
  state[Moment::kScheduled] = !pod.nodeName.empty();
  state[Moment::kRunning] = pod.status.phase == "Running";
  state[Moment::kReady] = api::conditionIs(pod.status.conditions, "Ready", "True");
  state[Moment::kSucceeded] = pod.status.phase == "Succeeded";
  state[Moment::kFailed] = pod.status.phase == "Failed";
  return state;
}

}  // namespace

std::string_view momentText(Moment moment) { return kMoments[static_cast<std::size_t>(moment)]; }

std::optional<Moment> momentFrom(std::string_view text) {
  for (std::size_t i = 0; i < kMoments.size(); ++i) {
    if (kMoments[i] == text) return static_cast<Moment>(i);
  }
  return std::nullopt;
}

std::vector<std::string> momentNames() { return {kMoments.begin(), kMoments.end()}; }

std::vector<std::string> storedMomentNames() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kMoments.size(); ++i) {
    const auto moment = static_cast<Moment>(i);
    if (moment != Moment::kResolvable && !isOfFaults(moment)) names.emplace_back(kMoments[i]);
  }
  return names;
}

ObjectState stateOf(const api::Object& object) {
  ObjectState state;
  switch (object.kind()) {
    case api::Kind::kJobSet: state = jobSetState(api::as<api::JobSet>(object)); break;
    case api::Kind::kJob: state = jobState(api::as<api::Job>(object)); break;
    case api::Kind::kPod: state = podState(api::as<api::Pod>(object)); break;
    case api::Kind::kNode:
      state.conditions = &api::as<api::Node>(object).status.conditions;
      state[Moment::kReady] = api::conditionIs(*state.conditions, "Ready", "True");
      break;
    default: break;
  }
  state[Moment::kCreated] = true;
  state[Moment::kDeleting] = object.meta.deletionTimestamp.has_value();
  state[Moment::kRestarted] = state.restarts > 0;
  state[Moment::kFinished] = state[Moment::kSucceeded] || state[Moment::kFailed];
  if (state.conditions) state[Moment::kSuspended] = api::conditionIs(*state.conditions, "Suspended", "True");
  return state;
}

std::string fullName(const api::Object& object) { return named(object, object.meta.name); }

std::string sharedName(const api::Object& object) {
  const std::string& prefix = object.meta.generateName;
  if (prefix.empty() || !object.meta.name.starts_with(prefix)) return {};
  return named(object, std::string_view(prefix).substr(0, prefix.size() - (prefix.ends_with('-') ? 1 : 0)));
}

bool hasLastingName(const api::Object& object) {
  return !object.meta.generateName.empty() && object.meta.labels.contains(jobset::kCompletionIndexKey);
}

}  // namespace jobset_twin::faults
