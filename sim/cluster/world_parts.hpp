// world_parts.hpp - what a World is made of: kernel, API server, transport, the physical facts, and all components.
//
// For the world's own files, for archives, and for faults (sim/faults), which act on components directly. Everybody
// else includes world.hpp.
#pragma once

#include <optional>
#include <vector>

#include "sim/cluster/election/election.hpp"
#include "sim/cluster/election/replicas.hpp"
#include "sim/cluster/garbage_collector.hpp"
#include "sim/cluster/heartbeats.hpp"
#include "sim/cluster/job/job_controller.hpp"
#include "sim/cluster/job/ttl_controller.hpp"
#include "sim/cluster/jobset/jobset_controller.hpp"
#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/cluster/kueue/kueue.hpp"
#include "sim/cluster/network/dns.hpp"
#include "sim/cluster/network/endpoint_slices.hpp"
#include "sim/cluster/nodes/kubectl.hpp"
#include "sim/cluster/nodes/node_controllers.hpp"
#include "sim/cluster/scheduler/scheduler.hpp"
#include "sim/cluster/volumes/claims.hpp"
#include "sim/cluster/world.hpp"

namespace jobset_twin::cluster {

struct WorldParts {
  explicit WorldParts(const WorldConfig& config);

  kernel::Kernel kernel;
  kernel::Trace trace;
  apiserver::Server server;
  apiserver::Transport transport;
  Heartbeats heartbeats;
  Election election;
  OldReplicas old;
  GarbageCollector garbage;
  JobSetController jobsets;
  JobController jobs;
  TtlController ttl;
  Scheduler scheduler;
  Kubelet kubelet;
  EndpointSlices endpoints;
  Dns dns;
  Claims claims;
  NodeControllers nodes;
  Kueue kueue;      // started only where it is installed
  Kubectl kubectl;  // its commands are submissions
  apiserver::ClientId user = 0;
  std::vector<Submission> submissions;
  std::size_t submitted = 0;
  std::vector<World::Refused> refused;
  std::optional<kernel::Event> external;  // until it is taken
};

}  // namespace jobset_twin::cluster
