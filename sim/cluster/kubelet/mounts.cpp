// The volumes of a Pod, before its sandbox (spec/kubernetes.md 3.2 row 2): claims that have no volume yet (K-T-67) and
// ConfigMaps and Secrets that are not there (K-POD-4) hold it up.
//
// Upstream's scheduler waits for the volumes of WaitForFirstConsumer claims before it binds, for up to 10 min; here the
// kubelet does, without a limit. Source: kubernetes 1.36 pkg/kubelet/volumemanager, pkg/util/goroutinemap
// (exponentialbackoff).
#include <algorithm>

#include <fmt/format.h>

#include "sim/cluster/kubelet/kubelet.hpp"

namespace jobset_twin::cluster {
namespace {

using namespace std::chrono_literals;
constexpr Duration kFirstWait = 500ms, kLongestWait = 122s;

}  // namespace

void Kubelet::mount(Context& ctx, std::uint32_t slot) {
  PodRuntime& pod = pods_[slot];
  if (pod.terminating || pod.sandbox || pod.stage != PodStage::kStarting) return;
  syncStatus(ctx, slot);
  for (const api::Volume& volume : api::as<api::Pod>(pod.pod).spec->volumes) {
    if (!volume.persistentVolumeClaim) continue;
    const std::string claim = pod.pod->meta.namespace_ + "/" + volume.persistentVolumeClaim->claimName;
    if (!unbound_claims_.contains(claim)) continue;
    pod.waits_for = fmt::format("it waits for the volume of claim {}", claim);
    claim_waiters_[claim].insert(handleOf(slot));
    return;
  }
  std::string volume;
  if (const std::string missing = missingMount(pod, volume); !missing.empty()) {
    event(ctx, pod, "Warning", "FailedMount",
          fmt::format("MountVolume.SetUp failed for volume \"{}\" : {}", volume, missing));
    pod.waits_for = fmt::format("its volume {} cannot be mounted: {}", volume, missing);
    constexpr std::uint32_t kDoublings = 8;
    const Duration wait = std::min(kFirstWait * (1 << std::min(pod.mount_tries++, kDoublings)), kLongestWait);
    schedule(ctx, wait, kAdmitted, slot, 0, kernel::EventClass::kRetry);
    return;
  }
  if (!pod.waits_for.empty()) ctx.kernel.setCurrentClass(kernel::EventClass::kWork);
  pod.waits_for.clear();
  schedule(ctx, latency(ctx, ctx.timing.kubelet.sandbox, pod, "sandbox"), kSandbox, slot);
}

void Kubelet::onClaim(Context& ctx, const api::Object& claim, bool deleted) {
  const std::string key = claim.meta.namespace_ + "/" + claim.meta.name;
  if (!deleted && api::as<api::PersistentVolumeClaim>(claim).status.phase != "Bound") {
    unbound_claims_.insert(key);
    return;
  }
  if (unbound_claims_.erase(key) == 0 || deleted) return;
  const auto waiting = claim_waiters_.find(key);
  if (waiting == claim_waiters_.end()) return;
  const std::set<std::uint64_t> pods = std::move(waiting->second);
  claim_waiters_.erase(waiting);
  for (const std::uint64_t handle : pods) {
    if (const PodRuntime* pod = live(handle)) {
      schedule(ctx, latency(ctx, ctx.timing.kubelet.admit_and_volumes, *pod, "mount"), kAdmitted,
               static_cast<std::uint32_t>(handle & 0xffffffffU));
    }
  }
}

}  // namespace jobset_twin::cluster
