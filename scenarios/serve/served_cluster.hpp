// served_cluster.hpp - a run that clients drive over HTTP: virtual time follows the wall clock, each request is
// executed at the virtual time at which it comes, and watches are told what is stored.
//
// One thread does all: the cluster goes on to the present, then the face answers until something is due. At speed max
// time goes on as long as all is quiet (pace.hpp) and something is left to do; then it stands.
#pragma once

#include <csignal>
#include <functional>
#include <memory>
#include <ostream>

#include "scenarios/serve/goals.hpp"
#include "scenarios/serve/metrics.hpp"
#include "scenarios/serve/pace.hpp"
#include "scenarios/serve/recording.hpp"
#include "scenarios/serve/served_run.hpp"
#include "sim/apiserver/http/face.hpp"

namespace jobset_twin::scenarios {

struct ServeOptions {
  apiserver::http::FaceOptions face;
  apiserver::http::ServerIdentity identity;
  apiserver::http::Credentials credentials;
  ClockState clock;
  std::chrono::nanoseconds idle = std::chrono::milliseconds(50);  // of the wall clock: then all is quiet
  bool warns = true;                                              // clients are told what is not modelled
  // Not owned; they must outlive the cluster.
  Recorder* recorder = nullptr;
  std::ostream* audit = nullptr;
};

class ServedCluster {
 public:
  // Throws std::runtime_error if the address cannot be listened on.
  ServedCluster(RunPlan plan, Scenario scenario, const ServeOptions& options);

  std::uint16_t port() const { return face_.port(); }
  // Until the flag is set.
  void serve(const volatile std::sig_atomic_t* stop);

  const Run& run() const { return served_.run(); }
  std::uint64_t requests() const { return face_.requests(); }

 private:
  using WallTime = Pace::WallTime;

  void setClock(const ClockState& clock);
  // To the present, if time goes by the clock.
  void goOn();
  // Time is to go on as fast as it goes, and something is left to do.
  bool runsFree() const;
  void runFree(WallTime from);
  void tell();
  // How long there is nothing to do but to answer.
  WallTime::duration pauseAt(WallTime wall) const;

  apiserver::http::HttpAnswer answer(const apiserver::http::HttpRequest& request);
  // Once it is an answer: counted, recorded, told.
  apiserver::http::HttpAnswer concluded(const apiserver::http::HttpRequest& request,
                                        const apiserver::http::ApiPath& path, apiserver::http::HttpAnswer out);
  // It is none yet: a call comes first.
  apiserver::http::HttpAnswer awaiting(const std::shared_ptr<const apiserver::http::HttpRequest>& request,
                                       const apiserver::http::ApiPath& path, apiserver::http::HttpAnswer out);
  apiserver::http::HttpAnswer answerOf(const apiserver::http::HttpRequest& request,
                                       const apiserver::http::ApiPath& path);
  apiserver::http::HttpAnswer goalAnswer(const apiserver::http::HttpRequest& request,
                                         const apiserver::http::ApiPath& path);
  std::string watchLines(apiserver::http::WatchAnswer& watch, bool& over);
  std::string goalLines(const Goal& goal, bool& over);

  ServeOptions options_;
  ServedRun served_;
  Pace pace_;
  Quiet quiet_;
  Goals goals_;
  RequestCounts counts_;
  std::int64_t told_ = 0;  // the revision up to which watches were woken
  std::uint64_t audited_ = 0;
  apiserver::http::Face face_;
};

}  // namespace jobset_twin::scenarios
