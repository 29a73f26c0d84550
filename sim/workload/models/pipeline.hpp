// pipeline.hpp - items go through stages: each stage takes an item from the one before, works on it, and puts what came
// of it where the next one finds it.
//
// Between two stages lie so many items at most (`buffer`; no limit when 0, as in storage): a stage whose results find
// no room waits with them. Reading takes the volume of an item over the bandwidth of the stage's workers. What a lost
// worker had in hand is done again by another; what is stored survives. A stage's ranks end when all items have gone
// through it. Times are those of all workers together.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "sim/workload/models/busy.hpp"
#include "sim/workload/models/group.hpp"

namespace jobset_twin::workload {

class Pipeline {
 public:
  Pipeline() = default;
  Pipeline(PipelineSpec spec, kernel::Stream stream)
      : spec_(std::move(spec)), stream_(stream), stages_(spec_.stages.size()) {}

  GroupStep join(TimePoint now, Member who, MemberState state);
  GroupStep leave(TimePoint now, Member who);
  GroupStep setSpeed(TimePoint now, Member who, double speed);
  GroupStep resize(TimePoint, const std::vector<std::int32_t>&) { return {}; }  // it works with whoever is there
  GroupStep tick(TimePoint now);
  std::optional<TimePoint> wake() const;
  bool idle() const { return false; }
  bool done() const { return stages_.back().through >= spec_.items; }
  GroupFigures figures(TimePoint now) const;

  void attach(const PipelineSpec& spec);
  template <class Archive>
  void serialize(Archive& ar) {
    ar(stream_, stages_, fresh_, repeated_);
    archiveTime(ar, since_);
    archiveDuration(ar, lost_);
  }

 private:
  struct Worker {
    double speed = 1;
    std::int64_t item = -1;          // in hand
    std::optional<TimePoint> until;  // absent with an item in hand: it waits for room
    TimePoint begun{};
    Duration took{};
    template <class Archive>
    void serialize(Archive& ar) {
      ar(speed, item);
      archiveTime(ar, begun);
      archiveTime(ar, until);
      archiveDuration(ar, took);
    }
  };
  struct Stage {
    std::deque<std::int64_t> waiting;  // items that it has not begun; the first stage's: only those that came back
    std::int64_t through = 0;          // items that left it
    std::map<Member, Worker> workers;
    std::set<Member> free, blocked;           // with nothing in hand; with an item for which there is no room
    Duration busy{}, without_room{}, idle{};  // summed over its workers
    template <class Archive>
    void serialize(Archive& ar) {
      ar(waiting, through, workers, free, blocked);
      for (Duration* time : {&busy, &without_room, &idle}) archiveDuration(ar, *time);
    }
  };

  void account(TimePoint now);
  bool hasRoom(std::size_t stage) const;
  std::optional<std::int64_t> nextItem(std::size_t stage);
  void begin(TimePoint now, std::size_t stage);  // by all who have nothing in hand
  void settle(TimePoint now, GroupStep& out);    // everything that can be moved on or begun
  Duration workOf(std::size_t stage, std::int64_t item) const;

  PipelineSpec spec_;
  kernel::Stream stream_;
  std::vector<Stage> stages_;
  Busy busy_;               // not saved: attach() finds them again
  std::int64_t fresh_ = 0;  // this item and those after it were not begun yet
  std::int64_t repeated_ = 0;
  std::optional<TimePoint> since_;
  Duration lost_{};
};

}  // namespace jobset_twin::workload
