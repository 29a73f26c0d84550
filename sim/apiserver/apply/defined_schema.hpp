// defined_schema.hpp - the fields of a kind that a CustomResourceDefinition brings, as server-side apply takes them
// apart: what its structural schema marks as keyed lists, sets and pieces (apiserver v0.36 pkg/util/openapi;
// x-kubernetes-list-type, -list-map-keys, -map-type). Values of maps with free keys are not looked into.
#pragma once

#include <deque>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/reflect.hpp"
#include "sim/apiserver/store.hpp"

namespace jobset_twin::apiserver::apply {

class DefinedSchema {
 public:
  // Of the object's kind and version; nothing is known if no definition in the store has them.
  DefinedSchema(const api::Object& object, const Store& store);
  DefinedSchema(const DefinedSchema&) = delete;
  DefinedSchema& operator=(const DefinedSchema&) = delete;

  // As of genericTable(): it lists what is no plain struct. Lives as long as this does; null: nothing is known.
  const api::TypeInfo* table() const { return tables_.empty() ? nullptr : &tables_.front(); }

 private:
  const api::TypeInfo* tableOf(const nlohmann::json& schema, bool root);
  void describe(api::FieldInfo& field, const nlohmann::json& schema);
  std::deque<api::TypeInfo> tables_;
};

}  // namespace jobset_twin::apiserver::apply
