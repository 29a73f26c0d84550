// From a kubeconfig to what a client needs of it (api_client.hpp).
#include <fmt/format.h>

#include "engine/api/base64.hpp"
#include "engine/api/yaml_reader.hpp"
#include "scenarios/fields.hpp"
#include "scenarios/serve/api_client.hpp"

namespace jobset_twin::scenarios {
namespace {

using api::TreeNode;
using Files = std::function<std::optional<std::string>(const std::string&)>;

// The entry of a list of named ones.
const TreeNode* named(const TreeNode& root, const char* list, std::string_view name, const char* what) {
  const TreeNode* entries = root.find(list);
  if (!entries || !entries->isList()) return nullptr;
  for (const TreeNode& entry : entries->items) {
    if (entry.stringAt("name") == name) return entry.find(what);
  }
  return nullptr;
}

// "FIELD-data" in base64, or "FIELD", which names a file beside the kubeconfig.
bool take(const TreeNode& of, const std::string& field, const std::string& file, const Files& read, std::string& out,
          std::string& problem) {
  if (const std::string_view data = of.stringAt(field + "-data"); !data.empty()) {
    const std::optional<std::string> bytes = api::fromBase64(data);
    if (!bytes) problem = fmt::format("{}-data is no base64", field);
    out = bytes.value_or("");
  } else if (const std::string_view path = of.stringAt(field); !path.empty()) {
    const std::optional<std::string> text = read(besides(file, std::string(path)));
    if (!text) problem = fmt::format("cannot read {}, its {}", path, field);
    out = text.value_or("");
  }
  return problem.empty();
}

bool takeServer(std::string_view url, ClientConfig& out) {
  if (url.starts_with("https://")) {
    out.tls = true;
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else {
    return false;
  }
  url = url.substr(0, url.find('/'));
  if (url.starts_with('[')) {  // an IPv6 address
    const std::size_t end = url.find(']');
    if (end == std::string_view::npos) return false;
    out.host = url.substr(1, end - 1);
    url.remove_prefix(end + 1);
  } else {
    out.host = url.substr(0, url.find(':'));
    url.remove_prefix(out.host.size());
  }
  out.port = url.starts_with(':') ? std::string(url.substr(1)) : out.tls ? "443" : "80";
  return !out.host.empty() && !out.port.empty();
}

}  // namespace

api::Result<ClientConfig> readKubeconfig(const std::string& text, const std::string& file, const Files& read) {
  const auto wrong = [&](std::string why) {
    api::Error error = api::plainError("Invalid", std::move(why));
    error.file = file;
    return error;
  };
  api::Documents documents = api::readDocuments(text, file);
  if (!documents.errors.empty()) return documents.errors;
  if (documents.trees.empty()) return wrong("the file is empty");
  const TreeNode& root = documents.trees.front().root;
  const std::string_view current = root.stringAt("current-context");
  const TreeNode* context = named(root, "contexts", current, "context");
  if (!context) return wrong(fmt::format("there is no context \"{}\", which current-context names", current));
  const TreeNode* cluster = named(root, "clusters", context->stringAt("cluster"), "cluster");
  if (!cluster) return wrong(fmt::format("there is no cluster \"{}\"", context->stringAt("cluster")));
  ClientConfig out;
  if (!takeServer(cluster->stringAt("server"), out))
    return wrong(fmt::format("server \"{}\" is no http or https URL", cluster->stringAt("server")));
  std::string problem;
  const TreeNode* unverified = cluster->find("insecure-skip-tls-verify");
  out.unverified = unverified && unverified->boolean;
  take(*cluster, "certificate-authority", file, read, out.authority, problem);
  if (const TreeNode* user = named(root, "users", context->stringAt("user"), "user"); user && problem.empty()) {
    out.token = user->stringAt("token");
    take(*user, "client-certificate", file, read, out.certificate, problem);
    if (problem.empty()) take(*user, "client-key", file, read, out.key, problem);
  }
  if (!problem.empty()) return wrong(problem);
  return out;
}

}  // namespace jobset_twin::scenarios
