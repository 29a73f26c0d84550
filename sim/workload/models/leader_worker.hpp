// leader_worker.hpp - a leader cuts work into shards and hands them to workers: one shard or a few at a time to each,
// so many in all, and it takes in their results one after the other.
//
// A worker that is lost is noticed after a time, and its shards go to others. Only so many shards may be out, results
// that wait for the leader included: then it hands out no more (back-pressure). What is done is the leader's knowledge:
// if it is lost, so is all of it, but what it wrote down (`checkpoint_every` shards). Workers wait for a new leader, or
// end after `timeout`. An elastic group asks for workers by the shards that are left.
//
// An event costs no more than the logarithm of the number of workers. Times are those of all workers together.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "sim/workload/models/busy.hpp"
#include "sim/workload/models/group.hpp"

namespace jobset_twin::workload {

class LeaderWorker {
 public:
  static constexpr std::int32_t kLeader = 0, kWorkers = 1;  // roles

  LeaderWorker() = default;
  LeaderWorker(LeaderWorkerSpec spec, kernel::Stream stream);

  GroupStep join(TimePoint now, Member who, MemberState state);
  GroupStep leave(TimePoint now, Member who);
  GroupStep setSpeed(TimePoint now, Member who, double speed);
  GroupStep resize(TimePoint, const std::vector<std::int32_t>&) { return {}; }  // it works with whoever is there
  GroupStep tick(TimePoint now);
  std::optional<TimePoint> wake() const;
  bool idle() const;  // it is woken only to think about the number of workers
  bool done() const { return done_; }
  GroupFigures figures(TimePoint now) const;

  void attach(const LeaderWorkerSpec& spec) {
    spec_ = spec;
    index();
  }
  template <class Archive>
  void serialize(Archive& ar) {
    bool led = leader_.has_value();
    Member leader = leader_.value_or(Member{});
    ar(stream_, led, leader, workers_, fresh_, again_, taken_, unwritten_, left_, out_, lost_shards_, results_,
       repeated_, reassigned_, deepest_, done_, printed_, shard_times_);
    leader_ = led ? std::optional<Member>(leader) : std::nullopt;
    for (std::optional<TimePoint>* at : {&takes_until_, &since_, &gives_up_, &adjusts_, &full_since_})
      archiveTime(ar, *at);
    for (Duration* time : {&held_back_, &alone_, &worked_, &kept_, &not_kept_, &lost_, &waiting_})
      archiveDuration(ar, *time);
  }

 private:
  struct Shard {
    std::int64_t number = 0;
    TimePoint out{};  // when it was handed out
    Duration took{};  // of a worker, once it is done
    template <class Archive>
    void serialize(Archive& ar) {
      ar(number);
      archiveTime(ar, out);
      archiveDuration(ar, took);
    }
  };
  struct Worker {
    double speed = 1;
    std::deque<Shard> shards;  // the first is being worked on
    TimePoint begun{};
    std::optional<TimePoint> until;  // it is done then
    template <class Archive>
    void serialize(Archive& ar) {
      ar(speed, shards);
      archiveTime(ar, begun);
      archiveTime(ar, until);
    }
  };
  struct Lost {  // shards of a worker that is gone, until that is noticed
    TimePoint at{};
    std::vector<Shard> shards;
    template <class Archive>
    void serialize(Archive& ar) {
      archiveTime(ar, at);
      ar(shards);
    }
  };

  Duration workOf(std::int64_t shard) const;
  void index();
  void account(TimePoint now);
  void begin(TimePoint now, GroupStep& out);
  void loseLeader(TimePoint now, GroupStep& out);
  void handOut(TimePoint now);
  std::optional<std::int64_t> nextShard();
  void work(TimePoint now, Member who, Worker& worker);
  void finish(TimePoint now, Member who, Worker& worker);
  void takeIn(TimePoint now);
  void tookIn(TimePoint now, GroupStep& out);
  void adjust(GroupStep& out) const;
  std::size_t sizeOf(const Worker& worker) const { return worker.shards.size(); }

  LeaderWorkerSpec spec_;
  kernel::Stream stream_;
  std::optional<Member> leader_;
  std::map<Member, Worker> workers_;
  Busy busy_;                                       // not saved: attach() finds them again
  std::set<std::pair<std::size_t, Member>> ready_;  // that may have another shard, by how many they have; the same
  std::int64_t fresh_ = 0;                          // this one and those after it were not handed out yet
  std::set<std::int64_t> again_;                    // to be handed out once more
  std::vector<std::uint8_t> taken_;                 // by shard: its result was taken in
  std::vector<std::int64_t> unwritten_;             // taken in since it was last written down
  std::int64_t left_ = 0, out_ = 0;                 // not taken in; of these handed out, lost workers' included
  std::deque<Lost> lost_shards_;
  std::deque<Shard> results_;  // waiting for the leader; the first is being taken in
  std::int64_t repeated_ = 0, reassigned_ = 0, printed_ = 0;
  std::int64_t deepest_ = 0;  // most results that waited at once
  bool done_ = false;
  std::optional<TimePoint> takes_until_, since_, gives_up_, adjusts_, full_since_;
  Duration held_back_{};  // while no more could be handed out although somebody had nothing to do
  Duration alone_{};      // without a leader, or without a worker
  // Of all workers together: at work; of that taken in and written down, or taken in since; lost; without a shard.
  Duration worked_{}, kept_{}, not_kept_{}, lost_{}, waiting_{};
  std::vector<std::int64_t> shard_times_;  // nanoseconds from handed out to taken in
};

}  // namespace jobset_twin::workload
