// managers.hpp - who owns which fields of an object: its metadata.managedFields, read and written.
//
// An Apply entry is what its manager applied last; an Update entry gathers what the manager set by other writes.
// Source: apimachinery v0.36 pkg/util/managedfields/internal/{managedfields,capmanagers}.go.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sim/apiserver/apply/field_set.hpp"

namespace jobset_twin::apiserver::apply {

struct ManagerId {
  std::string manager;
  bool applies = false;
  std::string api_version;  // "" of those that apply: they stay the same in another version
  std::string subresource;

  friend auto operator<=>(const ManagerId&, const ManagerId&) = default;
  friend bool operator==(const ManagerId&, const ManagerId&) = default;
};

struct Owned {
  FieldSet fields;
  std::string api_version;
  std::string time;  // "": not known

  friend bool operator==(const Owned&, const Owned&) = default;
};

using Managers = std::map<ManagerId, Owned>;

// Nothing: not a list of entries.
std::optional<Managers> managersOf(const nlohmann::json& managed_fields);
// Those that apply first, then by time. null for none.
nlohmann::json managedFields(const Managers& managers);

// Whether a write asks to forget all managers: an empty list, or one with one empty entry.
bool forgetsManagers(const nlohmann::json& managed_fields);
// The same fields by the same managers, whenever they were written.
bool sameOwners(const nlohmann::json& a, const nlohmann::json& b);

// At most ten Update entries: the oldest are united under the name ancient-changes.
void capUpdates(Managers& managers);

std::string shown(const ManagerId& id);  // as conflicts have it: "name" with subresource "status" using v1

}  // namespace jobset_twin::apiserver::apply
