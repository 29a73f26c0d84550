// ledger.hpp - watches a run and keeps the records (records.hpp) from which reports and explanations are made.
//
// Memory: one small record (about 250 bytes) for each instance of a Pod and Job that there ever was, one for each start
// of a JobSet and for each failure; no object is kept.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "scenarios/observer.hpp"
#include "sim/faults/target.hpp"
#include "viz/report/records.hpp"

namespace jobset_twin::viz::report {

class Ledger final : public scenarios::Observer {
 public:
  // `planned`: the faults of the run. Of those that are not among them only the class is known.
  explicit Ledger(TimePoint start, std::vector<faults::Fault> planned = {})
      : start_(start), end_(start), planned_(std::move(planned)) {}
  void onChange(const apiserver::WatchEvent& change) override;
  void onNote(const kernel::Note& note) override;
  // For a run that is resumed: `object` is there already. To be called for JobSets, Jobs, nodes, then Pods.
  void known(const api::ObjectPtr& object, TimePoint now);
  // Settles what still goes on. To be called once, at the end.
  void finish(TimePoint end);

  TimePoint start() const { return start_; }
  TimePoint end() const { return end_; }
  const std::vector<PodRecord>& pods() const { return pods_; }
  const std::vector<JobRecord>& jobs() const { return jobs_; }
  const std::vector<JobSetRecord>& jobsets() const { return jobsets_; }
  const std::vector<NodeRecord>& nodes() const { return nodes_; }
  const std::vector<StartRecord>& starts() const { return starts_; }
  const std::vector<Repair>& repairs() const { return repairs_; }
  const std::vector<Event>& events() const { return events_; }
  // Those before it happened before the ledger watched; when is not known.
  Id firstEvent() const { return first_event_; }
  const std::map<std::string, Trouble>& troubles() const { return troubles_; }
  const std::vector<std::string>& missing() const { return missing_; }
  const std::string& word(Id id) const { return words_[id]; }
  const std::vector<FaultRecord>& faults() const { return faults_; }
  // "pod/x: container main exits with code 1".
  std::string textOf(Id event) const;
  // The faults that hindered this work between the two times, each with the time that both have in common.
  std::vector<Held> heldBy(const Work& work, TimePoint from, TimePoint to) const;
  // "pod/x", "job/ns/x".
  std::string nameOf(Thing thing, Id id) const;
  // "workers of jobset/x": whose Pod it is.
  std::string ownerText(Id pod) const;
  Id rootOf(Id event) const;
  bool isDown(Id node) const { return nodes_[node].down != kNone && !reached(nodes_[node].up_again); }

 private:
  // ledger_pod.cpp
  void pod(const apiserver::WatchEvent& change);
  Id podRecord(const apiserver::WatchEvent& change);
  void podConditions(const apiserver::WatchEvent& change, Id id);
  void podEnded(const apiserver::WatchEvent& change, Id id);
  void podFailed(Id id, Id event);
  // `container`: a container of it ended by itself, else the Pod was ended from outside.
  Id podEvent(Id id, TimePoint at, std::string text, const std::string& alike, bool container);
  void podDeleting(const apiserver::WatchEvent& change, Id id);
  void podGone(TimePoint at, Id id);
  void roomMade(Id pod, TimePoint at);
  Id disruption(const api::Object& object, Id id, TimePoint at);
  // ledger_repair.cpp
  void containersRestarted(Id pod, std::uint32_t times, TimePoint at);
  void readyAgain(Id pod, TimePoint at);
  void replaces(Id pod);
  TimePoint faultBehind(Id event, TimePoint since, TimePoint ended) const;
  // ledger_job.cpp
  void job(const apiserver::WatchEvent& change);
  Id jobRecord(const apiserver::WatchEvent& change);
  Id startOf(const JobSetRecord& jobset, const std::string& job_name) const;
  void complete(Id job, TimePoint at);
  void jobConditions(const apiserver::WatchEvent& change, Id id);
  void jobDeleting(const apiserver::WatchEvent& change, Id id);
  void jobGone(TimePoint at, Id id);
  Id failureBehind(const JobRecord& job, std::string_view message) const;
  Id causeOfDelay(const JobRecord& job, TimePoint at) const;
  Id restartAfter(const JobRecord& job) const;
  // ledger_jobset.cpp
  void jobSet(const apiserver::WatchEvent& change);
  void readOrder(const api::Object& object, JobSetRecord& record) const;
  void jobSetStatus(const apiserver::WatchEvent& change, Id id);
  void over(const apiserver::WatchEvent& change, Id id);
  bool startIsReady(const StartRecord& start, TimePoint at) const;
  bool inPlaceReady(const StartRecord& start, TimePoint at) const;
  // restarts.cpp
  Id begin(StartKind kind, Id jobset, std::int32_t number, TimePoint at);
  void beginPlain(Id job);
  void settlePlain(Id job, TimePoint at);
  void restartedJobs(const apiserver::WatchEvent& change, Id id);
  void restarted(const apiserver::WatchEvent& change, Id start, Id only_job);
  std::vector<Id> jobsOf(const JobSetRecord& jobset) const;
  std::vector<Id> jobsBefore(const JobSetRecord& jobset, Id start) const;
  Id failedJobOf(const std::vector<Id>& jobs, std::string_view message) const;
  Id firstFailureSince(const std::vector<Id>& jobs, Id start) const;
  void cutShort(Id start);
  void countDown(StartRecord& start, const std::vector<Id>& jobs) const;
  Id currentStart(const JobSetRecord& jobset) const { return jobset.starts.empty() ? kNone : jobset.starts.back(); }
  // settle.cpp
  void settle(Id start, TimePoint at, std::string ended_by);
  void putInOrder(StartRecord& start) const;
  void settleAll(Id jobset, TimePoint at, const std::string& ended_by);
  void sumNames(StartRecord& start) const;
  void sumStages(StartRecord& start) const;
  // held.cpp
  std::pair<Work, TimePoint> waitOf(Id pod) const;
  void sumHeld(StartRecord& start) const;
  std::vector<Held> heldBefore(const JobRecord& job, TimePoint at) const;
  std::vector<Held> heldBefore(const StartRecord& start, TimePoint at) const;
  // start_graph.cpp
  std::vector<PathStep> pathOf(const StartRecord& start) const;
  // ledger_node.cpp
  void node(const apiserver::WatchEvent& change);
  Id nodeRecord(const std::string& name);
  Id nodeCause(Id pod, TimePoint at, bool container) const;
  // ledger_fault.cpp
  void fault(const kernel::Note& note);
  void describe(FaultRecord& record, const std::string& name, faults::FaultClass class_);
  bool explains(const FaultRecord& fault, Id pod, TimePoint at, bool container) const;
  Id faultThatEnded(Id pod, TimePoint at, bool container) const;
  Id nodeFaultThatEnded(Id pod, TimePoint at, bool container) const;
  Id nodeLostBy(Id node, TimePoint at) const;
  Id namesMissing(Id pod, TimePoint at) const;
  faults::PodPath pathOfPod(Id id) const;
  bool concerns(const FaultRecord& fault, Id pod) const;
  bool concerns(const FaultRecord& fault, const Work& work) const;
  Id hinderedBy(const Work& work, TimePoint from, TimePoint to) const;
  // ledger_note.cpp
  void decisionNote(const kernel::Note& note);
  void containerNote(const kernel::Note& note);
  void nameNote(const kernel::Note& note);
  void lookUpNote(const kernel::Note& note);
  void apiEvent(const apiserver::WatchEvent& change);
  static Doings workOf(std::string_view reason);
  void warning(const api::Event& event, TimePoint at);
  void refused(const kernel::Note& note);
  struct Told {  // of something that ended nothing
    std::string what, object, example;
    TimePoint from = kNever, at = kNever;
    Work work;  // that was in vain, or slow
  };
  void trouble(const Told& told);
  void lateNews(const std::string& what, const std::string& object, TimePoint happened, TimePoint at, const Work& work);

