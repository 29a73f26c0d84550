#include "sim/cluster/scheduler/gangs.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/jobset/names.hpp"

namespace jobset_twin::cluster {
namespace {

// Exclusive placement by the webhooks: followers come after their leader. With node selectors all come at once.
bool followsLeader(const api::StringMap& annotations) {
  return annotations.contains(jobset::kExclusiveKey) && !annotations.contains(jobset::kNodeSelectorStrategyKey);
}

// Pods that a replicated job has at a time, when so many have succeeded.
std::int64_t podsOf(const api::ReplicatedJob& job, std::int64_t done) {
  const api::JobSpec& spec = *job.template_.spec;
  const std::int64_t jobs = job.replicas.value_or(1), at_once = jobs * spec.parallelism.value_or(1);
  const std::int64_t all = spec.completions ? jobs * *spec.completions : at_once;
  return std::clamp<std::int64_t>(all - done, 0, at_once);
}

const nlohmann::json* inSpec(const api::ObjectPtr& group, std::initializer_list<const char*> path) {
  const nlohmann::json* spec = api::jsonAt(api::as<api::Generic>(group).content.get(), {"spec"});
  return spec ? api::jsonAt(*spec, path) : nullptr;
}

std::int32_t minCount(const api::ObjectPtr& group) {
  const nlohmann::json* at = inSpec(group, {"schedulingPolicy", "gang", "minCount"});
  if (!at || !at->is_number_integer()) return 0;
  const auto count = at->get<std::int64_t>();
  return count > 0 && count <= std::numeric_limits<std::int32_t>::max() ? static_cast<std::int32_t>(count) : 0;
}

}  // namespace

bool startsInOrder(const api::JobSetSpec& spec) {
  if (spec.startupPolicy && spec.startupPolicy->startupPolicyOrder == "InOrder") return true;
  return std::any_of(spec.replicatedJobs.begin(), spec.replicatedJobs.end(),
                     [](const api::ReplicatedJob& job) { return !job.dependsOn.empty(); });
}

std::string whyNoGang(const api::JobSetSpec& spec, const api::ObjectMeta& meta) {
  if (followsLeader(meta.annotations)) return "exclusive placement makes its other Pods after the leaders have nodes";
  for (const api::ReplicatedJob& job : spec.replicatedJobs) {
    if (followsLeader(job.template_.metadata.annotations))
      return fmt::format("exclusive placement of {} makes its other Pods after the leaders have nodes", job.name);
  }
  return {};
}

std::vector<std::string> Gangs::concerned(bool native, const std::string& namespace_, const std::string& name) const {
  std::vector<std::string> out;
  for (const auto& [key, gang] : gangs_) {
    if (gang.native == native && gang.namespace_ == namespace_ && gang.name == name) out.push_back(key);
  }
  return out;
}

std::vector<std::string> Gangs::setJobSet(const std::string& namespace_, const std::string& name,
                                          api::ObjectPtr object) {
  api::ObjectPtr& kept = jobsets_[{namespace_, name}];
  const bool news = !kept || !object || kept->meta.generation != object->meta.generation;
  kept = std::move(object);
  const api::JobSet* body = kept ? &api::as<api::JobSet>(kept) : nullptr;
  const bool suspended = body && body->spec->suspend.value_or(false);
  // Gangs of the past are forgotten; one that is suspended starts from nothing.
  const std::string attempt = body ? std::to_string(body->status.restarts) : std::string();
  std::erase_if(gangs_, [&](const auto& entry) {
    const Gang& gang = entry.second;
    return !gang.native && gang.namespace_ == namespace_ && gang.name == name && gang.members.empty() &&
           (!body || gang.uid != kept->meta.uid || gang.attempt != attempt);
  });
  const std::vector<std::string> mine = concerned(false, namespace_, name);
  for (const std::string& key : mine) {
    if (suspended) gangs_.at(key).placed = false;
  }
  if (!kept) jobsets_.erase({namespace_, name});
  return news ? mine : std::vector<std::string>{};
}

std::vector<std::string> Gangs::setPodGroup(const std::string& namespace_, const std::string& name,
                                            api::ObjectPtr object) {
  if (object) {
    pod_groups_[{namespace_, name}] = std::move(object);
  } else {
    pod_groups_.erase({namespace_, name});
  }
  return concerned(true, namespace_, name);
}

const api::ObjectPtr* Gangs::podGroup(const std::string& namespace_, const std::string& name) const {
  const auto found = pod_groups_.find({namespace_, name});
  return found == pod_groups_.end() ? nullptr : &found->second;
}

// The gang that a Pod belongs to, and what it is; "": none.
std::string Gangs::keyOf(const api::Object& pod, Gang& gang) const {
  const api::PodSpec& spec = *api::as<api::Pod>(pod).spec;
  const api::ObjectMeta& meta = pod.meta;
  gang.namespace_ = meta.namespace_;
  if (gates_.GenericWorkload && spec.schedulingGroup) {
    gang.native = true;
    gang.name = spec.schedulingGroup->podGroupName;
    return fmt::format("podgroup/{}/{}", meta.namespace_, gang.name);
  }
  if (options_.scope == GangScope::kNone) return {};
  gang.name = std::string(meta.labels.get(jobset::kJobSetNameKey));
  const auto jobset = jobsets_.find({meta.namespace_, gang.name});
  if (gang.name.empty() || jobset == jobsets_.end()) return {};
  const api::JobSet& body = api::as<api::JobSet>(jobset->second);
  if (!whyNoGang(*body.spec, jobset->second->meta).empty()) return {};
  if (options_.scope == GangScope::kReplicatedJob || startsInOrder(*body.spec))
    gang.replicated_job = std::string(meta.labels.get(jobset::kReplicatedJobNameKey));
  gang.uid = jobset->second->meta.uid;
  gang.attempt = std::string(meta.labels.get(jobset::kRestartAttemptKey));
  return fmt::format("jobset/{}/{}/{}/{}/{}", meta.namespace_, gang.name, gang.uid, gang.attempt, gang.replicated_job);
}

std::string Gangs::add(PodSlot slot, const api::Object& pod) {
  Gang gang;
  std::string key = keyOf(pod, gang);
  if (key.empty() || (!gang.native && pod.meta.deletionTimestamp)) return {};
  Gang& kept = gangs_.try_emplace(key, std::move(gang)).first->second;
  kept.members.insert(slot);
  of_[slot] = key;
  return key;
}

std::string Gangs::unknownJobSet(const api::Object& pod) const {
  if (options_.scope == GangScope::kNone) return {};
  if (gates_.GenericWorkload && api::as<api::Pod>(pod).spec->schedulingGroup) return {};
  const std::string_view name = pod.meta.labels.get(jobset::kJobSetNameKey);
  if (name.empty() || !api::controllerOf(pod.meta)) return {};
  if (jobsets_.contains({pod.meta.namespace_, std::string(name)})) return {};
  return fmt::format("{}/{}", pod.meta.namespace_, name);
}

void Gangs::remove(PodSlot slot) {
  const auto found = of_.find(slot);
  if (found == of_.end()) return;
  const auto gang = gangs_.find(found->second);
  gang->second.members.erase(slot);
  // What is known of a JobSet's gang outlives its Pods: others may come.
  if (gang->second.members.empty() && gang->second.native) gangs_.erase(gang);
  of_.erase(found);
}

void Gangs::succeeded(const api::Object& pod) {
  Gang gang;
  const std::string key = keyOf(pod, gang);
  if (key.empty() || gang.native) return;
  Gang& kept = gangs_.try_emplace(key, std::move(gang)).first->second;
  kept.done[std::string(pod.meta.labels.get(jobset::kReplicatedJobNameKey))].insert(pod.meta.uid);
}

const std::string* Gangs::gangOf(PodSlot slot) const {
  const auto found = of_.find(slot);
  return found == of_.end() ? nullptr : &found->second;
}

std::int32_t Gangs::least(const std::string& key) const {
  const Gang& gang = gangs_.at(key);
  if (gang.native) {
    const api::ObjectPtr* group = podGroup(gang.namespace_, gang.name);
    return group && gates_.GangScheduling ? minCount(*group) : 0;
  }
  const auto jobset = jobsets_.find({gang.namespace_, gang.name});
  if (gang.placed || jobset == jobsets_.end()) return 0;
  std::int64_t pods = 0;
  for (const api::ReplicatedJob& job : api::as<api::JobSet>(jobset->second).spec->replicatedJobs) {
    if (!gang.replicated_job.empty() && gang.replicated_job != job.name) continue;
    const auto done = gang.done.find(job.name);
    pods += podsOf(job, done == gang.done.end() ? 0 : static_cast<std::int64_t>(done->second.size()));
  }
  return static_cast<std::int32_t>(std::min<std::int64_t>(pods, std::numeric_limits<std::int32_t>::max()));
}

std::string Gangs::notYet(const std::string& key) const {
  const Gang& gang = gangs_.at(key);
  if (gang.native && gates_.GangScheduling && !podGroup(gang.namespace_, gang.name))
    return fmt::format("waiting for pods's pod group \"{}\" to appear in scheduling queue", gang.name);
  const std::int32_t wanted = least(key);
  if (static_cast<std::int64_t>(gang.members.size()) >= wanted) return {};
  return gang.native
             ? "waiting for minCount pods from a gang to appear in scheduling queue"
             : fmt::format("waiting for all Pods of {} to be there and free to be scheduled: {} of {}",
                           gang.replicated_job.empty() ? "jobset " + gang.name
                                                       : fmt::format("{} of jobset {}", gang.replicated_job, gang.name),
                           gang.members.size(), wanted);
}

std::string Gangs::topologyKey(const std::string& key) const {
  const Gang& gang = gangs_.at(key);
  if (!gang.native) return options_.topology_key;
  const api::ObjectPtr* group = podGroup(gang.namespace_, gang.name);
  return group && gates_.TopologyAwareWorkloadScheduling ? topologyKeyOf(*group) : std::string();
}

std::string topologyKeyOf(const api::ObjectPtr& pod_group) {
  const nlohmann::json* at = inSpec(pod_group, {"schedulingConstraints", "topology"});
  if (!at || !at->is_array() || at->empty()) return {};
  return api::textAt(at->front(), {"key"});
}

}  // namespace jobset_twin::cluster
