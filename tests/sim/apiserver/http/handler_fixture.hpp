// handler_fixture.hpp - the HTTP face without sockets: requests to the handler of an API server of its own.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "sim/apiserver/http/handler.hpp"
#include "sim/apiserver/server.hpp"

namespace jobset_twin::apiserver::http::testing {

class Served {
 public:
  Served();
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  HttpAnswer ask(const std::string& method, const std::string& target, const std::string& body = {},
                 const std::string& content_type = "application/json");
  // The body of the answer as JSON; the code must be `code`.
  nlohmann::json json(const std::string& method, const std::string& target, const std::string& body = {},
                      const std::string& content_type = "application/json", int code = 200);

  Server server;
  ServedKinds kinds;
  Backend backend;
  api::TimePoint now{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
  std::vector<PrintedLine> printed;                         // by the one container that prints
};

}  // namespace jobset_twin::apiserver::http::testing
