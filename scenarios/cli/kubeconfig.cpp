#include "scenarios/cli/kubeconfig.hpp"

#include <fmt/format.h>

namespace jobset_twin::cli {

std::string kubeconfigText(const std::string& server) {
  return fmt::format(
      "apiVersion: v1\n"
      "kind: Config\n"
      "current-context: jobset-twin\n"
      "clusters:\n"
      "- name: jobset-twin\n"
      "  cluster:\n"
      "    server: {}\n"
      "contexts:\n"
      "- name: jobset-twin\n"
      "  context:\n"
      "    cluster: jobset-twin\n"
      "    user: jobset-twin\n"
      "users:\n"
      "- name: jobset-twin\n"
      "  user: {{}}\n",
      server);
}

}  // namespace jobset_twin::cli
