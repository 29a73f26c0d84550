// Judging expectations on what was recorded.
#include <algorithm>

#include <fmt/format.h>

#include "engine/api/time.hpp"
#include "scenarios/expectations.hpp"

namespace jobset_twin::scenarios {
namespace {

std::string rangeText(const CountRange& range) {
  if (range.at_least && range.at_most) {
    return *range.at_least == *range.at_most ? fmt::format("{}", *range.at_least)
                                             : fmt::format("{} to {}", *range.at_least, *range.at_most);
  }
  return range.at_least ? fmt::format("at least {}", *range.at_least)
                        : fmt::format("at most {}", range.at_most.value_or(0));
}

// What each moment is called in a sentence: "was created", "became ready".
std::string_view verbOf(Moment moment) {
  switch (moment) {
    case Moment::kCreated: return "was created";
    case Moment::kScheduled: return "was scheduled";
    case Moment::kRunning: return "was running";
    case Moment::kReady: return "was ready";
    case Moment::kSuspended: return "was suspended";
    case Moment::kRestarted: return "was restarted";
    case Moment::kSucceeded: return "succeeded";
    case Moment::kFailed: return "failed";
    case Moment::kFinished: return "finished";
    case Moment::kDeleting: return "was being deleted";
    case Moment::kDeleted: return "was deleted";
    case Moment::kResolvable: return "was resolvable";
    case Moment::kStarted: return "started";
    case Moment::kEnded: return "ended";
  }
  return "";
}

// "13.000s"; from a minute on "4m14.428s", as the times of expectations are written.
std::string secondsText(Duration duration) {
  if (duration >= std::chrono::minutes(1)) return api::formatDuration(duration / 1'000'000 * 1'000'000);
  return fmt::format("{:.3f}s", static_cast<double>(duration.count()) / 1e9);
}

bool matches(const std::string& pattern, const ObjectRecord& record) {
  return matchesPattern(pattern, record.name) || (!record.alias.empty() && matchesPattern(pattern, record.alias));
}

class Judge {
 public:
  Judge(const Expectation& expectation, std::uint32_t index, const ExpectationRecorder& recorder, TimePoint start)
      : e_(expectation), index_(index), recorder_(recorder), start_(start) {}

  // What speaks against it; "": nothing.
  std::string objects() const {
    std::vector<const ObjectRecord*> matched = matching(e_.object);
    if (e_.strikes.given()) {
      std::int64_t strikes = 0;
      for (const ObjectRecord* record : matched) strikes += record->instances;
      if (!e_.strikes.holds(strikes)) {
        return fmt::format("struck {} time{}{}", strikes, strikes == 1 ? "" : "s",
                           matched.empty() ? nearestHint(e_.object, recorder_.seen()) : "");
      }
      if (matched.empty()) return {};
    }
    if (matched.empty()) {
      if (e_.count.given() ? e_.count.holds(0)
                           : e_.never && e_.reaches && (*e_.reaches == Moment::kCreated || isOfFaults(*e_.reaches)))
        return {};
      return fmt::format("there never was a {}{}", e_.object, nearestHint(e_.object, recorder_.seen()));
    }
    std::int64_t good = 0, bad = 0;
    std::string first_wrong;
    for (const ObjectRecord* record : matched) {
      const std::string wrong = against(*record);
      if (wrong.empty()) {
        ++good;
      } else if (bad++ == 0) {
        first_wrong = fmt::format("{} {}", record->name, wrong);
      }
    }
    if (e_.count.given()) {
      if (e_.count.holds(good)) return {};
      return fmt::format("{} of {} objects{}", good, matched.size(), first_wrong.empty() ? "" : "; " + first_wrong);
    }
    if (bad == 0) return {};
    return bad == 1 ? first_wrong : fmt::format("{}; {} of {} objects", first_wrong, bad, matched.size());
  }

