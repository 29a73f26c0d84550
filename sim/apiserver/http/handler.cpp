#include "sim/apiserver/http/handler.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/apiserver/http/aggregated_discovery.hpp"
#include "sim/apiserver/http/rbac.hpp"
#include "sim/apiserver/http/resource_call.hpp"
#include "sim/apiserver/http/reviews.hpp"
#include "sim/apiserver/http/sent_body.hpp"
#include "sim/apiserver/http/status_document.hpp"
#include "sim/apiserver/http/webhooks/consultation.hpp"
#include "sim/apiserver/printers/custom_columns.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

HttpAnswer text(std::string body) {
  HttpAnswer out;
  out.content_type = "text/plain; charset=utf-8";
  out.body = std::move(body);
  return out;
}

HttpAnswer notAcceptable() {
  return refusal(406, "NotAcceptable", "only the following media types are accepted: application/json");
}

std::string verbOf(const HttpRequest& request, const ApiPath& path) {
  if (request.method == "POST") return "create";
  if (request.method == "PUT") return "update";
  if (request.method == "PATCH") return "patch";
  if (request.method == "DELETE") return path.name.empty() ? "deletecollection" : "delete";
  return path.flag("watch") ? "watch" : path.name.empty() ? "list" : "get";
}

HttpAnswer forbidden(const std::string& who, const HttpRequest& request, const ApiPath& path) {
  if (!path.api)
    return refusal(403, "Forbidden", fmt::format("forbidden: User \"{}\" cannot get path \"{}\"", who, path.path));
  const std::string resource = path.subresource.empty() ? path.resource : path.resource + "/" + path.subresource;
  return refusal(
      403, "Forbidden",
      fmt::format(
          "{}{}{} is forbidden: User \"{}\" cannot {} resource \"{}\" in API group \"{}\" {}", path.resource,
          path.group.empty() ? "" : "." + path.group, path.name.empty() ? "" : fmt::format(" \"{}\"", path.name), who,
          verbOf(request, path), resource, path.group,
          path.namespace_.empty() ? "at the cluster scope" : fmt::format("in the namespace \"{}\"", path.namespace_)));
}

// Wrong credentials are 401; who shows none is anonymous, whom no role lets do anything.
HttpAnswer notAllowed(const HttpRequest& request, const ApiPath& path) {
  if (!request.authorization.empty()) return refusal(401, "Unauthorized", "Unauthorized");
  return forbidden("system:anonymous", request, path);
}

// Whoever is no administrator may do what the RBAC objects let him; discovery and questions about oneself are free.
std::optional<HttpAnswer> forbiddenTo(const User& user, const HttpRequest& request, const ApiPath& path,
                                      const Store& store) {
  if (!path.api || path.resource.starts_with("selfsubject")) return std::nullopt;
  const Attempt attempt{
      verbOf(request, path), path.group, path.resource, path.subresource, path.namespace_, path.name, ""};
  if (authorize(store, user, attempt).allowed) return std::nullopt;
  return forbidden(user.name, request, path);
}

OpenApiSource openApiSource(const ServedKinds& kinds,
                            std::function<std::optional<json>(const std::string& path)> discovery) {
  OpenApiSource out;
  for (const Resource* resource : kinds.all()) {
    out.kinds.push_back(&resource->info);
    if (resource->schema) out.own_schemas.emplace(&resource->info, resource->schema.get());
  }
  out.discovery = std::move(discovery);
  out.revision = kinds.revision();
  return out;
}

using ConsultationPtr = std::shared_ptr<webhooks::Consultation>;

HttpAnswer handled(const HttpRequest& request, const Backend& backend, ConsultationPtr consultation);

// Null: there is nobody to be asked.
ConsultationPtr consultationOf(const HttpRequest& request, const User& user, const Backend& backend) {
  if (!backend.webhooks || request.method == "GET" || backend.webhooks->all(*backend.store).empty()) return nullptr;
  auto out = std::make_shared<webhooks::Consultation>();
  out->user = user;
  return out;
}

HttpAnswer timedOut() {
  HttpAnswer out = refusal(504, "Timeout", "Timeout: request did not complete within the allotted timeout");
  out.refused_by_webhook = true;
  return out;
}

// With what webhooks have said: a call that is to be made, a refusal, warnings.
HttpAnswer concluded(HttpAnswer out, const HttpRequest& request, const Backend& backend,
                     const ConsultationPtr& consultation) {
  if (consultation->instead) out = std::move(*consultation->instead);
  consultation->instead.reset();
  if (out.awaited) {
    if (!consultation->request) consultation->request = std::make_shared<const HttpRequest>(request);
    out.awaited->then = [&backend, consultation](const CallResult& result) {
      if (result.request_over) return timedOut();
      consultation->reply = result;
      return handled(*consultation->request, backend, consultation);
    };
    return out;
  }
  warn(out, consultation->warnings);
  out.admitted = consultation->admitted;
  return out;
}

HttpAnswer handled(const HttpRequest& request, const Backend& backend, ConsultationPtr consultation) {
  const std::optional<ApiPath> path = parseTarget(request.target);
  if (!path) return refusal(400, "BadRequest", "the request's target is malformed");
  const std::optional<User> user = actingUser(request, backend.credentials);
  if (!user && !isPublic(path->path)) return notAllowed(request, *path);
  if (user) {
    if (std::optional<HttpAnswer> forbidden = forbiddenTo(*user, request, *path, *backend.store)) return *forbidden;
  }
  backend.kinds->refresh(*backend.store);
  if (path->api) {
    const Resource* resource = backend.kinds->find(path->group, path->version, path->resource);
    if (!resource && !isReview(*path)) return noSuchResource();
    if (inOtherForm(request)) {
      HttpRequest in_json = request;
      if (std::optional<HttpAnswer> refused = putInJson(in_json)) return *refused;
      return handled(in_json, backend, std::move(consultation));
    }
    if (!resource) return review(request, *path, *user, backend.credentials, *backend.store);
    std::optional<View> view = viewOf(request.accept, *path);
    if (!view) return notAcceptable();
    if (resource->columns)
      view->printer = std::make_shared<const printers::Printer>(printers::definedPrinter(*resource->columns));
    if (const std::string problem = viewProblem(*path); !problem.empty()) return refusal(400, "BadRequest", problem);
    if (!consultation) consultation = consultationOf(request, *user, backend);
    HttpAnswer out = ResourceCall(request, *path, *resource, backend, *view, consultation.get()).answer();
    return consultation ? concluded(std::move(out), request, backend, consultation) : std::move(out);
  }
  if (request.method != "GET" && request.method != "HEAD")
    return refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  if (path->path == "/healthz" || path->path == "/livez" || path->path == "/readyz") {
    const std::string name = path->path.substr(1);
    return text(path->param("verbose") ? fmt::format("[+]ping ok\n[+]store ok\n{} check passed\n", name) : "ok");
  }
  const auto discovery = [&](const std::string& at) { return discoveryAt(at, *backend.kinds, backend.identity); };
  if (path->path.starts_with("/openapi/"))
    return openApiAnswer(request, *path, openApiSource(*backend.kinds, discovery), *backend.openapi)
        .value_or(noSuchResource());
  if (std::optional<HttpAnswer> all = aggregatedDiscovery(request, *path, discovery)) return *std::move(all);
  if (const std::optional<json> found = discovery(path->path)) return document(*found);
  return noSuchResource();
}

}  // namespace

HttpAnswer handle(const HttpRequest& request, const Backend& backend) { return handled(request, backend, nullptr); }

}  // namespace jobset_twin::apiserver::http
