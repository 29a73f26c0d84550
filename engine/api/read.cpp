#include "engine/api/read.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/api/kinds.hpp"
#include "engine/api/names.hpp"
#include "engine/api/schema_check.hpp"

namespace jobset_twin::api {
namespace {

using nlohmann::json;
using Kind_ = TreeNode::Kind;

void readValue(const TreeNode& node, const FieldInfo& field, const ValueType& type, void* value);

void readScalar(const TreeNode& node, const FieldInfo& field, const ValueType& type, void* value) {
  switch (type.kind) {
    case ValueKind::kBool: *static_cast<bool*>(value) = node.boolean; break;
    case ValueKind::kInt32: *static_cast<std::int32_t*>(value) = static_cast<std::int32_t>(node.integer); break;
    case ValueKind::kInt64: {
      std::int64_t number = node.integer;
      if (field.decimal_string) {
        number = 0;
        for (const char c : node.text)
          number = c >= '0' && c <= '9' && number < 1'000'000'000'000'000'000 ? number * 10 + (c - '0') : number;
      }
      *static_cast<std::int64_t*>(value) = number;
      break;
    }
    case ValueKind::kDouble:
      *static_cast<double*>(value) = node.kind == Kind_::kInt ? static_cast<double>(node.integer) : node.number;
      break;
    case ValueKind::kString: *static_cast<std::string*>(value) = node.text; break;
    case ValueKind::kTime: {
      const Result<TimePoint> at = parseTime(node.text);
      if (at.ok()) *static_cast<TimePoint*>(value) = field.shape == Shape::kMicroTime ? *at : truncateToSeconds(*at);
      break;
    }
    case ValueKind::kQuantity: {
      const Result<Quantity> quantity = Quantity::parse(node.text);
      if (quantity.ok()) *static_cast<Quantity*>(value) = *quantity;
      break;
    }
    case ValueKind::kIntOrString:
      *static_cast<IntOrString*>(value) =
          node.isString() ? IntOrString(node.text) : IntOrString(static_cast<std::int32_t>(node.integer));
      break;
    default: break;
  }
}

void readStringMap(const TreeNode& node, StringMap& out) {
  for (const TreeEntry& entry : node.entries) {
    if (entry.value.isString())
      out.set(entry.key, entry.value.text);
    else if (entry.value.isNull())
      out.set(entry.key, "");
  }
}

void readQuantityMap(const TreeNode& node, ResourceList& out) {
  for (const TreeEntry& entry : node.entries) {
    if (entry.value.isNull() || entry.value.isMap() || entry.value.isList()) continue;
    const Result<Quantity> quantity = Quantity::parse(entry.value.text);
    if (quantity.ok()) out[entry.key] = *quantity;
  }
}

// True if the node has the JSON type that the value needs; what does not is passed over.
bool fits(const TreeNode& node, const ValueType& type, const FieldInfo& field) {
  switch (type.kind) {
    case ValueKind::kBool: return node.kind == Kind_::kBool;
    case ValueKind::kInt32: return node.kind == Kind_::kInt;
    case ValueKind::kInt64: return field.decimal_string ? node.isString() : node.kind == Kind_::kInt;
    case ValueKind::kDouble: return node.kind == Kind_::kInt || node.kind == Kind_::kDouble;
    case ValueKind::kString: return node.isString();
    case ValueKind::kTime: return node.isString() && parseTime(node.text).ok();
    case ValueKind::kQuantity:
      return (node.isString() || node.kind == Kind_::kInt || node.kind == Kind_::kDouble) &&
             Quantity::parse(node.text).ok();
    case ValueKind::kIntOrString: return node.isString() || node.kind == Kind_::kInt;
    case ValueKind::kStringMap:
    case ValueKind::kQuantityMap:
    case ValueKind::kStruct: return node.isMap();
    case ValueKind::kList: return node.isList();
    case ValueKind::kOptional:
    case ValueKind::kShared: return fits(node, *type.inner, field);
    case ValueKind::kRaw: return true;
  }
  return false;
}

void readValue(const TreeNode& node, const FieldInfo& field, const ValueType& type, void* value) {
  switch (type.kind) {
    case ValueKind::kOptional:
    case ValueKind::kShared: return readValue(node, field, *type.inner, type.mut(value));
    case ValueKind::kStruct: return readInto(node, field.object ? *field.object : *type.info, value);
    case ValueKind::kStringMap: return readStringMap(node, *static_cast<StringMap*>(value));
    case ValueKind::kQuantityMap: return readQuantityMap(node, *static_cast<ResourceList*>(value));
    case ValueKind::kRaw: {
      json held = toJson(node);
      // What is written for an absent value reads as one.
      if (field.list || field.zero_json.empty() || held != json::parse(field.zero_json))
        static_cast<Raw*>(value)->set(std::move(held));
      return;
    }
    case ValueKind::kList:
      for (const TreeNode& item : node.items) {
        void* element = type.append(value);
        if (!item.isNull() && fits(item, *type.inner, field)) readValue(item, field, *type.inner, element);
      }
      return;
    default: readScalar(node, field, type, value);
  }
}

void* memberOf(const FieldInfo& field, void* object) {
  return const_cast<void*>(field.member(object));  // the object is ours to change
}

const FieldInfo* directField(const TypeInfo& info, std::string_view name) {
  const FieldInfo* field = info.find(name);
  return field && field->member ? field : nullptr;
}

Error missing(const Tree& tree, const char* what) {
  Error error = plainError("Required", std::string(what) + " not set");
  error.file = tree.file;
  error.line = tree.root.at.line;
  error.column = tree.root.at.column;
  return error;
}

Error atKey(const Tree& tree, const char* key, Error error) {
  const TreeEntry* entry = tree.root.findEntry(key);
  const Position at = entry ? entry->value.at : tree.root.at;
  error.file = tree.file;
  error.line = at.line;
  error.column = at.column;
  error.field = key;
  return error;
}

// apiVersion and kind; the errors are kubectl's.
Errors headErrors(const Tree& tree) {
  if (!tree.root.isMap()) {
    Error error = plainError(
        "Invalid", "an object was expected, not " + std::string(tree.root.isList() ? "a list" : "a single value"));
    error.file = tree.file;
    error.line = tree.root.at.line;
    error.column = tree.root.at.column;
    error.hint = "each document must have apiVersion and kind";
    return {error};
  }
  Errors out;
  for (const char* key : {"apiVersion", "kind"}) {
    const TreeNode* value = tree.root.find(key);
    if (!value || value->isNull() || (value->isString() && value->text.empty())) {
      out.push_back(missing(tree, key));
    } else if (!value->isString()) {
      out.push_back(atKey(tree, key,
                          plainError("Invalid", "json: cannot unmarshal " + std::string(goTypeWord(value->kind)) +
                                                    " into Go struct field ObjectMeta." + key + " of type string")));
    }
  }
  return out;
}

// A typed kind under another version of its group is a mistake; under another group it is another kind.
Errors versionErrors(const Tree& tree) {
  const std::string_view api_version = tree.root.stringAt("apiVersion"), kind = tree.root.stringAt("kind");
  if (findKind(api_version, kind)) return {};
  const std::string text =
      "no matches for kind \"" + std::string(kind) + "\" in version \"" + std::string(api_version) + "\"";
  for (const KindInfo& info : knownKinds()) {
    if (info.kind == Kind::kGeneric || groupOf(info.api_version) != groupOf(api_version)) continue;
    if (info.name == kind) {
      Error error = atKey(tree, "apiVersion", plainError("NotFound", text));
      error.hint = "did you mean apiVersion \"" + std::string(info.api_version) + "\"?";
      return {error};
    }
  }
  // The right version, but a kind that is nearly one of ours ("Jobset").
  std::vector<std::string> names;
  for (const KindInfo& info : knownKinds()) {
    if (info.api_version == api_version) names.emplace_back(info.name);
  }
  if (const std::string near = nearestName(kind, names); !near.empty()) {
    Error error = atKey(tree, "kind", plainError("NotFound", text));
    error.hint = "did you mean \"" + near + "\"?";
    return {error};
  }
  return {};
}

const TypeInfo* tableFor(const KindInfo* info) {
  if (!info || info->kind == Kind::kGeneric) return nullptr;
  const TypeTables& tables = typeTables();
  return info->kind == Kind::kEvent && info->api_version != "v1" ? tables.event_v1
                                                                 : tables.bodies[static_cast<std::size_t>(info->kind)];
}

// JobSet's mutating webhook names the rules of a failure policy before the schema is looked at (JS-W1).
bool namedByWebhook(const Error& error) {
  return error.code == "Required" && error.field.starts_with("spec.failurePolicy.rules[") &&
         error.field.ends_with("].name");
}

Findings check(const TreeNode& root, const KindInfo* info) {
  Findings out;
  const TypeInfo* table = tableFor(info);
  const Dialect dialect = info && info->custom ? Dialect::kCustom : Dialect::kBuiltIn;
  if (const TreeEntry* meta = root.findEntry("metadata")) {
    if (meta->value.isMap()) {
      checkAgainst(meta->value, *typeTables().object_meta, Dialect::kBuiltIn, "metadata", out);
    } else if (!meta->value.isNull()) {
      Error error = plainError("Invalid", "json: cannot unmarshal " + std::string(goTypeWord(meta->value.kind)) +
                                              " into Go struct field " + std::string(info ? info->name : "Object") +
                                              ".metadata of type v1.ObjectMeta");
      error.field = "metadata";
      error.line = meta->value.at.line;
      error.column = meta->value.at.column;
      out.wrong.push_back(error);
    }
  }
  if (table) checkAgainst(root, *table, dialect, "", out);
  if (info && info->kind == Kind::kJobSet) std::erase_if(out.wrong, namedByWebhook);
  return out;
}

Body makeBody(Kind kind) {
  switch (kind) {
    case Kind::kJobSet: return JobSet();
    case Kind::kJob: return Job();
    case Kind::kPod: return Pod();
    case Kind::kNode: return Node();
    case Kind::kService: return Service();
    case Kind::kEndpointSlice: return EndpointSlice();
    case Kind::kPersistentVolumeClaim: return PersistentVolumeClaim();
    case Kind::kEvent: return Event();
    case Kind::kPriorityClass: return PriorityClass();
    case Kind::kGeneric: break;
  }
  return Generic();
}

MutableObjectPtr convert(const TreeNode& root, const KindInfo* info) {
  MutableObjectPtr out = makeObject(makeBody(info ? info->kind : Kind::kGeneric));
  if (const TreeNode* meta = root.find("metadata"); meta && meta->isMap())
    readInto(*meta, *typeTables().object_meta, &out->meta);
  if (const TypeInfo* table = tableFor(info)) {
    if (info->kind == Kind::kEvent) as<Event>(*out).core = info->api_version == "v1";
    readInto(root, *table, bodyPointer(*out));
    return out;
  }
  Generic& generic = as<Generic>(*out);
  generic.apiVersion = root.stringAt("apiVersion");
  generic.kind = root.stringAt("kind");
  json content = json::object();
  for (const TreeEntry& entry : root.entries) {
    if (entry.key != "apiVersion" && entry.key != "kind" && entry.key != "metadata")
      content[entry.key] = toJson(entry.value);
  }
  generic.content.set(std::move(content));
  return out;
}

void applyDefaultsToJson(json& value, const FieldInfo& field);

void applyDefaultsToObject(json& object, const TypeInfo& info) {
  for (const FieldInfo& field : info.fields) {
    const auto at = object.find(field.name);
    if (at == object.end() || at->is_null()) {
      if (!field.default_json.empty()) object[field.name] = json::parse(field.default_json);
    } else {
      applyDefaultsToJson(*at, field);
    }
  }
}

void applyDefaultsToJson(json& value, const FieldInfo& field) {
  if (!field.object) return;
  if (value.is_array()) {
    for (json& item : value) {
      if (item.is_object()) applyDefaultsToObject(item, *field.object);
    }
  } else if (value.is_object()) {
    applyDefaultsToObject(value, *field.object);
  }
}

void applyDefaults(const TypeInfo& info, void* object);

void applyDefaultsToValue(const FieldInfo& field, const ValueType& type, void* value) {
  switch (type.kind) {
    case ValueKind::kStruct: return applyDefaults(field.object ? *field.object : *type.info, value);
    case ValueKind::kShared: return applyDefaultsToValue(field, *type.inner, type.mut(value));
    case ValueKind::kOptional:
      if (type.present(value)) applyDefaultsToValue(field, *type.inner, type.mut(value));
      return;
    case ValueKind::kList:
      for (std::size_t i = 0; i < type.size(value); ++i)
        applyDefaultsToValue(field, *type.inner, const_cast<void*>(type.at(value, i)));
      return;
    case ValueKind::kRaw:
      if (type.present(value) && field.object) {
        json copy = static_cast<Raw*>(value)->get();
        applyDefaultsToJson(copy, field);
        static_cast<Raw*>(value)->set(std::move(copy));
      }
      return;
    default: return;
  }
}

void applyDefaults(const TypeInfo& info, void* object) {
  for (const FieldInfo& field : info.fields) {
    if (!field.member) continue;
    void* value = memberOf(field, object);
    if (!field.default_json.empty() && isZero(*field.type, value)) {
      const TreeNode node = treeFromJson(json::parse(field.default_json));
      if (!node.isString() || !node.text.empty()) readValue(node, field, *field.type, value);
    } else {
      applyDefaultsToValue(field, *field.type, value);
    }
  }
}

}  // namespace

void readInto(const TreeNode& node, const TypeInfo& info, void* object) {
  json inlined = json::object();
  for (const TreeEntry& entry : node.entries) {
    if (entry.value.isNull()) continue;
    if (const FieldInfo* field = directField(info, entry.key)) {
      if (field->written && fits(entry.value, *field->type, *field))
        readValue(entry.value, *field, *field->type, memberOf(*field, object));
    } else if (!info.inlined_fields.empty() && info.find(entry.key)) {
      inlined[entry.key] = toJson(entry.value);
    }
  }
  if (!inlined.empty())
    static_cast<Raw*>(memberOf(info.fields[info.inlined_fields[0]], object))->set(std::move(inlined));
  if (info.overlays.empty()) return;
  // What the overlays hold is not kept in the shared part as well.
  const FieldInfo* into = info.find(info.overlay_into);
  const TreeNode* part = node.find(info.overlay_into);
  if (!part || !part->isMap()) return;
  for (const FieldInfo& overlay : info.overlays) {
    const TreeNode* value = part->find(overlay.name);
    if (!value || !fits(*value, *overlay.type, overlay)) continue;
    readValue(*value, overlay, *overlay.type, memberOf(overlay, object));
    void* inner = into->type->mut(memberOf(*into, object));
    const FieldInfo* shadowed = into->object->find(overlay.name);
    shadowed->type->reset(memberOf(*shadowed, inner));
  }
}

Result<ObjectPtr> readObject(const Tree& tree, Validation validation, Errors& warnings) {
  if (Errors errors = headErrors(tree); !errors.empty()) return errors;
  if (Errors errors = versionErrors(tree); !errors.empty()) return errors;
  const KindInfo* info = findKind(tree.root.stringAt("apiVersion"), tree.root.stringAt("kind"));
  Findings found = check(tree.root, info);
  Errors errors;
  for (Error& error : found.unknown) {
    error.file = tree.file;
    if (validation == Validation::kStrict) {
      error.text = "strict decoding error: " + error.text;
      errors.push_back(std::move(error));
    } else if (validation == Validation::kWarn) {
      warnings.push_back(std::move(error));
    }
  }
  for (Error& error : found.wrong) {
    error.file = tree.file;
    errors.push_back(std::move(error));
  }
  std::stable_sort(errors.begin(), errors.end(), [](const Error& a, const Error& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  if (!errors.empty()) return errors;
  return ObjectPtr(convert(tree.root, info));
}

Result<ObjectPtr> fromJson(const json& value, Validation validation) {
  Errors warnings;
  return readObject(Tree{"", treeFromJson(value)}, validation, warnings);
}

ObjectPtr fromTrustedJson(const json& value) {
  const TreeNode root = treeFromJson(value);
  return convert(root, findKind(root.stringAt("apiVersion"), root.stringAt("kind")));
}

std::vector<Tree> expandList(Tree tree) {
  std::vector<Tree> out;
  const std::string_view kind = tree.root.stringAt("kind");
  const bool is_list = kind.size() >= 4 && kind.substr(kind.size() - 4) == "List";
  const TreeNode* items = is_list ? tree.root.find("items") : nullptr;
  if (!items || !items->isList()) {
    out.push_back(std::move(tree));
    return out;
  }
  // Items of a typed list ("JobSetList") need not say what they are.
  const std::string element_kind(kind.substr(0, kind.size() - 4));
  for (const TreeNode& item : items->items) {
    Tree inner{tree.file, item};
    if (!element_kind.empty() && item.isMap()) {
      const auto fill = [&](const char* key, const std::string& text) {
        if (inner.root.find(key)) return;
        TreeNode value;
        value.kind = Kind_::kString;
        value.text = text;
        value.at = item.at;
        inner.root.entries.push_back({key, item.at, std::move(value)});
      };
      fill("apiVersion", std::string(tree.root.stringAt("apiVersion")));
      fill("kind", element_kind);
    }
    for (Tree& one : expandList(std::move(inner))) out.push_back(std::move(one));
  }
  return out;
}

Errors structuralErrors(const Tree& tree) {
  if (!tree.root.isMap()) return headErrors(tree);
  Findings found;
  checkAgainst(tree.root, *typeTables().bodies[static_cast<std::size_t>(Kind::kJobSet)], Dialect::kCustom, "", found);
  for (Error& error : found.wrong) error.file = tree.file;
  return found.wrong;
}

Errors structuralErrors(const json& value) { return structuralErrors(Tree{"", treeFromJson(value)}); }

ObjectPtr withCrdDefaults(const ObjectPtr& object) {
  if (object->kind() != Kind::kJobSet) return object;
  MutableObjectPtr out = edit(object);
  applyDefaults(*bodyInfo(*out), bodyPointer(*out));
  return out;
}

}  // namespace jobset_twin::api
