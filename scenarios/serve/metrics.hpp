// metrics.hpp - what a served cluster tells at /metrics, in Prometheus' text format: names of the API server, of the
// JobSet manager and of the scheduler for what is really counted here, and what the twin itself has to say.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "scenarios/serve/served_run.hpp"

namespace jobset_twin::scenarios {

class RequestCounts {
 public:
  void count(const apiserver::http::HttpRequest& request, const apiserver::http::ApiPath& path, int code);
  // While what it returns lives, one more watch of that resource.
  std::shared_ptr<void> watching(const apiserver::http::ApiPath& path);

 private:
  friend std::string metricsText(const ServedRun& run, const RequestCounts& requests, const ClockState& clock);
  // Verb, group, version, resource, subresource, code.
  std::map<std::tuple<std::string, std::string, std::string, std::string, std::string, int>, std::uint64_t> requests_;
  std::map<std::tuple<std::string, std::string, std::string>, std::weak_ptr<void>> watches_;  // the count is its uses
};

std::string metricsText(const ServedRun& run, const RequestCounts& requests, const ClockState& clock);

}  // namespace jobset_twin::scenarios
