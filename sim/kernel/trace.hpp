// trace.hpp - where the world notes what happened, for people: an output, not part of the state.
//
// Never saved, never in the fingerprint, never read back by the world: a run is the same with it on or off. The kinds
// are the world's own numbers; what becomes of the notes (timeline, trace file) is the taker's business.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/kernel/time.hpp"

namespace jobset_twin::kernel {

struct Note {
  TimePoint at;
  std::uint16_t kind = 0;
  std::string subject;  // the object it is about, say "pod/default/leader-0"
  std::string text;
  std::uint64_t a = 0;
  std::uint64_t b = 0;

  friend bool operator==(const Note&, const Note&) = default;
};

class Trace {
 public:
  // Ask before building texts that cost something.
  bool enabled = false;

  void note(Note note) {
    if (enabled) notes_.push_back(std::move(note));
  }
  void note(TimePoint at, std::uint16_t kind, std::string subject, std::string text, std::uint64_t a = 0,
            std::uint64_t b = 0) {
    if (enabled) notes_.push_back({at, kind, std::move(subject), std::move(text), a, b});
  }

  // What was noted since the last call, in order. To be called now and then in long runs: notes are kept until taken.
  [[nodiscard]] std::vector<Note> take() { return std::exchange(notes_, {}); }

 private:
  std::vector<Note> notes_;
};

}  // namespace jobset_twin::kernel
