#include "scenarios/serve/system_objects.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/read.hpp"
#include "engine/api/write.hpp"
#include "sim/apiserver/http/openapi/own_definitions.hpp"

namespace jobset_twin::scenarios {
namespace {

using nlohmann::json;

void add(RunPlan& plan, const json& object) {
  const api::Result<api::ObjectPtr> read = api::fromJson(object);
  if (!read.ok()) return;
  const api::ObjectKey key = api::keyOf(**read);
  const bool there = std::any_of(plan.setup.begin(), plan.setup.end(),
                                 [&](const api::ObjectPtr& one) { return api::keyOf(*one) == key; });
  if (!there) plan.setup.push_back(*read);
}

json named(const char* api_version, const char* kind, const char* name, const char* namespace_ = nullptr) {
  json out = {{"apiVersion", api_version}, {"kind", kind}, {"metadata", {{"name", name}}}};
  if (namespace_) out["metadata"]["namespace"] = namespace_;
  return out;
}

api::ObjectPtr withNodeInfo(const api::ObjectPtr& node, std::int32_t minor) {
  if (api::as<api::Node>(node).status.nodeInfo.present()) return node;
  const std::string version = fmt::format("v1.{}.0", minor);
  const api::MutableObjectPtr out = api::edit(node);
  api::as<api::Node>(*out).status.nodeInfo.set(json{{"architecture", "amd64"},
                                                    {"operatingSystem", "linux"},
                                                    {"osImage", "jobset-twin simulated node"},
                                                    {"kernelVersion", "6.1.0-simulated"},
                                                    {"containerRuntimeVersion", "jobset-twin://0.1.0"},
                                                    {"kubeletVersion", version},
                                                    {"kubeProxyVersion", version},
                                                    {"machineID", node->meta.name},
                                                    {"systemUUID", node->meta.name},
                                                    {"bootID", ""}});
  return out;
}

}  // namespace

void addSystemObjects(RunPlan& plan, const std::string& authority_pem) {
  for (api::ObjectPtr& object : plan.setup)
    if (object->kind() == api::Kind::kNode) object = withNodeInfo(object, plan.world.kubernetes_minor);

  json service = named("v1", "Service", "kubernetes", "default");
  service["metadata"]["labels"] = {{"component", "apiserver"}, {"provider", "kubernetes"}};
  service["spec"] = {{"clusterIP", "10.96.0.1"},
                     {"ports", {{{"name", "https"}, {"port", 443}, {"protocol", "TCP"}, {"targetPort", 6443}}}}};
  add(plan, service);
  for (const char* where : {"default", "kube-node-lease", "kube-public", "kube-system"}) {
    add(plan, named("v1", "ServiceAccount", "default", where));
    if (!authority_pem.empty()) {
      json map = named("v1", "ConfigMap", "kube-root-ca.crt", where);
      map["data"] = {{"ca.crt", authority_pem}};
      add(plan, map);
    }
  }
  json role = named("rbac.authorization.k8s.io/v1", "ClusterRole", "cluster-admin");
  role["rules"] = json::array(
      {{{"apiGroups", {"*"}}, {"resources", {"*"}}, {"verbs", {"*"}}}, {{"nonResourceURLs", {"*"}}, {"verbs", {"*"}}}});
  add(plan, role);
  json binding = named("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "cluster-admin");
  binding["roleRef"] = {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", "cluster-admin"}};
  binding["subjects"] =
      json::array({{{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Group"}, {"name", "system:masters"}}});
  add(plan, binding);
}

void installDefinitions(cluster::World& world) {
  for (json definition : apiserver::http::ownDefinitions(api::formatTime(world.kernel().now()))) {
    const api::Result<api::ObjectPtr> whole = api::fromJson(definition);
    if (!whole.ok() || world.server().store().find(api::keyOf(**whole))) continue;
    definition.erase("status");
    api::Request apply = api::patchRequest(api::keyOf(**whole), api::ApplyPatch{api::Raw(std::move(definition))});
    apply.options.mut().field_manager = "kubectl";
    const api::Response made = world.executeNow(apply);
    if (!made.ok()) continue;
    const api::MutableObjectPtr status = api::edit(made.object);
    status->body = (*whole)->body;
    world.executeNow(api::updateStatusRequest(status));
  }
}

}  // namespace jobset_twin::scenarios
