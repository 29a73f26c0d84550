// served_run.hpp - a run as an API server at the run's present time: requests to the simulated cluster, and to the
// objects that steer it (controls.hpp). Knows neither sockets nor the wall clock, so that a record of requests can be
// played on it again (recording.hpp).
#pragma once

#include "scenarios/run.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/serve/controls.hpp"
#include "scenarios/serve/log_book.hpp"
#include "sim/apiserver/http/api_path.hpp"
#include "sim/apiserver/http/handler.hpp"
#include "sim/apiserver/http/object_texts.hpp"

namespace jobset_twin::scenarios {

class ServedRun {
 public:
  ServedRun(RunPlan plan, const apiserver::http::ServerIdentity& identity,
            const apiserver::http::Credentials& credentials, const ClockState& clock = {},
            Controls::SetClock set_clock = {});
  ServedRun(const ServedRun&) = delete;
  ServedRun& operator=(const ServedRun&) = delete;

  // From now on admission webhooks outside are asked, and an answer may await a call. They are not while a record is
  // played: what they did then is in it. JobSet's and Kueue's own are not asked where they run inside.
  void callWebhooks();
  // From now on clients are told what is not modelled of the objects that they make. The scenario: which commands and
  // schedulers are known.
  void tellDoubts(Scenario scenario);
  // Goes on to that time, or stays where it is if that is past.
  void advance(TimePoint to);
  // At present; what comes of it within this instant has happened when it returns.
  apiserver::http::HttpAnswer answer(const apiserver::http::HttpRequest& request);
  // The next lines of a watch that it was asked for.
  std::string watchLines(apiserver::http::WatchAnswer& watch, bool& over);

  Run& run() { return run_; }
  const Run& run() const { return run_; }
  Controls& controls() { return controls_; }
  const Controls& controls() const { return controls_; }
  TimePoint now() const { return run_.world().kernel().now(); }
  const apiserver::http::Credentials& credentials() const { return backend_.credentials; }
  // Grows with every change that a watch could tell.
  std::int64_t revision() const;

 private:
  apiserver::http::HttpAnswer settled(apiserver::http::HttpAnswer answer);
  LogBook logs_;
  Run run_;
  Controls controls_;
  apiserver::http::ServedKinds kinds_, control_kinds_;
  apiserver::http::ObjectTexts texts_;
  apiserver::http::Backend backend_, control_backend_;
};

// Whether a request is about the twin itself: its clock and its faults.
bool isControl(const apiserver::http::ApiPath& path);

}  // namespace jobset_twin::scenarios
