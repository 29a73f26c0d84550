#include "viz/report/report.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "engine/api/time.hpp"

namespace jobset_twin::viz::report {
namespace {

constexpr std::size_t kObjectsTold = 3;
constexpr double kSecondsPerHour = 3600;

// Alarms by what their causes have in common.
class Alarms {
 public:
  explicit Alarms(const Ledger& ledger) : ledger_(ledger) {}

  Alarm& of(Id root) {
    const Event& event = ledger_.events()[root];
    const auto [at, added] = index_.try_emplace(event.alike, alarms_.size());
    if (added) {
      alarms_.emplace_back();
      alarms_.back().first = event.at;
      alarms_.back().text = ledger_.textOf(root);
    }
    return alarms_[at->second];
  }

  void cause(Id root) {
    const Event& event = ledger_.events()[root];
    Alarm& alarm = of(root);
    ++alarm.times;
    if (alarm.times > 1) alarm.text = event.alike;
    alarm.first = std::min(alarm.first, event.at);
    alarm.last = std::max(alarm.last, event.at);
    if (alarm.objects.size() < kObjectsTold) alarm.objects.push_back(ledger_.nameOf(event.thing, event.subject));
  }

  std::size_t indexOf(Id root) const { return index_.at(ledger_.events()[root].alike); }
  std::vector<Alarm> take() { return std::move(alarms_); }

