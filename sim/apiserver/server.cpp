#include "sim/apiserver/server.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "sim/apiserver/write.hpp"

namespace jobset_twin::apiserver {
namespace {

struct SystemPriority {
  std::string_view name, description;
  std::int32_t value;
};
constexpr SystemPriority kSystemPriorities[] = {
    {"system-cluster-critical",
     "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
     2'000'000'000},
    {"system-node-critical", "Used for system critical pods that must not be moved from their current node.",
     2'000'001'000},
};

}  // namespace

int StrategyContext::minor() const { return config.kubernetes_minor; }

void Server::bootstrap(api::TimePoint now) {
  const EmptyWebhookView webhooks;
  for (const std::string_view name : {"default", "kube-node-lease", "kube-public", "kube-system"}) {
    api::Generic body{
        "v1", "Namespace",
        api::Raw(nlohmann::json{{"spec", {{"finalizers", {"kubernetes"}}}}, {"status", {{"phase", "Active"}}}})};
    api::MutableObjectPtr object = api::makeObject(std::move(body));
    object->meta.name = name;
    object->meta.labels.set("kubernetes.io/metadata.name", name);
    const api::Response response = execute(api::createRequest(std::move(object)), now, webhooks);
    TWIN_ASSERT(response.ok(), "a namespace of a new cluster was refused", response.message);
  }
  for (const SystemPriority& priority : kSystemPriorities) {
    api::PriorityClass body;
    body.value = priority.value;
    body.description = priority.description;
    body.preemptionPolicy = "PreemptLowerPriority";
    api::MutableObjectPtr object = api::makeObject(std::move(body));
    object->meta.name = priority.name;
    const api::Response response = execute(api::createRequest(std::move(object)), now, webhooks);
    TWIN_ASSERT(response.ok(), "a priority class of a new cluster was refused", response.message);
  }
}

api::Response Server::execute(const api::Request& request, api::TimePoint now, const WebhookView& webhooks) {
  return Write(*this, request, now, webhooks).run();
}

std::vector<api::ObjectPtr> Server::list(api::Kind kind, std::string_view namespace_) const {
  std::vector<api::ObjectPtr> objects;
  const Store::Objects& all = store_.all(kind);
  for (auto at = namespace_.empty() ? all.begin() : all.lower_bound({std::string(namespace_), {}}); at != all.end();
       ++at) {
    if (!namespace_.empty() && at->first.first != namespace_) break;
    objects.push_back(at->second);
  }
  return objects;
}

}  // namespace jobset_twin::apiserver
