#include "sim/cluster/left_out.hpp"

#include <array>

namespace jobset_twin::cluster {
namespace {

struct Row {
  std::string_view name;
  Component component;
};
constexpr std::array kManagerParts = {Row{"job-controller", Component::kJobController},
                                      Row{"ttl-controller", Component::kTtlController},
                                      Row{"garbage-collector", Component::kGarbageCollector},
                                      Row{"endpointslice-controller", Component::kEndpointSlices},
                                      Row{"persistentvolume-controller", Component::kVolumes},
                                      Row{"node-lifecycle", Component::kNodeLifecycle},
                                      Row{"taint-eviction", Component::kTaintEviction},
                                      Row{"pod-gc", Component::kPodGc},
                                      Row{"disruption-controller", Component::kDisruption}};
constexpr std::array kOtherParts = {Row{"jobset-controller", Component::kJobSetController},
                                    Row{"scheduler", Component::kScheduler}, Row{"kubelet", Component::kKubelet},
                                    Row{"kueue", Component::kKueue}};
constexpr std::string_view kWebhooks = "jobset-webhooks", kControllerManager = "kube-controller-manager";

void add(LeftOut& parts, Component component) { parts.components |= 1U << targetOf(component); }

}  // namespace

std::vector<std::string_view> partNames() {
  std::vector<std::string_view> out;
  for (const Row& row : kOtherParts) out.push_back(row.name);
  out.push_back(kWebhooks);
  out.push_back(kControllerManager);
  for (const Row& row : kManagerParts) out.push_back(row.name);
  return out;
}

bool leaveOut(LeftOut& parts, std::string_view name) {
  if (name == kWebhooks) {
    parts.jobset_webhooks = true;
    return true;
  }
  bool found = false;
  for (const Row& row : kOtherParts) {
    if (row.name != name) continue;
    add(parts, row.component);
    found = true;
  }
  for (const Row& row : kManagerParts) {
    if (row.name != name && name != kControllerManager) continue;
    add(parts, row.component);
    found = true;
  }
  return found;
}

}  // namespace jobset_twin::cluster
