#include "sim/cluster/kubelet/group_sizes.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/workload/models/model.hpp"

namespace jobset_twin::cluster {
namespace {

using workload::Behavior;

std::int32_t numberIn(const api::StringMap& labels, std::string_view name) {
  std::int32_t value = 0;
  for (const char digit : labels.get(name)) {
    if (digit < '0' || digit > '9') return 0;
    value = value * 10 + (digit - '0');
  }
  return value;
}

// Pods that a Job of a replicated job has at a time.
std::int32_t podsOf(const api::ReplicatedJob& job) {
  const api::JobSpec& spec = *job.template_.spec;
  const std::int32_t parallelism = spec.parallelism.value_or(1);
  return spec.completions ? std::min(parallelism, *spec.completions) : parallelism;
}

bool meant(const std::string& wanted, std::string_view name) { return wanted.empty() || wanted == name; }

bool listed(const std::vector<std::int32_t>& wanted, std::int32_t value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool ofAllPods(const workload::BehaviorMatch& match) {
  return match.job.empty() && match.job_index.empty() && match.pod_index.empty();
}

// A behaviour that may decide about a Pod's container, and whether it makes it a member.
struct Candidate {
  const workload::BehaviorMatch* match;
  bool member;
};

std::vector<Candidate> candidatesFor(const api::Object& jobset, const api::ReplicatedJob& job,
                                     const std::vector<Behavior>& behaviors, const workload::ModelSpec& model) {
  const std::vector<api::Container>& containers = job.template_.spec->template_.spec->containers;
  std::vector<Candidate> out;
  for (const Behavior& one : behaviors) {
    const workload::BehaviorMatch& match = one.match;
    const bool member = one.model == model;
    const bool named = std::any_of(containers.begin(), containers.end(),
                                   [&](const api::Container& c) { return meant(match.container, c.name); });
    if (!meant(match.namespace_, jobset.meta.namespace_) || !meant(match.jobset, jobset.meta.name) ||
        !meant(match.replicated_job, job.name) || !named || (!member && !match.attempt.empty()))
      continue;
    out.push_back({&match, member});
  }
  // Behaviours of other containers of the same Pods do not take members away.
  std::string container;
  for (const Candidate& one : out) {
    if (one.member && container.empty()) container = one.match->container;
  }
  if (container.empty() && !containers.empty()) container = containers.front().name;
  std::erase_if(out, [&](const Candidate& one) { return !meant(one.match->container, container); });
  return out;
}

std::int32_t membersOf(const api::Object& jobset, const api::ReplicatedJob& job, const std::vector<Candidate>& all) {
  const std::int32_t replicas = job.replicas.value_or(1), pods = podsOf(job);
  if (all.empty()) return 0;
  if (ofAllPods(*all.front().match)) return all.front().member ? replicas * pods : 0;
  std::int32_t members = 0;
  for (std::int32_t job_index = 0; job_index < replicas; ++job_index) {
    const std::string name = fmt::format("{}-{}-{}", jobset.meta.name, job.name, job_index);
    for (std::int32_t pod_index = 0; pod_index < pods; ++pod_index) {
      const auto found = std::find_if(all.begin(), all.end(), [&](const Candidate& one) {
        return meant(one.match->job, name) && listed(one.match->job_index, job_index) &&
               listed(one.match->pod_index, pod_index);
      });
      if (found != all.end() && found->member) ++members;
    }
  }
  return members;
}

}  // namespace

std::int32_t firstWithSameModel(const std::vector<Behavior>& behaviors, std::int32_t behavior) {
  const auto& model = behaviors[static_cast<std::size_t>(behavior)].model;
  const auto found =
      std::find_if(behaviors.begin(), behaviors.end(), [&](const Behavior& one) { return one.model == model; });
  return static_cast<std::int32_t>(found - behaviors.begin());
}

std::int32_t membersIn(const api::Object& jobset, const api::ReplicatedJob& job, const std::vector<Behavior>& behaviors,
                       std::int32_t behavior) {
  const workload::ModelSpec& model = *behaviors[static_cast<std::size_t>(behavior)].model;
  return membersOf(jobset, job, candidatesFor(jobset, job, behaviors, model));
}

std::vector<std::int32_t> groupSizes(const api::Object& jobset, const std::vector<Behavior>& behaviors,
                                     std::int32_t behavior) {
  const workload::ModelSpec& model = *behaviors[static_cast<std::size_t>(behavior)].model;
  std::vector<std::int32_t> sizes(workload::roleCount(model), 0);
  for (const api::ReplicatedJob& job : api::as<api::JobSet>(jobset).spec->replicatedJobs) {
    sizes[static_cast<std::size_t>(workload::roleOf(model, job.name))] += membersIn(jobset, job, behaviors, behavior);
  }
  return sizes;
}

GroupRanks ranksOf(const api::Object& jobset, const workload::ModelSpec& model) {
  GroupRanks ranks;
  std::map<std::int32_t, std::int32_t> next;
  for (const api::ReplicatedJob& job : api::as<api::JobSet>(jobset).spec->replicatedJobs) {
    std::int32_t& first = next[workload::roleOf(model, job.name)];
    const std::int32_t each = std::max(podsOf(job), 1);
    ranks[job.name] = {first, each};
    first += job.replicas.value_or(1) * each;
  }
  return ranks;
}

workload::Member memberOf(const api::Object& pod, const workload::ModelSpec& model, const GroupRanks& ranks) {
  const api::StringMap& labels = pod.meta.labels;
  const std::string name(labels.get("jobset.sigs.k8s.io/replicatedjob-name"));
  const std::int32_t job_index = numberIn(labels, "jobset.sigs.k8s.io/job-index");
  const std::int32_t pod_index = numberIn(labels, "batch.kubernetes.io/job-completion-index");
  const auto found = ranks.find(name);
  const auto [first, each] = found == ranks.end() ? std::pair(0, 1) : found->second;
  const std::int32_t added = std::max(pod_index - (each - 1), 0);  // by an elastic JobSet, or of later completions
  return {workload::roleOf(model, name), first + job_index * each + pod_index - added, added};
}

std::optional<std::size_t> elasticJobOf(const api::Object& jobset, const std::vector<Behavior>& behaviors,
                                        std::int32_t behavior) {
  const workload::ModelSpec& model = *behaviors[static_cast<std::size_t>(behavior)].model;
  const auto& jobs = api::as<api::JobSet>(jobset).spec->replicatedJobs;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::vector<Candidate> all = candidatesFor(jobset, jobs[i], behaviors, model);
    if (workload::roleOf(model, jobs[i].name) == workload::LeaderWorker::kWorkers &&
        std::any_of(all.begin(), all.end(), [](const Candidate& one) { return one.member; }))
      return i;
  }
  return std::nullopt;
}

}  // namespace jobset_twin::cluster
