// message.hpp - what a client asks and what it is answered, without sockets: the handler is a function of these.
#pragma once

#include <chrono>
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
  std::string admitted{};             // of one that is played again: the object as webhooks left it, then
};

// A call over HTTPS that has to be made before the request can be answered: of an admission webhook.
struct OutgoingCall {
  std::string host, port, target;  // host: an address
  std::string server_name;         // that its certificate must have
  std::string authorities;         // PEM; "": those of the system
  std::string body;                // JSON
  std::chrono::seconds timeout{10};
};
inline std::string hostHeader(const OutgoingCall& call) {  // an address of IPv6 in brackets
  const bool v6 = call.server_name.find(':') != std::string::npos;
  return (v6 ? "[" + call.server_name + "]" : call.server_name) + ":" + call.port;
}
struct CallResult {
  int code = 0;  // 0: none came
  std::string body;
  std::string failure;  // why none came
  std::string content_type{};
  bool request_over = false;  // its client has gone, or the time of the whole request is up: nothing is to be done
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

struct HttpAnswer;
struct AwaitedCall {
  OutgoingCall call;
  std::function<HttpAnswer(const CallResult& result)> then;
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
  std::vector<std::string> warnings{};  // all that are to be told; the headers among `headers` say what fits
  // One of these: then there is no body.
  std::optional<WatchAnswer> watch;
  std::optional<TextStream> stream;
  // This is no answer yet: the call is to be made, and then tells.
  std::optional<AwaitedCall> awaited{};
  // For records: the object as webhooks left it, if it was executed so; and whether one of them refused the request.
  std::string admitted{};
  bool refused_by_webhook = false;
};

}  // namespace jobset_twin::apiserver::http
