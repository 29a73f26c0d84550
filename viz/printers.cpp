#include "viz/printers.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace jobset_twin::viz {
namespace {

using api::TimePoint;

constexpr std::string_view kNone = "<none>", kUnknown = "<unknown>";

std::string since(const std::optional<TimePoint>& at, TimePoint now) {
  return at ? api::humanDuration(now - *at) : std::string(kUnknown);
}

std::string orNone(std::string_view text) { return std::string(text.empty() ? kNone : text); }

bool isTrue(const std::vector<api::Condition>& conditions, std::string_view type) {
  return api::conditionIs(conditions, type, "True");
}

// What kubectl counts over a Pod's containers.
struct PodSummary {
  std::string reason;
  std::int32_t restarts = 0;
  std::size_t ready = 0, total = 0;
  std::optional<TimePoint> last_restart;
};

// The restarts of some containers and when the last of them happened.
struct Restarts {
  std::int32_t count = 0;
  std::optional<TimePoint> last;
  void add(const api::ContainerStatus& container) {
    count += container.restartCount;
    if (const auto& ended = container.lastState.terminated; ended && ended->finishedAt)
      last = std::max(last, ended->finishedAt);
  }
};

std::string terminatedText(const api::ContainerStateTerminated& ended) {
  if (!ended.reason.empty()) return ended.reason;
  return ended.signal != 0 ? fmt::format("Signal:{}", ended.signal) : fmt::format("ExitCode:{}", ended.exitCode);
}

bool isSidecar(const api::PodSpec& spec, const std::string& name) {
  return std::any_of(spec.initContainers.begin(), spec.initContainers.end(),
                     [&](const api::Container& c) { return c.name == name && c.restartPolicy == "Always"; });
}

// The first init container that is not through decides; nothing else is looked at then. Returns whether there is one.
bool initializing(const api::Pod& pod, PodSummary& out, Restarts& all, Restarts& sidecars) {
  const auto& statuses = pod.status.initContainerStatuses;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    const api::ContainerStatus& container = statuses[i];
    const bool sidecar = isSidecar(*pod.spec, container.name);
    all.add(container);
    if (sidecar) sidecars.add(container);
    const auto& ended = container.state.terminated;
    if (ended && ended->exitCode == 0) continue;
    if (sidecar && container.started.value_or(false)) {
      if (container.ready) ++out.ready;
      continue;
    }
    const auto& waiting = container.state.waiting;
    if (ended) {
      out.reason = "Init:" + terminatedText(*ended);
    } else if (waiting && !waiting->reason.empty() && waiting->reason != "PodInitializing") {
      out.reason = "Init:" + waiting->reason;
    } else {
      out.reason = fmt::format("Init:{}/{}", i, pod.spec->initContainers.size());
    }
    return true;
  }
  return false;
}

void mainContainers(const api::Pod& pod, PodSummary& out, Restarts& restarts) {
  bool has_running = false;
  const auto& statuses = pod.status.containerStatuses;
  for (auto container = statuses.rbegin(); container != statuses.rend(); ++container) {
    restarts.add(*container);
    if (container->state.waiting && !container->state.waiting->reason.empty()) {
      out.reason = container->state.waiting->reason;
    } else if (container->state.terminated) {
      out.reason = terminatedText(*container->state.terminated);
    } else if (container->ready && container->state.running) {
      has_running = true;
      ++out.ready;
    }
  }
  if (out.reason == "Completed" && has_running) {
    out.reason = isTrue(pod.status.conditions, "Ready") ? "Running" : "NotReady";
  }
}

PodSummary summarise(const api::Object& object) {
  const api::Pod& pod = api::as<api::Pod>(object);
  PodSummary out;
  out.reason = pod.status.reason.empty() ? pod.status.phase : pod.status.reason;
  const api::Condition* scheduled = api::findCondition(pod.status.conditions, "PodScheduled");
  if (scheduled && scheduled->reason == "SchedulingGated") out.reason = scheduled->reason;
  out.total = pod.spec->containers.size() + static_cast<std::size_t>(std::count_if(
                                                pod.spec->initContainers.begin(), pod.spec->initContainers.end(),
                                                [](const api::Container& c) { return c.restartPolicy == "Always"; }));
  Restarts all, sidecars;
  Restarts* counted = &all;
  if (!initializing(pod, out, all, sidecars) || isTrue(pod.status.conditions, "Initialized")) {
    counted = &sidecars;
    mainContainers(pod, out, sidecars);
  }
  out.restarts = counted->count;
  out.last_restart = counted->last;
  if (object.meta.deletionTimestamp) {
    const bool over = pod.status.phase == "Succeeded" || pod.status.phase == "Failed";
    if (pod.status.reason == "NodeLost") {
      out.reason = "Unknown";
    } else if (!over) {
      out.reason = "Terminating";
    }
  }
  return out;
}

