// nodes.cpp - the columns of Nodes.
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "sim/apiserver/printers/cells.hpp"
#include "sim/apiserver/printers/kinds.hpp"
#include "sim/apiserver/printers/printers.hpp"

namespace jobset_twin::apiserver::printers {
namespace {

std::string statusText(const api::Node& node) {
  const api::Condition* ready = api::findCondition(node.status.conditions, "Ready");
  std::string text = !ready ? "Unknown" : ready->status == "True" ? "Ready" : "NotReady";
  if (node.spec.unschedulable) text += ",SchedulingDisabled";
  return text;
}

// "node-role.kubernetes.io/worker" is a role by its key, "kubernetes.io/role=worker" by its value.
std::string rolesText(const api::StringMap& labels) {
  constexpr std::string_view kPrefix = "node-role.kubernetes.io/";
  std::set<std::string> roles;
  for (const auto& [key, value] : labels) {
    if (key.starts_with(kPrefix) && key.size() > kPrefix.size()) roles.insert(key.substr(kPrefix.size()));
    if (key == "kubernetes.io/role" && !value.empty()) roles.insert(value);
  }
  return orNone(fmt::format("{}", fmt::join(roles, ",")));
}

std::string addressText(const api::Node& node, std::string_view type) {
  for (const api::NodeAddress& address : node.status.addresses)
    if (address.type == type) return address.address;
  return std::string(kNone);
}

std::string infoText(const api::Node& node, const char* member, std::string_view absent) {
  const nlohmann::json* at = api::jsonAt(node.status.nodeInfo.get(), {member});
  return at && at->is_string() && !at->get_ref<const std::string&>().empty() ? at->get<std::string>()
                                                                             : std::string(absent);
}

Cells nodeCells(const api::Object& object, api::TimePoint now) {
  const api::Node& node = api::as<api::Node>(object);
  return {object.meta.name,
          statusText(node),
          rolesText(object.meta.labels),
          ageText(object.meta, now),
          infoText(node, "kubeletVersion", ""),
          addressText(node, "InternalIP"),
          addressText(node, "ExternalIP"),
          infoText(node, "osImage", kUnknown),
          infoText(node, "kernelVersion", kUnknown),
          infoText(node, "containerRuntimeVersion", kUnknown)};
}

}  // namespace

Printer nodePrinter() {
  return {{nameColumn(),
           {"Status", "string", "Whether the node is ready, and takes Pods.", 0, ""},
           {"Roles", "string", "Roles that the node's labels name.", 0, ""},
           ageColumn(),
           {"Version", "string", "Version of the kubelet.", 0, ""},
           {"Internal-IP", "string", "Address inside the cluster.", 1, ""},
           {"External-IP", "string", "Address outside the cluster.", 1, ""},
           {"OS-Image", "string", "Operating system.", 1, ""},
           {"Kernel-Version", "string", "Version of its kernel.", 1, ""},
           {"Container-Runtime", "string", "What runs containers, and its version.", 1, ""}},
          nodeCells};
}

}  // namespace jobset_twin::apiserver::printers
