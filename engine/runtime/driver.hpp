// driver.hpp - carries out one Plan at a time, step by step, on an ApiClient.
//
// An explicit state machine over the Plan (position, requests in flight): no thread, no blocking call. It can be copied
// and killed at any step. A step is one request, a concurrent batch (all attempted, errors joined, at most 50 in
// flight) or a sequence. The first failed step ends the pass; the status is written last; events and metrics count only
// after that write (spec/jobset.md JS-R13d, JS-R16). Decides nothing: what an answer means for the JobSet is the next
// pass's business.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/jobset/plan.hpp"
#include "engine/runtime/api_client.hpp"

namespace jobset_twin::runtime {

// How a pass ended.
struct PassOutcome {
  std::string error;                           // "": it succeeded
  std::optional<api::Duration> requeue_after;  // of a success
  std::vector<jobset::MetricIncrement> metrics;
  bool wrote_status = false;
};

class Driver {
 public:
  explicit Driver(std::int32_t in_flight_max = 50) : in_flight_max_(in_flight_max) {}

  bool running() const { return running_; }
  // Requests of this Plan that were sent so far, the status write included.
  std::uint64_t sent() const { return sent_; }
  // Starts a Plan: sends what can be sent at once. Requires !running() (asserted).
  void begin(jobset::Plan plan, ApiClient& client);
  // An answer to a request of this Plan; an unknown token is ignored (it belonged to a life before a restart).
  void onAnswer(std::uint64_t token, const api::Response& response, ApiClient& client);
  // The cache has shown a change of this object: what was created is known by now.
  void onSeen(const api::ObjectKey& key);
  // Once !running(): what came of it.
  PassOutcome takeOutcome();
  // The name of the step under way, for reports; "write status" at the end.
  std::string stepName() const;

  template <class Archive>
  void serialize(Archive& ar);  // runtime_archive.hpp

 private:
  void startStep(ApiClient& client);
  void sendNext(ApiClient& client);
  bool mayStart(std::size_t index) const;
  void finishStep(ApiClient& client);
  void finish(ApiClient& client);
  void sendOne(std::size_t index, ApiClient& client);
  bool noteCreation(const jobset::StepRequest& request, const api::Response& response);

  std::int32_t in_flight_max_;
  bool running_ = false;
  jobset::Plan plan_;
  std::size_t step_ = 0;
  std::vector<std::uint8_t> states_;    // of the requests of the step: Waiting, Sent, Done, Failed, Skipped
  std::vector<std::string> errors_;     // of the step, in the order of its requests
  std::vector<std::int64_t> versions_;  // resourceVersions answered in this step
  std::vector<std::vector<std::int64_t>> earlier_versions_;  // of the steps before
  std::int32_t in_flight_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t base_token_ = 1;  // tokens of the step: base + index; the status write: base
  bool writing_status_ = false;
  PassOutcome outcome_;
  std::map<api::ObjectKey, bool> unseen_;  // creations that the cache has not shown; true: the server confirmed it
  std::vector<api::ObjectKey> seen_;       // while a Plan runs: it was made before they were shown, and may create them
};

}  // namespace jobset_twin::runtime
