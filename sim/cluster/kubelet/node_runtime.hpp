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

// A container that waits for an image.
struct PullWaiter {
  std::uint64_t pod = 0;  // its handle
  std::uint32_t container = 0, run = 0;
};
struct ImagePull {
  std::string image;
  std::uint64_t number = 0;  // of the node's pulls
  std::vector<PullWaiter> waiters;
  bool look_up = false;  // only a question to the registry
  bool missing = false;  // ... that has no such image
  bool active = false;
  double bytes_left = 0, rate = 0;  // as of `updated`; bytes a second
  TimePoint updated{};
  kernel::EventHandle timer;
};
struct Pressure {
  bool pressure = false;
  TimePoint until{};  // at least
};

struct NodeRuntime {
  std::string name, ip;
  apiserver::ClientId client = 0;
  bool present = false;          // there is a Node object
  api::ObjectPtr object;         // the newest seen; null before
  std::set<std::string> images;  // pulled here
  std::vector<ImagePull> pulls;  // in the order in which they were asked for
  std::uint64_t next_pull = 0;
  std::set<std::uint32_t> slots;         // Pods here
  std::set<std::uint32_t> noticed_next;  // slots with something to notice at the next relist
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
  Pressure memory, disk;
  bool pressure_scheduled = false;
  kernel::EventHandle pressure_timer;
  bool shutting_down = false;
  std::int32_t shutdown_step = 0;
  kernel::EventHandle shutdown_timer;

  bool acts() const { return !down && !booting && !hung; }
  bool reaches() const { return acts() && !partitioned; }  // the API server
};

}  // namespace jobset_twin::cluster
