// The environment variables of a container and the files it sees.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cluster/kubelet/machine_host.hpp"
#include "sim/kernel/random.hpp"

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

// metadata.annotations['key'] and the like.
std::string fieldOf(const PodRuntime& pod, const NodeRuntime& node, std::string_view path) {
  const api::Object& object = *pod.pod;
  const api::PodSpec& spec = *api::as<api::Pod>(object).spec;
  const auto keyed = [&](std::string_view prefix) -> std::optional<std::string_view> {
    if (!path.starts_with(prefix) || !path.ends_with("']")) return std::nullopt;
    return path.substr(prefix.size(), path.size() - prefix.size() - 2);
  };
  if (const auto key = keyed("metadata.annotations['")) return std::string(object.meta.annotations.get(*key));
  if (const auto key = keyed("metadata.labels['")) return std::string(object.meta.labels.get(*key));
  if (path == "metadata.name") return object.meta.name;
  if (path == "metadata.namespace") return object.meta.namespace_;
  if (path == "metadata.uid") return object.meta.uid;
  if (path == "spec.nodeName") return node.name;
  if (path == "spec.serviceAccountName") return spec.serviceAccountName;
  if (path == "status.hostIP" || path == "status.hostIPs") return node.ip;
  if (path == "status.podIP" || path == "status.podIPs") return pod.ip;
  return {};
}

std::string resourceOf(const api::Container& container, std::string_view resource) {
  const auto dot = resource.find('.');
  const std::string name(resource.substr(dot + 1));
  const api::ResourceList& list =
      resource.starts_with("limits.") ? container.resources.limits : container.resources.requests;
  const auto found = list.find(name);
  return found == list.end() ? "0" : std::to_string(found->second.value());
}

}  // namespace

std::map<std::string, std::string> configMapData(const api::Object& config_map) {
  std::map<std::string, std::string> data;
  const nlohmann::json& content = api::as<api::Generic>(config_map).content.get();
  if (!content.is_object() || !content.contains("data") || !content["data"].is_object()) return data;
  for (const auto& [key, value] : content["data"].items()) {
    if (value.is_string()) data[key] = value.get<std::string>();
  }
  return data;
}

