// What of Kueue in the manifests is not modelled, or cannot work: named before the run, so that nothing is passed over
// in silence (docs/kueue.md).
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "scenarios/read_parts.hpp"
#include "scenarios/warnings.hpp"
#include "sim/cluster/kueue/specs.hpp"

namespace jobset_twin::scenarios {
namespace {

using nlohmann::json;

constexpr std::string_view kQueueName = "kueue.x-k8s.io/queue-name";

// Kinds that Kueue itself acts on and this model does not.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kOtherKinds = {
    {{"Topology", "topology-aware scheduling is not modelled: quota alone decides"},
     {"AdmissionCheck", "admission checks are not modelled: quota alone decides"},
     {"ProvisioningRequestConfig", "admission checks are not modelled"},
     {"MultiKueueCluster", "MultiKueue is not modelled"},
     {"MultiKueueConfig", "MultiKueue is not modelled"}}};

// Fields of the spec of each kind that have no effect here.
struct IgnoredField {
  std::string_view kind;
  std::initializer_list<const char*> path;
  std::string_view what;
};
const std::array<IgnoredField, 8> kIgnoredFields = {
    {{"ResourceFlavor", {"spec", "topologyName"}, "topology-aware scheduling is not modelled: quota alone decides"},
     {"ClusterQueue", {"spec", "admissionChecks"}, "admission checks are not modelled: quota alone decides"},
     {"ClusterQueue", {"spec", "admissionChecksStrategy"}, "admission checks are not modelled: quota alone decides"},
     {"ClusterQueue", {"spec", "admissionScope"}, "admission fair sharing is not modelled"},
     {"ClusterQueue", {"spec", "fairSharing"}, "fair sharing is not modelled: preemption is the classical one"},
     {"Cohort", {"spec", "fairSharing"}, "fair sharing is not modelled: preemption is the classical one"},
     {"LocalQueue", {"spec", "fairSharing"}, "admission fair sharing is not modelled"},
     {"LocalQueue", {"spec", "topologies"}, "topology-aware scheduling is not modelled"}}};

// Annotations of jobs and of their Pods.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kAnnotations = {
    {{"kueue.x-k8s.io/job-min-parallelism", "partial admission is not modelled: it waits for quota for all its Pods"},
     {"kueue.x-k8s.io/priority-boost", "the boost of a priority is not modelled"},
     {"kueue.x-k8s.io/elastic-job", "elastic jobs are not modelled"}}};
constexpr std::string_view kTopologyAnnotations = "kueue.x-k8s.io/podset-";

class Check {
 public:
  Check(const std::vector<Source>& sources, api::Errors& warnings) : sources_(sources), warnings_(warnings) {}

  void run() {
    for (const Source& source : sources_) {
      const std::string_view kind = cluster::kueue::kindOf(*source.object);
      if (!kind.empty()) {
        setUp(source, kind);
        names_.insert(nameOf(*source.object));
      }
    }
    for (const Source& source : sources_) {
      const api::Kind kind = source.object->kind();
      const bool queued = !source.object->meta.labels.get(kQueueName).empty();
      if (kind == api::Kind::kJobSet || kind == api::Kind::kJob) {
        if (queued) ofJob(source);
      } else if (queued) {
        warn(source,
             fmt::format("its label {} has no effect: Kueue is modelled for JobSets and Jobs only", kQueueName));
      }
      references(source);
    }
  }

  void alone(const Source& source) {
    if (const std::string_view kind = cluster::kueue::kindOf(*source.object); !kind.empty()) setUp(source, kind);
    if (source.object->meta.labels.contains(kQueueName)) ofJob(source);
  }

 private:
  void warn(const Source& source, const std::string& text, const char* code = "NotModelled") {
    warnings_.push_back(warningAt(source, code, fmt::format("{}: {}", nameOf(*source.object), text)));
  }

  void setUp(const Source& source, std::string_view kind) {
    const json& content = api::as<api::Generic>(source.object).content.get();
    for (const auto& [other, what] : kOtherKinds) {
      if (kind == other) warn(source, std::string(what));
    }
    for (const IgnoredField& field : kIgnoredFields) {
      if (kind != field.kind || !api::jsonAt(content, field.path)) continue;
      std::string path;
      for (const char* part : field.path) path += (path.empty() ? "" : ".") + std::string(part);
      warn(source, fmt::format("{}: {}", path, field.what));
    }
  }

