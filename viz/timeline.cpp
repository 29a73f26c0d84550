#include "viz/timeline.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "viz/columns.hpp"

namespace jobset_twin::viz {
namespace {

using api::Duration;
using api::TimePoint;

constexpr Duration kQuiet = std::chrono::seconds(10), kQuietRepeats = std::chrono::minutes(5);
constexpr Duration kForgotten = std::chrono::hours(1);
constexpr std::size_t kWidestObject = 56;
constexpr std::size_t kClockWidth = 12;  // "23:59:59.999": columns do not move in the first day

constexpr std::string_view kReset = "\x1b[0m", kDim = "\x1b[2m";
std::string_view colorOf(Weight weight) {
  switch (weight) {
    case Weight::kDetail: return kDim;
    case Weight::kStep: return "";
    case Weight::kGood: return "\x1b[32m";
    case Weight::kDecision: return "\x1b[1m";
    case Weight::kFailure: return "\x1b[31m";
    case Weight::kLog: return kDim;
  }
  return "";
}

// What components say may hold these characters; nothing else that they write is outside ASCII.
std::string toAscii(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kPlain[] = {
      {"→", "->"}, {"–", "-"}, {"…", "..."}, {"×", "x"}, {"’", "'"}, {"“", "\""}, {"”", "\""}};
  std::string out(text);
  for (const auto& [from, to] : kPlain) {
    for (std::size_t at = out.find(from); at != std::string::npos; at = out.find(from, at + to.size())) {
      out.replace(at, from.size(), to);
    }
  }
  return out;
}

// A line is one line whatever a container printed.
std::string onOneLine(std::string_view text) {
  std::string out;
  for (const char c : text) {
    constexpr unsigned char kFirstPrintable = 0x20, kDelete = 0x7f;
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += ' ';
    } else if (byte >= kFirstPrintable && byte != kDelete) {
      out += c;
    }
  }
  return out;
}

std::string_view endText(scenarios::EndReason reason) {
  switch (reason) {
    case scenarios::EndReason::kFinished: return "everything that was submitted is over";
    case scenarios::EndReason::kStuck: return "nothing that matters can happen any more";
    case scenarios::EndReason::kUntil: return "the time asked for is reached";
    case scenarios::EndReason::kHorizon: return "the longest time of a run is reached";
    case scenarios::EndReason::kInterrupted: return "interrupted";
  }
  return "";
}

}  // namespace

