#include "sim/cluster/nodes/pod_gc.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include "sim/cluster/nodes/node_taints.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr std::uint16_t kPass = kFirstTimer;

bool evicted(const api::Object& pod) {
  const api::PodStatus& status = api::as<api::Pod>(pod).status;
  return status.phase == "Failed" && status.reason == "Evicted";
}

}  // namespace

void PodGc::start(Context& ctx) {
  const ClientTiming& clients = ctx.timing.clients;
  client_ = ctx.transport.addClient({"kube-controller-manager/pod-garbage-collector", clients.controller_manager_qps,
                                     clients.controller_manager_burst});
  clock_ = PassClock(ctx.kernel, "pod-gc", ctx.timing.nodes.pod_gc_period);
}

// K-NODE-15: out of service, said by an operator, and not ready.
bool PodGc::stuckOn(const NodeCache& cache, const std::string& node) const {
  const api::Object* object = cache.node(node);
  return object && hasTaintKey(*object, kTaintOutOfService) && readyStatus(*object) != "True";
}

void PodGc::consider(Context& ctx, const NodeCache& cache, const std::string& node) {
  const NodeCache::Pods& pods = cache.podsOf(node);
  if (!cache.node(node) &&
      std::any_of(pods.begin(), pods.end(), [&](const auto& pod) { return !done_.contains(pod.second->meta.uid); })) {
    missing_.try_emplace(node, kernel::TimePoint::max());
  } else {
    missing_.erase(node);
  }
  const bool stuck = stuckOn(cache, node) && std::any_of(pods.begin(), pods.end(), [&](const auto& pod) {
                       return pod.second->meta.deletionTimestamp && !done_.contains(pod.second->meta.uid);
                     });
  if (stuck) {
    out_of_service_.insert(node);
  } else {
    out_of_service_.erase(node);
  }
  arm(ctx, cache);
}

void PodGc::onNode(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event) {
  consider(ctx, cache, event.object->meta.name);
}

void PodGc::onPod(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event) {
  const bool deleted = event.type == apiserver::WatchType::kDeleted;
  const bool was_terminal = event.previous && isTerminal(*event.previous);
  const bool is_terminal = !deleted && isTerminal(*event.object);
  terminated_ += (is_terminal ? 1 : 0) - (was_terminal ? 1 : 0);
  const std::string& node = api::as<api::Pod>(event.object).nodeName;
  const PodName name = PodName::of(*event.object);
  if (deleted) {
    done_.erase(event.object->meta.uid);
    if (unscheduled_.erase(name) > 0) arm(ctx, cache);
    if (missing_.contains(node) || out_of_service_.contains(node)) consider(ctx, cache, node);
    return;
  }
  if (node.empty()) {
    if (event.object->meta.deletionTimestamp && !done_.contains(event.object->meta.uid)) {
      unscheduled_.insert(name);
      arm(ctx, cache);
    }
    return;
  }
  unscheduled_.erase(name);
  if (!cache.node(node) || (event.object->meta.deletionTimestamp && stuckOn(cache, node))) consider(ctx, cache, node);
  if (terminated_ > ctx.timing.nodes.terminated_pods_max && !was_terminal) arm(ctx, cache);
}

void PodGc::arm(Context& ctx, const NodeCache& cache) {
  if (busy_) return;
  std::optional<kernel::TimePoint> at;
  bool live = false;
  const auto by = [&](kernel::TimePoint time) { at = std::min(at.value_or(time), time); };
  for (const auto& [node, seen] : missing_) {
    const bool fresh = seen == kernel::TimePoint::max();
    by(clock_.atOrAfter(fresh ? ctx.now()
                              : std::max(ctx.now(), kernel::saturatingAdd(seen, ctx.timing.nodes.pod_gc_quarantine))));
    live = live || cache.hasLivePods(node);
  }
  for (const std::string& node : out_of_service_) {
    by(clock_.atOrAfter(ctx.now()));
    live = live || cache.hasLivePods(node);
  }
  if (!unscheduled_.empty()) {
    by(clock_.atOrAfter(ctx.now()));
    live = true;
  }
  if (terminated_ > ctx.timing.nodes.terminated_pods_max) by(clock_.atOrAfter(ctx.now()));
  ctx.kernel.cancel(timer_);
  if (!at) return;
  const kernel::EventClass before = ctx.kernel.currentClass();
  ctx.kernel.setCurrentClass(kernel::EventClass::kWork);
  timer_ = ctx.kernel.schedule(*at, ctx.self(Component::kPodGc), kPass, 0, 0,
                               live ? kernel::EventClass::kWork : kernel::EventClass::kHousekeeping);
  ctx.kernel.setCurrentClass(before);
}

void PodGc::add(const NodeCache& cache, const std::string& node, const PodName& pod, bool lost) {
  const api::Object* object = cache.pod(node, pod);
  if (object && !done_.contains(object->meta.uid)) due_.push_back({pod, node, lost});
}

