// conditions.hpp - a Job's terminal and interim conditions, their reasons and messages (table 2.9), and how conditions
// are set (K-JOB-71). Source: kubernetes pkg/controller/job/job_controller.go.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/job.hpp"

namespace jobset_twin::cluster::job {

enum class Ending : std::uint8_t { kNone, kFailureTarget, kFailed, kSuccessCriteriaMet, kComplete };
std::string_view conditionType(Ending ending);

// How a Job is about to end. kNone: it is not.
struct Finish {
  Ending ending = Ending::kNone;
  std::string reason, message;

  bool decided() const { return ending != Ending::kNone; }
  bool success() const { return ending == Ending::kSuccessCriteriaMet || ending == Ending::kComplete; }
  template <class Archive>
  void serialize(Archive& ar) {
    ar(ending, reason, message);
  }
};

Finish completionsReached();        // SuccessCriteriaMet
Finish successPolicyMet(int rule);  // SuccessCriteriaMet
Finish backoffLimitExceeded();      // and below: FailureTarget
Finish deadlineExceeded();
Finish podFailurePolicyHit(std::string message);
Finish maxFailedIndexesExceeded();
Finish failedIndexes();

bool jobFinished(const api::JobStatus& status);  // Complete or Failed is True
// The finish that an interim condition stands for: SuccessCriteriaMet as itself, FailureTarget as Failed (K-JOB-23.5 a,
// b).
Finish decidedBefore(const api::JobStatus& status);

api::Condition makeCondition(std::string_view type, std::string_view status, std::string_view reason,
                             std::string_view message, api::TimePoint now);
// Sets type to status, appending it if absent (but never as False). Returns whether anything changed.
bool ensureCondition(std::vector<api::Condition>& conditions, std::string_view type, std::string_view status,
                     std::string_view reason, std::string_view message, api::TimePoint now);

}  // namespace jobset_twin::cluster::job
