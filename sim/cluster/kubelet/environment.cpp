// The environment variables of a container, its command and its name (K-POD-4, K-T-19; the downward API).
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cluster/kubelet/machine_host.hpp"

namespace jobset_twin::cluster {
namespace {

using Environment = std::vector<std::pair<std::string, std::string>>;

void setVariable(Environment& environment, std::string_view name, std::string value) {
  for (auto& entry : environment) {
    if (entry.first == name) {
      entry.second = std::move(value);
      return;
    }
  }
  environment.emplace_back(std::string(name), std::move(value));
}

const std::string* variable(const Environment& environment, std::string_view name) {
  for (const auto& entry : environment) {
    if (entry.first == name) return &entry.second;
  }
  return nullptr;
}

bool isName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

}  // namespace

// k8s.io/kubernetes third_party/forked/golang/expansion: $(NAME) and $$.
std::string expand(std::string_view text, const Environment& environment) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    if (text[i + 1] == '$') {
      out += '$';
      ++i;
      continue;
    }
    const std::size_t close = text[i + 1] == '(' ? text.find(')', i) : std::string_view::npos;
    const std::string_view name =
        close == std::string_view::npos ? std::string_view() : text.substr(i + 2, close - i - 2);
    const std::string* value = isName(name) ? variable(environment, name) : nullptr;
    if (!value) {
      out += '$';
      continue;
    }
    out += *value;
    i = close;
  }
  return out;
}

// metadata.annotations['key'] and the like; annotations and labels as a whole as files of the downward API show them.
std::string Kubelet::fieldOf(const PodRuntime& pod, std::string_view path) const {
  const api::Object& object = *pod.pod;
  const NodeRuntime& node = nodes_[pod.node];
  const api::PodSpec& spec = *api::as<api::Pod>(object).spec;
  const auto keyed = [&](std::string_view prefix) -> std::optional<std::string_view> {
    if (!path.starts_with(prefix) || !path.ends_with("']")) return std::nullopt;
    return path.substr(prefix.size(), path.size() - prefix.size() - 2);
  };
  const auto all = [](const api::StringMap& map) {
    std::vector<std::string> lines;
    for (const auto& [key, value] : map) lines.push_back(fmt::format("{}={}", key, nlohmann::json(value).dump()));
    std::sort(lines.begin(), lines.end());
    return fmt::format("{}", fmt::join(lines, "\n"));
  };
  if (const auto key = keyed("metadata.annotations['")) return std::string(object.meta.annotations.get(*key));
  if (const auto key = keyed("metadata.labels['")) return std::string(object.meta.labels.get(*key));
  if (path == "metadata.annotations") return all(object.meta.annotations);
  if (path == "metadata.labels") return all(object.meta.labels);
  if (path == "metadata.name") return object.meta.name;
  if (path == "metadata.namespace") return object.meta.namespace_;
  if (path == "metadata.uid") return object.meta.uid;
  if (path == "spec.nodeName") return node.name;
  if (path == "spec.serviceAccountName") return spec.serviceAccountName;
  if (path == "status.hostIP" || path == "status.hostIPs") return node.ip;
  if (path == "status.podIP" || path == "status.podIPs") return pod.ip;
  return {};
}

// ExtractContainerResourceValue (pkg/api/v1/resource): in units of the divisor, rounded up. A limit that is not set is
// what the node has to give.
std::string Kubelet::resourceOf(const PodRuntime& pod, const api::Container& container, const std::string& resource,
                                const std::optional<api::Quantity>& divisor) const {
  const bool limit = resource.starts_with("limits.");
  const std::string name = resource.substr(resource.find('.') + 1);
  const api::ResourceList& list = limit ? container.resources.limits : container.resources.requests;
  const auto found = list.find(name);
  api::Quantity quantity = found == list.end() ? api::Quantity() : found->second;
  if (limit && quantity.isZero() && (name == "cpu" || name == "memory" || name == "ephemeral-storage") &&
      nodes_[pod.node].object) {
    const api::ResourceList& offered = api::as<api::Node>(nodes_[pod.node].object).status.allocatable;
    if (const auto at = offered.find(name); at != offered.end()) quantity = at->second;
  }
  const api::Quantity unit = divisor && !divisor->isZero() ? *divisor : api::Quantity(1);
  const bool milli = name == "cpu";
  const std::int64_t value = milli ? quantity.milliValue() : quantity.value();
  const std::int64_t by = std::max<std::int64_t>(milli ? unit.milliValue() : unit.value(), 1);
  return std::to_string(value / by + (value % by > 0 ? 1 : 0));
}

