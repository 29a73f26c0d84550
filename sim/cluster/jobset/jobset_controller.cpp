#include "sim/cluster/jobset/jobset_controller.hpp"

#include <fmt/format.h>

#include "engine/jobset/names.hpp"

namespace jobset_twin::cluster {
namespace {

std::string keyText(const api::Object& object) { return object.meta.namespace_ + "/" + object.meta.name; }

// The JobSet that controls an object, as "namespace/name"; "": none.
std::string keyOfOwner(const api::Object& object) {
  const api::OwnerReference* owner = api::controllerOf(object.meta);
  if (!owner || owner->kind != jobset::kKind || api::groupOf(owner->apiVersion) != api::groupOf(jobset::kApiVersion))
    return {};
  return fmt::format("{}/{}", object.meta.namespace_, owner->name);
}

std::string keyByLabel(const api::Object& pod) {
  const auto name = pod.meta.labels.get(jobset::kJobSetNameKey);
  return name.empty() ? std::string() : fmt::format("{}/{}", pod.meta.namespace_, name);
}

constexpr std::int32_t kInitialPriority = -100;  // K-API-60
constexpr std::uint64_t kWhichBit = std::uint64_t{1} << 63;

}  // namespace

// The driver's world: the transport, with the worker in the tag's highest bit.
class JobSetController::Client final : public runtime::ApiClient {
 public:
  Client(JobSetController& controller, Context& ctx, Which which) : controller_(controller), ctx_(ctx), which_(which) {}

  void send(api::Request request, std::uint64_t token) override {
    ctx_.transport.send(ctx_.kernel, controller_.client_, ctx_.self(Component::kJobSetController), std::move(request),
                        which_ == kPods ? token | kWhichBit : token);
  }
  void record(const jobset::EventRecord& event) override {
    SeriesEventRecorder& recorder = which_ == kPods ? controller_.pod_events_ : controller_.events_;
    recorder.record(ctx_, *event.regarding, nullptr, event.type == "Warning" ? EventType::kWarning : EventType::kNormal,
                    event.reason, event.action, event.note);
  }

 private:
  JobSetController& controller_;
  Context& ctx_;
  Which which_;
};

void JobSetController::start(Context& ctx) {
  connect(ctx);
  subscribe(ctx);
}

void JobSetController::standBy(Context& ctx, runtime::JobSetCache cache) {
  leads_ = false;
  cache_ = std::move(cache);
  connect(ctx);
  if (ctx.transport.feedsOf(ctx.self(Component::kJobSetController)).empty()) subscribe(ctx);
}

void JobSetController::lead(Context& ctx) {
  leads_ = true;
  for (const auto& [key, object] : cache_.jobsets()) jobsets_.queue.add(key, kInitialPriority, ctx.now());
  for (const auto& [key, pod] : cache_.pods()) {
    if (jobset::startsPlacementPass(*pod, config_)) pods_.queue.add(key, kInitialPriority, ctx.now());
  }
  poke(ctx, kJobSets);
  poke(ctx, kPods);
}

void JobSetController::stop(Context& ctx) {
  ctx.kernel.cancel(jobsets_.timer_event);
  ctx.kernel.cancel(pods_.timer_event);
}

JobSetController::Progress JobSetController::progressOf(const apiserver::Call& call) const {
  const bool of_pod = (call.tag & kWhichBit) != 0;
  const Worker& w = of_pod ? pods_ : jobsets_;
  return {w.key, w.driver.sent(), of_pod};
}

void JobSetController::connect(Context& ctx) {
  const runtime::DriverTiming& timing = ctx.timing.jobset;
  jobsets_.queue = pods_.queue = runtime::WorkQueue(timing.backoff, timing.backoff_max);
  jobsets_.driver = pods_.driver = runtime::Driver(timing.in_flight_max);
  client_ = ctx.transport.addClient(
      {"jobset-controller-manager", ctx.timing.clients.jobset_qps, ctx.timing.clients.jobset_burst});
  events_ = SeriesEventRecorder("jobset", "jobset-jobset-controller-manager");
  events_.start(ctx,
                {"jobset-controller-manager/events", ctx.timing.clients.jobset_qps, ctx.timing.clients.jobset_burst},
                Component::kJobSetController);
  pod_events_ = SeriesEventRecorder("pod", "pod-jobset-controller-manager");
  pod_events_.start(
      ctx, {"jobset-controller-manager/pod-events", ctx.timing.clients.jobset_qps, ctx.timing.clients.jobset_burst},
      Component::kJobSetController);
}

void JobSetController::subscribe(Context& ctx) {
  const std::uint32_t self = ctx.self(Component::kJobSetController);
  for (const api::Kind kind : {api::Kind::kJobSet, api::Kind::kJob, api::Kind::kService, api::Kind::kPod,
                               api::Kind::kNode, api::Kind::kPersistentVolumeClaim}) {
    ctx.transport.subscribe(kind, self);
  }
}

// JS-T1: which JobSets a change concerns: those that the object belongs to now and belonged to before.
void JobSetController::onWatch(Context& ctx, const apiserver::WatchEvent& event) {
  const bool deleted = event.type == apiserver::WatchType::kDeleted;
  const api::ObjectPtr before = cache_.apply(event.object, deleted);
  if (!leads_) return;
  const api::Object& object = *event.object;
  std::string now, then;  // keys of JobSets
  switch (object.kind()) {
    case api::Kind::kJobSet: now = keyText(object); break;
    case api::Kind::kJob:
    case api::Kind::kService:
      jobsets_.driver.onSeen(api::keyOf(object));
      now = keyOfOwner(object);
      if (before) then = keyOfOwner(*before);
      break;
    case api::Kind::kPod:
      if (config_.gates.InPlaceRestart) {
        now = keyByLabel(object);
        if (before) then = keyByLabel(*before);
      }
      if (!deleted && jobset::startsPlacementPass(object, config_)) enqueue(ctx, kPods, keyText(object));
      break;
    default: break;
  }
  if (!then.empty() && then != now) enqueue(ctx, kJobSets, then);
  if (!now.empty()) enqueue(ctx, kJobSets, now);
}

void JobSetController::enqueue(Context& ctx, Which which, const std::string& key) {
  worker(which).queue.add(key, 0, ctx.now());
  poke(ctx, which);
}

void JobSetController::poke(Context& ctx, Which which) {
  Worker& w = worker(which);
  if (!w.key.empty()) return;
  const auto key = w.queue.take(ctx.now());
  if (!key) {
    const auto due = w.queue.nextDue();
    ctx.kernel.cancel(w.timer_event);
    if (!due) return;
    const kernel::EventClass event_class =
        w.queue.waitsOnlyForBackoff() ? kernel::EventClass::kRetry : kernel::EventClass::kWork;
    w.timer_event = ctx.kernel.schedule(std::max(*due, ctx.now()), ctx.self(Component::kJobSetController), kQueue,
                                        which, ++w.timer, event_class);
    return;
  }
  w.key = *key;
  w.passing = true;
  std::size_t children = 0;
  if (which == kJobSets) children = cache_.childCount(*key);
  ctx.kernel.scheduleAfter(
      ctx.timing.jobset.pass + ctx.timing.jobset.pass_per_child * static_cast<std::int64_t>(children),
      ctx.self(Component::kJobSetController), kPass, which);
}

void JobSetController::onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b) {
  const auto which = static_cast<Which>(a);
  if (kind == kPass) {
    pass(ctx, which);
  } else if (kind == kQueue && b == worker(which).timer) {
    poke(ctx, which);
  }
}

