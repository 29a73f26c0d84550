// pods.cpp - the columns of Pods.
#include <algorithm>

#include <fmt/format.h>

#include "sim/apiserver/printers/cells.hpp"
#include "sim/apiserver/printers/kinds.hpp"
#include "sim/apiserver/printers/printers.hpp"

namespace jobset_twin::apiserver::printers {
namespace {

using api::TimePoint;

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

Cells podCells(const api::Object& object, TimePoint now) {
  const api::Pod& pod = api::as<api::Pod>(object);
  const PodSummary summary = summarise(object);
  std::string restarts = std::to_string(summary.restarts);
  if (summary.restarts != 0 && summary.last_restart)
    restarts += fmt::format(" ({} ago)", since(summary.last_restart, now));
  const auto& gates = pod.spec->readinessGates;
  const auto passed = std::count_if(gates.begin(), gates.end(), [&](const api::ReadinessGate& gate) {
    return isTrue(pod.status.conditions, gate.conditionType);
  });
  return {object.meta.name,
          fmt::format("{}/{}", summary.ready, summary.total),
          summary.reason,
          restarts,
          ageText(object.meta, now),
          orNone(pod.status.podIPs.empty() ? pod.status.podIP : pod.status.podIPs.front().ip),
          orNone(pod.nodeName.empty() ? pod.spec->nodeName : pod.nodeName),
          orNone(pod.status.nominatedNodeName),
          gates.empty() ? std::string(kNone) : fmt::format("{}/{}", passed, gates.size())};
}

}  // namespace

std::string podStatusText(const api::Object& pod) { return summarise(pod).reason; }

Printer podPrinter() {
  return {{nameColumn(),
           {"Ready", "string", "Containers that are ready, of all.", 0, ""},
           {"Status", "string", "What the containers and the phase come to.", 0, ""},
           {"Restarts", "string", "How often containers were started again, and when the last time.", 0, ""},
           ageColumn(),
           {"IP", "string", "Address of the Pod.", 1, ""},
           {"Node", "string", "Node that the Pod is bound to.", 1, ""},
           {"Nominated Node", "string", "Node on which room is being made for the Pod.", 1, ""},
           {"Readiness Gates", "string", "Conditions beyond the containers that hold, of all.", 1, ""}},
          podCells};
}

}  // namespace jobset_twin::apiserver::printers
