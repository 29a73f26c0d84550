// The environment variables of a container and the files it sees.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"
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

// As a downward API volume shows labels and annotations: a line `key="value"` each.
std::string linesOf(const api::StringMap& map) {
  std::string out;
  for (const auto& [key, value] : map) {
    out += (out.empty() ? "" : "\n") + fmt::format("{}={}", std::string(key), api::quoted(std::string(value)));
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
  if (path == "metadata.labels") return linesOf(object.meta.labels);
  if (path == "metadata.annotations") return linesOf(object.meta.annotations);
  if (path == "metadata.name") return object.meta.name;
  if (path == "metadata.namespace") return object.meta.namespace_;
  if (path == "metadata.uid") return object.meta.uid;
  if (path == "spec.nodeName") return node.name;
  if (path == "spec.serviceAccountName") return spec.serviceAccountName;
  if (path == "status.hostIP" || path == "status.hostIPs") return node.ip;
  if (path == "status.podIP" || path == "status.podIPs") return pod.ip;
  return {};
}

// limits.cpu and the like, rounded up to whole divisors; a limit that is not set is what the node has to give.
std::string resourceOf(const PodRuntime& pod, const api::Container& own, const NodeRuntime& node,
                       const api::ResourceFieldSelector& field) {
  const api::Container* container = &own;
  for (std::size_t i = 0; i < pod.containers.size(); ++i) {
    if (!field.containerName.empty() && specOf(pod, i).name == field.containerName) container = &specOf(pod, i);
  }
  const std::string name = field.resource.substr(field.resource.find('.') + 1);
  const bool limit = field.resource.starts_with("limits.");
  const api::ResourceList& list = limit ? container->resources.limits : container->resources.requests;
  api::Quantity value;
  if (const auto found = list.find(name); found != list.end()) {
    value = found->second;
  } else if (limit && node.object) {
    const api::ResourceList& of_node = api::as<api::Node>(node.object).status.allocatable;
    if (const auto has = of_node.find(name); has != of_node.end()) value = has->second;
  }
  const api::Quantity divisor = field.divisor && !field.divisor->isZero() ? *field.divisor : api::Quantity(1);
  if (name == "cpu") return std::to_string((value.milliValue() + divisor.milliValue() - 1) / divisor.milliValue());
  return std::to_string((value.value() + divisor.value() - 1) / divisor.value());
}

std::string decodeBase64(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) continue;  // padding, line ends
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xffU);
  }
  return out;
}

using Data = std::map<std::string, std::string>;
const Data* dataOf(const std::map<std::string, Data>& configs, std::string_view kind, std::string_view namespace_,
                   std::string_view name) {
  const auto found = configs.find(fmt::format("{} {}/{}", kind, namespace_, name));
  return found == configs.end() ? nullptr : &found->second;
}

}  // namespace

std::map<std::string, std::string> configData(const api::Object& object) {
  Data out;
  const nlohmann::json& content = api::as<api::Generic>(object).content.get();
  const auto take = [&](const char* field, bool encoded) {
    if (!content.is_object() || !content.contains(field) || !content[field].is_object()) return;
    for (const auto& [key, value] : content[field].items()) {
      if (value.is_string()) out[key] = encoded ? decodeBase64(value.get<std::string>()) : value.get<std::string>();
    }
  };
  const bool secret = api::kindNameOf(object) == "Secret";
  take("data", secret);
  take("binaryData", true);
  if (secret) take("stringData", false);
  return out;
}

std::string missingKey(const std::map<std::string, std::map<std::string, std::string>>& configs,
                       const std::string& namespace_, const api::EnvVarSource& from) {
  const auto missing = [&](const char* kind, const char* name, const std::optional<api::KeySelector>& key) {
    const Data* data = key && !key->optional.value_or(false) ? dataOf(configs, kind, namespace_, key->name) : nullptr;
    if (!data || data->contains(key->key)) return std::string();
    return fmt::format("couldn't find key {} in {} {}/{}", key->key, name, namespace_, key->name);
  };
  const std::string config_map = missing("configmap", "ConfigMap", from.configMapKeyRef);
  return config_map.empty() ? missing("secret", "Secret", from.secretKeyRef) : config_map;
}

std::string hostnameOf(const PodRuntime& runtime, const NodeRuntime& node) {
  const api::Pod& pod = api::as<api::Pod>(runtime.pod);
  if (pod.spec->hostNetwork) return node.name;
  if (!pod.spec->hostnameOverride.empty()) return pod.spec->hostnameOverride;
  return (pod.hostname.empty() ? runtime.pod->meta.name : pod.hostname).substr(0, 63);
}

