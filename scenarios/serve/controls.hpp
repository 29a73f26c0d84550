// controls.hpp - the objects by which a served cluster itself is steered: its Clock and the Faults that clients create.
//
// They are in an API server of their own, so that reading the clock is no event of the simulated cluster: its revisions
// and its fingerprint know nothing of them. Requests take effect as they are stored; what cannot be meant is refused as
// Invalid with the fields.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "scenarios/run.hpp"
#include "scenarios/serve/clock_object.hpp"
#include "sim/apiserver/server.hpp"

namespace jobset_twin::scenarios {

class Controls {
 public:
  // A client wants the clock to go so.
  using SetClock = std::function<void(const ClockState&)>;

  Controls(std::uint64_t seed, TimePoint now, const ClockState& clock, SetClock set_clock);

  // At the present time of the run; creates and deletions of Faults take effect on it.
  api::Response execute(const api::Request& request, Run& run);
  // Brings what is told in status up to date. `force`: also the time that the clock shows, which alone is no news.
  void show(const Run& run, bool force);

  const apiserver::Store& store() const { return server_.store(); }
  const ClockState& clock() const { return clock_; }

 private:
  // What the stored change means; the refusal, if nothing can be meant by it.
  api::Response take(const api::ObjectPtr& before, const api::ObjectPtr& after, Run& run);
  api::Response takeClock(const api::Object& after);
  api::Response takeFault(const api::ObjectPtr& before, const api::Object& after, Run& run);
  api::Request named(api::Request request) const;
  void store(const api::ObjectPtr& object, TimePoint now);
  void trim(TimePoint now);

  apiserver::Server server_;
  ClockState clock_;
  SetClock set_clock_;
  std::map<std::string, std::uint32_t> faults_;  // the run's number, by UID
  std::uint64_t made_ = 0;                       // objects that clients have made
  std::uint64_t shown_moments_ = 0;
};

}  // namespace jobset_twin::scenarios
