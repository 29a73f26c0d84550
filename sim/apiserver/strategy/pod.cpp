// pod.cpp - Pods: defaults, what the server sets, validation, what an update may change.
// Source: kubernetes v1.36 pkg/registry/core/pod/strategy.go, pkg/apis/core/validation (ValidatePodCreate,
// ValidatePodUpdate).
#include <algorithm>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "sim/apiserver/content.hpp"
#include "sim/apiserver/spec_cache.hpp"
#include "sim/apiserver/strategy/pod_spec.hpp"
#include "sim/apiserver/strategy/strategy.hpp"

namespace jobset_twin::apiserver {
namespace {

void setScheduled(api::PodStatus& status, bool gated, api::TimePoint now) {
  api::Condition condition;
  condition.type = "PodScheduled";
  condition.status = "False";
  condition.reason = "SchedulingGated";
  condition.message = "Scheduling is blocked due to non-empty scheduling gates";
  (void)now;  // upstream sets no transition time here
  if (gated && !api::findCondition(status.conditions, condition.type))
    status.conditions.push_back(std::move(condition));
}

// nodeName and hostname of a spec read as a template's belong to the Pod (engine/api/pod.hpp).
void liftOwnFields(api::Pod& pod) {
  if (pod.spec->nodeName.empty() && pod.spec->hostname.empty()) return;
  api::PodSpec& spec = pod.spec.mut();
  if (pod.nodeName.empty()) pod.nodeName = spec.nodeName;
  if (pod.hostname.empty()) pod.hostname = spec.hostname;
  spec.nodeName.clear();
  spec.hostname.clear();
}

// The defaults of the spec itself are part of admission (admission.cpp), which works them out once for all Pods of a
// template.
void defaultsOfPod(api::Object& object) { liftOwnFields(api::as<api::Pod>(object)); }

void preparePod(const StrategyContext& context, api::Object& object) {
  api::Pod& pod = api::as<api::Pod>(object);
  pod.status = {};
  pod.status.phase = "Pending";
  const SpecCache::Entry* known = context.specs.findAdmitted(pod.spec);
  pod.status.qosClass = known ? known->qos : std::string(qosClassOf(*pod.spec));
  setScheduled(pod.status, !pod.spec->schedulingGates.empty(), context.now);
}

void validateOwn(const api::Pod& pod, api::Errors& errors) {
  for (const std::string& message :
       pod.hostname.empty() ? std::vector<std::string>() : api::dns1123LabelErrors(pod.hostname)) {
    errors.push_back(api::invalidValue("spec.hostname", api::quoted(pod.hostname), message));
  }
  for (const std::string& message :
       pod.nodeName.empty() ? std::vector<std::string>() : api::dns1123SubdomainErrors(pod.nodeName)) {
    errors.push_back(api::invalidValue("spec.nodeName", api::quoted(pod.nodeName), message));
  }
  if (!pod.spec->schedulingGates.empty() && !pod.nodeName.empty()) {
    errors.push_back(api::forbiddenField("spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
  }
}

void validatePod(const StrategyContext& context, const api::Object& object, api::Errors& errors) {
  const api::Pod& pod = api::as<api::Pod>(object);
  SpecCache::Entry* known = context.specs.findAdmitted(pod.spec);
  if (!known || !known->valid) {
    const std::size_t before = errors.size();
    validatePodSpec(*pod.spec, "spec", SpecOf::kPod, context.minor(), errors);
    if (known) known->valid = errors.size() == before;
  }
  validateOwn(pod, errors);
}

bool onlyAdditions(const std::vector<api::Toleration>& fresh, const std::vector<api::Toleration>& old) {
  return std::all_of(old.begin(), old.end(), [&](const api::Toleration& wanted) {
    return std::any_of(fresh.begin(), fresh.end(), [&](api::Toleration present) {
      if (wanted.tolerationSeconds) present.tolerationSeconds = wanted.tolerationSeconds;  // may be changed
      return present == wanted;
    });
  });
}

void preparePodUpdate(const StrategyContext&, api::Object& fresh, const api::Object& old) {
  api::Pod& pod = api::as<api::Pod>(fresh);
  const api::Pod& was = api::as<api::Pod>(old);
  if (pod.status.qosClass.empty()) pod.status.qosClass = was.status.qosClass;
  // A PUT of what was read and sent back keeps sharing the stored spec; another one gets its defaults, and keeps what
  // admission set.
  if (!pod.spec.sameAs(was.spec)) {
    api::PodSpec& spec = pod.spec.mut();
    defaultPodSpec(spec);
    defaultRequestsFromLimits(spec);
    if (!spec.priority) spec.priority = was.spec->priority;
    if (spec.preemptionPolicy.empty()) spec.preemptionPolicy = was.spec->preemptionPolicy;
    if (samePodSpec(spec, *was.spec)) pod.spec = was.spec;
  }
  const bool ungated = pod.spec->schedulingGates.empty() && !was.spec->schedulingGates.empty();
  if (!ungated) return;
  api::Condition* scheduled = api::findCondition(pod.status.conditions, "PodScheduled");
  if (scheduled && scheduled->reason == "SchedulingGated")
    std::erase_if(pod.status.conditions, [](const auto& c) { return c.type == "PodScheduled"; });
}

void validatePodUpdate(const StrategyContext& context, const api::Object& fresh, const api::Object& old,
                       api::Errors& errors) {
  const api::Pod& pod = api::as<api::Pod>(fresh);
  const api::Pod& was = api::as<api::Pod>(old);
  if (pod.spec.sameAs(was.spec) && pod.nodeName == was.nodeName && pod.hostname == was.hostname) return;
  validatePodSpec(*pod.spec, "spec", SpecOf::kPod, context.minor(), errors);
  validateOwn(pod, errors);
  for (const api::NamedRef& gate : pod.spec->schedulingGates) {
    const auto& gates = was.spec->schedulingGates;
    if (std::find(gates.begin(), gates.end(), gate) != gates.end()) continue;
    errors.push_back(
        api::forbiddenField("spec.schedulingGates",
                            fmt::format("only deletion is allowed, but found new scheduling gate '{}'", gate.name)));
  }
  if (!onlyAdditions(pod.spec->tolerations, was.spec->tolerations)) {
    errors.push_back(api::forbiddenField("spec.tolerations",
                                         "existing toleration can not be modified except its tolerationSeconds"));
  }
  api::PodSpec munged = *pod.spec;
  const auto images = [](std::vector<api::Container>& to, const std::vector<api::Container>& from) {
    for (std::size_t i = 0; i < to.size() && i < from.size(); ++i) to[i].image = from[i].image;
  };
  images(munged.containers, was.spec->containers);
  images(munged.initContainers, was.spec->initContainers);
  munged.activeDeadlineSeconds = was.spec->activeDeadlineSeconds;
  munged.tolerations = was.spec->tolerations;
  munged.schedulingGates = was.spec->schedulingGates;
  if (was.spec->terminationGracePeriodSeconds.value_or(0) < 0 && munged.terminationGracePeriodSeconds == 1) {
    munged.terminationGracePeriodSeconds = was.spec->terminationGracePeriodSeconds;
  }
  if (!was.spec->schedulingGates
           .empty()) {  // a gated Pod's placement may still be narrowed; that it only narrows is not checked
    munged.nodeSelector = was.spec->nodeSelector;
    if (munged.affinity && was.spec->affinity) munged.affinity->nodeAffinity = was.spec->affinity->nodeAffinity;
    if (munged.affinity && !was.spec->affinity) munged.affinity.reset();
  }
  if (!samePodSpec(munged, *was.spec) || pod.nodeName != was.nodeName || pod.hostname != was.hostname) {
    errors.push_back(
        api::forbiddenField("spec",
                            "pod updates may not change fields other than "
                            "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
                            "`spec.tolerations` (only additions to existing "
                            "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
                            "previously negative)"));
  }
}

void prepareStatus(const StrategyContext&, api::Object& fresh, const api::Object& old) {
  api::PodStatus& status = api::as<api::Pod>(fresh).status;
  if (status.qosClass.empty()) status.qosClass = api::as<api::Pod>(old).status.qosClass;
}

}  // namespace

const Strategy kPodStrategy = {
    .defaults = defaultsOfPod,
    .prepareCreate = preparePod,
    .prepareUpdate = preparePodUpdate,
    .prepareStatus = prepareStatus,
    .validateCreate = validatePod,
    .validateUpdate = validatePodUpdate,
    .has_generation = true,
};

}  // namespace jobset_twin::apiserver
