#include "sim/cluster/job/workload_objects.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"

namespace jobset_twin::cluster::job {
namespace {

using nlohmann::json;

constexpr const char* kApiVersion = "scheduling.k8s.io/v1alpha2";
constexpr const char* kTemplate = "worker-0";
constexpr std::size_t kNameMost = 253;

// A 32 bit FNV-1a hash in letters that make no words, as names end with.
std::string hashText(std::string_view text) {
  constexpr std::string_view kSafe = "bcdfghjklmnpqrstvwxz2456789";
  std::uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  std::string out;
  for (const char digit : std::to_string(hash)) out.push_back(kSafe[static_cast<unsigned char>(digit) % kSafe.size()]);
  return out;
}

api::ObjectPtr make(const char* kind, std::string name, const api::Object& job, json spec) {
  api::Generic body;
  body.apiVersion = kApiVersion;
  body.kind = kind;
  body.content.set({{"spec", std::move(spec)}});
  api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.name = std::move(name);
  object->meta.namespace_ = job.meta.namespace_;
  object->meta.ownerReferences =
      api::Shared<std::vector<api::OwnerReference>>({{"batch/v1", "Job", job.meta.name, job.meta.uid, true, true}});
  return object;
}

std::string textAt(const api::Object& object, std::initializer_list<const char*> path) {
  return api::textAt(api::as<api::Generic>(object).content.get(), path);
}

template <class Matches>
Found find(const WorkloadObjects& objects, const std::string& namespace_, const Matches& matches) {
  Found found;
  for (auto at = objects.lower_bound({namespace_, ""}); at != objects.end() && at->first.first == namespace_; ++at) {
    if (!matches(*at->second)) continue;
    found.object = ++found.count == 1 ? at->second : nullptr;
  }
  return found;
}

}  // namespace

bool isGang(const api::JobSpec& spec) {
  return spec.completionMode == "Indexed" && spec.parallelism.value_or(1) > 1 && spec.completions == spec.parallelism &&
         !spec.template_.spec->schedulingGroup;
}

api::ObjectPtr makeWorkload(const api::Object& job) {
  const std::string hash = hashText(job.meta.uid);
  const std::int32_t pods = api::as<api::Job>(job).spec->parallelism.value_or(1);
  return make("Workload", job.meta.name.substr(0, kNameMost - hash.size() - 1) + "-" + hash, job,
              {{"controllerRef", {{"apiGroup", "batch"}, {"kind", "Job"}, {"name", job.meta.name}}},
               {"podGroupTemplates",
                json::array({{{"name", kTemplate}, {"schedulingPolicy", {{"gang", {{"minCount", pods}}}}}}})}});
}

api::ObjectPtr makePodGroup(const api::Object& job, const api::Object& workload) {
  // A user's own Workload may have anything, or nothing that a group can be made from.
  const json* at = api::jsonAt(api::as<api::Generic>(workload).content.get(), {"spec", "podGroupTemplates"});
  if (!at || !at->is_array() || at->size() != 1) return nullptr;
  const json *name = api::jsonAt(at->front(), {"name"}), *policy = api::jsonAt(at->front(), {"schedulingPolicy"});
  if (!name || !name->is_string() || !policy) return nullptr;
  const auto of = name->get<std::string>();
  const std::string hash = hashText(workload.meta.name + of);
  const std::string stem = workload.meta.name.substr(0, kNameMost - hash.size() - of.size() - 2);
  api::ObjectPtr made = make(
      "PodGroup", stem + "-" + of + "-" + hash, job,
      {{"podGroupTemplateRef", {{"workload", {{"workloadName", workload.meta.name}, {"podGroupTemplateName", of}}}}},
       {"schedulingPolicy", *policy}});
  api::MutableObjectPtr object = api::edit(made);
  std::vector<api::OwnerReference> owners = *object->meta.ownerReferences;
  api::OwnerReference owner;
  owner.apiVersion = kApiVersion;
  owner.kind = "Workload";
  owner.name = workload.meta.name;
  owner.uid = workload.meta.uid;
  owners.push_back(owner);
  object->meta.ownerReferences = api::Shared<std::vector<api::OwnerReference>>(std::move(owners));
  return object;
}

Found workloadOf(const WorkloadObjects& workloads, const api::Object& job) {
  return find(workloads, job.meta.namespace_, [&](const api::Object& workload) {
    return textAt(workload, {"spec", "controllerRef", "apiGroup"}) == "batch" &&
           textAt(workload, {"spec", "controllerRef", "kind"}) == "Job" &&
           textAt(workload, {"spec", "controllerRef", "name"}) == job.meta.name;
  });
}

Found podGroupOf(const WorkloadObjects& groups, const api::Object& workload) {
  return find(groups, workload.meta.namespace_, [&](const api::Object& group) {
    return textAt(group, {"spec", "podGroupTemplateRef", "workload", "workloadName"}) == workload.meta.name;
  });
}

const api::OwnerReference* jobOwnerOf(const api::ObjectMeta& meta) {
  for (const api::OwnerReference& owner : *meta.ownerReferences) {
    if (owner.kind == "Job" && owner.apiVersion == "batch/v1") return &owner;
  }
  return nullptr;
}

}  // namespace jobset_twin::cluster::job
