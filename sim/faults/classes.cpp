#include "sim/faults/classes.hpp"

#include <array>
#include <chrono>
#include <type_traits>

#include "sim/kernel/check.hpp"

namespace jobset_twin::faults {
namespace {

constexpr std::array kClasses = {
    ClassInfo{FaultClass::kKill, "kill", Scope::kPods, "container", false, true,
              "a container (all main ones when none is named) gets SIGKILL and exits with 137"},
    ClassInfo{FaultClass::kExit, "exit", Scope::kPods, "container code", false, true,
              "a container exits by itself with `code` (1)"},
    ClassInfo{FaultClass::kOom, "oom", Scope::kPods, "container", false, true,
              "the kernel kills a container for want of memory: OOMKilled, 137"},
    ClassInfo{FaultClass::kHang, "hang", Scope::kPods, "container", false, true,
              "a container does nothing any more: it neither ends nor answers SIGTERM or probes"},
    ClassInfo{FaultClass::kUnready, "unready", Scope::kPods, "container", true, true,
              "a container's readiness fails, while it runs on"},
    ClassInfo{FaultClass::kCrashLoop, "crash-loop", Scope::kPods, "container code", true, true,
              "a container exits with `code` (1) within a second of each start"},
    ClassInfo{FaultClass::kDelete, "delete", Scope::kPods, "gracePeriodSeconds", false, false,
              "somebody deletes the Pod"},
    ClassInfo{FaultClass::kEvict, "evict", Scope::kPods, "gracePeriodSeconds", false, false,
              "somebody evicts the Pod through the API; a PodDisruptionBudget may refuse it"},
    ClassInfo{FaultClass::kPressureEvict, "pressure-evict", Scope::kPods, "reason", false, true,
              "the kubelet evicts the Pod: the node is low on memory or ephemeral-storage"},
    ClassInfo{FaultClass::kPreempt, "preempt", Scope::kPods, "", false, false,
              "the scheduler gives the Pod's place to another: DisruptionTarget, then it is deleted"},
    ClassInfo{FaultClass::kStuckTerminating, "stuck-terminating", Scope::kPods, "", true, false,
              "when the Pod is deleted its processes do not end, not even at SIGKILL"},
    ClassInfo{FaultClass::kImageSlow, "image-slow", Scope::kCluster, "image! factor!", true, false,
              "images take `factor` times as long to pull"},
    ClassInfo{FaultClass::kImageMissing, "image-missing", Scope::kCluster, "image!", true, false,
              "images are not in the registry"},
    ClassInfo{FaultClass::kNodeFail, "node-fail", Scope::kNodes, "crew", true, false,
              "the node loses its power; it boots again when the repair is over"},
    ClassInfo{FaultClass::kNodeReboot, "node-reboot", Scope::kNodes, "", true, false,
              "the node reboots, which takes 2 minutes unless `for` says otherwise", std::chrono::minutes(2)},
    ClassInfo{FaultClass::kNodeHang, "node-hang", Scope::kNodes, "crew", true, false,
              "the kubelet hangs: its lease stops, its containers run on"},
    ClassInfo{FaultClass::kNodePartition, "node-partition", Scope::kNodes, "crew", true, false,
              "the node does not reach the API server; its containers run on"},
    ClassInfo{FaultClass::kNodeSlow, "node-slow", Scope::kNodes, "speed! crew", true, false,
              "all that containers on the node do goes at `speed` (0.5: takes twice as long)"},
    ClassInfo{FaultClass::kDeviceFault, "gpu-fault", Scope::kNodes, "resource count code crew", true, false,
              "the node loses devices (one nvidia.com/gpu); with a `code` containers that used them exit with it"},
    ClassInfo{FaultClass::kNodeShutdown, "node-shutdown", Scope::kNodes, "crew", true, false,
              "the node shuts down in good order: its Pods end within the grace that it allows them"},
    ClassInfo{FaultClass::kNodeMaintenance, "node-maintenance", Scope::kNodes, "notice gracePeriodSeconds", true, false,
              "the node is cordoned and drained, goes down when the `notice` (10m) is over, and comes back",
              std::chrono::minutes(30)},
    ClassInfo{FaultClass::kNodeRemove, "node-remove", Scope::kNodes, "notice gracePeriodSeconds spare crew", true,
              false,
              "the node is gone for good, drained before it if there is a `notice`; another takes its place when the "
              "repair is over"},
    ClassInfo{FaultClass::kDnsDown, "dns-down", Scope::kCluster, "", true, false, "the name servers do not answer"},
    ClassInfo{FaultClass::kDnsSlow, "dns-slow", Scope::kCluster, "latency!", true, false,
              "each query of names takes `latency` longer"},
    ClassInfo{FaultClass::kDnsStale, "dns-stale", Scope::kCluster, "", true, false,
              "the name servers answer by what they knew when it began"},
    ClassInfo{FaultClass::kEndpointsDelay, "endpoints-delay", Scope::kCluster, "latency", true, false,
              "EndpointSlices are updated `latency` later; without it not at all"},
    ClassInfo{FaultClass::kPodPartition, "pod-partition", Scope::kGroup, "to", true, false,
              "Pods do not reach those of `to`; without it neither any others nor the name servers"},
    ClassInfo{FaultClass::kApiSlow, "api-slow", Scope::kCluster, "client kind verbs probability latency factor", true,
              false, "requests take `latency` longer, or `factor` times as long"},
    ClassInfo{FaultClass::kApiError, "api-error", Scope::kCluster, "reason! client kind verbs probability", true, false,
              "requests are refused with `reason`: 409, 429, 500, 503 or 403"},
    ClassInfo{FaultClass::kApiTimeout, "api-timeout", Scope::kCluster, "client kind verbs probability latency written",
              true, false, "requests end in 504 after `latency`; with `written` they are carried out all the same"},
    ClassInfo{FaultClass::kApiLostAnswer, "api-lost-answer", Scope::kCluster,
              "client kind verbs probability latency written", true, false,
              "the connection breaks before the answer; with `written` the request is carried out all the same"},
    ClassInfo{FaultClass::kApiOutage, "api-outage", Scope::kCluster, "expire", true, false,
              "the API server is down: connections are refused, watches break"},
    ClassInfo{FaultClass::kApiOverload, "api-overload", Scope::kCluster, "seats!", true, false,
              "priority and fairness: the server serves only `seats` requests at once"},
    ClassInfo{FaultClass::kClientLimit, "client-limit", Scope::kCluster, "client! qps! burst", true, false,
              "a client may send only `qps` requests a second, `burst` at once"},
    ClassInfo{FaultClass::kWebhookDown, "webhook-down", Scope::kCluster, "", true, false,
              "JobSet's webhooks do not answer: what passes them is refused"},
    ClassInfo{FaultClass::kWebhookSlow, "webhook-slow", Scope::kCluster, "latency!", true, false,
              "each call of a JobSet webhook takes `latency` longer; from 10 s on it is refused"},
    ClassInfo{FaultClass::kWatchDelay, "watch-delay", Scope::kCluster, "component kind latency factor", true, false,
              "changes reach caches `latency` later; of one `kind` only: kinds come in another order"},
    ClassInfo{FaultClass::kWatchFreeze, "watch-freeze", Scope::kCluster, "component kind expire", true, false,
              "caches are stale: nothing reaches them until it is over"},
    ClassInfo{FaultClass::kWatchDrop, "watch-drop", Scope::kCluster, "component kind", false, false,
              "watch streams break, and go on from where they were"},
    ClassInfo{FaultClass::kWatchExpire, "watch-expire", Scope::kCluster, "component kind", false, false,
              "watch streams end in 410, and caches are replaced by a list"},
    ClassInfo{FaultClass::kEtcdCompaction, "etcd-compaction", Scope::kCluster, "", false, false,
              "etcd forgets the past: watches that are behind or broken get a 410"},
    ClassInfo{FaultClass::kControllerCrash, "controller-crash", Scope::kCluster, "component! step", false, false,
              "a controller's process ends, and a standby takes over when the lease has run out"},
    ClassInfo{FaultClass::kControllerRestart, "controller-restart", Scope::kCluster, "component! step", false, false,
              "a controller's only replica ends and is started again, with cold caches"},
    ClassInfo{FaultClass::kSlowFailover, "slow-failover", Scope::kCluster, "component! latency!", true, false,
              "fail-overs and restarts of a controller take `latency` longer"},
    ClassInfo{FaultClass::kTwoLeaders, "two-leaders", Scope::kCluster, "component!", true, false,
              "a controller stands still, a standby takes the lease, and when the first wakes both lead for a while",
              std::chrono::seconds(20)},
    ClassInfo{FaultClass::kClockSkew, "clock-skew", Scope::kCluster, "component! skew!", true, false,
              "what a controller takes for the time of day is off by `skew`"},
};

}  // namespace

std::span<const ClassInfo> faultClasses() { return kClasses; }

const ClassInfo& classInfo(FaultClass value) {
  for (const ClassInfo& info : kClasses) {
    if (info.value == value) return info;
  }
  TWIN_ASSERT(false, "a class without a row", static_cast<int>(value));
  return kClasses.front();
}

const ClassInfo* findClass(std::string_view verb) {
  for (const ClassInfo& info : kClasses) {
    if (info.verb == verb) return &info;
  }
  return nullptr;
}

std::vector<std::string> classVerbs() {
  std::vector<std::string> out;
  for (const ClassInfo& info : kClasses) out.emplace_back(info.verb);
  return out;
}

std::vector<std::pair<std::string_view, FieldValue>> fieldsOf(const Fault& fault) {
  std::vector<std::pair<std::string_view, FieldValue>> out;
  const auto text = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out.emplace_back(name, value);
  };
  const auto optional = [&](std::string_view name, const auto& value) {
    using T = std::decay_t<decltype(*value)>;
    using Wide = std::conditional_t<std::is_integral_v<T>, std::int64_t, T>;
    if (value) out.emplace_back(name, FieldValue(static_cast<Wide>(*value)));
  };
  text("crew", fault.crew);
  text("container", fault.container);
  optional("code", fault.code);
  optional("gracePeriodSeconds", fault.grace_seconds);
  text("image", fault.image);
  text("reason", fault.reason);
  optional("factor", fault.factor);
  optional("speed", fault.speed);
  text("resource", fault.resource);
  optional("count", fault.count);
  optional("notice", fault.notice);
  text("spare", fault.spare);
  text("to", fault.to);
  optional("latency", fault.latency);
  optional("skew", fault.skew);
  text("client", fault.client);
  text("kind", fault.kind);
  if (!fault.verbs.empty()) out.emplace_back("verbs", fault.verbs);
  optional("probability", fault.probability);
  if (fault.written) out.emplace_back("written", true);
  if (fault.expire) out.emplace_back("expire", true);
  optional("qps", fault.qps);
  optional("burst", fault.burst);
  optional("seats", fault.seats);
  text("component", fault.component);
  text("step", fault.step);
  return out;
}

bool classTakes(const ClassInfo& info, std::string_view field, bool* required) {
  std::string_view rest = info.fields;
  while (!rest.empty()) {
    const std::size_t space = rest.find(' ');
    std::string_view word = rest.substr(0, space);
    rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
    const bool must = word.ends_with('!');
    if (must) word.remove_suffix(1);
    if (word != field) continue;
    if (required) *required = must;
    return true;
  }
  return false;
}

}  // namespace jobset_twin::faults
