// api_client.hpp - the seam between the controller and a world: requests go out, answers come back later by token.
//
// The simulated cluster implements it on its transport, live mode on HTTP. Every fault enters here. Calls never block.
#pragma once

#include <cstdint>

#include "engine/api/request.hpp"
#include "engine/jobset/plan.hpp"

namespace jobset_twin::runtime {

class ApiClient {
 public:
  virtual ~ApiClient() = default;
  // Sends; the world calls Driver::onAnswer with the token once the answer is there (Reason::kUnknownOutcome if none
  // came).
  virtual void send(api::Request request, std::uint64_t token) = 0;
  // Hands an event to the recorder: best effort, no answer.
  virtual void record(const jobset::EventRecord& event) = 0;
};

}  // namespace jobset_twin::runtime
