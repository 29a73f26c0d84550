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
#include "viz/report/records.hpp"

namespace jobset_twin::viz::report {

class Ledger final : public scenarios::Observer {
 public:
  explicit Ledger(TimePoint start) : start_(start), end_(start) {}
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
  const std::vector<Event>& events() const { return events_; }
  // Those before it happened before the ledger watched; when is not known.
  Id firstEvent() const { return first_event_; }
  const std::map<std::string, Trouble>& troubles() const { return troubles_; }
  const std::vector<std::string>& missing() const { return missing_; }
  const std::string& word(Id id) const { return words_[id]; }
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
  Id podEvent(Id id, TimePoint at, std::string text, const std::string& alike);
  void podDeleting(const apiserver::WatchEvent& change, Id id);
  void podGone(TimePoint at, Id id);
  void roomMade(Id pod, TimePoint at);
  Id disruption(const api::Object& object, Id id, TimePoint at);
  // ledger_job.cpp
  void job(const apiserver::WatchEvent& change);
  Id jobRecord(const apiserver::WatchEvent& change);
  Id startOf(const JobSetRecord& jobset, const std::string& job_name) const;
  void jobConditions(const apiserver::WatchEvent& change, Id id);
  void jobDeleting(const apiserver::WatchEvent& change, Id id);
  void jobGone(TimePoint at, Id id);
  Id failingPodOf(const JobRecord& job, std::string_view message) const;
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
  void countDown(StartRecord& start, const std::vector<Id>& jobs) const;
  Id currentStart(const JobSetRecord& jobset) const { return jobset.starts.empty() ? kNone : jobset.starts.back(); }
  // settle.cpp
  void settle(Id start, TimePoint at, std::string ended_by);
  void settleAll(Id jobset, TimePoint at, const std::string& ended_by);
  void sumStages(StartRecord& start) const;
  std::vector<PathStep> pathOf(const StartRecord& start) const;  // start_graph.cpp
  // ledger_node.cpp
  void node(const apiserver::WatchEvent& change);
  Id nodeRecord(const std::string& name);
  Id nodeCause(Id pod, TimePoint at) const;
  Id faultOf(Id node, TimePoint at) const;
  // ledger_note.cpp
  void fault(const kernel::Note& note);
  Id faultOn(Thing thing, Id id, TimePoint since) const;
  void decisionNote(const kernel::Note& note);
  void containerNote(const kernel::Note& note);
  void nameNote(const kernel::Note& note);
  void lookUpNote(const kernel::Note& note);
  void apiEvent(const apiserver::WatchEvent& change);
  void warning(const api::Event& event, TimePoint at);
  void refused(const kernel::Note& note);
  void trouble(const std::string& what, const std::string& object, const std::string& example, TimePoint at,
               std::size_t times);

  Id addEvent(Event event);
  Id wordId(const std::string& text);
  Id podNamed(std::string_view namespace_, std::string_view name) const;
  Id jobNamed(std::string_view namespace_, std::string_view name) const;

  TimePoint start_, end_;
  std::vector<PodRecord> pods_;
  std::vector<JobRecord> jobs_;
  std::vector<JobSetRecord> jobsets_;
  std::vector<NodeRecord> nodes_;
  std::vector<StartRecord> starts_;
  std::vector<Event> events_;
  std::vector<std::string> words_;
  // Only looked up, never walked: their order is not seen.
  std::unordered_map<std::string, Id> pod_by_uid_, job_by_uid_, jobset_by_uid_;
  std::unordered_map<std::string, Id> pod_by_name_, job_by_name_;  // of those that exist, by namespace/name
  std::unordered_map<std::string, Id> node_by_name_, word_ids_, pod_by_dns_name_;
  std::unordered_map<std::string, Id> fault_on_;  // "pod/ns/x": the last fault that hit it
  std::map<std::string, Trouble> troubles_;
  std::vector<std::string> missing_;
  Id last_fault_ = kNone, first_event_ = 0;
  std::vector<Id> failed_now_;  // containers that failed at this instant
};

}  // namespace jobset_twin::viz::report
