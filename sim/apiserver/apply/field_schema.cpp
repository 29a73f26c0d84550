#include "sim/apiserver/apply/field_schema.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/kinds.hpp"

namespace jobset_twin::apiserver::apply {
namespace {

using nlohmann::json;
using Form = Place::Form;

// Structs that change as a whole.
constexpr std::array<std::string_view, 13> kPieces = {
    "FileKeySelector", "KeySelector",           "LabelSelector",       "LocalObjectReference",
    "NodeSelector",    "NodeSelectorTerm",      "ObjectFieldSelector", "ObjectReference",
    "OwnerReference",  "ResourceFieldSelector", "SecretReference",     "TypedLocalObjectReference",
    "EnvFromRef"};
// Their Go types hold a LocalObjectReference inline, whose mark the CRD's generator takes for the whole.
constexpr std::array<std::string_view, 3> kCustomPieces = {"ConfigMapVolumeSource", "ConfigMapProjection",
                                                           "SecretProjection"};

template <std::size_t N>
bool has(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const std::vector<std::string>* keysOf(const api::TypeInfo& parent, const api::FieldInfo& field) {
  static const std::vector<std::string> by_type = {"type"};
  if (!field.list_keys.empty()) return &field.list_keys;
  return parent.name == "NodeStatus" && field.name == "addresses" ? &by_type : nullptr;
}

Place placeOf(const api::TypeInfo& parent, const api::FieldInfo& field, const Place& from) {
  Place out;
  out.custom = from.custom;
  if (field.list) {
    out.keys = keysOf(parent, field);
    out.table = field.object;
    const bool set = field.merge_primitives || parent.name == "UncountedTerminatedPods";
    out.form = out.keys ? Form::kKeyedList : set ? Form::kSet : Form::kPiece;
    out.open = from.open && field.object && field.object->name.empty();
    return out;
  }
  switch (field.shape) {
    case api::Shape::kObject:
      out.table = field.object;
      out.open = field.object->name.empty();  // of generic_schema.cpp
      out.form = has(kPieces, field.object->name) || (out.custom && has(kCustomPieces, field.object->name))
                     ? Form::kPiece
                     : Form::kStruct;
      return out;
    case api::Shape::kStringMap:
    case api::Shape::kQuantityMap:
      out.form = field.name == "nodeSelector" || field.name == "selector" ? Form::kPiece : Form::kMap;
      return out;
    case api::Shape::kAny: return out;
    default: out.form = Form::kScalar; out.scalar = field.shape;
  }
  return out;
}

const api::FieldInfo* fieldIn(const api::TypeInfo& table, std::string_view name) {
  if (!table.name.empty()) return table.find(name);
  for (const api::FieldInfo& field : table.fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

// What stands for a key field that an item leaves out; null: nothing does.
json keyDefault(const Place& list, const std::string& key) {
  const api::FieldInfo* field = list.table ? fieldIn(*list.table, key) : nullptr;
  if (!field) return nullptr;
  if (!field->default_json.empty()) return json::parse(field->default_json, nullptr, false);
  if (!field->always || list.custom) return nullptr;
  return field->shape == api::Shape::kString ? json("") : json(0);
}

}  // namespace

Place rootOf(const api::Object& object, const api::TypeInfo* defined) {
  Place out;
  out.root = true;
  out.form = Form::kStruct;
  const api::KindInfo* info = api::findKind(api::apiVersionOf(object), api::kindNameOf(object));
  out.custom = info == nullptr || info->custom;
  out.table = api::bodyInfo(object);
  if (out.table) return out;
  out.table = defined ? defined : genericTable(api::kindNameOf(object), api::groupOf(api::apiVersionOf(object)));
  out.open = true;
  return out;
}

Place resolved(const Place& place, const json& value) {
  Place out = place;
  if (place.form != Form::kAny) return out;
  if (value.is_object()) {
    out.form = place.open ? Form::kStruct : Form::kMap;
  } else {
    out.form = value.is_array() ? Form::kPiece : Form::kScalar;
  }
  return out;
}

Place fieldOf(const Place& place, const std::string& name, bool& named) {
  Place out;
  out.custom = place.custom;
  named = place.form == Form::kStruct;
  if (place.form == Form::kMap) return out;
  if (place.root && name == "metadata") {
    out.form = Form::kStruct;
    out.table = api::typeTables().object_meta;
    return out;
  }
  if (place.root && (name == "apiVersion" || name == "kind")) {
    out.form = Form::kScalar;
    out.scalar = api::Shape::kString;
    return out;
  }
  if (place.table) {
    if (const api::FieldInfo* field = fieldIn(*place.table, name)) return placeOf(*place.table, *field, place);
  }
  named = out.open = place.open;
  return out;
}

Place itemOf(const Place& list) {
  Place out;
  out.custom = list.custom;
  if (list.form != Form::kKeyedList) {
    out.form = Form::kScalar;
    return out;
  }
  out.table = list.table;
  out.open = list.open;
  const bool piece = list.table && (has(kPieces, list.table->name));
  out.form = piece ? Form::kPiece : list.table ? Form::kStruct : Form::kAny;
  return out;
}

std::optional<PathElement> elementOf(const Place& list, const json& item, std::string& problem) {
  if (list.form == Form::kSet) {
    if (item.is_structured() || item.is_null()) {
      problem = item.is_null()     ? "associative list without keys has an element that's an explicit null"
                : item.is_object() ? "associative list without keys has an element that's a map type"
                                   : "not supported: associative list with lists as elements";
      return std::nullopt;
    }
    return PathElement{PathElement::Kind::kValue, item.dump(-1, ' ', false, json::error_handler_t::replace)};
  }
  if (!item.is_object()) {
    problem = item.is_null() ? "associative list with keys may not have a null element"
                             : "associative list with keys may not have non-map elements";
    return std::nullopt;
  }
  json keys = json::object();
  for (const std::string& key : *list.keys) {
    const auto given = item.find(key);
    json value = given != item.end() ? *given : keyDefault(list, key);
    if (given != item.end() || !value.is_null()) keys[key] = std::move(value);
  }
  if (keys.empty()) {
    std::string names;
    for (const std::string& key : *list.keys) names += fmt::format("{}\"{}\"", names.empty() ? "" : " ", key);
    problem = fmt::format(
        "associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for "
        "any key fields)",
        names);
    return std::nullopt;
  }
  return PathElement{PathElement::Kind::kKey, keys.dump(-1, ' ', false, json::error_handler_t::replace)};
}

}  // namespace jobset_twin::apiserver::apply
