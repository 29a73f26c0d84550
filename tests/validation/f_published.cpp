// F. JobSet's published figures, by the whole control plane at its usual timing: what is set is named in each scenario
// (scenarios/published/), what is compared is predicted. The fast tier takes smaller ones of the same shape.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "sim/cluster/timing.hpp"
#include "tests/validation/sections.hpp"

namespace jobset_twin::validation {
namespace {

using scenarios::TimePoint;

// When Pods were scheduled and last seen running, when Jobs were made, and when a restart began.
class Milestones final : public scenarios::Observer {
 public:
  void onChange(const apiserver::WatchEvent& change) override {
    const api::Object& object = *change.object;
    if (object.kind() == api::Kind::kJob && change.type == apiserver::WatchType::kAdded) jobs.push_back(change.at);
    if (object.kind() == api::Kind::kJobSet && !restart && api::as<api::JobSet>(object).status.restarts > 0)
      restart = change.at;
    if (object.kind() != api::Kind::kPod || change.type == apiserver::WatchType::kDeleted) return;
    const api::Pod& pod = api::as<api::Pod>(object);
    const api::Pod* before = change.previous ? &api::as<api::Pod>(*change.previous) : nullptr;
    if (!pod.nodeName.empty() && before && before->nodeName.empty()) scheduled.push_back(change.at);
    if (ready(pod) && !(before && ready(*before))) readied.push_back(change.at);
    if (!failed && pod.status.phase == "Failed") failed = change.at;
    if (!failed && before && ready(*before) && !ready(pod)) failed = change.at;
  }
  void onNote(const kernel::Note&) override {}

  std::vector<TimePoint> jobs, scheduled, readied;
  std::optional<TimePoint> failed, restart;

