#include "sim/apiserver/http/resource_call.hpp"

#include <fmt/format.h>

#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/delete_options.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http {

using nlohmann::json;

HttpAnswer ResourceCall::created() const {
  if (kind_.namespaced && path_.namespace_.empty()) return refusedMethod();
  if (resource_.terminating)
    return refusal(405, "MethodNotAllowed", "create not allowed while custom resource definition is terminating");
  HttpAnswer failure;
  const std::optional<SentObject> sent = fitting(request_.body, path_, nullptr, false, failure);
  if (!sent) return failure;
  api::ObjectPtr object = sent->object;
  if (object->kind() == api::Kind::kJobSet) {  // a status is written by its own endpoint alone
    const api::MutableObjectPtr fresh = api::edit(object);
    api::as<api::JobSet>(*fresh).status = {};
    object = fresh;
  }
  const api::Response made = execute(api::createRequest(object), OptionsOf::kCreate);
  if (!made.ok()) return refusal(made, kind_, sent->object->meta.name);
  settle(*made.object, true);
  HttpAnswer out = ofResponse(made, 201);
  warn(out, sent->warnings);
  warn(out, doubtsAbout(made.object));
  return out;
}

HttpAnswer ResourceCall::updated(api::Verb verb) const {
  return replaced(request_.body, verb == api::Verb::kUpdateStatus);
}

HttpAnswer ResourceCall::replaced(const std::string& body, bool status, OptionsOf options,
                                  const std::string* patch) const {
  HttpAnswer failure;
  const std::optional<SentObject> sent = fitting(body, path_, backend_.store->find(key()), status, failure, patch);
  if (!sent) return failure;
  if (sent->object->meta.name != path_.name)
    return refusal(badRequest(fmt::format("the name of the object ({}) does not match the name on the URL ({})",
                                          sent->object->meta.name, path_.name)));
  const api::Response done =
      execute(status && !resource_.defined ? api::updateStatusRequest(sent->object) : api::updateRequest(sent->object),
              options);
  if (done.ok()) settle(*done.object, false);
  HttpAnswer out = ofResponse(done);
  warn(out, sent->warnings);
  return out;
}

HttpAnswer ResourceCall::deletedOne(const api::ObjectKey& of, const api::DeleteOptions& options,
                                    const json& dry_run) const {
  const api::Response response = execute(api::deleteRequest(of, options), OptionsOf::kDelete, dry_run);
  if (!response.ok()) return refused(response);
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

HttpAnswer ResourceCall::deleted() const {
  api::DeleteOptions options;
  json dry_run;
  if (const std::string problem = readDeleteOptions(request_.body, path_, options, dry_run); !problem.empty())
    return refusal(badRequest(problem));
  return deletedOne(key(), options, dry_run);
}

// All are asked about first, so that they go at one time or none does. What has changed since is asked about again.
api::Response ResourceCall::allowedToGo(const ObjectList& all, const api::DeleteOptions& options,
                                        const json& dry_run) const {
  if (!asksWebhooks()) return {};
  std::size_t& reached = consultation_->reached;
  for (const bool again : {false, true}) {
    for (std::size_t i = again ? 0 : reached; i < all.objects.size(); ++i) {
      api::Request removal = api::deleteRequest(api::keyOf(*all.objects[i]), options);
      const api::Response asked = prepared(removal, OptionsOf::kDelete, dry_run);
      reached = i;
      if (!asked.ok() && asked.reason != api::Reason::kNotFound) return asked;
    }
    reached = all.objects.size();
  }
  return {};
}

HttpAnswer ResourceCall::deletedCollection() const {
  api::DeleteOptions options;
  json dry_run;
  if (const std::string problem = readDeleteOptions(request_.body, path_, options, dry_run); !problem.empty())
    return refusal(badRequest(problem));
  HttpAnswer failure;
  const std::optional<Selection> wanted = selection(failure);
  if (!wanted) return failure;
  if (consultation_ && !consultation_->collection) consultation_->collection = list(*backend_.store, *wanted);
  const ObjectList all = consultation_ ? *consultation_->collection : list(*backend_.store, *wanted);
  if (const api::Response asked = allowedToGo(all, options, dry_run); !asked.ok()) return refused(asked);
  for (const api::ObjectPtr& object : all.objects) {
    HttpAnswer one = deletedOne(api::keyOf(*object), options, dry_run);
    if (one.code >= 400 && one.code != 404) return one;
  }
  return document(listDocument(all, kind_));
}

}  // namespace jobset_twin::apiserver::http
