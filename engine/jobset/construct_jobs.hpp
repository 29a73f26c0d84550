// construct_jobs.hpp - the Jobs that a JobSet creates: names, labels, annotations, placement, volumes (JS-N1 to JS-N7,
// JS-V2).
//
// Which Jobs are due is decided in reconcile.cpp. Jobs of one replicated job share their Pod spec unless the
// node-selector strategy gives each its own. Source: jobset v0.12.0 pkg/controllers/jobset_controller.go (constructJob
// and callees).
#pragma once

#include "engine/jobset/child_jobs.hpp"

namespace jobset_twin::jobset {

// The reference that makes `owner` the controller of what carries it, in the way of its deletion.
api::Shared<std::vector<api::OwnerReference>> controllerReference(const api::Object& owner);

class JobFactory {
 public:
  // Views: all must outlive the factory. `status` gives the restart counts for the labels.
  JobFactory(const api::Object& jobset, const api::JobSetStatus& status, const ReplicatedJobIndex& index,
             const FeatureGates& gates);

  // The Jobs of the replicated job at `position` whose index is not present, by index.
  std::vector<api::ObjectPtr> missing(std::size_t position, const std::vector<bool>& present) const;

 private:
  struct Prototype;
  Prototype prototypeOf(std::size_t position) const;
  api::ObjectPtr make(const Prototype& prototype, std::size_t position, std::int32_t job_index) const;

  const api::Object& jobset_;
  const api::JobSetSpec& spec_;
  const api::JobSetStatus& status_;
  const ReplicatedJobIndex& index_;
  const FeatureGates& gates_;
  api::Shared<std::vector<api::OwnerReference>> owner_;
};

}  // namespace jobset_twin::jobset
