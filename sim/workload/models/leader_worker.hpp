// leader_worker.hpp - a leader cuts work into shards and hands them to workers: one shard or a few at a time to each,
// so many in all, and it takes in their results one after the other.
//
// A worker that is lost is noticed after a time, and its shards go to others. Only so many shards may be out, results
// that wait for the leader included: then it hands out no more (back-pressure). What is done is the leader's knowledge:
// if it is lost, so is all of it, but what it wrote down (`checkpoint_every` shards). Workers wait for a new leader, or
// end after `timeout`. An elastic group asks for workers by the shards that are left.
#pragma once

#include <deque>
#include <map>
#include <set>

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
  GroupStep tick(TimePoint now);
  std::optional<TimePoint> wake() const;
  bool done() const { return done_; }
  GroupFigures figures(TimePoint now) const;

  void attach(const LeaderWorkerSpec& spec) { spec_ = spec; }
  template <class Archive>
  void serialize(Archive& ar) {
    bool led = leader_.has_value();
    Member leader = leader_.value_or(Member{});
    ar(stream_, led, leader, workers_, pending_, left_, saved_, lost_, results_, repeated_, reassigned_, deepest_,
       done_, printed_, times_, shard_times_);
    leader_ = led ? std::optional<Member>(leader) : std::nullopt;
    for (std::optional<TimePoint>* at : {&takes_until_, &since_, &gives_up_, &adjusts_, &full_since_})
      archiveTime(ar, *at);
    archiveDuration(ar, held_back_);
    archiveDuration(ar, unsaved_);
  }

 private:
  struct Shard {
    std::int64_t number = 0;
    TimePoint out{};  // when it was first handed out
    template <class Archive>
    void serialize(Archive& ar) {
      auto ns = out.time_since_epoch().count();
      ar(number, ns);
      out = TimePoint(Duration(ns));
    }
  };
  struct Worker {
    double speed = 1;
    std::deque<Shard> shards;        // the first is being worked on
    std::optional<TimePoint> until;  // it is done then
    template <class Archive>
    void serialize(Archive& ar) {
      ar(speed, shards);
      archiveTime(ar, until);
    }
  };
  struct Lost {  // shards of a worker that is gone, until that is noticed
    TimePoint at{};
    std::vector<Shard> shards;
    template <class Archive>
    void serialize(Archive& ar) {
      auto ns = at.time_since_epoch().count();
      ar(ns, shards);
      at = TimePoint(Duration(ns));
    }
  };

  Duration workOf(std::int64_t shard) const;
  void account(TimePoint now);
  void begin(TimePoint now, GroupStep& out);
  void loseLeader(TimePoint now, GroupStep& out);
  void handOut(TimePoint now);
  void work(TimePoint now, Worker& worker);
  void takeIn(TimePoint now);
  void tookIn(TimePoint now, GroupStep& out);
  void adjust(GroupStep& out) const;
  std::int64_t shardsOut() const;  // handed out and not taken in

  LeaderWorkerSpec spec_;
  kernel::Stream stream_;
  std::optional<Member> leader_;
  std::map<Member, Worker> workers_;
  std::set<std::int64_t> pending_;       // not handed out
  std::set<std::int64_t> left_, saved_;  // not taken in: now; when it was last written down
  std::vector<Lost> lost_;
  std::deque<Shard> results_;  // waiting for the leader; the first is being taken in
  std::int64_t repeated_ = 0, reassigned_ = 0, printed_ = 0;
  std::int64_t deepest_ = 0;  // most results that waited at once
  bool done_ = false;
  std::optional<TimePoint> takes_until_, since_, gives_up_, adjusts_, full_since_;
  Duration held_back_{};  // while no more could be handed out although somebody had nothing to do
  Duration unsaved_{};    // of the work since it was last written down
  GroupTimes times_;
  std::vector<std::int64_t> shard_times_;  // nanoseconds from handed out to taken in
};

}  // namespace jobset_twin::workload
