// replicas.hpp - the replicas of controllers that lead no more and do not know it yet, beside those in WorldParts.
//
// There is one only while a process is paused, and for as long as it goes on after that: two leaders.
#pragma once

#include <cereal/types/map.hpp>
#include <cstdint>
#include <map>

#include "sim/cluster/garbage_collector.hpp"
#include "sim/cluster/job/job_controller.hpp"
#include "sim/cluster/job/ttl_controller.hpp"
#include "sim/cluster/jobset/jobset_controller.hpp"
#include "sim/cluster/network/endpoint_slices.hpp"
#include "sim/cluster/nodes/node_controllers.hpp"
#include "sim/cluster/scheduler/scheduler.hpp"
#include "sim/cluster/volumes/claims.hpp"

namespace jobset_twin::cluster {

struct OldReplicas {  // each by its target
  std::map<std::uint32_t, GarbageCollector> garbage;
  std::map<std::uint32_t, JobSetController> jobsets;
  std::map<std::uint32_t, JobController> jobs;
  std::map<std::uint32_t, TtlController> ttl;
  std::map<std::uint32_t, EndpointSlices> endpoints;
  std::map<std::uint32_t, Claims> claims;
  std::map<std::uint32_t, NodeControllers> nodes;
  std::map<std::uint32_t, Scheduler> scheduler;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(garbage, jobsets, jobs, ttl, endpoints, claims, nodes, scheduler);
  }
};

}  // namespace jobset_twin::cluster
