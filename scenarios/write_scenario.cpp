#include "scenarios/write_scenario.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "engine/api/writer.hpp"
#include "scenarios/read_scenario.hpp"
#include "scenarios/timing_profile.hpp"
#include "scenarios/write_parts.hpp"
#include "sim/faults/classes.hpp"

namespace jobset_twin::scenarios {
namespace {

using nlohmann::json;
using workload::Behavior;
using workload::TimeDistribution;

void put(json& to, const char* name, const std::string& value) {
  if (!value.empty()) to[name] = value;
}
void put(json& to, const char* name, const std::optional<std::string>& value) {
  if (value) to[name] = *value;
}
void put(json& to, const char* name, const std::optional<Duration>& value) {
  if (value) to[name] = durationText(*value);
}
template <class T>
void put(json& to, const char* name, const std::vector<T>& values) {
  if (!values.empty()) to[name] = values;
}
void put(json& to, const char* name, const CountRange& range) {
  if (!range.given()) return;
  if (range.at_least && range.at_most && *range.at_least == *range.at_most) {
    to[name] = *range.at_least;
    return;
  }
  if (range.at_least) to[name]["atLeast"] = *range.at_least;
  if (range.at_most) to[name]["atMost"] = *range.at_most;
}

json mapJson(const api::StringMap& map) {
  json out = json::object();
  for (const auto& [key, value] : map) out[key] = value;
  return out;
}

json poolJson(const NodePool& pool) {
  json out;
  out["name"] = pool.name;
  out["count"] = pool.count;
  for (const auto& [resource, amount] : pool.capacity) out["capacity"][resource] = amount.toString();
  if (!pool.labels.empty()) out["labels"] = mapJson(pool.labels);
  for (const api::Taint& taint : pool.taints) {
    json row = {{"key", taint.key}, {"effect", taint.effect}};
    put(row, "value", taint.value);
    out["taints"].push_back(std::move(row));
  }
  for (const TopologyLevel& level : pool.topology) {
    out["topology"].push_back(
        {{"key", level.key}, {"prefix", level.prefix}, {"domains", level.domains}, {"contiguous", level.contiguous}});
  }
  return out;
}

json matchJson(const workload::BehaviorMatch& match) {
  json out = json::object();
  put(out, "namespace", match.namespace_);
  put(out, "jobSet", match.jobset);
  put(out, "replicatedJob", match.replicated_job);
  put(out, "job", match.job);
  put(out, "container", match.container);
  put(out, "jobIndex", match.job_index);
  put(out, "podIndex", match.pod_index);
  put(out, "attempt", match.attempt);
  return out;
}

json behaviorJson(const Behavior& behavior) {
  json out;
  if (json match = matchJson(behavior.match); !match.empty()) out["match"] = std::move(match);
  if (behavior.model) {
    out["model"] = modelJson(*behavior.model);
  } else {
    out["runTime"] = behavior.run_time ? distributionJson(*behavior.run_time) : json("forever");
  }
  if (behavior.exit_code != 0) out["exitCode"] = behavior.exit_code;
  put(out, "readyAfter", behavior.ready_after);
  for (const workload::FailureSpec& failure : behavior.failures) {
    json row;
    put(row, "at", failure.at);
    if (failure.after) row["after"] = distributionJson(*failure.after);
    put(row, "attempts", failure.attempts);
    if (failure.exit_code != 1) row["exitCode"] = failure.exit_code;
    out["failures"].push_back(std::move(row));
  }
  if (!behavior.wait_for_names.empty()) out["waitFor"]["names"] = behavior.wait_for_names;
  if (!behavior.wait_for_peers.empty()) out["waitFor"]["peers"] = behavior.wait_for_peers;
  if (behavior.checkpoint) {
    out["checkpoint"] = {{"every", durationText(behavior.checkpoint->every)},
                         {"cost", durationText(behavior.checkpoint->cost)},
                         {"restore", durationText(behavior.checkpoint->restore)}};
  }
  for (const auto& [name, usage] :
       {std::pair{"memory", &behavior.memory}, std::pair{"ephemeralStorage", &behavior.ephemeral_storage}}) {
    if (*usage) {
      out[name] = {{"peak", api::Quantity((*usage)->peak, api::Quantity::Format::kBinarySI).toString()},
                   {"at", durationText((*usage)->at)}};
    }
  }
  if (!behavior.handles_term) out["handlesTerm"] = false;
  return out;
}

json faultJson(const faults::Fault& fault) {
  json out = {{"name", fault.name}, {"class", faults::classInfo(fault.class_).verb}};
  put(out, "pod", fault.target.pod);
  put(out, "node", fault.target.node);
  put(out, "job", fault.target.job);
  put(out, "domain", fault.target.domain);
  if (fault.target.selector) out["selector"] = api::formatSelector(*fault.target.selector);
  if (fault.target.choice == faults::Choice::kInTurn) {
    out["inTurn"] = fault.target.at_once;
  } else if (fault.target.choice != faults::Choice::kOne) {
    out[fault.target.choice == faults::Choice::kAny ? "any" : "all"] = true;
  }
  put(out, "at", fault.trigger.at);
  if (fault.trigger.after) {
    const faults::EventPattern& event = *fault.trigger.after;
    out["after"] = {{"object", event.object}, {"reaches", momentText(event.moment)}};
    if (event.attempt) out["after"]["attempt"] = *event.attempt;
    if (event.delay != Duration::zero()) out["after"]["delay"] = durationText(event.delay);
  }
  put(out, "every", fault.trigger.every);
  if (fault.trigger.times) out["times"] = *fault.trigger.times;
  if (fault.trigger.hazard) out["hazard"] = distributionJson(*fault.trigger.hazard);
  if (fault.lasts) out["for"] = distributionJson(*fault.lasts);
  for (const auto& [name, value] : faults::fieldsOf(fault)) {
    std::visit(
        [&, key = std::string(name)](const auto& one) {
          if constexpr (std::is_same_v<std::decay_t<decltype(one)>, Duration>) {
            out[key] = durationText(one);
          } else {
            out[key] = one;
          }
        },
        value);
  }
  return out;
}

json actionJson(const Action& action) {
  json out = json::object();
  if (action.at != Duration::zero()) out["at"] = durationText(action.at);
  if (action.verb.empty()) {
    if (action.objects.size() == 1) {
      out["object"] = api::toJson(*action.objects.front());
    } else if (!action.objects.empty()) {
      for (const api::ObjectPtr& object : action.objects) out["objects"].push_back(api::toJson(*object));
    } else {
      out["apply"] = action.apply;
    }
    return out;
  }
  out[action.verb] = action.target;
  put(out, "propagation", action.propagation);
  if (action.grace_seconds) out["gracePeriodSeconds"] = *action.grace_seconds;
  if (action.verb == "patch") out["merge"] = action.patch.get();
  if ((action.verb == "drain" || action.verb == "taint") && action.patch.present()) out.update(action.patch.get());
  put(out, "replicatedJob", action.replicated_job);
  if (action.replicas) out["to"]["replicas"] = *action.replicas;
  if (action.parallelism) out["to"]["parallelism"] = *action.parallelism;
  return out;
}

json expectationJson(const Expectation& e) {
  json out = json::object();
  put(out, "description", e.description);
  put(out, "object", e.object);
  put(out, "count", e.count);
  put(out, "terminalState", e.terminal_state);
  put(out, "reason", e.reason);
  put(out, "condition", e.condition);
  put(out, "phase", e.phase);
  put(out, "restarts", e.restarts);
  put(out, "strikes", e.strikes);
  if (e.reaches) out["reaches"] = momentText(*e.reaches);
  if (e.never) out["never"] = true;
  put(out, "notBefore", e.not_before);
  put(out, "notAfter", e.not_after);
  if (!e.before_object.empty()) out["before"] = {{"object", e.before_object}, {"reaches", momentText(e.before_moment)}};
  if (!e.after_object.empty()) out["after"] = {{"object", e.after_object}, {"reaches", momentText(e.after_moment)}};
  if (e.wantsEvent()) {
    json event = json::object();
    put(event, "reason", e.event_reason);
    put(event, "type", e.event_type);
    put(event, "message", e.event_message);
    put(event, "times", e.times);
    out["event"] = std::move(event);
  } else if (e.log_contains) {
    out["log"]["contains"] = *e.log_contains;
    put(out["log"], "times", e.times);
  }
  put(out, "endReason", e.end_reason);
  return out;
}

// The rows that differ from the defaults, as {kubelet: {sandbox: 400ms}}.
json timingJson(const cluster::Timing& timing) {
  json out = json::object();
  cluster::Timing have = timing, usual = usualTiming();
  const std::vector<cluster::TimingRow> rows = cluster::timingTable(have);
  const std::vector<cluster::TimingRow> defaults = cluster::timingTable(usual);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    json value;
    std::visit(
        [&](auto* now) {
          using T = std::remove_pointer_t<decltype(now)>;
          const T& before = *std::get<T*>(defaults[i].value);
          if constexpr (std::is_same_v<T, kernel::Latency>) {
            if (now->median == before.median && now->sigma == before.sigma) return;
            value = now->sigma == 0 ? json(durationText(now->median))
                                    : json{{"median", durationText(now->median)}, {"sigma", now->sigma}};
          } else if constexpr (std::is_same_v<T, Duration>) {
            if (*now != before) value = durationText(*now);
          } else {
            if (*now != before) value = *now;
          }
        },
        rows[i].value);
    if (value.is_null()) continue;
    const std::string field(rows[i].field);
    const std::size_t dot = field.find('.');
    if (dot == std::string::npos) {
      out[field] = std::move(value);
    } else {
      out[field.substr(0, dot)][field.substr(dot + 1)] = std::move(value);
    }
  }
  return out;
}

// RFC 3339 with as many digits of the second as it needs.
std::string timeText(TimePoint at) {
  std::string out = api::formatTime(at);
  const std::int64_t nanos = (at - api::truncateToSeconds(at)).count();
  if (nanos == 0) return out;
  std::string fraction = fmt::format("{:09}", nanos);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  out.insert(out.size() - 1, "." + fraction);
  return out;
}

json gatesJson(const jobset::FeatureGates& gates) {
  const jobset::FeatureGates usual;
  json out = json::object();
  if (gates.ElasticJobSet != usual.ElasticJobSet) out["ElasticJobSet"] = gates.ElasticJobSet;
  if (gates.InPlaceRestart != usual.InPlaceRestart) out["InPlaceRestart"] = gates.InPlaceRestart;
  if (gates.RestartJob != usual.RestartJob) out["RestartJob"] = gates.RestartJob;
  return out;
}

}  // namespace

