// component.hpp - who is who in the simulated cluster, and the three ways in which the world speaks to a component.
//
// A component is a value: copyable, serialisable, without pointers into others. It has
//   void start(Context&)                                       once, at the beginning of the world: subscribe, first
//   timers void onWatch(Context&, const apiserver::WatchEvent&)        a change reached its informer cache void
//   onResponse(Context&, const apiserver::Call&)           an answer to a request of its own void onTimer(Context&,
//   std::uint16_t kind, std::uint64_t a, std::uint64_t b)   a kernel event it scheduled for itself
// and reads nothing but its own caches, the answers, the timing parameters, and streams. Only the API server sees the
// store.
#pragma once

#include <cstdint>

#include "sim/apiserver/server.hpp"
#include "sim/apiserver/transport.hpp"
#include "sim/cluster/heartbeats.hpp"
#include "sim/cluster/names.hpp"
#include "sim/cluster/timing.hpp"
#include "sim/kernel/kernel.hpp"
#include "sim/kernel/trace.hpp"

namespace jobset_twin::cluster {

// kernel::Event::target: the component in the low byte.
enum class Component : std::uint32_t {
  kTransport = apiserver::kTransportTarget,
  kGarbageCollector,
  kJobSetController,
  kJobController,
  kTtlController,
  kScheduler,
  kKubelet,
  kEndpointSlices,
  kDns,
  kNodeLifecycle,
  kTaintEviction,
  kPodGc,
  kVolumes,
  kSubmitter,
  kServer,
  kDisruption,
  kFaults,    // not a component: events for whoever drives the world
  kElection,  // not a component: who of its replicas leads (election/)
  kKueue
};
constexpr std::uint32_t targetOf(Component component) { return static_cast<std::uint32_t>(component); }
// Above the low byte: which replica or life of it, counted from 0 for the one that the world began with.
constexpr std::uint32_t kComponentBits = 8;  // apiserver::kComponentMask
constexpr Component componentOf(std::uint32_t target) {
  return static_cast<Component>(target & apiserver::kComponentMask);
}
constexpr std::uint32_t instanceOf(std::uint32_t target) { return target >> kComponentBits; }

// kernel::Event::kind: below kFirstTimer the transport's own (sim/apiserver/transport.hpp), from it on each component's
// timers.
using apiserver::kArrive;
using apiserver::kDeliver;
using apiserver::kReply;
inline constexpr std::uint16_t kFirstTimer = 16;

// What a component may use while it handles something.
struct Context {
  kernel::Kernel& kernel;
  apiserver::Transport& transport;
  kernel::Trace& trace;
  const Timing& timing;
  Names& names;  // for containers that look up names
  Heartbeats& heartbeats;
  std::uint32_t instance = 0;  // of the component that handles something
  kernel::Duration skew = {};  // of the clock that it looks at

  kernel::TimePoint now() const { return kernel.now(); }  // for timers and queues
  // What the component believes to be the time of day: what it writes into objects, and compares with what others
  // wrote.
  kernel::TimePoint clock() const { return kernel.now() + skew; }
  // Where a component that may have several replicas wants its events, answers and changes.
  std::uint32_t self(Component component) const { return targetOf(component) | instance << kComponentBits; }
};

// Kinds of trace notes: what a timeline tells beyond the changes of objects.
enum class NoteKind : std::uint16_t {
  kDecision = 1,    // a controller decided something (subject: the object; text: what and why)
  kNameResolvable,  // subject: the Pod; text: the name
  kNameGone,
  kLookUp,     // a container asked for a name; text: name and answer
  kContainer,  // a container did something worth telling (exit (a: code, b: 1 while its Pod is being stopped), ignored
               // SIGTERM)
  kLog,        // subject: pod/container; text: a line it printed; a: 1 stdout, 2 stderr; b: twice the restarts of the
               // container so far, and 1 if the line ended
  kRequestFailed,  // a component's request was refused; text: the error
  kWarning,
  kPlacement,  // the scheduler tried a Pod that somebody asked about; text: JSON (scheduler/decision_note.hpp)
  kFault  // something was made to go wrong (subject: what it hit; text: what; a: the fault's number; b: 1 it begins, 2
          // it ends, 0 it is done at once)
};

}  // namespace jobset_twin::cluster
