// group.hpp - what the workload models have in common: containers that work together on one thing.
//
// A model is a plain value that is told who joins, leaves and changes speed, and at what times; it says who is to end
// and when it wants to be woken. It knows ranks by role and number, never Pods or nodes. Whoever hosts it
// (sim/cluster/kubelet) tells it the truth; what is lost when a rank is lost is the model's own business.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/kernel/time.hpp"
#include "sim/workload/models/spec.hpp"

namespace jobset_twin::workload {

// A container of a group: the number of its role (leader 0, workers 1, ...) and its rank in it. Those that were added
// later, to a Job with more Pods than it had at first, come after its last rank: the same number, and how far behind.
struct Member {
  std::int32_t role = 0, rank = 0, added = 0;
  friend auto operator<=>(const Member&, const Member&) = default;

  std::string text() const { return std::to_string(rank) + (added > 0 ? "+" + std::to_string(added) : ""); }
  template <class Archive>
  void serialize(Archive& ar) {
    ar(role, rank, added);
  }
};

// Where a member runs; "" where the cluster has no such level.
struct MemberPlace {
  std::string host, rack, block, zone;
  friend bool operator==(const MemberPlace&, const MemberPlace&) = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(host, rack, block, zone);
  }
};

struct MemberState {
  double speed = 1;  // of its node: 0.5 takes twice as long
  MemberPlace place;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(speed, place);
  }
};

// What follows from something that happened to a group.
struct GroupStep {
  std::vector<std::pair<Member, std::int32_t>> exits;  // who ends, and its exit code
  std::vector<std::pair<Member, std::string>> log;     // lines that a member prints
  std::optional<std::int32_t> wanted_workers;          // the group asks for so many: an elastic JobSet

  void say(Member who, std::string line) { log.emplace_back(who, std::move(line)); }
  void end(Member who, std::int32_t code) { exits.emplace_back(who, code); }
};

// Where the time went: of a group as a whole since its first member joined, or that of all its workers while they were
// there, added up (GroupFigures::ofWorkers). The parts add up to `total`.
struct GroupTimes {
  Duration useful{};     // work that was kept
  Duration lost{};       // work that was done for nothing, or has to be done again
  Duration saving{};     // checkpoints
  Duration restoring{};  // reading them back
  Duration waiting{};    // for members that are not there, or for something to do

  Duration total() const { return useful + lost + saving + restoring + waiting; }
  double goodput() const;  // useful of total; 0 of nothing
  template <class Archive>
  void serialize(Archive& ar) {
    for (Duration* part : {&useful, &lost, &saving, &restoring, &waiting}) {
      auto count = part->count();
      ar(count);
      *part = Duration(count);
    }
  }
};

// What a model has to say of itself at the end: for reports, one line a figure.
struct GroupFigures {
  std::string model;  // "allReduce", ...
  std::int64_t done = 0, wanted = 0;
  std::string unit;           // of both: "steps", "shards", "items"
  std::int64_t repeated = 0;  // done more than once
  GroupTimes times;
  std::vector<std::pair<std::string, std::string>> more;  // "shard time p95" -> "1m12s"

  bool ofWorkers() const { return model != "allReduce"; }  // the times are those of all workers together
};

// A time point that may be absent, and a plain one, in an archive.
template <class Archive>
void archiveTime(Archive& ar, std::optional<TimePoint>& value) {
  bool present = value.has_value();
  auto ns = value ? value->time_since_epoch().count() : 0;
  ar(present, ns);
  value = present ? std::optional<TimePoint>(TimePoint(Duration(ns))) : std::nullopt;
}
template <class Archive>
void archiveTime(Archive& ar, TimePoint& value) {
  auto ns = value.time_since_epoch().count();
  ar(ns);
  value = TimePoint(Duration(ns));
}
template <class Archive>
void archiveDuration(Archive& ar, Duration& value) {
  auto count = value.count();
  ar(count);
  value = Duration(count);
}

// The earlier of two that may be absent.
std::optional<TimePoint> earlier(std::optional<TimePoint> a, std::optional<TimePoint> b);

// Both together; no more than there can be.
Duration sumOf(Duration a, Duration b);

// `count` times as much; no more than there can be.
Duration timesMany(Duration time, std::size_t count);

// At a speed: 0.5 takes twice as long.
Duration timeAtSpeed(Duration time, double speed);

// The largest of `count` independent draws of a law, by one draw of the order statistic where the law has a quantile
// function, so that it costs the same for ten ranks and ten thousand; gamma by `count` draws. Requires: count > 0.
Duration slowestOf(const TimeDistribution& law, std::int32_t count, kernel::Stream& stream);

}  // namespace jobset_twin::workload
