// ConfigMaps and Secrets, and the volumes that are made from them, from the downward API and from tokens (K-POD-4,
// K-T-19). Variables are those at the container's start; volumes show a change at once. Source: kubernetes 1.36
// pkg/kubelet/kubelet_pods.go, pkg/volume/{configmap,secret,projected,downwardapi}.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/base64.hpp"
#include "engine/api/json_at.hpp"
#include "sim/cluster/kubelet/kubelet.hpp"

namespace jobset_twin::cluster {
namespace {

using Json = nlohmann::json;
using Data = std::map<std::string, std::string>;

constexpr const char* kToken = "eyJhbGciOiJSUzI1NiJ9.simulated.token";

Data dataIn(const Json& content, bool secret) {
  Data data;
  const auto add = [&](const char* field, bool encoded) {
    if (!content.is_object() || !content.contains(field) || !content[field].is_object()) return;
    for (const auto& [key, value] : content[field].items()) {
      if (!value.is_string()) continue;
      // What is no base64 is skipped, as the API server would not have taken it.
      if (std::optional<std::string> text =
              encoded ? api::fromBase64(value.get<std::string>()) : value.get<std::string>())
        data[key] = *std::move(text);
    }
  };
  add("data", secret);
  add("binaryData", true);
  return data;
}

bool isOptional(const Json& source) { return source.value("optional", false); }

// A part of a volume that comes from an object.
struct ConfigSource {
  std::string_view kind;
  std::string name;
  const Json* source;
};

// Those of a volume's source, in their order.
std::vector<ConfigSource> configSources(const Json& volume) {
  std::vector<ConfigSource> found;
  const auto add = [&](const Json& from, const char* secret_name) {
    if (from.contains("configMap") && from["configMap"].is_object())
      found.push_back({"configmap", api::textAt(from["configMap"], {"name"}), &from["configMap"]});
    if (from.contains("secret") && from["secret"].is_object())
      found.push_back({"secret", api::textAt(from["secret"], {secret_name}), &from["secret"]});
  };
  if (!volume.is_object()) return found;
  add(volume, "secretName");
  if (volume.contains("projected") && volume["projected"].is_object() && volume["projected"].contains("sources")) {
    for (const Json& source : volume["projected"]["sources"]) {
      if (source.is_object()) add(source, "name");
    }
  }
  return found;
}

const Json& itemsOf(const Json& source) {
  static const Json kNone = Json::array();
  const auto found = source.is_object() ? source.find("items") : source.end();
  return found != source.end() && found->is_array() ? *found : kNone;
}

void addData(Data& files, const Data& data, const Json& source) {
  const Json& items = itemsOf(source);
  if (items.empty()) {
    for (const auto& [key, value] : data) files["/" + key] = value;
  }
  for (const Json& item : items) {
    const auto value = data.find(api::textAt(item, {"key"}));
    if (value != data.end()) files["/" + api::textAt(item, {"path"})] = value->second;
  }
}

std::string keyOf(std::string_view kind, const std::string& namespace_, const std::string& name) {
  return fmt::format("{} {}/{}", kind, namespace_, name);
}

std::string_view configKind(const api::Object& object) {
  if (object.kind() != api::Kind::kGeneric) return {};
  const std::string_view kind = api::kindNameOf(object);
  return kind == "ConfigMap" ? "configmap" : kind == "Secret" ? "secret" : std::string_view();
}

}  // namespace

void Kubelet::expect(const api::Object& config) {
  const std::string_view kind = configKind(config);
  if (!kind.empty()) lost_configs_.insert(keyOf(kind, config.meta.namespace_, config.meta.name));
}

// What is mounted stays as it was when the object goes.
void Kubelet::onConfig(const api::Object& object, bool deleted) {
  const std::string_view kind = configKind(object);
  if (kind.empty()) return;
  const std::string key = keyOf(kind, object.meta.namespace_, object.meta.name);
  if (deleted) {
    lost_configs_.insert(key);
    return;
  }
  lost_configs_.erase(key);
  configs_[key] = dataIn(api::as<api::Generic>(object).content.get(), kind == "secret");
}

const Data* Kubelet::dataOf(std::string_view kind, const std::string& namespace_, const std::string& name) const {
  const auto found = configs_.find(keyOf(kind, namespace_, name));
  return found == configs_.end() ? nullptr : &found->second;
}

bool Kubelet::isLost(std::string_view kind, const std::string& namespace_, const std::string& name) const {
  return !lost_configs_.empty() && lost_configs_.contains(keyOf(kind, namespace_, name));
}

// What a container's environment needs and is not there, or nothing. What no manifest brings counts as empty.
std::string Kubelet::missingConfig(const PodRuntime& pod, std::size_t index) const {
  const api::Container& spec = specOf(pod, index);
  const std::string& ns = pod.pod->meta.namespace_;
  std::string missing;
  const auto check = [&](std::string_view kind, const std::string& name, const std::optional<bool>& optional) {
    if (optional.value_or(false) || !missing.empty() || !isLost(kind, ns, name)) return;
    missing = fmt::format("{} \"{}\" not found", kind, name);
  };
  for (const api::EnvFromSource& from : spec.envFrom) {
    if (from.configMapRef) check("configmap", from.configMapRef->name, from.configMapRef->optional);
    if (from.secretRef) check("secret", from.secretRef->name, from.secretRef->optional);
  }
  const auto checkKey = [&](std::string_view kind, std::string_view shown, const api::KeySelector& ref) {
    check(kind, ref.name, ref.optional);
    const Data* data = dataOf(kind, ns, ref.name);
    if (ref.optional.value_or(false) || !missing.empty() || !data || data->contains(ref.key)) return;
    missing = fmt::format("couldn't find key {} in {} {}/{}", ref.key, shown, ns, ref.name);
  };
  for (const api::EnvVar& variable : spec.env) {
    if (!variable.valueFrom) continue;
    if (const auto& ref = variable.valueFrom->configMapKeyRef) checkKey("configmap", "ConfigMap", *ref);
    if (const auto& ref = variable.valueFrom->secretKeyRef) checkKey("secret", "Secret", *ref);
  }
  return missing;
}

// What the first volume that cannot be made needs, and its name. Volumes that nobody mounts do not count.
std::string Kubelet::missingMount(const PodRuntime& pod, std::string& volume) const {
  const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
  const std::string& ns = pod.pod->meta.namespace_;
  const auto isMounted = [&](const std::string& name) {
    for (const auto* containers : {&spec.initContainers, &spec.containers}) {
      for (const api::Container& container : *containers) {
        for (const api::VolumeMount& one : container.volumeMounts) {
          if (one.name == name) return true;
        }
      }
    }
    return false;
  };
  for (const api::Volume& one : spec.volumes) {
    if (!one.source.present()) continue;
    const std::vector<ConfigSource> sources = configSources(one.source.get());
    if (sources.empty() || !isMounted(one.name)) continue;
    volume = one.name;
    for (const ConfigSource& from : sources) {
      if (isOptional(*from.source)) continue;
      if (isLost(from.kind, ns, from.name)) return fmt::format("{} \"{}\" not found", from.kind, from.name);
      const Data* data = dataOf(from.kind, ns, from.name);
      for (const Json& item : itemsOf(*from.source)) {
        if (!data || data->contains(api::textAt(item, {"key"}))) continue;
        return fmt::format("references non-existent {} key: {}", from.kind == "secret" ? "secret" : "config",
                           api::textAt(item, {"key"}));
      }
    }
  }
  return {};
}

// The files of a volume that is made from objects, by their path in it; nothing: it is another one.
std::optional<Data> Kubelet::volumeFiles(const PodRuntime& pod, const api::Volume& volume) const {
  if (!volume.source.present() || !volume.source.get().is_object()) return std::nullopt;
  const Json& source = volume.source.get();
  const std::array kTypes = {"configMap", "secret", "projected", "downwardAPI"};
  if (std::none_of(kTypes.begin(), kTypes.end(), [&](const char* type) { return source.contains(type); }))
    return std::nullopt;
  Data files;
  for (const ConfigSource& from : configSources(source)) {
    if (const Data* data = dataOf(from.kind, pod.pod->meta.namespace_, from.name)) addData(files, *data, *from.source);
  }
  const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
  const auto addDownward = [&](const Json& from) {
    if (!from.contains("downwardAPI")) return;
    for (const Json& item : itemsOf(from["downwardAPI"])) {
      std::string& file = files["/" + api::textAt(item, {"path"})];
      if (item.contains("fieldRef")) file = fieldOf(pod, api::textAt(item["fieldRef"], {"fieldPath"}));
      if (!item.contains("resourceFieldRef")) continue;
      const Json& ref = item["resourceFieldRef"];
      std::optional<api::Quantity> divisor;
      if (const auto parsed = api::Quantity::parse(api::textAt(ref, {"divisor"})); parsed.ok())
        divisor = parsed.value();
      for (const auto* containers : {&spec.initContainers, &spec.containers}) {
        for (const api::Container& container : *containers) {
          if (container.name == api::textAt(ref, {"containerName"}))
            file = resourceOf(pod, container, api::textAt(ref, {"resource"}), divisor);
        }
      }
    }
  };
  addDownward(source);
  if (source.contains("projected") && source["projected"].is_object() && source["projected"].contains("sources")) {
    for (const Json& from : source["projected"]["sources"]) {
      if (!from.is_object()) continue;
      addDownward(from);
      if (from.contains("serviceAccountToken"))
        files["/" + api::textAt(from["serviceAccountToken"], {"path"})] = kToken;
    }
  }
  return files;
}

}  // namespace jobset_twin::cluster
