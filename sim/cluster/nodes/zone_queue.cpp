#include "sim/cluster/nodes/zone_queue.hpp"

#include <algorithm>

#include "sim/kernel/check.hpp"

namespace jobset_twin::cluster {
namespace {

kernel::Duration interval(double rate) {
  constexpr double kNanosPerSecond = 1e9;
  return kernel::Duration(static_cast<std::int64_t>(kNanosPerSecond / rate));
}

}  // namespace

std::string_view zoneStateText(ZoneState state) {
  switch (state) {
    case ZoneState::kNormal: return "Normal";
    case ZoneState::kPartial: return "PartialDisruption";
    case ZoneState::kFull: break;
  }
  return "FullDisruption";
}

ZoneState zoneStateOf(std::int64_t ready, std::int64_t not_ready, const NodeTiming& timing) {
  TWIN_ASSERT(ready + not_ready > 0, "a zone without nodes has no state", ready);
  if (ready == 0) return ZoneState::kFull;
  const double share = static_cast<double>(not_ready) / static_cast<double>(ready + not_ready);
  return not_ready > 2 && share >= timing.unhealthy_zone_threshold ? ZoneState::kPartial : ZoneState::kNormal;
}

double taintRate(ZoneState state, std::int64_t nodes, const NodeTiming& timing) {
  if (state != ZoneState::kPartial) return timing.eviction_rate;
  return nodes > timing.large_zone ? timing.secondary_eviction_rate : 0;
}

void ZoneQueue::setRate(double rate, kernel::TimePoint now) {
  if (rate == rate_) return;
  const bool had_token = rate_ > 0 && token_at_ <= now;
  rate_ = rate;
  token_at_ = had_token || !(rate > 0) ? now : kernel::saturatingAdd(now, interval(rate));
}

bool ZoneQueue::add(const std::string& node) {
  if (!known_.insert(node).second) return false;
  queue_.push_back(node);
  return true;
}

void ZoneQueue::remove(const std::string& node) {
  if (known_.erase(node) > 0) std::erase(queue_, node);
}

std::optional<kernel::TimePoint> ZoneQueue::nextAt() const {
  if (queue_.empty() || !(rate_ > 0)) return std::nullopt;
  return token_at_;
}

std::string ZoneQueue::take(kernel::TimePoint now) {
  TWIN_ASSERT(!queue_.empty() && rate_ > 0 && token_at_ <= now, "a node is taken from its queue too early", rate_);
  token_at_ = kernel::saturatingAdd(now, interval(rate_));
  std::string node = std::move(queue_.front());
  queue_.pop_front();
  return node;
}

void ZoneQueue::putBack(const std::string& node) {
  if (known_.contains(node)) queue_.push_front(node);
}

}  // namespace jobset_twin::cluster
