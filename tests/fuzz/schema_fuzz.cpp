// schema_fuzz.cpp - two values, a CustomResourceDefinition and an object of its kind: what is pruned stays pruned, and
// what the defaults fill in is filled in once.
#include "engine/api/json_at.hpp"
#include "sim/apiserver/http/definitions.hpp"
#include "sim/apiserver/http/structural_schema.hpp"
#include "tests/fuzz/sent_values.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jobset_twin;
  using namespace jobset_twin::apiserver;
  const std::vector<nlohmann::json> values = fuzz::sentValues(data, size, 2);
  if (values.empty() || !values[0].is_object() || !http::definitionErrors(values[0]).empty()) return 0;
  const nlohmann::json* versions = api::jsonAt(values[0], {"spec", "versions"});
  const nlohmann::json* schema = api::jsonAt(versions->front(), {"schema", "openAPIV3Schema"});
  nlohmann::json object = values[1];
  http::prune(object, *schema);
  fuzz::require(http::prune(object, *schema).empty());
  http::fillDefaults(object, *schema);
  const nlohmann::json once = object;
  http::fillDefaults(object, *schema);
  fuzz::require(object == once);
  http::dropNulls(object, *schema);
  http::schemaErrors(object, *schema);
  http::undecodable(values[0]);
  return 0;
}
