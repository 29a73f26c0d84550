#include "sim/apiserver/kinds.hpp"

#include <array>
#include <vector>

#include "engine/api/ascii.hpp"
#include "engine/api/kinds.hpp"

namespace jobset_twin::apiserver {
namespace {

constexpr std::array<KindInfo, api::kKindCount> kKinds = {{
    {"JobSet", "jobset.x-k8s.io", "jobsets", true, true, false},
    {"Job", "batch", "jobs", true, true, true},
    {"Pod", "", "pods", true, true, true},
    {"Node", "", "nodes", false, true, true},
    {"Service", "", "services", true, true, true},
    {"EndpointSlice", "discovery.k8s.io", "endpointslices", true, false, true},
    {"PersistentVolumeClaim", "", "persistentvolumeclaims", true, true, true},
    {"Event", "", "events", true, false, true},
    {"PriorityClass", "scheduling.k8s.io", "priorityclasses", false, false, true},
    {"Generic", "", "generic", true, true, false},
}};

// Kinds that are stored as trees, by name and group: their scope cannot be guessed.
struct StoredKind {
  std::string_view kind;
  std::string group;
  const api::KindInfo* info;
};
std::vector<StoredKind> storedKinds() {
  std::vector<StoredKind> out;
  for (const api::KindInfo& info : api::knownKinds()) {
    if (info.kind == api::Kind::kGeneric) out.push_back({info.name, api::groupOf(info.api_version), &info});
  }
  return out;
}

// As upstream's UnsafeGuessKindToResource.
std::string plural(std::string_view kind) {
  const std::string lower = api::lowerCase(kind);
  if (lower.empty()) return lower;
  if (lower.ends_with("s") || lower.ends_with("x") || lower.ends_with("ch")) return lower + "es";
  if (lower.ends_with("y")) return lower.substr(0, lower.size() - 1) + "ies";
  return lower + "s";
}

}  // namespace

const KindInfo& kindInfo(api::Kind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

std::string ResourceNames::qualifiedResource() const { return group.empty() ? resource : resource + "." + group; }
std::string ResourceNames::qualifiedKind() const { return group.empty() ? kind : kind + "." + group; }

ResourceNames namesOf(const api::ObjectKey& key) {
  ResourceNames names;
  if (key.kind != api::Kind::kGeneric) {
    const KindInfo& info = kKinds[static_cast<std::size_t>(key.kind)];
    names.kind = info.kind;
    names.group = info.group;
    names.resource = info.resource;
    names.name = key.name;
    names.namespaced = info.namespaced;
    names.unconditional_update = info.unconditional_update;
    return names;
  }
  const std::string_view full = key.name;
  const std::size_t slash = full.find('/');
  const std::string_view type = full.substr(0, slash);
  names.name = slash == std::string_view::npos ? std::string() : std::string(full.substr(slash + 1));
  const std::size_t dot = type.find('.');
  names.kind = type.substr(0, dot);
  names.group = dot == std::string_view::npos ? std::string() : std::string(type.substr(dot + 1));
  static const std::vector<StoredKind> known = storedKinds();
  for (const StoredKind& one : known) {
    if (one.kind != names.kind || one.group != names.group) continue;
    names.resource = one.info->plural;
    names.namespaced = one.info->namespaced;
    return names;
  }
  names.resource = plural(names.kind);
  names.namespaced = !key.namespace_.empty();
  names.unconditional_update = false;  // a custom resource
  return names;
}

}  // namespace jobset_twin::apiserver
