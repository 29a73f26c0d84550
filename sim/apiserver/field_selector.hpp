// field_selector.hpp - selecting objects by fields: which fields each kind can be selected by, and whether an object
// has them so (apimachinery fields.ParseSelector; the kinds' conversion functions, Kubernetes 1.36).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/object.hpp"
#include "engine/api/result.hpp"

namespace jobset_twin::apiserver {

struct FieldTerm {
  std::string field, value;
  bool equal = true;  // false: "!="
};

// "a=b,c==d,e!=f" with backslashes before '\\', ',' and '='. A kind of kGeneric is named by `type`, as keys have it:
// "<kind>.<group>". The error's text is the API server's.
api::Result<std::vector<FieldTerm>> parseFieldSelector(std::string_view text, api::Kind kind,
                                                       std::string_view type = {});
bool matches(const std::vector<FieldTerm>& terms, const api::Object& object);

}  // namespace jobset_twin::apiserver
