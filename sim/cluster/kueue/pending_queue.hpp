// pending_queue.hpp - the Workloads that wait in one ClusterQueue, in their order, and those among them that were found
// not to fit and are looked at again only when something has changed (K-KUE-21, 24).
//
// Workloads of the same shape are parked together: what one of them lacks, all lack. Each shape has its two ordered
// sets, so that parking and requeueing cost nothing for each Workload.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/api/time.hpp"
#include "sim/kernel/time.hpp"

namespace jobset_twin::cluster::kueue {

// Its place: higher priority, then older, then by UID.
struct Rank {
  std::int32_t priority = 0;
  api::TimePoint since{};
  std::string uid, key;  // key: "namespace/name"
  friend bool operator==(const Rank&, const Rank&) = default;
  friend std::strong_ordering operator<=>(const Rank& a, const Rank& b) {
    if (const auto order = b.priority <=> a.priority; order != 0) return order;
    if (const auto order = a.since <=> b.since; order != 0) return order;
    if (const auto order = a.uid <=> b.uid; order != 0) return order;
    return a.key <=> b.key;
  }
  template <class Archive>
  void serialize(Archive& ar) {
    ar(priority, uid, key);
    kernel::serializeTime(ar, since);
  }
};

class PendingQueue {
 public:
  using ShapeId = std::uint64_t;

  void push(Rank rank, ShapeId shape);  // new, or its rank or shape has changed
  void remove(const std::string& key);
  void park(const std::string& key);       // this one alone
  void parkShape(const std::string& key);  // and all that are like it
  bool requeueParked();                    // false: there were none

  // The next to be tried; one with preemptions under way stays the first until it is removed, parked or released
  // (K-KUE-21). Null: none.
  const Rank* head() const;
  void stick(const std::string& key) { sticky_ = key; }
  void release(const std::string& key);  // back to its own place
  bool sticks(const std::string& key) const { return sticky_ == key; }

  bool has(const std::string& key) const { return entries_.contains(key); }
  bool isAt(const Rank& rank, ShapeId shape) const;  // whether it is there with just these
  bool parked(const std::string& key) const;
  bool hasParked() const { return parked_ > 0; }
  std::size_t size() const { return entries_.size(); }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(entries_, shapes_, heads_, sticky_, parked_);
  }

 private:
  struct Entry {
    Rank rank;
    ShapeId shape = 0;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(rank, shape);
    }
  };
  struct Shape {
    std::set<Rank> ready, parked;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(ready, parked);
    }
  };
  // Changes a shape's sets by f, and keeps the heads in step.
  template <class F>
  void change(ShapeId id, F&& f);

  std::map<std::string, Entry> entries_;
  std::map<ShapeId, Shape> shapes_;
  std::map<Rank, ShapeId> heads_;  // the first that is ready of each shape
  std::string sticky_;
  std::uint64_t parked_ = 0;
};

}  // namespace jobset_twin::cluster::kueue
