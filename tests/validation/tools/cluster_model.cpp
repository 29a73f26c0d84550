#include "tests/validation/tools/cluster_model.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <queue>
#include <stdexcept>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::validation {
namespace {

using kernel::Duration;
using kernel::TimePoint;

scenarios::RunPlan planOf(const std::string& text, std::uint64_t seed) {
  scenarios::LoadOptions options;
  options.seed = seed;
  scenarios::Loaded loaded =
      scenarios::load({{"-", text}}, options, [](const std::string&) { return std::optional<std::string>(); });
  if (!loaded.errors.empty()) throw std::runtime_error(api::describe(loaded.errors.front()));
  return std::move(loaded.plan);
}

// JobSets are called q0, q1, …; a Pod is q17-w-0-0-x2x9p.
class Customers final : public scenarios::Observer {
 public:
  explicit Customers(std::size_t count) : customers(count) {}
  void onChange(const apiserver::WatchEvent& change) override {
    const api::Object& object = *change.object;
    if (object.kind() == api::Kind::kJobSet && change.type == apiserver::WatchType::kAdded)
      of(object).arrived = change.at;
    if (object.kind() != api::Kind::kPod || change.type == apiserver::WatchType::kDeleted || !change.previous) return;
    const api::Pod& pod = api::as<api::Pod>(object);
    const api::Pod& before = api::as<api::Pod>(*change.previous);
    if (!pod.nodeName.empty() && before.nodeName.empty() && of(object).began == TimePoint{})
      of(object).began = change.at;
    if (pod.status.phase == "Succeeded" && before.status.phase != "Succeeded") of(object).ended = change.at;
  }
  void onNote(const kernel::Note&) override {}

  std::vector<Customer> customers;

 private:
  Customer& of(const api::Object& object) {
    const std::string& name = object.meta.name;
    std::size_t index = customers.size();
    std::from_chars(name.data() + 1, name.data() + name.size(), index);
    return customers.at(index);
  }
};

// Integrals of how many nodes are down, by their power and by what the API server says.
class NodesDown final : public scenarios::Observer {
 public:
  NodesDown(TimePoint from, TimePoint to) : from_(from), to_(to) {}
  void onChange(const apiserver::WatchEvent& change) override {
    if (change.object->kind() != api::Kind::kNode || !change.previous) return;
    const int step = static_cast<int>(ready(*change.previous)) - static_cast<int>(ready(*change.object));
    if (step == 0) return;
    passed(change.at);
    now_ += step;
  }
  void onNote(const kernel::Note&) override {}
  double mean() {
    passed(to_);
    return static_cast<double>(sum_.count()) / static_cast<double>((to_ - from_).count());
  }

 private:
  static bool ready(const api::Object& node) {
    for (const api::Condition& one : api::as<api::Node>(node).status.conditions)
      if (one.type == "Ready") return one.status == "True";
    return true;
  }
  void passed(TimePoint to) {
    const TimePoint from = std::max(last_, from_);
    if (const TimePoint end = std::min(to, to_); end > from) sum_ += (end - from) * now_;
    last_ = std::max(last_, to);
  }

  TimePoint from_, to_, last_{};
  int now_ = 0;
  Duration sum_{};
};

// Mean time between two arrivals.
Duration gapOf(double rate) {
  return Duration(static_cast<std::int64_t>(static_cast<double>(kMeanService.count()) / rate));
}

}  // namespace

std::vector<Customer> runArrivals(const ArrivalsRun& what) {
  // Who is preempted works again from the beginning, which is the same as going on for exponential times. The Job makes
  // the Pod anew: its limit is never reached.
  scenarios::RunPlan plan = planOf(
      fmt::format(
          "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  duration: 100000h\n"
          "  cluster: {{nodePools: [{{count: {}, capacity: {{cpu: 8, pods: 1}}}}]}}\n  timing: {{profile: zero, "
          "scheduler.flushAfter: 100000h}}\n"
          "  behaviors: [{{runTime: {{exponential: {{mean: {}s}}}}}}]\n---\n"
          "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {{name: urgent}}\nvalue: 1000\n"
          "preemptionPolicy: {}\n---\n"
          "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {{name: q0}}\nspec:\n"
          "  ttlSecondsAfterFinished: 0\n  network: {{enableDNSHostnames: false}}\n  replicatedJobs: [{{name: w, "
          "template: {{spec: {{backoffLimit: 1000000, template: {{spec: {{restartPolicy: Never, "
          "terminationGracePeriodSeconds: 0, containers: [{{name: c, image: x}}]}}}}}}}}}}]\n",
          what.nodes, std::chrono::duration_cast<std::chrono::seconds>(kMeanService).count(),
          what.preempt ? "PreemptLowerPriority" : "Never"),
      what.seed);
  const auto first = std::find_if(plan.submissions.begin(), plan.submissions.end(), [](const cluster::Submission& one) {
    return one.request.object && one.request.object->kind() == api::Kind::kJobSet;
  });
  cluster::Submission arrival = *first;
  const api::ObjectPtr jobset = first->request.object;
  plan.submissions.erase(first);
  std::vector<Customer> drawn =
      drawnCustomers(what.rate, what.urgent, static_cast<std::size_t>(what.jobsets), what.seed);
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const api::MutableObjectPtr object = api::edit(jobset);
    object->meta.name = fmt::format("q{}", i);
    if (drawn[i].urgent) {
      api::JobSetSpec& spec = api::as<api::JobSet>(*object).spec.mut();
      spec.replicatedJobs[0].template_.spec.mut().template_.spec.mut().priorityClassName = "urgent";
    }
    arrival.at = plan.world.start + (drawn[i].arrived - TimePoint{});
    arrival.request = api::createRequest(object);
    plan.submissions.push_back(arrival);
  }
  Customers seen(drawn.size());
  scenarios::RunHooks hooks;
  hooks.observers.push_back(&seen);
  scenarios::Run run(std::move(plan), hooks);
  run.advance();
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    if (seen.customers[i].ended == TimePoint{}) throw std::runtime_error("not all JobSets ended");
    seen.customers[i].urgent = drawn[i].urgent;
  }
  return std::move(seen.customers);
}