Environment environmentOf(const PodRuntime& pod, const api::Container& container,
                          const std::map<std::string, std::map<std::string, std::string>>& config_maps,
                          const NodeRuntime& node) {
  Environment environment;
  const std::string& ns = pod.pod->meta.namespace_;
  const auto mapOf = [&](const std::string& name) -> const std::map<std::string, std::string>* {
    const auto found = config_maps.find(ns + "/" + name);
    return found == config_maps.end() ? nullptr : &found->second;
  };
  setVariable(environment, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  setVariable(environment, "HOSTNAME",
              api::as<api::Pod>(pod.pod).hostname.empty() ? pod.pod->meta.name : api::as<api::Pod>(pod.pod).hostname);
  setVariable(environment, "HOME", "/root");
  setVariable(environment, "KUBERNETES_SERVICE_HOST", "10.96.0.1");
  setVariable(environment, "KUBERNETES_SERVICE_PORT", "443");
  for (const api::EnvFromSource& from : container.envFrom) {
    if (!from.configMapRef) continue;
    if (const auto* data = mapOf(from.configMapRef->name)) {
      for (const auto& [key, value] : *data) setVariable(environment, from.prefix + key, value);
    }
  }
  for (const api::EnvVar& entry : container.env) {
    if (!entry.valueFrom) {
      setVariable(environment, entry.name, expand(entry.value, environment));
    } else if (entry.valueFrom->fieldRef) {
      setVariable(environment, entry.name, fieldOf(pod, node, entry.valueFrom->fieldRef->fieldPath));
    } else if (entry.valueFrom->resourceFieldRef) {
      setVariable(environment, entry.name, resourceOf(container, entry.valueFrom->resourceFieldRef->resource));
    } else if (entry.valueFrom->configMapKeyRef) {
      const auto* data = mapOf(entry.valueFrom->configMapKeyRef->name);
      const auto value = data ? data->find(entry.valueFrom->configMapKeyRef->key) : decltype(data->end()){};
      if (data && value != data->end()) setVariable(environment, entry.name, value->second);
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

// --- files ---

std::uint32_t MachineHost::random15() {
  const api::Container& spec = specOf(pod_, index_);
  ContainerRuntime& container = pod_.containers[index_];
  const std::string name = fmt::format("container/{}/{}/{}/random", pod_.identity, spec.name, container.attempt);
  return static_cast<std::uint32_t>(kernel::bitsAt(seed_, name, container.random_draws++) & 0x7fffU);
}

std::string MachineHost::hostname() {
  const api::Pod& pod = api::as<api::Pod>(pod_.pod);
  if (pod.spec->hostNetwork) return kubelet_.nodes_[pod_.node].name;
  return (pod.hostname.empty() ? pod_.pod->meta.name : pod.hostname).substr(0, 63);
}

std::map<std::string, std::string>* MachineHost::filesFor(std::string_view path, std::string& inner, bool& shared) {
  const api::PodSpec& spec = *api::as<api::Pod>(pod_.pod).spec;
  const api::Container& container = specOf(pod_, index_);
  const api::VolumeMount* best = nullptr;
  for (const api::VolumeMount& mount : container.volumeMounts) {
    const bool within =
        path == mount.mountPath ||
        (path.starts_with(mount.mountPath) && (mount.mountPath.ends_with('/') || path[mount.mountPath.size()] == '/'));
    if (within && (!best || mount.mountPath.size() > best->mountPath.size())) best = &mount;
  }
  shared = false;
  inner = std::string(path);
  if (!best) return &pod_.containers[index_].files;
  inner =
      (best->subPath.empty() ? std::string() : "/" + best->subPath) + std::string(path.substr(best->mountPath.size()));
  if (inner.empty()) inner = "/";
  shared = true;
  for (const api::Volume& volume : spec.volumes) {
    if (volume.name != best->name) continue;
    if (volume.persistentVolumeClaim)
      return &kubelet_.claims_[pod_.pod->meta.namespace_ + "/" + volume.persistentVolumeClaim->claimName];
    if (volume.source.present() && volume.source.get().contains("configMap")) {
      const std::string name = volume.source.get()["configMap"].value("name", "");
      const auto found = kubelet_.config_maps_.find(pod_.pod->meta.namespace_ + "/" + name);
      if (found == kubelet_.config_maps_.end()) return nullptr;
      inner = inner.substr(inner.rfind('/') + 1);
      return &found->second;
    }
  }
  return &pod_.empty_dirs[best->name];
}

namespace {

// Directories are entries that end in '/'.
bool holdsDirectory(const std::map<std::string, std::string>& files, const std::string& path) {
  const std::string prefix = path.ends_with('/') ? path : path + "/";
  const auto at = files.lower_bound(prefix);
  return at != files.end() && at->first.starts_with(prefix);
}

bool alwaysThere(std::string_view path) {
  constexpr std::string_view kDirectories[] = {
      "/",    "/tmp", "/etc",     "/dev",       "/root",          "/home", "/var", "/var/run", "/var/tmp", "/run",
      "/usr", "/bin", "/usr/bin", "/usr/local", "/usr/local/bin", "/proc", "/sys", "/opt",     "/mnt",     "/data"};
  return std::find(std::begin(kDirectories), std::end(kDirectories), path) != std::end(kDirectories);
}

std::string parentOf(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/" : std::string(path.substr(0, slash));
}

}  // namespace

std::optional<std::string> MachineHost::readFile(std::string_view path) {
  if (path == "/etc/hostname") return hostname() + "\n";
  if (path == "/var/run/secrets/kubernetes.io/serviceaccount/namespace") return pod_.pod->meta.namespace_;
  std::string inner;
  bool shared = false;
  const auto* files = filesFor(path, inner, shared);
  if (!files) return std::nullopt;
  const auto found = files->find(inner);
  return found == files->end() ? std::nullopt : std::optional(found->second);
}

bool MachineHost::writeFile(std::string_view path, std::string_view content, bool append) {
  if (!isDirectory(parentOf(path)) || isDirectory(path)) return false;
  std::string inner;
  bool shared = false;
  auto* files = filesFor(path, inner, shared);
  if (!files) return false;
  wrote_shared_ = wrote_shared_ || shared;
  std::string& file = (*files)[inner];
  if (!append) file.clear();
  if (content.size() > workload::kMaxFileBytes - file.size()) return false;
  file += content;
  return true;
}

bool MachineHost::isFile(std::string_view path) { return readFile(path).has_value(); }

bool MachineHost::isDirectory(std::string_view path) {
  if (alwaysThere(path)) return true;
  const api::Container& container = specOf(pod_, index_);
  if (path == container.workingDir) return true;
  for (const api::VolumeMount& mount : container.volumeMounts) {
    if (mount.mountPath == path || mount.mountPath.starts_with(std::string(path) + "/")) return true;
  }
  std::string inner;
  bool shared = false;
  const auto* files = filesFor(path, inner, shared);
  return files && holdsDirectory(*files, inner);
}

std::vector<std::string> MachineHost::list(std::string_view directory) {
  std::string inner;
  bool shared = false;
  const auto* files = filesFor(directory, inner, shared);
  std::vector<std::string> names;
  if (!files) return names;
  const std::string prefix = inner.ends_with('/') ? inner : inner + "/";
  for (auto at = files->lower_bound(prefix); at != files->end() && at->first.starts_with(prefix); ++at) {
    const std::string rest = at->first.substr(prefix.size());
    const std::string name = rest.substr(0, rest.find('/'));
    if (!name.empty() && (names.empty() || names.back() != name)) names.push_back(name);
  }
  return names;
}

bool MachineHost::remove(std::string_view path) {
  std::string inner;
  bool shared = false;
  auto* files = filesFor(path, inner, shared);
  if (!files) return false;
  wrote_shared_ = wrote_shared_ || shared;
  bool any = files->erase(inner) > 0;
  const std::string prefix = inner + "/";
  for (auto at = files->lower_bound(prefix); at != files->end() && at->first.starts_with(prefix); any = true)
    at = files->erase(at);
  return any;
}

bool MachineHost::makeDirectory(std::string_view path) {
  if (isDirectory(path) || isFile(path) || !isDirectory(parentOf(path))) return false;
  std::string inner;
  bool shared = false;
  auto* files = filesFor(path, inner, shared);
  if (!files) return false;
  (*files)[inner + "/"] = "";
  return true;
}

}  // namespace jobset_twin::cluster
