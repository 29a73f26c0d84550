// generated_cluster.hpp - clusters, Pods on them and a Pod to place, drawn so that every filter and score has something
// to say now and then.
#pragma once

#include "sim/kernel/random.hpp"
#include "sim/kernel/time.hpp"
#include "tests/sim/cluster/scheduler/plain_scheduler.hpp"

namespace jobset_twin::cluster::plain {

constexpr kernel::TimePoint kNow{std::chrono::hours(30)};  // later than all that is drawn

struct Draw {
  kernel::Stream stream;

  explicit Draw(std::uint64_t seed) : stream(kernel::stream(seed, "generated cluster")) {}
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(kernel::below(stream, n)); }
  std::int64_t from(std::int64_t low, std::int64_t high) {  // both included
    return low + static_cast<std::int64_t>(below(static_cast<std::size_t>(high - low + 1)));
  }
  bool chance(double probability) { return kernel::chance(stream, probability); }
};

struct Problem {
  Cluster cluster;
  std::vector<api::ObjectPtr> incoming;  // to be placed one after the other
};

// Some of many nodes (more than are looked at in one cycle), most of few.
Problem generate(std::uint64_t seed);
// Full nodes and Pods of several priorities, for preemption; some of them under PodDisruptionBudgets.
Problem generateCrowded(std::uint64_t seed);
// A profile: any strategy, weights of 0 (off) to 10, filters off now and then, other resources and constraints.
Rules generateProfile(std::uint64_t seed);

}  // namespace jobset_twin::cluster::plain
