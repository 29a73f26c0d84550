#include "sim/cluster/nodes/taint_eviction.hpp"

#include <algorithm>

#include "sim/cluster/nodes/node_taints.hpp"
#include "sim/cluster/scheduler/taints.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr std::int32_t kEvictionTries = 5;
constexpr std::uint16_t kFire = kFirstTimer;

std::vector<api::Taint> noExecuteTaints(const api::Object* node) {
  std::vector<api::Taint> taints;
  if (!node) return taints;
  for (const api::Taint& taint : api::as<api::Node>(*node).spec.taints) {
    if (taint.effect == kNoExecute) taints.push_back(taint);
  }
  return taints;
}

}  // namespace

Tolerance toleranceOf(const std::vector<api::Taint>& no_execute, const std::vector<api::Toleration>& tolerations) {
  Tolerance out{Tolerance::Kind::kForEver, {}};
  for (const api::Taint& taint : no_execute) {
    const auto match = std::find_if(tolerations.begin(), tolerations.end(),
                                    [&](const api::Toleration& toleration) { return tolerates(toleration, taint); });
    if (match == tolerations.end()) return {Tolerance::Kind::kNone, {}};
    if (!match->tolerationSeconds) continue;
    const kernel::Duration time = std::chrono::seconds(std::max<std::int64_t>(*match->tolerationSeconds, 0));
    out.time = out.kind == Tolerance::Kind::kForEver ? time : std::min(out.time, time);
    out.kind = Tolerance::Kind::kSome;
  }
  return out;
}

void TaintEviction::start(Context& ctx) {
  const ClientTiming& clients = ctx.timing.clients;
  const apiserver::ClientConfig config{"kube-controller-manager/taint-eviction-controller",
                                       clients.controller_manager_qps, clients.controller_manager_burst};
  client_ = ctx.transport.addClient(config);
  events_.start(ctx, {config.name + "/events", config.qps, config.burst}, Component::kTaintEviction);
}

void TaintEviction::stop(Context& ctx) {
  for (const auto& [id, work] : works_) ctx.kernel.cancel(work.timer);
}

void TaintEviction::onNode(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event) {
  if (event.type == apiserver::WatchType::kDeleted) return;
  const std::vector<api::Taint> taints = noExecuteTaints(event.object.get());
  if (taints == noExecuteTaints(event.previous.get())) return;
  for (const auto& [name, pod] : cache.podsOf(event.object->meta.name)) {
    if (taints.empty()) {
      cancel(ctx, name);
    } else {
      process(ctx, pod, taints);
    }
  }
}

void TaintEviction::onPod(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event) {
  if (event.type == apiserver::WatchType::kDeleted) return cancel(ctx, PodName::of(*event.object));
  const api::Pod& pod = api::as<api::Pod>(event.object);
  if (pod.nodeName.empty()) return;
  if (event.previous) {
    const api::Pod& before = api::as<api::Pod>(event.previous);
    const bool same_spec = before.spec.sameAs(pod.spec) || before.spec->tolerations == pod.spec->tolerations;
    if (same_spec && before.nodeName == pod.nodeName) return;
  }
  const std::vector<api::Taint> taints = noExecuteTaints(cache.node(pod.nodeName));
  if (!taints.empty()) process(ctx, event.object, taints);
}

void TaintEviction::process(Context& ctx, const api::ObjectPtr& pod, const std::vector<api::Taint>& no_execute) {
  const PodName name = PodName::of(*pod);
  const Tolerance tolerance = toleranceOf(no_execute, api::as<api::Pod>(pod).spec->tolerations);
  if (tolerance.kind == Tolerance::Kind::kForEver) return cancel(ctx, name);
  if (tolerance.kind == Tolerance::Kind::kNone) {
    cancel(ctx, name);
    return add(ctx, pod, ctx.now(), ctx.now());
  }
  kernel::TimePoint created = ctx.now();
  const auto known = ids_.find(name);
  if (known != ids_.end() && !works_.at(known->second).fired) {
    created = works_.at(known->second).created;
    if (kernel::saturatingAdd(created, tolerance.time) < kernel::saturatingAdd(ctx.now(), tolerance.time)) return;
    cancel(ctx, name);
  }
  add(ctx, pod, created, kernel::saturatingAdd(created, tolerance.time));
}

