// G. What Kubernetes promises and asks of its scheduler, by the whole control plane: the time in which a Pod starts,
// and the rates of scheduler_perf's workloads at 5,000 nodes.
#include <algorithm>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"
#include "tests/validation/sections.hpp"

namespace jobset_twin::validation {
namespace {

using scenarios::TimePoint;

// When each Pod was created, bound and first Running.
class PodTimes final : public scenarios::Observer {
 public:
  void onChange(const apiserver::WatchEvent& change) override {
    if (change.object->kind() != api::Kind::kPod || change.type == apiserver::WatchType::kDeleted) return;
    const api::Pod& pod = api::as<api::Pod>(change.object);
    const api::Pod* before = change.previous ? &api::as<api::Pod>(*change.previous) : nullptr;
    const std::string& name = change.object->meta.name;
    if (!before) created[name] = change.at;
    if (before && before->nodeName.empty() && !pod.nodeName.empty()) bound.push_back(change.at);
    if (pod.status.phase == "Running" && before && before->status.phase != "Running")
      starts.push_back(seconds(change.at - created.at(name)));
  }
  void onNote(const kernel::Note&) override {}

  std::map<std::string, TimePoint> created;
  std::vector<TimePoint> bound;
  std::vector<double> starts;
};

struct Workload {
  std::string timing, pod;  // pod: more of the Pods' metadata and spec
  int nodes = 5000, pods = 0;
  std::chrono::milliseconds every{};  // between two Pods
};

PodTimes runPods(const Workload& what) {
  const std::string text = fmt::format(
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  duration: 1h\n"
      "  cluster: {{nodePools: [{{count: {}, capacity: {{cpu: 4, memory: 32Gi, pods: 110}}, "
      "labels: {{topology.kubernetes.io/zone: zone1}}}}]}}\n"
      "  timing: {}\n  behaviors: [{{runTime: forever}}]\n"
      "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p0{}containers: [{{name: c, image: x, resources: "
      "{{requests: {{cpu: 100m, memory: 500Mi}}}}}}]}}\n",
      what.nodes, what.timing, what.pod);
  scenarios::Loaded loaded =
      scenarios::load({{"-", text}}, {}, [](const std::string&) { return std::optional<std::string>(); });
  if (!loaded.errors.empty()) throw std::runtime_error(api::describe(loaded.errors.front()));
  scenarios::RunPlan plan = std::move(loaded.plan);
  cluster::Submission submission = plan.submissions.back();
  const api::ObjectPtr first = submission.request.object;
  for (int i = 1; i < what.pods; ++i) {
    const api::MutableObjectPtr pod = api::edit(first);
    pod->meta.name = fmt::format("p{}", i);
    submission.request = api::createRequest(pod);
    submission.at += what.every;
    plan.submissions.push_back(submission);
  }
  PodTimes seen;
  scenarios::RunHooks hooks;
  hooks.observers.push_back(&seen);
  scenarios::Run run(std::move(plan), hooks);
  run.advance();
  if (seen.starts.size() != static_cast<std::size_t>(what.pods)) throw std::runtime_error("not all Pods started");
  return seen;
}

void startUp(Report& report) {  // G1
  Workload what{"{}", "}\nspec: {", 5000, report.byTier(1'000, 12'000), std::chrono::milliseconds(50)};
  PodTimes seen = runPods(what);
  report.band("G1 s from creation to Running, p99, 20 Pods/s on 5,000 nodes (promised: 5 at most; 0 would be a lie)",
              0.5, 5, quantileOf(seen.starts, 0.99), "1");
}

// Scenarios just beyond the sizes that Kubernetes is tested for: whether the warning names which.
void thresholds(Report& report) {  // G4
  const auto jobset = [](int replicas, int pods, bool names) {
    return fmt::format(
        "---\napiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {{name: a}}\nspec: {{network: "
        "{{enableDNSHostnames: {0}}}, replicatedJobs: [{{name: w, replicas: {1}, template: {{spec: {{completions: {2}, "
        "parallelism: {2}, template: {{spec: {{restartPolicy: Never, containers: [{{name: c, image: "
        "x}}]}}}}}}}}}}]}}\n",
        names, replicas, pods);
  };
  std::string namespaces, services;
  for (int i = 0; !report.fast() && i <= 10'000; ++i) {
    namespaces += fmt::format(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: n{}}}\nspec: {{containers: [{{name: c, image: "
        "x}}]}}\n",
        i);
    services += fmt::format(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{}}}\nspec: {{ports: [{{port: 80}}]}}\n", i);
  }
  struct Case {
    int nodes;
    std::string documents, named;
  };
  std::vector<Case> cases = {{5001, jobset(1, 1, false), "5001 nodes (5000)"},
                             {10, jobset(1501, 100, false), "150100 Pods (150000)"},
                             {10, jobset(1, 3001, false), "3001 Pods in one namespace (3000)"},
                             {10, jobset(1, 251, true), "251 endpoints of one Service (250)"}};
  if (!report.fast()) {
    cases.push_back({10, namespaces, "10001 namespaces with Pods (10000)"});
    cases.push_back({10, services + jobset(1, 1, false), "10001 Services (10000)"});
  }
  int named = 0;
  for (const Case& one : cases) {
    const std::string text = fmt::format(
        "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec: {{cluster: {{nodePools: [{{count: {}}}]}}}}\n{}",
        one.nodes, one.documents);
    const scenarios::Loaded loaded =
        scenarios::load({{"-", text}}, {}, [](const std::string&) { return std::optional<std::string>(); });
    named += std::any_of(loaded.warnings.begin(), loaded.warnings.end(), [&](const api::Error& warning) {
      return warning.code == "Threshold" && warning.text.find(one.named) != std::string::npos;
    });
  }
  report.formula(fmt::format("G4 of {} thresholds, those of which a scenario beyond them is warned", cases.size()),
                 static_cast<double>(cases.size()), named, 0);
}

// The rate at which the last so many Pods are bound, all waiting at once.
double schedulingRate(const std::string& profile, const std::string& pod, int before, int measured) {
  const PodTimes seen = runPods({fmt::format("{{profile: {}, zeroJitter: true}}", profile), pod, 5000,
                                 before + measured, std::chrono::milliseconds(0)});
  const auto count = static_cast<std::size_t>(measured);
  return static_cast<double>(count - 1) / seconds(seen.bound.back() - seen.bound[seen.bound.size() - count]);
}

std::string labelled(const std::string& color, const std::string& affinity) {
  return fmt::format(", labels: {{color: {}}}}}\nspec: {{affinity: {{{}}}, ", color, affinity);
}
std::string term(const std::string& color, const std::string& key) {
  return fmt::format("{{labelSelector: {{matchLabels: {{color: {}}}}}, topologyKey: {}}}", color, key);
}

void schedulerRates(Report& report) {  // G6, G7
  const std::string zone = "topology.kubernetes.io/zone", host = "kubernetes.io/hostname";
  const std::string plain = "}\nspec: {";
  const std::string anti = labelled(
      "green", "podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [" + term("green", host) + "]}");
  const std::string affine =
      labelled("blue", "podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [" + term("blue", zone) + "]}");
  const std::string preferred =
      labelled("red", "podAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm: " +
                          term("red", host) + "}]}");
  const std::string node =
      labelled("any",
               "nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
               "[{matchExpressions: [{key: " +
                   zone + ", operator: In, values: [zone1, zone2]}]}]}}");
  struct Case {
    const char *text, *profile;
    const std::string& pod;
    int before, measured;
    double published, low, high;  // the band, as parts of it
  };
  const std::vector<Case> cases = {
      {"G7 Pods/s (calibrated: 270)", "scheduler-2024", plain, 1000, 10'000, 270, 0.97, 1.03},
      {"G7 Pods/s, node affinity (published: 220)", "scheduler-2024", node, 5000, 10'000, 220, 0.85, 1.15},
      {"G7 Pods/s, anti-affinity (published: 60)", "scheduler-2024", anti, 1000, 2000, 60, 1 / 1.5, 1.5},
      {"G7 Pods/s, affinity (calibrated: 35)", "scheduler-2024", affine, 5000, 5000, 35, 1 / 1.5, 1.5},
      {"G7 Pods/s, preferred affinity (calibrated: 90)", "scheduler-2024", preferred, 5000, 5000, 90, 1 / 1.5, 1.5},
      {"G6 Pods/s (calibrated: 680)", "scheduler-2026", plain, 5000, 10'000, 680, 0.97, 1.03}};
  for (const Case& one : cases) {
    if (!report.wants(std::string(one.text).substr(0, 2))) continue;
    if (&one.pod == &node) report.known("a cycle does not cost more for node affinity in this model");
    report.band(one.text, one.published * one.low, one.published * one.high,
                schedulingRate(one.profile, one.pod, one.before, one.measured), "1");
    report.known({});
  }
}

}  // namespace

void sectionG(Report& report) {
  if (report.wants("G1")) startUp(report);
  if (report.wants("G4")) thresholds(report);
  if (!report.fast() && (report.wants("G6") || report.wants("G7"))) schedulerRates(report);
  if (!report.fast() && report.wants("G12")) kueueAtScale(report);
}

}  // namespace jobset_twin::validation
