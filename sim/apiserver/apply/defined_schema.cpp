#include "sim/apiserver/apply/defined_schema.hpp"

#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/key_text.hpp"
#include "engine/api/kinds.hpp"
#include "sim/apiserver/stored_definitions.hpp"

namespace jobset_twin::apiserver::apply {
namespace {

using nlohmann::json;

// Null: there is none.
const json* schemaOf(const api::Object& object, const Store& store) {
  const std::string api_version(api::apiVersionOf(object)), group(api::groupOf(api_version));
  const std::string version = api_version.substr(api_version.find('/') + 1);
  for (const api::ObjectPtr& stored : storedDefinitions(store)) {
    const json& definition = api::as<api::Generic>(stored).content.get();
    if (api::textAt(definition, {"spec", "group"}) != group ||
        api::textAt(definition, {"spec", "names", "kind"}) != api::kindNameOf(object))
      continue;
    const json* versions = api::jsonAt(definition, {"spec", "versions"});
    if (!versions || !versions->is_array()) return nullptr;
    for (const json& one : *versions)
      if (api::textAt(one, {"name"}) == version) return api::jsonAt(one, {"schema", "openAPIV3Schema"});
  }
  return nullptr;
}

bool isEnvelope(const std::string& name) { return name == "apiVersion" || name == "kind" || name == "metadata"; }

}  // namespace

DefinedSchema::DefinedSchema(const api::Object& object, const Store& store) {
  if (object.kind() != api::Kind::kGeneric || api::findKind(api::apiVersionOf(object), api::kindNameOf(object))) return;
  if (const json* schema = schemaOf(object, store)) tableOf(*schema, true);
}

const api::TypeInfo* DefinedSchema::tableOf(const json& schema, bool root) {
  api::TypeInfo& out = tables_.emplace_back();
  const json* properties = api::jsonAt(schema, {"properties"});
  if (!properties || !properties->is_object()) return &out;
  for (const auto& [name, value] : properties->items()) {
    if (root && isEnvelope(name)) continue;
    api::FieldInfo field;
    field.name = name;
    describe(field, value);
    out.fields.push_back(std::move(field));
  }
  return &out;
}

// What is not said otherwise is by its value: any.
void DefinedSchema::describe(api::FieldInfo& field, const json& schema) {
  if (const json* value = api::jsonAt(schema, {"default"})) field.default_json = value->dump();
  if (api::textAt(schema, {"x-kubernetes-map-type"}) == "atomic") {
    field.shape = api::Shape::kObject;
    field.object = api::typeTables().find("LabelSelector");  // one of those that change as a whole
  } else if (api::textAt(schema, {"type"}) == "object" && api::jsonAt(schema, {"properties"})) {
    field.shape = api::Shape::kObject;
    field.object = tableOf(schema, false);
  } else if (api::textAt(schema, {"type"}) == "array") {
    field.list = true;
    const std::string type = api::textAt(schema, {"x-kubernetes-list-type"});
    const json* keys = api::jsonAt(schema, {"x-kubernetes-list-map-keys"});
    const json* items = api::jsonAt(schema, {"items"});
    if (type == "set") {
      field.shape = api::Shape::kString;
      field.merge_primitives = true;
    } else if (type == "map" && keys && keys->is_array() && items) {
      for (const json& key : *keys)
        if (key.is_string()) field.list_keys.push_back(key);
      field.shape = api::Shape::kObject;
      field.object = tableOf(*items, false);
    }
  }
}

}  // namespace jobset_twin::apiserver::apply
