// Containers that work together (behaviour `model`): who belongs to which group, and what follows for them from what
// happens to the others. The models themselves: sim/workload/models.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "engine/jobset/names.hpp"
#include "sim/cluster/kubelet/group_sizes.hpp"
#include "sim/cluster/kubelet/kubelet.hpp"

namespace jobset_twin::cluster {
namespace {

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

// It serves on when the work is done: sshd under mpirun.
bool staysOn(const workload::ModelSpec& model, const PodRuntime& pod) {
  const std::string_view job = pod.pod->meta.labels.get(jobset::kReplicatedJobNameKey);
  return std::find(model.stay.begin(), model.stay.end(), job) != model.stay.end();
}

}  // namespace

const workload::ModelSpec& Kubelet::modelOf(const WorkGroup& group) const {
  return *config_.behaviors[static_cast<std::size_t>(group.behavior)].model;
}

void Kubelet::joinGroup(Context& ctx, std::uint32_t slot, std::size_t index, std::uint32_t request) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  const std::string jobset_name =
      fmt::format("{}/{}", pod.pod->meta.namespace_, pod.pod->meta.labels.get(jobset::kJobSetNameKey));
  const auto jobset = jobsets_.find(jobset_name);
  if (jobset == jobsets_.end()) {
    c.waits_for =
        fmt::format("container {} belongs to no JobSet whose Pods it could work with", specOf(pod, index).name);
    return;
  }
  const std::int32_t behavior = firstWithSameModel(config_.behaviors, c.behavior);
  const std::string key = fmt::format("{}/{}/{}", jobset_name, jobset->second->meta.uid, behavior);
  auto [at, fresh] = groups_.try_emplace(key);
  WorkGroup& group = at->second;
  if (group.closed) {
    c.waits_for =
        fmt::format("container {} works together with others, and its JobSet is over", specOf(pod, index).name);
    return;
  }
  if (fresh) {
    group.jobset = jobset_name;
    group.uid = jobset->second->meta.uid;
    group.number = groups_.size();
    group_names_[group.number] = key;
    group.behavior = behavior;
    group.generation = jobset->second->meta.generation;
    group.ranks = ranksOf(*jobset->second, modelOf(group));
    group.model =
        workload::makeModel(modelOf(group), groupSizes(*jobset->second, config_.behaviors, behavior),
                            kernel::stream(ctx.kernel.seed(), fmt::format("group/{}/{}", jobset_name, behavior)));
  }
  resizeGroup(ctx, key, *jobset->second);
  const workload::Member who = memberOf(*pod.pod, modelOf(group), group.ranks);
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
  WorkGroup& group = found->second;
  group.members.erase(c.member);
  if (const auto jobset = jobsets_.find(group.jobset); jobset != jobsets_.end()) resizeGroup(ctx, key, *jobset->second);
  followGroup(ctx, key, workload::leave(group.model, ctx.now(), c.member));
  closeIfOver(ctx, group);
}

// Its JobSet has ended, or is no more.
bool Kubelet::isOver(const WorkGroup& group) const {
  const auto jobset = jobsets_.find(group.jobset);
  return jobset == jobsets_.end() || jobset->second->meta.uid != group.uid ||
         !api::as<api::JobSet>(*jobset->second).status.terminalState.empty();
}

void Kubelet::closeGroups(Context& ctx, const api::Object& jobset) {
  const std::string prefix = fmt::format("{}/{}/{}/", jobset.meta.namespace_, jobset.meta.name, jobset.meta.uid);
  for (auto at = groups_.lower_bound(prefix); at != groups_.end() && at->first.starts_with(prefix); ++at)
    closeIfOver(ctx, at->second);
}

// Nobody will work in it any more: what comes after this is no waiting.
void Kubelet::closeIfOver(Context& ctx, WorkGroup& group) {
  if (group.closed || !group.members.empty() || !isOver(group)) return;
  group.closed = ctx.now();
  ctx.kernel.cancel(group.wake);
}