Row podRow(const api::Object& object, TimePoint now, bool wide) {
  const api::Pod& pod = api::as<api::Pod>(object);
  const PodSummary summary = summarise(object);
  std::string restarts = std::to_string(summary.restarts);
  if (summary.restarts != 0 && summary.last_restart)
    restarts += fmt::format(" ({} ago)", since(summary.last_restart, now));
  Row row = {object.meta.name, fmt::format("{}/{}", summary.ready, summary.total), summary.reason, restarts,
             ageText(object.meta, now)};
  if (!wide) return row;
  const auto& gates = pod.spec->readinessGates;
  const auto passed = std::count_if(gates.begin(), gates.end(), [&](const api::ReadinessGate& gate) {
    return isTrue(pod.status.conditions, gate.conditionType);
  });
  row.push_back(orNone(pod.status.podIPs.empty() ? std::string_view(pod.status.podIP)
                                                 : std::string_view(pod.status.podIPs.front().ip)));
  row.push_back(orNone(pod.nodeName));
  row.push_back(orNone(pod.status.nominatedNodeName));
  row.push_back(gates.empty() ? std::string(kNone) : fmt::format("{}/{}", passed, gates.size()));
  return row;
}

Row jobRow(const api::Object& object, TimePoint now) {
  const api::Job& job = api::as<api::Job>(object);
  std::string completions;
  if (job.spec->completions) {
    completions = fmt::format("{}/{}", job.status.succeeded, *job.spec->completions);
  } else if (const std::int32_t parallelism = job.spec->parallelism.value_or(0); parallelism > 1) {
    completions = fmt::format("{}/1 of {}", job.status.succeeded, parallelism);
  } else {
    completions = fmt::format("{}/1", job.status.succeeded);
  }
  std::string duration;
  if (job.status.startTime)
    duration = api::humanDuration(job.status.completionTime.value_or(now) - *job.status.startTime);
  return {object.meta.name, jobStatusText(object), completions, duration, ageText(object.meta, now)};
}

Row jobSetRow(const api::Object& object, TimePoint now) {
  const api::JobSet& jobset = api::as<api::JobSet>(object);
  const api::Condition* completed = api::findCondition(jobset.status.conditions, "Completed");
  const auto& suspend = jobset.spec->suspend;
  return {object.meta.name,
          jobset.status.terminalState,
          std::to_string(jobset.status.restarts),
          completed ? completed->status : "",
          suspend ? (*suspend ? "true" : "false") : "",
          ageText(object.meta, now)};
}

std::string nodeStatus(const api::Node& node) {
  const api::Condition* ready = api::findCondition(node.status.conditions, "Ready");
  std::string text = !ready ? "Unknown" : ready->status == "True" ? "Ready" : "NotReady";
  if (node.spec.unschedulable) text += ",SchedulingDisabled";
  return text;
}

Row serviceRow(const api::Object& object, TimePoint now) {
  const api::ServiceSpec& spec = api::as<api::Service>(object).spec;
  std::vector<std::string> ports;
  for (const api::ServicePort& port : spec.ports) {
    const std::string node_port = port.nodePort > 0 ? fmt::format(":{}", port.nodePort) : "";
    ports.push_back(fmt::format("{}{}/{}", port.port, node_port, port.protocol.empty() ? "TCP" : port.protocol));
  }
  return {object.meta.name,   spec.type.empty() ? "ClusterIP" : spec.type,      orNone(spec.clusterIP),
          std::string(kNone), orNone(fmt::format("{}", fmt::join(ports, ","))), ageText(object.meta, now)};
}

Row headerOf(api::Kind kind, bool wide) {
  switch (kind) {
    case api::Kind::kJobSet: return {"NAME", "TERMINALSTATE", "RESTARTS", "COMPLETED", "SUSPENDED", "AGE"};
    case api::Kind::kJob: return {"NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"};
    case api::Kind::kPod:
      if (!wide) return {"NAME", "READY", "STATUS", "RESTARTS", "AGE"};
      return {"NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP", "NODE", "NOMINATED NODE", "READINESS GATES"};
    case api::Kind::kService: return {"NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"};
    case api::Kind::kNode: return {"NAME", "STATUS", "AGE"};
    default: return {"NAME", "AGE"};
  }
}

Row rowOf(const api::Object& object, TimePoint now, bool wide) {
  switch (object.kind()) {
    case api::Kind::kJobSet: return jobSetRow(object, now);
    case api::Kind::kJob: return jobRow(object, now);
    case api::Kind::kPod: return podRow(object, now, wide);
    case api::Kind::kService: return serviceRow(object, now);
    case api::Kind::kNode: return {object.meta.name, nodeStatus(api::as<api::Node>(object)), ageText(object.meta, now)};
    default: return {object.meta.name, ageText(object.meta, now)};
  }
}

}  // namespace

std::string podStatusText(const api::Object& pod) { return summarise(pod).reason; }

std::string jobStatusText(const api::Object& job) {
  const auto& conditions = api::as<api::Job>(job).status.conditions;
  if (isTrue(conditions, "Complete")) return "Complete";
  if (isTrue(conditions, "Failed")) return "Failed";
  if (job.meta.deletionTimestamp) return "Terminating";
  for (const char* type : {"Suspended", "FailureTarget", "SuccessCriteriaMet"}) {
    if (isTrue(conditions, type)) return type;
  }
  return "Running";
}

std::string ageText(const api::ObjectMeta& meta, TimePoint now) { return since(meta.creationTimestamp, now); }

Table objectTable(const std::vector<api::ObjectPtr>& objects, TimePoint now, bool wide, bool namespaces) {
  Table table;
  if (objects.empty()) return table;
  table.header = headerOf(objects.front()->kind(), wide);
  if (namespaces) table.header.insert(table.header.begin(), "NAMESPACE");
  for (const api::ObjectPtr& object : objects) {
    Row row = rowOf(*object, now, wide);
    if (namespaces) row.insert(row.begin(), object->meta.namespace_);
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace jobset_twin::viz
