// The tables of JobSet against the CustomResourceDefinition of upstream's main: the same fields, with the same rules,
// path by path.
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/api/reflect.hpp"
#include "engine/api/yaml_reader.hpp"
#include "tests/shared/engine/api/shared.hpp"

namespace jobset_twin::api {
namespace {

using nlohmann::json;

json schemaOf(const std::string& file) {
  const Documents documents = readDocuments(shared::fileText(shared::sharedFolder() / "manifests/crd" / file), file);
  EXPECT_TRUE(documents.errors.empty() && documents.trees.size() == 1) << file;
  return toJson(documents.trees.at(0).root).at("spec").at("versions").at(0).at("schema").at("openAPIV3Schema");
}

class Comparison {
 public:
  std::set<std::string> differences;
  std::size_t compared = 0;

  void object(const json& schema, const TypeInfo& info, const std::string& path, bool is_root) {
    const json properties = schema.value("properties", json::object());
    std::set<std::string> required;
    for (const json& name : schema.value("required", json::array())) required.insert(name.get<std::string>());
    for (const auto& [name, property] : properties.items()) {
      if (is_root && (name == "apiVersion" || name == "kind" || name == "metadata")) continue;
      const std::string at = path.empty() ? name : path + "." + name;
      const FieldInfo* field = info.find(name);
      if (!field) {
        differ(at, "not in our tables");
        continue;
      }
      if (field->required != required.contains(name))
        differ(at, required.contains(name) ? "required in the CRD" : "not required in the CRD");
      value(property, *field, at);
    }
    for (const std::string& name : info.fieldNames()) {
      if (!properties.contains(name)) differ(path.empty() ? name : path + "." + name, "not in the CRD");
    }
  }

 private:
  void differ(const std::string& at, const std::string& what) { differences.insert(fmt::format("{}: {}", at, what)); }
  template <class A, class B>
  void expect(const std::string& at, const char* what, const A& crd, const B& ours) {
    if (!(json(crd) == json(ours)))
      differ(at, fmt::format("{} is {} in the CRD, {} here", what, json(crd).dump(), json(ours).dump()));
  }

  void value(const json& property, const FieldInfo& field, const std::string& at) {
    ++compared;
    const json default_value = property.value("default", json());
    expect(at, "default", default_value, field.default_json.empty() ? json() : json::parse(field.default_json));
    const bool is_list = property.value("type", "") == "array";
    if (is_list != field.list) return differ(at, is_list ? "a list in the CRD" : "no list in the CRD");
    if (is_list) {
      expect(at, "maxItems", property.value("maxItems", json()), field.max_items ? json(*field.max_items) : json());
      std::set<std::string> keys;
      for (const json& key : property.value("x-kubernetes-list-map-keys", json::array()))
        keys.insert(key.get<std::string>());
      expect(at, "list keys", keys, std::set<std::string>(field.list_keys.begin(), field.list_keys.end()));
      return element(property.at("items"), field, at + "[]");
    }
    element(property, field, at);
  }

  void element(const json& schema, const FieldInfo& field, const std::string& at) {
    std::set<std::string> allowed;
    for (const json& word : schema.value("enum", json::array())) allowed.insert(word.get<std::string>());
    expect(at, "enum", allowed, std::set<std::string>(field.allowed.begin(), field.allowed.end()));
    expect(at, "minimum", schema.value("minimum", json()), field.minimum ? json(*field.minimum) : json());
    expect(at, "type", typeOf(schema), typeOf(field));
    if (field.shape != Shape::kObject) return;
    const TypeTables& tables = typeTables();
    object(schema, field.object == tables.object_meta ? *tables.embedded_meta : *field.object, at, false);
  }

  static std::string typeOf(const json& schema) {
    if (schema.value("x-kubernetes-int-or-string", false))
      return schema.contains("pattern") ? "quantity" : "int or string";
    const std::string type = schema.value("type", "any"), format = schema.value("format", "");
    if (type == "object" && schema.contains("additionalProperties"))
      return "map of " + typeOf(schema.at("additionalProperties"));
    if (type == "integer") return format.empty() ? "int64" : format;
    if (type == "string" && format == "date-time") return "time";
    return type;
  }
  static std::string typeOf(const FieldInfo& field) {
    switch (field.shape) {
      case Shape::kBool: return "boolean";
      case Shape::kInt32: return "int32";
      case Shape::kInt64: return "int64";
      case Shape::kNumber: return "number";
      case Shape::kString: return "string";
      case Shape::kTime:
      case Shape::kMicroTime: return "time";
      case Shape::kQuantity: return "quantity";
      case Shape::kIntOrString: return "int or string";
      case Shape::kStringMap: return "map of string";
      case Shape::kQuantityMap: return "map of quantity";
      case Shape::kObject: return "object";
      case Shape::kAny: break;
    }
    return "any";
  }
};

class Crd : public shared::SharedTest {};

TEST_F(Crd, is_what_the_tables_say) {
  Comparison comparison;
  comparison.object(schemaOf("jobset.x-k8s.io_jobsets.head.yaml"),
                    *typeTables().bodies[static_cast<std::size_t>(Kind::kJobSet)], "", true);
  const std::set<std::string> known = {
      // Go's int has 64 bits; larger numbers than 32 hold are refused either way, here by the schema's words instead of
      // the webhook's.
      "spec.coordinator.jobIndex: type is \"int64\" in the CRD, \"int32\" here",
      "spec.coordinator.podIndex: type is \"int64\" in the CRD, \"int32\" here",
  };
  for (const std::string& difference : comparison.differences) EXPECT_TRUE(known.contains(difference)) << difference;
  EXPECT_GT(comparison.compared, 900U);
}

// The released version has no more fields than main.
TEST_F(Crd, of_the_release_is_part_of_it) {
  Comparison comparison;
  comparison.object(schemaOf("jobset.x-k8s.io_jobsets.yaml"),
                    *typeTables().bodies[static_cast<std::size_t>(Kind::kJobSet)], "", true);
  for (const std::string& difference : comparison.differences)
    EXPECT_FALSE(difference.ends_with("not in our tables")) << difference;
}

}  // namespace
}  // namespace jobset_twin::api
