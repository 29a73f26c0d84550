// field_schema.hpp - how the values of a kind are taken apart into fields that can have different owners: which maps
// are structs, which lists are maps by key or sets, and what is one piece (x-kubernetes-list-type and -map-type).
//
// Typed kinds have it from the tables of reflect.hpp, with what those leave out; kinds that are stored as trees from
// the few exceptions of generic_schema.cpp, or of their definition, to "maps are structs, lists are one piece". Source:
// the merge schema of Kubernetes 1.36 (client-go applyconfigurations/internal) and the CRD of JobSet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/reflect.hpp"
#include "sim/apiserver/apply/field_set.hpp"

namespace jobset_twin::apiserver::apply {

// What is known of a value from where it stands.
struct Place {
  enum class Form : std::uint8_t {
    kScalar,
    kPiece,      // a map or list that changes as a whole
    kStruct,     // named fields
    kMap,        // free keys
    kKeyedList,  // objects that are known by some of their fields
    kSet,        // a list of different scalars
    kAny         // by the value: maps have free keys, lists are one piece
  };
  Form form = Form::kAny;
  const api::TypeInfo* table = nullptr;            // kStruct: its fields; kKeyedList: those of an item
  const std::vector<std::string>* keys = nullptr;  // kKeyedList
  api::Shape scalar = api::Shape::kAny;            // kScalar
  bool open = false;    // kStruct: fields that the table does not have may be there too, as structs and pieces
  bool root = false;    // kStruct: apiVersion, kind and metadata stand beside the table's fields
  bool custom = false;  // within a custom resource, whose schema makes a few more things one piece
};

// The root of an object of the kind. defined: of a kind that a definition brings (defined_schema.hpp).
Place rootOf(const api::Object& object, const api::TypeInfo* defined = nullptr);

// The place for this value: kAny and open structs are what the value is.
Place resolved(const Place& place, const nlohmann::json& value);
// Of a field of a struct or a key of a map. named: it is a struct's own field.
Place fieldOf(const Place& place, const std::string& name, bool& named);
Place itemOf(const Place& list);

// How an item of a keyed list or a set is known; nothing, and a problem, if it cannot be.
std::optional<PathElement> elementOf(const Place& list, const nlohmann::json& item, std::string& problem);

// generic_schema.cpp: the exceptions of a kind that is stored as a tree, as a table that lists only them; null: a kind
// of which nothing is known.
const api::TypeInfo* genericTable(std::string_view kind, std::string_view group);

}  // namespace jobset_twin::apiserver::apply
