// Containers that work together (behaviour `model`): who belongs to which group, and what follows for them from what
// happens to the others. The models themselves: sim/workload/models.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "sim/cluster/kubelet/kubelet.hpp"

namespace jobset_twin::cluster {
namespace {

std::int32_t numberIn(const api::StringMap& labels, std::string_view name) {
  const std::string_view text = labels.get(name);
  std::int32_t value = 0;
  for (const char digit : text) {
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

bool meant(const std::string& wanted, const std::string& name) { return wanted.empty() || wanted == name; }

workload::MemberPlace placeOf(const NodeRuntime& node) {
  workload::MemberPlace place;
  place.host = node.name;
  if (!node.object) return place;
  const api::StringMap& labels = node.object->meta.labels;
  place.rack = labels.get("topology.jobset-twin.dev/rack");
  place.block = labels.get("topology.jobset-twin.dev/block");
  place.zone = labels.get("topology.kubernetes.io/zone");
  return place;
}

}  // namespace

const workload::ModelSpec& Kubelet::modelOf(const WorkGroup& group) const {
  return *config_.behaviors[static_cast<std::size_t>(group.behavior)].model;
}

// The Jobs of a replicated job whose containers a behaviour means.
std::vector<std::int32_t> Kubelet::groupSizes(const api::JobSet& jobset, std::int32_t behavior) const {
  const workload::Behavior& one = config_.behaviors[static_cast<std::size_t>(behavior)];
  std::vector<std::int32_t> sizes(workload::roleCount(*one.model), 0);
  for (const api::ReplicatedJob& job : jobset.spec->replicatedJobs) {
    if (!meant(one.match.replicated_job, job.name)) continue;
    const std::int32_t replicas =
        one.match.job_index.empty() ? job.replicas.value_or(1) : static_cast<std::int32_t>(one.match.job_index.size());
    sizes[static_cast<std::size_t>(workload::roleOf(*one.model, job.name))] += replicas * podsOf(job);
  }
  return sizes;
}

// Its number within its role: by replicated job, Job and Pod, in the order of the JobSet.
workload::Member Kubelet::memberOf(const api::Object& pod, const api::JobSet& jobset, std::int32_t behavior) const {
  const workload::Behavior& one = config_.behaviors[static_cast<std::size_t>(behavior)];
  const api::StringMap& labels = pod.meta.labels;
  const std::string name(labels.get("jobset.sigs.k8s.io/replicatedjob-name"));
  workload::Member who{workload::roleOf(*one.model, name), 0};
  for (const api::ReplicatedJob& job : jobset.spec->replicatedJobs) {
    if (job.name == name) {
      who.rank += numberIn(labels, "jobset.sigs.k8s.io/job-index") * podsOf(job) +
                  numberIn(labels, "batch.kubernetes.io/job-completion-index");
      break;
    }
    if (meant(one.match.replicated_job, job.name) && workload::roleOf(*one.model, job.name) == who.role)
      who.rank += job.replicas.value_or(1) * podsOf(job);
  }
  return who;
}

void Kubelet::joinGroup(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t request) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  const std::string jobset_name =
      fmt::format("{}/{}", pod.pod->meta.namespace_, pod.pod->meta.labels.get("jobset.sigs.k8s.io/jobset-name"));
  const auto jobset = jobsets_.find(jobset_name);
  if (jobset == jobsets_.end()) {
    c.waits_for =
        fmt::format("container {} belongs to no JobSet whose Pods it could work with", specOf(pod, index).name);
    return;
  }
  const std::string key = fmt::format("{}/{}/{}", jobset_name, jobset->second->meta.uid, c.behavior);
  const api::JobSet& body = api::as<api::JobSet>(jobset->second);
  auto [at, fresh] = groups_.try_emplace(key);
  WorkGroup& group = at->second;
  if (fresh) {
    group.jobset = jobset_name;
    group.behavior = c.behavior;
    group.model =
        workload::makeModel(modelOf(group), groupSizes(body, c.behavior),
                            kernel::stream(ctx.kernel.seed(), fmt::format("group/{}/{}", jobset_name, c.behavior)));
  }
  const workload::Member who = memberOf(*pod.pod, body, c.behavior);
  // Whoever was there before under that number is not heard of any more.
  if (const auto before = group.members.find(who); before != group.members.end()) {
    if (PodRuntime* old = live(before->second.pod)) old->containers[before->second.container].group.clear();
    group.members.erase(before);
    followGroup(ctx, key, workload::leave(group.model, ctx.now(), who));
  }
  c.group = key;
  c.member = who;
  group.members[who] = GroupMember{handleOf(slot), static_cast<std::uint32_t>(index), request};
  const NodeRuntime& node = nodes_[pod.node];
  followGroup(ctx, key, workload::join(group.model, ctx.now(), who, {node.speed, placeOf(node)}));
}

void Kubelet::leaveGroup(Context& ctx, ContainerRuntime& c) {
  if (c.group.empty()) return;
  const std::string key = std::exchange(c.group, {});
  const auto found = groups_.find(key);
  if (found == groups_.end()) return;
  found->second.members.erase(c.member);
  followGroup(ctx, key, workload::leave(found->second.model, ctx.now(), c.member));
}

// What follows from something that happened to a group. Whoever ends here leaves it, which may have consequences too.
void Kubelet::followGroup(Context& ctx, const std::string& key, const workload::GroupStep& step) {
  WorkGroup& group = groups_.at(key);
  for (const auto& [who, line] : step.log) {
    const auto member = group.members.find(who);
    if (member == group.members.end()) continue;
    if (const PodRuntime* pod = live(member->second.pod))
      logLines(ctx, *pod, specOf(*pod, member->second.container).name, {{1, line, true}});
  }
  if (step.wanted_workers) scaleGroup(ctx, group, *step.wanted_workers);
  ctx.kernel.cancel(group.wake);
  if (const std::optional<TimePoint> wake = workload::wakeOf(group.model)) {
    group.wake = ctx.kernel.schedule(std::max(*wake, ctx.now()), targetOf(Component::kKubelet), kGroupWake,
                                     groupNumber(key), 0, kernel::EventClass::kWork);
  }
  for (const auto& [who, code] : step.exits) {
    const auto member = group.members.find(who);
    if (member == group.members.end()) continue;
    const GroupMember there = member->second;
    if (!live(there.pod)) continue;
    workload::AskAnswer answer;
    answer.exit_code = code;
    answerMachine(ctx, static_cast<std::uint32_t>(there.pod & 0xffffffffU), there.container, there.request, answer);
  }
}

void Kubelet::wakeGroup(Context& ctx, std::uint64_t number) {
  const auto name = group_names_.find(number);
  if (name == group_names_.end()) return;
  const std::string key = name->second;
  WorkGroup& group = groups_.at(key);
  followGroup(ctx, key, workload::tick(group.model, ctx.now()));
}

std::uint64_t Kubelet::groupNumber(const std::string& key) {
  WorkGroup& group = groups_.at(key);
  if (group.number == 0) {
    group.number = group_names_.size() + 1;
    group_names_[group.number] = key;
  }
  return group.number;
}

// All of a JobSet's Pods on a node whose speed has changed.
void Kubelet::tellGroupsOfSpeed(Context& ctx, std::uint32_t node) {
  std::vector<std::pair<std::string, workload::Member>> there;
  for (const std::uint32_t slot : nodes_[node].slots) {
    for (const ContainerRuntime& c : pods_[slot].containers) {
      if (!c.group.empty()) there.emplace_back(c.group, c.member);
    }
  }
  for (const auto& [key, who] : there)
    followGroup(ctx, key, workload::setSpeed(groups_.at(key).model, ctx.now(), who, nodes_[node].speed));
}

// As the leader's own client would: the numbers of the JobSet's elastic replicated job (gate ElasticJobSet, JS-R12).
void Kubelet::scaleGroup(Context& ctx, WorkGroup& group, std::int32_t workers) {
  const auto found = jobsets_.find(group.jobset);
  if (found == jobsets_.end()) return;
  const api::MutableObjectPtr object = api::edit(found->second);
  const workload::ModelSpec& model = modelOf(group);
  bool changed = false;
  for (api::ReplicatedJob& job : api::as<api::JobSet>(*object).spec.mut().replicatedJobs) {
    if (workload::roleOf(model, job.name) != workload::LeaderWorker::kWorkers) continue;
    if (!meant(config_.behaviors[static_cast<std::size_t>(group.behavior)].match.replicated_job, job.name)) continue;
    api::JobSpec& spec = job.template_.spec.mut();
    if (spec.parallelism == workers) continue;
    if (spec.completions == spec.parallelism) spec.completions = workers;
    spec.parallelism = workers;
    changed = true;
  }
  const auto leader = group.members.find({workload::LeaderWorker::kLeader, 0});
  if (!changed || leader == group.members.end()) return;
  const PodRuntime* pod = live(leader->second.pod);
  if (!pod || nodes_[pod->node].partitioned) return;
  logLines(ctx, *pod, specOf(*pod, leader->second.container).name,
           {{1, fmt::format("asking for {} workers", workers), true}});
  api::Request request = api::patchRequest(
      api::keyOf(*object), api::MergePatch{api::Raw(nlohmann::json{
                               {"spec", {{"replicatedJobs", api::toJson(*object)["spec"]["replicatedJobs"]}}}})});
  ctx.transport.send(ctx.kernel, nodes_[pod->node].client, targetOf(Component::kKubelet), std::move(request), 0);
}

std::vector<WorkloadFigures> Kubelet::workloads(TimePoint now) const {
  std::vector<WorkloadFigures> out;
  for (const auto& [key, group] : groups_)
    out.push_back({group.jobset, group.behavior, workload::figuresOf(group.model, now)});
  return out;
}

}  // namespace jobset_twin::cluster
