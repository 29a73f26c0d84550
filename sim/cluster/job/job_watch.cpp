// What reaches the Job controller's caches, and whom it wakes (K-JOB-20, 22, 82, 83).
#include "sim/cluster/job/job_controller.hpp"

namespace jobset_twin::cluster {

using job::hasTrackingFinalizer;
using kernel::EventClass;

JobController::Id JobController::idOf(const std::string& namespace_, const std::string& name) {
  const auto [at, fresh] = ids_.try_emplace({namespace_, name}, next_id_);
  if (fresh) {
    Entry& entry = entries_[next_id_++];
    entry.namespace_ = namespace_;
    entry.name = name;
  }
  return at->second;
}

JobController::Id JobController::resolve(const api::Object& pod) const {
  const api::OwnerReference* owner = job::jobOwner(pod.meta);
  if (!owner) return 0;
  const auto at = ids_.find({pod.meta.namespace_, owner->name});
  if (at == ids_.end()) return 0;
  const Entry& entry = entries_.at(at->second);
  return entry.job && entry.job->meta.uid == owner->uid ? at->second : 0;
}

void JobController::enqueueBatched(Context& ctx, Id id) {
  queue_.addAfter(ctx.kernel, id, ctx.timing.job.sync_batch, EventClass::kWork);
}

void JobController::onWatch(Context& ctx, const apiserver::WatchEvent& event) {
  if (event.object->kind() == api::Kind::kJob) {
    jobs_seen_ = std::max(jobs_seen_, event.revision);
    onJob(ctx, event);
  } else if (event.object->kind() == api::Kind::kPod) {
    pods_seen_ = std::max(pods_seen_, event.revision);
    cachePod(event);
    onPod(ctx, event);
  } else {
    onWorkloadObject(event);
  }
  startOrphans(ctx);
  startSyncs(ctx);
}

void JobController::onJob(Context& ctx, const apiserver::WatchEvent& event) {
  const api::Object& object = *event.object;
  const Id id = idOf(object.meta.namespace_, object.meta.name);
  Entry& entry = entries_.at(id);
  if (event.type == apiserver::WatchType::kDeleted) {
    entry.job.reset();
    bases_.erase(object.meta.uid);
    queue_.add(id);
    releaseFinalizers(ctx, object);
    return;
  }
  const api::ObjectPtr previous = std::exchange(entry.job, event.object);
  if (event.type == apiserver::WatchType::kAdded || !previous) {
    queue_.add(id);
    return;
  }
  if (object.meta.generation == previous->meta.generation) {
    enqueueBatched(ctx, id);
  } else {
    queue_.add(id);
  }
  const api::Job& job = api::as<api::Job>(object);
  if (job::jobFinished(job.status)) {
    releaseFinalizers(ctx, object);
    return;
  }
  const auto& deadline = job.spec->activeDeadlineSeconds;
  if (job.status.startTime && deadline && deadline != api::as<api::Job>(previous).spec->activeDeadlineSeconds) {
    queue_.addAfter(ctx.kernel, id, *job.status.startTime + std::chrono::seconds(*deadline) - ctx.clock(),
                    EventClass::kWork);
  }
}

// Keeps the Pod under its controlling Job's UID, whether that Job is known or not.
void JobController::cachePod(const apiserver::WatchEvent& event) {
  const api::Object& pod = *event.object;
  const auto drop = [&](const std::string& owner) {
    const auto at = pods_.find(owner);
    if (at != pods_.end() && at->second.remove(pod.meta.uid) && at->second.empty()) pods_.erase(at);
  };
  const api::OwnerReference* owner = job::jobOwner(pod.meta);
  const api::OwnerReference* before = event.previous ? job::jobOwner(event.previous->meta) : nullptr;
  if (before && (!owner || owner->uid != before->uid)) drop(before->uid);
  if (!orphan_ids_.empty()) {
    const auto orphan = orphan_ids_.find(pod.meta.uid);
    if (orphan != orphan_ids_.end()) {
      if (event.type == apiserver::WatchType::kDeleted) {
        orphans_.erase(orphan->second);
        orphan_ids_.erase(orphan);
      } else {
        orphans_[orphan->second] = event.object;
      }
    }
  }
  if (!owner) return;
  if (event.type == apiserver::WatchType::kDeleted) {
    drop(owner->uid);
  } else {
    pods_[owner->uid].put(event.object);
  }
}

void JobController::onPod(Context& ctx, const apiserver::WatchEvent& event) {
  const api::ObjectPtr& pod = event.object;
  if (event.type == apiserver::WatchType::kDeleted) {
    podGone(ctx, pod, true);
  } else if (pod->meta.deletionTimestamp) {
    podGone(ctx, pod, false);
  } else if (event.type == apiserver::WatchType::kAdded) {
    podAdded(ctx, pod);
  } else {
    podChanged(ctx, pod, event.previous);
  }
}

void JobController::podAdded(Context& ctx, const api::ObjectPtr& pod) {
  if (!api::controllerOf(pod->meta)) {
    if (hasTrackingFinalizer(pod->meta)) enqueueOrphan(ctx, pod);
    return;
  }
  if (const Id id = resolve(*pod)) {
    --entries_.at(id).expectations.creations;
    enqueueBatched(ctx, id);
  }
}

void JobController::podChanged(Context& ctx, const api::ObjectPtr& pod, const api::ObjectPtr& previous) {
  const bool released = !hasTrackingFinalizer(pod->meta);
  const auto wake = [&](Id id) {
    if (!id) return;
    if (released) entries_.at(id).expectations.finalizers.erase(pod->meta.uid);
    enqueueBatched(ctx, id);
  };
  const api::OwnerReference* owner = api::controllerOf(pod->meta);
  const api::OwnerReference* before = previous ? api::controllerOf(previous->meta) : nullptr;
  if (before && (!owner || *owner != *before)) wake(resolve(*previous));
  if (owner) {
    wake(resolve(*pod));
  } else if (!released) {
    enqueueOrphan(ctx, pod);
  }
}

// A Pod that is being deleted (not final) or has vanished (final).
void JobController::podGone(Context& ctx, const api::ObjectPtr& pod, bool final) {
  const bool held = hasTrackingFinalizer(pod->meta);
  const Id id = api::controllerOf(pod->meta) ? resolve(*pod) : 0;
  if (!id || job::jobFinished(api::as<api::Job>(entries_.at(id).job).status)) {
    if (held && !final) enqueueOrphan(ctx, pod);  // no sync will take its finalizer
    return;
  }
  job::Expectations& expectations = entries_.at(id).expectations;
  --expectations.deletions;
  if (final || !held) expectations.finalizers.erase(pod->meta.uid);
  enqueueBatched(ctx, id);
}

void JobController::releaseFinalizers(Context& ctx, const api::Object& object) {
  const auto at = pods_.find(object.meta.uid);
  if (at == pods_.end() || at->second.finalizers() == 0) return;
  for (const job::JobPods::Slot slot : at->second.withFinalizer()) enqueueOrphan(ctx, at->second.at(slot).pod);
}

void JobController::enqueueOrphan(Context&, const api::ObjectPtr& pod) {
  const auto [at, fresh] = orphan_ids_.try_emplace(pod->meta.uid, next_orphan_);
  if (fresh) ++next_orphan_;
  orphans_[at->second] = pod;
  orphan_queue_.add(at->second);
}

// One worker, one Pod at a time: its finalizer goes if no unfinished Job of this controller owns it.
void JobController::startOrphans(Context& ctx) {
  while (!listing_ && !orphan_at_work_) {
    const auto next = orphan_queue_.take();
    if (!next) return;
    const auto pod = orphans_.find(*next);
    bool remove = pod != orphans_.end() && hasTrackingFinalizer(pod->second->meta);
    if (remove && api::controllerOf(pod->second->meta)) {
      const Id owner = resolve(*pod->second);
      const api::Job* job = owner ? &api::as<api::Job>(entries_.at(owner).job) : nullptr;
      remove = job::jobOwner(pod->second->meta) &&
               (!job || (!job::managedByOther(*job->spec) && job::jobFinished(job->status)));
    }
    if (remove) {
      orphan_at_work_ = true;
      send(ctx, Purpose::kOrphan, *next, 0,
           api::patchRequest(api::keyOf(*pod->second), api::RemoveFinalizer{std::string(job::kTrackingFinalizer)}));
      return;
    }
    if (pod != orphans_.end()) {
      orphan_ids_.erase(pod->second->meta.uid);
      orphans_.erase(pod);
    }
    orphan_queue_.forget(*next);
    orphan_queue_.done(*next);
  }
}

void JobController::orphanAnswered(Context& ctx, const apiserver::Call& call) {
  const Id id = static_cast<Id>(call.tag >> 24);
  orphan_at_work_ = false;
  if (call.response.ok() || call.response.reason == api::Reason::kNotFound) {
    const auto pod = orphans_.find(id);
    if (pod != orphans_.end()) {
      orphan_ids_.erase(pod->second->meta.uid);
      orphans_.erase(pod);
    }
    orphan_queue_.forget(id);
  } else {
    orphan_queue_.addRateLimited(ctx.kernel, id, ctx.timing.job.api_backoff, ctx.timing.job.api_backoff_max);
  }
  orphan_queue_.done(id);
}

}  // namespace jobset_twin::cluster
