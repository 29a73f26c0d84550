#include "scenarios/study/work.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "sim/cluster/kubelet/group_sizes.hpp"
#include "sim/cluster/kubelet/kubelet.hpp"

namespace jobset_twin::scenarios::study {
namespace {

double podNanoseconds(Duration time) { return static_cast<double>(time.count()); }

void add(PodTimes& work, const workload::GroupTimes& times, double factor) {
  work.useful += podNanoseconds(times.useful) * factor;
  work.lost += podNanoseconds(times.lost) * factor;
  work.saving += podNanoseconds(times.saving) * factor;
  work.restoring += podNanoseconds(times.restoring) * factor;
  work.waiting += podNanoseconds(times.waiting) * factor;
}

// The members that a group is to have, times how long, from its JobSet's submission to its end. Leaders and servers do
// not count: their time is in no model's figures.
double membersWanted(const WorkloadRecord& workload, const std::vector<workload::Behavior>& behaviors,
                     std::int32_t behavior, bool of_workers, TimePoint end) {
  const workload::ModelSpec& model = *behaviors[static_cast<std::size_t>(behavior)].model;
  const bool has_head = of_workers && !std::holds_alternative<workload::PipelineSpec>(model.of);
  double sum = 0;
  for (std::size_t i = 0; i < workload.specs.size(); ++i) {
    const auto& [from, jobset] = workload.specs[i];
    const TimePoint until = i + 1 < workload.specs.size() ? workload.specs[i + 1].first : end;
    const std::vector<std::int32_t> sizes = cluster::groupSizes(*jobset, behaviors, behavior);
    std::int64_t members = 0;
    for (std::size_t role = has_head ? 1 : 0; role < sizes.size(); ++role) members += sizes[role];
    sum += podNanoseconds(std::max(std::min(until, end) - from, Duration{})) * static_cast<double>(members);
  }
  return sum;
}

// Whether what a Pod did counts: it succeeded, or nothing has gone wrong with it, or it served until the others were
// done and it was told to go.
bool counts(const PodRecord& pod, const JobRecord& job, const WorkloadRecord& workload) {
  if (job.discarded) return false;
  if (pod.succeeded) return true;
  if (pod.deleting == kNever) return !pod.failed;
  return (workload.completed() && pod.deleting >= workload.over) || (job.success && job.last_pod < pod.deleting);
}

class Accounts {
 public:
  Accounts(const History& history, const Run& run, TimePoint end)
      : history_(history), work_(history.workloads().size()) {
    models(run, end);
    checkpoints(run, end);
    pods();
  }
  std::vector<PodTimes> take() { return std::move(work_); }

 private:
  const WorkloadRecord& workloadOf(const PodRecord& pod) const {
    return history_.workloads()[history_.jobs()[pod.job].workload];
  }

  void models(const Run& run, TimePoint end) {
    const std::vector<workload::Behavior>& behaviors = run.plan().world.kubelet.behaviors;
    modelled_.resize(work_.size(), false);
    for (const cluster::WorkloadFigures& group : run.world().kubelet().workloads(end)) {
      const Id id = history_.workloadWithUid(group.uid);
      if (id == kNone) continue;
      const WorkloadRecord& workload = history_.workloads()[id];
      const TimePoint until = std::min(end, workload.over);
      const bool of_workers = group.figures.ofWorkers();
      const double wanted = membersWanted(workload, behaviors, group.behavior, of_workers, until);
      // What all do at the same time is told once.
      const double time = podNanoseconds(until - workload.submitted);
      add(work_[id], group.figures.times, of_workers || time <= 0 ? 1 : wanted / time);
      work_[id].wanted += wanted;
      work_[id].repeated = work_[id].repeated.value_or(0) + group.figures.repeated;
      modelled_[id] = true;
    }
  }

  // As the kubelet knows the Pod: it keeps what was saved for whoever has that index next.
  std::string identityOf(const PodRecord& pod) const {
    const std::string& namespace_ = workloadOf(pod).namespace_;
    if (pod.index < 0) return fmt::format("{}/{}", namespace_, pod.name);
    return fmt::format("{}/{}/{}", namespace_, history_.jobs()[pod.job].name, pod.index);
  }

  void checkpoints(const Run& run, TimePoint end) {
    const std::vector<cluster::CheckpointFigures> kept = run.world().kubelet().checkpointed(end);
    if (kept.empty()) return;
    std::map<std::string, Id> last;
    for (const cluster::CheckpointFigures& one : kept) last[one.pod] = kNone;
    keeps_.resize(history_.pods().size(), false);
    for (Id id = 0; id < history_.pods().size(); ++id) {
      if (history_.pods()[id].job == kNone) continue;
      const auto found = last.find(identityOf(history_.pods()[id]));
      if (found == last.end()) continue;
      found->second = id;
      keeps_[id] = true;
    }
    for (const cluster::CheckpointFigures& one : kept) {
      // Of a Pod with several such containers the first counts for all.
      const Id id = std::exchange(last[one.pod], kNone);
      if (id == kNone) continue;
      const PodRecord& pod = history_.pods()[id];
      const JobRecord& job = history_.jobs()[pod.job];
      if (modelled_[job.workload]) continue;
      workload::GroupTimes times = one.times;
      // Nobody goes on from there: it is done again from the beginning, or by a Pod of another name.
      const bool in_vain = pod.index < 0 ? !counts(pod, job, workloadOf(pod)) : pod.succeeded && job.discarded;
      if (in_vain) times.lost += std::exchange(times.useful, Duration{});
      add(work_[job.workload], times, 1);
    }
  }

  void pods() {
    for (std::size_t id = 0; id < work_.size(); ++id) {
      if (!modelled_[id]) work_[id].wanted = history_.workloads()[id].wanted;
    }
    for (Id id = 0; id < history_.pods().size(); ++id) {
      const PodRecord& pod = history_.pods()[id];
      if (pod.job == kNone || (!keeps_.empty() && keeps_[id])) continue;
      const JobRecord& job = history_.jobs()[pod.job];
      if (modelled_[job.workload]) continue;
      PodTimes& work = work_[job.workload];
      work.lost += podNanoseconds(pod.lost);
      (counts(pod, job, workloadOf(pod)) ? work.useful : work.lost) += podNanoseconds(pod.kept);
    }
  }

  const History& history_;
  std::vector<PodTimes> work_;
  std::vector<bool> modelled_, keeps_;  // by workload, by Pod
};

}  // namespace

std::vector<PodTimes> workOf(const History& history, const Run& run, TimePoint end) {
  return Accounts(history, run, end).take();
}

}  // namespace jobset_twin::scenarios::study
