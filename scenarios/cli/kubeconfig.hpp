// kubeconfig.hpp - the file by which kubectl and client libraries find the served cluster.
#pragma once

#include <string>

namespace jobset_twin::cli {

// One cluster, one user and one context, all called jobset-twin.
std::string kubeconfigText(const std::string& server);

}  // namespace jobset_twin::cli
