#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/api/ascii.hpp"
#include "viz/facts_text.hpp"
#include "viz/report/ledger.hpp"
#include "viz/report/report_text.hpp"
#include "viz/report/subject.hpp"

namespace jobset_twin::viz::report {
void Ledger::containerNote(const kernel::Note& note) {
  const bool stopped = note.b != 0;
  if (stopped || note.text.find(" exits with code ") == std::string::npos) return;
  const Subject subject = subjectOf(note.subject);
  const Id id = podNamed(subject.namespace_, subject.name);
  if (id == kNone) return;
  PodRecord& record = pods_[id];
  record.last_exit = note.at;
  if (!reached(record.down_since) || (reached(record.ready_again) && record.down_since < record.ready_again))
    record.down_since = note.at;
  if (note.a == 0) return;
  if (!reached(record.exited)) record.exited = note.at;
  if (record.container_failure != kNone && events_[record.container_failure].text == note.text) {
    events_[record.container_failure].at = note.at;  // the same again, in place
    ++events_[record.container_failure].times;
    return;
  }
  record.container_failure = podEvent(id, note.at, note.text, note.text, true);
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

// "leader-0.net is 10.64.9.2", "leader-0.net does not exist; …", "leader-0.net: no name server answers".
void Ledger::lookUpNote(const kernel::Note& note) {
  const Subject subject = subjectOf(note.subject);
  const Id id = podNamed(subject.namespace_, subject.name);
  if (id == kNone) return;
  PodRecord& record = pods_[id];
  const bool before_ready = !reached(record.ready);
  record.asked = record.asked || before_ready;
  const std::string name = note.text.substr(0, note.text.find_first_of(": "));
  if (note.text.find(" does not exist") != std::string::npos || note.text.ends_with(": no name server answers")) {
    ++record.denied_look_ups;
    if (!record.asking) record.denied_since = note.at;
    record.asking = true;
    return;
  }
  if (!record.asking) return;
  record.asking = false;
  trouble({"names not found by Pods of " + ownerText(id),
           nameOf(Thing::kPod, id),
           "asked for " + name,
           record.denied_since,
           note.at,
           {doing::kNames, id, {}}});
  if (!before_ready) return;
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

// The news of an end that a fault kept back. Where nothing did it is a matter of a second or two.
void Ledger::lateNews(const std::string& what, const std::string& object, TimePoint happened, TimePoint at,
                      const Work& work) {
  constexpr Duration kUsual = std::chrono::seconds(3);
  if (!reached(happened) || at - happened <= kUsual || hinderedBy(work, happened, at) == kNone) return;
  trouble({"known late: " + what, object, "told " + shortDuration(at - happened) + " after it", happened, at, work});
}

// What has the same words and the same cause is told once.
void Ledger::trouble(const Told& told) {
  constexpr std::size_t kMostNamed = 1000;
  const TimePoint from = std::min(told.from, told.at);
  const Id cause = told.work.doings == 0 ? kNone : hinderedBy(told.work, from, told.at);
  Trouble& trouble = troubles_[cause == kNone ? told.what : fmt::format("{}\n{}", told.what, events_[cause].alike)];
  ++trouble.times;
  if (trouble.objects.size() < kMostNamed) trouble.objects.insert(told.object);
  trouble.what = told.what;
  trouble.first = std::min(trouble.first, from);
  trouble.last = told.at;
  trouble.cause = cause;
  if (trouble.times > 1 && told.at - from < trouble.longest) return;
  trouble.longest = told.at - from;
  trouble.object = told.object;
  trouble.example = told.example;
}

// Whose work it is that a Pod's or Job's warning tells of.
Doings Ledger::workOf(std::string_view reason) {
  if (reason == "Failed" || reason == "ErrImagePull" || reason == "ImagePullBackOff") return doing::kImages;
  if (reason == "BackOff") return doing::kImages | doing::kContainers;
  if (reason == "Unhealthy") return doing::kContainers;
  if (reason == "FailedCreate") return doing::kWebhooks | doing::kJobController;
  return 0;
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
  const std::string object = shortName(api::lowerCase(about.kind), about.namespace_, about.name);
  std::string owner = api::lowerCase(about.kind) + "s";
  Work work;
  if (about.kind == "Pod") {
    work.pod = podNamed(about.namespace_, about.name);
    if (work.pod != kNone) owner = "Pods of " + ownerText(work.pod);
  }
  if (about.kind == "Job" || work.pod != kNone) work.doings = workOf(event.reason);
  trouble({event.reason + " of " + owner, object, event.note, at, at, std::move(work)});
}

// Conflicts are the ordinary course: tried again at once.
void Ledger::refused(const kernel::Note& note) {
  if (note.text.find("the object has been modified") != std::string::npos) return;
  const Subject subject = subjectOf(note.subject);
  Work work;
  if (note.text.find("denied the request") == std::string::npos)
    work.doings = note.text.find("webhook") != std::string::npos ? doing::kWebhooks : doing::kApiRequests;
  trouble({"requests refused for " + subject.kind + "s", shortName(subject.kind, subject.namespace_, subject.name),
           note.text, note.at, note.at, std::move(work)});
}

}  // namespace jobset_twin::viz::report
