#include "sim/apiserver/http/handler.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/write.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/aggregated_discovery.hpp"
#include "sim/apiserver/http/bounded_json.hpp"
#include "sim/apiserver/http/definitions.hpp"
#include "sim/apiserver/http/delete_options.hpp"
#include "sim/apiserver/http/list_pages.hpp"
#include "sim/apiserver/http/object_documents.hpp"
#include "sim/apiserver/http/pod_log.hpp"
#include "sim/apiserver/http/reviews.hpp"
#include "sim/apiserver/http/scale.hpp"
#include "sim/apiserver/http/sent_body.hpp"
#include "sim/apiserver/http/status_document.hpp"
#include "sim/apiserver/printers/custom_columns.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

HttpAnswer document(const json& value, int code = 200) {
  HttpAnswer out;
  out.code = code;
  out.body = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return out;
}

HttpAnswer text(std::string body) {
  HttpAnswer out;
  out.content_type = "text/plain; charset=utf-8";
  out.body = std::move(body);
  return out;
}

HttpAnswer noSuchResource() { return refusal(404, "NotFound", "the server could not find the requested resource"); }

HttpAnswer notAcceptable() {
  return refusal(406, "NotAcceptable", "only the following media types are accepted: application/json");
}

// RFC 7234 warnings, as kubectl prints them.
void warn(HttpAnswer& answer, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    std::string quoted;
    for (const char c : warning) quoted += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    std::replace(quoted.begin(), quoted.end(), '\n', ' ');
    answer.headers.emplace_back("Warning", fmt::format("299 - \"{}\"", quoted));
  }
}

// A request for one resource of one kind.
class ResourceCall {
 public:
  ResourceCall(const HttpRequest& request, const ApiPath& path, const Resource& resource, const Backend& backend,
               const View& view)
      : request_(request), path_(path), resource_(resource), kind_(resource.info), backend_(backend), view_(view) {}

  HttpAnswer answer() const {
    if (!kind_.namespaced && !path_.namespace_.empty()) return noSuchResource();
    if (path_.param("dryRun") != nullptr)
      return refusal(400, "BadRequest", "dryRun is not supported by the simulated API server");
    if (!path_.subresource.empty()) return ofSubresource();
    const std::string& method = request_.method;
    if (path_.name.empty()) {
      if (method == "GET") return listed();
      if (method == "POST") return created();
      if (method == "DELETE") return deletedCollection();
      return refusedMethod();
    }
    if (method == "GET") return path_.flag("watch") ? watched() : got();
    if (method == "PUT") return updated(api::Verb::kUpdate);
    if (method == "PATCH") return patched(false);
    if (method == "DELETE") return deleted();
    return refusedMethod();
  }

 private:
  api::ObjectKey key() const { return keyFor(kind_, path_.namespace_, path_.name); }

  HttpAnswer refusedMethod() const {
    return refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  }

  HttpAnswer refused(const api::Response& response) const { return refusal(response, kind_, path_.name); }

  HttpAnswer ofResponse(const api::Response& response, int code = 200) const {
    if (!response.ok()) return refused(response);
    HttpAnswer out = document(viewed(view_, response.object, kind_, backend_.now()), code);
    warn(out, response.warnings);
    return out;
  }

  HttpAnswer ofSubresource() const {
    if (!resource_.has(path_.subresource))
      return kind_.custom ? refused(notFoundError(namesOf(key()))) : noSuchResource();
    if (path_.subresource == "status") {
      if (request_.method == "GET") return got();
      if (request_.method == "PUT") return updated(api::Verb::kUpdateStatus);
      if (request_.method == "PATCH") return patched(true);
      return refusedMethod();
    }
    if (path_.subresource == "scale") return scale();
    if (path_.subresource == "finalize")
      return request_.method == "PUT" ? updated(api::Verb::kUpdate) : refusedMethod();
    if (path_.subresource == "log")
      return request_.method == "GET" ? podLog(path_, *backend_.store, backend_.logs, backend_.now) : refusedMethod();
    if (request_.method != "POST") return refusedMethod();
    return path_.subresource == "binding" ? bound() : evicted();
  }

