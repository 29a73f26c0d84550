#include "sim/workload/behavior.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/api/time.hpp"

namespace jobset_twin::workload {
namespace {

enum Stage : std::int32_t {
  kAskName,
  kNameAnswered,
  kAskPeers,
  kPeersAnswered,
  kRestored,
  kWork,
  kWorked,
  kCheckpoint,
  kGroupEnded
};

constexpr Duration kPoll = std::chrono::seconds(1);

Ask sleepFor(Duration duration, bool idle = false) {
  Ask ask;
  ask.kind = AskKind::kSleep;
  ask.duration = duration;
  ask.idle = idle;
  return ask;
}

Ask exitWith(std::int32_t code) {
  Ask ask;
  ask.kind = AskKind::kExit;
  ask.exit_code = code;
  return ask;
}

bool applies(const FailureSpec& failure, std::int32_t attempt) {
  return failure.attempts.empty() ||
         std::find(failure.attempts.begin(), failure.attempts.end(), attempt) != failure.attempts.end();
}

Ask askFor(AskKind kind, std::string name) {
  Ask ask;
  ask.kind = kind;
  ask.name = std::move(name);
  return ask;
}

// No longer than until the hazard strikes.
Duration cut(const BehaviorRun& run, Duration time) { return run.fails_in ? std::min(time, *run.fails_in) : time; }

// So much time has passed; true: the hazard has struck.
bool struck(BehaviorRun& run, Duration time) {
  if (!run.fails_in) return false;
  *run.fails_in -= time;
  return *run.fails_in <= Duration{};
}

// Work until the end, the failure or the next checkpoint, whichever is first.
Duration nextSegment(const BehaviorRun& run) {
  Duration until = run.endless ? Duration::max() : run.work_total - run.work_done;
  if (run.fails_at) until = std::min(until, *run.fails_at - run.work_done);
  if (run.spec.checkpoint) until = std::min(until, run.spec.checkpoint->every);
  return cut(run, std::max(until, Duration{}));
}

}  // namespace

BehaviorRun BehaviorRun::start(Behavior spec, kernel::Stream stream, std::int32_t attempt, Duration checkpointed) {
  BehaviorRun run;
  run.stream = stream;
  run.attempt = attempt;
  run.checkpointed = spec.checkpoint ? checkpointed : Duration{};
  run.work_done = run.checkpointed;
  run.endless = !spec.run_time;
  run.work_total = spec.run_time ? draw(*spec.run_time, run.stream) : Duration::max();
  for (const FailureSpec& failure : spec.failures) {
    // Each failure draws, whether it applies or not, so that alternatives that differ in one see the same others.
    std::optional<Duration> drawn;
    if (failure.after) drawn = draw(*failure.after, run.stream);
    if (!applies(failure, attempt)) continue;
    if (drawn && (!run.fails_in || *drawn < *run.fails_in)) {
      run.fails_in = drawn;
      run.hazard_code = failure.exit_code;
    }
    if (!failure.at) continue;
    const Duration done_then = run.work_done + *failure.at;
    if (!run.fails_at || done_then < *run.fails_at) {
      run.fails_at = done_then;
      run.fail_code = failure.exit_code;
    }
  }
  run.spec = std::move(spec);
  return run;
}

Ask BehaviorRun::advance(const AskAnswer& answer, std::vector<std::string>& log) {
  for (;;) {
    switch (static_cast<Stage>(stage)) {
      case kAskName:
        if (next_wait == spec.wait_for_names.size()) {
          next_wait = 0;
          stage = kAskPeers;
          break;
        }
        stage = kNameAnswered;
        return askFor(AskKind::kLookUp, spec.wait_for_names[next_wait]);
      case kNameAnswered:
        stage = kAskName;
        if (answer.addresses.empty()) return sleepFor(kPoll, true);
        ++next_wait;
        break;
      case kAskPeers: {
        if (next_wait == spec.wait_for_peers.size()) {
          stage = kWork;
          began = true;
          if (spec.checkpoint && checkpointed > Duration{}) {
            log.push_back(fmt::format("restoring the checkpoint at {:.3f} s of work", api::secondsOf(checkpointed)));
            stage = kRestored;
            segment = cut(*this, spec.checkpoint->restore);
            return sleepFor(segment);
          }
          break;
        }
        stage = kPeersAnswered;
        const std::string& peers = spec.wait_for_peers[next_wait];
        return askFor(AskKind::kPeers, peers == "*" ? std::string() : peers);
      }
      case kPeersAnswered:
        stage = kAskPeers;
        if (!answer.ok) return sleepFor(kPoll, true);
        ++next_wait;
        break;
      case kRestored:
        if (struck(*this, segment)) return exitWith(hazard_code);
        stage = kWork;
        break;
      case kWork:
        if (spec.model) {
          stage = kGroupEnded;
          if (fails_at && (!fails_in || *fails_at <= *fails_in)) {
            segment = *fails_at;
          } else if (fails_in) {
            segment = *fails_in;
            fail_code = hazard_code;
          }
          if ((fails_at || fails_in) && segment == Duration{}) return exitWith(fail_code);
          Ask ask = askFor(AskKind::kGroup, {});
          ask.duration = segment;
          return ask;
        }
        stage = kWorked;
        segment = nextSegment(*this);
        return segment == Duration::max() ? askFor(AskKind::kForever, {}) : sleepFor(segment);
      case kWorked:
        work_done += segment;
        if (struck(*this, segment)) return exitWith(hazard_code);
        if (fails_at && work_done >= *fails_at) return exitWith(fail_code);
        if (!endless && work_done >= work_total) return exitWith(spec.exit_code);
        stage = kCheckpoint;
        segment = cut(*this, spec.checkpoint->cost);
        return sleepFor(segment);
      case kGroupEnded: return exitWith(answer.over ? answer.exit_code : fail_code);
      case kCheckpoint:
        if (struck(*this, segment)) return exitWith(hazard_code);
        checkpointed = work_done;
        log.push_back(fmt::format("checkpoint written at {:.3f} s of work", api::secondsOf(checkpointed)));
        stage = kWork;
        break;
    }
  }
}

GroupTimes timesOf(const BehaviorRun& run, Duration ran, Duration resumed, bool finished) {
  GroupTimes times;
  Duration left = ran;
  const auto take = [&left](Duration wanted) {
    const Duration taken = std::clamp(wanted, Duration{}, left);
    left -= taken;
    return taken;
  };
  const CheckpointSpec& checkpoint = *run.spec.checkpoint;
  if (resumed > Duration{}) times.restoring = take(checkpoint.restore);
  // Each one but those that were cut short comes after `every` of work.
  const std::int64_t saved = checkpoint.every > Duration{} ? (run.checkpointed - resumed) / checkpoint.every : 0;
  times.saving = take(saved * checkpoint.cost);
  if (run.stage == kCheckpoint) times.saving += take(left - (run.work_done - resumed));
  times.useful = take((finished ? run.work_done : run.checkpointed) - resumed);
  times.lost = left;
  return times;
}

}  // namespace jobset_twin::workload
