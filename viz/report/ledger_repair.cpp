// Pods and containers that are restarted by themselves, while their Job goes on.
#include <algorithm>

#include "engine/jobset/names.hpp"
#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {
namespace {

double secondsBetween(TimePoint from, TimePoint to) {
  return from < to ? std::chrono::duration<double>(to - from).count() : 0;
}

}  // namespace

// When it began: the earliest of the causes that came within its life.
TimePoint Ledger::faultBehind(Id event, TimePoint since, TimePoint ended) const {
  TimePoint fault = ended;
  for (; event != kNone && events_[event].at >= since; event = events_[event].cause)
    fault = std::min(fault, events_[event].at);
  return fault;
}

// The kubelet started containers again. What is not ready yet goes on being restarted.
void Ledger::containersRestarted(Id id, std::uint32_t times, TimePoint at) {
  PodRecord& record = pods_[id];
  if (record.repair != kNone) {
    repairs_[record.repair].times += times;
    return;
  }
  Repair repair;
  repair.pod = repair.next = id;
  const TimePoint since = reached(record.ready_again) ? record.ready_again : std::min(record.started, at);
  repair.times = times;
  repair.ended = reached(record.down_since) && record.down_since >= since ? record.down_since : at;
  if (record.container_failure != kNone && events_[record.container_failure].at >= since)
    repair.cause = record.container_failure;
  const Id root = rootOf(repair.cause);
  const bool hung = root != kNone && repair.cause != root &&
                    std::any_of(record.faults.begin(), record.faults.end(), [&](std::uint32_t fault) {
                      return faults_[fault].ends == Ends::kOnce && faults_[fault].event == root;
                    });
  repair.fault = hung ? faultBehind(repair.cause, since, repair.ended) : repair.ended;
  repair.seconds_done = secondsBetween(since, repair.fault);
  record.repair = static_cast<Id>(repairs_.size());
  repairs_.push_back(repair);
}

void Ledger::readyAgain(Id id, TimePoint at) {
  PodRecord& record = pods_[id];
  if (record.repair == kNone) return;
  repairs_[record.repair].ready = at;
  record.repair = kNone;
}

// A new Pod takes the place of one of the same name that ended, or in Jobs that are not Indexed of any.
void Ledger::replaces(Id id) {
  JobRecord& job = jobs_[pods_[id].job];
  const auto base = jobset::podNameWithoutSuffix(pods_[id].name);
  const auto old = std::find_if(job.unreplaced.begin(), job.unreplaced.end(),
                                [&](Id other) { return jobset::podNameWithoutSuffix(pods_[other].name) == base; });
  if (old == job.unreplaced.end()) return;
  const PodRecord& before = pods_[*old];
  Repair repair;
  repair.kind = job.per_index ? RepairKind::kIndex : RepairKind::kReplacement;
  repair.pod = *old;
  repair.next = id;
  repair.times = 1;
  job.unreplaced.erase(old);
  repair.ended = std::min({before.over, before.deleting, pods_[id].created});
  if (!job.resumes.empty() && job.began() > repair.ended) return;  // it is made again for that
  repair.cause = before.failure;
  repair.fault = faultBehind(before.failure, std::min(before.started, before.created), repair.ended);
  repair.seconds_done = secondsBetween(before.started, repair.fault);
  repairs_.push_back(repair);
}

}  // namespace jobset_twin::viz::report
