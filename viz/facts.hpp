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
#include <vector>

#include "scenarios/observer.hpp"

namespace jobset_twin::viz {

enum class Weight : std::uint8_t {
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
};

class FactReader {
 public:
  std::vector<Fact> read(const apiserver::WatchEvent& change);
  std::vector<Fact> read(const kernel::Note& note);

 private:
  struct Group {  // what members of a group share
    std::string key, name;
    std::int64_t expected = 0;
  };
  struct JobSetSeen {
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> sizes;  // replicated job: Jobs, Pods
    std::map<std::string, api::ObjectPtr> failed;                        // its failed Jobs, by name
    std::set<std::string> told;  // reasons of conditions told; their events repeat them
    std::string last_step;
  };

  void readJobSet(const apiserver::WatchEvent& change, std::vector<Fact>& out);
  void readJob(const apiserver::WatchEvent& change, std::vector<Fact>& out);
  void readPod(const apiserver::WatchEvent& change, std::vector<Fact>& out);
  void readPodStatus(const apiserver::WatchEvent& change, const Fact& base, std::vector<Fact>& out);
  void readEvent(const apiserver::WatchEvent& change, std::vector<Fact>& out);
  void readOther(const apiserver::WatchEvent& change, std::vector<Fact>& out);
  std::string verdict(const api::Object& before, JobSetSeen& seen) const;
  Group groupOf(const api::Object& object) const;
  Fact factOf(const apiserver::WatchEvent& change) const;
  Fact factOf(const kernel::Note& note) const;

  std::map<std::string, JobSetSeen> jobsets_;       // by namespace/name
  std::map<std::string, std::int64_t> plain_jobs_;  // Pods of Jobs without a JobSet, by namespace/name
};

// "job/x", or "job/ns/x" when the namespace is not "default".
std::string shortName(std::string_view kind, std::string_view namespace_, std::string_view name);

}  // namespace jobset_twin::viz
