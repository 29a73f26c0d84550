// spec.hpp - what a scenario says of containers that work together: the parameters of the workload models, one file
// each (all_reduce, leader_worker, parameter_server, pipeline). docs/workloads.md is the user's description.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/workload/distribution.hpp"

namespace jobset_twin::workload {

// What an exchange moves, and how fast: bytes a second of each member, by how far apart the members are. 0: as fast as
// the next wider level that is given; none given: an exchange takes no time.
struct Communication {
  std::int64_t bytes = 0;
  double host = 0, rack = 0, block = 0, zone = 0, cluster = 0;
  friend bool operator==(const Communication&, const Communication&) = default;
};

enum class PeerLoss : std::uint8_t { kExit, kWait, kRejoin };

struct AllReduceSpec {
  std::int64_t steps = 1;
  TimeDistribution step;  // of one rank
  Communication communication;
  std::int64_t checkpoint_every = 0;  // steps; 0: never
  Duration checkpoint_cost{}, restore{};
  PeerLoss on_loss = PeerLoss::kExit;
  Duration timeout = std::chrono::minutes(10);
  std::int32_t exit_code = 1;  // of ranks that give up
  friend bool operator==(const AllReduceSpec&, const AllReduceSpec&) = default;
};

struct ElasticSpec {
  std::int32_t least = 1, most = 1;  // workers
  std::int64_t shards_each = 1;      // so many shards left for each worker
  Duration every = std::chrono::minutes(1);
  friend bool operator==(const ElasticSpec&, const ElasticSpec&) = default;
};

struct LeaderWorkerSpec {
  std::int64_t shards = 1;
  TimeDistribution shard;                      // of a worker; each shard has its own, whoever does it
  std::int32_t each = 1;                       // shards that a worker has at a time, done one after the other
  std::int64_t most_out = 0;                   // shards handed out and not taken in; 0: no limit
  Duration take_in{};                          // the leader's time for a result
  Duration notice = std::chrono::seconds(30);  // until a lost worker's shards are handed out again
  std::int64_t checkpoint_every = 0;           // shards taken in; 0: never
  Duration timeout{};                          // workers without a leader end after it; 0: they wait
  std::int32_t exit_code = 1;
  std::optional<ElasticSpec> elastic;
  friend bool operator==(const LeaderWorkerSpec&, const LeaderWorkerSpec&) = default;
};

struct ParameterServerSpec {
  std::int64_t steps = 1;  // of all workers together; synchronous: rounds
  TimeDistribution step;   // a worker's own work
  Duration exchange{};     // the servers' time for one exchange, all of them together
  bool synchronous = false;
  std::int32_t backups = 0;           // synchronous: so many workers need not be waited for
  std::int64_t checkpoint_every = 0;  // steps; 0: never
  Duration restore{};                 // after servers were lost
  bool servers_end = false;
  friend bool operator==(const ParameterServerSpec&, const ParameterServerSpec&) = default;
};

struct StageSpec {
  std::string name;         // for figures
  TimeDistribution item;    // a worker's time for one
  std::int64_t bytes = 0;   // that an item has when this stage reads it
  double bandwidth = 0;     // bytes a second of each worker; 0: reading takes no time
  std::int64_t buffer = 0;  // results that may wait for the next stage; 0: no limit
  friend bool operator==(const StageSpec&, const StageSpec&) = default;
};

struct PipelineSpec {
  std::int64_t items = 1;
  std::vector<StageSpec> stages;  // by role; at least one
  friend bool operator==(const PipelineSpec&, const PipelineSpec&) = default;
};

// A model, and which replicated jobs have which role in it. A container whose replicated job is not named has the last
// role (allReduce: the only one). Containers of a JobSet whose behaviours have equal models work together.
struct ModelSpec {
  std::variant<AllReduceSpec, LeaderWorkerSpec, ParameterServerSpec, PipelineSpec> of;
  std::vector<std::string> roles;
  std::vector<std::string>
      stay;  // replicated jobs whose containers do not end with the work, but when they are told to
  friend bool operator==(const ModelSpec&, const ModelSpec&) = default;
};

}  // namespace jobset_twin::workload
