#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "viz/facts_text.hpp"
#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {
namespace {

// "Pod/ns/name/container", "Job ns/name", "Node/name": lower case kind, then the rest.
struct Subject {
  std::string kind;
  std::string_view namespace_, name, rest;
};
Subject subjectOf(std::string_view text) {
  const auto next = [&text](std::string_view separators) {
    const std::size_t at = text.find_first_of(separators);
    const std::string_view part = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
    return part;
  };
  Subject subject;
  subject.kind = lowerCase(next("/ "));
  if (subject.kind != "node") subject.namespace_ = next("/");
  subject.name = next("/");
  subject.rest = text;
  return subject;
}

}  // namespace

// A fault that hits several objects is told once for all, then for each: these follow from the first.
void Ledger::fault(const kernel::Note& note) {
  constexpr std::uint64_t kEnds = 2, kRepair = 3;
  if (note.b == kRepair) return;  // nothing new goes wrong
  const Subject subject = subjectOf(note.subject);
  const bool of_node = subject.kind == "node";
  if (note.b == kEnds) {
    if (of_node) nodes_[nodeRecord(std::string(subject.name))].fault_ended = note.at;
    return;
  }
  Event event;
  event.at = note.at;
  event.kind = EventKind::kFault;
  event.text = note.text;
  event.fault = note.a;
  // "fault kill-1 (kill)": of one description, however often and whatever it hits.
  event.alike = note.text.substr(0, note.text.find(':'));
  event.thing = Thing::kOther;
  if (of_node) {
    event.thing = Thing::kNode;
    event.subject = nodeRecord(std::string(subject.name));
  } else if (subject.kind == "pod") {
    event.subject = podNamed(subject.namespace_, subject.name);
    if (event.subject != kNone) event.thing = Thing::kPod;
  }
  if (event.thing == Thing::kOther) event.subject = wordId(note.subject);
  if (last_fault_ != kNone && events_[last_fault_].fault == note.a && events_[last_fault_].at == note.at)
    event.cause = rootOf(last_fault_);
  const Thing thing = event.thing;
  const Id hit = event.subject;
  const Id id = last_fault_ = addEvent(std::move(event));
  fault_on_[fmt::format("{}/{}/{}", subject.kind, subject.namespace_, subject.name)] = id;
  const bool explains_ends = note.text.find("(node-slow)") == std::string::npos;
  if (thing == Thing::kNode && explains_ends) {
    nodes_[hit].fault = id;
    nodes_[hit].fault_ended = kNever;
  }
  // What it did to containers was told before it.
  for (const Id failure : failed_now_) {
    Event& failed = events_[failure];
    if (failed.at != note.at || failed.cause != kNone) continue;
    const bool same = thing == Thing::kNode ? pods_[failed.subject].node == hit && explains_ends
                                            : thing == Thing::kPod && failed.subject == hit;
    if (same) failed.cause = id;
  }
}

// The last fault that hit an object since it was made; kNone if none did.
Id Ledger::faultOn(Thing thing, Id id, TimePoint since) const {
  std::string key;
  if (thing == Thing::kPod) key = fmt::format("pod/{}/{}", word(pods_[id].space), pods_[id].name);
  if (thing == Thing::kJob) key = fmt::format("job/{}/{}", word(jobs_[id].space), jobs_[id].name);
  if (thing == Thing::kJobSet) key = fmt::format("jobset/{}/{}", word(jobsets_[id].space), jobsets_[id].name);
  const auto hit = fault_on_.find(key);
  return hit == fault_on_.end() || events_[hit->second].at < since ? kNone : hit->second;
}

void Ledger::containerNote(const kernel::Note& note) {
  const bool stopped = note.b != 0;
  if (stopped || note.a == 0 || note.text.find(" exits with code ") == std::string::npos) return;
  const Subject subject = subjectOf(note.subject);
  const Id id = podNamed(subject.namespace_, subject.name);
  if (id == kNone) return;
  PodRecord& record = pods_[id];
  if (!reached(record.exited)) record.exited = note.at;
  if (record.container_failure != kNone && events_[record.container_failure].text == note.text) {
    events_[record.container_failure].at = note.at;  // the same again, in place
    ++events_[record.container_failure].times;
    return;
  }
  record.container_failure = podEvent(id, note.at, note.text, note.text);
  if (!failed_now_.empty() && events_[failed_now_.front()].at != note.at) failed_now_.clear();
  failed_now_.push_back(record.container_failure);
}

