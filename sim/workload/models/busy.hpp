// busy.hpp - the members of a group that work by themselves, by when each has done what it has in hand.
//
// That time stays with the member and is saved with it; this finds the first of all, and is made again from the members
// of a snapshot by add().
#pragma once

#include <optional>
#include <set>
#include <utility>

#include "sim/workload/models/group.hpp"

namespace jobset_twin::workload {

class Busy {
 public:
  using Until = std::optional<TimePoint>;  // a member's own; absent while it has nothing to do

  void clear() { all_.clear(); }
  void add(Member who, const Until& until);
  void start(TimePoint now, Member who, Until& until, Duration work, double speed);  // it had nothing to do
  void stop(Member who, Until& until);
  void changeSpeed(TimePoint now, Member who, Until& until, double from, double to);  // what is left, at another speed

  std::size_t size() const { return all_.size(); }
  Until next() const;                                 // the first that will be done
  std::optional<Member> doneBy(TimePoint now) const;  // the first of those that are done

 private:
  std::set<std::pair<TimePoint, Member>> all_;
};

}  // namespace jobset_twin::workload
