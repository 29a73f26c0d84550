// node_runtime.hpp - what a node's kubelet and container runtime know of the node itself: plain state, no behaviour.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster/events/event_recorder.hpp"
#include "sim/cluster/kubelet/pod_runtime.hpp"

namespace jobset_twin::cluster {

// A timer of the kubelet that came while its process hung: it acts on it once it goes on.
struct HeldTimer {
  std::uint16_t kind = 0;
  std::uint64_t a = 0, b = 0;
};
// A change of a Pod of this node that its kubelet has not heard of yet.
struct MissedChange {
  api::ObjectPtr object;
  bool deleted = false;
};

struct NodeRuntime {
  std::string name, ip;
  apiserver::ClientId client = 0;
  bool present = false;                     // there is a Node object
  api::ObjectPtr object;                    // the newest seen; null before
  TimePoint pulls_free_at{};                // one pull at a time (K-T-13)
  std::map<std::string, TimePoint> images;  // pulled here, or being pulled: when they are there
  std::set<std::uint32_t> slots;            // Pods here
  std::set<std::uint32_t> noticed_next;     // slots with something to notice at the next relist
  bool relist_scheduled = false;
  kernel::EventHandle relist;
  std::uint32_t next_ip = 0;
  std::int32_t processors = 1;
  CoreEventRecorder events;

  bool down = false;         // no power: nothing runs
  bool booting = false;      // a new one whose kubelet has not begun yet
  bool hung = false;         // the kubelet's process does nothing; containers run on
  bool partitioned = false;  // no way to the API server
  double speed = 1;          // of what containers do
  std::vector<HeldTimer> held;
  std::vector<MissedChange> missed;
  bool status_scheduled = false;
  std::int32_t status_in_flight = 0;  // writes of the Node's status
  kernel::EventHandle status_timer, retry_timer;
  bool retry_scheduled = false;                      // of status writes that failed
  std::map<std::string, std::int64_t> lost_devices;  // by resource: no longer allocatable

  bool acts() const { return !down && !booting && !hung; }
  bool reaches() const { return acts() && !partitioned; }  // the API server
};

}  // namespace jobset_twin::cluster
