// all_reduce.hpp - synchronous training: all ranks compute a step, exchange what they found, and begin the next one
// together. A step takes as long as its slowest rank and the exchange after it; all ranks are needed.
//
// When a rank is lost the others wait in the exchange. They end after `timeout`, as a collective's watchdog ends them,
// and so does who then waits that long for all to be there again; or they wait until somebody ends them; or, with
// `rejoin`, meet again as soon as all are there. What was done since the last checkpoint is lost. An exchange is a
// ring: 2 (n-1)/n times the bytes, over the slowest way that the ring has to take.
#pragma once

#include <map>

#include "sim/workload/models/group.hpp"

namespace jobset_twin::workload {

Duration exchangeTime(const Communication& communication, const std::vector<MemberPlace>& members);

class AllReduce {
 public:
  AllReduce() = default;
  // `ranks`: how many there must be. `stream`: of this group alone.
  AllReduce(AllReduceSpec spec, std::int32_t ranks, kernel::Stream stream)
      : spec_(std::move(spec)), ranks_(ranks), stream_(stream) {}

  GroupStep join(TimePoint now, Member who, MemberState state);
  GroupStep leave(TimePoint now, Member who);  // ended, killed, or never heard of again
  GroupStep setSpeed(TimePoint now, Member who, double speed);
  GroupStep resize(TimePoint now, const std::vector<std::int32_t>& sizes);  // so many ranks there must be
  GroupStep tick(TimePoint now);
  std::optional<TimePoint> wake() const { return wake_; }
  bool idle() const { return false; }
  bool done() const { return state_ == State::kDone; }
  std::int64_t steps() const { return steps_; }  // so far, by the last wake or change
  GroupFigures figures(TimePoint now) const;

  // The specification is not saved: it is the scenario's.
  void attach(const AllReduceSpec& spec) { spec_ = spec; }
  template <class Archive>
  void serialize(Archive& ar) {
    ar(ranks_, stream_, state_, members_, steps_, saved_, executed_, repeated_, segment_, carry_, times_, lost_one_);
    archiveTime(ar, wake_);
    archiveTime(ar, since_);
    archiveTime(ar, begun_);
    archiveDuration(ar, unsaved_);
  }

 private:
  enum class State : std::uint8_t { kGathering, kRestoring, kStepping, kSaving, kBroken, kDone };
  struct Rank {
    MemberState state;
    bool stale = false;  // it stands in an exchange that will never end
    TimePoint since{};   // when it began to wait for the others
    template <class Archive>
    void serialize(Archive& ar) {
      ar(state, stale);
      kernel::serializeTime(ar, since);
    }
  };

  // What steps take with the members that are there: how many have which speed, and the exchange.
  struct Pace {
    std::map<double, std::int32_t> speeds;
    Duration exchange{};
  };
  Pace pace() const;
  Duration stepTime(const Pace& pace, std::int64_t number) const;
  void account(TimePoint now);
  void beginIfComplete(TimePoint now, GroupStep& out);
  void beginSegment(TimePoint now);
  void cutSegment(TimePoint now);
  void lose(TimePoint now);
  void gather();
  bool underWay() const {
    return state_ == State::kRestoring || state_ == State::kStepping || state_ == State::kSaving;
  }

  AllReduceSpec spec_;
  std::int32_t ranks_ = 1;
  kernel::Stream stream_;
  State state_ = State::kGathering;
  std::map<Member, Rank> members_;
  std::int64_t steps_ = 0, saved_ = 0;  // done; of these in a checkpoint
  std::int64_t executed_ = 0;           // steps begun so far, with those that were lost: numbers the draws
  std::int64_t repeated_ = 0;
  std::int64_t segment_ = 0;  // steps under way until the next wake
  double carry_ = 0;          // the share of the first of them that is done already
  Duration unsaved_{};        // time of the steps since the last checkpoint
  bool lost_one_ = false;     // of all that there are to be: who waits for it to come back does so for a time only
  GroupTimes times_;
  std::optional<TimePoint> wake_, since_, begun_;  // since_: up to when times are accounted; begun_: of the segment
};

}  // namespace jobset_twin::workload
