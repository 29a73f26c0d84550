#include "scenarios/expectations.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "scenarios/read_parts.hpp"
#include "sim/cluster/component.hpp"

namespace jobset_twin::scenarios {
namespace {

constexpr std::size_t kNamesKept = 4096;  // for "did you mean"

std::int64_t occurrences(const api::Object& object) {
  const api::Event& event = api::as<api::Event>(object);
  const std::int64_t series = event.series ? event.series->count : 0;
  return std::max<std::int64_t>({1, event.count, series});
}

}  // namespace

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
  const std::string full = faults::fullName(object);
  const std::string alias = faults::sharedName(object);
  if (change.type == apiserver::WatchType::kAdded && object.kind() != api::Kind::kEndpointSlice &&
      seen_.size() < kNamesKept) {
    seen_.insert(alias.empty() ? full : alias);
  }
  const bool lasting = !alias.empty() && faults::hasLastingName(object);
  const bool by_alias = !alias.empty() && wanted(alias);
  if (!by_alias && (lasting || !wanted(full))) return;
  const std::string& key = lasting ? alias : full;
  if (lasting) identity_[full] = key;
  ObjectRecord& record = records_[key];
  if (record.name.empty()) {
    record.name = key;
    record.alias = lasting ? std::string() : alias;
  }
  faults::ObjectState state = faults::stateOf(object);
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

void ExpectationRecorder::onFault(const std::string& name, Moment moment, TimePoint at) {
  if (patterns_.empty()) return;
  const std::string full = "Fault/" + name;
  if (seen_.size() < kNamesKept) seen_.insert(full);
  if (!wanted(full)) return;
  ObjectRecord& record = records_[full];
  record.name = full;
  if (moment == Moment::kStarted) ++record.instances;
  reach(record, moment, at);
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
