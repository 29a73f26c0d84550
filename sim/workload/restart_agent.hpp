// restart_agent.hpp - JobSet's in-place restart agent as a container behaviour (spec/jobset.md JS-I6).
//
// At start its attempt is the JobSet's currentInPlaceRestartAttempt + 1 (0 if nil), written to its Pod's annotation.
// Then it watches the JobSet: attempt <= previous: it exits with the restart exit code; attempt = current: the barrier
// is down (its startup probe passes), and in main-container mode the worker (WORKER_COMMAND) starts. Source: jobset
// main (August 2026), cmd/in-place-restart-agent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/workload/ask.hpp"

namespace jobset_twin::workload {

struct RestartAgent {
  std::int32_t restart_exit_code = 1;
  std::int32_t attempt = -1;  // not known before the first look at the JobSet
  std::int32_t stage = 0;
  bool barrier_down = false;
  // The JobSet's status as it was last told: the watch answers when it differs.
  bool looked = false, last_in_place = true;
  std::optional<std::int32_t> last_previous, last_current;

  bool sameAsLast(const AskAnswer& answer) const {
    return answer.in_place == last_in_place && answer.previous_attempt == last_previous &&
           answer.current_attempt == last_current;
  }
  void remember(const AskAnswer& answer) {
    looked = true;
    last_in_place = answer.in_place;
    last_previous = answer.previous_attempt;
    last_current = answer.current_attempt;
  }
  Ask advance(const AskAnswer& answer, std::vector<std::string>& log);
  void bypass(std::vector<std::string>& log);  // another strategy, or disabled by annotation: no barrier
  template <class Archive>
  void serialize(Archive& ar) {
    std::int64_t previous = last_previous ? *last_previous : -1, current = last_current ? *last_current : -1;
    ar(restart_exit_code, attempt, stage, barrier_down, looked, last_in_place, previous, current);
    last_previous = previous < 0 ? std::nullopt : std::optional(static_cast<std::int32_t>(previous));
    last_current = current < 0 ? std::nullopt : std::optional(static_cast<std::int32_t>(current));
  }
};

}  // namespace jobset_twin::workload
