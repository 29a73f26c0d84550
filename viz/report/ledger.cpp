#include "viz/report/ledger.hpp"

#include <utility>

#include <fmt/format.h>

#include "sim/cluster/component.hpp"
#include "viz/facts.hpp"

namespace jobset_twin::viz::report {

void Ledger::onChange(const apiserver::WatchEvent& change) {
  switch (change.object->kind()) {
    case api::Kind::kPod: return pod(change);
    case api::Kind::kJob: return job(change);
    case api::Kind::kJobSet: return jobSet(change);
    case api::Kind::kNode: return node(change);
    case api::Kind::kEvent: return apiEvent(change);
    default: return;
  }
}

void Ledger::onNote(const kernel::Note& note) {
  using cluster::NoteKind;
  switch (static_cast<NoteKind>(note.kind)) {
    case NoteKind::kFault: return fault(note);
    case NoteKind::kRequestFailed: return refused(note);
    case NoteKind::kDecision: return decisionNote(note);
    case NoteKind::kContainer: return containerNote(note);
    case NoteKind::kNameResolvable: return nameNote(note);
    case NoteKind::kLookUp: return lookUpNote(note);
    default: return;
  }
}

void Ledger::known(const api::ObjectPtr& object, TimePoint now) {
  if (missing_.empty()) {
    missing_.push_back(
        "the run was resumed: starts, failures and restarts before that are not known; times of what was there then "
        "are "
        "those that the objects tell, in whole seconds");
  }
  const std::size_t starts = starts_.size();
  onChange({apiserver::WatchType::kModified, object, nullptr, now, 0});
  for (std::size_t i = starts; i < starts_.size(); ++i) starts_[i].settled = starts_[i].unseen = true;
  first_event_ = static_cast<Id>(events_.size());
  const api::ObjectMeta& meta = object->meta;
  if (object->kind() == api::Kind::kPod) {
    PodRecord& record = pods_[pod_by_uid_.at(meta.uid)];
    const auto turnedTrue = [&](std::string_view type, TimePoint& at) {
      const api::Condition* condition = api::findCondition(api::as<api::Pod>(object).status.conditions, type);
      if (reached(at) && condition && condition->lastTransitionTime) at = *condition->lastTransitionTime;
    };
    turnedTrue("PodScheduled", record.scheduled);
    turnedTrue("Ready", record.ready);
    if (reached(record.started)) record.started = record.pulled = std::max(record.scheduled, record.created);
  }
}

void Ledger::finish(TimePoint end) {
  end_ = end;
  for (std::size_t i = 0; i < starts_.size(); ++i) {
    if (!starts_[i].settled) settle(static_cast<Id>(i), end, "the end of the run");
    sumNames(starts_[i]);
  }
}

Id Ledger::addEvent(Event event) {
  events_.push_back(std::move(event));
  return static_cast<Id>(events_.size() - 1);
}

Id Ledger::addEvent(TimePoint at, EventKind kind, Thing thing, Id subject, std::string text, std::string alike,
                    Id cause) {
  Event event;
  event.at = at;
  event.kind = kind;
  event.thing = thing;
  event.subject = subject;
  event.text = std::move(text);
  event.alike = std::move(alike);
  event.cause = cause;
  return addEvent(std::move(event));
}

Id Ledger::wordId(const std::string& text) {
  const auto [at, added] = word_ids_.try_emplace(text, static_cast<Id>(words_.size()));
  if (added) words_.push_back(text);
  return at->second;
}

std::string Ledger::textOf(Id event) const {
  const Event& one = events_[event];
  const std::string name = nameOf(one.thing, one.subject);
  return name.empty() ? one.text : fmt::format("{}: {}", name, one.text);
}

Id Ledger::rootOf(Id event) const {
  // A cause is always an earlier event: there are no circles.
  while (event != kNone && events_[event].cause != kNone) event = events_[event].cause;
  return event;
}

Id Ledger::podNamed(std::string_view namespace_, std::string_view name) const {
  const auto at = pod_by_name_.find(fmt::format("{}/{}", namespace_, name));
  return at == pod_by_name_.end() ? kNone : at->second;
}

Id Ledger::jobNamed(std::string_view namespace_, std::string_view name) const {
  const auto at = job_by_name_.find(fmt::format("{}/{}", namespace_, name));
  return at == job_by_name_.end() ? kNone : at->second;
}

std::string Ledger::nameOf(Thing thing, Id id) const {
  if (id == kNone) return {};
  switch (thing) {
    case Thing::kPod: return shortName("pod", word(pods_[id].space), pods_[id].name);
    case Thing::kJob: return shortName("job", word(jobs_[id].space), jobs_[id].name);
    case Thing::kJobSet: return shortName("jobset", word(jobsets_[id].space), jobsets_[id].name);
    case Thing::kNode: return "node/" + nodes_[id].name;
    case Thing::kOther: return word(id);
    case Thing::kNothing: break;
  }
  return {};
}

}  // namespace jobset_twin::viz::report
