#include "scenarios/expectations.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "scenarios/read_parts.hpp"
#include "sim/cluster/component.hpp"

namespace jobset_twin::scenarios {
namespace {

constexpr std::size_t kNamesKept = 4096;  // for "did you mean"

constexpr std::string_view kIndexLabel = "batch.kubernetes.io/job-completion-index";

// The name without the suffix that the API server made; "" when the whole name was given.
std::string sharedName(const api::ObjectMeta& meta) {
  const std::string& prefix = meta.generateName;
  if (prefix.empty() || !meta.name.starts_with(prefix)) return {};
  return prefix.ends_with('-') ? prefix.substr(0, prefix.size() - 1) : prefix;
}

std::string named(const api::Object& object, const std::string& name) {
  if (object.meta.namespace_.empty()) return fmt::format("{}/{}", api::kindNameOf(object), name);
  return fmt::format("{}/{}/{}", api::kindNameOf(object), object.meta.namespace_, name);
}

bool jobSetReady(const api::JobSet& jobset) {
  std::int64_t wanted = 0, there = 0;
  for (const api::ReplicatedJob& job : jobset.spec->replicatedJobs) wanted += job.replicas.value_or(1);
  for (const api::ReplicatedJobStatus& job : jobset.status.replicatedJobsStatus) there += job.ready + job.succeeded;
  return wanted > 0 && there >= wanted;
}

bool jobReady(const api::Job& job) {
  std::int64_t wanted = job.spec->parallelism.value_or(1);
  if (job.spec->completions) wanted = std::min<std::int64_t>(wanted, *job.spec->completions);
  return wanted > 0 && job.status.ready.value_or(0) + job.status.succeeded >= wanted;
}

struct State {
  std::array<bool, kMomentCount> now{};
  std::int64_t restarts = 0;
  std::string phase, terminal_state;
  const std::vector<api::Condition>* conditions = nullptr;
  bool& operator[](Moment moment) { return now[static_cast<std::size_t>(moment)]; }
};

State jobSetState(const api::JobSet& jobset) {
  State state;
  state.conditions = &jobset.status.conditions;
  state.terminal_state = jobset.status.terminalState;
  state.restarts = jobset.status.restarts;
  for (const api::ReplicatedJobStatus& job : jobset.status.replicatedJobsStatus) {
    state[Moment::kRunning] = state[Moment::kRunning] || job.active > 0;
  }
  state[Moment::kReady] = jobSetReady(jobset);
  state[Moment::kSucceeded] = state.terminal_state == "Completed";
  state[Moment::kFailed] = state.terminal_state == "Failed";
  return state;
}

State jobState(const api::Job& job) {
  State state;
  state.conditions = &job.status.conditions;
  state[Moment::kRunning] = job.status.active > 0;
  state[Moment::kReady] = jobReady(job);
  state[Moment::kSucceeded] = api::conditionIs(job.status.conditions, "Complete", "True");
  state[Moment::kFailed] = api::conditionIs(job.status.conditions, "Failed", "True");
  return state;
}

State podState(const api::Pod& pod) {
  State state;
  state.conditions = &pod.status.conditions;
  state.phase = pod.status.phase;
  for (const auto* statuses : {&pod.status.initContainerStatuses, &pod.status.containerStatuses}) {
    for (const api::ContainerStatus& container : *statuses) state.restarts += container.restartCount;
  }
  state[Moment::kScheduled] = !pod.nodeName.empty();
  state[Moment::kRunning] = pod.status.phase == "Running";
  state[Moment::kReady] = api::conditionIs(pod.status.conditions, "Ready", "True");
  state[Moment::kSucceeded] = pod.status.phase == "Succeeded";
  state[Moment::kFailed] = pod.status.phase == "Failed";
  return state;
}

State stateOf(const api::Object& object) {
  State state;
  switch (object.kind()) {
    case api::Kind::kJobSet: state = jobSetState(api::as<api::JobSet>(object)); break;
    case api::Kind::kJob: state = jobState(api::as<api::Job>(object)); break;
    case api::Kind::kPod: state = podState(api::as<api::Pod>(object)); break;
    case api::Kind::kNode:
      state.conditions = &api::as<api::Node>(object).status.conditions;
      state[Moment::kReady] = api::conditionIs(*state.conditions, "Ready", "True");
      break;
    default: break;
  }
  state[Moment::kCreated] = true;
  state[Moment::kDeleting] = object.meta.deletionTimestamp.has_value();
  state[Moment::kRestarted] = state.restarts > 0;
  state[Moment::kFinished] = state[Moment::kSucceeded] || state[Moment::kFailed];
  if (state.conditions) state[Moment::kSuspended] = api::conditionIs(*state.conditions, "Suspended", "True");
  return state;
}

std::int64_t occurrences(const api::Object& object) {
  const api::Event& event = api::as<api::Event>(object);
  const std::int64_t series = event.series ? event.series->count : 0;
  return std::max<std::int64_t>({1, event.count, series});
}

}  // namespace

bool matchesPattern(std::string_view pattern, std::string_view name) {
  // Greedy with one point to come back to: the last star.
  std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

ExpectationRecorder::ExpectationRecorder(const std::vector<Expectation>& expectations) {
  for (std::size_t i = 0; i < expectations.size(); ++i) {
    const Expectation& e = expectations[i];
    for (const std::string* pattern : {&e.object, &e.before_object, &e.after_object}) {
      if (!pattern->empty() && std::find(patterns_.begin(), patterns_.end(), *pattern) == patterns_.end())
        patterns_.push_back(*pattern);
    }
    const auto index = static_cast<std::uint32_t>(i);
    if (e.wantsEvent()) events_.push_back({index, e.object, e.event_reason, e.event_type, e.event_message, {}});
    if (e.log_contains) lines_.push_back({index, e.object, {}, {}, {}, e.log_contains});
    wants_notes_ = wants_notes_ || e.log_contains || e.reaches == Moment::kResolvable ||
                   (!e.before_object.empty() && e.before_moment == Moment::kResolvable) ||
                   (!e.after_object.empty() && e.after_moment == Moment::kResolvable);
  }
}

bool ExpectationRecorder::wanted(std::string_view name) const {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const std::string& pattern) { return matchesPattern(pattern, name); });
}