json scenarioJson(const Scenario& scenario) {
  const Scenario usual;
  json out;
  out["apiVersion"] = kScenarioApiVersion;
  out["kind"] = "Scenario";
  out["metadata"]["name"] = scenario.name.empty() ? "scenario" : scenario.name;
  json& spec = out["spec"] = json::object();
  put(spec, "description", scenario.description);
  spec["kubernetesVersion"] = scenario.kubernetes_version;
  if (scenario.seed) spec["seed"] = *scenario.seed;
  if (scenario.start_time) spec["startTime"] = timeText(*scenario.start_time);
  put(spec, "duration", scenario.duration);
  if (json gates = gatesJson(scenario.feature_gates); !gates.empty()) spec["featureGates"] = std::move(gates);
  for (const cluster::WorkloadGate& gate : cluster::kWorkloadGates) {
    if (scenario.scheduler.workloads.*gate.member) spec["featureGates"][std::string(gate.name)] = true;
  }
  if (scenario.quirks.b6_node_selector_followers) spec["quirks"]["b6NodeSelectorFollowers"] = true;
  if (scenario.quirks.b7_nil_success_policy) spec["quirks"]["b7NilSuccessPolicy"] = true;
  if (scenario.quirks.b8_stale_creates) spec["quirks"]["b8StaleCreates"] = true;
  if (scenario.cluster_domain != usual.cluster_domain) spec["cluster"]["domain"] = scenario.cluster_domain;
  if (scenario.short_names) spec["dns"]["shortNames"] = true;
  for (const NodePool& pool : scenario.node_pools) spec["cluster"]["nodePools"].push_back(poolJson(pool));
  for (const Action& action : scenario.actions)
    spec[action.verb.empty() ? "manifests" : "actions"].push_back(actionJson(action));
  for (const Behavior& behavior : scenario.behaviors) spec["behaviors"].push_back(behaviorJson(behavior));
  for (const faults::Fault& fault : scenario.faults) spec["faults"].push_back(faultJson(fault));
  for (const faults::RepairCrew& crew : scenario.repair_crews)
    spec["repairCrews"].push_back({{"name", crew.name}, {"size", crew.size}});
  if (scenario.default_run_time != usual.default_run_time)
    spec["defaults"]["runTime"] = durationText(scenario.default_run_time);
  if (scenario.default_exit_code != usual.default_exit_code) spec["defaults"]["exitCode"] = scenario.default_exit_code;
  for (const auto& [image, bytes] : scenario.image_bytes) spec["images"][image] = bytes;
  if (json scheduler = schedulerJson(scenario.scheduler); !scheduler.empty()) spec["scheduler"] = std::move(scheduler);
  if (json kueue = kueueJson(scenario.kueue); !kueue.empty()) spec["kueue"] = std::move(kueue);
  if (json timing = timingJson(scenario.timing); !timing.empty()) spec["timing"] = std::move(timing);
  for (const Expectation& expectation : scenario.expectations)
    spec["expectations"].push_back(expectationJson(expectation));
  return out;
}

std::string writeScenario(const Scenario& scenario) { return api::writeYaml(scenarioJson(scenario)); }

}  // namespace jobset_twin::scenarios
