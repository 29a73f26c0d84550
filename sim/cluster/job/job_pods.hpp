// job_pods.hpp - the Pods of one Job as its controller's cache holds them, with the counts that a sync asks for kept up
// to date change by change: a Pod event costs O(log n), and no sync walks over Pods that it has nothing to do with.
//
// Independent of the Job's spec. A Pod is known by a slot number that stays its own as long as it is cached.
// tests/sim/cluster/job/job_pods_test.cpp compares every count with a plain scan.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster/job/indexes.hpp"
#include "sim/cluster/job/pod_facts.hpp"

namespace jobset_twin::cluster::job {

class JobPods {
 public:
  using Slot = std::uint32_t;
  using Slots = std::set<Slot>;

  void put(api::ObjectPtr pod);         // new, or a new state of the Pod of this UID
  bool remove(const std::string& uid);  // false: was not there

  std::size_t size() const { return by_uid_.size(); }
  bool empty() const { return by_uid_.empty(); }
  const PodFacts& at(Slot slot) const { return slots_[slot]; }
  const PodFacts* find(const std::string& uid) const;  // null: not cached

  const Slots& active() const { return active_; }            // neither finished nor being deleted
  const Slots& terminating() const { return terminating_; }  // being deleted, not finished
  const Slots& done() const { return done_; }                // finished or being deleted, with the tracking finalizer
  const Slots& failed() const { return failed_; }            // phase Failed, with or without finalizer
  std::vector<Slot> withFinalizer() const;                   // O(all)
  std::int32_t finalizers() const { return finalizers_; }    // how many have the tracking finalizer
  std::int32_t ready() const { return ready_; }              // active Pods with Ready=True
  std::int64_t restarts() const { return restarts_; }        // K-JOB-42: of Pods in phase Running or Pending

  bool activeAt(std::int32_t index) const { return countAt(active_at_, index) > 0; }
  bool terminatingAt(std::int32_t index) const { return countAt(terminating_at_, index) > 0; }
  // Active Pods that an Indexed Job of so many completions must not have: a second one of an index, or no valid index.
  bool hasSurplus(std::int32_t completions) const;
  // K-JOB-34: the smallest indexes below `completions` without an active Pod (with `replaced_when_gone` without a
  // terminating one too) that are neither in `succeeded` nor in `failed`; at most `count`.
  std::vector<std::int32_t> pendingIndexes(std::int32_t count, std::int32_t completions, bool replaced_when_gone,
                                           const IndexSet& succeeded, const IndexSet* failed) const;

  template <class Archive>
  void save(Archive& ar) const {
    std::vector<api::ObjectPtr> pods;
    for (const auto& [uid, slot] : by_uid_) pods.push_back(slots_[slot].pod);
    std::vector<Slot> numbers;
    for (const auto& [uid, slot] : by_uid_) numbers.push_back(slot);
    ar(pods, numbers, free_, static_cast<std::uint64_t>(slots_.size()));
  }
  template <class Archive>
  void load(Archive& ar) {
    std::vector<api::ObjectPtr> pods;
    std::vector<Slot> numbers;
    std::uint64_t size = 0;
    *this = JobPods();
    ar(pods, numbers, free_, size);
    slots_.resize(size);
    for (std::size_t i = 0; i < pods.size(); ++i) place(numbers[i], std::move(pods[i]));
  }

 private:
  static std::uint32_t countAt(const std::vector<std::uint32_t>& counts, std::int32_t index) {
    return index >= 0 && static_cast<std::size_t>(index) < counts.size() ? counts[static_cast<std::size_t>(index)] : 0;
  }
  void place(Slot slot, api::ObjectPtr pod);
  void tally(Slot slot, int delta);

  std::vector<PodFacts> slots_;
  std::vector<Slot> free_;
  std::map<std::string, Slot> by_uid_;
  Slots active_, terminating_, done_, failed_;
  std::int32_t ready_ = 0, finalizers_ = 0;
  std::int64_t restarts_ = 0;
  std::vector<std::uint32_t> active_at_, terminating_at_;
  std::int32_t without_index_ = 0;  // active Pods
  std::int32_t repeated_ = 0;       // active Pods beyond the first of their index
};

}  // namespace jobset_twin::cluster::job
