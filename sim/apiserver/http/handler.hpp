// handler.hpp - the Kubernetes API over HTTP as a function: from a request to its answer, on a store and whoever
// executes writes. Knows no sockets, no threads and no wall clock.
#pragma once

#include <functional>
#include <memory>

#include "sim/apiserver/http/discovery.hpp"
#include "sim/apiserver/http/log_source.hpp"
#include "sim/apiserver/http/message.hpp"
#include "sim/apiserver/http/openapi/documents.hpp"
#include "sim/apiserver/http/served_kinds.hpp"
#include "sim/apiserver/http/webhooks/book.hpp"

namespace jobset_twin::apiserver::http {

struct Backend {
  const Store* store = nullptr;
  ServedKinds* kinds = nullptr;                               // brought up to date before each request
  std::function<api::Response(const api::Request&)> execute;  // at once, at the present virtual time
  std::function<api::TimePoint()> now;
  LogSource logs;
  ServerIdentity identity;
  Credentials credentials;
  std::shared_ptr<OpenApiCache> openapi = std::make_shared<OpenApiCache>();
  std::shared_ptr<webhooks::Book> webhooks{};  // null: none are called
  // What is not modelled of an object that a client has made, to be told as warnings; empty: nobody is told.
  std::function<std::vector<std::string>(const api::ObjectPtr&)> doubts{};
};

// If the answer awaits a call, the backend must still be there when that is over.
HttpAnswer handle(const HttpRequest& request, const Backend& backend);

}  // namespace jobset_twin::apiserver::http