void ExpectationRecorder::reach(ObjectRecord& record, Moment moment, TimePoint at) {
  Stamp& stamp = record.first[static_cast<std::size_t>(moment)];
  if (!stamp.happened()) stamp = {at, ++order_};
}

ObjectRecord* ExpectationRecorder::recordOf(const std::string& full_name) {
  const auto identity = identity_.find(full_name);
  const auto found = records_.find(identity == identity_.end() ? full_name : identity->second);
  return found == records_.end() ? nullptr : &found->second;
}

void ExpectationRecorder::onChange(const apiserver::WatchEvent& change) {
  if (patterns_.empty()) return;
  const api::Object& object = *change.object;
  if (object.kind() == api::Kind::kEvent) return onEvent(change);
  const std::string full = named(object, object.meta.name);
  const std::string common = sharedName(object.meta);
  const std::string alias = common.empty() ? std::string() : named(object, common);
  if (change.type == apiserver::WatchType::kAdded && object.kind() != api::Kind::kEndpointSlice &&
      seen_.size() < kNamesKept) {
    seen_.insert(alias.empty() ? full : alias);
  }
  const bool lasting = !alias.empty() && object.meta.labels.contains(kIndexLabel);
  const bool by_alias = !alias.empty() && wanted(alias);
  if (!by_alias && (lasting || !wanted(full))) return;
  const std::string& key = lasting ? alias : full;
  if (lasting) identity_[full] = key;
  ObjectRecord& record = records_[key];
  if (record.name.empty()) {
    record.name = key;
    record.alias = lasting ? std::string() : alias;
  }
  State state = stateOf(object);
  state[Moment::kDeleted] = change.type == apiserver::WatchType::kDeleted;
  for (std::size_t i = 0; i < kMomentCount; ++i) {
    if (state.now[i]) reach(record, static_cast<Moment>(i), change.at);
  }
  if (change.type == apiserver::WatchType::kAdded) {
    ++record.instances;
    record.uid = object.meta.uid;
  }
  if (record.uid != object.meta.uid) return;  // an earlier instance that is still going away
  record.restarts = state.restarts;
  record.phase = std::move(state.phase);
  record.terminal_state = std::move(state.terminal_state);
  record.conditions.clear();
  if (!state.conditions) return;
  for (const api::Condition& condition : *state.conditions) {
    if (condition.status == "True") record.conditions.emplace_back(condition.type, condition.reason);
  }
}