Environment environmentOf(const PodRuntime& pod, const api::Container& container,
                          const std::map<std::string, std::map<std::string, std::string>>& configs,
                          const NodeRuntime& node) {
  Environment environment;
  const std::string& ns = pod.pod->meta.namespace_;
  setVariable(environment, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  setVariable(environment, "HOSTNAME", hostnameOf(pod, node));
  setVariable(environment, "HOME", "/root");
  setVariable(environment, "KUBERNETES_SERVICE_HOST", "10.96.0.1");
  setVariable(environment, "KUBERNETES_SERVICE_PORT", "443");
  for (const api::EnvFromSource& from : container.envFrom) {
    const auto& ref = from.configMapRef ? from.configMapRef : from.secretRef;
    if (!ref) continue;
    if (const Data* data = dataOf(configs, from.configMapRef ? "configmap" : "secret", ns, ref->name)) {
      for (const auto& [key, value] : *data) setVariable(environment, from.prefix + key, value);
    }
  }
  for (const api::EnvVar& entry : container.env) {
    if (!entry.valueFrom) {
      setVariable(environment, entry.name, expand(entry.value, environment));
    } else if (entry.valueFrom->fieldRef) {
      setVariable(environment, entry.name, fieldOf(pod, node, entry.valueFrom->fieldRef->fieldPath));
    } else if (entry.valueFrom->resourceFieldRef) {
      setVariable(environment, entry.name, resourceOf(pod, container, node, *entry.valueFrom->resourceFieldRef));
    } else if (const bool map = entry.valueFrom->configMapKeyRef.has_value(); map || entry.valueFrom->secretKeyRef) {
      const api::KeySelector& ref = map ? *entry.valueFrom->configMapKeyRef : *entry.valueFrom->secretKeyRef;
      const Data* data = dataOf(configs, map ? "configmap" : "secret", ns, ref.name);
      const auto value = data ? data->find(ref.key) : Data::const_iterator{};
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

std::string MachineHost::hostname() { return hostnameOf(pod_, kubelet_.nodes_[pod_.node]); }

// The files of a volume that the kubelet fills: a ConfigMap, a Secret, the downward API, or several of them.
bool MachineHost::fill(const nlohmann::json& source) {
  const std::string& ns = pod_.pod->meta.namespace_;
  const NodeRuntime& node = kubelet_.nodes_[pod_.node];
  const auto data = [&](std::string_view kind, const std::string& name, const nlohmann::json& from) {
    const Data* all = dataOf(kubelet_.configs_, kind, ns, name);
    if (!all) return;
    if (!from.contains("items") || from["items"].empty()) {
      for (const auto& [key, value] : *all) filled_["/" + key] = value;
      return;
    }
    for (const nlohmann::json& item : from["items"]) {
      const auto found = all->find(item.value("key", ""));
      if (found != all->end()) filled_["/" + item.value("path", "")] = found->second;
    }
  };
  bool any = false;
  if (source.contains("configMap")) {
    any = true;
    data("configmap", source["configMap"].value("name", ""), source["configMap"]);
  }
  if (source.contains("secret")) {
    any = true;
    data("secret", source["secret"].value("secretName", source["secret"].value("name", "")), source["secret"]);
  }
  if (source.contains("downwardAPI")) {
    any = true;
    for (const nlohmann::json& item : source["downwardAPI"].value("items", nlohmann::json::array())) {
      std::string& file = filled_["/" + item.value("path", "")];
      if (item.contains("fieldRef")) {
        file = fieldOf(pod_, node, item["fieldRef"].value("fieldPath", ""));
      } else if (item.contains("resourceFieldRef")) {
        const nlohmann::json& ref = item["resourceFieldRef"];
        api::ResourceFieldSelector field{ref.value("containerName", ""), ref.value("resource", ""), {}};
        if (ref.contains("divisor") && ref["divisor"].is_string()) {
          const auto divisor = api::Quantity::parse(ref["divisor"].get<std::string>());
          if (divisor.ok()) field.divisor = divisor.value();
        }
        file = resourceOf(pod_, specOf(pod_, index_), node, field);
      }
    }
  }
  if (source.contains("serviceAccountToken")) {
    any = true;
    filled_["/" + source["serviceAccountToken"].value("path", "token")] = "token";
  }
  if (source.contains("projected")) {
    any = true;
    for (const nlohmann::json& part : source["projected"].value("sources", nlohmann::json::array())) fill(part);
  }
  return any;
}

std::map<std::string, std::string>* MachineHost::filesFor(std::string_view path, std::string& inner, bool& shared,
                                                          bool change) {
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
    if (!volume.source.present() || !volume.source.get().is_object()) continue;
    filled_.clear();
    if (!fill(volume.source.get())) continue;
    return change ? nullptr : &filled_;
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
  auto* files = filesFor(path, inner, shared, true);
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
  auto* files = filesFor(path, inner, shared, true);
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
  auto* files = filesFor(path, inner, shared, true);
  if (!files) return false;
  (*files)[inner + "/"] = "";
  return true;
}

}  // namespace jobset_twin::cluster
