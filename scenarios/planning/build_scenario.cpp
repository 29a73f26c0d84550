#include "scenarios/planning/build_scenario.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "scenarios/default_cluster.hpp"
#include "scenarios/load.hpp"
#include "scenarios/planning/queue_objects.hpp"
#include "scenarios/planning/workload_jobset.hpp"
#include "scenarios/write_scenario.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

std::vector<NodePool> poolsOf(const CapacityPlan& plan, const Counts& counts) {
  std::vector<NodePool> pools;
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    NodePool pool = plan.nodes[i].pool;
    pool.count = counts[i];
    pool.labels.set(kNodeTypeLabel, pool.name);
    for (TopologyLevel& level : pool.topology) level.domains = std::max(1, std::min(level.domains, pool.count));
    pools.push_back(std::move(pool));
  }
  return pools;
}

// A node fails by its own time, by its name: node 7 of a type fails at the same times however many there are.
std::vector<faults::Fault> faultsOf(const CapacityPlan& plan) {
  std::vector<faults::Fault> out = plan.scenario.faults;
  for (const NodeType& type : plan.nodes) {
    if (!type.fails) continue;
    faults::Fault fault;
    fault.name = "node-fail-" + type.pool.name;
    fault.class_ = faults::FaultClass::kNodeFail;
    fault.target.choice = faults::Choice::kAny;
    fault.target.selector.emplace();
    fault.target.selector->matchLabels.set(kNodeTypeLabel, type.pool.name);
    fault.trigger.hazard = type.fails;
    fault.lasts = type.repair;
    out.push_back(std::move(fault));
  }
  return out;
}

api::ObjectPtr namespaceObject(const std::string& name) {
  api::Generic body;
  body.apiVersion = "v1";
  body.kind = "Namespace";
  const api::MutableObjectPtr made = api::makeObject(std::move(body));
  made->meta.name = name;
  return made;
}

// The objects of arrivals; those that are alike are made once.
class Maker {
 public:
  explicit Maker(const CapacityPlan& plan) : plan_(plan) {}

  std::vector<api::ObjectPtr> operator()(const Arrival& arrival) {
    auto& alike = made_[{arrival.workload, arrival.pods, arrival.gpus.value_or(-1)}];
    if (alike.empty()) alike = objectsOf(plan_, arrival);
    std::vector<api::ObjectPtr> out;
    for (const api::ObjectPtr& object : alike) out.push_back(placedIn(object, arrival.namespaceIn(plan_)));
    return out;
  }

  // The LocalQueue in which the JobSet is to wait, if it is to.
  void addLocalQueue(const Arrival& arrival, std::vector<api::ObjectPtr>& out) {
    const Workload& workload = plan_.workloads[arrival.workload];
    if (workload.queue.empty()) return;
    api::ObjectPtr& queue = queues_[arrival.workload];
    if (!queue) queue = localQueue(workload);
    out.push_back(placedIn(queue, arrival.namespaceIn(plan_)));
  }

 private:
  const CapacityPlan& plan_;
  std::map<std::tuple<std::size_t, std::int32_t, std::int64_t>, std::vector<api::ObjectPtr>> made_;
  std::map<std::size_t, api::ObjectPtr> queues_;  // by workload
};

std::string originOf(const Workload& workload) {
  return workload.origin.line > 0 ? fmt::format("{}:{}", workload.origin.file, workload.origin.line) : workload.name;
}

// All behaviours of these arrivals: their own ones first.
std::vector<workload::Behavior> behaviorsOfAll(const CapacityPlan& plan, const std::vector<Arrival>& arrivals) {
  std::vector<workload::Behavior> out;
  for (const Arrival& arrival : arrivals) {
    for (workload::Behavior& behavior : behaviorsOf(plan, arrival)) out.push_back(std::move(behavior));
  }
  for (workload::Behavior& behavior : commonBehaviors(plan)) out.push_back(std::move(behavior));
  return out;
}

