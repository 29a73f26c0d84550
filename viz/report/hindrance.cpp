#include "viz/report/hindrance.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace jobset_twin::viz::report {
namespace {

using faults::FaultClass;

// Of a slow API server: what does not wait for requests goes on.
constexpr Doings kSlowApi = doing::kApiRequests & ~doing::kKubelet;
constexpr Doings kControllerManager =
    doing::kJobController | doing::kGarbageCollector | doing::kNodeController | doing::kNames;

// Whose requests a pattern of clients means.
Doings ofClients(const std::string& pattern) {
  if (pattern.empty()) return doing::kApiRequests;
  Doings out = 0;
  for (const auto& [client, doing] :
       {std::pair<std::string_view, Doings>{"jobset-controller-manager", doing::kJobSetController},
        {"kube-controller-manager/job-controller", doing::kJobController},
        {"kube-controller-manager/garbage-collector", doing::kGarbageCollector},
        {"kube-controller-manager/endpointslice-controller", doing::kNames},
        {"kube-controller-manager/node-controller", doing::kNodeController},
        {"kube-scheduler", doing::kScheduler}}) {
    if (faults::matchesPattern(pattern, client)) out |= doing;
  }
  if (faults::matchesPattern(pattern, "kubelet") || pattern.starts_with("kubelet/"))
    out |= doing::kKubelet | doing::kKubeletRequests;
  return out;
}

Doings ofComponent(std::string_view component) {
  for (const auto& [word, doing] : {std::pair<std::string_view, Doings>{"jobset-controller", doing::kJobSetController},
                                    {"job-controller", doing::kJobController},
                                    {"scheduler", doing::kScheduler},
                                    {"controller-manager", kControllerManager},
                                    {"kubelet", doing::kKubelet | doing::kKubeletRequests},
                                    {"endpointslice-controller", doing::kNames},
                                    {"coredns", doing::kNames},
                                    {"node-controller", doing::kNodeController},
                                    {"garbage-collector", doing::kGarbageCollector}}) {
    if (component == word) return doing;
  }
  return component.empty() ? doing::kApiRequests : 0;
}

// Who reads or writes objects of a kind.
Doings ofKind(std::string_view kind) {
  for (const auto& [word, doing] :
       {std::pair<std::string_view, Doings>{"JobSet", doing::kJobSetController},
        {"Job", doing::kJobSetController | doing::kJobController | doing::kGarbageCollector},
        {"Pod", doing::kJobController | doing::kScheduler | doing::kKubelet | doing::kKubeletRequests |
                    doing::kGarbageCollector | doing::kNames},
        {"Service", doing::kJobSetController | doing::kNames},
        {"EndpointSlice", doing::kNames},
        {"Node", doing::kScheduler | doing::kNodeController},
        {"Lease", doing::kNodeController},
        {"Event", 0}}) {
    if (kind == word) return doing;
  }
  return doing::kApiRequests;
}

}  // namespace

Doings hinders(const faults::Fault& fault) {
  switch (fault.class_) {
    case FaultClass::kKill:
    case FaultClass::kExit:
    case FaultClass::kOom:
    case FaultClass::kHang:
    case FaultClass::kUnready:
    case FaultClass::kCrashLoop: return doing::kContainers;
    case FaultClass::kDelete:
    case FaultClass::kEvict:
    case FaultClass::kPressureEvict:
    case FaultClass::kPreempt: return 0;
    case FaultClass::kStuckTerminating: return doing::kPodsEnd;
    case FaultClass::kImageSlow:
    case FaultClass::kImageMissing: return doing::kImages;
    case FaultClass::kNodeFail:
    case FaultClass::kNodeReboot:
    case FaultClass::kNodeHang:
    case FaultClass::kNodePartition:
    case FaultClass::kNodeShutdown:
    case FaultClass::kNodeMaintenance:
    case FaultClass::kNodeRemove:
      return doing::kRoom | doing::kKubelet | doing::kImages | doing::kContainers | doing::kPodsEnd;
    case FaultClass::kNodeSlow: return doing::kContainers;
    case FaultClass::kDeviceFault: return doing::kRoom;
    case FaultClass::kDnsDown:
    case FaultClass::kDnsSlow:
    case FaultClass::kDnsStale:
    case FaultClass::kEndpointsDelay:
    case FaultClass::kPodPartition: return doing::kNames;
    case FaultClass::kApiSlow: return kSlowApi & ofClients(fault.client) & ofKind(fault.kind);
    case FaultClass::kApiError:
    case FaultClass::kApiTimeout:
    case FaultClass::kApiLostAnswer: return ofClients(fault.client) & ofKind(fault.kind);
    case FaultClass::kApiOutage: return doing::kApiRequests;
    case FaultClass::kApiOverload: return kSlowApi;
    case FaultClass::kClientLimit: return kSlowApi & ofClients(fault.client);
    case FaultClass::kWebhookDown:
    case FaultClass::kWebhookSlow: return doing::kWebhooks;
    case FaultClass::kWatchDelay:
    case FaultClass::kWatchFreeze: return ofComponent(fault.component) & ofKind(fault.kind);
    case FaultClass::kWatchDrop:
    case FaultClass::kWatchExpire:
    case FaultClass::kEtcdCompaction: return 0;  // done at once, and over with the next list
    case FaultClass::kControllerCrash:
    case FaultClass::kControllerRestart:
    case FaultClass::kTwoLeaders: return ofComponent(fault.component);
    case FaultClass::kSlowFailover:
    case FaultClass::kClockSkew: return 0;  // a crash tells of the first; the second ends things too early or too late
  }
  return 0;
}

Doings skews(const faults::Fault& fault) {
  return fault.class_ == FaultClass::kClockSkew ? ofComponent(fault.component) : 0;
}

Ends endsOf(FaultClass fault) {
  switch (fault) {
    case FaultClass::kKill:
    case FaultClass::kExit:
    case FaultClass::kOom:
    case FaultClass::kDeviceFault: return Ends::kAtOnce;
    case FaultClass::kCrashLoop: return Ends::kOften;
    case FaultClass::kHang: return Ends::kOnce;
    case FaultClass::kDelete:
    case FaultClass::kEvict:
    case FaultClass::kPressureEvict:
    case FaultClass::kPreempt: return Ends::kPods;
    case FaultClass::kNodeFail:
    case FaultClass::kNodeReboot:
    case FaultClass::kNodeShutdown:
    case FaultClass::kNodeMaintenance:
    case FaultClass::kNodeRemove: return Ends::kNode;
    case FaultClass::kNodeHang:
    case FaultClass::kNodePartition: return Ends::kContact;
    default: return Ends::kNothing;
  }
}

bool hidesNodes(const faults::Fault& fault) {
  switch (fault.class_) {
    case FaultClass::kApiSlow:
    case FaultClass::kApiError:
    case FaultClass::kApiTimeout:
    case FaultClass::kApiLostAnswer:
    case FaultClass::kApiOutage:
    case FaultClass::kApiOverload:
    case FaultClass::kClientLimit:
    case FaultClass::kWatchFreeze:
    case FaultClass::kWatchDelay:
      return (hinders(fault) & (doing::kKubelet | doing::kKubeletRequests | doing::kNodeController)) != 0;
    default: return false;
  }
}

}  // namespace jobset_twin::viz::report
