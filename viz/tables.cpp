#include "viz/tables.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"
#include "viz/columns.hpp"
#include "viz/printers.hpp"
#include "viz/queue_tables.hpp"
#include "viz/report/report_text.hpp"
#include "viz/timeline.hpp"

namespace jobset_twin::viz {
namespace {

using api::ObjectPtr;
using api::TimePoint;

constexpr std::size_t kOddAtMost = 10;  // a state that so few share is listed whole
constexpr std::size_t kExamples = 3;    // ... of others that went wrong, so many

struct Frame {
  const scenarios::Outcome& outcome;
  const TableOptions& options;
  bool namespaces = false;       // several of them: a column of its own
  std::string single_namespace;  // otherwise the one, unless it is "default"
};

std::string heading(const Frame& frame, std::string_view text) {
  return frame.options.color ? fmt::format("\x1b[1m{}\x1b[0m\n", text) : fmt::format("{}\n", text);
}

std::string kubectlHeading(const Frame& frame, std::string_view what) {
  const std::string scope = frame.namespaces                 ? " -A"
                            : frame.single_namespace.empty() ? ""
                                                             : " -n " + frame.single_namespace;
  return heading(frame, fmt::format("$ kubectl get {}{}", what, scope));
}

// What Jobs and Pods have in common: the replicated job, else the Job, else nothing.
std::string groupOf(const Frame& frame, const api::Object& object) {
  const std::string_view jobset = object.meta.labels.get(jobset::kJobSetNameKey);
  const std::string_view replicated_job = object.meta.labels.get(jobset::kReplicatedJobNameKey);
  std::string group;
  if (!jobset.empty() && !replicated_job.empty()) {
    group = fmt::format("{}/{}", jobset, replicated_job);
  } else if (object.kind() == api::Kind::kPod) {
    const api::OwnerReference* owner = api::controllerOf(object.meta);
    group = owner ? owner->name : "-";
  } else {
    group = "-";
  }
  return frame.namespaces ? object.meta.namespace_ + "/" + group : group;
}

std::string stateOf(const api::Object& object) {
  switch (object.kind()) {
    case api::Kind::kPod: return podStatusText(object);
    case api::Kind::kJob: return jobStatusText(object);
    case api::Kind::kJobSet: {
      const api::JobSet& jobset = api::as<api::JobSet>(object);
      if (!jobset.status.terminalState.empty()) return jobset.status.terminalState;
      return api::conditionIs(jobset.status.conditions, "Suspended", "True") ? "Suspended" : "Active";
    }
    default: return "-";
  }
}

bool isOrdinary(std::string_view state) {
  constexpr std::string_view kOrdinary[] = {"Completed", "Complete", "Running", "Active"};
  return std::find(std::begin(kOrdinary), std::end(kOrdinary), state) != std::end(kOrdinary);
}

// More rows than fit: how many are in which state, and the ones that stand out.
std::string summary(const Frame& frame, const std::vector<ObjectPtr>& objects, std::string_view counted) {
  std::map<std::string, std::map<std::string, std::vector<ObjectPtr>>> groups;
  std::map<std::string, std::size_t> sizes;
  for (const ObjectPtr& object : objects) {
    const std::string group = groupOf(frame, *object);
    groups[group][stateOf(*object)].push_back(object);
    ++sizes[group];
  }
  Table counts{{"GROUP", "STATUS", std::string(counted)}, {}};
  std::vector<ObjectPtr> odd;
  std::size_t left_out = 0;
  for (const auto& [group, states] : groups) {
    for (const auto& [state, members] : states) {
      counts.rows.push_back({group, state, withThousands(static_cast<std::int64_t>(members.size()))});
      const bool few = members.size() <= kOddAtMost && members.size() * 2 < sizes[group];
      if (!few && isOrdinary(state)) continue;
      const std::size_t shown = members.size() <= kOddAtMost ? members.size() : kExamples;
      odd.insert(odd.end(), members.begin(), members.begin() + static_cast<std::ptrdiff_t>(shown));
      left_out += members.size() - shown;
    }
  }
  if (counts.rows.size() > frame.options.max_rows) {  // many small groups: by state alone
    std::map<std::string, std::int64_t> by_state;
    for (const ObjectPtr& object : objects) ++by_state[stateOf(*object)];
    counts = {{"STATUS", std::string(counted)}, {}};
    for (const auto& [state, count] : by_state) counts.rows.push_back({state, withThousands(count)});
  }
  if (odd.size() > frame.options.max_rows) {
    left_out += odd.size() - frame.options.max_rows;
    odd.resize(frame.options.max_rows);
  }
  std::string out = formatTable(counts);
  if (odd.empty()) return out;
  out += "among them\n";
  const bool wide = frame.options.wide && odd.front()->kind() == api::Kind::kPod;
  out += formatTable(objectTable(odd, frame.outcome.end, wide, frame.namespaces));
  if (left_out > 0) out += fmt::format("(and {} more)\n", withThousands(static_cast<std::int64_t>(left_out)));
  return out;
}

std::string kubectlTable(const Frame& frame, api::Kind kind, std::string_view what, std::string_view counted) {
  std::vector<ObjectPtr> objects;
  for (const ObjectPtr& object : frame.outcome.objects) {
    if (object->kind() == kind) objects.push_back(object);
  }
  if (objects.empty()) return {};
  const bool wide = kind == api::Kind::kPod && frame.options.wide;
  std::string out = kubectlHeading(frame, wide ? fmt::format("{} -o wide", what) : std::string(what));
  if (objects.size() > frame.options.max_rows) return out + summary(frame, objects, counted);
  return out + formatTable(objectTable(objects, frame.outcome.end, wide, frame.namespaces));
}

std::string goneJobSets(const Frame& frame) {
  Table table{{"JOBSET", "TERMINALSTATE", "RESTARTS"}, {}};
  for (const scenarios::JobSetOutcome& jobset : frame.outcome.jobsets) {
    if (!jobset.deleted) continue;
    const std::string name = frame.namespaces ? jobset.namespace_ + "/" + jobset.name : jobset.name;
    table.rows.push_back(
        {name, jobset.terminal_state.empty() ? "-" : jobset.terminal_state, std::to_string(jobset.restarts)});
  }
  if (table.rows.empty()) return {};
  if (table.rows.size() > frame.options.max_rows) {
    return heading(frame, fmt::format("{} JobSets were deleted before the end",
                                      withThousands(static_cast<std::int64_t>(table.rows.size()))));
  }
  return heading(frame, "JobSets that were deleted before the end") + formatTable(table);
}

// --- Kueue

std::string queuesTable(const Frame& frame) {
  const QueueTables queues = queueTables(frame.outcome.objects, frame.outcome.end, frame.namespaces);
  if (queues.cluster_queues.rows.empty()) return {};
  std::string out = heading(frame, "$ kubectl get clusterqueues -o wide");
  Table shown = queues.cluster_queues;
  if (shown.rows.size() > frame.options.max_rows) shown.rows.resize(frame.options.max_rows);
  out += formatTable(shown);
  if (shown.rows.size() < queues.cluster_queues.rows.size())
    out += fmt::format("(and {} more)\n", queues.cluster_queues.rows.size() - shown.rows.size());
  return out;
}

std::string workloadsOfQueuesTable(const Frame& frame) {
  const QueueTables queues = queueTables(frame.outcome.objects, frame.outcome.end, frame.namespaces);
  if (queues.workloads.rows.empty()) return {};
  const std::string title = kubectlHeading(frame, "workloads.kueue.x-k8s.io");
  return title + formatTable(queues.workloads.rows.size() > frame.options.max_rows ? queues.summary : queues.workloads);
}

// --- names

std::string sinceText(const Frame& frame, const std::optional<TimePoint>& at) {
  return at ? clockTime(*at - frame.outcome.start) : "never";
}

std::string namesSummary(const Frame& frame) {
  struct Group {
    std::int64_t pods = 0, resolvable = 0;
    std::optional<TimePoint> first, last;
    std::string example;
  };
  std::map<std::string, std::string> group_of;  // namespace/name of a Pod
  for (const ObjectPtr& object : frame.outcome.objects) {
    if (object->kind() == api::Kind::kPod)
      group_of[object->meta.namespace_ + "/" + object->meta.name] = groupOf(frame, *object);
  }
  std::map<std::string, Group> groups;
  for (const scenarios::PodNames& pod : frame.outcome.pod_names) {
    Group& group = groups[group_of[pod.pod]];
    ++group.pods;
    if (group.example.empty() && !pod.names.empty()) group.example = pod.names.front();
    if (!pod.first_resolvable) continue;
    ++group.resolvable;
    group.first = group.first ? std::min(*group.first, *pod.first_resolvable) : *pod.first_resolvable;
    group.last = std::max(group.last, pod.first_resolvable);
  }
  Table table{{"GROUP", "PODS", "RESOLVABLE", "FIRST", "LAST", "FOR EXAMPLE"}, {}};
  for (const auto& [name, group] : groups) {
    table.rows.push_back({name.empty() ? "-" : name, withThousands(group.pods), withThousands(group.resolvable),
                          sinceText(frame, group.first), sinceText(frame, group.last), group.example});
  }
  return formatTable(table);
}

std::string namesTable(const Frame& frame) {
  const auto& pods = frame.outcome.pod_names;
  if (pods.empty() || !frame.options.names) return {};
  std::string out = heading(frame, "names under which Pods are found, and since when they resolved");
  std::size_t rows = 0;
  for (const scenarios::PodNames& pod : pods) rows += pod.names.size();
  if (rows > frame.options.max_rows) return out + namesSummary(frame);
  Table table{{"POD", "SINCE", "NAME"}, {}};
  for (const scenarios::PodNames& pod : pods) {
    const std::size_t slash = pod.pod.find('/');
    std::string shown = frame.namespaces || slash == std::string::npos ? pod.pod : pod.pod.substr(slash + 1);
    if (pod.deleted) shown += " (gone)";
    std::string since = sinceText(frame, pod.first_resolvable);
    for (const std::string& name : pod.names) {
      table.rows.push_back({std::exchange(shown, ""), std::exchange(since, ""), name});
    }
  }
  return out + formatTable(table);
}

// --- containers that work together

std::string workloadsTable(const Frame& frame) {
  const auto& workloads = frame.outcome.workloads;
  if (workloads.empty()) return {};
  std::string out = heading(frame, "what containers did together");
  Table table{{"JOBSET", "MODEL", "DONE", "REPEATED", "TIMES OF", "GOODPUT", "USEFUL", "LOST", "SAVING", "RESTORING",
               "WAITING"},
              {}};
  const auto text = [](api::Duration time) { return report::shortDuration(time); };
  const auto nameOf = [&](const scenarios::WorkloadOutcome& one) {
    const std::size_t from = frame.namespaces ? 0 : one.jobset.find('/') + 1;
    return one.jobset.substr(from) + (one.deleted ? " (gone)" : "");
  };
  for (const scenarios::WorkloadOutcome& one : workloads) {
    const workload::GroupFigures& figures = one.figures;
    table.rows.push_back(
        {nameOf(one), figures.model,
         fmt::format("{} of {} {}", withThousands(figures.done), withThousands(figures.wanted), figures.unit),
         withThousands(figures.repeated), figures.ofWorkers() ? "all workers" : "the group",
         fmt::format("{:.1f} %", figures.times.goodput() * 100), text(figures.times.useful), text(figures.times.lost),
         text(figures.times.saving), text(figures.times.restoring), text(figures.times.waiting)});
  }
  out += formatTable(table);
  for (const scenarios::WorkloadOutcome& one : workloads) {
    const std::string whose =
        workloads.size() > 1 ? fmt::format("{}{}, {}: ", one.jobset, one.deleted ? " (gone)" : "", one.figures.model)
                             : "";
    for (const auto& [what, value] : one.figures.more) out += fmt::format("{}{}: {}\n", whose, what, value);
  }
  return out;
}

// --- stuck objects, expectations

std::string stuckTable(const Frame& frame) {
  const auto& stuck = frame.outcome.stuck;
  if (stuck.empty()) return {};
  std::string out =
      heading(frame, fmt::format("stuck: {} object{} that nothing moves any more",
                                 withThousands(static_cast<std::int64_t>(stuck.size())), stuck.size() == 1 ? "" : "s"));
  if (stuck.size() <= frame.options.max_rows) {
    Table table{{"OBJECT", "REASON"}, {}};
    for (const scenarios::StuckObject& object : stuck) table.rows.push_back({object.object, object.reason});
    return out + formatTable(table);
  }
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const scenarios::StuckObject& object : stuck) by_reason[object.reason].push_back(object.object);
  Table table{{"OBJECTS", "FOR EXAMPLE", "REASON"}, {}};
  std::size_t left_out = 0;
  for (const auto& [reason, objects] : by_reason) {
    if (table.rows.size() == frame.options.max_rows) {
      left_out += objects.size();
    } else {
      table.rows.push_back({withThousands(static_cast<std::int64_t>(objects.size())), objects.front(), reason});
    }
  }
  out += formatTable(table);
  if (left_out > 0) out += fmt::format("(and {} more)\n", withThousands(static_cast<std::int64_t>(left_out)));
  return out;
}

std::string expectationsTable(const Frame& frame) {
  const auto& all = frame.outcome.expectations;
  if (all.empty()) return {};
  const auto unmet =
      std::count_if(all.begin(), all.end(), [](const scenarios::ExpectationResult& e) { return !e.met; });
  std::string out = heading(frame, unmet == 0 ? std::string("expectations: all met")
                                              : fmt::format("expectations: {} of {} not met", unmet, all.size()));
  for (const scenarios::ExpectationResult& expectation : all) {
    const std::string found =
        expectation.found.empty()
            ? ""
            : fmt::format("{}found: {}", expectation.met ? "; " : "\n           ", expectation.found);
    const std::string_view mark = expectation.met ? "met    " : "NOT MET";
    if (frame.options.color) {
      out += fmt::format("  {}{}\x1b[0m  {}{}\n", expectation.met ? "\x1b[32m" : "\x1b[31m", mark, expectation.text,
                         found);
    } else {
      out += fmt::format("  {}  {}{}\n", mark, expectation.text, found);
    }
  }
  return out;
}

}  // namespace

std::string tables(const scenarios::Outcome& outcome, const TableOptions& options) {
  std::set<std::string> namespaces;
  for (const ObjectPtr& object : outcome.objects) {
    const api::Kind kind = object->kind();
    if (kind == api::Kind::kJobSet || kind == api::Kind::kJob || kind == api::Kind::kPod)
      namespaces.insert(object->meta.namespace_);
  }
  Frame frame{outcome, options, namespaces.size() > 1, ""};
  if (namespaces.size() == 1 && *namespaces.begin() != "default") frame.single_namespace = *namespaces.begin();
  std::string out;
  for (const std::string& section :
       {kubectlTable(frame, api::Kind::kJobSet, "jobsets", "JOBSETS"), goneJobSets(frame),
        kubectlTable(frame, api::Kind::kJob, "jobs", "JOBS"), kubectlTable(frame, api::Kind::kPod, "pods", "PODS"),
        queuesTable(frame), workloadsOfQueuesTable(frame), namesTable(frame), workloadsTable(frame), stuckTable(frame),
        expectationsTable(frame)}) {
    if (section.empty()) continue;
    if (!out.empty()) out += '\n';
    out += section;
  }
  return out;
}

}  // namespace jobset_twin::viz
