// zone_queue.hpp - how fast nodes of a zone get their NoExecute taints: states of zones and their rates (K-NODE-7), and
// the queue with its token bucket (K-NODE-6). Plain values without a clock.
//
// Source: kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go (ComputeZoneState, setLimiterInZone),
// scheduler/rate_limited_queue.go.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>

#include "sim/cluster/timing.hpp"

namespace jobset_twin::cluster {

enum class ZoneState : std::uint8_t { kNormal, kPartial, kFull };
std::string_view zoneStateText(ZoneState state);

// Requires: ready + not_ready > 0.
ZoneState zoneStateOf(std::int64_t ready, std::int64_t not_ready, const NodeTiming& timing);
// Nodes a second; 0: none.
double taintRate(ZoneState state, std::int64_t nodes, const NodeTiming& timing);

class ZoneQueue {
 public:
  ZoneQueue() = default;
  explicit ZoneQueue(double rate) : rate_(rate) {}

  // A new limiter; one that has no token now hands that on (SwapLimiter).
  void setRate(double rate, kernel::TimePoint now);
  double rate() const { return rate_; }

  bool add(const std::string& node);  // false: it is known already
  void remove(const std::string& node);
  bool contains(const std::string& node) const { return known_.contains(node); }
  bool waiting() const { return !queue_.empty(); }
  const std::deque<std::string>& queue() const { return queue_; }

  // When the head may go; empty: nothing waits, or no rate.
  std::optional<kernel::TimePoint> nextAt() const;
  // Takes a token and the head, which stays known until it is removed. Requires nextAt() <= now.
  std::string take(kernel::TimePoint now);
  void putBack(const std::string& node);  // it could not be tainted: it is the head again

  template <class Archive>
  void serialize(Archive& ar) {
    ar(rate_, queue_, known_);
    kernel::serializeTime(ar, token_at_);
  }

 private:
  double rate_ = 0;
  kernel::TimePoint token_at_ = kernel::TimePoint::min();  // when there is a token; the burst is 1
  std::deque<std::string> queue_;
  std::set<std::string> known_;  // queued, or taken and not removed since
};

}  // namespace jobset_twin::cluster
