// read.hpp - from trees and JSON to objects.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/object.hpp"
#include "engine/api/reflect.hpp"
#include "engine/api/result.hpp"
#include "engine/api/tree.hpp"

namespace jobset_twin::api {

// What happens with unknown fields (K-API-15): an error, a warning, nothing. They are never kept. Wrong types are
// always errors.
enum class Validation : std::uint8_t { kStrict, kWarn, kIgnore };

// One object. Kinds that are not typed become Generic, whole. Errors have file, line, column and field; warnings are
// added. A JobSet is checked against its CRD's schema (types, required, enums, …) but for what its webhook fills in
// first (names of failure policy rules), and gets no defaults: see withCrdDefaults.
Result<ObjectPtr> readObject(const Tree& tree, Validation validation, Errors& warnings);
Result<ObjectPtr> fromJson(const nlohmann::json& json, Validation validation = Validation::kStrict);
// As fromJson, but trusts that the JSON is well-formed for its tables: unknown and mistyped parts are dropped. For our
// own output.
ObjectPtr fromTrustedJson(const nlohmann::json& json);

// The documents that a `List` (or JobSetList, PodList, …) holds; other trees alone.
std::vector<Tree> expandList(Tree tree);

// The structural errors of a JobSet document against its CRD, and nothing else.
Errors structuralErrors(const Tree& tree);
Errors structuralErrors(const nlohmann::json& json);

// The CRD's defaults (replicas 1, groupName default, restartStrategy Recreate, ports' protocol TCP, …), as the server
// fills them in before admission. Other kinds come back as they are.
ObjectPtr withCrdDefaults(const ObjectPtr& object);

// Reads a map into a bound struct; unknown and mistyped fields are passed over (check first).
void readInto(const TreeNode& node, const TypeInfo& info, void* object);

}  // namespace jobset_twin::api
