// key_text.hpp - "Kind/namespace/name" of an object's key: how objects are named in scenarios, notes and results.
#pragma once

#include <string>

#include "engine/api/object.hpp"

namespace jobset_twin::api {

std::string keyText(const ObjectKey& key);  // "JobSet/default/x", "Node/n"

}  // namespace jobset_twin::api