void JobSetController::pass(Context& ctx, Which which) {
  Worker& w = worker(which);
  w.passing = false;
  jobset::Plan plan = which == kJobSets
                          ? jobset::reconcile(cache_.observe(w.key, config_.gates.InPlaceRestart), ctx.clock(), config_)
                          : jobset::reconcilePod(cache_.observePlacement(w.key), ctx.clock(), config_);
  if (ctx.trace.enabled) {
    for (const jobset::Step& step : plan.steps) {
      ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kDecision),
                     (which == kJobSets ? "JobSet/" : "Pod/") + w.key,
                     step.requests.size() == 1 ? step.name : fmt::format("{} ({})", step.name, step.requests.size()),
                     step.requests.size());
    }
    for (const std::string& warning : plan.warnings) {
      ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kWarning), "JobSet/" + w.key, warning);
    }
  }
  Client client(*this, ctx, which);
  w.driver.begin(std::move(plan), client);
  settle(ctx, which);
}

void JobSetController::settle(Context& ctx, Which which) {
  Worker& w = worker(which);
  if (w.key.empty() || w.passing || w.driver.running()) return;
  const runtime::PassOutcome outcome = w.driver.takeOutcome();
  const std::string key = std::exchange(w.key, {});
  for (const jobset::MetricIncrement& metric : outcome.metrics) {
    ++metrics_[fmt::format("{}{{jobset_name=\"{}\",namespace=\"{}\"}}", metric.name, metric.jobset_name,
                           metric.namespace_)];
  }
  if (!outcome.error.empty()) {
    w.last_error[key] = outcome.error;
    const api::Duration delay = w.queue.addRateLimited(key, ctx.now());
    if (ctx.trace.enabled) {
      ctx.trace.note(
          ctx.now(), static_cast<std::uint16_t>(NoteKind::kRequestFailed),
          (which == kJobSets ? "JobSet/" : "Pod/") + key,
          fmt::format("the pass ended with an error, again in {}: {}", api::formatDuration(delay), outcome.error));
    }
  } else {
    w.last_error.erase(key);
    w.queue.forget(key);
    if (outcome.requeue_after) w.queue.addAfter(key, *outcome.requeue_after, ctx.now());
  }
  w.queue.done(key, ctx.now());
  poke(ctx, which);
}

void JobSetController::onResponse(Context& ctx, const apiserver::Call& call) {
  if (events_.owns(call)) return events_.onResponse(ctx, call);
  if (pod_events_.owns(call)) return pod_events_.onResponse(ctx, call);
  const Which which = (call.tag & kWhichBit) != 0 ? kPods : kJobSets;
  Client client(*this, ctx, which);
  worker(which).driver.onAnswer(call.tag & ~kWhichBit, call.response, client);
  settle(ctx, which);
}

std::vector<std::pair<std::string, std::string>> JobSetController::failing() const {
  std::vector<std::pair<std::string, std::string>> found(jobsets_.last_error.begin(), jobsets_.last_error.end());
  found.insert(found.end(), pods_.last_error.begin(), pods_.last_error.end());
  return found;
}

}  // namespace jobset_twin::cluster
