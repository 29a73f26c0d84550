// The steps of a sync and the requests between them; job_sync.hpp has the stages.
#include "sim/cluster/job/job_sync.hpp"

#include <algorithm>

#include "sim/cluster/job/job_controller.hpp"

namespace jobset_twin::cluster {

using job::JobSync;
using job::Stage;
using job::Work;
using kernel::EventClass;

namespace {

std::string podCount(std::size_t count) { return std::to_string(count) + (count == 1 ? " Pod" : " Pods"); }

// What a finished plan tells: "backoffLimit 0: failed Pods 1 → failing; deleting 7 Pods".
std::string decisionText(const job::Assessment& seen, const job::ManagePlan& plan) {
  if (seen.why.empty() && plan.work == Work::kCreate) return "creating " + podCount(plan.pods.size());
  if (seen.why.empty()) return plan.why;
  std::string text = seen.why + (seen.finish.success() ? " → succeeding" : " → failing");
  if (plan.work == Work::kEnd && !plan.victims.empty()) text += "; deleting " + podCount(plan.victims.size());
  return text;
}

// Said once per wait: it gets shorter with each sync.
std::string waitText(const job::ManagePlan& plan) {
  if (plan.work != Work::kWait) return {};
  constexpr api::Duration kTenth = std::chrono::milliseconds(100);
  return ", next Pod in " + api::formatDuration((plan.wait + kTenth - api::Duration(1)) / kTenth * kTenth);
}

bool namespaceTerminating(const api::Response& response) {
  return std::any_of(response.causes.begin(), response.causes.end(),
                     [](const api::Cause& cause) { return cause.reason == "NamespaceTerminating"; });
}

std::string terminatingNames(const job::JobPods& pods) {
  std::string names;
  std::size_t shown = 0;
  for (const job::JobPods::Slot slot : pods.terminating()) {
    if (++shown > 3) return names + ", …";
    names += (names.empty() ? "" : ", ") + pods.at(slot).pod->meta.name;
  }
  return names;
}

void keepFirst(std::string& error, const api::Response& response) {
  if (error.empty())
    error = response.message.empty() ? std::string(api::reasonText(response.reason)) : response.message;
}

}  // namespace

void JobController::startSyncs(Context& ctx) {
  while (!listing_ && syncs_.size() < static_cast<std::size_t>(ctx.timing.job.workers)) {
    const auto id = queue_.take();
    if (!id) return;
    if (!worthSync(ctx, *id)) {
      queue_.done(*id);
      const auto at = entries_.find(*id);
      if (!at->second.job && !queue_.known(*id)) {
        ids_.erase({at->second.namespace_, at->second.name});
        entries_.erase(at);
      }
      continue;
    }
    ++sync_count_;
    const api::ObjectPtr& object = entries_.at(*id).job;
    syncs_[*id].job = object;
    const job::JobPods* pods = podsOf(object->meta.uid);
    const kernel::Duration time =
        kernel::sample(ctx.timing.job.sync, ctx.kernel.seed(),
                       "job-controller/" + object->meta.namespace_ + "/" + object->meta.name + "/sync",
                       static_cast<std::uint64_t>(ctx.now().time_since_epoch().count())) +
        ctx.timing.job.sync_per_child * static_cast<std::int64_t>(pods ? pods->size() : 0);
    ctx.kernel.scheduleAfter(time, ctx.self(Component::kJobController), kSyncRun, *id);
  }
}

// K-JOB-21, and the check of StaleControllerConsistencyJob.
bool JobController::worthSync(Context& ctx, Id id) {
  Entry& entry = entries_.at(id);
  if (!entry.job) {
    entry.expectations = job::Expectations{};
    entry.backoff = job::BackoffRecord{};
    entry.job_written = entry.pods_written = 0;
    entry.told.clear();
    queue_.cancelTimer(ctx.kernel, id);
    queue_.forget(id);
    return false;
  }
  const api::Job& job = api::as<api::Job>(entry.job);
  const auto& mode = job.spec->completionMode;
  if (job::managedByOther(*job.spec)) {
    queue_.forget(id);
    return false;
  }
  if (job::jobFinished(job.status)) {
    entry.backoff = job::BackoffRecord{};
    bases_.erase(entry.job->meta.uid);
    queue_.forget(id);
    return false;
  }
  if (mode && *mode != "Indexed" && *mode != "NonIndexed") {
    events_.record(ctx, *entry.job, EventType::kWarning, "UnknownCompletionMode",
                   "Skipped Job sync because completion mode is unknown");
    queue_.forget(id);
    return false;
  }
  if (gates_.StaleControllerConsistencyJob && (jobs_seen_ < entry.job_written || pods_seen_ < entry.pods_written)) {
    queue_.addAfter(ctx.kernel, id, ctx.timing.job.sync_batch, EventClass::kRetry);
    return false;
  }
  return true;
}

void JobController::run(Context& ctx, Id id) {
  if (!worthSync(ctx, id)) {  // something arrived while the pass took its time
    syncs_.erase(id);
    queue_.done(id);
    return;
  }
  JobSync& sync = syncs_.at(id);
  Entry& entry = entries_.at(id);
  sync.job = sync.written = entry.job;
  sync.expectations_met = entry.expectations.satisfied(ctx.now(), ctx.timing.job.expectations_timeout);
  const job::JobView view = viewOf(ctx, id, sync);
  sync.seen = job::assess(view);
  if (sync.seen.deadline_in) queue_.addAfter(ctx.kernel, id, *sync.seen.deadline_in, EventClass::kWork);
  sync.plan = job::planWork(view, sync.seen);
  sync.before = {static_cast<std::int32_t>(view.pods.active().size()), view.pods.ready(),
                 static_cast<std::int32_t>(view.pods.terminating().size())};
  if (ctx.trace.enabled) {
    std::string text = decisionText(sync.seen, sync.plan);
    if (!text.empty() && text != entry.told) note(ctx, *sync.job, text + waitText(sync.plan));
    if (!text.empty()) entry.told = std::move(text);
  }
  sync.stage = Stage::kWorking;
  work(ctx, id, sync);
}

void JobController::work(Context& ctx, Id id, JobSync& sync) {
  const auto count = static_cast<std::uint32_t>(sync.plan.victims.size());
  job::Expectations& expectations = entries_.at(id).expectations;
  switch (sync.plan.work) {
    case Work::kCreate:
      if (!asksForWorkload(ctx, id, sync)) createPods(ctx, id, sync);
      return;
    case Work::kRemove: expectations.expect(0, static_cast<std::int32_t>(count), ctx.now()); [[fallthrough]];
    case Work::kEnd:
      sync.outstanding = count;
      for (std::uint32_t item = 0; item < count; ++item) {
        const job::PodTarget& victim = sync.plan.victims[item];
        const api::ObjectKey key{api::Kind::kPod, sync.job->meta.namespace_, victim.name};
        if (sync.plan.work == Work::kRemove && victim.finalizer) {
          send(ctx, Purpose::kStripVictim, id, item,
               api::patchRequest(key, api::RemoveFinalizer{std::string(job::kTrackingFinalizer)}));
        } else {
          send(ctx, Purpose::kDeleteVictim, id, item, api::deleteRequest(key, {}));
        }
      }
      break;
    case Work::kWait: queue_.addAfter(ctx.kernel, id, sync.plan.wait, EventClass::kWork); break;
    case Work::kNone: break;
  }
  if (sync.outstanding == 0) worked(ctx, id, sync);
}

void JobController::createPods(Context& ctx, Id id, JobSync& sync) {
  entries_.at(id).expectations.expect(static_cast<std::int32_t>(sync.plan.pods.size()), 0, ctx.now());
  createBatch(ctx, id, sync);
}

void JobController::createBatch(Context& ctx, Id id, JobSync& sync) {
  const auto left = static_cast<std::uint32_t>(sync.plan.pods.size()) - sync.next;
  sync.batch = std::min(sync.batch == 0 ? 1U : 2 * sync.batch, left);
  sync.outstanding = sync.batch;
  const job::PodBase& base = baseOf(*sync.job, sync.pod_group);
  for (std::uint32_t i = 0; i < sync.batch; ++i, ++sync.next) {
    send(ctx, Purpose::kCreatePod, id, sync.next, api::createRequest(job::makePod(base, sync.plan.pods[sync.next])));
  }
}

void JobController::podCreated(Context& ctx, Id id, JobSync& sync, const apiserver::Call& call) {
  Entry& entry = entries_.at(id);
  const api::Response& response = call.response;
  if (response.ok()) {
    ++sync.outcome.created;
    entry.pods_written = std::max(entry.pods_written, response.object->meta.resourceVersion);
    events_.record(ctx, *sync.job, EventType::kNormal, "SuccessfulCreate",
                   "Created pod: " + response.object->meta.name);
  } else if (namespaceTerminating(response)) {
    ++sync.outcome.created;  // as upstream: no error, and the expectation stays open
  } else {
    --entry.expectations.creations;
    keepFirst(sync.work_error, response);
    events_.record(ctx, *sync.job, EventType::kWarning, "FailedCreate", "Error creating: " + response.message);
  }
  if (--sync.outstanding > 0) return;
  const auto left = static_cast<std::uint32_t>(sync.plan.pods.size()) - sync.next;
  if (left > 0 && sync.work_error.empty()) {
    createBatch(ctx, id, sync);
    return;
  }
  entry.expectations.creations -= static_cast<std::int32_t>(left);
  worked(ctx, id, sync);
}

void JobController::victimAnswered(Context& ctx, Id id, JobSync& sync, const apiserver::Call& call) {
  Entry& entry = entries_.at(id);
  const std::uint32_t item = static_cast<std::uint32_t>(call.tag & 0xffffffU);
  const job::PodTarget& victim = sync.plan.victims[item];
  const api::Response& response = call.response;
  const bool strip = static_cast<Purpose>(call.tag >> 56) == Purpose::kStripVictim;
  if (response.ok() && response.object)
    entry.pods_written = std::max(entry.pods_written, response.object->meta.resourceVersion);
  if (strip && response.ok()) {
    send(ctx, Purpose::kDeleteVictim, id, item,
         api::deleteRequest({api::Kind::kPod, sync.job->meta.namespace_, victim.name}, {}));
    return;
  }
  const bool gone = response.reason == api::Reason::kNotFound;
  if (!response.ok() && sync.plan.work == Work::kRemove) --entry.expectations.deletions;
  if (response.ok() || gone) {
    ++sync.outcome.deleted;
  } else {
    keepFirst(sync.work_error, response);
  }
  if (!strip && victim.ready) ++sync.outcome.deleted_ready;  // as upstream, even if the DELETE failed
  if (!strip && !gone) {
    events_.record(ctx, *sync.job, response.ok() ? EventType::kNormal : EventType::kWarning,
                   response.ok() ? "SuccessfulDelete" : "FailedDelete",
                   response.ok() ? "Deleted pod: " + victim.name : "Error deleting: " + response.message);
  }
  if (--sync.outstanding == 0) worked(ctx, id, sync);
}

void JobController::worked(Context& ctx, Id id, JobSync& sync) {
  const job::JobView view = viewOf(ctx, id, sync);
  const bool decided_before = sync.seen.finish.decided();
  const job::Settlement settlement = job::settle(view, sync.plan.work, sync.before, sync.outcome, sync.seen);
  if (settlement.suspend == job::SuspendChange::kSuspended) {
    events_.record(ctx, *sync.job, EventType::kNormal, "Suspended", "Job suspended");
  } else if (settlement.suspend == job::SuspendChange::kResumed) {
    events_.record(ctx, *sync.job, EventType::kNormal, "Resumed", "Job resumed");
  }
  if (!decided_before && sync.seen.finish.decided()) note(ctx, *sync.job, decisionText(sync.seen, sync.plan));
  sync.track = job::planTracking(view, settlement.status_changed, sync.seen);
  if (sync.track.write_first) {
    writeStatus(ctx, id, sync, Stage::kFirstWrite, Purpose::kFirstWrite);
  } else {
    stripFinalizers(ctx, id, sync);
  }
}

void JobController::writeStatus(Context& ctx, Id id, JobSync& sync, Stage stage, Purpose purpose) {
  sync.stage = stage;
  api::MutableObjectPtr object = api::edit(sync.written);
  api::as<api::Job>(*object).status = sync.seen.status;
  send(ctx, purpose, id, 0, api::updateStatusRequest(object));
}

void JobController::statusWritten(Context& ctx, Id id, JobSync& sync, const apiserver::Call& call) {
  Entry& entry = entries_.at(id);
  if (!call.response.ok()) {
    keepFirst(sync.track_error, call.response);
    finish(ctx, id);
    return;
  }
  sync.written = call.response.object;
  entry.job_written = std::max(entry.job_written, sync.written->meta.resourceVersion);
  if (sync.stage == Stage::kFirstWrite) {
    sync.seen.status = api::as<api::Job>(sync.written).status;
    entry.backoff = sync.seen.backoff;
    stripFinalizers(ctx, id, sync);
    return;
  }
  if (sync.stage == Stage::kSecondWrite && sync.finished) tellFinished(ctx, sync);
  finish(ctx, id);
}

void JobController::stripFinalizers(Context& ctx, Id id, JobSync& sync) {
  sync.stage = Stage::kFinalizers;
  const std::vector<job::PodTarget>& targets = sync.track.finalizers;
  sync.outstanding = static_cast<std::uint32_t>(targets.size());
  std::set<std::string>& expected = entries_.at(id).expectations.finalizers;
  for (std::uint32_t item = 0; item < targets.size(); ++item) {
    expected.insert(targets[item].uid);
    send(ctx, Purpose::kStripFinalizer, id, item,
         api::patchRequest({api::Kind::kPod, sync.job->meta.namespace_, targets[item].name},
                           api::RemoveFinalizer{std::string(job::kTrackingFinalizer)}));
  }
  if (targets.empty()) finalizersGone(ctx, id, sync);
}

void JobController::finalizerAnswered(Context& ctx, Id id, JobSync& sync, const apiserver::Call& call) {
  Entry& entry = entries_.at(id);
  const api::Response& response = call.response;
  const std::string& uid = sync.track.finalizers[call.tag & 0xffffffU].uid;
  if (!response.ok()) entry.expectations.finalizers.erase(uid);
  if (response.ok() || response.reason == api::Reason::kNotFound) {
    sync.track.held.erase(uid);
    if (response.object) entry.pods_written = std::max(entry.pods_written, response.object->meta.resourceVersion);
  } else {
    keepFirst(sync.track_error, response);
  }
  if (--sync.outstanding == 0) finalizersGone(ctx, id, sync);
}

void JobController::finalizersGone(Context& ctx, Id id, JobSync& sync) {
  const bool counted = job::countReleased(sync.seen.status, sync.track.held);
  if (!sync.track_error.empty()) {
    if (counted) {
      writeStatus(ctx, id, sync, Stage::kRescueWrite, Purpose::kRescueWrite);
    } else {
      finish(ctx, id);
    }
    return;
  }
  std::string waits_for;
  sync.finished =
      !sync.track.more_to_count && job::enactFinish(sync.seen.status, sync.track.final, ctx.clock(), waits_for);
  if (!waits_for.empty() && ctx.trace.enabled) {
    Entry& entry = entries_.at(id);
    std::string text = std::string(job::conditionType(sync.track.final.ending)) + " waits for " + waits_for;
    const std::string names = terminatingNames(viewOf(ctx, id, sync).pods);
    if (!names.empty()) text += " (" + names + ")";
    if (text != entry.told) note(ctx, *sync.job, text);
    entry.told = std::move(text);
  }
  if (counted || sync.finished) {
    writeStatus(ctx, id, sync, Stage::kSecondWrite, Purpose::kSecondWrite);
  } else {
    finish(ctx, id);
  }
}

void JobController::tellFinished(Context& ctx, const JobSync& sync) {
  const api::Job& job = api::as<api::Job>(sync.written);
  if (sync.track.final.ending != job::Ending::kComplete) {
    events_.record(ctx, *sync.written, EventType::kWarning, sync.track.final.reason, sync.track.final.message);
    return;
  }
  if (job.spec->completions && job.status.succeeded > *job.spec->completions) {
    events_.record(ctx, *sync.written, EventType::kWarning, "TooManySucceededPods",
                   "Too many succeeded pods running after completion count reached");
  }
  events_.record(ctx, *sync.written, EventType::kNormal, "Completed", "Job completed");
}

void JobController::finish(Context& ctx, Id id) {
  const auto at = syncs_.find(id);
  const bool failed = !at->second.track_error.empty() || !at->second.work_error.empty();
  syncs_.erase(at);
  if (failed) {
    queue_.addRateLimited(ctx.kernel, id, ctx.timing.job.api_backoff, ctx.timing.job.api_backoff_max);
  } else {
    queue_.forget(id);
  }
  queue_.done(id);
}

}  // namespace jobset_twin::cluster