  HttpAnswer got() const {
    api::Request get;
    get.verb = api::Verb::kGet;
    get.key = key();
    return ofResponse(backend_.execute(get));
  }

  // What a list or watch is of. failure: a selector that cannot be read.
  std::optional<Selection> selection(HttpAnswer& failure) const {
    Selection out;
    out.kind = kind_.kind;
    out.type = storedType(kind_);
    out.namespace_ = path_.namespace_;
    if (const std::string* labels = path_.param("labelSelector"); labels && !labels->empty()) {
      const api::Result<api::LabelSelector> parsed = api::parseSelector(*labels);
      if (!parsed) {
        failure =
            refusal(badRequest(fmt::format("unable to parse requirement: {}", api::describe(parsed.errors().front()))));
        return std::nullopt;
      }
      out.labels = *parsed;
    }
    if (const std::string* fields = path_.param("fieldSelector"); fields && !fields->empty()) {
      const auto parsed = parseFieldSelector(*fields, out.kind, out.type);
      if (!parsed) {
        failure = refusal(badRequest(parsed.errors().front().text));
        return std::nullopt;
      }
      out.fields = *parsed;
    }
    if (!path_.name.empty()) out.fields.push_back({"metadata.name", path_.name});
    return out;
  }

  HttpAnswer listed() const {
    if (path_.flag("watch")) return watched();
    HttpAnswer failure;
    const std::optional<Selection> wanted = selection(failure);
    if (!wanted) return failure;
    const std::optional<Page> page = listPage(*backend_.store, *wanted, path_, failure);
    if (!page) return failure;
    json out = viewed(view_, page->list, kind_, backend_.now());
    addPage(out["metadata"], *page);
    return document(out);
  }

  HttpAnswer watched() const {
    HttpAnswer failure;
    std::optional<Selection> wanted = selection(failure);
    if (!wanted) return failure;
    std::optional<std::int64_t> revision;
    if (const std::string* given = path_.param("resourceVersion"); given && !given->empty()) {
      std::int64_t number = 0;
      const auto [end, problem] = std::from_chars(given->data(), given->data() + given->size(), number);
      if (problem != std::errc() || end != given->data() + given->size() || number < 0)
        return refusal(badRequest(fmt::format("Invalid value for query parameter resourceVersion: \"{}\"", *given)));
      revision = number;
    }
    const bool initial = path_.flag("sendInitialEvents");
    if (initial) revision = 0;
    api::Response too_old;
    std::optional<Watch> watch = openWatch(*backend_.store, std::move(*wanted), revision,
                                           path_.flag("allowWatchBookmarks"), backend_.now(), too_old);
    if (!watch) return refusal(too_old);
    HttpAnswer out;
    WatchAnswer answer{std::move(*watch), &kind_, view_, initial, std::nullopt};
    if (const std::string* seconds = path_.param("timeoutSeconds")) {
      std::int64_t number = 0;
      std::from_chars(seconds->data(), seconds->data() + seconds->size(), number);
      constexpr std::int64_t kDay = 86400;
      if (number > 0) answer.timeout = std::chrono::seconds(std::min(number, kDay));
    }
    out.watch = std::move(answer);
    return out;
  }

  HttpAnswer created() const {
    if (kind_.namespaced && path_.namespace_.empty()) return refusedMethod();
    HttpAnswer failure;
    const std::optional<SentObject> sent = fitting(request_.body, nullptr, false, failure);
    if (!sent) return failure;
    const api::Response made = backend_.execute(api::createRequest(sent->object));
    if (made.ok() && isDefinition(kind_)) establish(made.object);
    HttpAnswer out = ofResponse(made, 201);
    warn(out, sent->warnings);
    return out;
  }

  HttpAnswer updated(api::Verb verb) const { return replaced(request_.body, verb == api::Verb::kUpdateStatus); }

