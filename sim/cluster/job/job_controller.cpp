#include "sim/cluster/job/job_controller.hpp"

namespace jobset_twin::cluster {

using kernel::EventClass;

JobController::JobController(KubernetesGates gates, bool makes_workloads)
    : gates_(gates), makes_workloads_(makes_workloads) {}

void JobController::start(Context& ctx) {
  queue_ = job::SyncQueue(ctx.self(Component::kJobController), kSyncDue);
  orphan_queue_ = job::SyncQueue(ctx.self(Component::kJobController), kOrphanDue);
  const ClientTiming& clients = ctx.timing.clients;
  client_ = ctx.transport.addClient(
      {"kube-controller-manager/job-controller", clients.controller_manager_qps, clients.controller_manager_burst});
  events_.start(ctx,
                {"kube-controller-manager/job-controller-events", clients.controller_manager_qps,
                 clients.controller_manager_burst},
                Component::kJobController);
  ctx.transport.subscribe(api::Kind::kJob, ctx.self(Component::kJobController));
  ctx.transport.subscribe(api::Kind::kPod, ctx.self(Component::kJobController));
  if (makes_workloads_) ctx.transport.subscribe(api::Kind::kGeneric, ctx.self(Component::kJobController));
}

void JobController::stop(Context& ctx) {
  queue_.cancelTimers(ctx.kernel);
  orphan_queue_.cancelTimers(ctx.kernel);
}

void JobController::listed(Context& ctx) {
  listing_ = false;
  startOrphans(ctx);
  startSyncs(ctx);
}

void JobController::onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t) {
  const Id id = static_cast<Id>(a);
  switch (kind) {
    case kSyncDue: queue_.due(id); break;
    case kSyncRun: run(ctx, id); break;
    case kOrphanDue: orphan_queue_.due(id); break;
    default: TWIN_ASSERT(false, "a timer that the Job controller does not know", kind);
  }
  startOrphans(ctx);
  startSyncs(ctx);
}

void JobController::onResponse(Context& ctx, const apiserver::Call& call) {
  if (events_.owns(call)) {
    events_.onResponse(ctx, call);
    return;
  }
  const auto purpose = static_cast<Purpose>(call.tag >> 56);
  const Id id = static_cast<Id>(call.tag >> 24);
  if (purpose == Purpose::kOrphan) {
    orphanAnswered(ctx, call);
  } else {
    const auto at = syncs_.find(id);
    TWIN_ASSERT(at != syncs_.end(), "an answer for a sync that does not run", id);
    if (!call.response.ok() && call.response.reason != api::Reason::kNotFound && ctx.trace.enabled) {
      ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kRequestFailed),
                     "Job " + at->second.job->meta.namespace_ + "/" + at->second.job->meta.name,
                     std::string(api::verbText(call.request.verb)) + ": " + call.response.message);
    }
    switch (purpose) {
      case Purpose::kCreatePod: podCreated(ctx, id, at->second, call); break;
      case Purpose::kCreateWorkload:
      case Purpose::kCreatePodGroup: workloadCreated(ctx, id, at->second, call); break;
      case Purpose::kStripVictim:
      case Purpose::kDeleteVictim: victimAnswered(ctx, id, at->second, call); break;
      case Purpose::kStripFinalizer: finalizerAnswered(ctx, id, at->second, call); break;
      default: statusWritten(ctx, id, at->second, call); break;
    }
  }
  startOrphans(ctx);
  startSyncs(ctx);
}

void JobController::send(Context& ctx, Purpose purpose, Id id, std::uint32_t item, api::Request request) {
  const std::uint64_t tag =
      std::uint64_t{static_cast<std::uint8_t>(purpose)} << 56 | std::uint64_t{id} << 24 | (item & 0xffffffU);
  ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kJobController), std::move(request), tag);
}

const job::JobPods* JobController::podsOf(const std::string& job_uid) const {
  const auto at = pods_.find(job_uid);
  return at == pods_.end() ? nullptr : &at->second;
}

job::JobView JobController::viewOf(const Context& ctx, Id id, const job::JobSync& sync) const {
  static const job::JobPods kNoPods;
  const Entry& entry = entries_.at(id);
  const job::JobPods* pods = podsOf(sync.job->meta.uid);
  return {*sync.job,
          pods ? *pods : kNoPods,
          entry.expectations.finalizers,
          entry.backoff,
          sync.expectations_met,
          ctx.clock(),
          ctx.timing.job,
          gates_};
}

const job::PodBase& JobController::baseOf(const api::Object& object, const std::string& pod_group) {
  auto& [generation, base] = bases_[object.meta.uid];
  if (base.job.empty() || generation != object.meta.generation) {
    base = job::podBase(object);
    generation = object.meta.generation;
  }
  if (!pod_group.empty() && !base.spec->schedulingGroup)
    base.spec.mut().schedulingGroup = api::PodSchedulingGroup{pod_group};
  return base;
}

void JobController::note(Context& ctx, const api::Object& object, std::string text) const {
  if (!ctx.trace.enabled) return;
  ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kDecision),
                 "Job " + object.meta.namespace_ + "/" + object.meta.name, std::move(text));
}

}  // namespace jobset_twin::cluster
