#include "sim/apiserver/http/resource_call.hpp"

#include <fmt/format.h>

#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/pod_log.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http {

using nlohmann::json;

HttpAnswer document(const json& value, int code) {
  HttpAnswer out;
  out.code = code;
  out.body = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return out;
}

HttpAnswer noSuchResource() { return refusal(404, "NotFound", "the server could not find the requested resource"); }

HttpAnswer ResourceCall::answer() const {
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

api::Response ResourceCall::execute(api::Request write, OptionsOf of, const json& body_dry_run,
                                    const api::ObjectPtr& fitted) const {
  if (api::Response refused = prepared(write, of, body_dry_run, fitted); !refused.ok()) return refused;
  if (fitted && !write.options->admitted) write.options.mut().admitted = fitted;
  return backend_.execute(write);
}

api::Response ResourceCall::prepared(api::Request& write, OptionsOf of, const json& body_dry_run,
                                     const api::ObjectPtr& fitted) const {
  if (api::Response wrong = withOptions(write, of, body_dry_run); !wrong.ok()) return wrong;
  return consulted(write, fitted);
}

api::Response ResourceCall::rehearsed(api::Request write, OptionsOf of) const {
  if (api::Response wrong = withOptions(write, of); !wrong.ok()) return wrong;
  write.options.mut().dry_run = true;
  write.options.mut().until_webhooks = true;
  return backend_.execute(write);
}

api::Response ResourceCall::withOptions(api::Request& write, OptionsOf of, const json& body_dry_run) const {
  api::WriteOptions options;
  if (api::Response wrong = readWriteOptions(request_, path_, of, options); !wrong.ok()) return wrong;
  if (api::Response wrong = readDryRun(body_dry_run, options); !wrong.ok()) return wrong;
  write.options = api::Shared<api::WriteOptions>(std::move(options));
  return {};
}

HttpAnswer ResourceCall::refusedMethod() const {
  return refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
}

HttpAnswer ResourceCall::refused(const api::Response& response) const { return refusal(response, kind_, path_.name); }

HttpAnswer ResourceCall::ofResponse(const api::Response& response, int code) const {
  if (!response.ok()) return refused(response);
  HttpAnswer out = document(viewed(view_, response.object, kind_, backend_.now()), code);
  warn(out, response.warnings);
  return out;
}

HttpAnswer ResourceCall::ofSubresource() const {
  if (!resource_.has(path_.subresource))
    return kind_.custom ? refused(notFoundError(namesOf(key()))) : noSuchResource();
  if (path_.subresource == "status") {
    if (request_.method == "GET") return got();
    if (request_.method == "PUT") return updated(api::Verb::kUpdateStatus);
    if (request_.method == "PATCH") return patched(true);
    return refusedMethod();
  }
  if (path_.subresource == "scale") return scale();
  if (path_.subresource == "finalize") return request_.method == "PUT" ? updated(api::Verb::kUpdate) : refusedMethod();
  if (path_.subresource == "log")
    return request_.method == "GET" ? podLog(path_, *backend_.store, backend_.logs, backend_.now) : refusedMethod();
  if (request_.method != "POST") return refusedMethod();
  return path_.subresource == "binding" ? bound() : evicted();
}

}  // namespace jobset_twin::apiserver::http
