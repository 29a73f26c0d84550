#include "scenarios/run.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/api/key_text.hpp"
#include "engine/jobset/startup_policy.hpp"
#include "scenarios/read_parts.hpp"
#include "scenarios/stuck.hpp"
#include "sim/cluster/jobset/jobset_controller.hpp"
#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/cluster/network/dns.hpp"
#include "sim/cluster/world_parts.hpp"
#include "sim/faults/classes.hpp"

namespace jobset_twin::scenarios {
namespace {

constexpr std::array kEndReasons = {"finished", "stuck", "until", "horizon", "interrupted"};

}  // namespace

std::string_view endReasonText(EndReason reason) { return kEndReasons[static_cast<std::size_t>(reason)]; }

Run::Run(RunPlan plan, RunHooks hooks)
    : plan_(std::move(plan)),
      hooks_(std::move(hooks)),
      world_(plan_.world),
      recorder_(plan_.expectations),
      injector_(plan_.faults) {
  for (const std::string& warning : plan_.warnings) warn(warning);
  world_.trace().enabled =
      recorder_.wantsNotes() || std::any_of(hooks_.observers.begin(), hooks_.observers.end(),
                                            [](const Observer* observer) { return observer->wantsNotes(); });
  world_.start();
  for (const api::ObjectPtr& object : plan_.setup) {
    const api::Response made = world_.executeNow(api::createRequest(object));
    if (!made.ok()) {
      warn(fmt::format("set-up: {}", made.message));
    } else if (object->kind() == api::Kind::kNode) {
      const api::MutableObjectPtr status = api::edit(made.object);
      api::as<api::Node>(*status).status = api::as<api::Node>(object).status;
      world_.executeNow(api::updateStatusRequest(status));
    }
  }
  for (const cluster::Submission& submission : plan_.submissions) {
    world_.submit(submission);
    const apiserver::Store& store = world_.server().store();
    if (submission.request.verb == api::Verb::kCreate && submission.request.object &&
        !store.find(api::keyOf(*submission.request.object)))
      world_.parts().kubelet.expect(*submission.request.object);
  }
  injector_.start(world_);
}

void Run::warn(std::string text) {
  if (std::find(warnings_.begin(), warnings_.end(), text) == warnings_.end()) warnings_.push_back(std::move(text));
}

void Run::observe() {
  for (const cluster::World::Refused& one : world_.takeRefused()) refused(one);
  if (world_.trace().enabled) {
    for (const kernel::Note& note : world_.trace().take()) {
      recorder_.onNote(note);
      for (Observer* observer : hooks_.observers) observer->onNote(note);
    }
  }
  for (const faults::Injector::Happened& one : injector_.takeHappened()) {
    ++fault_moments_;
    recorder_.onFault(injector_.faults()[one.fault].name, one.moment, one.at);
  }
  const apiserver::Store& store = world_.server().store();
  if (store.revision() == seen_revision_) return;
  seen_revision_ = store.revision();
  // Usually one change; several (of one event) are shown in revision order.
  std::vector<const apiserver::WatchEvent*> changes;
  for (std::size_t kind = 0; kind < api::kKindCount; ++kind) {
    std::uint64_t& cursor = cursors_[kind];
    for (cursor = std::max(cursor, store.oldestChange(static_cast<api::Kind>(kind)));
         cursor < store.changes(static_cast<api::Kind>(kind)); ++cursor) {
      changes.push_back(&store.change(static_cast<api::Kind>(kind), cursor));
    }
  }
  std::sort(changes.begin(), changes.end(), [](const auto* a, const auto* b) { return a->revision < b->revision; });
  for (const apiserver::WatchEvent* change : changes) {
    track(*change);
    recorder_.onChange(*change);
    injector_.onChange(world_, *change);
    for (Observer* observer : hooks_.observers) observer->onChange(*change);
  }
}

void Run::refused(const cluster::World::Refused& refused) {
  std::string text = fmt::format("{}: {}", refused.submission.origin, refused.response.message);
  const api::ObjectKey& key = refused.submission.request.key;
  if (refused.response.reason == api::Reason::kNotFound && !key.name.empty()) {
    std::set<std::string> names;
    for (const auto& [where, object] : world_.server().store().all(key.kind)) names.insert(nameOf(*object));
    text += nearestHint(api::keyText(key), names);
  }
  warn(std::move(text));
}

FaultOutcome Run::faultOutcome(std::size_t number) const {
  const faults::Injected& one = injector_.injected()[number];
  const faults::Fault& fault = injector_.faults()[one.fault];
  FaultOutcome out;
  out.name = fault.name;
  out.class_ = faults::classInfo(fault.class_).verb;
  out.unit = one.unit;
  out.text = one.text;
  out.at = one.at;
  out.until = one.until;
  for (const api::ObjectKey& key : one.objects) out.targets.push_back(api::keyText(key));
  return out;
}

PodNames Run::namesOf(const api::Object& pod) const {
  PodNames names;
  names.pod = pod.meta.namespace_ + "/" + pod.meta.name;
  names.names = world_.dns().namesOf(pod);
  names.first_resolvable = world_.dns().firstResolvable(pod.meta.uid);
  return names;
}

void Run::track(const apiserver::WatchEvent& change) {
  if (change.object->kind() == api::Kind::kPod && change.type == apiserver::WatchType::kDeleted) {
    PodNames names = namesOf(*change.object);
    names.deleted = true;
    if (!names.names.empty()) gone_names_.try_emplace(names.names.front(), std::move(names));
  }
  if (change.object->kind() != api::Kind::kJobSet) return;
  Tracked& tracked = jobsets_[change.object->meta.uid];
  if (!tracked.submitted) {
    tracked.submitted = change.at;
    tracked.order = jobsets_.size();
  }
  tracked.deleted = change.type == apiserver::WatchType::kDeleted;
  tracked.last = change.object;
  const api::JobSet& jobset = api::as<api::JobSet>(change.object);
  if (!tracked.ready && jobset::allJobsReady(jobset)) tracked.ready = change.at;
  if (!tracked.finished && !jobset.status.terminalState.empty()) tracked.finished = change.at;
}

bool Run::allTerminal() {
  const std::int64_t revision = world_.server().store().revision();
  if (unfinished_revision_ == revision) return false;
  if (unfinished(world_.server()).empty()) return true;
  unfinished_revision_ = revision;
  return false;
}

std::uint32_t Run::addFault(faults::Fault fault) { return injector_.add(world_, std::move(fault)); }

bool Run::settled() const { return onlyHousekeeping() && !injector_.endsPending() && !injector_.strikesPending(false); }

bool Run::onlyHousekeeping() const {
  const kernel::Kernel& kernel = world_.kernel();
  if (world_.submissionsPending() > 0 || kernel.pendingWork() > 0) return false;
  // Retries go on while they may still have an effect: each has had several tries without one before they are given up.
  constexpr std::uint64_t kTriesEach = 4, kTriesAtLeast = 30;
  return kernel.pendingRetry() == 0 ||
         kernel.retriesSinceEffect() >= kTriesAtLeast + kTriesEach * kernel.pendingRetry();
}

// Whether nothing of interest can happen any more; sets the reason.
bool Run::over() {
  if (hooks_.endless || !onlyHousekeeping()) return false;
  const bool finished = allTerminal();
  // What is stuck may wait for what a fault took away for a time; and what goes on without an end may yet be hit.
  if (!finished && (injector_.endsPending() || injector_.strikesPending(plan_.until.has_value()))) return false;
  reason_ = finished ? EndReason::kFinished : EndReason::kStuck;
  return true;
}

bool Run::advance(std::optional<TimePoint> until) {
  const TimePoint start = world_.kernel().start();
  // The horizon is for runs that nobody has given an end.
  const TimePoint limit = kernel::saturatingAdd(start, plan_.until.value_or(plan_.horizon));
  constexpr std::uint64_t kProgressEvery = 8192;
  while (!ended_) {
    if (hooks_.interrupted && *hooks_.interrupted != 0) {
      ended_ = true;
      reason_ = EndReason::kInterrupted;
      end_ = world_.kernel().now();
      break;
    }
    if (over()) {
      ended_ = true;
      end_ = world_.kernel().now();
      break;
    }
    const std::optional<TimePoint> next = world_.nextTime();
    if (hooks_.endless && !next) {
      if (until) world_.advanceTo(*until);
      return false;
    }
    if (!hooks_.endless && (!next || *next > limit)) {
      ended_ = true;
      reason_ = plan_.until ? EndReason::kUntil : EndReason::kHorizon;
      if (!plan_.until)
        warn(fmt::format("the run was stopped at its horizon of {}: something may go on for ever",
                         api::humanDuration(plan_.horizon)));
      world_.advanceTo(limit);
      end_ = limit;
      break;
    }
    if (until && *next > *until) {
      world_.advanceTo(*until);
      return false;
    }
    world_.step();
    if (const std::optional<kernel::Event> event = world_.takeExternal()) injector_.onEvent(world_, *event);
    if (injector_.armed()) injector_.takeCrashes(world_);
    observe();
    if (hooks_.progress && world_.kernel().processed() % kProgressEvery == 0) hooks_.progress(*this);
  }
  return true;
}

Outcome Run::outcome() const {
  Outcome out;
  const kernel::Kernel& kernel = world_.kernel();
  out.fingerprint = kernel.fingerprint().text();
  out.seed = kernel.seed();
  out.start = kernel.start();
  out.end = ended_ ? end_ : kernel.now();
  out.end_reason = ended_ ? reason_ : EndReason::kUntil;
  out.events_processed = kernel.processed();
  out.warnings = warnings_;
  const apiserver::Server& server = world_.server();
  std::map<std::string, std::vector<api::ObjectPtr>> events;  // by the JobSet's namespace/name
  for (std::size_t kind = 0; kind < api::kKindCount; ++kind) {
    for (const auto& [key, object] : server.store().all(static_cast<api::Kind>(kind))) {
      out.objects.push_back(object);
      if (object->kind() != api::Kind::kEvent) continue;
      const api::ObjectReference& about = api::as<api::Event>(object).regarding;
      if (about.kind == "JobSet") events[about.namespace_ + "/" + about.name].push_back(object);
    }
  }
  std::vector<const Tracked*> tracked;
  for (const auto& [uid, jobset] : jobsets_) tracked.push_back(&jobset);
  std::sort(tracked.begin(), tracked.end(), [](const Tracked* a, const Tracked* b) { return a->order < b->order; });
  for (const Tracked* jobset : tracked) {
    JobSetOutcome row;
    row.namespace_ = jobset->last->meta.namespace_;
    row.name = jobset->last->meta.name;
    row.terminal_state = api::as<api::JobSet>(jobset->last).status.terminalState;
    row.restarts = api::as<api::JobSet>(jobset->last).status.restarts;
    row.submitted = jobset->submitted;
    row.ready = jobset->ready;
    row.finished = jobset->finished;
    row.deleted = jobset->deleted;
    row.last = jobset->last;
    row.events = events[row.namespace_ + "/" + row.name];
    std::stable_sort(row.events.begin(), row.events.end(), [](const api::ObjectPtr& a, const api::ObjectPtr& b) {
      return api::as<api::Event>(a).eventTime < api::as<api::Event>(b).eventTime;
    });
    out.jobsets.push_back(std::move(row));
  }
  for (std::size_t i = 0; i < injector_.injected().size(); ++i) {
    if (!injector_.injected()[i].armed) out.faults.push_back(faultOutcome(i));
  }
  for (std::string& warning : injector_.idle(world_, ended_ && reason_ == EndReason::kStuck)) {
    if (ended_) out.warnings.push_back(std::move(warning));
  }
  for (cluster::WorkloadFigures& one : world_.kubelet().workloads(out.end))
    out.workloads.push_back({std::move(one.jobset), one.behavior, one.deleted, std::move(one.figures)});
  out.expectations = judge(plan_.expectations, recorder_, out.end_reason, out.start);
  if (out.end_reason == EndReason::kStuck) out.stuck = stuckReasons(world_);
  std::map<std::string, PodNames> gone = gone_names_;
  for (const auto& [key, object] : server.store().all(api::Kind::kPod)) {
    PodNames names = namesOf(*object);
    if (names.names.empty()) continue;
    gone.erase(names.names.front());
    out.pod_names.push_back(std::move(names));
  }
  for (auto& [name, names] : gone) out.pod_names.push_back(std::move(names));
  for (const auto& [name, value] : world_.jobsets().metrics()) out.metrics.emplace_back(name, value);
  return out;
}

}  // namespace jobset_twin::scenarios
