// heartbeats.hpp - which kubelets renew their leases (K-NODE-1): a physical fact, not an object. A healthy node's
// renewals are computed when they are asked for, so that they cost no event; only a change of who beats is one.
//
// The kubelet component says when a node begins or ceases to be heard; the node lifecycle controller is told by a
// kernel event (target kNodeLifecycle, kind kHeartbeatChanged, a: the node's number here) and computes what it would
// have observed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/kernel/kernel.hpp"

namespace jobset_twin::cluster {

class Heartbeats {
 public:
  // The first event kind of the node lifecycle controller; its own timers come after it.
  static constexpr std::uint16_t kHeartbeatChanged = 16;

  // The lease of `node` is renewed from now on, each `period` on a phase of its own (K-T-2). No-op if it is already.
  void begin(kernel::Kernel& kernel, const std::string& node, kernel::Duration period);
  // No renewal arrives from now on: the node is down, its kubelet hangs, or the way to the API server is cut. No-op if
  // it is silent already.
  void cease(kernel::Kernel& kernel, const std::string& node);

  const std::string& name(std::uint64_t number) const { return beats_[number].node; }
  bool beats(const std::string& node) const;
  // The newest renewal that arrived at or before `now`; absent if there was none.
  std::optional<kernel::TimePoint> lastRenewal(const std::string& node, kernel::TimePoint now) const;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(beats_, index_);
  }

 private:
  struct Beat {
    std::string node;
    bool beating = false;
    kernel::TimePoint first{};  // renewal of the present period of beating
    kernel::Duration period{};
    std::optional<kernel::TimePoint> last{};  // the newest before it ceased
    template <class Archive>
    void serialize(Archive& ar) {
      bool any = last.has_value();
      kernel::TimePoint newest = last.value_or(kernel::TimePoint{});
      ar(node, beating, any);
      kernel::serializeTime(ar, first);
      kernel::serializeDuration(ar, period);
      kernel::serializeTime(ar, newest);
      last = any ? std::optional(newest) : std::nullopt;
    }
  };
  const Beat* find(const std::string& node) const;

  std::vector<Beat> beats_;
  std::map<std::string, std::uint32_t> index_;
};

}  // namespace jobset_twin::cluster