// That a Job deletes Pods is told before the deletions are stored.
void Ledger::decisionNote(const kernel::Note& note) {
  if (note.text.find("deleting ") == std::string::npos) return;
  const Subject subject = subjectOf(note.subject);
  if (subject.kind != "job") return;
  if (const Id id = jobNamed(subject.namespace_, subject.name); id != kNone) jobs_[id].deletes_pods = true;
}

void Ledger::nameNote(const kernel::Note& note) {
  const Subject subject = subjectOf(note.subject);
  const Id id = podNamed(subject.namespace_, subject.name);
  if (id == kNone) return;
  if (!reached(pods_[id].resolvable)) pods_[id].resolvable = note.at;
  pod_by_dns_name_[note.text] = id;
}

// "leader-0.net is 10.64.9.2", "leader-0.net does not exist; …".
void Ledger::lookUpNote(const kernel::Note& note) {
  const Subject subject = subjectOf(note.subject);
  const Id id = podNamed(subject.namespace_, subject.name);
  if (id == kNone || reached(pods_[id].ready)) return;
  PodRecord& record = pods_[id];
  const std::string name = note.text.substr(0, note.text.find(' '));
  if (note.text.find(" does not exist") != std::string::npos) {
    ++record.denied_look_ups;
    record.asking = true;
    return;
  }
  if (!record.asking) return;
  record.asking = false;
  record.looked_up = note.at;
  record.looked_up_pod = kNone;
  for (const std::string& full : {name, fmt::format("{}.svc.cluster.local", name),
                                  fmt::format("{}.{}.svc.cluster.local", name, subject.namespace_)}) {
    if (const auto known = pod_by_dns_name_.find(full); known != pod_by_dns_name_.end())
      record.looked_up_pod = known->second;
  }
}

void Ledger::apiEvent(const apiserver::WatchEvent& change) {
  if (change.type == apiserver::WatchType::kDeleted) return;
  const api::Event& event = api::as<api::Event>(change.object);
  if (event.type == "Warning") return warning(event, change.at);
  if (event.reason != "Pulled" || event.regarding.kind != "Pod" || change.type != apiserver::WatchType::kAdded) return;
  const Id id = podNamed(event.regarding.namespace_, event.regarding.name);
  if (id != kNone && !reached(pods_[id].started)) pods_[id].pulled = change.at;
}

void Ledger::trouble(const std::string& what, const std::string& object, const std::string& example, TimePoint at,
                     std::size_t times) {
  constexpr std::size_t kMostNamed = 1000;
  Trouble& trouble = troubles_[what];
  trouble.times += times;
  if (trouble.objects.size() < kMostNamed) trouble.objects.insert(object);
  trouble.first = std::min(trouble.first, at);
  trouble.last = at;
  trouble.object = object;
  trouble.example = example;
}

// What ends something, or is told by conditions, is not told again.
void Ledger::warning(const api::Event& event, TimePoint at) {
  constexpr std::string_view kTold[] = {"FailedScheduling",
                                        "BackoffLimitExceeded",
                                        "DeadlineExceeded",
                                        "PodFailurePolicy",
                                        "MaxFailedIndexesExceeded",
                                        "FailedIndexes",
                                        "NodeNotReady",
                                        "TaintManagerEviction",
                                        "Evicted",
                                        "OOMKilling",
                                        "Preempted",
                                        "ReachedMaxRestarts"};
  if (std::find(std::begin(kTold), std::end(kTold), event.reason) != std::end(kTold)) return;
  if (event.regarding.kind == "JobSet") return;
  const api::ObjectReference& about = event.regarding;
  const std::string object = shortName(lowerCase(about.kind), about.namespace_, about.name);
  std::string owner = lowerCase(about.kind) + "s";
  if (about.kind == "Pod") {
    if (const Id id = podNamed(about.namespace_, about.name); id != kNone) owner = "Pods of " + ownerText(id);
  }
  trouble(event.reason + " of " + owner, object, event.note, at, 1);
}

// Conflicts are the ordinary course: tried again at once.
void Ledger::refused(const kernel::Note& note) {
  if (note.text.find("the object has been modified") != std::string::npos) return;
  const Subject subject = subjectOf(note.subject);
  trouble("requests refused for " + subject.kind + "s", shortName(subject.kind, subject.namespace_, subject.name),
          note.text, note.at, 1);
}

}  // namespace jobset_twin::viz::report
