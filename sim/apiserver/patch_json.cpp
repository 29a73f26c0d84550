#include "sim/apiserver/patch_json.hpp"

#include "sim/apiserver/errors.hpp"

namespace jobset_twin::apiserver {

api::MutableObjectPtr patchedByJson(const api::Object& old, const api::Patch& patch, const ResourceNames& names, api::Response& failure) {
  (void)old, (void)patch, (void)names;
  failure = badRequest("WAITING FOR engine/api");
  return nullptr;
}

}  // namespace jobset_twin::apiserver
