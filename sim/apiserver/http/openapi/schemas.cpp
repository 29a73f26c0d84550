#include "sim/apiserver/http/openapi/schemas.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/apiserver/http/openapi/docs.hpp"
#include "sim/apiserver/http/openapi/names.hpp"
#include "sim/apiserver/http/openapi/stored_types.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using api::FieldInfo;
using api::Shape;
using nlohmann::json;

// Types that writers replace as a whole (x-kubernetes-map-type).
constexpr std::string_view kAtomic[] = {"LabelSelector",
                                        "ObjectReference",
                                        "LocalObjectReference",
                                        "KeySelector",
                                        "OwnerReference",
                                        "NodeSelector",
                                        "NodeSelectorTerm",
                                        "ObjectFieldSelector",
                                        "ResourceFieldSelector",
                                        "SecretReference",
                                        "TypedLocalObjectReference",
                                        "RoleRef",
                                        "Subject",
                                        "ScopeSelector"};
constexpr std::string_view kAtomicMaps[] = {"nodeSelector", "selector"};

// Written although zero, and yet not asked for.
constexpr std::string_view kNeverRequired[] = {"reportingComponent", "reportingInstance", "restarts", "service"};

template <class List>
bool isIn(const List& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

// CRDs say it; of built-in kinds Go's tags do: what is written even if empty has to be given, unless it is a time, a
// struct or a list.
bool isRequired(const FieldInfo& field, bool inside) {
  if (field.required) return true;
  if (inside || !field.always || field.list || !field.default_json.empty() || isIn(kNeverRequired, field.name))
    return false;
  return field.shape == Shape::kString || field.shape == Shape::kBool || field.shape == Shape::kInt32 ||
         field.shape == Shape::kInt64;
}

void addListType(json& schema, const FieldInfo& field) {
  schema["x-kubernetes-list-type"] = !field.list_keys.empty() ? "map" : field.merge_primitives ? "set" : "atomic";
  if (!field.list_keys.empty()) schema["x-kubernetes-list-map-keys"] = field.list_keys;
}

void addPatchRules(json& schema, const FieldInfo& field) {
  if (!field.patch_key.empty()) schema["x-kubernetes-patch-merge-key"] = field.patch_key;
  if (!field.patch_key.empty() || field.merge_primitives)
    schema["x-kubernetes-patch-strategy"] = field.retain_keys ? "merge,retainKeys" : "merge";
}

void addLimits(json& schema, const FieldInfo& field) {
  if (!field.default_json.empty()) schema["default"] = json::parse(field.default_json);
  if (!field.allowed.empty()) schema["enum"] = field.allowed;
  if (field.minimum) schema["minimum"] = *field.minimum;
  if (field.maximum) schema["maximum"] = *field.maximum;
  if (field.max_items) schema["maxItems"] = *field.max_items;
}

json anything() { return {{"x-kubernetes-preserve-unknown-fields", true}}; }

json gvkOf(const api::KindInfo& kind, std::string_view suffix) {
  return json::array({{{"group", api::groupOf(kind.api_version)},
                       {"kind", std::string(kind.name) + std::string(suffix)},
                       {"version", versionOf(kind.api_version)}}});
}

void addTypeMeta(json& schema) {
  schema["properties"]["apiVersion"] = {{"type", "string"}, {"description", docOf("apiVersion")}};
  schema["properties"]["kind"] = {{"type", "string"}, {"description", docOf("kind")}};
}

}  // namespace

json Schemas::reference(const std::string& name) const {
  return {{"$ref", (version_ == OpenApiVersion::kV2 ? "#/definitions/" : "#/components/schemas/") + name}};
}

std::string Schemas::simple(const std::string& name, json v2, json v3) {
  if (!all_.contains(name)) all_[name] = version_ == OpenApiVersion::kV2 ? std::move(v2) : std::move(v3);
  return name;
}

json Schemas::value(const FieldInfo& field, bool inside) {
  const json text = {{"type", "string"}};
  const json time = {{"type", "string"}, {"format", "date-time"}};
  const json number_or_text = {{"x-kubernetes-int-or-string", true}};
  const json quantity = {{"oneOf", {{{"type", "string"}}, {{"type", "number"}}}}};
  const json int_or_string = {{"format", "int-or-string"}, {"oneOf", {{{"type", "integer"}}, {{"type", "string"}}}}};
  switch (field.shape) {
    case Shape::kBool: return {{"type", "boolean"}};
    case Shape::kInt32: return {{"type", "integer"}, {"format", "int32"}};
    case Shape::kInt64: return {{"type", "integer"}, {"format", "int64"}};
    case Shape::kNumber: return {{"type", "number"}, {"format", "double"}};
    case Shape::kString: return text;
    case Shape::kTime: return inside ? time : reference(simple(metaName("Time"), time, time));
    case Shape::kMicroTime: return inside ? time : reference(simple(metaName("MicroTime"), time, time));
    case Shape::kQuantity: return inside ? number_or_text : reference(simple(kQuantityName, text, quantity));
    case Shape::kIntOrString:
      return inside ? number_or_text
                    : reference(
                          simple(kIntOrStringName, {{"type", "string"}, {"format", "int-or-string"}}, int_or_string));
    case Shape::kStringMap: return {{"type", "object"}, {"additionalProperties", text}};
    case Shape::kQuantityMap:
      return {{"type", "object"},
              {"additionalProperties", inside ? number_or_text : reference(simple(kQuantityName, text, quantity))}};
    case Shape::kObject: return inside ? inlined(*field.object) : reference(part(*field.object, field.name));
    case Shape::kAny: break;
  }
  return anything();
}

