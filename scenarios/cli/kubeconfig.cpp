#include "scenarios/cli/kubeconfig.hpp"

#include <fmt/format.h>

#include "engine/api/base64.hpp"

namespace jobset_twin::cli {
namespace {

std::string context(const char* name) {
  return fmt::format(
      "- name: {0}\n"
      "  context:\n"
      "    cluster: jobset-twin\n"
      "    user: {0}\n",
      name);
}

}  // namespace

bool isOurs(const std::string& kubeconfig) {
  constexpr std::string_view kName = "name: ";
  for (std::size_t at = kubeconfig.find(kName); at != std::string::npos; at = kubeconfig.find(kName, at + 1))
    if (!kubeconfig.substr(at + kName.size()).starts_with("jobset-twin")) return false;
  return true;
}

std::string kubeconfigText(const Access& access) {
  std::string out = fmt::format(
      "apiVersion: v1\n"
      "kind: Config\n"
      "current-context: jobset-twin\n"
      "clusters:\n"
      "- name: jobset-twin\n"
      "  cluster:\n"
      "    server: {}\n",
      access.server);
  if (!access.certificates) {
    out += "contexts:\n" + context("jobset-twin");
    return out + "users:\n- name: jobset-twin\n  user: {}\n";
  }
  out += fmt::format("    certificate-authority-data: {}\n", api::base64(access.certificates->authority.certificate));
  out += "contexts:\n" + context("jobset-twin") + context("jobset-twin-token");
  out += fmt::format(
      "users:\n"
      "- name: jobset-twin\n"
      "  user:\n"
      "    client-certificate-data: {}\n"
      "    client-key-data: {}\n"
      "- name: jobset-twin-token\n"
      "  user:\n"
      "    token: {}\n",
      api::base64(access.certificates->client.certificate), api::base64(access.certificates->client.key), access.token);
  return out;
}

}  // namespace jobset_twin::cli