std::string clockTime(Duration since_start, int decimals) {
  using namespace std::chrono;
  constexpr int kMillis = 3;
  std::int64_t unit = 1'000'000'000;
  for (int i = 0; i < decimals && i < kMillis; ++i) unit /= 10;
  // Cut off, never rounded up: 59.9996 s is not yet a minute.
  const Duration shown(since_start.count() / unit * unit);
  const auto d = duration_cast<hours>(shown) / 24;
  const auto total_seconds = duration_cast<seconds>(shown).count();
  const auto h = total_seconds / 3600 % 24, m = total_seconds / 60 % 60, s = total_seconds % 60;
  std::string fraction;
  if (decimals > 0) fraction = fmt::format(".{:0{}}", shown.count() % 1'000'000'000 / unit, decimals);
  if (d.count() > 0) return fmt::format("{}d {:02}:{:02}:{:02}{}", d.count(), h, m, s, fraction);
  if (h > 0) return fmt::format("{}:{:02}:{:02}{}", h, m, s, fraction);
  return fmt::format("{:02}:{:02}{}", m, s, fraction);
}

Timeline::Timeline(TimelineOptions options, WriteLine write)
    : options_(options), write_(std::move(write)), last_written_(options.start) {}

void Timeline::onChange(const apiserver::WatchEvent& change) {
  if (options_.mode == TimelineMode::kNone && !options_.logs) return;
  if (change.object->kind() == api::Kind::kJobSet && !change.previous) makeRoomFor(*change.object);
  for (const Fact& fact : reader_.read(change)) take(fact);
}

// The longest name among the Pods to come, so that the columns do not move.
void Timeline::makeRoomFor(const api::Object& jobset) {
  const auto digits = [](std::int64_t count) { return std::to_string(std::max<std::int64_t>(count - 1, 0)).size(); };
  constexpr std::size_t kSuffix = 6;  // "-x2k9p"
  for (const api::ReplicatedJob& job : api::as<api::JobSet>(jobset).spec->replicatedJobs) {
    const api::JobSpec& spec = *job.template_.spec;
    const std::size_t indexes =
        digits(job.replicas.value_or(1)) + digits(spec.completions.value_or(spec.parallelism.value_or(1)));
    const std::string name =
        shortName("pod", jobset.meta.namespace_, fmt::format("{}-{}--", jobset.meta.name, job.name));
    object_width_ = std::min(kWidestObject, std::max(object_width_, displayWidth(name) + indexes + kSuffix));
  }
}

void Timeline::onNote(const kernel::Note& note) {
  if (options_.mode == TimelineMode::kNone && !options_.logs) return;
  for (const Fact& fact : reader_.read(note)) take(fact);
}

void Timeline::take(const Fact& fact) {
  closeDue(fact.at);
  if (fact.weight == Weight::kLog) {
    if (options_.logs) write(fact);
    return;
  }
  if (fact.weight == Weight::kDetail && options_.mode != TimelineMode::kFull) return;
  switch (options_.mode) {
    case TimelineMode::kNone: return;
    case TimelineMode::kFull: return write(fact);
    case TimelineMode::kDecisions:
      if (fact.weight == Weight::kStep || (fact.weight == Weight::kGood && !fact.group.empty())) return;
      break;
    case TimelineMode::kGrouped: break;
  }
  if (repeats_.swallow(fact)) return;
  if (const std::string left_out = repeats_.before(fact); !left_out.empty())
    writeLine(std::max(fact.at, last_written_), Weight::kDecision, "", left_out);
  if (fact.group.empty()) return write(fact);
  group(fact);
}

void Timeline::group(const Fact& fact) {
  Phase& phase = phases_[fact.group + '\n' + fact.phase];
  const auto above = static_cast<std::int64_t>(options_.group_above);
  if (!phase.open) {
    phase.open = true;
    phase.group = fact.group_name;
    phase.name = fact.phase;
    phase.first = fact.at;
    phase.seen = phase.written = 0;
    phase.quiet = fact.repeats ? kQuietRepeats : kQuiet;
    next_check_ = next_check_ == TimePoint{} ? fact.at + phase.quiet : std::min(next_check_, fact.at + phase.quiet);
  }
  phase.expected = fact.expected;
  phase.last_at = fact.at;
  ++phase.seen;
  ++phase.total;
  const bool again = fact.repeats && phase.told.contains(fact.text);
  if (!again) ++phase.members;
  const bool large = fact.expected > above && fact.weight != Weight::kFailure;
  if (!again && phase.written < (large ? 1 : above)) {
    ++phase.written;
    if (fact.repeats && phase.told.size() < options_.group_above) phase.told.insert(fact.text);
    write(fact);
  } else {
    phase.last = fact;
  }
  if (phase.members == phase.expected && !fact.repeats) close(phase);
}

// Written when it is known that there is nothing to wait for; the lines before it are never later than its time.
void Timeline::close(Phase& phase) {
  if (!phase.open) return;
  phase.open = false;
  const std::int64_t counted = phase.seen - phase.written;
  if (counted == 0) return;
  if (counted == 1 && phase.last.at >= last_written_) return write(phase.last);
  const std::string range = fmt::format("{}{}{}", clockTime(phase.first - options_.start, 1), "–",
                                        clockTime(phase.last_at - options_.start, 1));
  std::string count = withThousands(phase.total);
  if (phase.expected >= phase.total) count += " of " + withThousands(phase.expected);
  const std::string since = phase.seen == phase.total ? "" : fmt::format(", {} of them now", withThousands(phase.seen));
  const std::string last = phase.last.text.empty() ? "" : fmt::format("; last {}", phase.last.object);
  writeLine(std::max(phase.last_at, last_written_), phase.last.weight, "",
            fmt::format("{}: {} {} {}{}{}", phase.group, count, phase.name, range, since, last));
}

void Timeline::closeDue(TimePoint now) {
  if (next_check_ == TimePoint{} || now < next_check_) return;
  std::vector<Phase*> due;
  TimePoint next{};
  for (auto entry = phases_.begin(); entry != phases_.end();) {
    Phase& phase = entry->second;
    if (phase.open && phase.last_at + phase.quiet <= now) due.push_back(&phase);
    const TimePoint wake = phase.last_at + (phase.open && phase.last_at + phase.quiet > now ? phase.quiet : kForgotten);
    if (!phase.open && wake <= now) {
      entry = phases_.erase(entry);
      continue;
    }
    next = next == TimePoint{} ? wake : std::min(next, wake);
    ++entry;
  }
  next_check_ = next;
  std::stable_sort(due.begin(), due.end(), [](const Phase* a, const Phase* b) { return a->last_at < b->last_at; });
  for (Phase* phase : due) close(*phase);
}

void Timeline::write(const Fact& fact) {
  object_width_ = std::min(kWidestObject, std::max(object_width_, displayWidth(fact.object)));
  writeLine(fact.at, fact.weight, fact.object, fact.text);
}

void Timeline::writeLine(TimePoint at, Weight weight, std::string_view object, std::string_view text) {
  last_written_ = std::max(last_written_, at);
  std::string clock = clockTime(at - options_.start);
  clock.insert(0, clock.size() < kClockWidth ? kClockWidth - clock.size() : 0, ' ');
  std::string told = onOneLine(text);
  if (!options_.utf8) told = toAscii(told);
  const std::string padding(
      object.empty() || object_width_ < displayWidth(object) ? 0 : object_width_ - displayWidth(object), ' ');
  const std::string_view gap = object.empty() ? "" : "  ";
  if (options_.color) {
    const std::string_view color = colorOf(weight);
    write_(fmt::format("{}{}{}  {}{}{}{}{}{}", kDim, clock, kReset, object, padding, gap, color, told,
                       color.empty() ? "" : kReset));
  } else {
    write_(fmt::format("{}  {}{}{}{}", clock, object, padding, gap, told));
  }
}

void Timeline::finish(const scenarios::Outcome& outcome) {
  std::vector<Phase*> open;
  for (auto& [key, phase] : phases_) {
    if (phase.open) open.push_back(&phase);
  }
  std::stable_sort(open.begin(), open.end(), [](const Phase* a, const Phase* b) { return a->last_at < b->last_at; });
  for (Phase* phase : open) close(*phase);
  phases_.clear();
  for (const std::string& left_out : repeats_.rest()) writeLine(outcome.end, Weight::kDecision, "", left_out);
  if (options_.mode == TimelineMode::kNone) return;
  writeLine(outcome.end, Weight::kDecision, "", fmt::format("end of the run: {}", endText(outcome.end_reason)));
}

}  // namespace jobset_twin::viz