// An elastic JobSet has changed how many Pods there are to be.
void Kubelet::resizeGroup(Context& ctx, const std::string& key, const api::Object& jobset) {
  WorkGroup& group = groups_.at(key);
  if (group.uid != jobset.meta.uid || group.generation == jobset.meta.generation) return;
  group.generation = jobset.meta.generation;
  followGroup(ctx, key,
              workload::resize(group.model, ctx.now(), groupSizes(jobset, config_.behaviors, group.behavior)));
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
    const kernel::EventClass event_class =
        workload::isIdle(group.model) ? kernel::EventClass::kRetry : kernel::EventClass::kWork;
    group.wake = ctx.kernel.schedule(std::max(*wake, ctx.now()), targetOf(Component::kKubelet), kGroupWake,
                                     group.number, 0, event_class);
  }
  for (const auto& [who, code] : step.exits) {
    const auto member = group.members.find(who);
    if (member == group.members.end()) continue;
    const GroupMember there = member->second;
    const PodRuntime* pod = live(there.pod);
    if (!pod || (code == 0 && staysOn(modelOf(group), *pod))) continue;
    workload::AskAnswer answer;
    answer.exit_code = code;
    answer.over = true;
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

// All containers of groups on a node whose speed has changed.
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

// As the leader's own client would: the numbers of the workers' replicated job (gate ElasticJobSet, JS-R12).
void Kubelet::scaleGroup(Context& ctx, WorkGroup& group, std::int32_t workers) {
  const auto found = jobsets_.find(group.jobset);
  const auto leader = group.members.find({workload::LeaderWorker::kLeader, 0});
  if (found == jobsets_.end() || leader == group.members.end()) return;
  const PodRuntime* pod = live(leader->second.pod);
  if (!pod || nodes_[pod->node].partitioned) return;
  const api::MutableObjectPtr object = api::edit(found->second);
  const std::optional<std::size_t> at = elasticJobOf(*object, config_.behaviors, group.behavior);
  if (!at) return;
  api::ReplicatedJob& job = api::as<api::JobSet>(*object).spec.mut().replicatedJobs[*at];
  const std::int32_t replicas = std::max(job.replicas.value_or(1), 1);
  const std::int32_t each = std::max((workers + replicas - 1) / replicas, 1);
  api::JobSpec& spec = job.template_.spec.mut();
  if (spec.parallelism == each) return;
  if (spec.completions == spec.parallelism) spec.completions = each;
  spec.parallelism = each;
  logLines(ctx, *pod, specOf(*pod, leader->second.container).name,
           {{1, fmt::format("asking for {} workers", each * replicas), true}});
  api::Request request = api::patchRequest(
      api::keyOf(*object), api::MergePatch{api::Raw(nlohmann::json{
                               {"spec", {{"replicatedJobs", api::toJson(*object)["spec"]["replicatedJobs"]}}}})});
  ctx.transport.send(ctx.kernel, nodes_[pod->node].client, targetOf(Component::kKubelet), std::move(request),
                     tagOf(kScale, leader->second.pod));
}

// The API server has refused it: the leader says so and goes on with the workers that there are.
void Kubelet::notScaled(Context& ctx, const PodRuntime& pod, const std::string& message) {
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    const ContainerRuntime& c = pod.containers[i];
    if (!c.group.empty() && c.member.role == workload::LeaderWorker::kLeader)
      logLines(ctx, pod, specOf(pod, i).name, {{2, fmt::format("the number of workers stays: {}", message), true}});
  }
}

std::vector<WorkloadFigures> Kubelet::workloads(TimePoint now) const {
  std::vector<const WorkGroup*> order;
  for (const auto& [key, group] : groups_) order.push_back(&group);
  std::sort(order.begin(), order.end(), [](const WorkGroup* a, const WorkGroup* b) {
    return std::tie(a->jobset, a->behavior, a->number) < std::tie(b->jobset, b->behavior, b->number);
  });
  std::vector<WorkloadFigures> out;
  for (const WorkGroup* group : order) {
    const auto jobset = jobsets_.find(group->jobset);
    const bool deleted = jobset == jobsets_.end() || jobset->second->meta.uid != group->uid;
    const TimePoint until = group->closed.value_or(now);
    out.push_back({group->jobset, group->uid, group->behavior, deleted, workload::figuresOf(group->model, until)});
  }
  return out;
}

}  // namespace jobset_twin::cluster
