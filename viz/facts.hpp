// facts.hpp - what a reader wants to know about a stored change or a note: few short statements, each with its weight.
//
// Pure reading: keeps only what later statements need (replicated jobs' sizes, failed Jobs that a failure policy may
// judge). Does not group or format (timeline.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/observer.hpp"

namespace jobset_twin::viz {

enum class Weight : std::uint8_t {
  kDetail,    // told only where everything is: conflicts that are tried again, names that go with their Pods
  kStep,      // the ordinary course
  kGood,      // something reached its good end
  kDecision,  // a controller decided something that is not routine
  kFailure,   // something went wrong
  kLog        // a container printed a line
};

struct Fact {
  api::TimePoint at{};
  Weight weight = Weight::kStep;
  std::string object;         // "pod/x"; with the namespace unless it is "default"
  std::string text;           // "scheduled to node-3"
  std::string group;          // key of the group that it belongs to; "": stands for itself
  std::string group_name;     // "workers"
  std::string phase;          // what happens to all of the group, one after another: "Running"
  std::int64_t expected = 0;  // members of the group; 0: not known
  bool repeats = false;  // something that is tried again and again: the same words from the same object say nothing new
};

class FactReader {
 public:
  std::vector<Fact> read(const apiserver::WatchEvent& change);
  std::vector<Fact> read(const kernel::Note& note);

 private:
  struct Group {  // what its members share
    std::string key, name;
    std::int64_t expected = 0;
  };
  struct Size {  // of a replicated job
    std::int64_t jobs = 0, pods_per_job = 0;
  };
  struct JobSetSeen {
    std::map<std::string, Size> sizes;             // by replicated job
    std::map<std::string, api::ObjectPtr> failed;  // its failed Jobs, by name
    std::set<std::string> told;                    // reasons of conditions: their events repeat them
    std::set<std::string> ready;                   // replicated jobs whose Jobs are all ready
    std::string last_step;
    void forget();  // it is gone; its Jobs may go after it
  };
  using Facts = std::vector<Fact>;

  void readJobSet(const apiserver::WatchEvent& change, Facts& out);
  void readJobSetSpec(const apiserver::WatchEvent& change, JobSetSeen& seen, Facts& out);
  void readJobSetStatus(const apiserver::WatchEvent& change, JobSetSeen& seen, Facts& out);
  void readJob(const apiserver::WatchEvent& change, Facts& out);
  void readJobStatus(const apiserver::WatchEvent& change, Facts& out);
  void readPod(const apiserver::WatchEvent& change, Facts& out) const;
  void readPodStatus(const apiserver::WatchEvent& change, Facts& out) const;
  void readWorkload(const apiserver::WatchEvent& change, Facts& out) const;  // of Kueue
  void readEvent(const apiserver::WatchEvent& change, Facts& out) const;
  void readFaultNote(const kernel::Note& note, Fact& fact);
  void readJobSetNote(const kernel::Note& note, Fact fact, Facts& out);
  Fact podFact(const apiserver::WatchEvent& change, Weight weight, std::string text, std::string phase) const;
  Fact jobFact(const apiserver::WatchEvent& change, Weight weight, std::string text, std::string phase) const;
  void joinGroup(Fact& fact, const Group& group, std::string phase) const;
  const Group* podGroup(std::string_view namespace_, std::string_view pod_name) const;
  Group jobGroup(const api::Object& job) const;

  std::map<std::string, JobSetSeen> jobsets_;                        // by namespace/name
  std::set<std::pair<std::uint64_t, std::uint64_t>> told_together_;  // faults (number, phase) that one line tells of
  std::map<std::string, Group> pods_of_job_;  // by the Job's namespace/name: the group of its Pods
};

// "job/x", or "job/ns/x" when the namespace is not "default".
std::string shortName(std::string_view kind, std::string_view namespace_, std::string_view name);

}  // namespace jobset_twin::viz
