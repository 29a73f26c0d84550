// schemas.hpp - the schemas of kinds and of their parts for OpenAPI documents, made from the tables of
// engine/api/reflect.hpp: one by one with references, as built-in kinds have them, or one inside the other, as
// apiextensions publishes custom resources.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "engine/api/kinds.hpp"
#include "engine/api/reflect.hpp"

namespace jobset_twin::apiserver::http {

enum class OpenApiVersion : std::uint8_t { kV2, kV3 };

class Schemas {
 public:
  explicit Schemas(OpenApiVersion version) : version_(version) {}

  // The kind, lists of it, and all that they refer to. `own`: the schema that a CRD brings; null: from the tables, or
  // anything if there are none.
  void add(const api::KindInfo& kind, const nlohmann::json* own);
  // What requests and answers are made of: Status, DeleteOptions, Patch, WatchEvent, and objects of subresources.
  void addRequests();

  nlohmann::json reference(const std::string& name) const;  // to a schema: {"$ref": …}
  const nlohmann::json& all() const { return all_; }        // by name

 private:
  nlohmann::json object(const api::TypeInfo& table);  // the properties, and which are required
  nlohmann::json inlined(const api::TypeInfo& table);
  nlohmann::json property(const api::FieldInfo& field, bool inside);  // inside: of a custom resource
  nlohmann::json value(const api::FieldInfo& field, bool inside);
  void fill(nlohmann::json& schema, const api::TypeInfo& table, bool inside);
  std::string part(const api::TypeInfo& table, std::string_view field);  // its name; added when it is new
  std::string simple(const std::string& name, nlohmann::json v2, nlohmann::json v3);
  void addList(const api::KindInfo& kind);

  OpenApiVersion version_;
  nlohmann::json all_ = nlohmann::json::object();
};

}  // namespace jobset_twin::apiserver::http