// Those beyond the limit: evicted ones first, then the oldest.
void PodGc::addTerminated(Context& ctx, const NodeCache& cache) {
  const std::int64_t surplus = terminated_ - ctx.timing.nodes.terminated_pods_max;
  if (surplus <= 0) return;
  std::vector<std::tuple<bool, api::TimePoint, PodName, std::string>> finished;
  const auto gather = [&](const std::string& node) {
    for (const auto& [name, pod] : cache.podsOf(node)) {
      if (!isTerminal(*pod) || done_.contains(pod->meta.uid)) continue;
      finished.emplace_back(!evicted(*pod), pod->meta.creationTimestamp.value_or(api::TimePoint{}), name, node);
    }
  };
  gather("");
  for (const std::string& node : cache.nodesWithPods()) gather(node);
  std::sort(finished.begin(), finished.end());
  const auto count = std::min(static_cast<std::size_t>(surplus), finished.size());
  for (std::size_t i = 0; i < count; ++i) add(cache, std::get<3>(finished[i]), std::get<2>(finished[i]), false);
}

void PodGc::onTimer(Context& ctx, const NodeCache& cache) {
  busy_ = true;
  addTerminated(ctx, cache);
  for (const std::string& node : out_of_service_) {
    for (const auto& [name, pod] : cache.podsOf(node)) {
      if (pod->meta.deletionTimestamp) add(cache, node, name, false);
    }
  }
  for (auto& [node, seen] : missing_) {
    if (seen == kernel::TimePoint::max()) {
      seen = ctx.now();
    } else if (ctx.now() >= kernel::saturatingAdd(seen, ctx.timing.nodes.pod_gc_quarantine)) {
      verifying_.push_back(node);
    }
  }
  for (const PodName& pod : unscheduled_) add(cache, "", pod, false);
  next(ctx, cache);
}

// One request after the other: is the node really gone, then for each Pod phase Failed and DELETE.
void PodGc::next(Context& ctx, const NodeCache& cache) {
  if (!verifying_.empty()) {
    api::Request get;
    get.verb = api::Verb::kGet;
    get.key = {api::Kind::kNode, "", verifying_.front()};
    ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kPodGc), std::move(get));
    return;
  }
  while (!due_.empty()) {
    const Victim& victim = due_.front();
    const api::Object* pod = cache.pod(victim.node, victim.pod);
    if (!pod) {
      due_.pop_front();
      continue;
    }
    if (ctx.trace.enabled) {
      ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kDecision), "Pod/" + victim.pod.text(),
                     victim.lost ? "removed by Pod garbage collection: node " + victim.node + " no longer exists"
                                 : "removed by Pod garbage collection");
    }
    if (isTerminal(*pod)) {
      api::DeleteOptions options;
      options.gracePeriodSeconds = 0;
      ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kPodGc),
                         api::deleteRequest(victim.pod.key(), std::move(options)));
      return;
    }
    api::SetConditions patch;
    patch.phase = "Failed";
    if (victim.lost) {
      api::Condition target;
      target.type = "DisruptionTarget";
      target.status = "True";
      target.reason = "DeletionByPodGC";
      target.message = "PodGC: node no longer exists";
      target.lastTransitionTime = api::truncateToSeconds(ctx.clock());
      const api::Condition* present = api::findCondition(api::as<api::Pod>(*pod).status.conditions, target.type);
      if (present && present->status == "True") target.lastTransitionTime = present->lastTransitionTime;
      patch.conditions = {std::move(target)};
    }
    ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kPodGc),
                       api::patchStatusRequest(victim.pod.key(), std::move(patch)));
    return;
  }
  busy_ = false;
  const std::vector<std::string> nodes = [&] {
    std::vector<std::string> names(out_of_service_.begin(), out_of_service_.end());
    for (const auto& [node, seen] : missing_) names.push_back(node);
    return names;
  }();
  std::erase_if(unscheduled_, [&](const PodName& name) {
    const api::Object* pod = cache.pod("", name);
    return !pod || done_.contains(pod->meta.uid);
  });
  for (const std::string& node : nodes) consider(ctx, cache, node);
  arm(ctx, cache);
}

void PodGc::onResponse(Context& ctx, const NodeCache& cache, const apiserver::Call& call) {
  if (call.request.verb == api::Verb::kGet) {
    const std::string node = std::move(verifying_.front());
    verifying_.pop_front();
    if (call.response.reason == api::Reason::kNotFound) {
      for (const auto& [name, pod] : cache.podsOf(node)) add(cache, node, name, true);
    } else {
      missing_[node] = kernel::TimePoint::max();  // it is there, or nobody could say
    }
    return next(ctx, cache);
  }
  const Victim victim = due_.front();
  if (call.request.verb == api::Verb::kPatchStatus && call.response.ok()) {
    api::DeleteOptions options;
    options.gracePeriodSeconds = 0;
    ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kPodGc),
                       api::deleteRequest(victim.pod.key(), std::move(options)));
    return;
  }
  due_.pop_front();
  // What a finalizer keeps: nothing more can be done about it.
  if (const api::Object* pod = cache.pod(victim.node, victim.pod); pod && call.response.ok())
    done_.insert(pod->meta.uid);
  next(ctx, cache);
}

}  // namespace jobset_twin::cluster
