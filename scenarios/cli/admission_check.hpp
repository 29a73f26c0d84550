// admission_check.hpp - what the API server says of the objects that a run starts with, before anything runs: defaulted
// and admitted, or refused with the place of each mistake. `validate` prints it; `run` refuses bad input by it.
//
// The objects are created on a server of their own, in order, without controllers: what later depends on others
// (placement of Pods, quotas) is not asked.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenarios/load.hpp"

namespace jobset_twin::cli {

struct Admitted {
  std::string origin;     // file:line
  api::ObjectPtr object;  // as the API server would return it, without resourceVersion
};

struct AdmissionReport {
  std::vector<Admitted> admitted;
  api::Errors errors, warnings;
  std::vector<std::pair<std::string, std::string>> faults;  // FILE:LINE and name of those in documents
};

// files: where the objects come from, for the places of fields.
AdmissionReport admit(const cluster::WorldConfig& config, const std::vector<api::ObjectPtr>& objects,
                      const std::vector<std::string>& origins, const std::vector<scenarios::InputFile>& files);
// Namespaces that exist first, then what is created at the start of the run.
AdmissionReport admit(const scenarios::RunPlan& plan, const std::vector<scenarios::InputFile>& files);

}  // namespace jobset_twin::cli
