// table_fields.hpp - objects of built-in kinds that are stored as trees, held to the table of their fields
// (openapi/stored_types.hpp): what a decoder would not know is taken away, what it could not take is told.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/reflect.hpp"

namespace jobset_twin::apiserver::http {

struct TableFindings {
  std::vector<std::string> unknown;  // paths: "spec.template.spec.foo"
  std::string wrong;                 // the first value of a wrong type, in the words of Go's decoder; "": none is
};
// apiVersion, kind and metadata are not looked at.
TableFindings fitToTable(nlohmann::json& object, const api::TypeInfo& body);

}  // namespace jobset_twin::apiserver::http
