#include "sim/apiserver/apply/managers.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/names.hpp"

namespace jobset_twin::apiserver::apply {
namespace {

using nlohmann::json;

constexpr std::size_t kUpdatesMax = 10;
constexpr const char* kAncient = "ancient-changes";

}  // namespace

std::optional<Managers> managersOf(const json& managed_fields) {
  Managers out;
  if (managed_fields.is_null()) return out;
  if (!managed_fields.is_array()) return std::nullopt;
  for (const json& entry : managed_fields) {
    if (!entry.is_object()) return std::nullopt;
    const std::string operation = api::textAt(entry, {"operation"}), version = api::textAt(entry, {"apiVersion"});
    const bool applies = operation == "Apply";
    if ((!applies && operation != "Update") || version.empty() || api::textAt(entry, {"fieldsType"}) != "FieldsV1")
      return std::nullopt;
    const auto fields = entry.find("fieldsV1");
    std::optional<FieldSet> set = FieldSet();
    if (fields != entry.end() && !fields->is_null()) set = setOfWire(*fields);
    if (!set) return std::nullopt;
    out[{api::textAt(entry, {"manager"}), applies, applies ? std::string() : version,
         api::textAt(entry, {"subresource"})}] = {std::move(*set), version, api::textAt(entry, {"time"})};
  }
  return out;
}

json managedFields(const Managers& managers) {
  if (managers.empty()) return nullptr;
  std::vector<const Managers::value_type*> order;
  for (const Managers::value_type& one : managers) order.push_back(&one);
  // RFC 3339 of one form sorts as time does.
  const auto rank = [](const Managers::value_type& one) {
    return std::tie(one.second.time, one.first.manager, one.second.api_version, one.first.subresource);
  };
  std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) {
    if (a->first.applies != b->first.applies) return a->first.applies;
    return rank(*a) < rank(*b);
  });
  json out = json::array();
  for (const Managers::value_type* one : order) {
    const auto& [id, owned] = *one;
    json entry = {{"operation", id.applies ? "Apply" : "Update"},
                  {"apiVersion", owned.api_version},
                  {"fieldsType", "FieldsV1"},
                  {"fieldsV1", wireForm(owned.fields)}};
    if (!id.manager.empty()) entry["manager"] = id.manager;
    if (!id.subresource.empty()) entry["subresource"] = id.subresource;
    if (!owned.time.empty()) entry["time"] = owned.time;
    out.push_back(std::move(entry));
  }
  return out;
}

bool forgetsManagers(const json& managed_fields) {
  if (!managed_fields.is_array()) return false;
  return managed_fields.empty() ||
         (managed_fields.size() == 1 && managed_fields[0].is_object() && managed_fields[0].empty());
}

bool sameOwners(const json& a, const json& b) {
  if (a == b) return true;
  std::optional<Managers> x = managersOf(a), y = managersOf(b);
  if (!x || !y) return false;
  for (Managers* managers : {&*x, &*y}) {
    for (auto& [id, owned] : *managers) owned.time.clear();
  }
  return *x == *y;
}

void capUpdates(Managers& managers) {
  std::vector<ManagerId> updates;
  for (const auto& [id, owned] : managers) {
    if (!id.applies) updates.push_back(id);
  }
  std::size_t count = updates.size();
  if (count <= kUpdatesMax) return;
  std::stable_sort(updates.begin(), updates.end(),
                   [&](const ManagerId& a, const ManagerId& b) { return managers.at(a).time < managers.at(b).time; });
  std::map<std::string, ManagerId> first;  // of each version, until there is a second
  for (const ManagerId& id : updates) {
    if (count <= kUpdatesMax) return;
    const auto [seen, is_first] = first.try_emplace(id.api_version, id);
    if (is_first) continue;
    const ManagerId bucket{kAncient, false, id.api_version, ""};
    Owned taken = managers.at(id);
    managers.erase(id);
    --count;
    if (!managers.contains(bucket)) {
      managers[bucket] = managers.at(seen->second);
      managers.erase(seen->second);
    }
    Owned& owned = managers.at(bucket);
    owned.fields = owned.fields.united(taken.fields);
    owned.time = taken.time;
  }
}

std::string shown(const ManagerId& id) {
  std::string out = api::quoted(id.manager);
  if (!id.subresource.empty()) out += fmt::format(" with subresource {}", api::quoted(id.subresource));
  if (!id.applies) out += fmt::format(" using {}", id.api_version);
  return out;
}

}  // namespace jobset_twin::apiserver::apply
