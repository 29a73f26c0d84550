#include "sim/cluster/heartbeats.hpp"

#include "sim/cluster/component.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::cluster {

void Heartbeats::begin(kernel::Kernel& kernel, const std::string& node, kernel::Duration period) {
  const auto [at, fresh] = index_.emplace(node, static_cast<std::uint32_t>(beats_.size()));
  if (fresh) beats_.push_back({node, false, {}, {}, std::nullopt});
  Beat& beat = beats_[at->second];
  if (beat.beating) return;
  beat.beating = true;
  beat.period = period;
  beat.first = kernel.now();
  if (kernel.now() - kernel.start() < std::chrono::seconds(1)) {
    // A cluster that is there already: its kubelets do not renew in step.
    const std::uint64_t phase = kernel::bitsAt(kernel.seed(), "node/" + node + "/lease", 0);
    beat.first -= kernel::Duration(static_cast<std::int64_t>(phase % static_cast<std::uint64_t>(period.count())));
  }
  kernel.schedule(kernel.now(), targetOf(Component::kNodeLifecycle), kHeartbeatChanged, at->second, 0,
                  kernel::EventClass::kHousekeeping);
}

void Heartbeats::cease(kernel::Kernel& kernel, const std::string& node) {
  const auto at = index_.find(node);
  if (at == index_.end() || !beats_[at->second].beating) return;
  Beat& beat = beats_[at->second];
  beat.last = lastRenewal(node, kernel.now());
  beat.beating = false;
  kernel.schedule(kernel.now(), targetOf(Component::kNodeLifecycle), kHeartbeatChanged, at->second);
}

const Heartbeats::Beat* Heartbeats::find(const std::string& node) const {
  const auto at = index_.find(node);
  return at == index_.end() ? nullptr : &beats_[at->second];
}

bool Heartbeats::beats(const std::string& node) const {
  const Beat* beat = find(node);
  return beat && beat->beating;
}

std::optional<kernel::TimePoint> Heartbeats::lastRenewal(const std::string& node, kernel::TimePoint now) const {
  const Beat* beat = find(node);
  if (!beat) return std::nullopt;
  if (!beat->beating || now < beat->first) return beat->last;
  return now - (now - beat->first) % beat->period;
}

}  // namespace jobset_twin::cluster
