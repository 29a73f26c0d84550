// pipeline.hpp - items go through stages: each stage takes an item from the one before, works on it, and puts what came
// of it where the next one finds it.
//
// Between two stages lie so many items at most (`buffer`; no limit when 0, as in storage): a stage whose results find
// no room waits with them. Reading takes the volume of an item over the bandwidth of the stage's workers. What a lost
// worker had in hand is done again by another; what is stored survives. A stage's ranks end when all items have gone
// through it.
#pragma once

#include <deque>
#include <map>

#include "sim/workload/models/group.hpp"

namespace jobset_twin::workload {

class Pipeline {
 public:
  Pipeline() = default;
  Pipeline(PipelineSpec spec, kernel::Stream stream);

  GroupStep join(TimePoint now, Member who, MemberState state);
  GroupStep leave(TimePoint now, Member who);
  GroupStep setSpeed(TimePoint now, Member who, double speed);
  GroupStep tick(TimePoint now);
  std::optional<TimePoint> wake() const;
  bool done() const;
  GroupFigures figures(TimePoint now) const;

  void attach(const PipelineSpec& spec) { spec_ = spec; }
  template <class Archive>
  void serialize(Archive& ar) {
    ar(stream_, stages_, repeated_, times_);
    archiveTime(ar, since_);
  }

 private:
  struct Worker {
    double speed = 1;
    std::int64_t item = -1;          // in hand
    std::optional<TimePoint> until;  // absent with an item in hand: it waits for room
    template <class Archive>
    void serialize(Archive& ar) {
      ar(speed, item);
      archiveTime(ar, until);
    }
  };
  struct Stage {
    std::deque<std::int64_t> waiting;  // items that it has not begun
    std::int64_t through = 0;          // items that left it
    std::map<Member, Worker> workers;
    std::int64_t busy_ns = 0, blocked_ns = 0, idle_ns = 0;  // summed over its workers
    template <class Archive>
    void serialize(Archive& ar) {
      ar(waiting, through, workers, busy_ns, blocked_ns, idle_ns);
    }
  };

  void account(TimePoint now);
  bool hasRoom(std::size_t stage) const;
  void move(TimePoint now, GroupStep& out);  // everything that can be moved on or begun
  bool moveOnce(TimePoint now, GroupStep& out);
  Duration workOf(std::size_t stage, std::int64_t item) const;

  PipelineSpec spec_;
  kernel::Stream stream_;
  std::vector<Stage> stages_;
  std::int64_t repeated_ = 0;
  std::optional<TimePoint> since_;
  GroupTimes times_;
};

}  // namespace jobset_twin::workload
