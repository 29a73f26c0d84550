// schema_check.hpp - whether a document fits the tables: unknown fields, wrong types, and for custom resources the
// rules of the CRD.
//
// Messages are the API server's (K-API-14, K-API-15). Not here: CEL rules, admission, the hand-written validation of
// built-in kinds.
#pragma once

#include <string>

#include "engine/api/reflect.hpp"
#include "engine/api/tree.hpp"

namespace jobset_twin::api {

// How the server decodes the kind: by Go types (mismatch: "json: cannot unmarshal …") or by a CRD's schema.
enum class Dialect : std::uint8_t { kBuiltIn, kCustom };

struct Findings {
  Errors unknown;  // code "UnknownField", text `unknown field "spec.foo"`, with the nearest known name as hint
  Errors wrong;    // types, values, and for kCustom: required, enum, minimum, maxItems, list-map duplicates
};

// Checks a map against a table. `path` is the field path of the map ("" for the object itself, "metadata").
// Errors carry the position of the node that they are about, without file.
void checkAgainst(const TreeNode& node, const TypeInfo& info, Dialect dialect, const std::string& path, Findings& out);

// The quantity pattern of CRDs, which is looser than Quantity::parse.
bool fitsQuantityPattern(std::string_view text);

}  // namespace jobset_twin::api