void ExpectationRecorder::onEvent(const apiserver::WatchEvent& change) {
  if (events_.empty() || change.type == apiserver::WatchType::kDeleted) return;
  const api::Event& event = api::as<api::Event>(change.object);
  const api::ObjectReference& about = event.regarding;
  const std::string full = about.namespace_.empty() ? fmt::format("{}/{}", about.kind, about.name)
                                                    : fmt::format("{}/{}/{}", about.kind, about.namespace_, about.name);
  ObjectRecord* record = recordOf(full);
  if (!record) return;
  const std::int64_t more = occurrences(*change.object) - (change.previous ? occurrences(*change.previous) : 0);
  for (const Counted& counted : events_) {
    if (!matchesPattern(counted.object, full) && !matchesPattern(counted.object, record->name) &&
        (record->alias.empty() || !matchesPattern(counted.object, record->alias))) {
      continue;
    }
    if (counted.reason && *counted.reason != event.reason) continue;
    if (counted.type && *counted.type != event.type) continue;
    if (counted.message && event.note.find(*counted.message) == std::string::npos) continue;
    record->counts[counted.index] += more;
  }
}

void ExpectationRecorder::onNote(const kernel::Note& note) {
  if (!wants_notes_) return;
  const auto kind = static_cast<cluster::NoteKind>(note.kind);
  if (kind != cluster::NoteKind::kNameResolvable && kind != cluster::NoteKind::kLog) return;
  std::string subject = note.subject.starts_with("pod/") ? "Pod" + note.subject.substr(3) : note.subject;
  if (!subject.starts_with("Pod/")) subject = "Pod/" + subject;
  if (kind == cluster::NoteKind::kNameResolvable) {
    if (ObjectRecord* record = recordOf(subject)) reach(*record, Moment::kResolvable, note.at);
    return;
  }
  subject.resize(subject.rfind('/'));  // without the container
  ObjectRecord* record = recordOf(subject);
  if (!record) return;
  for (const Counted& counted : lines_) {
    const bool fits = matchesPattern(counted.object, subject) || matchesPattern(counted.object, record->name) ||
                      (!record->alias.empty() && matchesPattern(counted.object, record->alias));
    if (fits && note.text.find(*counted.line) != std::string::npos) ++record->counts[counted.index];
  }
}

std::string nearestHint(const std::string& wrong, const std::set<std::string>& names) {
  const std::string kind = wrong.substr(0, wrong.find('/') + 1);
  std::vector<std::string> same, others;
  for (const std::string& name : names) (name.starts_with(kind) ? same : others).push_back(name);
  std::string near = api::nearestName(wrong, same);
  if (near.empty()) near = api::nearestName(wrong, others);
  if (!near.empty()) return fmt::format(" (did you mean {}?)", near);
  if (same.empty()) return {};
  constexpr std::size_t kShown = 4;
  std::string list;
  for (std::size_t i = 0; i < std::min(kShown, same.size()); ++i) list += (i == 0 ? "" : ", ") + same[i];
  return fmt::format(" (there {}: {}{})", same.size() == 1 ? "is" : "are", list, same.size() > kShown ? ", ..." : "");
}

}  // namespace jobset_twin::scenarios
