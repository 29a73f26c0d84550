#include "sim/apiserver/http/definition_schema.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <re2/re2.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/names.hpp"
#include "sim/apiserver/http/go_text.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

enum class PropForm { kText, kFlag, kNumber, kWhole, kTexts, kList, kSchema, kSchemas, kSchemaMap, kItems, kOthers };
struct PropRow {
  std::string_view name;
  PropForm form;
};
constexpr PropRow kProps[] = {{"type", PropForm::kText},
                              {"format", PropForm::kText},
                              {"title", PropForm::kText},
                              {"description", PropForm::kText},
                              {"pattern", PropForm::kText},
                              {"x-kubernetes-list-type", PropForm::kText},
                              {"x-kubernetes-map-type", PropForm::kText},
                              {"nullable", PropForm::kFlag},
                              {"uniqueItems", PropForm::kFlag},
                              {"exclusiveMinimum", PropForm::kFlag},
                              {"exclusiveMaximum", PropForm::kFlag},
                              {"x-kubernetes-embedded-resource", PropForm::kFlag},
                              {"x-kubernetes-int-or-string", PropForm::kFlag},
                              {"x-kubernetes-preserve-unknown-fields", PropForm::kFlag},
                              {"minimum", PropForm::kNumber},
                              {"maximum", PropForm::kNumber},
                              {"multipleOf", PropForm::kNumber},
                              {"minLength", PropForm::kWhole},
                              {"maxLength", PropForm::kWhole},
                              {"minItems", PropForm::kWhole},
                              {"maxItems", PropForm::kWhole},
                              {"minProperties", PropForm::kWhole},
                              {"maxProperties", PropForm::kWhole},
                              {"required", PropForm::kTexts},
                              {"x-kubernetes-list-map-keys", PropForm::kTexts},
                              {"enum", PropForm::kList},
                              {"x-kubernetes-validations", PropForm::kList},
                              {"not", PropForm::kSchema},
                              {"allOf", PropForm::kSchemas},
                              {"anyOf", PropForm::kSchemas},
                              {"oneOf", PropForm::kSchemas},
                              {"properties", PropForm::kSchemaMap},
                              {"patternProperties", PropForm::kSchemaMap},
                              {"items", PropForm::kItems},
                              {"additionalProperties", PropForm::kOthers}};

std::string cannotBe(const json& value, const std::string& field, const char* type) {
  return cannotUnmarshal(value, "JSONSchemaProps." + field, type);
}

std::string firstOf(const json& schemas, const std::string& field) {
  for (const json& one : schemas)
    if (std::string problem = undecodableSchema(one, field); !problem.empty()) return problem;
  return {};
}

std::string undecodableProp(const json& value, PropForm form, const std::string& field) {
  const auto are = [&](bool fits, const char* type) { return fits ? std::string() : cannotBe(value, field, type); };
  switch (form) {
    case PropForm::kText: return are(value.is_string(), "string");
    case PropForm::kFlag: return are(value.is_boolean(), "bool");
    case PropForm::kNumber: return are(value.is_number(), "float64");
    case PropForm::kWhole: return are(value.is_number_integer(), "int64");
    case PropForm::kList: return are(value.is_array(), "[]v1.JSON");
    case PropForm::kTexts:
      if (!value.is_array()) return cannotBe(value, field, "[]string");
      for (const json& one : value)
        if (!one.is_string() && !one.is_null()) return cannotBe(one, field, "string");
      return {};
    case PropForm::kSchema: return undecodableSchema(value, field);
    case PropForm::kSchemas:
      return value.is_array() ? firstOf(value, field) : cannotBe(value, field, "[]v1.JSONSchemaProps");
    case PropForm::kSchemaMap:
      return value.is_object() ? firstOf(value, field) : cannotBe(value, field, "map[string]v1.JSONSchemaProps");
    case PropForm::kItems: return value.is_array() ? firstOf(value, field) : undecodableSchema(value, field);
    case PropForm::kOthers: return value.is_boolean() ? std::string() : undecodableSchema(value, field);
  }
  return {};
}

enum class Level { kRoot, kField, kItem };

class Structure {
 public:
  explicit Structure(api::Errors& errors) : errors_(errors) {}

  void at(const json& schema, const std::string& path, Level level) {
    const std::string type = api::textAt(schema, {"type"});
    checkType(schema, type, path, level);
    checkPattern(schema, path);
    if (is(schema, "uniqueItems"))
      errors_.push_back(api::forbiddenField(
          path + ".uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"));
    const json* properties = api::jsonAt(schema, {"properties"});
    if (properties && properties->is_object()) {
      for (const auto& [name, property] : properties->items())
        at(property, fmt::format("{}.properties[{}]", path, name), Level::kField);
    }
    checkOthers(schema, path, properties && !properties->empty());
    checkItems(schema, type, path);
  }

 private:
  static bool is(const json& schema, const char* name) {
    const json* found = api::jsonAt(schema, {name});
    return found && *found == true;
  }

