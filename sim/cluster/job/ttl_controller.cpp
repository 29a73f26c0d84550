#include "sim/cluster/job/ttl_controller.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr std::int32_t kWorkers = 5;                     // K-T-45
constexpr auto kBackoff = 5ms, kBackoffMax = 1000000ms;  // K-T-70
constexpr std::uint16_t kDue = kFirstTimer;
constexpr Component kSelf = Component::kTtlController;

}  // namespace

std::optional<api::TimePoint> jobExpiry(const api::Object& object) {
  const api::Job& job = api::as<api::Job>(object);
  if (!job.spec->ttlSecondsAfterFinished || object.meta.deletionTimestamp) return std::nullopt;
  for (const api::Condition& condition : job.status.conditions) {
    if ((condition.type == "Complete" || condition.type == "Failed") && condition.status == "True" &&
        condition.lastTransitionTime) {
      return *condition.lastTransitionTime + std::chrono::seconds(*job.spec->ttlSecondsAfterFinished);
    }
  }
  return std::nullopt;
}

void TtlController::start(Context& ctx) {
  queue_ = job::SyncQueue(ctx.self(kSelf), kDue);
  const ClientTiming& clients = ctx.timing.clients;
  client_ = ctx.transport.addClient({"kube-controller-manager/ttl-after-finished-controller",
                                     clients.controller_manager_qps, clients.controller_manager_burst});
  ctx.transport.subscribe(api::Kind::kJob, ctx.self(kSelf));
}

void TtlController::onWatch(Context& ctx, const apiserver::WatchEvent& event) {
  const api::Object& job = *event.object;
  const Name name{job.meta.namespace_, job.meta.name};
  const bool wanted = event.type != apiserver::WatchType::kDeleted && jobExpiry(job);
  const auto known = ids_.find(name);
  if (!wanted) {
    if (known == ids_.end()) return;
    queue_.cancelTimer(ctx.kernel, known->second);
    jobs_.erase(known->second);
    ids_.erase(known);
    return;
  }
  const auto [at, fresh] = ids_.try_emplace(name, next_id_);
  if (fresh) ++next_id_;
  jobs_[at->second] = event.object;
  queue_.add(at->second);
  startWork(ctx);
}

bool TtlController::waitIfEarly(Context& ctx, Id id, const api::Object& job) {
  const auto expiry = jobExpiry(job);
  if (!expiry) return true;
  if (*expiry <= ctx.clock()) return false;
  queue_.addAfter(ctx.kernel, id, *expiry - ctx.clock(), kernel::EventClass::kWork);
  return true;
}

void TtlController::startWork(Context& ctx) {
  while (working_ < kWorkers) {
    const auto id = queue_.take();
    if (!id) return;
    const auto job = jobs_.find(*id);
    if (job == jobs_.end() || waitIfEarly(ctx, *id, *job->second)) {
      queue_.forget(*id);
      queue_.done(*id);
      continue;
    }
    ++working_;
    api::Request live;
    live.verb = api::Verb::kGet;
    live.key = api::keyOf(*job->second);
    ctx.transport.send(ctx.kernel, client_, ctx.self(kSelf), std::move(live), *id);
  }
}

void TtlController::onResponse(Context& ctx, const apiserver::Call& call) {
  const Id id = static_cast<Id>(call.tag);
  const api::Response& response = call.response;
  const bool done = response.reason == api::Reason::kNotFound;
  if (call.request.verb == api::Verb::kDelete || !response.ok()) {
    // A UID that differs is another Job: it comes by its own way.
    finish(ctx, id, !response.ok() && !done);
  } else if (waitIfEarly(ctx, id, *response.object)) {
    finish(ctx, id, false);
  } else {
    api::DeleteOptions options;
    options.propagation = api::Propagation::kForeground;
    options.preconditionUid = response.object->meta.uid;
    if (ctx.trace.enabled) {
      ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kDecision),
                     "Job " + call.request.key.namespace_ + "/" + call.request.key.name,
                     "ttlSecondsAfterFinished " +
                         std::to_string(*api::as<api::Job>(response.object).spec->ttlSecondsAfterFinished) +
                         " has passed: deleting the Job");
    }
    ctx.transport.send(ctx.kernel, client_, ctx.self(kSelf), api::deleteRequest(call.request.key, options), id);
  }
  startWork(ctx);
}

void TtlController::finish(Context& ctx, Id id, bool failed) {
  --working_;
  if (failed) {
    queue_.addRateLimited(ctx.kernel, id, kBackoff, kBackoffMax);
  } else {
    queue_.forget(id);
  }
  queue_.done(id);
}

void TtlController::onTimer(Context& ctx, std::uint16_t, std::uint64_t a, std::uint64_t) {
  queue_.due(static_cast<Id>(a));
  startWork(ctx);
}

}  // namespace jobset_twin::cluster
