// report.hpp - what a run cost and why, as plain values: causes with their consequences, restarts with the parts of
// their time, how long Pods took to start, and the way that the slowest took. docs/output.md describes it.
//
// Made from a ledger once the run is over; report_text.hpp and report_json.hpp write it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {

struct RestartRow {
  std::string object;  // "jobset/x", "job/x-w-0": what was restarted
  StartKind kind = StartKind::kJobSet;
  std::int32_t number = 0;
  TimePoint fault{}, failed{}, began{}, torn_down{}, bound{}, ended{};
  Duration detection{}, teardown{}, rescheduling{}, start_up{}, lost{};
  std::uint32_t pods = 0, nodes = 0;
  double pod_seconds = 0, node_hours = 0, pod_seconds_done = 0;
  bool ready = false;
  std::string ended_by;  // unless ready
  std::string cause;     // "pod/x: container main exits with code 1"
  std::size_t alarm = 0;
  std::size_t start = 0;  // of StartRow
};

// Pods or containers of one owner that were restarted by themselves, for the like causes.
struct RepairRow {
  std::string of;  // "workers of jobset/x"
  RepairKind kind = RepairKind::kContainers;
  std::size_t times = 0;
  Duration detection{}, teardown{}, rescheduling{}, start_up{}, lost{}, longest{};  // longest: of one
  double pod_seconds = 0, node_hours = 0, pod_seconds_done = 0;
  std::string object;  // that took longest
  std::string cause;
  std::optional<std::size_t> alarm;
};

// What has the same cause.
struct Alarm {
  std::string text;  // "node/n-3: is not Ready: …", or what the like have in common
  TimePoint first{}, last{};
  std::size_t times = 0;  // causes of the kind
  std::size_t pods_failed = 0, jobs_failed = 0, restarts = 0, jobsets_failed = 0;
  std::size_t containers_failed = 0;  // of Pods that went on
  std::size_t containers_restarted = 0, pods_replaced = 0;
  std::size_t starts_held = 0;       // that it hindered
  std::size_t objects_held = 0;      // of the delays
  Duration held{};                   // ... for how long, all together
  std::vector<std::string> objects;  // whose failure it is, the first few
  Duration lost{};
  double pod_seconds = 0, node_hours = 0, pod_seconds_done = 0;
};

struct StartRow {
  std::string object;
  StartKind kind = StartKind::kFirst;
  std::int32_t number = 0;
  TimePoint began{};  // from which the path counts
  bool ready = false;
  Duration took{};
  std::string ended_by;
  Summary stages[kStages];
  std::vector<PathStep> path;
  std::vector<Held> held;  // by what, the longest first
  // Of the first and the last start of a JobSet: each Pod, and when its peers could first find its name.
  std::vector<std::pair<std::string, std::optional<TimePoint>>> names;
};

// Something that kept objects waiting without ending them: no node, an image that cannot be pulled, a refused request.
struct Delay {
  std::string what;  // "no node for workers of jobset/x"
  std::size_t times = 0, objects = 0;
  TimePoint first{}, last{};
  Duration longest{};           // of one object, where it is known
  std::string object, example;  // whose it was, and in which words
  std::string because;          // of the fault that it is put down to; "": none
};

// A fault that hindered something, as its alarm is called.
struct Hindrance {
  std::string name;  // "fault dns-1 (dns-down)"
  std::size_t alarm = 0;
};

struct RunReport {
  TimePoint start{}, end{};
  std::vector<Alarm> alarms;                      // by cost
  std::vector<RestartRow> restarts;               // by cost
  std::vector<RepairRow> repairs;                 // by cost
  std::vector<StartRow> starts;                   // in order
  std::vector<Delay> delays;                      // by how often
  std::map<std::uint32_t, Hindrance> hindrances;  // by Held::event
  Duration lost{};
  double pod_seconds = 0, node_hours = 0, pod_seconds_done = 0;
  std::vector<std::string> missing;  // what cannot be told, and why
};

RunReport makeReport(const Ledger& ledger);

std::string_view stageName(Stage stage);  // "scheduled"

}  // namespace jobset_twin::viz::report
