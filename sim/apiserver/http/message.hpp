// message.hpp - what a client asks and what it is answered, without sockets: the handler is a function of these.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/api/kinds.hpp"
#include "sim/apiserver/http/authentication.hpp"
#include "sim/apiserver/watch.hpp"

namespace jobset_twin::apiserver::http {

struct HttpRequest {
  std::string method, target;
  std::string content_type, accept;
  std::string authorization, user_agent;
  std::optional<User> certificate;  // of the client, if it has shown one of ours
  std::string body;
};

// A watch that the connection is to serve until it is over: events as JSON lines, in chunks.
struct WatchAnswer {
  Watch watch;
  const api::KindInfo* as = nullptr;       // the kind as the client asked for it
  bool marks_initial = false;              // a bookmark says where what was there at first ends
  std::optional<api::Duration> timeout{};  // of the wall clock; absent: the server's own
  std::string content_type = "application/json";
  std::shared_ptr<void> held{};  // of whoever made it: gone when the connection is done with it
};

struct HttpAnswer {
  int code = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<WatchAnswer> watch;  // then there is no body
};

}  // namespace jobset_twin::apiserver::http