 private:
  const Ledger& ledger_;
  std::map<std::string, std::size_t> index_;
  std::vector<Alarm> alarms_;
};

void countConsequences(const Ledger& ledger, Alarms& alarms) {
  for (std::size_t i = ledger.firstEvent(); i < ledger.events().size(); ++i) {
    const Event& event = ledger.events()[i];
    const Id root = ledger.rootOf(static_cast<Id>(i));
    // What did no harm is no alarm.
    if (event.kind == EventKind::kJobSetOver && ledger.jobsets()[event.subject].terminal != "Failed") continue;
    if (event.kind == EventKind::kDeleted || event.kind == EventKind::kSuspended) continue;
    if (root == i) alarms.cause(root);
    if (ledger.events()[root].kind == EventKind::kSuspended && alarms.of(root).times == 0) alarms.cause(root);
    Alarm& alarm = alarms.of(root);
    const bool of_pod = event.kind == EventKind::kPodFailed && ledger.pods()[event.subject].failure == i;
    if (of_pod) ++alarm.pods_failed;
    if (event.kind == EventKind::kPodFailed && !of_pod) alarm.containers_failed += event.times;
    if (event.kind == EventKind::kJobFailed) ++alarm.jobs_failed;
    if (event.kind == EventKind::kJobSetOver) ++alarm.jobsets_failed;
  }
}

// Whether it came with a restart in place of the whole JobSet.
bool isPartOfARestart(const Ledger& ledger, const Repair& repair) {
  const Id job = ledger.pods()[repair.pod].job;
  if (repair.kind != RepairKind::kContainers || job == kNone || ledger.jobs()[job].jobset == kNone) return false;
  const std::vector<Id>& starts = ledger.jobsets()[ledger.jobs()[job].jobset].starts;
  return std::any_of(starts.begin(), starts.end(), [&](Id id) {
    const StartRecord& start = ledger.starts()[id];
    return start.kind == StartKind::kInPlace && start.fault <= repair.ended && repair.ended <= start.ended;
  });
}

// Until the Pod, or that which took its place, is ready, or ends itself.
RepairRow rowOf(const Ledger& ledger, const Repair& repair) {
  const PodRecord& next = ledger.pods()[repair.next];
  RepairRow row;
  row.of = ledger.ownerText(repair.pod);
  row.kind = repair.kind;
  row.times = repair.times;
  TimePoint made = repair.ended, bound = repair.ended, ready = repair.ready;
  if (repair.kind != RepairKind::kContainers) {
    made = next.created;
    bound = next.scheduled;
    ready = next.ready;
  }
  const TimePoint end = std::max(repair.ended, std::min({ready, next.over, next.deleting, next.gone, ledger.end()}));
  made = std::clamp(made, repair.ended, end);
  bound = std::clamp(bound, made, end);
  row.detection = repair.ended - repair.fault;
  row.teardown = made - repair.ended;
  row.rescheduling = bound - made;
  row.start_up = end - bound;
  row.lost = row.longest = end - repair.fault;
  row.pod_seconds = api::secondsOf(row.lost);
  row.node_hours = row.pod_seconds / kSecondsPerHour;
  row.pod_seconds_done = repair.seconds_done;
  row.object = ledger.nameOf(Thing::kPod, repair.pod);
  return row;
}

void add(RepairRow& sum, RepairRow one) {
  if (sum.times == 0) {
    sum = std::move(one);
    return;
  }
  sum.times += one.times;
  sum.detection += one.detection;
  sum.teardown += one.teardown;
  sum.rescheduling += one.rescheduling;
  sum.start_up += one.start_up;
  sum.lost += one.lost;
  sum.pod_seconds += one.pod_seconds;
  sum.node_hours += one.node_hours;
  sum.pod_seconds_done += one.pod_seconds_done;
  if (one.longest <= sum.longest) return;
  sum.longest = one.longest;
  sum.object = std::move(one.object);
}

std::vector<RepairRow> repairsOf(const Ledger& ledger, Alarms& alarms) {
  std::map<std::tuple<std::string, RepairKind, std::string>, RepairRow> rows;
  for (const Repair& repair : ledger.repairs()) {
    if (isPartOfARestart(ledger, repair)) continue;
    RepairRow row = rowOf(ledger, repair);
    const Id root = ledger.rootOf(repair.cause);
    if (root != kNone) {
      Alarm& alarm = alarms.of(root);
      (repair.kind == RepairKind::kContainers ? alarm.containers_restarted : alarm.pods_replaced) += repair.times;
      alarm.pod_seconds += row.pod_seconds;
      alarm.node_hours += row.node_hours;
      alarm.pod_seconds_done += row.pod_seconds_done;
      row.alarm = alarms.indexOf(root);
      row.cause = alarm.text;
    }
    const std::string alike = root == kNone ? std::string() : ledger.events()[root].alike;
    add(rows[{row.of, row.kind, alike}], std::move(row));
  }
  std::vector<RepairRow> out;
  for (auto& [key, row] : rows) out.push_back(std::move(row));
  std::stable_sort(out.begin(), out.end(),
                   [](const RepairRow& a, const RepairRow& b) { return a.pod_seconds > b.pod_seconds; });
  return out;
}

RestartRow restartOf(const Ledger& ledger, const StartRecord& start) {
  RestartRow row;
  row.object = start.only_job == kNone ? ledger.nameOf(Thing::kJobSet, start.jobset)
                                       : ledger.nameOf(Thing::kJob, start.only_job);
  row.kind = start.kind;
  row.number = start.number;
  row.fault = start.fault;
  row.failed = start.failed;
  row.began = start.began;
  row.torn_down = start.torn_down;
  row.bound = start.bound;
  row.ended = reached(start.ready) ? start.ready : start.ended;
  row.ready = reached(start.ready);
  row.ended_by = start.ended_by;
  row.detection = row.failed - row.fault;
  row.teardown = row.torn_down - row.failed;
  row.rescheduling = row.bound - row.torn_down;
  row.start_up = row.ended - row.bound;
  row.lost = row.ended - row.fault;
  row.pods = start.pods_down;
  row.nodes = start.nodes_down;
  row.pod_seconds = row.pods * api::secondsOf(row.lost);
  row.node_hours = row.nodes * api::secondsOf(row.lost) / kSecondsPerHour;
  row.pod_seconds_done = start.pod_seconds_done;
  return row;
}

StartRow startOf(const Ledger& ledger, const StartRecord& start) {
  StartRow row;
  row.object = start.only_job == kNone ? ledger.nameOf(Thing::kJobSet, start.jobset)
                                       : ledger.nameOf(Thing::kJob, start.only_job);
  row.kind = start.kind;
  row.number = start.number;
  row.began = start.event == kNone ? start.began : start.fault;
  row.ready = reached(start.ready);
  row.took = (row.ready ? start.ready : start.ended) - row.began;
  row.ended_by = start.ended_by;
  std::copy(std::begin(start.stages), std::end(start.stages), std::begin(row.stages));
  row.path = start.path;
  row.held = start.held;
  if (start.jobset == kNone) return row;
  const std::vector<Id>& all = ledger.jobsets()[start.jobset].starts;
  if (&start != &ledger.starts()[all.front()] && &start != &ledger.starts()[all.back()]) return row;
  for (const Id job : start.jobs) {
    for (const Id id : ledger.jobs()[job].pods) {
      const PodRecord& pod = ledger.pods()[id];
      if (pod.created > start.ended) continue;
      row.names.emplace_back(ledger.nameOf(Thing::kPod, id),
                             reached(pod.resolvable) ? std::optional(pod.resolvable) : std::nullopt);
    }
  }
  return row;
}

// Pods that the scheduler had no node for at first, by whose they are; then what Events and refused requests told.
std::vector<Delay> delaysOf(const Ledger& ledger) {
  std::map<std::string, Delay> by_owner;
  for (std::size_t i = 0; i < ledger.pods().size(); ++i) {
    const PodRecord& pod = ledger.pods()[i];
    if (!reached(pod.refused_node)) continue;
    Delay& delay = by_owner[ledger.ownerText(static_cast<Id>(i))];
    const Duration waited = std::min({pod.scheduled, pod.deleting, ledger.end()}) - pod.refused_node;
    if (delay.times++ == 0) delay.first = pod.refused_node;
    delay.first = std::min(delay.first, pod.refused_node);
    delay.last = std::max(delay.last, pod.refused_node + waited);
    ++delay.objects;
    if (delay.objects > 1 && waited <= delay.longest) continue;
    delay.longest = waited;
    const std::vector<Held> held = ledger.heldBy({doing::kScheduler | doing::kRoom, static_cast<Id>(i), {}},
                                                 pod.refused_node, pod.refused_node + waited);
    delay.because = held.empty() ? std::string() : ledger.events()[held.front().event].alike;
    delay.object = ledger.nameOf(Thing::kPod, static_cast<Id>(i));
    delay.example = ledger.word(pod.no_node);
  }
  std::vector<Delay> out;
  for (auto& [owner, delay] : by_owner) {
    delay.what = "no node for Pods of " + owner;
    out.push_back(std::move(delay));
  }
  for (const auto& [key, trouble] : ledger.troubles()) {
    out.push_back({trouble.what, trouble.times, trouble.objects.size(), trouble.first, trouble.last, trouble.longest,
                   trouble.object, trouble.example,
                   trouble.cause == kNone ? std::string() : ledger.events()[trouble.cause].alike});
  }
  std::stable_sort(out.begin(), out.end(), [](const Delay& a, const Delay& b) { return a.times > b.times; });
  return out;
}

}  // namespace

std::string_view stageName(Stage stage) {
  constexpr std::string_view kNames[] = {"created", "scheduled", "image pulled", "started", "ready", "resolvable"};
  return kNames[static_cast<std::size_t>(stage)];
}

RunReport makeReport(const Ledger& ledger) {
  RunReport report;
  report.start = ledger.start();
  report.end = ledger.end();
  Alarms alarms(ledger);
  countConsequences(ledger, alarms);
  for (const StartRecord& start : ledger.starts()) {
    if (start.unseen) continue;
    report.starts.push_back(startOf(ledger, start));
    for (const Held& held : start.held) {
      Alarm& alarm = alarms.of(held.event);
      // What brought the restart about needs not be told again.
      if (start.event == kNone || ledger.rootOf(start.event) != ledger.rootOf(held.event)) {
        ++alarm.starts_held;
        alarm.held += held.time;
      }
      report.hindrances[held.event] = {ledger.events()[held.event].alike, alarms.indexOf(held.event)};
    }
    if (start.event == kNone) continue;
    RestartRow row = restartOf(ledger, start);
    row.start = report.starts.size() - 1;
    const Id root = ledger.rootOf(start.event);
    Alarm& alarm = alarms.of(root);
    ++alarm.restarts;
    alarm.lost += row.lost;
    alarm.pod_seconds += row.pod_seconds;
    alarm.node_hours += row.node_hours;
    alarm.pod_seconds_done += row.pod_seconds_done;
    row.alarm = alarms.indexOf(root);
    row.cause = ledger.textOf(root);
    report.lost += row.lost;
    report.pod_seconds += row.pod_seconds;
    report.node_hours += row.node_hours;
    report.pod_seconds_done += row.pod_seconds_done;
    report.restarts.push_back(std::move(row));
  }
  report.repairs = repairsOf(ledger, alarms);
  for (const auto& [key, trouble] : ledger.troubles()) {
    if (trouble.cause != kNone) alarms.of(trouble.cause).objects_held += trouble.objects.size();
  }
  report.delays = delaysOf(ledger);
  report.missing = ledger.missing();
  std::vector<Alarm> made = alarms.take();
  std::vector<std::size_t> order(made.size()), place(made.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto weight = [&](std::size_t i) {
      return std::tuple(made[i].pod_seconds, made[i].jobsets_failed, made[i].jobs_failed, made[i].pods_failed,
                        made[i].held);
    };
    return weight(a) > weight(b);
  });
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  for (const std::size_t i : order) report.alarms.push_back(std::move(made[i]));
  for (RestartRow& row : report.restarts) row.alarm = place[row.alarm];
  for (RepairRow& row : report.repairs) {
    if (row.alarm) row.alarm = place[*row.alarm];
  }
  for (auto& [event, hindrance] : report.hindrances) hindrance.alarm = place[hindrance.alarm];
  std::stable_sort(report.restarts.begin(), report.restarts.end(),
                   [](const RestartRow& a, const RestartRow& b) { return a.pod_seconds > b.pod_seconds; });
  return report;
}

}  // namespace jobset_twin::viz::report
