// pod_template.hpp - the Pods that a Job creates (K-JOB-3..7).
//
// All Pods of a Job share one PodSpec and, but for the index, one set of labels: PodBase is made once per Job and
// generation. Source: kubernetes pkg/controller/job/indexed_job_utils.go, pkg/controller/controller_utils.go
// (GetPodFromTemplate).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/object.hpp"
#include "sim/cluster/job/manage_job.hpp"

namespace jobset_twin::cluster::job {

struct PodBase {
  std::string job, namespace_;
  bool indexed = false, per_index = false;
  api::Shared<api::PodSpec> spec;
  api::StringMap labels, annotations;
  std::vector<std::string> finalizers;
  api::Shared<std::vector<api::OwnerReference>> owners;
};

PodBase podBase(const api::Object& job);
api::ObjectPtr makePod(const PodBase& base, const NewPod& pod);

// "<job>-<index>-", its job part cut so that the whole has at most 58 characters (K-JOB-4).
std::string indexedPrefix(std::string_view job, std::int32_t index);

}  // namespace jobset_twin::cluster::job
