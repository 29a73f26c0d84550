// typed_document.hpp - documents taken apart by their kind's schema: which fields they have, what differs between two,
// one merged into another, fields taken out. Pure functions.
//
// Knows nothing of managers (field_manager.hpp). Source of the rules: structured-merge-diff v6 typed/{tofieldset,
// compare,merge,remove,validate}.go.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "sim/apiserver/apply/field_schema.hpp"
#include "sim/apiserver/apply/field_set.hpp"

namespace jobset_twin::apiserver::apply {

// The leaves, the items of lists and the entries of maps; not the structs and lists that hold them.
FieldSet fieldsOf(const nlohmann::json& document, const Place& root);

struct Differences {
  FieldSet added, modified, removed;  // whole structs that came or went are among them
};
Differences differences(const nlohmann::json& before, const nlohmann::json& after, const Place& root);

// `wanted` over `live`: its leaves win, its lists' order too; what it does not name stays.
nlohmann::json merged(const nlohmann::json& live, const nlohmann::json& wanted, const Place& root);

// The document without the members of the set. What becomes empty by it stays, empty.
nlohmann::json withoutItems(const nlohmann::json& document, const FieldSet& items, const Place& root);

// The set, and of each struct's field that has members below it the field itself.
FieldSet withNamedFields(const FieldSet& set, const Place& root);

// What is wrong with a document as a configuration to apply: unknown fields, wrong types, items that are there twice.
// "" when nothing is.
std::string problemsOf(const nlohmann::json& document, const Place& root);

}  // namespace jobset_twin::apiserver::apply
