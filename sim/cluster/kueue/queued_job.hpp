// queued_job.hpp - JobSets and Jobs as Kueue treats them: whether they are its, what they ask for, how they stand, and
// the writes that start and stop them (K-KUE-2, 3, 10 to 17).
//
// Source: Kueue pkg/controller/jobframework, pkg/controller/jobs/{jobset,job}.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/api/request.hpp"
#include "sim/cluster/kueue/workload.hpp"

namespace jobset_twin::cluster::kueue {

using Flavors = std::map<std::string, FlavorSpec>;

struct JobState {
  bool suspended = false;
  bool active = false;  // has Pods, as far as its own status says (K-KUE-14)
  bool ready = false;   // K-KUE-15
  bool finished = false, succeeded = false;
  std::string message;                              // of its end
  std::map<std::string, std::int64_t> reclaimable;  // K-KUE-16
};

std::string workloadName(const api::Object& job);
JobState stateOf(const api::Object& job);
// "The" class that decides its priority, of Kueue's own kind or of Kubernetes'.
struct PriorityRef {
  std::string name;
  bool of_kueue = false;
};
PriorityRef priorityRefOf(const api::Object& job);  // name "": none is named
api::ObjectPtr makeWorkload(const api::Object& job, std::int32_t priority, const PriorityRef& by);
std::size_t podSetsOf(const api::Object& job);  // how many
// Whether it still asks for what its Workload says (K-KUE-18).
bool asks(const api::Object& job, const Workload& workload);
api::Request podSetsPatch(const api::Object& job, const Workload& workload);

// suspend: false, with what the flavors ask for. Nothing and a problem: the template says otherwise (K-KUE-12).
std::optional<api::Request> startRequest(const api::Object& job, const Workload& workload, const Flavors& flavors,
                                         std::string& problem);
// The next write on the way to a stopped one with its templates as they were; nothing: it is there. A Job takes up to
// three, for its template may change only while it is suspended and has no start time.
std::optional<api::Request> stopRequest(const api::Object& job, const Workload* workload);

}  // namespace jobset_twin::cluster::kueue
