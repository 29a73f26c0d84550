#include "sim/cluster/scheduler/gangs.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/jobset/names.hpp"

namespace jobset_twin::cluster {
namespace {

// Exclusive placement by the webhooks: followers come after their leader. With node selectors all come at once.
bool followsLeader(const api::StringMap& annotations) {
  return annotations.contains(jobset::kExclusiveKey) && !annotations.contains(jobset::kNodeSelectorStrategyKey);
}

// Pods that a replicated job has at a time.
std::int64_t podsOf(const api::ReplicatedJob& job) {
  const api::JobSpec& spec = *job.template_.spec;
  const std::int64_t parallelism = spec.parallelism.value_or(1);
  const std::int64_t each = spec.completions ? std::min<std::int64_t>(parallelism, *spec.completions) : parallelism;
  return job.replicas.value_or(1) * each;
}

const nlohmann::json* memberOf(const nlohmann::json& of, const char* name) {
  if (!of.is_object()) return nullptr;
  const auto found = of.find(name);
  return found == of.end() ? nullptr : &*found;
}

const nlohmann::json* specOf(const api::ObjectPtr& group) {
  return memberOf(api::as<api::Generic>(group).content.get(), "spec");
}

std::int32_t minCount(const api::ObjectPtr& group) {
  const nlohmann::json* at = specOf(group);
  for (const char* name : {"schedulingPolicy", "gang", "minCount"}) at = at ? memberOf(*at, name) : nullptr;
  return at && at->is_number_integer() ? at->get<std::int32_t>() : 0;
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
  if (!kept) jobsets_.erase({namespace_, name});
  return news ? concerned(false, namespace_, name) : std::vector<std::string>{};
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

std::string Gangs::add(PodSlot slot, const api::Object& pod) {
  const api::PodSpec& spec = *api::as<api::Pod>(pod).spec;
  const api::ObjectMeta& meta = pod.meta;
  Gang gang;
  gang.namespace_ = meta.namespace_;
  std::string key;
  if (gates_.GenericWorkload && spec.schedulingGroup) {
    gang.native = true;
    gang.name = spec.schedulingGroup->podGroupName;
    key = fmt::format("podgroup/{}/{}", meta.namespace_, gang.name);
  } else if (options_.scope != GangScope::kNone) {
    gang.name = std::string(meta.labels.get(jobset::kJobSetNameKey));
    const auto jobset = jobsets_.find({meta.namespace_, gang.name});
    if (gang.name.empty() || jobset == jobsets_.end()) return {};
    const api::JobSet& body = api::as<api::JobSet>(jobset->second);
    if (!whyNoGang(*body.spec, jobset->second->meta).empty()) return {};
    if (options_.scope == GangScope::kReplicatedJob || startsInOrder(*body.spec))
      gang.replicated_job = std::string(meta.labels.get(jobset::kReplicatedJobNameKey));
    key = fmt::format("jobset/{}/{}/{}/{}/{}", meta.namespace_, gang.name, jobset->second->meta.uid,
                      meta.labels.get(jobset::kRestartAttemptKey), gang.replicated_job);
  } else {
    return {};
  }
  const auto at = gangs_.try_emplace(key, std::move(gang)).first;
  at->second.members.insert(slot);
  of_[slot] = key;
  return key;
}

void Gangs::remove(PodSlot slot) {
  const auto found = of_.find(slot);
  if (found == of_.end()) return;
  const auto gang = gangs_.find(found->second);
  gang->second.members.erase(slot);
  if (gang->second.members.empty()) gangs_.erase(gang);
  of_.erase(found);
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
    if (gang.replicated_job.empty() || gang.replicated_job == job.name) pods += podsOf(job);
  }
  return static_cast<std::int32_t>(pods);
}

std::string Gangs::notYet(const std::string& key) const {
  const Gang& gang = gangs_.at(key);
  if (gang.native && gates_.GangScheduling && !podGroup(gang.namespace_, gang.name))
    return fmt::format("waiting for pods's pod group \"{}\" to appear in scheduling queue", gang.name);
  const std::int32_t wanted = least(key);
  if (static_cast<std::int64_t>(gang.members.size()) >= wanted) return {};
  return gang.native
             ? "waiting for minCount pods from a gang to appear in scheduling queue"
             : fmt::format("waiting for all Pods of {} to be there: {} of {}",
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
  const nlohmann::json* at = specOf(pod_group);
  for (const char* name : {"schedulingConstraints", "topology"}) at = at ? memberOf(*at, name) : nullptr;
  if (!at || !at->is_array() || at->empty()) return {};
  const nlohmann::json* topology = memberOf(at->front(), "key");
  return topology && topology->is_string() ? topology->get<std::string>() : std::string();
}

}  // namespace jobset_twin::cluster