  void checkType(const json& schema, const std::string& type, const std::string& path, Level level) {
    static const std::vector<std::string> all = {"array", "boolean", "integer", "number", "object", "string"};
    const std::string at = path + ".type";
    const bool either = is(schema, "x-kubernetes-int-or-string");
    const bool keeps = is(schema, "x-kubernetes-preserve-unknown-fields");
    if (type.empty()) {
      if (level == Level::kRoot) {
        errors_.push_back(api::requiredValue(at, "must not be empty at the root"));
      } else if (!either && !keeps) {
        errors_.push_back(api::requiredValue(at, level == Level::kItem
                                                     ? "must not be empty for specified array items"
                                                     : "must not be empty for specified object fields"));
      }
      return;
    }
    if (std::find(all.begin(), all.end(), type) == all.end())
      return errors_.push_back(api::unsupportedValue(at, api::quoted(type), all));
    const auto object_if = [&](bool needed, const char* why) {
      if (needed && type != "object") errors_.push_back(api::invalidValue(at, api::quoted(type), why));
    };
    object_if(level == Level::kRoot, "must be object at the root");
    object_if(keeps, "must be object if x-kubernetes-preserve-unknown-fields is true");
    object_if(is(schema, "x-kubernetes-embedded-resource"), "must be object if x-kubernetes-embedded-resource is true");
    if (either)
      errors_.push_back(
          api::invalidValue(at, api::quoted(type), "must be empty if x-kubernetes-int-or-string is true"));
  }

  void checkPattern(const json& schema, const std::string& path) {
    const std::string pattern = api::textAt(schema, {"pattern"});
    if (pattern.empty()) return;
    const re2::RE2 compiled(pattern, re2::RE2::Quiet);
    if (!compiled.ok())
      errors_.push_back(
          api::invalidValue(path + ".pattern", api::quoted(pattern),
                            fmt::format("must be a valid regular expression, but isn't: {}", compiled.error())));
  }

  void checkOthers(const json& schema, const std::string& path, bool has_properties) {
    const json* others = api::jsonAt(schema, {"additionalProperties"});
    if (!others || others->is_null()) return;
    const std::string at = path + ".additionalProperties";
    if (*others == false) {
      errors_.push_back(api::forbiddenField(at, "additionalProperties cannot be set to false"));
    } else if (has_properties) {
      errors_.push_back(api::forbiddenField(at, "additionalProperties and properties are mutual exclusive"));
    }
    if (others->is_object()) this->at(*others, at, Level::kField);
  }

  void checkItems(const json& schema, const std::string& type, const std::string& path) {
    const json* items = api::jsonAt(schema, {"items"});
    if (items && items->is_object()) {
      at(*items, path + ".items", Level::kItem);
    } else if (items && items->is_array()) {
      errors_.push_back(api::forbiddenField(path + ".items", "items must be a schema object and not an array"));
    } else if (type == "array") {
      errors_.push_back(api::requiredValue(path + ".items", "must be specified"));
    }
    checkListType(schema, items, path);
  }

  void checkListType(const json& schema, const json* items, const std::string& path) {
    const json* kind = api::jsonAt(schema, {"x-kubernetes-list-type"});
    const json* keys = api::jsonAt(schema, {"x-kubernetes-list-map-keys"});
    if (!kind || !kind->is_string()) return;
    if (*kind != "atomic" && *kind != "set" && *kind != "map") {
      errors_.push_back(
          api::unsupportedValue(path + ".x-kubernetes-list-type", kind->dump(), {"atomic", "map", "set"}));
      return;
    }
    if (*kind != "map") return;
    const std::string at = path + ".x-kubernetes-list-map-keys";
    if (!keys || !keys->is_array() || keys->empty()) {
      errors_.push_back(api::requiredValue(at, "must not be empty if x-kubernetes-list-type is map"));
      return;
    }
    for (std::size_t i = 0; i < keys->size(); ++i) {
      const std::string key = keys->at(i).is_string() ? keys->at(i).get<std::string>() : std::string();
      if (!items || !api::jsonAt(*items, {"properties", key.c_str()}))
        errors_.push_back(api::invalidValue(fmt::format("{}[{}]", at, i), api::quoted(key),
                                            "entries must all be names of item properties"));
    }
  }

  api::Errors& errors_;
};

}  // namespace

std::string undecodableSchema(const json& schema, const std::string& field) {
  if (schema.is_null()) return {};
  if (!schema.is_object()) return cannotBe(schema, field, "v1.JSONSchemaProps");
  for (const PropRow& row : kProps) {
    const auto found = schema.find(row.name);
    if (found == schema.end() || found->is_null()) continue;
    const std::string inner = fmt::format("{}.{}", field, row.name);
    if (std::string problem = undecodableProp(*found, row.form, inner); !problem.empty()) return problem;
  }
  return {};
}

void checkStructure(const json& schema, const std::string& field, api::Errors& errors) {
  Structure(errors).at(schema, field, Level::kRoot);
}

}  // namespace jobset_twin::apiserver::http