 private:
  std::vector<const ObjectRecord*> matching(const std::string& pattern) const {
    std::vector<const ObjectRecord*> out;
    for (const auto& [name, record] : recorder_.records()) {
      if (matches(pattern, record)) out.push_back(&record);
    }
    return out;
  }

  std::string against(const ObjectRecord& record) const {
    if (std::string wrong = state(record); !wrong.empty()) return wrong;
    if (std::string wrong = counts(record); !wrong.empty()) return wrong;
    return moments(record);
  }

  std::string state(const ObjectRecord& record) const {
    if (e_.terminal_state && record.terminal_state != *e_.terminal_state) {
      return record.terminal_state.empty() ? "has no terminal state"
                                           : fmt::format("has the terminal state {}", record.terminal_state);
    }
    if (e_.phase && record.phase != *e_.phase)
      return record.phase.empty() ? "has no phase" : fmt::format("is {}", record.phase);
    if (e_.restarts.given() && !e_.restarts.holds(record.restarts)) {
      return fmt::format("was restarted {} time{}", record.restarts, record.restarts == 1 ? "" : "s");
    }
    if (!e_.condition && !e_.reason) return {};
    std::string have;
    for (const auto& [type, reason] : record.conditions) {
      if ((!e_.condition || *e_.condition == type) && (!e_.reason || *e_.reason == reason)) return {};
      have += fmt::format("{}{}{}", have.empty() ? "" : ", ", type, reason.empty() ? "" : " (" + reason + ")");
    }
    return have.empty() ? "has no condition that is True" : "has the conditions " + have;
  }

  std::string counts(const ObjectRecord& record) const {
    if (!e_.wantsEvent() && !e_.log_contains) return {};
    const auto found = record.counts.find(index_);
    const std::int64_t have = found == record.counts.end() ? 0 : found->second;
    const bool holds = e_.never ? have == 0 : (e_.times.given() ? e_.times.holds(have) : have > 0);
    if (holds) return {};
    return fmt::format("has {} such {}{}", have == 0 ? "no" : fmt::format("{}", have),
                       e_.wantsEvent() ? "Event" : "line", have == 1 ? "" : "s");
  }

  std::string moments(const ObjectRecord& record) const {
    if (!e_.reaches) return {};
    const Stamp& stamp = record.first[static_cast<std::size_t>(*e_.reaches)];
    const std::string when = fmt::format("{} at {}", verbOf(*e_.reaches), secondsText(stamp.at - start_));
    if (e_.never) return stamp.happened() ? when : std::string();
    if (!stamp.happened()) return fmt::format("never {}", verbOf(*e_.reaches));
    const Duration since = stamp.at - start_;
    if ((e_.not_before && since < *e_.not_before) || (e_.not_after && since > *e_.not_after)) return when;
    if (!e_.before_object.empty()) {
      if (std::string wrong = order(stamp, e_.before_object, e_.before_moment, true); !wrong.empty())
        return when + ", but " + wrong;
    }
    if (!e_.after_object.empty()) {
      if (std::string wrong = order(stamp, e_.after_object, e_.after_moment, false); !wrong.empty())
        return when + ", but " + wrong;
    }
    return {};
  }

  // Before the first, or after the last, of the others.
  std::string order(const Stamp& stamp, const std::string& pattern, Moment moment, bool before) const {
    const std::vector<const ObjectRecord*> others = matching(pattern);
    if (others.empty()) return fmt::format("there never was a {}{}", pattern, nearestHint(pattern, recorder_.seen()));
    const ObjectRecord* edge = nullptr;
    for (const ObjectRecord* other : others) {
      const Stamp& theirs = other->first[static_cast<std::size_t>(moment)];
      if (!theirs.happened()) {
        if (!before) return fmt::format("{} never {}", other->name, verbOf(moment));
        continue;
      }
      if (edge == nullptr) {
        edge = other;
        continue;
      }
      const std::uint64_t best = edge->first[static_cast<std::size_t>(moment)].order;
      if (before ? theirs.order < best : theirs.order > best) edge = other;
    }
    if (edge == nullptr) return fmt::format("{} never {}", pattern, verbOf(moment));
    const Stamp& theirs = edge->first[static_cast<std::size_t>(moment)];
    if (before ? stamp.order < theirs.order : stamp.order > theirs.order) return {};
    return fmt::format("{} {} at {}", edge->name, verbOf(moment), secondsText(theirs.at - start_));
  }