std::vector<Customer> byRecursion(std::vector<Customer> customers, int servers) {
  std::priority_queue<TimePoint, std::vector<TimePoint>, std::greater<>> free;  // when servers are, next
  for (int i = 0; i < servers; ++i) free.push(TimePoint{});
  for (Customer& one : customers) {
    const Duration service = one.ended - one.began;
    one.began = std::max(one.arrived, free.top());
    one.ended = one.began + service;
    free.pop();
    free.push(one.ended);
  }
  return customers;
}

std::vector<Customer> byPriority(std::vector<Customer> customers) {
  std::queue<std::size_t> waiting[2];  // the urgent first
  std::size_t next = 0;
  for (TimePoint free{}; next < customers.size() || !waiting[0].empty() || !waiting[1].empty();) {
    if (waiting[0].empty() && waiting[1].empty()) free = std::max(free, customers[next].arrived);
    for (; next < customers.size() && customers[next].arrived <= free; ++next)
      waiting[customers[next].urgent ? 0 : 1].push(next);
    std::queue<std::size_t>& from = waiting[waiting[0].empty() ? 1 : 0];
    Customer& one = customers[from.front()];
    from.pop();
    const Duration service = one.ended - one.began;
    one.began = free;
    free = one.ended = free + service;
  }
  return customers;
}

std::vector<Customer> drawnCustomers(double rate, double urgent, std::size_t count, std::uint64_t seed) {
  kernel::Stream arrivals = kernel::stream(seed, "validation/arrivals");
  kernel::Stream services = kernel::stream(seed, "validation/services");
  kernel::Stream classes = kernel::stream(seed, "validation/classes");
  std::vector<Customer> out(count);
  TimePoint at{};
  for (Customer& one : out) {
    at += kernel::exponentialDuration(arrivals, gapOf(rate));
    one.arrived = one.began = at;
    one.ended = at + kernel::exponentialDuration(services, kMeanService);
    one.urgent = urgent > 0 && kernel::uniform(classes, 0, 1) < urgent;
  }
  return out;
}

RepairFigures runRepairs(const RepairRun& what) {
  const auto hours = [](Duration time) { return std::chrono::duration_cast<std::chrono::hours>(time).count(); };
  const Duration whole = what.warm_up + what.measured;
  // A run goes on while something is to be submitted.
  scenarios::RunPlan plan = planOf(
      fmt::format("apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  duration: {}h\n"
                  "  cluster: {{nodePools: [{{name: node, count: {}}}]}}\n  timing: {{profile: zero}}\n{}"
                  "  faults: [{{class: node-fail, any: true, mtbf: {}h, repair: {{exponential: {{mean: {}h}}}}{}}}]\n"
                  "  actions: [{{at: {}h, object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: last}}}}}}]\n",
                  hours(whole), what.nodes,
                  what.crews == 0 ? "" : fmt::format("  repairCrews: [{{name: hall, size: {}}}]\n", what.crews),
                  hours(what.mttf), hours(what.repair), what.crews == 0 ? "" : ", crew: hall", hours(whole)),
      what.seed);
  const TimePoint from = plan.world.start + what.warm_up, to = plan.world.start + whole;
  NodesDown seen(from, to);
  scenarios::RunHooks hooks;
  hooks.observers.push_back(&seen);
  scenarios::Run run(std::move(plan), hooks);
  run.advance();
  RepairFigures out;
  out.not_ready = seen.mean();
  Duration down{};
  for (const scenarios::FaultOutcome& fault : run.outcome().faults) {
    const TimePoint begin = std::max(fault.at, from), end = std::min(fault.until.value_or(to), to);
    if (end > begin) down += end - begin;
  }
  out.down = static_cast<double>(down.count()) / static_cast<double>(what.measured.count());
  return out;
}

}  // namespace jobset_twin::validation
