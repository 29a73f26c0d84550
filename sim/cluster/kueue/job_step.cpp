#include "sim/cluster/kueue/job_step.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cluster/kueue/names.hpp"

namespace jobset_twin::cluster::kueue {
namespace {

constexpr std::size_t kPodSetsMost = 18;  // of the Workload's CRD (K-KUE-4)

Step write(api::Request request, std::vector<Said> said = {}) { return {std::move(request), std::move(said), {}, {}}; }

Said ofJob(std::string reason, std::string message) { return {false, false, std::move(reason), std::move(message)}; }

bool held(const Workload& workload) {
  const auto& finalizers = workload.object->meta.finalizers;
  return std::find(finalizers.begin(), finalizers.end(), kInUse) != finalizers.end();
}

Step letGo(const Workload& workload) {
  if (!held(workload)) return {};
  return write(api::patchRequest(api::keyOf(*workload.object), api::RemoveFinalizer{std::string(kInUse)}));
}

// A new one, or nothing yet.
Step create(const JobSituation& in) {
  const api::Object& job = *in.job;
  if (podSetsOf(job) > kPodSetsMost) {
    return {
        {}, {}, fmt::format("a Workload has at most {} podSets, and this has {}", kPodSetsMost, podSetsOf(job)), {}};
  }
  const PriorityRef by = priorityRefOf(job);
  if (!in.priority) {
    return {{},
            {},
            fmt::format("{} \"{}\" not found", by.of_kueue ? "WorkloadPriorityClass" : "PriorityClass", by.name),
            {}};
  }
  const std::string name = job.meta.namespace_ + "/" + workloadName(job);
  return write(api::createRequest(makeWorkload(job, *in.priority, by)),
               {ofJob("CreatedWorkload", "Created Workload: " + name)});
}

Step finish(const JobSituation& in, bool success, std::string_view reason, const std::string& message) {
  Workload wanted = *in.workload;
  setCondition(wanted, kFinished, true, reason.empty() ? (success ? "Succeeded" : "Failed") : reason, message, in.now);
  return write(statusPatch(wanted),
               {ofJob("FinishedWorkload", fmt::format("Workload '{}' is declared finished", wanted.key))});
}

// PodsReady, if it is not what it should be (K-KUE-15).
bool turnPodsReady(Workload& wanted, bool ready, api::TimePoint now) {
  const api::Condition* before = api::findCondition(wanted.conditions, kPodsReady);
  const bool started =
      before && (before->reason == "Started" || before->reason == "Recovered" || before->reason == "WaitForRecovery");
  if (ready) {
    const bool recovered = started && before->status == "False";
    if (before && before->status == "True") return false;
    return setCondition(wanted, kPodsReady, true, recovered ? "Recovered" : "Started",
                        "All pods reached readiness and the workload is running", now);
  }
  if (started && (before->status == "True" || before->reason == "WaitForRecovery")) {
    return setCondition(wanted, kPodsReady, false, "WaitForRecovery",
                        "At least one pod has failed, waiting for recovery", now);
  }
  return setCondition(wanted, kPodsReady, false, "WaitForStart", "Not all pods are ready or succeeded", now);
}

// The job has stopped: its quota is free (K-KUE-14).
Step release(const JobSituation& in) {
  Workload wanted = *in.workload;
  const api::Condition* evicted = api::findCondition(wanted.conditions, kEvicted);
  const std::string reason = evicted->reason, message = evicted->message;
  setCondition(wanted, kRequeued, reason == kPreempted, reason, message, in.now);
  setCondition(wanted, kQuotaReserved, false, "Pending", message, in.now);
  setCondition(wanted, kAdmitted, false, "NoReservation", "The workload has no reservation", in.now);
  if (api::findCondition(wanted.conditions, kPodsReady))
    setCondition(wanted, kPodsReady, false, "WaitForStart", "Not all pods are ready or succeeded", in.now);
  wanted.admission.reset();
  wanted.reclaimable.clear();
  return write(statusPatch(wanted));
}

Step stop(const JobSituation& in, const std::string& message) {
  std::optional<api::Request> request = stopRequest(*in.job, in.workload);
  if (!request) return {};
  std::vector<Said> said;
  if (!stateOf(*in.job).suspended) said.push_back(ofJob("Stopped", message));
  return {std::move(request), std::move(said), {}, {}};
}

Step start(const JobSituation& in) {
  std::string problem;
  std::optional<api::Request> request = startRequest(*in.job, *in.workload, *in.flavors, problem);
  if (!request) return finish(in, false, "FailedToStart", problem);
  return write(std::move(*request),
               {ofJob("Started", "Admitted by clusterQueue " + in.workload->admission->cluster_queue)});
}

Step drifted(const JobSituation& in, const JobState& state) {
  const Workload& workload = *in.workload;
  if (state.suspended && !workload.is(kQuotaReserved)) {
    return write(podSetsPatch(*in.job, workload), {ofJob("UpdatedWorkload",
                                                         "Updated not matching Workload for suspended "
                                                         "job: " +
                                                             workload.key)});
  }
  if (!state.suspended) return stop(in, "No matching Workload; restoring pod templates according to existent Workload");
  api::DeleteOptions options;
  options.propagation = api::Propagation::kBackground;
  return write(api::deleteRequest(api::keyOf(*workload.object), options),
               {ofJob("DeletedWorkload", "Deleted not matching Workload: " + workload.key)});
}

Step accounts(const JobSituation& in, const JobState& state) {
  Workload wanted = *in.workload;
  bool changed = false;
  for (const auto& [podset, count] : state.reclaimable) {
    std::int64_t& kept = wanted.reclaimable[podset];
    if (count <= kept) continue;
    kept = count;
    changed = true;
  }
  if (in.wait->enable && wanted.is(kAdmitted))
    changed = turnPodsReady(wanted, state.ready && !state.suspended, in.now) || changed;
  if (!changed) return {};
  return write(statusPatch(wanted));
}

}  // namespace

Step jobStep(const JobSituation& in) {
  if (!in.job) return in.workload ? letGo(*in.workload) : Step{};
  const JobState state = stateOf(*in.job);
  if (in.workload && in.workload->object->meta.deletionTimestamp) {
    if (Step step = stop(in, "Workload is deleted"); step.request && !state.finished) return step;
    return letGo(*in.workload);
  }
  if (in.workload && in.workload->is(kFinished)) return {};
  if (state.finished) return in.workload ? finish(in, state.succeeded, {}, state.message) : Step{};
  if (in.job->meta.deletionTimestamp) return {};
  if (!in.workload) {
    if (!state.suspended) return stop(in, "Missing Workload; unable to restore pod templates");
    return state.active ? Step{} : create(in);
  }
  if (!asks(*in.job, *in.workload)) return drifted(in, state);
  if (in.workload->is(kQuotaReserved) && !in.workload->is(kEvicted)) {
    if (Step step = accounts(in, state); step.request) return step;
  }
  if (in.workload->is(kEvicted) && in.workload->is(kQuotaReserved)) {
    if (Step step = stop(in, api::findCondition(in.workload->conditions, kEvicted)->message); step.request) return step;
    return state.active ? Step{} : release(in);
  }
  if (!state.suspended) return in.workload->is(kAdmitted) ? Step{} : stop(in, "Not admitted by cluster queue");
  if (in.workload->is(kAdmitted)) return start(in);
  if (Step step = stop(in, {}); step.request) return step;  // a template that is not as it was
  const std::string queue(in.job->meta.labels.get(kQueueName));
  if (queue != in.workload->queue) return write(specPatch(*in.workload, "queueName", queue));
  return {};
}

void evict(Workload& workload, std::string_view reason, std::string_view message, api::TimePoint now) {
  if (!workload.is(kEvicted)) std::erase_if(workload.conditions, [](const auto& one) { return one.type == kEvicted; });
  setCondition(workload, kEvicted, true, reason, message, now);
}

}  // namespace jobset_twin::cluster::kueue