json Schemas::property(const FieldInfo& field, bool inside) {
  json out = value(field, inside);
  if (field.list) {
    out = {{"type", "array"}, {"items", std::move(out)}};
    addListType(out, field);
  } else if (field.shape == Shape::kStringMap && isIn(kAtomicMaps, field.name)) {
    out["x-kubernetes-map-type"] = "atomic";
  }
  const std::string doc = field.doc.empty() ? docOf(field.name) : field.doc;
  // In 3.0 what stands beside a reference does not count.
  if (out.contains("$ref") && version_ == OpenApiVersion::kV3 && !doc.empty()) out = {{"allOf", json::array({out})}};
  if (!doc.empty()) out["description"] = doc;
  addLimits(out, field);
  if (!inside) addPatchRules(out, field);
  return out;
}

void Schemas::fill(json& schema, const api::TypeInfo& table, bool inside) {
  json& properties = schema["properties"];
  for (const FieldInfo& field : table.fields) {
    if (field.inlined) {
      fill(schema, *field.object, inside);
      continue;
    }
    properties[field.name] = property(field, inside);
    if (isRequired(field, inside)) schema["required"].push_back(field.name);
  }
}

json Schemas::object(const api::TypeInfo& table) {
  json out = {{"type", "object"}, {"properties", json::object()}};
  if (const std::string doc = docOfType(table.name); !doc.empty()) out["description"] = doc;
  fill(out, table, false);
  if (isIn(kAtomic, table.name)) out["x-kubernetes-map-type"] = "atomic";
  return out;
}

json Schemas::inlined(const api::TypeInfo& table) {
  const api::TypeTables& known = api::typeTables();
  json out = {{"type", "object"}, {"properties", json::object()}};
  fill(out, &table == known.object_meta ? *known.embedded_meta : table, true);
  if (isIn(kAtomic, table.name)) out["x-kubernetes-map-type"] = "atomic";
  return out;
}

std::string Schemas::part(const api::TypeInfo& table, std::string_view field) {
  for (const api::TypeInfo* body : api::typeTables().bodies) {
    if (body != &table) continue;  // a kind of its own: a claim in a StatefulSet
    const api::KindInfo* kind = api::findKind("v1", table.name);
    TWIN_ASSERT(kind, "a kind that stands in another is of the core group", table.name);
    if (!all_.contains(schemaName(*kind))) add(*kind, nullptr);
    return schemaName(*kind);
  }
  const std::string name = schemaName(table, field);
  if (all_.contains(name)) return name;
  all_[name] = json::object();  // so that a type that contains itself ends
  json made = object(table);
  all_[name] = std::move(made);
  return name;
}

void Schemas::add(const api::KindInfo& kind, const json* own) {
  const std::string name = schemaName(kind);
  if (all_.contains(name)) return;
  all_[name] = json::object();
  json schema = {{"type", "object"}, {"properties", json::object()}};
  const api::TypeInfo* table = bodyTable(kind);
  if (own && own->is_object()) {
    schema.update(*own);
    if (!schema["properties"].is_object()) schema["properties"] = json::object();  // stored without a check
  } else if (table) {
    fill(schema, *table, kind.custom);
  } else {
    for (const char* member : {"spec", "status"}) {
      schema["properties"][member] = anything();
      schema["properties"][member]["description"] = docOf(member);
      schema["properties"][member]["type"] = "object";
    }
    if (!kind.custom) schema["x-kubernetes-preserve-unknown-fields"] = true;
  }
  if (!schema.contains("description")) schema["description"] = docOfKind(kind);
  addTypeMeta(schema);
  FieldInfo metadata;
  metadata.name = "metadata";
  metadata.shape = Shape::kObject;
  metadata.object = api::typeTables().object_meta;
  schema["properties"]["metadata"] = property(metadata, false);
  schema["x-kubernetes-group-version-kind"] = gvkOf(kind, "");
  all_[name] = std::move(schema);
  addList(kind);
}

void Schemas::addList(const api::KindInfo& kind) {
  json schema = {{"type", "object"},
                 {"description", fmt::format("Several objects of kind {}.", kind.name)},
                 {"required", {"items"}},
                 {"x-kubernetes-group-version-kind", gvkOf(kind, "List")}};
  addTypeMeta(schema);
  schema["properties"]["metadata"] = reference(part(*storedTable("ListMeta"), "metadata"));
  schema["properties"]["items"] = {{"type", "array"}, {"items", reference(schemaName(kind))}};
  all_[schemaName(kind) + "List"] = std::move(schema);
}

void Schemas::addRequests() {
  for (const char* name : {"Status", "DeleteOptions"}) {
    const std::string added = part(*storedTable(name), "");
    all_[added]["x-kubernetes-group-version-kind"] = json::array({{{"group", ""}, {"kind", name}, {"version", "v1"}}});
  }
  for (const char* name : {"Binding", "Eviction", "Scale"}) part(*storedTable(name), "");
  const json object = {{"type", "object"}};
  simple(metaName("Patch"), object, object);
  json event = {{"type", "object"}, {"required", {"type", "object"}}};
  event["properties"] = {{"type", {{"type", "string"}}}, {"object", object}};
  simple(metaName("WatchEvent"), event, event);
}

}  // namespace jobset_twin::apiserver::http
