// message.hpp - what a client asks and what it is answered, without sockets: the handler is a function of these.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/api/kinds.hpp"
#include "sim/apiserver/http/authentication.hpp"
#include "sim/apiserver/http/view.hpp"
#include "sim/apiserver/watch.hpp"

namespace jobset_twin::apiserver::http {

struct HttpRequest {
  std::string method, target;
  std::string content_type, accept;
  std::string body;
  std::string if_none_match{}, authorization{}, user_agent{};
  std::optional<User> certificate{};  // of the client, if it has shown one of ours
  User impersonated{};                // whom it wants to be taken for; only administrators get this far
};

// A watch that the connection is to serve until it is over: events as JSON lines, in chunks.
struct WatchAnswer {
  Watch watch;
  const api::KindInfo* as = nullptr;  // the kind as the client asked for it
  View view;
  bool marks_initial = false;              // a bookmark says where what was there at first ends
  std::optional<api::Duration> timeout{};  // of the wall clock; absent: the server's own
  bool columns_sent = false;               // of a table: once in a watch is enough
  std::string content_type = "application/json";
  std::shared_ptr<void> held{};  // of whoever made it: gone when the connection is done with it
};

// Text that goes on after the answer has begun.
struct TextStream {
  std::string first;
  std::function<std::string(bool& over)> next;  // what has come since, "" if nothing
};

struct HttpAnswer {
  int code = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // One of these: then there is no body.
  std::optional<WatchAnswer> watch;
  std::optional<TextStream> stream;
};

}  // namespace jobset_twin::apiserver::http
