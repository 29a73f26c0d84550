// patch_json.hpp - merge and strategic merge patches on stored objects, by way of their JSON. The slow path: the
// cluster's own components send typed patches (engine/api/request.hpp).
#pragma once

#include "engine/api/request.hpp"
#include "sim/apiserver/kinds.hpp"

namespace jobset_twin::apiserver {

// The patched object, or null and why not. Fields that the kind does not know are dropped.
api::MutableObjectPtr patchedByJson(const api::Object& old, const api::Patch& patch, const ResourceNames& names,
                                    api::Response& failure);

}  // namespace jobset_twin::apiserver