  HttpAnswer replaced(const std::string& body, bool status) const {
    HttpAnswer failure;
    const std::optional<SentObject> sent = fitting(body, backend_.store->find(key()), status, failure);
    if (!sent) return failure;
    if (sent->object->meta.name != path_.name)
      return refusal(badRequest(fmt::format("the name of the object ({}) does not match the name on the URL ({})",
                                            sent->object->meta.name, path_.name)));
    const api::Response done = backend_.execute(status && !resource_.defined ? api::updateStatusRequest(sent->object)
                                                                             : api::updateRequest(sent->object));
    HttpAnswer out = ofResponse(done);
    warn(out, sent->warnings);
    return out;
  }

  // The body as an object, which also fits the schema of a kind that is defined here.
  std::optional<SentObject> fitting(const std::string& body, const api::ObjectPtr& old, bool status,
                                    HttpAnswer& failure) const {
    std::string text = body;
    std::vector<std::string> warnings;
    if (resource_.defined || isDefinition(kind_)) {
      std::string problem;
      std::optional<json> read = boundedJson(body, problem);
      if (!read || !read->is_object()) {
        failure = refusal(badRequest(
            fmt::format("error decoding the request body: {}", problem.empty() ? "it must be one object" : problem)));
        return std::nullopt;
      }
      if (!fits(*read, old, status, warnings, failure)) return std::nullopt;
      text = read->dump();
    }
    SentObject sent = sentObject(text, path_, kind_);
    if (!sent.object) {
      failure = refused(sent.failure);
      return std::nullopt;
    }
    sent.warnings.insert(sent.warnings.begin(), warnings.begin(), warnings.end());
    return sent;
  }

  bool fits(json& object, const api::ObjectPtr& old, bool status, std::vector<std::string>& warnings,
            HttpAnswer& failure) const {
    DefinedFindings found;
    if (isDefinition(kind_)) {
      found.wrong = definitionErrors(object);
    } else {
      const json before = old ? objectDocument(old, kind_) : json();
      found = makeFit(object, resource_, old ? &before : nullptr, status);
    }
    const std::string* validation = path_.param("fieldValidation");
    if (validation && *validation == "Strict" && !found.unknown.empty()) {
      std::string texts;
      for (const std::string& field : found.unknown)
        texts += fmt::format("{}unknown field \"{}\"", texts.empty() ? "" : ", ", field);
      failure =
          refusal(badRequest(fmt::format("{} in version \"{}\" cannot be handled as a {}: strict decoding error: {}",
                                         kind_.name, path_.version, kind_.name, texts)));
      return false;
    }
    if (!validation || *validation == "Warn") {
      for (const std::string& field : found.unknown) warnings.push_back(fmt::format("unknown field \"{}\"", field));
    }
    if (found.wrong.empty()) return true;
    const json* name = api::jsonAt(object, {"metadata", "name"});
    failure = refused(invalidError(namesOf(key()).qualifiedKind(),
                                   name && name->is_string() ? name->get<std::string>() : path_.name, found.wrong));
    return false;
  }

  void establish(const api::ObjectPtr& definition) const {
    const json with = withEstablishedStatus(api::toJson(*definition), api::formatTime(backend_.now()));
    if (const api::Result<api::ObjectPtr> read = api::fromJson(with, api::Validation::kIgnore); read.ok())
      backend_.execute(api::updateStatusRequest(*read));
  }

  HttpAnswer patched(bool status) const {
    std::string problem;
    const std::optional<json> read = boundedJson(request_.body, problem);
    if (!read) return refusal(badRequest(fmt::format("error decoding patch: {}", problem)));
    const json& body = *read;
    const std::string type = request_.content_type.substr(0, request_.content_type.find(';'));
    if (type == "application/json-patch+json") return jsonPatched(body, status);
    if (!body.is_object()) return refusal(badRequest("error decoding patch: it must be an object"));
    if (resource_.defined && type == "application/merge-patch+json") return mergePatched(body, status);
    api::Patch patch;
    if (type == "application/merge-patch+json") {
      patch = api::MergePatch{api::Raw(body)};
    } else if (type == "application/strategic-merge-patch+json" && !kind_.custom) {
      patch = api::StrategicMergePatch{api::Raw(body)};
    } else {
      return refusal(415, "UnsupportedMediaType",
                     fmt::format("the body of the request was in an unknown format - accepted media types include: "
                                 "application/json-patch+json, application/merge-patch+json{}, "
                                 "application/apply-patch+yaml",
                                 kind_.custom ? "" : ", application/strategic-merge-patch+json"));
    }
    return ofResponse(
        backend_.execute(status ? api::patchStatusRequest(key(), patch) : api::patchRequest(key(), patch)));
  }

