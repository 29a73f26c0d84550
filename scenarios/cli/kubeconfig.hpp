// kubeconfig.hpp - the file that tells clients where a served cluster is, and who they are there.
#pragma once

#include <optional>
#include <string>

#include "sim/apiserver/http/certificates.hpp"

namespace jobset_twin::cli {

struct Access {
  std::string server;  // "https://127.0.0.1:6443"
  // Absent: plain HTTP, where nobody is asked.
  std::optional<apiserver::http::Certificates> certificates;
  std::string token;
};

// All that it has is such an access: nothing is lost when it is written anew. Also of an empty one.
bool isOurs(const std::string& kubeconfig);
// Its current context uses the client certificate, the context jobset-twin-token the token.
std::string kubeconfigText(const Access& access);

}  // namespace jobset_twin::cli
