#include "engine/api/object.hpp"

#include <array>

namespace jobset_twin::api {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, kKindCount - 1> kNames = {{
    {"jobset.x-k8s.io/v1alpha2", "JobSet"},
    {"batch/v1", "Job"},
    {"v1", "Pod"},
    {"v1", "Node"},
    {"v1", "Service"},
    {"discovery.k8s.io/v1", "EndpointSlice"},
    {"v1", "PersistentVolumeClaim"},
    {"v1", "Event"},
    {"scheduling.k8s.io/v1", "PriorityClass"},
}};

}  // namespace

std::string_view apiVersionOf(const Object& object) {
  if (object.kind() == Kind::kGeneric) return as<Generic>(object).apiVersion;
  if (object.kind() == Kind::kEvent && !as<Event>(object).core) return "events.k8s.io/v1";
  return kNames[static_cast<std::size_t>(object.kind())].first;
}

std::string_view kindNameOf(const Object& object) {
  if (object.kind() == Kind::kGeneric) return as<Generic>(object).kind;
  return kNames[static_cast<std::size_t>(object.kind())].second;
}

std::string groupOf(std::string_view api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string() : std::string(api_version.substr(0, slash));
}

ObjectKey keyOf(const Object& object) {
  if (object.kind() != Kind::kGeneric) return {object.kind(), object.meta.namespace_, object.meta.name};
  const Generic& generic = as<Generic>(object);
  const std::string group = groupOf(generic.apiVersion);
  std::string name = generic.kind;
  if (!group.empty()) name += "." + group;
  return {Kind::kGeneric, object.meta.namespace_, name + "/" + object.meta.name};
}

}  // namespace jobset_twin::api
