#include "sim/cluster/job/pod_template.hpp"

#include <algorithm>

namespace jobset_twin::cluster::job {
namespace {

constexpr std::size_t kPrefixMax = 58;
constexpr std::string_view kIndexVariable = "JOB_COMPLETION_INDEX";

api::EnvVar indexVariable() {
  api::EnvVar variable;
  variable.name = kIndexVariable;
  variable.valueFrom.emplace();
  variable.valueFrom->fieldRef.emplace();
  // The API server's default would fill in apiVersion.
  variable.valueFrom->fieldRef->apiVersion = "v1";
  variable.valueFrom->fieldRef->fieldPath = "metadata.labels['" + std::string(kCompletionIndexKey) + "']";
  return variable;
}

void addIndexVariable(std::vector<api::Container>& containers) {
  for (api::Container& container : containers) {
    const bool own = std::any_of(container.env.begin(), container.env.end(),
                                 [](const api::EnvVar& variable) { return variable.name == kIndexVariable; });
    if (!own) container.env.push_back(indexVariable());
  }
}

}  // namespace

std::string indexedPrefix(std::string_view job, std::int32_t index) {
  const std::string tail = "-" + std::to_string(index) + "-";
  return std::string(job.substr(0, kPrefixMax - tail.size())) + tail;
}

PodBase podBase(const api::Object& object) {
  const api::JobSpec& spec = *api::as<api::Job>(object).spec;
  PodBase base;
  base.job = object.meta.name;
  base.namespace_ = object.meta.namespace_;
  base.indexed = isIndexed(spec);
  base.per_index = perIndexBackoff(spec);
  base.spec = spec.template_.spec;
  if (base.indexed) {
    api::PodSpec& pod = base.spec.mut();
    addIndexVariable(pod.initContainers);
    addIndexVariable(pod.containers);
  }
  base.labels = spec.template_.metadata.labels;
  base.annotations = spec.template_.metadata.annotations;
  base.finalizers = spec.template_.metadata.finalizers;
  if (!hasTrackingFinalizer(spec.template_.metadata)) base.finalizers.emplace_back(kTrackingFinalizer);
  base.owners = api::Shared<std::vector<api::OwnerReference>>(
      {api::OwnerReference{"batch/v1", "Job", object.meta.name, object.meta.uid, true, true}});
  return base;
}

api::ObjectPtr makePod(const PodBase& base, const NewPod& wanted) {
  api::Pod pod;
  pod.spec = base.spec;
  pod.hostname = base.spec->hostname;
  pod.nodeName = base.spec->nodeName;
  api::ObjectMeta meta;
  meta.namespace_ = base.namespace_;
  meta.generateName = base.job + "-";
  meta.labels = base.labels;
  meta.annotations = base.annotations;
  meta.finalizers = base.finalizers;
  meta.ownerReferences = base.owners;
  if (wanted.index != kNoIndex) {
    const std::string index = std::to_string(wanted.index);
    meta.generateName = indexedPrefix(base.job, wanted.index);
    meta.labels.set(kCompletionIndexKey, index);
    meta.annotations.set(kCompletionIndexKey, index);
    pod.hostname = base.job + "-" + index;
    if (base.per_index) {
      meta.annotations.set(kIndexFailureCountKey, std::to_string(wanted.failures));
      if (wanted.ignored_failures > 0)
        meta.annotations.set(kIndexIgnoredFailureCountKey, std::to_string(wanted.ignored_failures));
    }
  }
  api::MutableObjectPtr object = api::makeObject(std::move(pod));
  object->meta = std::move(meta);
  return object;
}

}  // namespace jobset_twin::cluster::job
