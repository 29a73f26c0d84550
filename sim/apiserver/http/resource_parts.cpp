#include "sim/apiserver/http/resource_call.hpp"

#include <fmt/format.h>

#include "engine/api/json_at.hpp"
#include "engine/api/write.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/bounded_json.hpp"
#include "sim/apiserver/http/delete_options.hpp"
#include "sim/apiserver/http/scale.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http {

using nlohmann::json;

HttpAnswer ResourceCall::scale() const {
  if (request_.method == "GET" || request_.method == "PUT" || request_.method == "PATCH") {
    const api::ObjectPtr object = backend_.store->find(key());
    if (!object) return got();
    const json now = scaleDocument(*object, resource_);
    if (request_.method == "GET") return document(now);
    return scaledTo(*object, now);
  }
  return refusedMethod();
}

namespace {

// "": it has the form of a Scale.
std::string scaleProblem(const json& scale) {
  if (!scale.is_object()) return "it must be an object";
  if (const std::string kind = api::textAt(scale, {"kind"}); !kind.empty() && kind != "Scale")
    return fmt::format("its kind is {}", kind);
  for (const char* part : {"metadata", "spec", "status"}) {
    const json* value = api::jsonAt(scale, {part});
    if (value && !value->is_object() && !value->is_null()) return fmt::format("{} must be an object", part);
  }
  return {};
}

}  // namespace

HttpAnswer ResourceCall::scaledTo(const api::Object& object, const json& now) const {
  std::string problem;
  const std::optional<json> body = boundedJson(request_.body, problem);
  if (!body) return refusal(badRequest(fmt::format("error decoding the scale: {}", problem)));
  json wanted = now;
  if (request_.method == "PUT") {
    wanted = *body;
  } else if (request_.content_type.starts_with("application/json-patch+json")) {
    try {
      wanted = now.patch(*body);
    } catch (const json::exception& error) {
      return refusal(422, "Invalid", api::jsonProblem(error.what()));
    }
  } else {
    wanted.merge_patch(*body);
  }
  if (problem = scaleProblem(wanted); !problem.empty())
    return refusal(badRequest(fmt::format("Scale in version \"v1\" cannot be handled as a Scale: {}", problem)));
  if (std::optional<HttpAnswer> other = namesAnother(wanted, "Scale")) return *std::move(other);
  const std::optional<json> changed = scaled(api::toJson(object), wanted, resource_, problem);
  if (!changed)
    return refusal(422, "Invalid", fmt::format("Scale.autoscaling \"{}\" is invalid: {}", path_.name, problem));
  const HttpAnswer done = replaced(changed->dump(), false);
  if (done.code >= 400) return done;
  if (path_.param("dryRun")) {
    if (const api::Result<api::ObjectPtr> tried = api::fromJson(*changed, api::Validation::kIgnore); tried.ok())
      return document(scaleDocument(**tried, resource_));
  }
  return document(scaleDocument(*backend_.store->find(key()), resource_));
}

// A body may leave its name out, but not have another one than the URL.
std::optional<HttpAnswer> ResourceCall::namesAnother(const json& body, const char* kind) const {
  const std::string name = api::textAt(body, {"metadata", "name"});
  if (name.empty() || name == path_.name) return std::nullopt;
  return refusal(badRequest(fmt::format("name in URL does not match name in {} object", kind)));
}

HttpAnswer ResourceCall::bound() const {
  std::string problem;
  const json body = boundedJson(request_.body, problem).value_or(json());
  const json* node = api::jsonAt(body, {"target", "name"});
  if (!node || !node->is_string()) return refusal(badRequest("a Binding must name its target node"));
  if (std::optional<HttpAnswer> other = namesAnother(body, "Binding")) return *std::move(other);
  api::Request bind;
  bind.verb = api::Verb::kBind;
  bind.key = key();
  bind.node = *node;
  bind.delete_options.preconditionUid = api::textAt(body, {"metadata", "uid"});
  return success(bind);
}

HttpAnswer ResourceCall::evicted() const {
  api::Request evict;
  evict.verb = api::Verb::kEvict;
  evict.key = key();
  std::string problem;
  json dry_run;
  const json body = boundedJson(request_.body, problem).value_or(json());
  if (std::optional<HttpAnswer> other = namesAnother(body, "Eviction")) return *std::move(other);
  if (const json* options = api::jsonAt(body, {"deleteOptions"})) {
    problem = readDeleteOptions(options->dump(), path_, evict.delete_options, dry_run);
    if (!problem.empty()) return refusal(badRequest(problem));
  }
  return success(evict, dry_run);
}

HttpAnswer ResourceCall::success(const api::Request& request, const json& dry_run) const {
  const api::Response response = execute(request, OptionsOf::kCreate, dry_run);
  return response.ok() ? document(statusDocument(api::Response{}), 201) : refused(response);
}

}  // namespace jobset_twin::apiserver::http
