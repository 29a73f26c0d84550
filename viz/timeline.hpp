// timeline.hpp - a run told line by line as it goes: virtual time since the start, the object, what happened and why.
//
//   00:10.846  pod/example-leader-0-0-x2k9p  container leader exits with code 1
//
// What is told comes from facts.hpp. Which lines are written depends on the mode; in none of them does memory grow with
// the number of lines, only with the number of groups.
//
// A group is what is alike: the Jobs, or the Pods, of one replicated job (of one plain Job) in one restart attempt. A
// phase is one thing that happens to the members of a group ("Running"). In the modes kGrouped and kDecisions:
// - a phase of a group of more than `group_above` members writes its first line and counts the others;
// - any other phase, and any phase of failures, writes up to `group_above` lines and counts the rest;
// - of what is tried again and again (look-ups, refused requests) the same words are written once and then counted;
// - what was counted is written as one line as soon as all members are through, or 10 s (of virtual time; 5 min for
// what is
//   tried again) after the last of them, or at the end:
//     workers: 9,998 of 10,000 Running 00:02.1–00:09.7; last pod/…
//   A single counted line is written as it is.
// - of a JobSet that restarts again and again only what is new is written (repeats.hpp), and how much was left out.
// - what stands for itself (a JobSet's conditions, restarts and policy decisions, plain Pods) is always written.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "scenarios/observer.hpp"
#include "scenarios/outcome.hpp"
#include "viz/facts.hpp"
#include "viz/repeats.hpp"

namespace jobset_twin::viz {

enum class TimelineMode : std::uint8_t {
  kFull,       // every line
  kGrouped,    // like lines are grouped
  kDecisions,  // only decisions and failures, grouped
  kNone
};

struct TimelineOptions {
  TimelineMode mode = TimelineMode::kGrouped;
  bool logs = false;       // also what containers print, each line
  bool color = false;      // ANSI colours
  bool utf8 = true;        // otherwise ASCII only
  api::TimePoint start{};  // of the run
  std::size_t group_above = 50;
};

using WriteLine = std::function<void(std::string_view line)>;  // without the end of line

class Timeline final : public scenarios::Observer {
 public:
  Timeline(TimelineOptions options, WriteLine write);
  void onChange(const apiserver::WatchEvent& change) override;
  void onNote(const kernel::Note& note) override;
  // Writes what is still counted, and how the run ended.
  void finish(const scenarios::Outcome& outcome);

 private:
  struct Phase {
    std::string group, name;   // "workers", "Running"
    std::int64_t total = 0;    // since the phase first opened
    std::int64_t members = 0;  // ... without repetitions
    std::int64_t seen = 0;     // since it was last closed
    std::int64_t written = 0;  // ... of them as lines
    std::int64_t expected = 0;
    api::TimePoint first{}, last_at{};
    Fact last;                   // the last that was counted only
    std::set<std::string> told;  // words that were written, of what repeats; at most group_above
    api::Duration quiet{};       // so long after its last the phase is over
    bool open = false;
  };

  void makeRoomFor(const api::Object& jobset);
  void take(const Fact& fact);
  void group(const Fact& fact);
  void closeDue(api::TimePoint now);
  void close(Phase& phase);
  void write(const Fact& fact);
  void writeLine(api::TimePoint at, Weight weight, std::string_view object, std::string_view text);

  TimelineOptions options_;
  WriteLine write_;
  FactReader reader_;
  Repeats repeats_;
  std::map<std::string, Phase> phases_;
  api::TimePoint next_check_{}, last_written_{};
  std::size_t object_width_ = 24;
};

// "00:02.134", "1:02:03.004" from one hour on, "2d 01:02:03.004" from one day on. `decimals`: 0 to 3.
std::string clockTime(api::Duration since_start, int decimals = 3);

}  // namespace jobset_twin::viz
