// http_calls.hpp - the HTTP face without sockets for the tests of its parts: an API server of its own, and requests to
// the handler.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/apiserver/http/handler.hpp"
#include "tests/sim/apiserver/fixture.hpp"

namespace jobset_twin::apiserver::testing {

struct HttpCluster {
  explicit HttpCluster() {
    backend.store = &cluster.server.store();
    backend.kinds = &kinds;
    backend.credentials.everybody = true;
    backend.credentials.administrator = {"admin", {"system:masters"}};
    backend.execute = [this](const api::Request& request) { return cluster.run(request); };
    backend.now = [this] { return cluster.now; };
  }

  http::HttpAnswer ask(const std::string& method, const std::string& target, const std::string& accept = "",
                       const std::string& body = "") const {
    http::HttpRequest request;
    request.method = method;
    request.target = target;
    request.accept = accept;
    request.body = body;
    request.content_type = "application/json";
    return http::handle(request, backend);
  }
  // The body of a GET; asserts success.
  nlohmann::json got(const std::string& target, const std::string& accept = "") const {
    const http::HttpAnswer answer = ask("GET", target, accept);
    TWIN_ASSERT(answer.code == 200, "the request succeeds", target, answer.code, answer.body);
    return nlohmann::json::parse(answer.body);
  }

  Cluster cluster;
  http::ServedKinds kinds;
  http::Backend backend;
};

}  // namespace jobset_twin::apiserver::testing