 private:
  static bool ready(const api::Pod& pod) {
    return std::any_of(pod.status.conditions.begin(), pod.status.conditions.end(),
                       [](const api::Condition& one) { return one.type == "Ready" && one.status == "True"; });
  }
};

Milestones watch(const std::string& text) {
  scenarios::Loaded loaded =
      scenarios::load({{"-", text}}, {}, [](const std::string&) { return std::optional<std::string>(); });
  if (!loaded.errors.empty()) throw std::runtime_error(api::describe(loaded.errors.front()));
  Milestones out;
  scenarios::RunHooks hooks;
  hooks.observers.push_back(&out);
  scenarios::Run run(std::move(loaded.plan), hooks);
  run.advance();
  return out;
}

// Pods a second, from the first that was scheduled to the last of so many.
double rateOf(const Milestones& what, std::size_t count) {
  if (what.scheduled.size() < count) throw std::runtime_error("not all Pods were scheduled");
  return static_cast<double>(count - 1) / seconds(what.scheduled[count - 1] - what.scheduled.front());
}

using Changes = std::vector<std::pair<std::string, std::string>>;

std::string published(const std::string& name, const Changes& changes = {}) {
  const std::string path = TWIN_SOURCE_DIR "/scenarios/published/" + name;
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (text.empty()) throw std::runtime_error("cannot read " + path);
  for (const auto& [from, to] : changes) {
    std::size_t at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error(path + " has no " + from);
    for (; at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  }
  return text;
}

// F2: Jobs of 15 Pods, each Job in a pool of its own by affinity and anti-affinity of every Pod, or without.
std::string jobsInPools(int jobs, int nodes, bool affinity, const std::string& profile = "scheduler-2023") {
  std::string text = fmt::format(
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  duration: 10m\n"
      "  cluster: {{nodePools: [{{count: {}, topology: [{{key: pool, domains: {}, contiguous: true}}]}}]}}\n"
      "  timing: {{profile: {}, zeroJitter: true, clients: {{controllerManagerQps: 5000, "
      "controllerManagerBurst: 5000, schedulerQps: 5000, schedulerBurst: 5000}}}}\n"
      "  behaviors: [{{runTime: forever}}]\n",
      nodes, jobs, profile);
  for (int i = 0; i < jobs; ++i) {
    const std::string key = "batch.kubernetes.io/job-name";
    std::string terms;
    if (affinity) {
      const auto term = [&](const std::string& expressions) {
        return fmt::format(
            "{{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: pool, labelSelector: "
            "{{matchExpressions: [{}]}}}}]}}",
            expressions);
      };
      terms = fmt::format(
          "affinity: {{podAffinity: {}, podAntiAffinity: {}}}, ",
          term(fmt::format("{{key: {}, operator: In, values: [j{}]}}", key, i)),
          term(fmt::format("{{key: {0}, operator: NotIn, values: [j{1}]}}, {{key: {0}, operator: Exists}}", key, i)));
    }
    text += fmt::format(
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: j{}}}\nspec: {{completions: 15, parallelism: 15, "
        "completionMode: Indexed, template: {{spec: {{restartPolicy: Never, {}containers: [{{name: c, image: "
        "x}}]}}}}}}\n",
        i, terms);
  }
  return text;
}

void affinityCost(Report& report) {  // F2
  if (report.fast()) {
    // By hand: 2 ms and 320 nodes without; with affinity 20 nodes fit, and each Pod is held against 375 twice on
    // average.
    const double with = rateOf(watch(jobsInPools(50, 1000, true)), 750);
    const double without = rateOf(watch(jobsInPools(50, 1000, false)), 750);
    report.band("F2 reduced (regression): rate without over rate with affinity", 1.25, 1.4, without / with, "1");
    return;
  }
  const double without = rateOf(watch(jobsInPools(250, 5000, false)), 3750);
  const double with = rateOf(watch(jobsInPools(250, 5000, true)), 3750);
  report.band("F2 Pods/s without affinity (calibrated: 266)", 266 * 0.97, 266 * 1.03, without, "1");
  report.band("F2 Pods/s with affinity (published: 58)", 58 / 1.25, 58 * 1.25, with, "1");
  report.band("F2 ratio (published: 4.6)", 4.586 * 0.75, 4.586 * 1.25, without / with, "1");
  const double usual = rateOf(watch(jobsInPools(250, 5000, false, "usual")), 3750) /
                       rateOf(watch(jobsInPools(250, 5000, true, "usual")), 3750);
  report.band("F2 ratio, usual profile (published: 4.6)", 4.586 * 0.75, 4.586 * 1.25, usual, "1");
}

void recoveryOf15000Nodes(Report& report) {  // F1, F3
  if (report.fast()) return;
  constexpr std::size_t kPods = 15'000;
  const Milestones what = watch(published("recovery-15000-nodes.yaml"));
  report.band("F1 Pods/s at first (calibrated: 290)", 290 * 0.97, 290 * 1.03, rateOf(what, kPods), "1");
  const double last = seconds(what.readied.back() - *what.failed);
  if (what.readied.size() < 2 * kPods) throw std::runtime_error("not all Pods came back");
  report.known("by the limit of 1,000 requests a second; 80 s with 2,000");
  report.band("F3 s from the failure to the last Pod ready (published: about a minute)", 50, 90, last, "1");
  report.known({});
}

void inPlace(Report& report) {  // F4
  const bool fast = report.fast();
  const Changes smaller = fast ? Changes{{"count: 5000", "count: 500"}, {"replicas: 50", "replicas: 5"}} : Changes{};
  const std::size_t pods = fast ? 500 : 5000;
  const auto restartTime = [&](const std::string& name) {
    const Milestones what = watch(published(name, smaller));
    if (!what.failed || what.readied.size() < 2 * pods) throw std::runtime_error(name + ": not all Pods came back");
    return seconds(what.readied[2 * pods - 1] - *what.failed);
  };
  const double recreate = restartTime("recreate-5000-nodes.yaml"), in_place = restartTime("in-place-5000-nodes.yaml");
  if (fast) {
    report.band("F4 reduced (regression): recreate over in place", 2, 13 * 1.5, recreate / in_place, "1");
    return;
  }
  report.known("by the limit of 100 requests a second; 129 s with 160");
  report.band("F4 s to recreate 5,000 Pods (published: 130)", 130 / 1.5, 130 * 1.5, recreate, "1");
  report.band("F4 ratio (published: 13)", 13 / 1.5, 13 * 1.5, recreate / in_place, "1");
  report.known({});
  report.band("F4 s in place (published: 10)", 10 / 1.5, 10 * 1.5, in_place, "1");
}

// Upstream's limits of clients; nothing is set.
void usualLimits(Report& report) {  // F5
  if (report.fast()) return;
  const std::string lifted =
      "    clients: {controllerManagerQps: 100, controllerManagerBurst: 100, gcQps: 100, gcBurst: 100}\n";
  const Milestones what = watch(published(
      "recreate-5000-nodes.yaml", {{"count: 5000", "count: 1000"}, {"replicas: 50", "replicas: 10"}, {lifted, ""}}));
  if (!what.failed || what.readied.size() < 2000) throw std::runtime_error("not all Pods came back");
  report.band("F5 min to recreate 1,000 Pods, usual client limits (published: several minutes)", 2, 10,
              seconds(what.readied.back() - *what.failed) / 60, "1");
}

// What 130,000 nodes tell the API server by being there.
void leaseUpdates(Report& report) {  // F13
  const scenarios::Duration renew = cluster::Timing().nodes.lease_renew;
  report.formula("F13 lease updates a second of 130,000 nodes (published: 13,000)", 13'000, 130'000 / seconds(renew),
                 0);
}

void clientLimit(Report& report) {  // F6
  const int jobs = report.byTier(2'000, 10'000);
  const Milestones what = watch(published("jobs-10000.yaml", {{"replicas: 10000", fmt::format("replicas: {}", jobs)}}));
  const double least = (jobs - 500) / 500.0;
  if (what.jobs.size() != static_cast<std::size_t>(jobs)) throw std::runtime_error("not all Jobs were made");
  // From the first request, a JobSet's birth later than the Jobs' by nothing: the profile is zero.
  report.band(fmt::format("F6 s to make {} Jobs, at least (n-500)/500, at most 1 % more", jobs), least, least * 1.01,
              seconds(what.jobs.back() - what.jobs.front()), "1");
}

}  // namespace

void sectionF(Report& report) {
  if (report.wants("F1") || report.wants("F3")) recoveryOf15000Nodes(report);
  if (report.wants("F2")) affinityCost(report);
  if (report.wants("F4")) inPlace(report);
  if (report.wants("F5")) usualLimits(report);
  if (report.wants("F6")) clientLimit(report);
  if (report.wants("F13")) leaseUpdates(report);
}

}  // namespace jobset_twin::validation
