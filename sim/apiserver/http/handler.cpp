#include "sim/apiserver/http/handler.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/bounded_json.hpp"
#include "sim/apiserver/http/delete_options.hpp"
#include "sim/apiserver/http/object_documents.hpp"
#include "sim/apiserver/http/served_kinds.hpp"
#include "sim/apiserver/http/status_document.hpp"
#include "sim/apiserver/http/write_options.hpp"

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
  ResourceCall(const HttpRequest& request, const ApiPath& path, const api::KindInfo& kind, const Backend& backend)
      : request_(request), path_(path), kind_(kind), backend_(backend) {}

  HttpAnswer answer() const {
    if (!kind_.namespaced && !path_.namespace_.empty()) return noSuchResource();
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

  // Executes a write as the query wants it: by whom, and whether in earnest.
  api::Response execute(api::Request write, OptionsOf of, const json& body_dry_run = nullptr) const {
    api::WriteOptions options;
    if (api::Response wrong = readWriteOptions(request_, path_, of, options); !wrong.ok()) return wrong;
    if (api::Response wrong = readDryRun(body_dry_run, options); !wrong.ok()) return wrong;
    write.options = api::Shared<api::WriteOptions>(std::move(options));
    return backend_.execute(write);
  }

  HttpAnswer refusedMethod() const {
    return refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  }

  HttpAnswer ofResponse(const api::Response& response, int code = 200) const {
    if (!response.ok()) return refusal(response);
    HttpAnswer out = document(objectDocument(response.object, kind_), code);
    warn(out, response.warnings);
    return out;
  }

  HttpAnswer ofSubresource() const {
    const std::vector<std::string_view> parts = subresourcesOf(kind_);
    if (std::find(parts.begin(), parts.end(), path_.subresource) == parts.end()) return noSuchResource();
    if (path_.subresource == "status") {
      if (request_.method == "GET") return got();
      if (request_.method == "PUT") return updated(api::Verb::kUpdateStatus);
      if (request_.method == "PATCH") return patched(true);
      return refusedMethod();
    }
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
        failure = refusal(badRequest(
            fmt::format("unable to parse requirement: {}", api::describe(parsed.errors().front()))));
        return std::nullopt;
      }
      out.labels = *parsed;
    }
    if (const std::string* fields = path_.param("fieldSelector"); fields && !fields->empty()) {
      const auto parsed = parseFieldSelector(*fields);
      if (!parsed) {
        failure = refusal(badRequest(parsed.errors().front().text));
        return std::nullopt;
      }
      out.fields = *parsed;
    }
    if (!path_.name.empty()) out.fields.emplace_back("metadata.name", path_.name);
    return out;
  }

  HttpAnswer listed() const {
    if (path_.flag("watch")) return watched();
    HttpAnswer failure;
    const std::optional<Selection> wanted = selection(failure);
    return wanted ? document(listDocument(list(*backend_.store, *wanted), kind_)) : failure;
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
    api::Response refused;
    std::optional<Watch> watch = openWatch(*backend_.store, std::move(*wanted), revision,
                                           path_.flag("allowWatchBookmarks"), backend_.now(), refused);
    if (!watch) return refusal(refused);
    HttpAnswer out;
    WatchAnswer answer{std::move(*watch), &kind_, initial, std::nullopt};
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
    const SentObject sent = sentObject(request_.body, path_, kind_);
    if (!sent.object) return refusal(sent.failure);
    HttpAnswer out = ofResponse(execute(api::createRequest(sent.object), OptionsOf::kCreate), 201);
    warn(out, sent.warnings);
    return out;
  }

  HttpAnswer updated(api::Verb verb) const {
    const SentObject sent = sentObject(request_.body, path_, kind_);
    if (!sent.object) return refusal(sent.failure);
    if (sent.object->meta.name != path_.name)
      return refusal(badRequest(fmt::format("the name of the object ({}) does not match the name on the URL ({})",
                                            sent.object->meta.name, path_.name)));
    HttpAnswer out = ofResponse(execute(verb == api::Verb::kUpdate ? api::updateRequest(sent.object)
                                                                   : api::updateStatusRequest(sent.object),
                                        OptionsOf::kUpdate));
    warn(out, sent.warnings);
    return out;
  }

  HttpAnswer patched(bool status) const {
    std::string problem;
    if (request_.content_type.ends_with("+cbor")) return unknownPatch();
    const std::optional<json> read = boundedJson(request_.body, problem);
    if (!read) return refusal(badRequest(fmt::format("error decoding patch: {}", problem)));
    const json& body = *read;
    const std::string type = request_.content_type.substr(0, request_.content_type.find(';'));
    if (type == "application/json-patch+json") return jsonPatched(body, status);
    if (!body.is_object()) return refusal(badRequest("error decoding patch: it must be an object"));
    if (type == "application/apply-patch+yaml") return applied(body, status);
    api::Patch patch;
    if (type == "application/merge-patch+json") {
      patch = api::MergePatch{api::Raw(body)};
    } else if (type == "application/strategic-merge-patch+json" && !kind_.custom) {
      patch = api::StrategicMergePatch{api::Raw(body)};
    } else {
      return unknownPatch();
    }
    return ofResponse(execute(status ? api::patchStatusRequest(key(), patch) : api::patchRequest(key(), patch),
                              OptionsOf::kPatch));
  }

  HttpAnswer unknownPatch() const {
    return refusal(415, "UnsupportedMediaType",
                   fmt::format("the body of the request was in an unknown format - accepted media types include: "
                               "application/json-patch+json, application/merge-patch+json, "
                               "application/apply-patch+yaml{}",
                               kind_.custom ? "" : ", application/strategic-merge-patch+json"));
  }

  // Server-side apply: 201 when it made the object.
  HttpAnswer applied(const json& body, bool status) const {
    if (const auto version = body.find("apiVersion");
        version == body.end() || !version->is_string() || *version != kind_.api_version) {
      return refusal(badRequest(fmt::format(
          "Incorrect version specified in apply patch. Specified patch version: {}, expected: {}",
          version != body.end() && version->is_string() ? version->get<std::string>() : "", kind_.api_version)));
    }
    const bool present = backend_.store->find(key()) != nullptr;
    const api::Patch patch = api::ApplyPatch{api::Raw(body)};
    return ofResponse(execute(status ? api::patchStatusRequest(key(), patch) : api::patchRequest(key(), patch),
                              OptionsOf::kApply),
                      present ? 200 : 201);
  }

  // On the object as it is; nothing comes between, so no version needs to be given.
  HttpAnswer jsonPatched(const json& patch, bool status) const {
    const api::ObjectPtr object = backend_.store->find(key());
    if (!object) return got();
    json changed;
    try {
      changed = objectDocument(object, kind_).patch(patch);
    } catch (const json::exception& error) {
      return refusal(422, "Invalid", fmt::format("the server rejected our request due to an error in our request: {}",
                                                 error.what()));
    }
    ApiPath path = path_;
    const SentObject sent = sentObject(changed.dump(), path, kind_);
    if (!sent.object) return refusal(sent.failure);
    return ofResponse(execute(status ? api::updateStatusRequest(sent.object) : api::updateRequest(sent.object),
                              OptionsOf::kPatch));
  }

  HttpAnswer deletedOne(const api::ObjectKey& of, const api::DeleteOptions& options, const json& dry_run) const {
    const api::Response response = execute(api::deleteRequest(of, options), OptionsOf::kDelete, dry_run);
    if (!response.ok()) return refusal(response);
    // What is only marked is shown; what is gone, or would be, is a success.
    const api::ObjectMeta& meta = response.object->meta;
    const bool marked = !meta.finalizers.empty() || meta.deletionGracePeriodSeconds.value_or(0) > 0;
    const bool would_go = (path_.param("dryRun") || !dry_run.empty()) && !marked;
    if (backend_.store->find(of) && !would_go) return document(objectDocument(response.object, kind_));
    json out = statusDocument(api::Response{});
    out["details"] = {{"name", response.object->meta.name}, {"kind", kind_.plural}, {"uid", response.object->meta.uid}};
    if (const std::string group = api::groupOf(kind_.api_version); !group.empty()) out["details"]["group"] = group;
    return document(out);
  }

  HttpAnswer deleted() const {
    api::DeleteOptions options;
    json dry_run;
    if (const std::string problem = readDeleteOptions(request_.body, path_, options, dry_run); !problem.empty())
      return refusal(badRequest(problem));
    return deletedOne(key(), options, dry_run);
  }

  HttpAnswer deletedCollection() const {
    api::DeleteOptions options;
    json dry_run;
    if (const std::string problem = readDeleteOptions(request_.body, path_, options, dry_run); !problem.empty())
      return refusal(badRequest(problem));
    HttpAnswer failure;
    const std::optional<Selection> wanted = selection(failure);
    if (!wanted) return failure;
    const ObjectList all = list(*backend_.store, *wanted);
    for (const api::ObjectPtr& object : all.objects) {
      HttpAnswer one = deletedOne(api::keyOf(*object), options, dry_run);
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
    json dry_run;
    const json body = boundedJson(request_.body, problem).value_or(json());
    if (const json* options = api::jsonAt(body, {"deleteOptions"})) {
      problem = readDeleteOptions(options->dump(), path_, evict.delete_options, dry_run);
      if (!problem.empty()) return refusal(badRequest(problem));
    }
    return success(evict, dry_run);
  }

  HttpAnswer success(const api::Request& request, const json& dry_run = nullptr) const {
    const api::Response response = execute(request, OptionsOf::kCreate, dry_run);
    return response.ok() ? document(statusDocument(api::Response{}), 201) : refusal(response);
  }

  const HttpRequest& request_;
  const ApiPath& path_;
  const api::KindInfo& kind_;
  const Backend& backend_;
};

}  // namespace

HttpAnswer handle(const HttpRequest& request, const Backend& backend) {
  const std::optional<ApiPath> path = parseTarget(request.target);
  if (!path) return refusal(400, "BadRequest", "the request's target is malformed");
  if (path->api) {
    const api::KindInfo* kind = servedResource(path->group, path->version, path->resource);
    return kind ? ResourceCall(request, *path, *kind, backend).answer() : noSuchResource();
  }
  if (request.method != "GET" && request.method != "HEAD")
    return refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  if (path->path == "/healthz" || path->path == "/livez" || path->path == "/readyz") return text("ok");
  if (const std::optional<json> found = discoveryAt(path->path, backend.identity)) return document(*found);
  return noSuchResource();
}

}  // namespace jobset_twin::apiserver::http
