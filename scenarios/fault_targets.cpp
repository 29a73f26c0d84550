#include "scenarios/fault_targets.hpp"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/jobset/names.hpp"
#include "scenarios/default_cluster.hpp"
#include "sim/faults/classes.hpp"
#include "sim/faults/target.hpp"

namespace jobset_twin::scenarios {
namespace {

constexpr std::size_t kShown = 4;

// What fits, by name; only the first few are kept.
struct Matches {
  std::size_t count = 0;
  std::vector<std::string> first;
  void add(std::string name) {
    if (++count <= kShown) first.push_back(std::move(name));
  }
};

void addPod(const faults::Target& target, const faults::PodPath& path, const api::StringMap& labels, Matches& out) {
  if (!target.pod.empty() && !faults::matchesPod(target.pod, path)) return;
  if (!target.job.empty() && !faults::matchesJob(target.job, path)) return;
  if (target.selector && !api::matches(*target.selector, labels)) return;
  out.add(faults::identityOf(path));
}

// The Pods of a Job's template, by completion index.
void addPods(const faults::Target& target, faults::PodPath path, const api::JobSpec& spec, Matches& out) {
  const std::int32_t pods = spec.completions.value_or(spec.parallelism.value_or(1));
  api::StringMap labels = spec.template_.metadata.labels;
  if (!path.jobset.empty()) {
    labels.set(jobset::kJobSetNameKey, path.jobset);
    labels.set(jobset::kReplicatedJobNameKey, path.replicated_job);
    labels.set(jobset::kJobIndexKey, path.job_index);
  }
  for (std::int32_t i = 0; i < pods && out.count <= kShown; ++i) {
    path.pod_index = std::to_string(i);
    path.shared_name = fmt::format("{}-{}", path.job, i);
    path.name = path.shared_name;
    labels.set(jobset::kCompletionIndexKey, path.pod_index);
    addPod(target, path, labels, out);
  }
}

Matches podsOf(const faults::Target& target, const std::vector<Source>& sources) {
  Matches out;
  for (const Source& source : sources) {
    const api::Object& object = *source.object;
    faults::PodPath path;
    path.namespace_ = object.meta.namespace_;
    if (object.kind() == api::Kind::kPod) {
      path.name = object.meta.name;
      addPod(target, path, object.meta.labels, out);
    } else if (object.kind() == api::Kind::kJob) {
      path.job = object.meta.name;
      addPods(target, path, *api::as<api::Job>(object).spec, out);
    } else if (object.kind() == api::Kind::kJobSet) {
      path.jobset = object.meta.name;
      for (const api::ReplicatedJob& job : api::as<api::JobSet>(object).spec->replicatedJobs) {
        path.replicated_job = job.name;
        for (std::int32_t i = 0; i < job.replicas.value_or(1) && out.count <= kShown; ++i) {
          path.job_index = std::to_string(i);
          path.job = jobset::jobName(path.jobset, job.name, i);
          addPods(target, path, *job.template_.spec, out);
        }
      }
    }
  }
  return out;
}

Matches nodesOf(const faults::Target& target, const std::vector<api::ObjectPtr>& nodes) {
  Matches out;
  std::set<std::string> domains;
  for (const api::ObjectPtr& node : nodes) {
    if (!faults::nodeFits(target, faults::Scope::kNodes, *node)) continue;
    std::string name = node->meta.name;
    if (!target.domain.empty()) {
      faults::matchesDomain(target.domain, node->meta.labels, &name);
      if (!domains.insert(name).second) continue;
      name = fmt::format("{}/{}", target.domain.substr(0, target.domain.rfind('/')), name);
    }
    out.add(std::move(name));
  }
  return out;
}

}  // namespace

void checkFaultTargets(const std::vector<Source>& sources, const Scenario& scenario, api::Errors& errors) {
  std::vector<api::ObjectPtr> nodes;
  for (const faults::Fault& fault : scenario.faults) {
    const faults::Target& target = fault.target;
    if (target.choice != faults::Choice::kOne || fault.trigger.hazard) continue;
    const faults::Scope scope = faults::classInfo(fault.class_).scope;
    Matches matches;
    if (scope == faults::Scope::kPods && target.node.empty() && target.domain.empty()) {
      matches = podsOf(target, sources);
    } else if (scope == faults::Scope::kNodes && target.pod.empty() && target.job.empty()) {
      if (nodes.empty()) {
        nodes = makeNodes(scenario.node_pools, TimePoint{});
        for (const Source& source : sources) {
          if (source.object->kind() == api::Kind::kNode) nodes.push_back(source.object);
        }
      }
      matches = nodesOf(target, nodes);
    }
    if (matches.count < 2) continue;
    api::Error error = fault.origin;
    error.code = "Invalid";
    error.text = fmt::format("fault {} ({}) fits several: {}{}", fault.name, faults::faultText(fault),
                             fmt::join(matches.first, ", "), matches.count > kShown ? ", …" : "");
    error.hint = "say any (one of them) or all";
    errors.push_back(std::move(error));
  }
}

}  // namespace jobset_twin::scenarios
