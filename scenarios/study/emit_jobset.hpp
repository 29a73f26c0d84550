// emit_jobset.hpp - a study as a JobSet for a real cluster: an Indexed Job that runs a part of the study in each Pod
// (JOB_COMPLETION_INDEX says which), and a Job that merges the parts when all are there. Kubernetes schedules; nothing
// of ours does.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/api/result.hpp"

namespace jobset_twin::scenarios::study {

struct EmitOptions {
  std::string name;                          // of the study
  std::string study;                         // the path of its file, one of `files`
  std::map<std::string, std::string> files;  // texts of all files that the study reads, by path
  std::uint32_t shards = 1;
  std::uint32_t replications = 0;     // 0: the study's own
  std::optional<std::uint64_t> seed;  // absent: the study's own
  std::string image;                  // holds the program jobset-twin
};

// ConfigMap, PersistentVolumeClaim and JobSet as YAML documents. Errors: a name that is none for Kubernetes, more text
// than a ConfigMap holds.
api::Result<std::string> emitJobSet(const EmitOptions& options);

}  // namespace jobset_twin::scenarios::study
