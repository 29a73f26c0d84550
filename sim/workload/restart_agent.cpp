#include "sim/workload/restart_agent.hpp"

#include <fmt/format.h>

namespace jobset_twin::workload {
namespace {

enum RestartStage : std::int32_t { kLook, kLooked, kAnnotated, kWatching };

Ask watch() {
  Ask ask;
  ask.kind = AskKind::kWatchJobSet;
  return ask;
}

}  // namespace

void RestartAgent::bypass(std::vector<std::string>& log) {
  if (barrier_down) return;
  barrier_down = true;
  log.push_back("in-place restart is off: no barrier");
}

Ask RestartAgent::advance(const AskAnswer& answer, std::vector<std::string>& log) {
  switch (static_cast<RestartStage>(stage)) {
    case kLook: stage = kLooked; return watch();
    case kLooked: {
      if (!answer.in_place) {  // no attempt is written, until the JobSet restarts in place after all
        bypass(log);
        return watch();
      }
      attempt = answer.current_attempt ? *answer.current_attempt + 1 : 0;
      stage = kAnnotated;
      log.push_back(fmt::format("in-place restart attempt {}", attempt));
      Ask ask;
      ask.kind = AskKind::kAnnotate;
      ask.name = std::to_string(attempt);
      return ask;
    }
    case kAnnotated:
      stage = kWatching;
      looked = false;  // the next look tells the state whatever it is: it may have changed meanwhile
      return watch();
    case kWatching: break;
  }
  if (answer.in_place && answer.previous_attempt && attempt <= *answer.previous_attempt) {
    log.push_back(
        fmt::format("attempt {} is over (previous {}): restarting in place", attempt, *answer.previous_attempt));
    Ask ask;
    ask.kind = AskKind::kExit;
    ask.exit_code = restart_exit_code;
    return ask;
  }
  if (!answer.in_place) {
    bypass(log);
  } else if (!barrier_down && answer.current_attempt && attempt == *answer.current_attempt) {
    barrier_down = true;
    log.push_back("all Pods have this attempt: the barrier is down");
  }
  return watch();
}

}  // namespace jobset_twin::workload
