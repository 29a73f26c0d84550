#include "sim/apiserver/patch_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/kinds.hpp"
#include "engine/api/names.hpp"
#include "engine/api/patch.hpp"
#include "engine/api/read.hpp"
#include "engine/api/write.hpp"
#include "sim/apiserver/errors.hpp"

namespace jobset_twin::apiserver {
namespace {

bool isCustom(const api::Object& object) {
  const api::KindInfo* info = api::findKind(api::apiVersionOf(object), api::kindNameOf(object));
  return !info || info->custom;
}

// What a patch may not touch (apiserver pkg/registry/rest BeforeUpdate, endpoints/handlers checkName).
std::string identityError(const api::Object& fresh, const api::Object& old) {
  if (api::apiVersionOf(fresh) != api::apiVersionOf(old) || api::kindNameOf(fresh) != api::kindNameOf(old)) {
    return fmt::format("no kind {} is registered for version {} in this resource", api::quoted(api::kindNameOf(fresh)),
                       api::quoted(api::apiVersionOf(fresh)));
  }
  if (fresh.meta.name != old.meta.name) {
    return fmt::format("the name of the object ({}) does not match the name on the URL ({})", fresh.meta.name,
                       old.meta.name);
  }
  if (fresh.meta.namespace_ != old.meta.namespace_) {
    return fmt::format("the namespace of the object ({}) does not match the namespace on the request ({})",
                       fresh.meta.namespace_, old.meta.namespace_);
  }
  return {};
}

}  // namespace

api::MutableObjectPtr patchedByJson(const api::Object& old, const api::Patch& patch, const ResourceNames& names,
                                    api::Response& failure) {
  nlohmann::json json = api::toJson(old);
  if (const auto* merge = std::get_if<api::MergePatch>(&patch)) {
    api::applyMergePatch(json, merge->body.get());
  } else {
    if (isCustom(old)) {  // 415 in Kubernetes
      failure = badRequest(
          "the body of the request was in an unknown format - accepted media types include: "
          "application/json-patch+json, "
          "application/merge-patch+json, application/apply-patch+yaml");
      return nullptr;
    }
    const std::string problem =
        api::applyStrategicPatch(json, std::get<api::StrategicMergePatch>(patch).body.get(), old.kind());
    if (!problem.empty()) {
      failure = badRequest(problem);
      return nullptr;
    }
  }
  api::Result<api::ObjectPtr> read = api::fromJson(json, api::Validation::kIgnore);
  if (!read.ok()) {
    failure = isCustom(old) ? invalidError(names.qualifiedKind(), names.name, read.errors())
                            : badRequest(joinErrors(read.errors()));
    return nullptr;
  }
  if (const std::string problem = identityError(**read, old); !problem.empty()) {
    failure = badRequest(problem);
    return nullptr;
  }
  api::MutableObjectPtr out = api::edit(*read);
  // Readers pass it over; here a patch may be meant for it.
  if (const nlohmann::json* sent = api::jsonAt(json, {"metadata", "managedFields"})) out->meta.managedFields.set(*sent);
  return out;
}

}  // namespace jobset_twin::apiserver
