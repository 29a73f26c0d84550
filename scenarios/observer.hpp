// observer.hpp - whoever wants to see a run as it goes: every stored change, in order, and the notes of the components.
// The runner (run.hpp) calls it; timelines, traces and reports implement it. It must not change the world.
#pragma once

#include "sim/apiserver/watch_event.hpp"
#include "sim/kernel/trace.hpp"

namespace jobset_twin::scenarios {

class Observer {
 public:
  virtual ~Observer() = default;
  // A change of an object as it was stored (not as some cache saw it later), in revision order.
  virtual void onChange(const apiserver::WatchEvent& change) = 0;
  // kind: cluster::NoteKind.
  virtual void onNote(const kernel::Note& note) = 0;
  // Notes cost time: they are made only if somebody wants them.
  virtual bool wantsNotes() const { return true; }
};

}  // namespace jobset_twin::scenarios