  // The record of an object, and whether it was made now, with what all have.
  template <class Record>
  std::pair<Id, bool> recordOf(const apiserver::WatchEvent& change, std::vector<Record>& records,
                               std::unordered_map<std::string, Id>& by_uid);
  Id addEvent(Event event);
  Id addEvent(TimePoint at, EventKind kind, Thing thing, Id subject, std::string text, std::string alike,
              Id cause = kNone);
  Id suspension(Thing thing, Id id, TimePoint at, Id cause);  // "is suspended"
  Id deletionOf(Id jobset, TimePoint at);
  void toldToGo(const apiserver::WatchEvent& change, Id node);
  Id wordId(const std::string& text);
  Id podNamed(std::string_view namespace_, std::string_view name) const;
  Id jobNamed(std::string_view namespace_, std::string_view name) const;

  TimePoint start_, end_;
  std::vector<PodRecord> pods_;
  std::vector<JobRecord> jobs_;
  std::vector<JobSetRecord> jobsets_;
  std::vector<NodeRecord> nodes_;
  std::vector<StartRecord> starts_;
  std::vector<Repair> repairs_;
  std::vector<Event> events_;
  std::vector<std::string> words_;
  // Only looked up, never walked: their order is not seen.
  std::unordered_map<std::string, Id> pod_by_uid_, job_by_uid_, jobset_by_uid_;
  std::unordered_map<std::string, Id> pod_by_name_, job_by_name_;  // of those that exist, by namespace/name
  std::unordered_map<std::string, Id> node_by_name_, word_ids_, pod_by_dns_name_;
  std::vector<faults::Fault> planned_;
  std::vector<FaultRecord> faults_;
  std::map<std::uint64_t, std::uint32_t> fault_by_number_;
  std::map<std::string, Trouble> troubles_;
  std::vector<std::string> missing_;
  Id first_event_ = 0;
  std::vector<Id> failed_now_;  // containers that failed at this instant
};

template <class Record>
std::pair<Id, bool> Ledger::recordOf(const apiserver::WatchEvent& change, std::vector<Record>& records,
                                     std::unordered_map<std::string, Id>& by_uid) {
  const api::ObjectMeta& meta = change.object->meta;
  const auto [at, added] = by_uid.try_emplace(meta.uid, static_cast<Id>(records.size()));
  if (added) {
    Record& record = records.emplace_back();
    record.name = meta.name;
    record.uid = meta.uid;
    record.space = wordId(meta.namespace_);
    record.created =
        change.type == apiserver::WatchType::kAdded ? change.at : meta.creationTimestamp.value_or(change.at);
  }
  return {at->second, added};
}

}  // namespace jobset_twin::viz::report
