// gangs.hpp - which Pods are scheduled together, and how many of a gang it takes.
//
// Two kinds. Native: a Pod names its PodGroup (spec.schedulingGroup), which says minCount; gates GenericWorkload and
// GangScheduling (K-SCH-60, 61; kube-scheduler 1.36 plugins/gangscheduling). And by the scheduler's own option: the
// Pods of one attempt of a JobSet, or of one of its replicated jobs. Such a gang is one until it was placed; Pods that
// come later go alone, until the JobSet is suspended. JobSets that cannot be a gang are none: exclusive placement makes
// the other Pods only once the leader has its node, and with an order of start (startupPolicy, dependsOn) each
// replicated job is its own. Who is known, how they are placed and what is done about it: scheduler.hpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "engine/api/object.hpp"
#include "sim/cluster/scheduler/profile.hpp"

namespace jobset_twin::cluster {

using PodSlot = std::uint32_t;

struct Gang {
  bool native = false;
  std::string namespace_, name;  // of the PodGroup, or of the JobSet
  std::string replicated_job;    // "": all of the JobSet
  std::string uid, attempt;      // of the JobSet
  std::set<PodSlot> members;     // that have not ended; of a JobSet's also those that are being deleted left out
  std::map<std::string, std::set<std::string>> done;  // UIDs of Pods that succeeded, by replicated job
  bool placed = false;                                // of a JobSet: all of it, once
  std::set<std::string> victims;                      // UIDs of Pods that make room for it and are still there

  template <class Archive>
  void serialize(Archive& ar) {
    ar(native, namespace_, name, replicated_job, uid, attempt, members, done, placed, victims);
  }
};

class Gangs {
 public:
  Gangs() = default;
  Gangs(GangOptions options, WorkloadGates gates) : options_(std::move(options)), gates_(gates) {}

  bool needsJobSets() const { return options_.scope != GangScope::kNone; }
  bool needsPodGroups() const { return gates_.GenericWorkload; }
  const GangOptions& options() const { return options_; }
  const WorkloadGates& gates() const { return gates_; }

  // What the caches say; null: gone. The gangs that it may concern.
  std::vector<std::string> setJobSet(const std::string& namespace_, const std::string& name, api::ObjectPtr object);
  std::vector<std::string> setPodGroup(const std::string& namespace_, const std::string& name, api::ObjectPtr object);

  // The gang of a Pod that is new; "": none. Not to be asked while its JobSet has not been heard of.
  std::string add(PodSlot slot, const api::Object& pod);
  // The JobSet that the Pod may make a gang of and that is not in the cache yet, as namespace/name; "": none.
  std::string unknownJobSet(const api::Object& pod) const;
  void remove(PodSlot slot);
  // A Pod has succeeded, whether it was known or not: it is not waited for.
  void succeeded(const api::Object& pod);
  const std::string* gangOf(PodSlot slot) const;  // null: none
  const Gang& at(const std::string& gang) const { return gangs_.at(gang); }
  bool has(const std::string& gang) const { return gangs_.contains(gang); }
  void setPlaced(const std::string& gang) { gangs_.at(gang).placed = true; }
  void setVictims(const std::string& gang, std::set<std::string> uids) { gangs_.at(gang).victims = std::move(uids); }

  // PreEnqueue: why none of its Pods is tried yet; "" if they are.
  std::string notYet(const std::string& gang) const;
  // How many of its Pods must have a node, or none is given one. 0: each goes alone.
  std::int32_t least(const std::string& gang) const;
  // All in one domain of this topology key; "": anywhere.
  std::string topologyKey(const std::string& gang) const;
  const api::ObjectPtr* podGroup(const std::string& namespace_, const std::string& name) const;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(jobsets_, pod_groups_, gangs_, of_);
  }

 private:
  using Name = std::pair<std::string, std::string>;  // namespace, name
  std::vector<std::string> concerned(bool native, const std::string& namespace_, const std::string& name) const;
  std::string keyOf(const api::Object& pod, Gang& gang) const;

  GangOptions options_;  // these two are not saved: the World's configuration
  WorkloadGates gates_;
  std::map<Name, api::ObjectPtr> jobsets_, pod_groups_;
  std::map<std::string, Gang> gangs_;
  std::map<PodSlot, std::string> of_;
};

// What a PodGroup asks for in spec.schedulingConstraints; "": nothing.
std::string topologyKeyOf(const api::ObjectPtr& pod_group);
// Can the Pods of a JobSet be one gang? "" or why not.
std::string whyNoGang(const api::JobSetSpec& spec, const api::ObjectMeta& meta);
// Do its replicated jobs start one after the other?
bool startsInOrder(const api::JobSetSpec& spec);

}  // namespace jobset_twin::cluster
