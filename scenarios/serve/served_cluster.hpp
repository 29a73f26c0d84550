// served_cluster.hpp - a run that clients drive over HTTP: virtual time follows the wall clock, each request is
// executed at the virtual time at which it comes, and watches are told what is stored.
//
// One thread does all: the cluster goes on to the present, then the face answers until something is due.
#pragma once

#include <csignal>

#include "scenarios/run.hpp"
#include "scenarios/serve/log_book.hpp"
#include "scenarios/serve/pace.hpp"
#include "sim/apiserver/http/face.hpp"
#include "sim/apiserver/http/handler.hpp"
#include "sim/apiserver/http/object_texts.hpp"

namespace jobset_twin::scenarios {

struct ServeOptions {
  apiserver::http::FaceOptions face;
  apiserver::http::ServerIdentity identity;
  apiserver::http::Credentials credentials;
  double speed = 1;
  bool paused = false;
};

class ServedCluster {
 public:
  // The run's hooks must be endless. Throws std::runtime_error if the address cannot be listened on.
  ServedCluster(RunPlan plan, const ServeOptions& options);

  std::uint16_t port() const { return face_.port(); }
  // Until the flag is set.
  void serve(const volatile std::sig_atomic_t* stop);

  const Run& run() const { return run_; }
  std::uint64_t requests() const { return face_.requests(); }

 private:
  void goOn();
  apiserver::http::HttpAnswer answer(const apiserver::http::HttpRequest& request);
  std::string watchLines(apiserver::http::WatchAnswer& watch, bool& over);

  LogBook logs_;
  Run run_;
  apiserver::http::ServedKinds kinds_;
  apiserver::http::ObjectTexts texts_;
  apiserver::http::Backend backend_;
  Pace pace_;
  std::int64_t told_ = 0;         // the revision up to which watches were woken
  std::uint64_t told_lines_ = 0;  // and the lines that were printed by then
  apiserver::http::Face face_;
};

}  // namespace jobset_twin::scenarios
