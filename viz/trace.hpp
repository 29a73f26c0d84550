// trace.hpp - a run as trace-event JSON, which ui.perfetto.dev and chrome://tracing open.
//
// One process per node: its containers as slices (starting, running) on lanes that later Pods use again. One process
// per JobSet (and one for plain Jobs): a slice for the JobSet, one lane per Job with its slices (suspended, running,
// ending), instants for conditions and restarts, and an asynchronous slice for each Pod while it waits for a node.
// Timestamps are microseconds since the start. Written as the run goes; what is held grows with the objects that exist,
// not with the events. Source: "Trace Event Format" (Google), JSON object form.
#pragma once

#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/observer.hpp"
#include "scenarios/outcome.hpp"

namespace jobset_twin::viz {

class TraceFile final : public scenarios::Observer {
 public:
  // `out` is not owned and must outlive this. finish() makes the JSON whole; nothing may come after it.
  TraceFile(std::ostream& out, api::TimePoint start);
  ~TraceFile() override;
  void onChange(const apiserver::WatchEvent& change) override;
  void onNote(const kernel::Note& note) override;
  void finish(api::TimePoint end);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobset_twin::viz
