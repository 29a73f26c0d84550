// Before a Job's first Pod: its Workload and its PodGroup (gate WorkloadWithJob, K-SCH-62).
#include "sim/cluster/job/job_controller.hpp"

namespace jobset_twin::cluster {

using job::JobSync;
using job::Work;

void JobController::onWorkloadObject(const apiserver::WatchEvent& event) {
  const std::string_view kind = api::kindNameOf(*event.object);
  if ((kind != "Workload" && kind != "PodGroup") ||
      api::groupOf(api::apiVersionOf(*event.object)) != "scheduling.k8s.io")
    return;
  job::WorkloadObjects& objects = kind == "Workload" ? workloads_ : pod_groups_;
  const api::ObjectMeta& meta = event.object->meta;
  if (event.type == apiserver::WatchType::kDeleted) {
    objects.erase({meta.namespace_, meta.name});
  } else {
    objects[{meta.namespace_, meta.name}] = event.object;
  }
  if (const api::OwnerReference* owner = job::jobOwnerOf(meta)) queue_.add(idOf(meta.namespace_, owner->name));
}

// Sees to it that the sync knows its PodGroup. True: it has asked for what is missing, and Pods come after the answer.
bool JobController::asksForWorkload(Context& ctx, Id id, JobSync& sync) {
  if (!makes_workloads_ || !job::isGang(*api::as<api::Job>(sync.job).spec)) return false;
  const job::Found workload = job::workloadOf(workloads_, *sync.job);
  if (workload.count > 1) {
    events_.record(ctx, *sync.job, EventType::kWarning, "AmbiguousWorkload",
                   "Found " + std::to_string(workload.count) + " Workloads referencing Job " + sync.job->meta.name +
                       ", falling back to normal scheduling for job " + sync.job->meta.namespace_ + "/" +
                       sync.job->meta.name);
    return false;
  }
  const job::JobPods* pods = podsOf(sync.job->meta.uid);
  const bool has_pods = pods && pods->size() > 0;
  if (workload.object) {
    const job::Found group = job::podGroupOf(pod_groups_, *workload.object);
    if (group.object) sync.pod_group = group.object->meta.name;
    if (group.count > 0 || has_pods) return false;
    const api::ObjectPtr made = job::makePodGroup(*sync.job, *workload.object);
    if (made) send(ctx, Purpose::kCreatePodGroup, id, 0, api::createRequest(made));
    return made != nullptr;
  }
  if (has_pods) return false;
  send(ctx, Purpose::kCreateWorkload, id, 0, api::createRequest(job::makeWorkload(*sync.job)));
  return true;
}

void JobController::workloadCreated(Context& ctx, Id id, JobSync& sync, const apiserver::Call& call) {
  const bool is_group = static_cast<Purpose>(call.tag >> 56) == Purpose::kCreatePodGroup;
  const api::Response& response = call.response;
  if (!response.ok()) {  // the next pass may find it
    sync.work_error = response.message;
    worked(ctx, id, sync);
    return;
  }
  const std::string& name = response.object->meta.name;
  events_.record(
      ctx, *sync.job, EventType::kNormal, is_group ? "PodGroupCreated" : "WorkloadCreated",
      std::string("Created ") + (is_group ? "PodGroup " : "Workload ") + name + " for Job " + sync.job->meta.name);
  if (!is_group) {
    const api::ObjectPtr made = job::makePodGroup(*sync.job, *response.object);
    TWIN_ASSERT(made, "a Workload of a Job's own has one template", name);
    send(ctx, Purpose::kCreatePodGroup, id, 0, api::createRequest(made));
    return;
  }
  sync.pod_group = name;
  createPods(ctx, id, sync);
}

}  // namespace jobset_twin::cluster
