#include "sim/apiserver/http/resource_call.hpp"

#include <fmt/format.h>

#include "engine/api/patch.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/bounded_json.hpp"
#include "sim/apiserver/http/openapi/stored_types.hpp"
#include "sim/apiserver/http/status_document.hpp"
#include "sim/apiserver/http/structural_schema.hpp"

namespace jobset_twin::apiserver::http {

using nlohmann::json;

HttpAnswer ResourceCall::patched(bool status) const {
  std::string problem;
  if (request_.content_type.ends_with("+cbor")) return unknownPatch();
  const std::optional<json> read = boundedJson(request_.body, problem);
  if (!read) return refusal(badRequest(fmt::format("error decoding patch: {}", problem)));
  const json& body = *read;
  const std::string type = request_.content_type.substr(0, request_.content_type.find(';'));
  if (type == "application/json-patch+json") return jsonPatched(body, status);
  if (!body.is_object()) return refusal(badRequest("error decoding patch: it must be an object"));
  if (type == "application/apply-patch+yaml") return applied(body, status);
  if (resource_.defined && type == "application/merge-patch+json") return mergePatched(body, status);
  api::Patch patch;
  if (type == "application/merge-patch+json") {
    patch = api::MergePatch{api::Raw(body)};
  } else if (type == "application/strategic-merge-patch+json" && kind_.kind == api::Kind::kGeneric &&
             bodyTable(kind_)) {
    return strategicallyPatched(body, status);
  } else if (type == "application/strategic-merge-patch+json" && !kind_.custom) {
    patch = api::StrategicMergePatch{api::Raw(body)};
  } else {
    return unknownPatch();
  }
  return ofResponse(
      execute(status ? api::patchStatusRequest(key(), patch) : api::patchRequest(key(), patch), OptionsOf::kPatch));
}

HttpAnswer ResourceCall::unknownPatch() const {
  return refusal(415, "UnsupportedMediaType",
                 fmt::format("the body of the request was in an unknown format - accepted media types include: "
                             "application/json-patch+json, application/merge-patch+json{}, "
                             "application/apply-patch+yaml",
                             kind_.custom ? "" : ", application/strategic-merge-patch+json"));
}

HttpAnswer ResourceCall::applied(const json& body, bool status) const {
  if (const auto version = body.find("apiVersion");
      version == body.end() || !version->is_string() || *version != kind_.api_version) {
    return refusal(badRequest(fmt::format(
        "Incorrect version specified in apply patch. Specified patch version: {}, expected: {}",
        version != body.end() && version->is_string() ? version->get<std::string>() : "", kind_.api_version)));
  }
  const bool present = backend_.store->find(key()) != nullptr;
  if (resource_.defined) return appliedToDefined(body, status, present);
  const api::Patch patch = api::ApplyPatch{api::Raw(body)};
  const api::Response done =
      execute(status ? api::patchStatusRequest(key(), patch) : api::patchRequest(key(), patch), OptionsOf::kApply);
  // What does not fit the types is no Status upstream, but an error of the program: 500 with its text alone.
  if (done.reason == api::Reason::kInternalError) return refusal(500, "", done.message);
  return ofResponse(done, present ? 200 : 201);
}

HttpAnswer ResourceCall::appliedToDefined(json body, bool status, bool present) const {
  std::vector<std::string> warnings;
  HttpAnswer failure;
  if (resource_.schema && !knownFields(prune(body, *resource_.schema), path_, warnings, failure)) return failure;
  const auto requestOf = [&] {
    const api::Patch patch = api::ApplyPatch{api::Raw(body)};
    return status ? api::patchStatusRequest(key(), patch) : api::patchRequest(key(), patch);
  };
  const api::Response tried = rehearsed(requestOf(), OptionsOf::kApply);
  if (!tried.ok()) return refused(tried);
  if (resource_.schema) {
    json whole = objectDocument(tried.object, kind_);
    fillDefaults(whole, *resource_.schema);
    if (const api::Errors wrong = schemaErrors(whole, *resource_.schema); !wrong.empty())
      return refused(invalidError(namesOf(key()).qualifiedKind(), path_.name, wrong));
    if (!present) fillDefaults(body, *resource_.schema);
  }
  HttpAnswer out = ofResponse(execute(requestOf(), OptionsOf::kApply), present ? 200 : 201);
  warn(out, warnings);
  return out;
}

HttpAnswer ResourceCall::jsonPatched(const json& patch, bool status) const {
  const api::ObjectPtr object = backend_.store->find(key());
  if (!object) return got();
  json changed;
  try {
    changed = objectDocument(object, kind_).patch(patch);
  } catch (const json::exception&) {
    return refusal(422, "Invalid", "the server rejected our request due to an error in our request");
  }
  return replaced(changed.dump(), status, OptionsOf::kPatch);
}

HttpAnswer ResourceCall::strategicallyPatched(const json& patch, bool status) const {
  const api::ObjectPtr object = backend_.store->find(key());
  if (!object) return got();
  json changed = objectDocument(object, kind_);
  if (const std::string problem = api::applyStrategicPatch(changed, patch, bodyTable(kind_)); !problem.empty())
    return refusal(badRequest(problem));
  return replaced(changed.dump(), status, OptionsOf::kPatch);
}

HttpAnswer ResourceCall::mergePatched(const json& patch, bool status) const {
  const api::ObjectPtr object = backend_.store->find(key());
  if (!object) return got();
  json changed = objectDocument(object, kind_);
  changed.merge_patch(patch);
  return replaced(changed.dump(), status, OptionsOf::kPatch);
}

}  // namespace jobset_twin::apiserver::http
