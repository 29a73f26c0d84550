// target.hpp - which objects a fault is about: matching Pods and nodes by their stable names, and the choice among
// several. A unit is what is hit at once: a Pod, a node, or all nodes of a topology domain.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/object.hpp"
#include "sim/apiserver/store.hpp"
#include "sim/apiserver/watch_event.hpp"
#include "sim/faults/classes.hpp"
#include "sim/faults/fault.hpp"

namespace jobset_twin::faults {

struct Unit {
  std::string name;  // stable: "default/train/workers/0/1", "node-3", "rack/r3"
  std::vector<api::ObjectKey> objects;

  friend bool operator<(const Unit& a, const Unit& b) { return a.name < b.name; }
};

// The five parts by which a Pod of a JobSet is known ("default/train/workers/0/1"; the last is "" when its Job is not
// Indexed), "<namespace>/<name without suffix>" of other Pods.
std::string podIdentity(const api::Object& pod);

// Whether the name or the path of a Pod fits `pod=`. The path: namespace, JobSet, replicated job, Job index, Pod index.
struct PodPath {
  std::string namespace_, jobset, replicated_job, job_index, pod_index;
  std::string name, shared_name;  // of the Pod; without its random suffix
  std::string job;                // name of its Job; "": none
};
std::vector<std::string_view> pathParts(std::string_view path);
PodPath podPath(const api::Object& pod);
std::string identityOf(const PodPath& path);
bool matchesPod(const std::string& pattern, const PodPath& path);
bool matchesJob(const std::string& pattern, const PodPath& path);
// "rack/r3" against the labels of a node; the value of the label that fits in `value`.
bool matchesDomain(const std::string& pattern, const api::StringMap& labels, std::string* value = nullptr);

// Whether a node fits node=, domain= and (for faults of nodes) selector=.
bool nodeFits(const Target& target, Scope scope, const api::Object& node);
// Whether a Pod fits all of the target; `store` holds its node.
bool podFits(const Target& target, const api::Object& pod, const apiserver::Store& store);

// Which Pods have an identity: to find a unit without looking at all of them.
class PodIndex {
 public:
  // From the store at first; then it follows the changes. Not part of a saved run: it is made anew when it is needed.
  const std::set<api::ObjectKey>& find(const std::string& identity, const apiserver::Store& store);
  void onChange(const apiserver::WatchEvent& change);

 private:
  bool made_ = false;
  std::map<std::string, std::set<api::ObjectKey>> pods_;
};

// All units that fit, by name. Pods that have ended or are being deleted are left out; with `running` those that do not
// run, too.
std::vector<Unit> unitsOf(const Fault& fault, const apiserver::Store& store);
// The first of them that is called so; nothing: none is.
std::vector<Unit> unitNamed(const Fault& fault, const std::string& name, const apiserver::Store& store, PodIndex& pods);
// One of them (kAny): by a number drawn from the fault's and the unit's names alone, so that one more unit changes the
// choice only if it is the one chosen. Requires: units is not empty.
std::size_t chooseUnit(const std::vector<Unit>& units, std::uint64_t seed, const std::string& fault,
                       std::uint64_t occurrence);

// Their names as people count them: node-2 before node-10.
std::vector<std::string> namesInOrder(const std::vector<Unit>& units);

// The target in words, as --fault takes it: "pod=default/train/workers/0/1", "any".
std::string targetText(const Target& target);

}  // namespace jobset_twin::faults
