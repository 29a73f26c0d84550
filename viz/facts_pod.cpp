#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/api/ascii.hpp"
#include "viz/facts.hpp"
#include "viz/facts_text.hpp"

namespace jobset_twin::viz {

using apiserver::WatchEvent;
using apiserver::WatchType;

namespace {

// The Job's conditions tell these.
bool isJobConditionReason(std::string_view reason) {
  constexpr std::string_view kReasons[] = {"BackoffLimitExceeded",     "DeadlineExceeded", "PodFailurePolicy",
                                           "MaxFailedIndexesExceeded", "FailedIndexes",    "Suspended"};
  return std::find(std::begin(kReasons), std::end(kReasons), reason) != std::end(kReasons);
}

}  // namespace

Fact FactReader::podFact(const WatchEvent& change, Weight weight, std::string text, std::string phase) const {
  Fact fact = factAlone(change, "pod", weight, std::move(text));
  const api::ObjectMeta& meta = change.object->meta;
  if (const Group* group = podGroup(meta.namespace_, meta.name)) joinGroup(fact, *group, std::move(phase));
  return fact;
}

void FactReader::readPod(const WatchEvent& change, Facts& out) const {
  const api::Pod& pod = api::as<api::Pod>(change.object);
  if (change.type == WatchType::kDeleted) {
    out.push_back(podFact(change, Weight::kStep, "deleted", "Pods deleted"));
    return;
  }
  if (change.type == WatchType::kAdded) {
    const bool gated = !pod.spec->schedulingGates.empty();
    out.push_back(
        podFact(change, Weight::kStep, gated ? "created, held by its scheduling gates" : "created", "Pods created"));
  }
  if (!pod.nodeName.empty() && (!change.previous || api::as<api::Pod>(change.previous).nodeName.empty())) {
    out.push_back(podFact(change, Weight::kStep, "scheduled to " + pod.nodeName, "Pods scheduled"));
  }
  readPodStatus(change, out);
  if (startedDeletion(change)) {
    const bool running = pod.status.phase == "Running";
    const std::int64_t grace = change.object->meta.deletionGracePeriodSeconds.value_or(0);
    out.push_back(podFact(change, Weight::kStep,
                          running ? fmt::format("is being deleted: SIGTERM, then up to {} s of grace", grace)
                                  : std::string("is being deleted"),
                          "Pods being deleted"));
  }
}

void FactReader::readPodStatus(const WatchEvent& change, Facts& out) const {
  static const api::PodStatus kNothing{};
  const api::PodStatus& before = change.previous ? api::as<api::Pod>(change.previous).status : kNothing;
  const api::PodStatus& now = api::as<api::Pod>(change.object).status;
  const auto add = [&](Weight weight, std::string text, std::string phase) {
    out.push_back(podFact(change, weight, std::move(text), std::move(phase)));
  };
  const api::Condition* scheduled = api::findCondition(now.conditions, "PodScheduled");
  if (scheduled && scheduled->status == "False" && scheduled->reason != "SchedulingGated") {
    const api::Condition* old = api::findCondition(before.conditions, "PodScheduled");
    if (!old || old->message != scheduled->message) {
      add(Weight::kFailure, fmt::format("cannot be scheduled: {}", scheduled->message),
          "Pods that cannot be scheduled");
    }
  }
  if (const api::Condition* target = api::findCondition(now.conditions, "DisruptionTarget");
      target && turned(before.conditions, *target)) {
    add(Weight::kFailure, conditionText(*target), "Pods disrupted");
  }
  const bool ready = api::conditionIs(now.conditions, "Ready", "True"),
             was_ready = api::conditionIs(before.conditions, "Ready", "True");
  const bool deleting = change.object->meta.deletionTimestamp.has_value();
  const bool over = now.phase == "Succeeded" || now.phase == "Failed";
  if (now.phase == "Running" && before.phase != "Running") {
    add(Weight::kStep, ready ? "Running and Ready" : "Running", ready ? "Running and Ready" : "Running");
  } else if (ready && !was_ready) {
    add(Weight::kStep, "Ready", "Ready");
  } else if (!ready && was_ready && !over && !deleting) {
    add(Weight::kFailure, "no longer Ready", "no longer Ready");
  }
  for (const api::ContainerStatus& container : now.containerStatuses) {
    const auto old = std::find_if(before.containerStatuses.begin(), before.containerStatuses.end(),
                                  [&](const api::ContainerStatus& c) { return c.name == container.name; });
    if (old != before.containerStatuses.end() && container.restartCount > old->restartCount) {
      add(Weight::kDecision,
          fmt::format("container {} starts again (restart {})", container.name, container.restartCount),
          "container restarts");
    }
  }
  if (now.phase == before.phase || !over) return;
  if (now.phase == "Succeeded") return add(Weight::kGood, "Succeeded", "Succeeded");
  std::string why = now.reason;
  bool told = false;  // by the container's own note
  for (const auto* statuses : {&now.initContainerStatuses, &now.containerStatuses}) {
    for (const api::ContainerStatus& container : *statuses) {
      const auto& ended = container.state.terminated;
      if (!ended || ended->exitCode == 0) continue;
      told = true;
      why += fmt::format("{}container {} exit code {}", why.empty() ? "" : ", ", container.name, ended->exitCode);
    }
  }
  const bool news = !deleting && (!told || !now.reason.empty());
  add(news ? Weight::kFailure : Weight::kStep, "Failed" + (why.empty() ? "" : " (" + why + ")"),
      deleting ? "Failed after their deletion" : "Failed");
}

// Events of the API that tell what no change of an object does.
void FactReader::readEvent(const WatchEvent& change, Facts& out) const {
  if (change.type != WatchType::kAdded) return;
  const api::Event& event = api::as<api::Event>(change.object);
  const api::ObjectReference& about = event.regarding;
  if (event.reason == "Pulling" && about.kind == "Pod") {
    Fact fact{change.at, Weight::kStep, shortName("pod", about.namespace_, about.name), event.note, {}, {}, {}, 0};
    fact.text.front() = 'p';  // "pulling image"
    if (const Group* group = podGroup(about.namespace_, about.name)) joinGroup(fact, *group, "Pods pulling an image");
    out.push_back(std::move(fact));
    return;
  }
  if (event.type != "Warning" && event.reason != "Preempted" && event.reason != "TaintManagerEviction") return;
  if (about.kind == "Workload") return;  // its conditions say the same
  if (about.kind == "Job" && isJobConditionReason(event.reason)) return;
  if (about.kind == "Pod" && event.reason == "FailedScheduling") return;
  if (about.kind == "JobSet") {
    const auto seen = jobsets_.find(about.namespace_ + "/" + about.name);
    // The policy's own events come with the status that was told already.
    if (event.reason.ends_with("FailurePolicyAction") ||
        (seen != jobsets_.end() && seen->second.told.contains(event.reason)))
      return;
  }
  Fact fact{change.at,
            Weight::kFailure,
            shortName(api::lowerCase(about.kind), about.namespace_, about.name),
            event.reason + ": " + event.note,
            {},
            {},
            {},
            0};
  if (about.kind == "Pod") {
    if (const Group* group = podGroup(about.namespace_, about.name))
      joinGroup(fact, *group, "Pods with event " + event.reason);
  }
  out.push_back(std::move(fact));
}

}  // namespace jobset_twin::viz
