#include "sim/apiserver/strategy/pod_spec.hpp"

#include <nlohmann/json.hpp>

namespace jobset_twin::apiserver {
namespace {

void orElse(std::string& field, std::string_view value) {
  if (field.empty()) field = value;
}

// ":latest" or no tag; a digest alone counts as a tag (K-POD-12).
bool latestImage(std::string_view image) {
  if (image.find('@') != std::string_view::npos) return false;
  const std::size_t slash = image.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? image : image.substr(slash + 1);
  const std::size_t colon = last.rfind(':');
  return colon == std::string_view::npos || last.substr(colon + 1) == "latest";
}

void defaultHttpGet(std::optional<api::HttpGetAction>& http) {
  if (!http) return;
  orElse(http->path, "/");
  orElse(http->scheme, "HTTP");
}

void defaultProbe(std::optional<api::Probe>& probe) {
  if (!probe) return;
  if (probe->timeoutSeconds == 0) probe->timeoutSeconds = 1;
  if (probe->periodSeconds == 0) probe->periodSeconds = 10;
  if (probe->successThreshold == 0) probe->successThreshold = 1;
  if (probe->failureThreshold == 0) probe->failureThreshold = 3;
  defaultHttpGet(probe->httpGet);
  if (probe->grpc && !probe->grpc->service) probe->grpc->service = "";
}

void defaultResources(api::ResourceList& resources) {
  for (auto& [name, quantity] : resources) quantity = quantity.roundedUpToMilli();
}

void defaultContainer(api::Container& container) {
  orElse(container.terminationMessagePath, "/dev/termination-log");
  orElse(container.terminationMessagePolicy, "File");
  orElse(container.imagePullPolicy, latestImage(container.image) ? "Always" : "IfNotPresent");
  for (api::ContainerPort& port : container.ports) orElse(port.protocol, "TCP");
  for (api::EnvVar& env : container.env) {
    if (env.valueFrom && env.valueFrom->fieldRef) orElse(env.valueFrom->fieldRef->apiVersion, "v1");
  }
  defaultProbe(container.livenessProbe);
  defaultProbe(container.readinessProbe);
  defaultProbe(container.startupProbe);
  if (container.lifecycle) {
    for (auto* handler : {&container.lifecycle->postStart, &container.lifecycle->preStop}) {
      if (*handler) defaultHttpGet((*handler)->httpGet);
    }
  }
  defaultResources(container.resources.limits);
  defaultResources(container.resources.requests);
}

void requestsFromLimits(api::Container& container) {
  for (const auto& [name, limit] : container.resources.limits) container.resources.requests.try_emplace(name, limit);
}

// Sums of cpu and memory over the containers that count, as the qos helper adds them up.
struct Sums {
  api::ResourceList requests, limits;
  bool all_limited = true;
};

bool qosResource(std::string_view name) { return name == "cpu" || name == "memory"; }

void addTo(Sums& sums, const api::ResourceRequirements& resources) {
  for (const auto& [name, quantity] : resources.requests) {
    if (qosResource(name) && quantity.sign() > 0) sums.requests[name] += quantity;
  }
  int limited = 0;
  for (const auto& [name, quantity] : resources.limits) {
    if (!qosResource(name) || quantity.sign() <= 0) continue;
    ++limited;
    sums.limits[name] += quantity;
  }
  if (limited < 2) sums.all_limited = false;
}

}  // namespace

void dropDisabledFields(api::PodSpec& spec, int minor) {
  if (minor >= 35) return;
  spec.hostnameOverride.clear();
  for (api::Container& container : spec.containers) {
    container.restartPolicy.clear();
    container.restartPolicyRules.clear();
  }
  for (api::Container& container : spec.initContainers) {
    if (container.restartPolicy != "Always") container.restartPolicy.clear();
    container.restartPolicyRules.clear();
  }
}

void defaultPodSpec(api::PodSpec& spec) {
  orElse(spec.dnsPolicy, "ClusterFirst");
  orElse(spec.restartPolicy, "Always");
  orElse(spec.schedulerName, "default-scheduler");
  if (!spec.terminationGracePeriodSeconds) spec.terminationGracePeriodSeconds = 30;
  if (!spec.securityContext.present()) spec.securityContext.set(nlohmann::json::object());
  orElse(spec.serviceAccountName, spec.serviceAccount);
  orElse(spec.serviceAccount, spec.serviceAccountName);
  for (api::Container& container : spec.initContainers) defaultContainer(container);
  for (api::Container& container : spec.containers) defaultContainer(container);
  if (spec.hostNetwork) {
    for (api::Container& container : spec.containers) {
      for (api::ContainerPort& port : container.ports) {
        if (port.hostPort == 0) port.hostPort = port.containerPort;
      }
    }
  }
  for (api::Volume& volume : spec.volumes) {
    if (!volume.persistentVolumeClaim && !volume.emptyDir.present() && !volume.source.present())
      volume.emptyDir.set(nlohmann::json::object());
  }
  defaultResources(spec.overhead);
  if (spec.resources) {
    defaultResources(spec.resources->limits);
    defaultResources(spec.resources->requests);
  }
}

void defaultRequestsFromLimits(api::PodSpec& spec) {
  for (api::Container& container : spec.initContainers) requestsFromLimits(container);
  for (api::Container& container : spec.containers) requestsFromLimits(container);
  if (!spec.enableServiceLinks) spec.enableServiceLinks = true;
}

std::string_view qosClassOf(const api::PodSpec& spec) {
  Sums sums;
  if (spec.resources && (!spec.resources->requests.empty() || !spec.resources->limits.empty())) {
    addTo(sums, *spec.resources);
  } else {
    for (const api::Container& container : spec.containers) addTo(sums, container.resources);
    for (const api::Container& container : spec.initContainers) addTo(sums, container.resources);
  }
  if (sums.requests.empty() && sums.limits.empty()) return "BestEffort";
  if (!sums.all_limited) return "Burstable";
  for (const auto& [name, request] : sums.requests) {
    const auto limit = sums.limits.find(name);
    if (limit == sums.limits.end() || !(limit->second == request)) return "Burstable";
  }
  return sums.requests.size() == sums.limits.size() ? "Guaranteed" : "Burstable";
}

}  // namespace jobset_twin::apiserver
