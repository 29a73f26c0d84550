// jobset_cache.hpp - the informer cache of the JobSet manager: what its reconcilers and webhooks may see.
//
// Fed one change at a time; indexes by owner, label and name are kept up to date, so that a view costs the size of what
// it shows.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/jobset/admission.hpp"
#include "engine/jobset/observed.hpp"
#include "engine/jobset/pod_reconciler.hpp"

namespace jobset_twin::runtime {

class JobSetCache final : public jobset::CacheView {
 public:
  api::ObjectPtr apply(const api::ObjectPtr& object, bool deleted);  // returns what it was before; null: not there

  // `key` is namespace/name. with_pods: gate InPlaceRestart is on.
  jobset::Observed observe(const std::string& key, bool with_pods) const;
  jobset::ObservedPlacement observePlacement(const std::string& pod_key) const;
  api::ObjectPtr jobset(const std::string& key) const;
  using Objects = std::map<std::string, api::ObjectPtr, std::less<>>;  // by namespace/name
  const Objects& jobsets() const { return jobsets_; }
  const Objects& pods() const { return pods_; }
  std::size_t childCount(const std::string& key) const;  // child Jobs of a JobSet

  std::vector<api::ObjectPtr> podsByBaseName(std::string_view namespace_, std::string_view base) const override;
  api::ObjectPtr node(std::string_view name) const override;
  api::ObjectPtr volumeClaim(std::string_view namespace_, std::string_view name) const override;

  template <class Archive>
  void serialize(Archive& ar);  // runtime_archive.hpp

 private:
  Objects jobsets_, jobs_, services_, pods_, nodes_, claims_;            // by namespace/name (nodes by name)
  std::map<std::string, jobset::SeenJobs, std::less<>> jobs_by_owner_;   // namespace/owner UID -> Jobs
  std::map<std::string, jobset::SeenPods, std::less<>> pods_by_jobset_;  // namespace/label of the JobSet -> its Pods
  std::map<std::string, std::set<std::string>, std::less<>> pods_by_base_, pods_by_job_key_;  // -> pod keys
  void indexJob(const api::ObjectPtr& job, bool present);
  void indexPod(const api::Object& pod, bool present);
  void countPod(const api::Object& pod, bool present);
};

}  // namespace jobset_twin::runtime