void TaintEviction::add(Context& ctx, const api::ObjectPtr& pod, kernel::TimePoint created, kernel::TimePoint fire_at) {
  const auto [at, fresh] = ids_.try_emplace(PodName::of(*pod), next_id_);
  if (!fresh) return;
  Work& work = works_[next_id_];
  work.pod = at->first;
  work.object = pod;
  work.created = created;
  const std::uint64_t id = next_id_++;
  const kernel::EventClass wanted =
      isTerminal(*pod) ? kernel::EventClass::kHousekeeping : kernel::EventClass::kWork;  // a finished Pod can wait
  if (fire_at <= ctx.now()) return fire(ctx, id);
  const kernel::EventClass before = ctx.kernel.currentClass();
  ctx.kernel.setCurrentClass(kernel::EventClass::kWork);
  work.timer = ctx.kernel.schedule(fire_at, ctx.self(Component::kTaintEviction), kFire, id, 0, wanted);
  ctx.kernel.setCurrentClass(before);
}

void TaintEviction::cancel(Context& ctx, const PodName& pod) {
  const auto known = ids_.find(pod);
  if (known == ids_.end()) return;
  Work& work = works_.at(known->second);
  if (!work.fired) {
    ctx.kernel.cancel(work.timer);
    events_.record(ctx, *work.object, EventType::kNormal, "TaintManagerEviction",
                   "Cancelling deletion of Pod " + pod.text());
  }
  works_.erase(known->second);
  ids_.erase(known);
}

void TaintEviction::fire(Context& ctx, std::uint64_t id) {
  Work& work = works_.at(id);
  work.fired = true;
  events_.record(ctx, *work.object, EventType::kNormal, "TaintManagerEviction",
                 "Marking for deletion Pod " + work.pod.text());
  if (ctx.trace.enabled) {
    ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kDecision), "Pod/" + work.pod.text(),
                   "deleted: it does not tolerate a NoExecute taint of node " +
                       api::as<api::Pod>(work.object).nodeName + " any longer");
  }
  read(ctx, id);
}

void TaintEviction::read(Context& ctx, std::uint64_t id) {
  api::Request get;
  get.verb = api::Verb::kGet;
  get.key = works_.at(id).pod.key();
  ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kTaintEviction), std::move(get), id);
}

void TaintEviction::onTimer(Context& ctx, std::uint64_t a) {
  if (works_.contains(a)) fire(ctx, a);
}

// Live GET, the condition, DELETE with the Pod's own grace.
void TaintEviction::onResponse(Context& ctx, const apiserver::Call& call) {
  if (events_.owns(call)) return events_.onResponse(ctx, call);
  const auto found = works_.find(call.tag);
  if (found == works_.end()) return;
  Work& work = found->second;
  const api::Response& response = call.response;
  if (!response.ok()) {
    if (response.reason != api::Reason::kNotFound && ++work.tries < kEvictionTries) read(ctx, call.tag);
    return;
  }
  if (call.request.verb == api::Verb::kDelete) return;
  if (call.request.verb == api::Verb::kGet) {
    const std::vector<api::Condition>& conditions = api::as<api::Pod>(response.object).status.conditions;
    api::Condition target;
    target.type = "DisruptionTarget";
    target.status = "True";
    target.reason = "DeletionByTaintManager";
    target.message = "Taint manager: deleting due to NoExecute taint";
    target.lastTransitionTime = api::truncateToSeconds(ctx.clock());
    const api::Condition* present = api::findCondition(conditions, target.type);
    if (present && present->status == "True") target.lastTransitionTime = present->lastTransitionTime;
    if (!present || !(*present == target)) {
      api::SetConditions patch;
      patch.conditions = {std::move(target)};
      ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kTaintEviction),
                         api::patchStatusRequest(work.pod.key(), std::move(patch)), call.tag);
      return;
    }
  }
  ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kTaintEviction), api::deleteRequest(work.pod.key(), {}),
                     call.tag);
}

}  // namespace jobset_twin::cluster
