// write.hpp - from objects to JSON, as the API returns them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/api/object.hpp"
#include "engine/api/reflect.hpp"

namespace jobset_twin::api {

// The whole object, with apiVersion, kind and metadata. Zero values are left out as Go's omitempty does, field by
// field.
nlohmann::json toJson(const Object& object);

// A part: any struct that has a table.
nlohmann::json toJson(const TypeInfo& info, const void* object);

}  // namespace jobset_twin::api
