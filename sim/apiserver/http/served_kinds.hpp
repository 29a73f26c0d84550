// served_kinds.hpp - which resources the HTTP face serves, by group, version and plural name: all kinds that the
// program knows by name (engine/api/kinds.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/kinds.hpp"

namespace jobset_twin::apiserver::http {

// nullptr: not served.
const api::KindInfo* servedResource(std::string_view group, std::string_view version, std::string_view plural);
// Of a kind: "status" and what else it has.
std::vector<std::string_view> subresourcesOf(const api::KindInfo& kind);

struct GroupVersions {
  std::string group;                  // "": core
  std::vector<std::string> versions;  // preferred first
};
// In the order of discovery: core first, then by name.
const std::vector<GroupVersions>& servedGroups();
std::string apiVersionText(std::string_view group, std::string_view version);  // "batch/v1", "v1"

// The key of an object of the kind, as the store has it.
api::ObjectKey keyFor(const api::KindInfo& kind, std::string namespace_, std::string name);
// As Selection::type has it: "<kind>.<group>" of generic kinds (without a dot in the core group), "" of typed ones.
std::string storedType(const api::KindInfo& kind);

}  // namespace jobset_twin::apiserver::http
