// What waited for what in a start: JobSet -> Job -> Pod -> scheduled -> image -> started -> ready -> Job -> JobSet, and
// from one replicated job to the next by dependsOn, startup policy or the look-up of a name.
//
// Of each replicated job only its last Job, and of that only its last Pod, can lie on the longest path: the others were
// there before.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {
namespace {

constexpr std::size_t kUnknown = static_cast<std::size_t>(-1);

}  // namespace

// Builds the graph of one start; kept beside the ledger, of which it reads the records.
class StartGraph {
 public:
  StartGraph(const Ledger& ledger, const StartRecord& start) : ledger_(ledger), start_(start) {}

  std::vector<PathStep> path() {
    if (start_.jobset == kNone) {
      began_ = add("began", {}, start_.began, {}, {});
      const std::size_t ready = jobReady(start_.only_job, {began_});
      return told(graph_.longestPath(began_, ready));
    }
    const JobSetRecord& jobset = ledger_.jobsets()[start_.jobset];
    const std::size_t began = begin();
    const std::size_t first = start_.event == kNone ? began : 0;
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < jobset.order.size(); ++i) {
      if (const std::size_t last = replicatedJob(i); last != kUnknown) all.push_back(last);
    }
    if (all.empty()) all.push_back(began);
    const std::size_t ready = add("all Jobs ready", {}, start_.ready, all, {doing::kJobSetController, kNone, {}});
    return told(graph_.longestPath(first, ready));
  }

 private:
  std::size_t add(std::string what, std::string object, TimePoint at, const std::vector<std::size_t>& waits_for,
                  Work work) {
    works_.push_back(std::move(work));
    return graph_.add(std::move(what), std::move(object), at, waits_for);
  }

  // With what hindered each step.
  std::vector<PathStep> told(std::vector<PathStep> path) const {
    for (PathStep& step : path) step.held = ledger_.heldBy(works_[step.milestone], step.at - step.took, step.at);
    return path;
  }

  // From the fault, or the creation, until new Jobs may be made.
  std::size_t begin() {
    const JobSetRecord& jobset = ledger_.jobsets()[start_.jobset];
    if (start_.event == kNone) {
      began_ = add("began", {}, start_.kind == StartKind::kFirst ? jobset.created : start_.began, {}, {});
      return began_;
    }
    const std::size_t fault = add("fault", {}, start_.fault, {}, {});
    const Id job = failedJob();
    jobs_before_ = start_.ended_jobs;
    const std::size_t failed = add(
        "Failed", job == kNone ? std::string() : ledger_.nameOf(Thing::kJob, job), start_.failed, {fault},
        {doing::kJobController | doing::kKubelet | doing::kKubeletRequests | doing::kNodeController | doing::kPodsEnd,
         kNone, jobs_before_});
    const std::size_t decided =
        add("restart decided", {}, start_.began, {failed}, {doing::kJobSetController, kNone, {}});
    began_ = start_.kind == StartKind::kInPlace ? decided
                                                : add("old Jobs and Pods gone", {}, goneBefore(), {decided},
                                                      {doing::kJobSetController | doing::kJobController |
                                                           doing::kKubelet | doing::kGarbageCollector | doing::kPodsEnd,
                                                       kNone, jobs_before_});
    return began_;
  }

  Id failedJob() const {
    const Id cause = ledger_.events()[start_.event].cause;
    return cause != kNone && ledger_.events()[cause].thing == Thing::kJob ? ledger_.events()[cause].subject : kNone;
  }

  // The new Jobs are made as the old ones of their names go: the last creation waited for what was gone by then.
  TimePoint goneBefore() const {
    TimePoint last_made = start_.began;
    for (const Id job : start_.jobs) last_made = std::max(last_made, ledger_.jobs()[job].created);
    return std::min(start_.torn_down, last_made);
  }

  // The milestone at which all its Jobs are ready; those of what it depends on are added first.
  std::size_t replicatedJob(std::size_t index) {
    const auto known = ready_.find(index);
    if (known != ready_.end()) return known->second;
    ready_[index] = kUnknown;
    const JobSetRecord& jobset = ledger_.jobsets()[start_.jobset];
    const ReplicatedJobOrder& order = jobset.order[index];
    std::vector<std::size_t> before{began_};
    for (const auto& [other, complete] : order.waits) {
      const std::size_t at =
          complete ? completion(static_cast<std::size_t>(other)) : replicatedJob(static_cast<std::size_t>(other));
      if (at != kUnknown) before.push_back(at);
    }
    const Id job = lastReady(static_cast<std::int32_t>(index));
    if (job == kNone) return kUnknown;
    before_[index] = before;
    const std::size_t ready = jobReady(job, before);
    return ready_[index] = add("seen ready by the JobSet controller", order.name, order.ready, {ready},
                               {doing::kJobSetController, kNone, {}});
  }

  std::size_t completion(std::size_t index) {
    const ReplicatedJobOrder& order = ledger_.jobsets()[start_.jobset].order[index];
    const std::size_t ready = replicatedJob(index);
    if (ready == kUnknown || !reached(order.complete)) return ready;
    const Id job = lastComplete(static_cast<std::int32_t>(index));
    if (job == kNone) return ready;
    const std::size_t complete =
        add("Complete", ledger_.nameOf(Thing::kJob, job), ledger_.jobs()[job].complete, {jobReady(job, before_[index])},
            {doing::kJobController | doing::kContainers, kNone, {job}});
    return add("seen complete by the JobSet controller", order.name, order.complete, {complete},
               {doing::kJobSetController, kNone, {}});
  }

  std::size_t jobReady(Id id, const std::vector<std::size_t>& before) {
    const auto known = job_ready_.find(id);
    if (known != job_ready_.end()) return known->second;
    const JobRecord& job = ledger_.jobs()[id];
    const std::string name = ledger_.nameOf(Thing::kJob, id);
    job_made_[id] = start_.kind == StartKind::kInPlace ? before.front()
                    : !job.resumes.empty() && job.began() >= start_.began
                        ? add("resumed", name, job.began(), before, {doing::kJobSetController, kNone, {}})
                        : add("created", name, job.created, before, {doing::kJobSetController, kNone, {}});
    const Id pod = lastReadyPod(job);
    std::vector<std::size_t> ready_after{job_made_[id]};
    if (pod != kNone) ready_after.push_back(podReady(pod));
    return job_ready_[id] =
               add("ready", name, std::min(job.ready, job.complete), ready_after, {doing::kJobController, kNone, {}});
  }

  std::size_t podReady(Id id) {
    const auto known = pod_ready_.find(id);
    if (known != pod_ready_.end()) return known->second;
    const PodRecord& pod = ledger_.pods()[id];
    const std::string name = ledger_.nameOf(Thing::kPod, id);
    pod_ready_[id] = job_made_.contains(pod.job) ? job_made_[pod.job] : began_;  // should names go round in a circle
    std::size_t at = pod_ready_[id];
    if (start_.kind == StartKind::kInPlace)
      return pod_ready_[id] =
                 add("ready again", name, pod.ready_again, {at}, {doing::kKubelet | doing::kContainers, id, {}});
    at = add("created", name, pod.created, {at}, {doing::kJobController | doing::kWebhooks, id, {}});
    at = add("scheduled", name, pod.scheduled, {at},
             {doing::kScheduler | (reached(pod.refused_node) ? doing::kRoom : 0U), id, {}});
    scheduled_[id] = at;
    const Work running{
        doing::kContainers | doing::kKubelet | doing::kKubeletRequests | (pod.asked ? doing::kNames : 0U), id, {}};
    at = add("image pulled", name, pod.pulled, {at}, {doing::kImages | doing::kKubelet, id, {}});
    const bool asked = reached(pod.looked_up) && pod.looked_up_pod != kNone && pod.looked_up_pod != id;
    if (asked && pod.looked_up <= pod.started) at = lookUp(id, name, at);
    at = add("started", name, pod.started, {at}, running);
    if (asked && pod.looked_up > pod.started && pod.looked_up <= pod.ready) at = lookUp(id, name, at);
    return pod_ready_[id] = add("ready", name, pod.ready, {at}, running);
  }

  std::size_t lookUp(Id id, const std::string& name, std::size_t at) {
    const PodRecord& pod = ledger_.pods()[id];
    const PodRecord& other = ledger_.pods()[pod.looked_up_pod];
    const std::string other_name = ledger_.nameOf(Thing::kPod, pod.looked_up_pod);
    std::vector<std::size_t> after{at};
    if (reached(other.resolvable) && other.resolvable <= pod.looked_up)
      after.push_back(add("resolvable", other_name, other.resolvable, {podScheduled(pod.looked_up_pod)},
                          {doing::kNames, pod.looked_up_pod, {}}));
    return add("finds the name of " + other_name, name, pod.looked_up, after, {doing::kNames, id, {}});
  }

  std::size_t podScheduled(Id id) {
    const auto known = scheduled_.find(id);
    if (known != scheduled_.end()) return known->second;
    const PodRecord& pod = ledger_.pods()[id];
    const std::string name = ledger_.nameOf(Thing::kPod, id);
    std::size_t at = began_;
    if (pod.job != kNone && ledger_.jobs()[pod.job].created >= start_.began)
      at = add("created", ledger_.nameOf(Thing::kJob, pod.job), ledger_.jobs()[pod.job].created, {at},
               {doing::kJobSetController, kNone, {}});
    at = add("created", name, pod.created, {at}, {doing::kJobController | doing::kWebhooks, id, {}});
    return scheduled_[id] = add("scheduled", name, pod.scheduled, {at},
                                {doing::kScheduler | (reached(pod.refused_node) ? doing::kRoom : 0U), id, {}});
  }

  template <class TimeOf>
  Id last(std::int32_t replicated_job, TimeOf time_of) const {
    Id last = kNone;
    for (const Id id : start_.jobs) {
      const JobRecord& job = ledger_.jobs()[id];
      if (job.replicated_job != replicated_job || !reached(time_of(job)) || time_of(job) > start_.ready) continue;
      if (last == kNone || time_of(job) > time_of(ledger_.jobs()[last])) last = id;
    }
    return last;
  }
  Id lastReady(std::int32_t replicated_job) const {
    return last(replicated_job, [](const JobRecord& job) { return std::min(job.ready, job.complete); });
  }
  Id lastComplete(std::int32_t replicated_job) const {
    return last(replicated_job, [](const JobRecord& job) { return job.complete; });
  }

  Id lastReadyPod(const JobRecord& job) const {
    const TimePoint until = std::min(job.ready, job.complete);
    const bool again = start_.kind == StartKind::kInPlace;
    Id last = kNone;
    for (const Id id : job.pods) {
      const PodRecord& pod = ledger_.pods()[id];
      const TimePoint at = again ? pod.ready_again : pod.ready;
      if (!reached(at) || (!again && at > until)) continue;
      const PodRecord* best = last == kNone ? nullptr : &ledger_.pods()[last];
      if (!best || at > (again ? best->ready_again : best->ready)) last = id;
    }
    return last;
  }

  const Ledger& ledger_;
  const StartRecord& start_;
  MilestoneGraph graph_;
  std::vector<Work> works_;  // by milestone: what it takes
  std::vector<Id> jobs_before_;
  std::size_t began_ = 0;
  std::map<std::size_t, std::size_t> ready_;  // by replicated job
  std::map<std::size_t, std::vector<std::size_t>> before_;
  std::map<Id, std::size_t> job_ready_, job_made_, pod_ready_, scheduled_;
};

std::vector<PathStep> Ledger::pathOf(const StartRecord& start) const { return StartGraph(*this, start).path(); }

}  // namespace jobset_twin::viz::report
