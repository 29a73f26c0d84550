// message.hpp - what a client asks and what it is answered, without sockets: the handler is a function of these.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/api/kinds.hpp"
#include "sim/apiserver/watch.hpp"

namespace jobset_twin::apiserver::http {

struct HttpRequest {
  std::string method, target;
  std::string content_type, accept, user_agent;
  std::string body;
};

// A watch that the connection is to serve until it is over: events as JSON lines, in chunks.
struct WatchAnswer {
  Watch watch;
  const api::KindInfo* as = nullptr;     // the kind as the client asked for it
  bool marks_initial = false;            // a bookmark says where what was there at first ends
  std::optional<api::Duration> timeout;  // of the wall clock; absent: the server's own
};

struct HttpAnswer {
  int code = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<WatchAnswer> watch;  // then there is no body
};

}  // namespace jobset_twin::apiserver::http
