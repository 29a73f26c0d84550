// resource_fitting.cpp - what is sent as an object of the resource's kind: held to what is known of the kind's fields,
// with its defaults. See resource_call.hpp.
#include <fmt/format.h>

#include "engine/api/base64.hpp"
#include "engine/api/json_at.hpp"
#include "engine/api/names.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/bounded_json.hpp"
#include "sim/apiserver/http/definitions.hpp"
#include "sim/apiserver/http/openapi/stored_types.hpp"
#include "sim/apiserver/http/resource_call.hpp"
#include "sim/apiserver/http/status_document.hpp"
#include "sim/apiserver/http/table_fields.hpp"
#include "sim/apiserver/http/webhooks/configuration.hpp"

namespace jobset_twin::apiserver::http {

using nlohmann::json;

namespace {

// Found by its name with selectors (NamespaceDefaultLabelName).
void labelWithName(json& space) {
  const std::string name = api::textAt(space, {"metadata", "name"});
  if (name.empty()) return;
  json& labels = space["metadata"]["labels"];
  if (labels.is_null()) labels = json::object();
  if (labels.is_object()) labels["kubernetes.io/metadata.name"] = name;
}

// In the words of Go's decoder; "": all of a Secret's data is base64.
std::string undecodableData(const json& secret) {
  const json* data = api::jsonAt(secret, {"data"});
  if (!data || !data->is_object()) return {};
  for (const json& value : *data) {
    if (!value.is_string() || api::fromBase64(value.get<std::string>())) continue;
    const std::string text = value;
    const std::size_t at =
        text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\r\n");
    return fmt::format("illegal base64 data at input byte {}", std::min(at, text.size()));
  }
  return {};
}

}  // namespace

std::vector<std::string> asUnknown(const std::vector<std::string>& paths) {
  std::vector<std::string> out;
  for (const std::string& path : paths) out.push_back(fmt::format("unknown field \"{}\"", path));
  return out;
}

bool ResourceCall::hasKnownFields() const {
  return resource_.defined || (kind_.kind == api::Kind::kGeneric && bodyTable(kind_));
}

std::optional<SentObject> ResourceCall::fitting(const std::string& body, const ApiPath& as, const api::ObjectPtr& old,
                                                bool status, HttpAnswer& failure, const std::string* patch) const {
  std::string text = body;
  std::vector<std::string> unknown;
  if (hasKnownFields()) {
    std::string problem;
    std::optional<json> read = boundedJson(body, problem);
    if (!read || !read->is_object()) {
      failure = refusal(badRequest(
          fmt::format("error decoding the request body: {}", problem.empty() ? "it must be one object" : problem)));
      return std::nullopt;
    }
    const json* kind = api::jsonAt(*read, {"kind"});
    // What says that it is of another kind is refused for that below.
    if (!kind || kind->is_null() || *kind == kind_.name) {
      api::Errors wrong;
      if (!decoded(*read, old, status, unknown, wrong, failure)) return std::nullopt;
      if (!knownFields(unknown, as, patch ? patch : &body, failure)) return std::nullopt;
      if (!wrong.empty()) {
        const std::string name = api::textAt(*read, {"metadata", "name"});
        const std::string& told = name.empty() ? path_.name : name;
        failure = refusal(invalidError(namesOf(key()).qualifiedKind(), told, wrong), kind_, told);
        return std::nullopt;
      }
      text = read->dump();
    }
  }
  // Unknown fields are judged here, whoever finds them.
  SentObject sent = sentObject(text, withValidation(as, "Warn"), kind_);
  if (!sent.object) {
    failure = refusal(sent.failure, kind_, sent.name.empty() ? path_.name : sent.name);
    return std::nullopt;
  }
  unknown.insert(unknown.end(), sent.warnings.begin(), sent.warnings.end());
  if (!knownFields(unknown, as, patch ? patch : &body, failure)) return std::nullopt;
  sent.warnings = validationOf(as) == api::Validation::kIgnore ? std::vector<std::string>() : std::move(unknown);
  return sent;
}

bool ResourceCall::decoded(json& object, const api::ObjectPtr& old, bool status, std::vector<std::string>& unknown,
                           api::Errors& wrong, HttpAnswer& failure) const {
  const bool looks_back = old && (resource_.defined || isDefinition(kind_));
  const json before = looks_back ? objectDocument(old, kind_) : json();
  if (resource_.defined) {
    DefinedFindings found = makeFit(object, resource_, looks_back ? &before : nullptr, status);
    unknown = asUnknown(found.unknown);
    wrong = std::move(found.wrong);
  } else {
    TableFindings found = fitToTable(object, *bodyTable(kind_));
    if (found.wrong.empty() && isDefinition(kind_)) found.wrong = undecodable(object);
    if (found.wrong.empty() && kind_.name == "Secret") found.wrong = undecodableData(object);
    if (!found.wrong.empty()) {
      failure = refusal(badRequest(fmt::format("{0} in version \"{1}\" cannot be handled as a {0}: {2}", kind_.name,
                                               path_.version, found.wrong)));
      return false;
    }
    unknown = asUnknown(found.unknown);
    if (isDefinition(kind_)) {
      keepStatus(object, looks_back ? &before : nullptr, status);
      fillDefinition(object);
      wrong = definitionErrors(object);
    } else if (webhooks::isConfiguration(kind_)) {
      object["kind"] = kind_.name;  // the path says it, too
      webhooks::fillDefaults(object);
      wrong = webhooks::problemsOf(object);
    } else if (kind_.name == "Namespace") {
      labelWithName(object);
    }
  }
  return true;
}

bool ResourceCall::knownFields(const std::vector<std::string>& unknown, const ApiPath& as, const std::string* patch,
                               HttpAnswer& failure) const {
  if (validationOf(as) != api::Validation::kStrict || unknown.empty()) return true;
  std::string texts = "strict decoding error: ";
  for (const std::string& one : unknown) texts += (&one == &unknown.front() ? "" : ", ") + one;
  if (request_.method == "PATCH" && patch) {  // what comes of a patch is judged as a value of the request
    failure = refusal(invalidError("", "", {api::invalidValue("patch", api::quoted(*patch), texts)}));
  } else {
    failure = refusal(badRequest(
        fmt::format("{0} in version \"{1}\" cannot be handled as a {0}: {2}", kind_.name, path_.version, texts)));
  }
  return false;
}

}  // namespace jobset_twin::apiserver::http
