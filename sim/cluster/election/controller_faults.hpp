// controller_faults.hpp - faults of the controllers themselves: a process ends, and another takes its place; it stands
// still, wakes, and for a while there are two leaders; its clock is wrong.
//
// A process that ends: what it has sent is executed, and answered to nobody; what waits in its own rate limiter is
// never sent; queues, back-offs, expectations, caches and recorders are lost. The next leader begins as the real one
// does: its informers LIST, everything comes as ADDED, and it goes on from what is stored. Of the JobSet manager every
// replica keeps a warm cache and serves the webhooks, so there only a restart begins with a LIST; its queue gets
// everything with low priority when it leads. `fault` is the caller's number, for notes of NoteKind::kFault.
//
// A leader that cannot reach the API server for renewDeadline ends of itself, and its container is started again, with
// the back-off of CrashLoopBackOff if that repeats (K-T-11, K-T-75). A kube-controller-manager that starts without the
// API server ends at once (it reads its authentication's configuration first); the others wait for the lease.
//
// Functions return false, and do nothing, if the process is down (or stands still) already.
#pragma once

#include "sim/cluster/election/election.hpp"
#include "sim/cluster/world.hpp"

namespace jobset_twin::cluster {

// Ends the process now.
bool crashController(World& world, Controller controller, Recovery recovery, std::uint64_t fault = 0);
// Ends it at a request of its own, once.
void armCrash(World& world, Controller controller, Recovery recovery, CrashPoint point, std::uint64_t fault = 0);
void disarmCrash(World& world, std::uint64_t fault);
// Numbers of the armed faults that have struck since the last call.
std::vector<std::uint64_t> takeCrashes(World& world);

// The process stands still for a time (a frozen machine). A standby replica takes the lease when it expires; the old
// leader, when it wakes after that, goes on with what it was doing for renewDeadline: until then both act.
bool pauseController(World& world, Controller controller, kernel::Duration time, std::uint64_t fault = 0);

// From now on fail-overs and restarts take so much longer; zero: no longer.
void setFailOver(World& world, Controller controller, kernel::Duration slower);
// What the process takes for the time of day is off by that much; timers run as ever.
void setClockSkew(World& world, Controller controller, kernel::Duration skew);

// Whether it has a leader that runs.
bool hasLeader(const World& world, Controller controller);

// For the world. A change that a component is to be told of.
struct Told {
  std::uint32_t target = 0;
  apiserver::WatchEvent change;
};
// An event of Component::kElection. If a replica has its lists now: what it is to be told of, and afterTold() when that
// is done.
std::optional<std::vector<Told>> onElection(World& world, const kernel::Event& event);
void afterTold(World& world, const kernel::Event& event);
// The way to the API server is cut, or there again.
void onReachability(World& world);
// A change of who renews leases is a physical fact: every replica of the node lifecycle controller that runs sees it.
bool isHeartbeat(const kernel::Event& event);
void onHeartbeat(World& world, const kernel::Event& event);
// An event, or a delivery, for a replica that is not the one in WorldParts, or stands still. `target`: of the event,
// or of the feed that is due.
void onOldReplica(World& world, Context& ctx, const kernel::Event& event, std::uint32_t target);
// After an event of `target`: the requests from `first` on are new.
void crashIfArmed(World& world, std::uint32_t target, apiserver::CallId first);

}  // namespace jobset_twin::cluster
