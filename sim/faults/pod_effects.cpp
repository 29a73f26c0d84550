// Faults of containers and Pods: what their kubelet or runtime does to them (sim/cluster/kubelet/faults.cpp), and what
// others do to them through the API.
#include <fmt/format.h>

#include "engine/api/time.hpp"
#include "sim/cluster/world_parts.hpp"
#include "sim/faults/effects.hpp"

namespace jobset_twin::faults {
namespace {

std::string which(const Fault& fault) {
  return fault.container.empty() ? "its containers" : fmt::format("container {}", fault.container);
}

std::string deletePod(const Effect& effect, const api::ObjectKey& key) {
  api::DeleteOptions options;
  options.gracePeriodSeconds = effect.fault.grace_seconds;
  if (!effect.world.executeNow(api::deleteRequest(key, options)).ok()) return {};
  return "the Pod is deleted";
}

// K-NODE-18: a budget may refuse it.
std::string evictPod(const Effect& effect, const api::ObjectKey& key) {
  api::Request request;
  request.verb = api::Verb::kEvict;
  request.key = key;
  request.delete_options.gracePeriodSeconds = effect.fault.grace_seconds;
  if (!effect.world.executeNow(request).ok()) return {};
  return "the Pod is evicted";
}

// K-SCH-42: the condition first, then the Pod is deleted with its own grace period.
std::string preempt(const Effect& effect, const api::ObjectKey& key) {
  api::Condition condition;
  condition.type = "DisruptionTarget";
  condition.status = "True";
  condition.reason = "PreemptionByScheduler";
  condition.message = "default-scheduler: preempting to accommodate a higher priority pod";
  condition.lastTransitionTime = api::truncateToSeconds(effect.world.kernel().now());
  api::SetConditions patch;
  patch.conditions.push_back(std::move(condition));
  if (!effect.world.executeNow(api::patchStatusRequest(key, std::move(patch))).ok()) return {};
  if (!effect.world.executeNow(api::deleteRequest(key, {})).ok()) return {};
  return "the Pod is preempted";
}

}  // namespace

std::string beginOnPod(const Effect& effect, const api::ObjectPtr& pod) {
  const Fault& fault = effect.fault;
  const api::ObjectKey key = api::keyOf(*pod);
  cluster::Kubelet& kubelet = effect.world.parts().kubelet;
  cluster::Context ctx = effect.world.context();
  constexpr std::int32_t kKilled = 137;
  const std::int32_t code = fault.code.value_or(1);
  const auto done = [](bool hit, std::string text) { return hit ? std::move(text) : std::string(); };
  switch (fault.class_) {
    case FaultClass::kKill:
      return done(kubelet.exitContainer(ctx, key, fault.container, kKilled, "Error"),
                  fmt::format("{} killed", which(fault)));
    case FaultClass::kExit:
      return done(kubelet.exitContainer(ctx, key, fault.container, code),
                  fmt::format("{} made to exit with code {}", which(fault), code));
    case FaultClass::kOom:
      return done(kubelet.oomKill(ctx, key, fault.container), fmt::format("{} killed: out of memory", which(fault)));
    case FaultClass::kHang:
      return done(kubelet.hang(ctx, key, fault.container), fmt::format("{} made to hang", which(fault)));
    case FaultClass::kUnready:
      return done(kubelet.setUnready(ctx, key, fault.container, true), fmt::format("{} made unready", which(fault)));
    case FaultClass::kCrashLoop:
      return done(kubelet.crashLoop(ctx, key, fault.container, code, true),
                  fmt::format("{} made to exit with code {} at each start", which(fault), code));
    case FaultClass::kDelete: return deletePod(effect, key);
    case FaultClass::kEvict: return evictPod(effect, key);
    case FaultClass::kPressureEvict: {
      const std::string resource = fault.reason.empty() ? "memory" : fault.reason;
      return done(kubelet.evict(ctx, key, resource), fmt::format("evicted: the node is low on {}", resource));
    }
    case FaultClass::kPreempt: return preempt(effect, key);
    case FaultClass::kStuckTerminating:
      return done(kubelet.setStuckTerminating(ctx, key, true), "its processes will not end");
    default: return {};
  }
}

void endOnPod(const Effect& effect, const api::ObjectKey& pod) {
  const Fault& fault = effect.fault;
  cluster::Kubelet& kubelet = effect.world.parts().kubelet;
  cluster::Context ctx = effect.world.context();
  switch (fault.class_) {
    case FaultClass::kUnready: kubelet.setUnready(ctx, pod, fault.container, false); break;
    case FaultClass::kCrashLoop: kubelet.crashLoop(ctx, pod, fault.container, 0, false); break;
    case FaultClass::kStuckTerminating: kubelet.setStuckTerminating(ctx, pod, false); break;
    default: break;
  }
}

std::string beginOnImages(const Effect& effect) {
  const Fault& fault = effect.fault;
  cluster::Context ctx = effect.world.context();
  const bool missing = fault.class_ == FaultClass::kImageMissing;
  effect.world.parts().kubelet.setImage(ctx, fault.image, {missing, fault.factor.value_or(1)});
  return missing ? fmt::format("images {} are not in the registry", fault.image)
                 : fmt::format("images {} take {} times as long to pull", fault.image, fault.factor.value_or(1));
}

void endOnImages(const Effect& effect) {
  cluster::Context ctx = effect.world.context();
  effect.world.parts().kubelet.clearImage(ctx, effect.fault.image);
}

}  // namespace jobset_twin::faults
