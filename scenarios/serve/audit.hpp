// audit.hpp - the audit log of a served cluster: one line for each request, as the API server's log backend writes them
// (audit.k8s.io/v1, level Metadata). Times are the cluster's.
#pragma once

#include <cstdint>
#include <string>

#include "engine/api/time.hpp"
#include "sim/apiserver/http/api_path.hpp"
#include "sim/apiserver/http/message.hpp"

namespace jobset_twin::scenarios {

struct Audited {
  const apiserver::http::HttpRequest& request;
  const apiserver::http::ApiPath& path;
  apiserver::http::User user;    // without a name: nobody that is known
  apiserver::http::User acting;  // whom it was taken for
  int code = 200;
  api::TimePoint at{};
  std::uint64_t number = 0;  // of the request: its ID
  bool stream = false;       // a watch, which begins here
};
// With its line feed.
std::string auditLine(const Audited& one);

}  // namespace jobset_twin::scenarios