std::string Kubelet::hostOf(const PodRuntime& pod) {
  constexpr std::size_t kMost = 63;
  const std::string& own = api::as<api::Pod>(pod.pod).hostname;
  return (own.empty() ? pod.pod->meta.name : own).substr(0, kMost);
}

// What `hostname` and $HOSTNAME say: pkg/kubelet/kubelet_pods.go GeneratePodHostNameAndDomain, and the runtime.
std::string Kubelet::hostnameOf(const PodRuntime& pod) const {
  const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
  if (spec.hostNetwork) return nodes_[pod.node].name;
  if (!spec.hostnameOverride.empty()) return spec.hostnameOverride;
  if (!spec.setHostnameAsFQDN.value_or(false) || spec.subdomain.empty()) return hostOf(pod);
  return fmt::format("{}.{}.{}.svc.{}", hostOf(pod), spec.subdomain, pod.pod->meta.namespace_, cluster_domain_);
}

Environment Kubelet::environmentOf(const PodRuntime& pod, const api::Container& container) const {
  Environment environment;
  const std::string& ns = pod.pod->meta.namespace_;
  setVariable(environment, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  setVariable(environment, "HOSTNAME", hostnameOf(pod));
  setVariable(environment, "HOME", "/root");
  setVariable(environment, "KUBERNETES_SERVICE_HOST", "10.96.0.1");
  setVariable(environment, "KUBERNETES_SERVICE_PORT", "443");
  const auto addAll = [&](std::string_view kind, const api::EnvFromSource& from, const api::EnvFromRef& ref) {
    const Data* data = isLost(kind, ns, ref.name) ? nullptr : dataOf(kind, ns, ref.name);
    if (!data) return;
    for (const auto& [key, value] : *data) setVariable(environment, from.prefix + key, value);
  };
  for (const api::EnvFromSource& from : container.envFrom) {
    if (from.configMapRef) addAll("configmap", from, *from.configMapRef);
    if (from.secretRef) addAll("secret", from, *from.secretRef);
  }
  const auto addKey = [&](std::string_view kind, const std::string& name, const api::KeySelector& ref) {
    const Data* data = isLost(kind, ns, ref.name) ? nullptr : dataOf(kind, ns, ref.name);
    if (!data) return;
    if (const auto value = data->find(ref.key); value != data->end()) setVariable(environment, name, value->second);
  };
  for (const api::EnvVar& entry : container.env) {
    if (!entry.valueFrom) {
      setVariable(environment, entry.name, expand(entry.value, environment));
    } else if (entry.valueFrom->fieldRef) {
      setVariable(environment, entry.name, fieldOf(pod, entry.valueFrom->fieldRef->fieldPath));
    } else if (const auto& ref = entry.valueFrom->resourceFieldRef) {
      const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
      const api::Container* of = &container;
      for (const auto* list : {&spec.initContainers, &spec.containers}) {
        for (const api::Container& other : *list) {
          if (other.name == ref->containerName) of = &other;
        }
      }
      setVariable(environment, entry.name, resourceOf(pod, *of, ref->resource, ref->divisor));
    } else if (entry.valueFrom->configMapKeyRef) {
      addKey("configmap", entry.name, *entry.valueFrom->configMapKeyRef);
    } else if (entry.valueFrom->secretKeyRef) {
      addKey("secret", entry.name, *entry.valueFrom->secretKeyRef);
    }
  }
  return environment;
}

std::vector<std::string> commandOf(const api::Container& container, const Environment& environment) {
  std::vector<std::string> argv;
  for (const std::string& word : container.command) argv.push_back(expand(word, environment));
  for (const std::string& word : container.args) argv.push_back(expand(word, environment));
  return argv;
}

}  // namespace jobset_twin::cluster
