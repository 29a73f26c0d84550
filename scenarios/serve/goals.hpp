// goals.hpp - up to where time is to go on: for a while, or until something is true of an object. Each goal belongs to
// the request that asked for it, which is answered when it is reached, and is forgotten with it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/api/request.hpp"
#include "scenarios/run.hpp"
#include "sim/apiserver/store.hpp"

namespace jobset_twin::scenarios {

// "jobset/x Completed": a condition that is true, a phase, a terminal state, or a moment as in docs/faults.md ("ready",
// "deleted").
struct Wanted {
  api::ObjectKey key;
  std::string state;
  std::string text;  // as it was asked for

  bool holds(const apiserver::Store& store) const;
};

struct Goal {
  std::optional<Wanted> until;  // absent: the time itself
  TimePoint at{};               // the goal, or when it is given up
  bool reached = false;
  std::string failure;  // "" or why it will not be
  bool over() const { return reached || !failure.empty(); }
};

// From the body of a request for `step` ({"duration": "10s"}) or `until` ({"object": "jobset/x", "state": "Completed",
// "namespace": "default", "timeout": "1h"}).
api::Result<Goal> stepFrom(const std::string& body, TimePoint now);
api::Result<Goal> untilFrom(const std::string& body, TimePoint now);

class Goals {
 public:
  std::shared_ptr<Goal> add(Goal goal);
  // Those that somebody still waits for and that are not over.
  bool any() const;
  // The earliest time that is asked for, or given up at.
  std::optional<TimePoint> nextTime() const;
  // There are times that are to come, whatever happens until then.
  bool wantsTime() const;
  // Takes account of the present.
  void look(const Run& run);
  // Nothing goes on that could still bring those about that wait for an object.
  void giveUp();
  // One was over since the last call.
  bool takeNews() { return std::exchange(news_, false); }

 private:
  bool news_ = false;
  std::vector<std::weak_ptr<Goal>> goals_;
  std::int64_t seen_ = -1;  // revision of the store
};

}  // namespace jobset_twin::scenarios
