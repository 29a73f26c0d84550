// The figures of a start, made once when it is over: its Pods' records are all there then.
#include <algorithm>

#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {

void Ledger::settle(Id id, TimePoint at, std::string ended_by) {
  StartRecord& start = starts_[id];
  start.settled = true;
  start.ended = at;
  start.ended_by = std::move(ended_by);
  if (start.event != kNone) putInOrder(start);
  sumStages(start);
  if (reached(start.ready)) start.path = pathOf(start);
  sumHeld(start);
}

// A restart's times in their order, so that the parts sum to the whole. What did not come took all the rest.
void Ledger::putInOrder(StartRecord& start) const {
  const TimePoint at = start.ended;
  const auto within = [&](TimePoint value, TimePoint least, TimePoint otherwise) {
    return reached(value) ? std::clamp(value, least, std::max(least, at)) : std::max(least, otherwise);
  };
  start.failed = std::min(start.failed, at);
  start.fault = std::min(start.fault, start.failed);
  const bool same_pods = start.kind == StartKind::kInPlace;
  start.torn_down = same_pods ? start.failed : within(start.torn_down, start.failed, start.failed);
  start.bound =
      same_pods ? start.failed : within(start.bound, start.torn_down, reached(start.ready) ? start.torn_down : at);
}

void Ledger::settleAll(Id jobset, TimePoint at, const std::string& ended_by) {
  for (const Id start : jobsets_[jobset].starts) {
    if (!starts_[start].settled) settle(start, at, ended_by);
  }
}

// Names may resolve after all else is done.
void Ledger::sumNames(StartRecord& start) const {
  Summary before[kStages];
  std::copy(std::begin(start.stages), std::end(start.stages), std::begin(before));
  sumStages(start);
  for (std::size_t i = 0; i < kStages; ++i) {
    if (i != static_cast<std::size_t>(Stage::kResolvable)) start.stages[i] = before[i];
  }
}

void Ledger::sumStages(StartRecord& start) const {
  Distribution stages[kStages];
  const auto add = [&](Stage stage, TimePoint from, TimePoint to, Id pod) {
    if (reached(from) && reached(to)) stages[static_cast<std::size_t>(stage)].add(std::max(to - from, Duration{}), pod);
  };
  for (const Id job : start.jobs) {
    const JobRecord& owner = jobs_[job];
    for (const Id pod : owner.pods) {
      const PodRecord& record = pods_[pod];
      if (record.created < start.began && start.kind != StartKind::kFirst) continue;
      if (record.created > start.ended) continue;
      add(Stage::kCreated, owner.began(), record.created, pod);
      add(Stage::kScheduled, record.created, record.scheduled, pod);
      add(Stage::kPulled, record.scheduled, record.pulled, pod);
      add(Stage::kStarted, record.pulled, record.started, pod);
      add(Stage::kReady, record.started, record.ready, pod);
      add(Stage::kResolvable, record.created, record.resolvable, pod);
    }
  }
  for (std::size_t i = 0; i < kStages; ++i) {
    start.stages[i] = stages[i].summary();
    if (stages[i].count() > 0) start.stages[i].slowest = nameOf(Thing::kPod, stages[i].slowest());
  }
}

}  // namespace jobset_twin::viz::report
