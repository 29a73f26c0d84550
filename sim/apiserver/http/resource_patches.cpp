#include "sim/apiserver/http/resource_call.hpp"

#include <fmt/format.h>

#include "engine/api/patch.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/bounded_json.hpp"
#include "sim/apiserver/http/go_text.hpp"
#include "sim/apiserver/http/openapi/stored_types.hpp"
#include "sim/apiserver/http/status_document.hpp"
#include "sim/apiserver/http/structural_schema.hpp"
#include "sim/apiserver/http/table_fields.hpp"

namespace jobset_twin::apiserver::http {

using nlohmann::json;

namespace {

// What does not fit the types is no Status upstream, but an error of the program: 500 with its text alone.
HttpAnswer untyped(const std::string& problem) { return refusal(500, "", problem); }

}  // namespace

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
  const bool tree = kind_.kind == api::Kind::kGeneric;
  if (type == "application/merge-patch+json")
    return tree ? mergePatched(body, status) : patchedByServer(api::MergePatch{api::Raw(body)}, body, status);
  if (type != "application/strategic-merge-patch+json" || kind_.custom) return unknownPatch();
  return tree ? strategicallyPatched(body, status)
              : patchedByServer(api::StrategicMergePatch{api::Raw(body)}, body, status);
}

HttpAnswer ResourceCall::patchedByServer(const api::Patch& patch, const json& body, bool status) const {
  const api::ObjectPtr object = backend_.store->find(key());
  std::vector<std::string> warnings;
  if (object && validationOf(path_) != api::Validation::kIgnore) {  // it passes over what it does not know
    json changed = objectDocument(object, kind_);
    const bool strategic = std::holds_alternative<api::StrategicMergePatch>(patch);
    if (!strategic) {
      changed.merge_patch(body);
    } else if (!api::applyStrategicPatch(changed, body, bodyTable(kind_)).empty()) {
      changed = nullptr;  // it will say why
    }
    const std::string text = changed.dump(), shown = strategic ? goText(body) : text;
    const SentObject sent = changed.is_object() ? sentObject(text, withValidation(path_, "Warn"), kind_) : SentObject();
    HttpAnswer failure;
    if (!knownFields(sent.warnings, path_, &shown, failure)) return failure;
    warnings = sent.warnings;
  }
  HttpAnswer out = ofResponse(
      execute(status ? api::patchStatusRequest(key(), patch) : api::patchRequest(key(), patch), OptionsOf::kPatch));
  warn(out, warnings);
  return out;
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
  if (!present && resource_.terminating)
    return refused(
        forbiddenError(namesOf(key()), "create not allowed while custom resource definition is terminating"));
  json known = body;
  std::vector<std::string> warnings;
  HttpAnswer failure;
  if (!appliesKnownFields(known, warnings, failure)) return failure;
  const api::Patch patch = api::ApplyPatch{api::Raw(std::move(known))};
  const api::Request write = status ? api::patchStatusRequest(key(), patch) : api::patchRequest(key(), patch);
  api::ObjectPtr fitted;
  if (hasKnownFields()) {
    fitted = fittedApply(write, status, failure);
    if (!fitted) return failure;
  }
  const api::Response done = execute(write, OptionsOf::kApply, nullptr, fitted);
  if (done.reason == api::Reason::kInternalError) return untyped(done.message);
  if (done.ok()) settle(*done.object, !present);
  HttpAnswer out = ofResponse(done, present ? 200 : 201);
  warn(out, warnings);
  if (done.ok() && !present) warn(out, doubtsAbout(done.object));
  return out;
}

bool ResourceCall::appliesKnownFields(json& body, std::vector<std::string>& warnings, HttpAnswer& failure) const {
  if (resource_.defined) {
    if (!resource_.schema) return true;
    std::vector<std::string> unknown = asUnknown(prune(body, *resource_.schema));
    if (!knownFields(unknown, path_, nullptr, failure)) return false;
    if (validationOf(path_) != api::Validation::kIgnore) warnings = std::move(unknown);
    return true;
  }
  if (!hasKnownFields()) return true;
  json known = body;
  std::string problems;
  for (const std::string& path : fitToTable(known, *bodyTable(kind_)).unknown)
    problems += fmt::format("{}.{}: field not declared in schema", problems.empty() ? "" : "\n", path);
  if (problems.empty()) return true;
  failure = untyped(fmt::format("failed to create typed patch object ({}/{}; {}, Kind={}): {}", path_.namespace_,
                                path_.name, kind_.api_version, kind_.name, problems));
  return false;
}

api::ObjectPtr ResourceCall::fittedApply(const api::Request& write, bool status, HttpAnswer& failure) const {
  const api::Response tried = rehearsed(write, OptionsOf::kApply);
  if (!tried.ok()) {
    failure = tried.reason == api::Reason::kInternalError ? untyped(tried.message) : refused(tried);
    return nullptr;
  }
  const ApiPath lenient = withValidation(path_, "Ignore");  // what was applied has been judged
  const std::optional<SentObject> sent =
      fitting(objectDocument(tried.object, kind_).dump(), lenient, backend_.store->find(key()), status, failure);
  return sent ? sent->object : nullptr;
}

api::ObjectPtr ResourceCall::toBePatched(HttpAnswer& failure) const {
  api::Request options;
  if (const api::Response wrong = withOptions(options, OptionsOf::kPatch); !wrong.ok()) {
    failure = refused(wrong);
    return nullptr;
  }
  api::ObjectPtr object = backend_.store->find(key());
  if (!object) failure = refused(notFoundError(namesOf(key())));
  return object;
}

HttpAnswer ResourceCall::jsonPatched(const json& patch, bool status) const {
  HttpAnswer failure;
  const api::ObjectPtr object = toBePatched(failure);
  if (!object) return failure;
  json changed;
  try {
    changed = objectDocument(object, kind_).patch(patch);
  } catch (const json::exception&) {
    return refusal(422, "Invalid", "the server rejected our request due to an error in our request");
  }
  return replaced(changed.dump(), status, OptionsOf::kPatch);
}

HttpAnswer ResourceCall::strategicallyPatched(const json& patch, bool status) const {
  HttpAnswer failure;
  const api::ObjectPtr object = toBePatched(failure);
  if (!object) return failure;
  json changed = objectDocument(object, kind_);
  if (const std::string problem = api::applyStrategicPatch(changed, patch, bodyTable(kind_)); !problem.empty())
    return refusal(badRequest(problem));
  const std::string shown = goText(patch);
  return replaced(changed.dump(), status, OptionsOf::kPatch, &shown);
}

HttpAnswer ResourceCall::mergePatched(const json& patch, bool status) const {
  HttpAnswer failure;
  const api::ObjectPtr object = toBePatched(failure);
  if (!object) return failure;
  json changed = objectDocument(object, kind_);
  changed.merge_patch(patch);
  return replaced(changed.dump(), status, OptionsOf::kPatch);
}

}  // namespace jobset_twin::apiserver::http