Scenario scenarioWith(const CapacityPlan& plan, const Counts& counts, const std::vector<Arrival>& arrivals) {
  Scenario scenario = plan.scenario;
  scenario.name = plan.name;
  scenario.description = plan.description;
  scenario.node_pools = poolsOf(plan, counts);
  scenario.faults = faultsOf(plan);
  scenario.duration = plan.end;
  scenario.behaviors = behaviorsOfAll(plan, arrivals);
  Maker objects(plan);
  if (!plan.queues.empty()) {
    Action queues;
    queues.objects = queueObjects(plan);
    for (const Arrival& arrival : arrivals) objects.addLocalQueue(arrival, queues.objects);
    queues.origins.assign(queues.objects.size(), "queues");
    scenario.actions.push_back(std::move(queues));
  }
  for (const Arrival& arrival : arrivals) {
    Action action;
    action.at = arrival.at;
    action.objects = objects(arrival);
    action.origins.assign(action.objects.size(), originOf(plan.workloads[arrival.workload]));
    scenario.actions.push_back(std::move(action));
  }
  return scenario;
}

// One JobSet of each workload, at the start.
std::vector<Arrival> oneOfEach(const CapacityPlan& plan) {
  std::vector<Arrival> out;
  for (std::size_t i = 0; i < plan.workloads.size(); ++i) {
    const Workload& workload = plan.workloads[i];
    Arrival arrival;
    arrival.workload = i;
    if (workload.shape) {
      arrival.pods = workload.shape->pods;
      arrival.run_time = std::chrono::hours(1);
    }
    if (!workload.arrivals.rows.empty()) {
      const TraceRow& row = workload.arrivals.rows.front();
      if (row.pods) arrival.pods = *row.pods;
      arrival.gpus = row.gpus;
    }
    out.push_back(std::move(arrival));
  }
  return out;
}

// An error of the document that was made from the plan, at the workload that it names.
api::Error atPlan(const CapacityPlan& plan, api::Error error) {
  for (const Workload& workload : plan.workloads) {
    if (error.text.find(jobSetName(workload)) == std::string::npos && plan.workloads.size() > 1) continue;
    error.file = workload.origin.file;
    error.line = workload.origin.line;
    error.column = workload.origin.column;
    error.field = workload.origin.field;
    return error;
  }
  error.file.clear();
  error.line = error.column = 0;
  return error;
}

}  // namespace

api::Result<Prepared> prepare(CapacityPlan plan) {
  Counts most;
  for (const NodeType& type : plan.nodes) most.push_back(std::max(1, type.most));
  const std::string document = writeScenario(scenarioWith(plan, most, oneOfEach(plan)));
  Loaded loaded = load({{"plan", document}}, {}, {});
  if (!loaded.errors.empty()) {
    api::Errors errors;
    for (api::Error& error : loaded.errors) errors.push_back(atPlan(plan, std::move(error)));
    return errors;
  }
  Prepared out{std::move(plan), std::move(loaded.plan)};
  std::erase_if(out.base.setup, [](const api::ObjectPtr& object) { return object->kind() == api::Kind::kNode; });
  return out;
}

RunPlan runPlanOf(const Prepared& prepared, const Trial& trial) {
  const CapacityPlan& plan = prepared.plan;
  RunPlan out = prepared.base;
  out.world.seed = trial.seed;
  out.submissions.clear();
  std::erase_if(out.setup, [](const api::ObjectPtr& object) { return api::kindNameOf(*object) == "Namespace"; });
  const std::vector<Arrival> arrivals = arrivalsOf(plan, trial.seed, trial.growth);
  out.world.kubelet.behaviors = behaviorsOfAll(plan, arrivals);
  Maker objects(plan);
  for (const api::ObjectPtr& object : queueObjects(plan)) out.setup.push_back(object);
  for (const Arrival& arrival : arrivals) {
    out.setup.push_back(namespaceObject(arrival.namespaceIn(plan)));
    objects.addLocalQueue(arrival, out.setup);
    for (const api::ObjectPtr& object : objects(arrival))
      out.submissions.push_back(
          {out.world.start + arrival.at, api::createRequest(object), originOf(plan.workloads[arrival.workload])});
  }
  for (const api::ObjectPtr& node : makeNodes(poolsOf(plan, trial.counts), out.world.start)) out.setup.push_back(node);
  return out;
}

Scenario scenarioOf(const CapacityPlan& plan, const Trial& trial) {
  Scenario out = scenarioWith(plan, trial.counts, arrivalsOf(plan, trial.seed, trial.growth));
  out.seed = trial.seed;
  return out;
}

}  // namespace jobset_twin::scenarios::planning