  // On the object as it is; nothing comes between, so no version needs to be given.
  HttpAnswer jsonPatched(const json& patch, bool status) const {
    const api::ObjectPtr object = backend_.store->find(key());
    if (!object) return got();
    json changed;
    try {
      changed = objectDocument(object, kind_).patch(patch);
    } catch (const json::exception&) {
      return refusal(422, "Invalid", "the server rejected our request due to an error in our request");
    }
    return replaced(changed.dump(), status);
  }

  HttpAnswer mergePatched(const json& patch, bool status) const {
    const api::ObjectPtr object = backend_.store->find(key());
    if (!object) return got();
    json changed = objectDocument(object, kind_);
    changed.merge_patch(patch);
    return replaced(changed.dump(), status);
  }

  HttpAnswer scale() const {
    if (request_.method == "GET" || request_.method == "PUT" || request_.method == "PATCH") {
      const api::ObjectPtr object = backend_.store->find(key());
      if (!object) return got();
      const json now = scaleDocument(*object, resource_);
      if (request_.method == "GET") return document(now);
      return scaledTo(*object, now);
    }
    return refusedMethod();
  }

  HttpAnswer scaledTo(const api::Object& object, const json& now) const {
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
        return refusal(422, "Invalid", error.what());
      }
    } else {
      wanted.merge_patch(*body);
    }
    const std::optional<json> changed = scaled(api::toJson(object), wanted, resource_, problem);
    if (!changed)
      return refusal(422, "Invalid", fmt::format("Scale.autoscaling \"{}\" is invalid: {}", path_.name, problem));
    const HttpAnswer done = replaced(changed->dump(), false);
    if (done.code >= 400) return done;
    return document(scaleDocument(*backend_.store->find(key()), resource_));
  }

  HttpAnswer deletedOne(const api::ObjectKey& of, const api::DeleteOptions& options) const {
    const api::Response response = backend_.execute(api::deleteRequest(of, options));
    if (!response.ok()) return refused(response);
    if (isDefinition(kind_)) dropObjectsOf(*response.object);
    // What is only marked is shown; what is gone is a success.
    if (const api::ObjectPtr left = backend_.store->find(of)) return document(objectDocument(left, kind_));
    json out = statusDocument(api::Response{});
    out["details"] = {{"name", response.object->meta.name}, {"kind", kind_.plural}, {"uid", response.object->meta.uid}};
    if (const std::string group = api::groupOf(kind_.api_version); !group.empty()) out["details"]["group"] = group;
    return document(out);
  }

  // With the definition goes all that it defined.
  void dropObjectsOf(const api::Object& definition) const {
    const json whole = api::toJson(definition);
    const json* group = api::jsonAt(whole, {"spec", "group"});
    const json* kind = api::jsonAt(whole, {"spec", "names", "kind"});
    if (!group || !kind || !group->is_string() || !kind->is_string()) return;
    Selection all;
    all.type = kind->get<std::string>() + "." + group->get<std::string>();
    for (const api::ObjectPtr& object : list(*backend_.store, all).objects)
      backend_.execute(api::deleteRequest(api::keyOf(*object), {}));
  }

  HttpAnswer deleted() const {
    api::DeleteOptions options;
    if (const std::string problem = readDeleteOptions(request_.body, path_, options); !problem.empty())
      return refusal(badRequest(problem));
    return deletedOne(key(), options);
  }

  HttpAnswer deletedCollection() const {
    api::DeleteOptions options;
    if (const std::string problem = readDeleteOptions(request_.body, path_, options); !problem.empty())
      return refusal(badRequest(problem));
    HttpAnswer failure;
    const std::optional<Selection> wanted = selection(failure);
    if (!wanted) return failure;
    const ObjectList all = list(*backend_.store, *wanted);
    for (const api::ObjectPtr& object : all.objects) {
      HttpAnswer one = deletedOne(api::keyOf(*object), options);
      if (one.code >= 400 && one.code != 404) return one;
    }
    return document(listDocument(all, kind_));
  }

  HttpAnswer bound() const {
    std::string problem;
    const json body = boundedJson(request_.body, problem).value_or(json());
    const json* node = api::jsonAt(body, {"target", "name"});
    if (!node || !node->is_string()) return refusal(badRequest("a Binding must name its target node"));
    api::Request bind;
    bind.verb = api::Verb::kBind;
    bind.key = key();
    bind.node = *node;
    return success(bind);
  }

  HttpAnswer evicted() const {
    api::Request evict;
    evict.verb = api::Verb::kEvict;
    evict.key = key();
    std::string problem;
    const json body = boundedJson(request_.body, problem).value_or(json());
    if (const json* options = api::jsonAt(body, {"deleteOptions"})) {
      problem = readDeleteOptions(options->dump(), path_, evict.delete_options);
      if (!problem.empty()) return refusal(badRequest(problem));
    }
    return success(evict);
  }

  HttpAnswer success(const api::Request& request) const {
    const api::Response response = backend_.execute(request);
    return response.ok() ? document(statusDocument(api::Response{}), 201) : refused(response);
  }

  const HttpRequest& request_;
  const ApiPath& path_;
  const Resource& resource_;
  const api::KindInfo& kind_;
  const Backend& backend_;
  const View view_;
};