  void ofJob(const Source& source) {
    const api::ObjectMeta& meta = source.object->meta;
    for (const auto& [annotation, what] : kAnnotations) {
      if (meta.annotations.contains(annotation)) warn(source, fmt::format("annotation {}: {}", annotation, what));
    }
    std::set<std::string> told;
    const auto look = [&](const api::ObjectMeta& of) {
      for (const auto& [key, value] : of.annotations) {
        if (key.starts_with(kTopologyAnnotations) && told.insert(key).second)
          warn(source,
               fmt::format("annotation {}: topology-aware scheduling is not modelled: quota alone decides", key));
      }
    };
    if (source.object->kind() == api::Kind::kJob) {
      look(api::as<api::Job>(source.object).spec->template_.metadata);
    } else if (source.object->kind() == api::Kind::kJobSet) {
      for (const api::ReplicatedJob& job : api::as<api::JobSet>(source.object).spec->replicatedJobs)
        look(job.template_.spec->template_.metadata);
    }
  }

  // What is named and nobody brings: Kueue waits for it.
  void references(const Source& source) {
    const api::ObjectMeta& meta = source.object->meta;
    const api::Kind kind = source.object->kind();
    if (kind == api::Kind::kJobSet || kind == api::Kind::kJob) {
      const std::string queue(meta.labels.get(kQueueName));
      if (!queue.empty()) wants(source, fmt::format("LocalQueue/{}/{}", meta.namespace_, queue), "it waits for it");
      const std::string by(meta.labels.get("kueue.x-k8s.io/priority-class"));
      if (!queue.empty() && !by.empty()) wants(source, "WorkloadPriorityClass/" + by, "it gets no Workload");
    }
    const std::string_view own = cluster::kueue::kindOf(*source.object);
    if (own == "LocalQueue") {
      const std::string queue = cluster::kueue::localQueueOf(*source.object).cluster_queue;
      wants(source, "ClusterQueue/" + queue, "its Workloads wait for it");
    }
    if (own != "ClusterQueue") return;
    const cluster::kueue::ClusterQueueSpec spec = cluster::kueue::clusterQueueOf(*source.object);
    for (const cluster::kueue::ResourceGroup& group : spec.groups) {
      for (const std::string& flavor : group.flavors) wants(source, "ResourceFlavor/" + flavor, "it admits nothing");
    }
    if (!spec.namespaces)
      warn(source, "without spec.namespaceSelector it admits nothing; {} is all namespaces", "Doubtful");
  }

  void wants(const Source& source, const std::string& name, std::string_view effect) {
    if (names_.contains(name)) return;
    warn(source, fmt::format("it names {}, which no manifest brings: {}", name, effect), "NotFound");
  }

  const std::vector<Source>& sources_;
  api::Errors& warnings_;
  std::set<std::string> names_;
};

void withoutKueue(const Source& source, api::Errors& warnings) {
  if (!source.object->meta.labels.contains(kQueueName)) return;
  warnings.push_back(warningAt(source, "NotModelled",
                               fmt::format("{} has the label {}: nothing holds it back, as Kueue is not here",
                                           nameOf(*source.object), kQueueName)));
}

}  // namespace

bool hasKueue(const std::vector<Source>& sources) {
  return std::any_of(sources.begin(), sources.end(), [](const Source& source) {
    const std::string_view kind = cluster::kueue::kindOf(*source.object);
    return kind == "ClusterQueue" || kind == "LocalQueue";
  });
}

void checkKueue(const std::vector<Source>& sources, api::Errors& warnings) {
  if (hasKueue(sources)) return Check(sources, warnings).run();
  for (const Source& source : sources) withoutKueue(source, warnings);
}

void checkKueue(const Source& source, bool installed, api::Errors& warnings) {
  if (installed) {
    const std::vector<Source> one = {source};
    return Check(one, warnings).alone(source);
  }
  withoutKueue(source, warnings);
  if (cluster::kueue::kindOf(*source.object).empty()) return;
  warnings.push_back(warningAt(
      source, "NotModelled",
      fmt::format(
          "{} is stored, and nothing acts on it: Kueue is there where serve is given a file that has its queues",
          nameOf(*source.object))));
}

}  // namespace jobset_twin::scenarios
