// api_client.hpp - a client of a served cluster for the command line: one request at a time, over HTTP or HTTPS, with
// what a kubeconfig says of the server and of who asks.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "engine/api/result.hpp"

namespace jobset_twin::scenarios {

// Of the current context.
struct ClientConfig {
  bool tls = false;
  std::string host, port;
  std::string authority;         // PEM; "": that of the system
  std::string certificate, key;  // PEM
  std::string token;
  bool unverified = false;  // insecure-skip-tls-verify
};
// read: the text of a file that the kubeconfig names.
api::Result<ClientConfig> readKubeconfig(const std::string& text, const std::string& file,
                                         const std::function<std::optional<std::string>(const std::string&)>& read);

struct ClientAnswer {
  int code = 0;
  std::string body;
};
// Throws std::runtime_error with why there is no answer. patience: of the wall clock, for the whole of it.
ClientAnswer ask(const ClientConfig& config, const std::string& method, const std::string& target,
                 const std::string& content_type, const std::string& body, std::chrono::nanoseconds patience);

}  // namespace jobset_twin::scenarios
