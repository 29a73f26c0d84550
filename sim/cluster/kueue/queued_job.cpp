#include "sim/cluster/kueue/queued_job.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/ascii.hpp"
#include "engine/api/json_at.hpp"
#include "engine/api/write.hpp"
#include "engine/jobset/sha1.hpp"
#include "sim/cluster/kueue/names.hpp"

namespace jobset_twin::cluster::kueue {
namespace {

using nlohmann::json;

constexpr std::size_t kNameMost = 253, kHashLength = 5;
constexpr const char* kMainPodSet = "main";  // of a Job

std::int64_t podsAtOnce(const api::JobSpec& spec) {
  const std::int32_t parallelism = spec.parallelism.value_or(1);
  return std::min(parallelism, spec.completions.value_or(parallelism));
}

struct TemplateOf {
  std::string name;
  std::int64_t count = 0;
  const api::PodTemplateSpec* pods = nullptr;
};

std::vector<TemplateOf> templatesOf(const api::Object& job) {
  std::vector<TemplateOf> out;
  if (job.kind() == api::Kind::kJob) {
    const api::JobSpec& spec = *api::as<api::Job>(job).spec;
    out.push_back({kMainPodSet, podsAtOnce(spec), &spec.template_});
    return out;
  }
  for (const api::ReplicatedJob& one : api::as<api::JobSet>(job).spec->replicatedJobs) {
    const api::JobSpec& spec = *one.template_.spec;
    out.push_back({one.name, one.replicas.value_or(1) * podsAtOnce(spec), &spec.template_});
  }
  return out;
}

// The templates of Pods in the JSON of a job's spec, in the order of templatesOf().
std::vector<json*> templatesIn(json& spec) {
  std::vector<json*> out;
  if (!spec.contains("replicatedJobs")) {
    out.push_back(&spec["template"]);
    return out;
  }
  for (json& one : spec["replicatedJobs"]) out.push_back(&one["template"]["spec"]["template"]);
  return out;
}

json podSetsJson(const api::Object& job) {
  json spec = api::toJson(job)["spec"];
  const std::vector<json*> templates = templatesIn(spec);
  json out = json::array();
  std::size_t i = 0;
  for (const TemplateOf& one : templatesOf(job))
    out.push_back({{"name", one.name}, {"count", one.count}, {"template", *templates[i++]}});
  return out;
}

// A patch of the parts of the spec that Kueue owns.
api::Request jobPatch(const api::Object& job, json&& spec, bool suspend, bool with_templates) {
  json body = {{"suspend", suspend}};
  const char* part = job.kind() == api::Kind::kJob ? "template" : "replicatedJobs";
  if (with_templates) body[part] = std::move(spec[part]);
  api::Request request = api::patchRequest(api::keyOf(job), mergePatch({{"spec", std::move(body)}}));
  request.patch_resource_version = job.meta.resourceVersion;
  return request;
}

// Adds entries; a value that is there and differs is a problem.
void merge(json& into, const std::map<std::string, std::string>& entries, std::string_view what, std::string& problem) {
  for (const auto& [key, value] : entries) {
    if (into.contains(key) && into[key] != value) {
      problem =
          fmt::format("conflict for {}: key={}, value1={}, value2={}", what, key, into[key].get<std::string>(), value);
      return;
    }
    into[key] = value;
  }
}

json tolerationJson(const api::Toleration& toleration) {
  json out = json::object();
  const auto set = [&](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  set("key", toleration.key);
  set("operator", toleration.operator_);
  set("value", toleration.value);
  set("effect", toleration.effect);
  if (toleration.tolerationSeconds) out["tolerationSeconds"] = *toleration.tolerationSeconds;
  return out;
}

void startTemplate(json& pods, const Workload& workload, const PodSetAssignment& podset, const Flavors& flavors,
                   std::string& problem) {
  std::map<std::string, std::string> labels = {{std::string(kPodSetLabel), podset.name},
                                               {std::string(kLocalQueueLabel), workload.queue},
                                               {std::string(kClusterQueueLabel), workload.admission->cluster_queue}};
  merge(pods["metadata"]["labels"], labels, "labels", problem);
  merge(pods["metadata"]["annotations"], {{std::string(kWorkloadAnnotation), workload.object->meta.name}},
        "annotations", problem);
  json& spec = pods["spec"];
  for (const auto& [resource, name] : podset.flavors) {
    const auto flavor = flavors.find(name);
    if (flavor == flavors.end()) continue;
    if (!flavor->second.node_labels.empty())
      merge(spec["nodeSelector"], flavor->second.node_labels, "nodeSelector", problem);
    for (const api::Toleration& one : flavor->second.tolerations) {
      json& list = spec["tolerations"];
      const json wanted = tolerationJson(one);
      if (std::find(list.begin(), list.end(), wanted) == list.end()) list.push_back(wanted);
    }
  }
}

// Takes from a template what startTemplate added: those parts are as the Workload has them.
void restoreTemplate(json& pods, const json& original) {
  const auto restore = [](json& to, const json& from, const char* field) {
    if (from.is_object() && from.contains(field)) {
      to[field] = from[field];
    } else if (to.is_object()) {
      to.erase(field);
    }
  };
  const json none = json::object();
  const json& metadata = original.contains("metadata") ? original["metadata"] : none;
  for (const char* field : {"labels", "annotations"}) restore(pods["metadata"], metadata, field);
  for (const char* field : {"nodeSelector", "tolerations", "schedulingGates"})
    restore(pods["spec"], original["spec"], field);
}

// A Job's template is merged, so what is to go must be null.
void eraseByNull(json& wanted, const json& present) {
  for (const auto& [key, value] : present.items()) {
    if (!wanted.contains(key))
      wanted[key] = nullptr;
    else if (value.is_object() && wanted[key].is_object())
      eraseByNull(wanted[key], value);
  }
}

JobState stateOfJobSet(const api::JobSet& jobset) {
  JobState state;
  state.suspended = jobset.spec->suspend.value_or(false);
  std::int64_t ready = 0, replicas = 0;
  for (const api::ReplicatedJobStatus& status : jobset.status.replicatedJobsStatus) {
    state.active = state.active || status.active > 0;
    ready += status.ready + status.succeeded;
  }
  for (const api::ReplicatedJob& one : jobset.spec->replicatedJobs) {
    replicas += one.replicas.value_or(1);
    for (const api::ReplicatedJobStatus& status : jobset.status.replicatedJobsStatus) {
      if (status.name == one.name && status.succeeded > 0)
        state.reclaimable[one.name] = status.succeeded * podsAtOnce(*one.template_.spec);
    }
  }
  state.ready = ready == replicas;
  for (const api::Condition& condition : jobset.status.conditions) {
    if (condition.status != "True" || (condition.type != "Completed" && condition.type != "Failed")) continue;
    state.finished = true;
    state.succeeded = condition.type == "Completed";
    state.message = condition.message;
  }
  return state;
}

JobState stateOfJob(const api::Job& job) {
  JobState state;
  const api::JobStatus& status = job.status;
  state.suspended = job.spec->suspend.value_or(false);
  state.active = status.active > 0;
  const std::int64_t at_once = podsAtOnce(*job.spec);
  state.ready = status.succeeded + status.ready.value_or(0) >= at_once;
  const std::int64_t parallelism = job.spec->parallelism.value_or(1);
  const std::int64_t left = job.spec->completions.value_or(job.spec->parallelism.value_or(1)) - status.succeeded;
  if (parallelism > 1 && status.succeeded > 0 && left < parallelism)
    state.reclaimable[kMainPodSet] = std::min(at_once, parallelism - left);
  for (const api::Condition& condition : status.conditions) {
    if (condition.status != "True" || (condition.type != "Complete" && condition.type != "Failed")) continue;
    state.finished = true;
    state.succeeded = condition.type == "Complete";
    state.message = condition.message;
  }
  return state;
}

}  // namespace

std::string workloadName(const api::Object& job) {
  const std::string_view kind = api::kindNameOf(job);
  const std::string hash = jobset::sha1Hex(fmt::format("{}\n{}\n{}\n{}", kind, api::groupOf(api::apiVersionOf(job)),
                                                       job.meta.name, job.meta.uid))
                               .substr(0, kHashLength);
  return (api::lowerCase(kind) + "-" + job.meta.name).substr(0, kNameMost - kHashLength - 1) + "-" + hash;
}

JobState stateOf(const api::Object& job) {
  return job.kind() == api::Kind::kJob ? stateOfJob(api::as<api::Job>(job)) : stateOfJobSet(api::as<api::JobSet>(job));
}

PriorityRef priorityRefOf(const api::Object& job) {
  if (const std::string_view name = job.meta.labels.get(kPriorityClass); !name.empty())
    return {std::string(name), true};
  for (const TemplateOf& one : templatesOf(job)) {
    if (!one.pods->spec->priorityClassName.empty()) return {one.pods->spec->priorityClassName, false};
  }
  return {};
}

std::size_t podSetsOf(const api::Object& job) { return templatesOf(job).size(); }

api::ObjectPtr makeWorkload(const api::Object& job, std::int32_t priority, const PriorityRef& by) {
  json spec = {{"podSets", podSetsJson(job)},
               {"queueName", std::string(job.meta.labels.get(kQueueName))},
               {"priority", priority},
               {"active", true}};
  if (!by.name.empty()) {
    spec["priorityClassRef"] = {{"group", by.of_kueue ? std::string(kGroup) : "scheduling.k8s.io"},
                                {"kind", by.of_kueue ? "WorkloadPriorityClass" : "PriorityClass"},
                                {"name", by.name}};
  }
  if (const std::string_view most = job.meta.labels.get(kMaxExecTime); !most.empty())
    spec["maximumExecutionTimeSeconds"] = std::atoll(std::string(most).c_str());
  api::Generic body;
  body.apiVersion = kApiVersion;
  body.kind = "Workload";
  body.content.set({{"spec", std::move(spec)}});
  api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.name = workloadName(job);
  object->meta.namespace_ = job.meta.namespace_;
  object->meta.labels.set(kJobUid, job.meta.uid);
  object->meta.finalizers.emplace_back(kInUse);
  object->meta.ownerReferences = api::Shared<std::vector<api::OwnerReference>>(
      {{std::string(api::apiVersionOf(job)), std::string(api::kindNameOf(job)), job.meta.name, job.meta.uid, true,
        true}});
  return object;
}

bool asks(const api::Object& job, const Workload& workload) {
  const std::vector<TemplateOf> templates = templatesOf(job);
  if (templates.size() != workload.podsets.size()) return false;
  for (std::size_t i = 0; i < templates.size(); ++i) {
    const PodSet& podset = workload.podsets[i];
    if (templates[i].name != podset.name || templates[i].count != podset.count ||
        requestsOf(*templates[i].pods->spec) != podset.requests)
      return false;
  }
  return true;
}

api::Request podSetsPatch(const api::Object& job, const Workload& workload) {
  return specPatch(workload, "podSets", podSetsJson(job));
}

std::optional<api::Request> startRequest(const api::Object& job, const Workload& workload, const Flavors& flavors,
                                         std::string& problem) {
  json spec = api::toJson(job)["spec"];
  std::size_t i = 0;
  for (json* pods : templatesIn(spec)) {
    if (i < workload.admission->podsets.size())
      startTemplate(*pods, workload, workload.admission->podsets[i++], flavors, problem);
  }
  if (!problem.empty()) return std::nullopt;
  return jobPatch(job, std::move(spec), false, true);
}

std::optional<api::Request> stopRequest(const api::Object& job, const Workload* workload) {
  const bool is_job = job.kind() == api::Kind::kJob;
  const JobState state = stateOf(job);
  json spec = api::toJson(job)["spec"];
  const json before = is_job ? spec : json();
  bool marked = false;
  if (workload) {
    const json* podsets = api::jsonAt(api::as<api::Generic>(workload->object).content.get(), {"spec", "podSets"});
    std::size_t i = 0;
    for (json* pods : templatesIn(spec)) {
      const json* labels = api::jsonAt(*pods, {"metadata", "labels"});
      marked = marked || (labels && labels->contains(std::string(kPodSetLabel)));
      if (podsets && i < podsets->size()) restoreTemplate(*pods, (*podsets)[i++]["template"]);
    }
  }
  if (!is_job) {
    if (state.suspended && !marked) return std::nullopt;
    return jobPatch(job, std::move(spec), true, marked);
  }
  if (!state.suspended) return jobPatch(job, std::move(spec), true, false);
  if (state.active || !marked) return std::nullopt;
  if (api::as<api::Job>(job).status.startTime) {
    api::Request request = api::patchStatusRequest(api::keyOf(job), mergePatch({{"status", {{"startTime", nullptr}}}}));
    request.patch_resource_version = job.meta.resourceVersion;
    return request;
  }
  eraseByNull(spec["template"], before["template"]);
  return jobPatch(job, std::move(spec), true, true);
}

}  // namespace jobset_twin::cluster::kueue