  const Expectation& e_;
  std::uint32_t index_;
  const ExpectationRecorder& recorder_;
  TimePoint start_;
};

}  // namespace

std::string describeExpectation(const Expectation& e) {
  std::vector<std::string> parts;
  if (e.terminal_state)
    parts.push_back(e.terminal_state->empty() ? "has no terminal state" : "ends " + *e.terminal_state);
  if (e.phase) parts.push_back("is " + *e.phase);
  if (e.condition) parts.push_back("has the condition " + *e.condition);
  if (e.reason) parts.push_back("has the reason " + *e.reason);
  if (e.restarts.given()) parts.push_back("is restarted " + rangeText(e.restarts) + " times");
  if (e.strikes.given()) parts.push_back("strikes " + rangeText(e.strikes) + " times");
  if (e.reaches) {
    std::string text = fmt::format("{}{}", e.never ? "never " : "", verbOf(*e.reaches));
    if (e.not_before) text += " not before " + api::formatDuration(*e.not_before);
    if (e.not_after)
      text += fmt::format("{} not after {}", e.not_before ? " and" : "", api::formatDuration(*e.not_after));
    if (!e.before_object.empty()) text += fmt::format(" before {} {}", e.before_object, verbOf(e.before_moment));
    if (!e.after_object.empty()) text += fmt::format(" after {} {}", e.after_object, verbOf(e.after_moment));
    parts.push_back(std::move(text));
  }
  if (e.wantsEvent() || e.log_contains) {
    std::string text = e.never ? "has no " : "has ";
    if (e.times.given()) text += rangeText(e.times) + " times ";
    text += e.log_contains ? fmt::format("the line \"{}\" in its log", *e.log_contains) : std::string("the Event");
    for (const auto* part : {&e.event_type, &e.event_reason}) {
      if (*part) text += " " + **part;
    }
    if (e.event_message) text += fmt::format(" \"{}\"", *e.event_message);
    parts.push_back(std::move(text));
  }
  std::string out;
  if (!e.object.empty()) {
    out = e.object;
    if (e.count.given()) out += fmt::format(" ({} of them)", rangeText(e.count));
    out += parts.empty() ? " exists" : " ";
    for (std::size_t i = 0; i < parts.size(); ++i) out += (i == 0 ? "" : ", ") + parts[i];
  }
  if (e.end_reason) out += fmt::format("{}the run ends: {}", out.empty() ? "" : "; ", *e.end_reason);
  return out;
}

std::vector<ExpectationResult> judge(const std::vector<Expectation>& expectations, const ExpectationRecorder& recorder,
                                     EndReason reason, TimePoint start) {
  std::vector<ExpectationResult> out;
  for (std::size_t i = 0; i < expectations.size(); ++i) {
    const Expectation& e = expectations[i];
    ExpectationResult result;
    result.text = e.description.empty() ? describeExpectation(e) : e.description;
    if (!e.object.empty()) result.found = Judge(e, static_cast<std::uint32_t>(i), recorder, start).objects();
    if (e.end_reason && *e.end_reason != endReasonText(reason)) {
      result.found += fmt::format("{}the run ended: {}", result.found.empty() ? "" : "; ", endReasonText(reason));
    }
    result.met = result.found.empty();
    out.push_back(std::move(result));
  }
  return out;
}

}  // namespace jobset_twin::scenarios
