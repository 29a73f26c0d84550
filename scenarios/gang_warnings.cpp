// What of gang scheduling in the manifests has no effect: gates that are off, groups that nobody brings, JobSets that
// cannot be a gang.
#include <limits>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "scenarios/read_parts.hpp"
#include "scenarios/warnings.hpp"
#include "sim/cluster/scheduler/gangs.hpp"

namespace jobset_twin::scenarios {
namespace {

bool isPodGroup(const api::Object& object) {
  return object.kind() == api::Kind::kGeneric && api::kindNameOf(object) == "PodGroup" &&
         api::groupOf(api::apiVersionOf(object)) == "scheduling.k8s.io";
}

bool isWorkload(const api::Object& object) {
  return object.kind() == api::Kind::kGeneric && api::kindNameOf(object) == "Workload" &&
         api::groupOf(api::apiVersionOf(object)) == "scheduling.k8s.io";
}

std::vector<std::string> groupProblems(const api::Object& object, const cluster::WorkloadGates& gates) {
  std::vector<std::string> out;
  const nlohmann::json& content = api::as<api::Generic>(object).content.get();
  if (api::apiVersionOf(object) != "scheduling.k8s.io/v1alpha2")
    out.push_back(fmt::format("{} is not served by Kubernetes 1.36; it is taken for scheduling.k8s.io/v1alpha2",
                              api::apiVersionOf(object)));
  if (api::jsonAt(content, {"spec", "resourceClaims"}))
    out.emplace_back("spec.resourceClaims is not modelled: nothing is claimed");
  if (!isPodGroup(object)) return out;
  if (api::jsonAt(content, {"spec", "schedulingConstraints"}) && !gates.TopologyAwareWorkloadScheduling)
    out.emplace_back("spec.schedulingConstraints has no effect without feature gate TopologyAwareWorkloadScheduling");
  if (api::jsonAt(content, {"spec", "disruptionMode"}) && !gates.WorkloadAwarePreemption)
    out.emplace_back("spec.disruptionMode has no effect without feature gate WorkloadAwarePreemption");
  return out;
}

// What the API server would refuse (scheduling.k8s.io/v1alpha2, validation of 1.36); "" if nothing.
std::string policyProblem(const nlohmann::json& of, const std::string& path) {
  const nlohmann::json* policy = api::jsonAt(of, {"schedulingPolicy"});
  if (!policy || policy->size() != 1 || !(api::jsonAt(*policy, {"basic"}) || api::jsonAt(*policy, {"gang"})))
    return path + ".schedulingPolicy must have exactly one of basic and gang";
  if (!api::jsonAt(*policy, {"gang"})) return {};
  const nlohmann::json* least = api::jsonAt(*policy, {"gang", "minCount"});
  const bool right = least && least->is_number_integer() && least->get<std::int64_t>() > 0 &&
                     least->get<std::int64_t>() <= std::numeric_limits<std::int32_t>::max();
  return right ? std::string() : path + ".schedulingPolicy.gang.minCount must be a positive integer";
}

std::string groupError(const api::Object& object) {
  const nlohmann::json* spec = api::jsonAt(api::as<api::Generic>(object).content.get(), {"spec"});
  if (!spec || !spec->is_object()) return "spec is required, and an object";
  if (isPodGroup(object)) return policyProblem(*spec, "spec");
  const nlohmann::json* templates = api::jsonAt(*spec, {"podGroupTemplates"});
  if (!templates || !templates->is_array() || templates->empty()) return "spec.podGroupTemplates must have a template";
  for (std::size_t i = 0; i < templates->size(); ++i) {
    if (std::string problem = policyProblem((*templates)[i], fmt::format("spec.podGroupTemplates[{}]", i));
        !problem.empty())
      return problem;
  }
  return {};
}

}  // namespace

void checkGangs(const std::vector<Source>& sources, const Scenario& scenario, const Presence& presence,
                api::Errors& errors, api::Errors& warnings) {
  const cluster::WorkloadGates& gates = scenario.scheduler.workloads;
  const auto warn = [&](const Source& source, const std::string& text) {
    warnings.push_back(warningAt(source, "NoEffect", fmt::format("{}: {}", nameOf(*source.object), text)));
  };
  std::set<std::string> asked;
  for (const Source& source : sources) {
    const api::Object& object = *source.object;
    if (!isPodGroup(object) && !isWorkload(object)) continue;
    if (!gates.GenericWorkload) {
      warn(source, "it is served only with feature gate GenericWorkload: it is stored, and nothing acts on it");
      continue;
    }
    if (const std::string problem = groupError(object); !problem.empty()) {
      errors.push_back(warningAt(source, "Invalid", fmt::format("{}: {}", nameOf(object), problem)));
      continue;
    }
    for (const std::string& problem : groupProblems(object, gates)) warn(source, problem);
  }
  visitPods(sources, [&](const Source& source, const api::PodSpec& spec, const std::string& path, const std::string&) {
    if (!spec.schedulingGroup || !asked.insert(nameOf(*source.object) + path).second) return;
    const std::string& name = spec.schedulingGroup->podGroupName;
    if (!gates.GenericWorkload || !gates.GangScheduling) {
      warn(source, fmt::format("{}.schedulingGroup has no effect without feature gates GenericWorkload and "
                               "GangScheduling: the Pods are scheduled one by one",
                               path));
    } else if (!presence.is("PodGroup", source.object->meta.namespace_, name)) {
      warn(source, fmt::format("{}.schedulingGroup: the Pods wait for PodGroup {}, {}", path, name, presence.absent));
    }
  });
  if (scenario.scheduler.gangs.scope == cluster::GangScope::kNone) return;
  for (const Source& source : sources) {
    if (source.object->kind() != api::Kind::kJobSet) continue;
    const api::JobSetSpec& spec = *api::as<api::JobSet>(source.object).spec;
    if (const std::string why = cluster::whyNoGang(spec, source.object->meta); !why.empty()) {
      warn(source, fmt::format("its Pods cannot be scheduled all at once: {}; they are scheduled one by one", why));
    } else if (scenario.scheduler.gangs.scope == cluster::GangScope::kJobSet && cluster::startsInOrder(spec)) {
      warn(source, "its replicated jobs start one after the other: each of them is a gang of its own");
    }
  }
}

}  // namespace jobset_twin::scenarios