OpenApiSource openApiSource(const ServedKinds& kinds,
                            std::function<std::optional<json>(const std::string& path)> discovery) {
  OpenApiSource out;
  for (const Resource* resource : kinds.all()) {
    out.kinds.push_back(&resource->info);
    if (resource->schema) out.own_schemas.emplace(&resource->info, resource->schema.get());
  }
  out.discovery = std::move(discovery);
  out.revision = kinds.changes();
  return out;
}

}  // namespace

HttpAnswer handle(const HttpRequest& request, const Backend& backend) {
  const std::optional<ApiPath> path = parseTarget(request.target);
  if (!path) return refusal(400, "BadRequest", "the request's target is malformed");
  const std::optional<User> user = authenticated(request, backend.credentials);
  if (!user && !isPublic(path->path)) return refusal(401, "Unauthorized", "Unauthorized");
  backend.kinds->refresh(*backend.store);
  if (path->api) {
    const Resource* resource = backend.kinds->find(path->group, path->version, path->resource);
    if (!resource && !isReview(*path)) return noSuchResource();
    if (inOtherForm(request)) {
      HttpRequest in_json = request;
      if (std::optional<HttpAnswer> refused = putInJson(in_json)) return *refused;
      return handle(in_json, backend);
    }
    if (!resource) return review(request, *path, *user, backend.credentials, *backend.store);
    std::optional<View> view = viewOf(request.accept, *path);
    if (!view) return notAcceptable();
    if (resource->columns)
      view->printer = std::make_shared<const printers::Printer>(printers::definedPrinter(*resource->columns));
    if (const std::string problem = viewProblem(*path); !problem.empty()) return refusal(400, "BadRequest", problem);
    return ResourceCall(request, *path, *resource, backend, *view).answer();
  }
  if (request.method != "GET" && request.method != "HEAD")
    return refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  if (path->path == "/healthz" || path->path == "/livez" || path->path == "/readyz") return text("ok");
  const auto discovery = [&](const std::string& at) { return discoveryAt(at, *backend.kinds, backend.identity); };
  if (path->path.starts_with("/openapi/"))
    return openApiAnswer(request, *path, openApiSource(*backend.kinds, discovery), *backend.openapi)
        .value_or(noSuchResource());
  if (std::optional<HttpAnswer> all = aggregatedDiscovery(request, *path, discovery)) return *std::move(all);
  if (const std::optional<json> found = discovery(path->path)) return document(*found);
  return noSuchResource();
}

}  // namespace jobset_twin::apiserver::http
