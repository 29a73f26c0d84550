// Faults: when each began and ended and what it hit; what is to be put down to which.
#include <algorithm>

#include <fmt/format.h>

#include "engine/api/pattern.hpp"
#include "engine/jobset/names.hpp"
#include "sim/faults/classes.hpp"
#include "sim/faults/target.hpp"
#include "viz/report/ledger.hpp"
#include "viz/report/subject.hpp"

namespace jobset_twin::viz::report {
namespace {

using namespace std::chrono_literals;

// What a fault did may come out some time after its end: when the node is back, and reports.
constexpr Duration kComesOut = 5min;
// Containers that a fault ends are told of at the same instant; those that start in vain end within a second.
constexpr Duration kSoon = 1s;
// Leases run out so long after what kept them from being renewed.
constexpr Duration kLease = 1min;

// "fault NAME (CLASS): what was done".
struct Words {
  std::string name;
  const faults::ClassInfo* info = nullptr;
};
Words wordsOf(std::string_view text) {
  constexpr std::string_view kWord = "fault ";
  Words told;
  if (!text.starts_with(kWord)) return told;
  text.remove_prefix(kWord.size());
  const std::size_t open = text.find(" ("), close = text.find(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return told;
  told.name = std::string(text.substr(0, open));
  told.info = faults::findClass(text.substr(open + 2, close - open - 2));
  return told;
}

}  // namespace

void Ledger::describe(FaultRecord& record, const std::string& name, faults::FaultClass class_) {
  faults::Fault fault;
  fault.name = name;
  fault.class_ = class_;
  const auto known = std::find_if(planned_.begin(), planned_.end(), [&](const auto& one) { return one.name == name; });
  if (known != planned_.end()) fault = *known;
  record.class_ = class_;
  record.hinders = hinders(fault);
  record.skews = skews(fault);
  record.ends = endsOf(class_);
  record.hides_nodes = hidesNodes(fault);
  record.image = fault.image;
  if (class_ == faults::FaultClass::kPodPartition) {
    if (!fault.target.pod.empty()) record.between.push_back(fault.target.pod);
    if (!record.between.empty() && !fault.to.empty()) record.between.push_back(fault.to);
  }
}

// A fault that hits several objects is told once for all, then for each: these follow from the first. What becomes of a
// controller is told by the number of the fault alone.
void Ledger::fault(const kernel::Note& note) {
  constexpr std::uint64_t kLasts = 1, kEnds = 2, kRepair = 3;
  if (note.b == kRepair) return;  // nothing new goes wrong
  const Words told = wordsOf(note.text);
  const auto [at, added] = fault_by_number_.try_emplace(note.a, static_cast<std::uint32_t>(faults_.size()));
  const std::uint32_t index = at->second;
  if (added) faults_.emplace_back();
  FaultRecord& record = faults_[index];
  if (added) record.from = record.until = note.at;
  if (note.b == kEnds) {
    record.until = std::min(record.until, note.at);
    return;
  }
  // When a crash waits for a step, the controller tells of it first.
  const bool named_late = told.info && record.event != kNone && !record.class_;
  if (told.info && !record.class_) {
    describe(record, told.name, told.info->value);
    const bool of_controller =
        record.ends == Ends::kNothing && (record.hinders & doing::kRecovers) != 0 && !told.info->lasts;
    record.until = note.b == kLasts || told.info->lasts || of_controller ? kNever : note.at;
  }
  if (!told.info && note.text.starts_with("a new leader")) record.until = std::min(record.until, note.at);
  Event event;
  event.at = note.at;
  event.kind = EventKind::kFault;
  event.text = note.text;
  // "fault kill-1 (kill)": of one description, however often and whatever it hits.
  event.alike = note.text.substr(0, note.text.find(':'));
  if (named_late) {
    events_[record.event].text = event.text;
    events_[record.event].alike = event.alike;
    events_[record.event].thing = Thing::kNothing;
    return;
  }
  const Subject subject = subjectOf(note.subject);
  if (subject.kind == "node") {
    event.thing = Thing::kNode;
    event.subject = nodeRecord(std::string(subject.name));
  } else if (subject.kind == "pod") {
    event.subject = podNamed(subject.namespace_, subject.name);
    if (event.subject != kNone) event.thing = Thing::kPod;
  } else if (subject.kind != "fault") {
    event.thing = Thing::kOther;
    event.subject = wordId(note.subject);
  }
  event.cause = record.event;
  const Thing thing = event.thing;
  const Id hit = event.subject, id = addEvent(std::move(event));
  if (record.event == kNone) record.event = id;
  if (thing == Thing::kNode) {
    record.nodes[hit] = id;
    nodes_[hit].faults.push_back(index);
  }
  if (thing == Thing::kPod) {
    record.pods[hit] = id;
    pods_[hit].faults.push_back(index);
  }
  // What it did to containers may have been told before it.
  for (const Id failure : failed_now_) {
    Event& failed = events_[failure];
    if (failed.at != note.at || failed.cause != kNone) continue;
    const Id pod = failed.subject;
    if ((thing == Thing::kNode ? pods_[pod].node : pod) != hit || thing == Thing::kNothing) continue;
    if (explains(record, pod, note.at, true)) failed.cause = id;
  }
}

bool Ledger::explains(const FaultRecord& fault, Id pod, TimePoint at, bool container) const {
  if (at < fault.from) return false;
  const TimePoint until = reached(fault.until) ? fault.until : kNever - kComesOut;
  switch (fault.ends) {
    case Ends::kNothing: return false;
    case Ends::kAtOnce: return container && at <= fault.from + kSoon;
    case Ends::kOften: return container && at <= until + kSoon;
    case Ends::kOnce: {
      const Id before = pods_[pod].container_failure;
      return before == kNone || events_[before].at < fault.from || events_[before].at == at;
    }
    case Ends::kPods: return at <= fault.from + kComesOut || reached(pods_[pod].deleting);
    case Ends::kNode: return at <= until + kComesOut;
    case Ends::kContact: return !container && at <= until + kComesOut;
  }
  return false;
}

// The event of the fault that ended the Pod, or a container of it; kNone if none did.
Id Ledger::faultThatEnded(Id pod, TimePoint at, bool container) const {
  const PodRecord& record = pods_[pod];
  for (auto index = record.faults.rbegin(); index != record.faults.rend(); ++index) {
    if (explains(faults_[*index], pod, at, container)) return faults_[*index].pods.at(pod);
  }
  return kNone;
}

// The same of the faults of its node. A Pod that came after the fault is not concerned.
Id Ledger::nodeFaultThatEnded(Id pod, TimePoint at, bool container) const {
  const PodRecord& record = pods_[pod];
  if (record.node == kNone) return kNone;
  const std::vector<std::uint32_t>& faults = nodes_[record.node].faults;
  for (auto index = faults.rbegin(); index != faults.rend(); ++index) {
    const FaultRecord& fault = faults_[*index];
    if (reached(record.scheduled) && record.scheduled > fault.until) continue;
    if (explains(fault, pod, at, container)) return fault.nodes.at(record.node);
  }
  return kNone;
}

// Why a node is not Ready: what hit it, else what keeps kubelets from renewing their leases.
Id Ledger::nodeLostBy(Id node, TimePoint at) const {
  const std::vector<std::uint32_t>& faults = nodes_[node].faults;
  for (auto index = faults.rbegin(); index != faults.rend(); ++index) {
    const FaultRecord& fault = faults_[*index];
    if (fault.ends != Ends::kNode && fault.ends != Ends::kContact) continue;
    if (!reached(fault.until) || at <= fault.until + kComesOut) return fault.nodes.at(node);
  }
  for (auto fault = faults_.rbegin(); fault != faults_.rend(); ++fault) {
    if (fault->hides_nodes && (!reached(fault->until) || at <= fault->until + kLease)) return fault->event;
  }
  return kNone;
}

// A container that looked for names in vain, or was cut off, and ends with an error, ends because of that.
Id Ledger::namesMissing(Id pod, TimePoint at) const {
  const PodRecord& record = pods_[pod];
  for (auto fault = faults_.rbegin(); fault != faults_.rend(); ++fault) {
    if ((fault->hinders & doing::kNames) == 0 || fault->from > at) continue;
    const bool partition = fault->class_ == faults::FaultClass::kPodPartition;
    if (partition && !concerns(*fault, pod)) continue;
    const TimePoint since = record.asking ? record.denied_since : at - kSoon;
    if ((record.asking || partition) && (!reached(fault->until) || since <= fault->until)) return fault->event;
  }
  return kNone;
}

// By its record: the parts that name a Pod of a JobSet.
faults::PodPath Ledger::pathOfPod(Id id) const {
  const PodRecord& pod = pods_[id];
  faults::PodPath path;
  path.namespace_ = word(pod.space);
  path.name = pod.name;
  const auto base = jobset::podNameWithoutSuffix(pod.name);
  path.shared_name = std::string(base.value_or(pod.name));
  if (pod.job == kNone) return path;
  const JobRecord& job = jobs_[pod.job];
  path.job = job.name;
  if (path.shared_name.size() > job.name.size()) path.pod_index = path.shared_name.substr(job.name.size() + 1);
  if (job.jobset == kNone || job.replicated_job < 0) return path;
  path.jobset = jobsets_[job.jobset].name;
  path.replicated_job = jobsets_[job.jobset].order[static_cast<std::size_t>(job.replicated_job)].name;
  path.job_index = job.name.substr(job.name.rfind('-') + 1);
  return path;
}

// Whether what a Pod does can be hindered by the fault: it, its node or its images are hit, or everything is.
bool Ledger::concerns(const FaultRecord& fault, Id id) const {
  const PodRecord& pod = pods_[id];
  if (fault.pods.contains(id) || (pod.node != kNone && fault.nodes.contains(pod.node))) return true;
  if (!fault.pods.empty() || !fault.nodes.empty()) return false;
  if (!fault.between.empty()) {
    const faults::PodPath path = pathOfPod(id);
    return std::any_of(fault.between.begin(), fault.between.end(),
                       [&](const std::string& side) { return faults::matchesPod(side, path); });
  }
  if (fault.image.empty() || pod.job == kNone) return true;
  const std::vector<Id>& images = jobs_[pod.job].images;
  return std::any_of(images.begin(), images.end(),
                     [&](Id image) { return api::matchesPattern(fault.image, word(image)); });
}

bool Ledger::concerns(const FaultRecord& fault, const Work& work) const {
  if (fault.pods.empty() && fault.nodes.empty() && fault.between.empty() && fault.image.empty()) return true;
  if ((fault.hinders & work.doings & doing::kRoom) != 0) return true;
  if (work.pod != kNone) return concerns(fault, work.pod);
  return std::any_of(work.jobs.begin(), work.jobs.end(), [&](Id job) {
    const std::vector<Id>& pods = jobs_[job].pods;
    return std::any_of(pods.begin(), pods.end(), [&](Id pod) { return concerns(fault, pod); });
  });
}

// The last fault that was there for any of the time; kNone if none was.
Id Ledger::hinderedBy(const Work& work, TimePoint from, TimePoint to) const {
  for (auto fault = faults_.rbegin(); fault != faults_.rend(); ++fault) {
    if ((fault->hinders & work.doings) == 0 || fault->from > to || fault->until < from) continue;
    if (concerns(*fault, work)) return fault->event;
  }
  return kNone;
}

// The faults that hinder it between the two times, the longest first.
std::vector<Held> Ledger::heldBy(const Work& work, TimePoint from, TimePoint to) const {
  std::vector<Held> out;
  if (to - from < kSoon) return out;
  const Duration least = std::max<Duration>(kSoon, (to - from) / 20);
  for (const FaultRecord& fault : faults_) {
    if ((fault.hinders & work.doings) == 0 || fault.event == kNone) continue;
    const Duration both = std::min(to, fault.until) - std::max(from, fault.from);
    if (both < least || !concerns(fault, work)) continue;
    out.push_back({fault.event, both});
  }
  std::stable_sort(out.begin(), out.end(), [](const Held& a, const Held& b) { return a.time > b.time; });
  return out;
}

}  // namespace jobset_twin::viz::report
