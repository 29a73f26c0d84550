#include "sim/apiserver/http/resource_call.hpp"

#include <fmt/format.h>

#include "engine/api/json_at.hpp"
#include "engine/api/write.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/bounded_json.hpp"
#include "sim/apiserver/http/definitions.hpp"
#include "sim/apiserver/http/delete_options.hpp"
#include "sim/apiserver/http/status_document.hpp"
#include "sim/apiserver/http/webhooks/configuration.hpp"

namespace jobset_twin::apiserver::http {

using nlohmann::json;

HttpAnswer ResourceCall::created() const {
  if (kind_.namespaced && path_.namespace_.empty()) return refusedMethod();
  HttpAnswer failure;
  const std::optional<SentObject> sent = fitting(request_.body, path_, nullptr, false, failure);
  if (!sent) return failure;
  api::ObjectPtr object = sent->object;
  if (kind_.name == "Namespace") {  // found by its name with selectors (NamespaceDefaultLabelName)
    const api::MutableObjectPtr labelled = api::edit(object);
    labelled->meta.labels.set("kubernetes.io/metadata.name", object->meta.name);
    object = labelled;
  }
  if (object->kind() == api::Kind::kJobSet) {  // a status is written by its own endpoint alone
    const api::MutableObjectPtr fresh = api::edit(object);
    api::as<api::JobSet>(*fresh).status = {};
    object = fresh;
  }
  const api::Response made = execute(api::createRequest(object), OptionsOf::kCreate);
  if (made.ok() && isDefinition(kind_) && backend_.store->find(api::keyOf(*made.object))) establish(made.object);
  if (!made.ok()) return refusal(made, kind_, sent->object->meta.name);
  if (kind_.name == "Namespace" && backend_.store->find(api::keyOf(*made.object))) furnish(made.object->meta.name);
  HttpAnswer out = ofResponse(made, 201);
  warn(out, sent->warnings);
  return out;
}

// What controllers of the control plane bring into a new namespace.
void ResourceCall::furnish(const std::string& name) const {
  const auto add = [&](json object) {
    object["metadata"]["namespace"] = name;
    if (const api::Result<api::ObjectPtr> read = api::fromJson(object); read.ok())
      backend_.execute(api::createRequest(*read));
  };
  add({{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", {{"name", "default"}}}});
  const auto authority = backend_.store->find({api::Kind::kGeneric, "kube-system", "ConfigMap/kube-root-ca.crt"});
  if (!authority) return;
  add({{"apiVersion", "v1"},
       {"kind", "ConfigMap"},
       {"metadata", {{"name", "kube-root-ca.crt"}}},
       {"data", api::toJson(*authority).at("data")}});
}

HttpAnswer ResourceCall::updated(api::Verb verb) const {
  return replaced(request_.body, verb == api::Verb::kUpdateStatus);
}

HttpAnswer ResourceCall::replaced(const std::string& body, bool status, OptionsOf options) const {
  HttpAnswer failure;
  const std::optional<SentObject> sent = fitting(body, path_, backend_.store->find(key()), status, failure);
  if (!sent) return failure;
  if (sent->object->meta.name != path_.name)
    return refusal(badRequest(fmt::format("the name of the object ({}) does not match the name on the URL ({})",
                                          sent->object->meta.name, path_.name)));
  const api::Response done =
      execute(status && !resource_.defined ? api::updateStatusRequest(sent->object) : api::updateRequest(sent->object),
              options);
  HttpAnswer out = ofResponse(done);
  warn(out, sent->warnings);
  return out;
}

std::optional<SentObject> ResourceCall::fitting(const std::string& body, const ApiPath& as, const api::ObjectPtr& old,
                                                bool status, HttpAnswer& failure) const {
  std::string text = body;
  std::vector<std::string> warnings;
  if (resource_.defined || isDefinition(kind_) || webhooks::isConfiguration(kind_)) {
    std::string problem;
    std::optional<json> read = boundedJson(body, problem);
    if (!read || !read->is_object()) {
      failure = refusal(badRequest(
          fmt::format("error decoding the request body: {}", problem.empty() ? "it must be one object" : problem)));
      return std::nullopt;
    }
    if (!fits(*read, as, old, status, warnings, failure)) return std::nullopt;
    text = read->dump();
  }
  SentObject sent = sentObject(text, as, kind_);
  if (!sent.object) {
    failure = refusal(sent.failure, kind_, sent.name.empty() ? path_.name : sent.name);
    return std::nullopt;
  }
  sent.warnings.insert(sent.warnings.begin(), warnings.begin(), warnings.end());
  return sent;
}

bool ResourceCall::fits(json& object, const ApiPath& as, const api::ObjectPtr& old, bool status,
                        std::vector<std::string>& warnings, HttpAnswer& failure) const {
  DefinedFindings found;
  if (isDefinition(kind_)) {
    found.wrong = definitionErrors(object);
  } else if (webhooks::isConfiguration(kind_)) {
    object["kind"] = kind_.name;  // the path says it, too
    found.wrong = webhooks::problemsOf(object);
    webhooks::fillDefaults(object);
  } else {
    const json before = old ? objectDocument(old, kind_) : json();
    found = makeFit(object, resource_, old ? &before : nullptr, status);
  }
  if (!knownFields(found.unknown, as, warnings, failure)) return false;
  if (found.wrong.empty()) return true;
  const json* name = api::jsonAt(object, {"metadata", "name"});
  failure = refused(invalidError(namesOf(key()).qualifiedKind(),
                                 name && name->is_string() ? name->get<std::string>() : path_.name, found.wrong));
  return false;
}

bool ResourceCall::knownFields(const std::vector<std::string>& unknown, const ApiPath& as,
                               std::vector<std::string>& warnings, HttpAnswer& failure) const {
  const std::string* validation = as.param("fieldValidation");
  if (validation && *validation == "Strict" && !unknown.empty()) {
    std::string texts;
    for (const std::string& field : unknown)
      texts += fmt::format("{}unknown field \"{}\"", texts.empty() ? "" : ", ", field);
    failure =
        refusal(badRequest(fmt::format("{} in version \"{}\" cannot be handled as a {}: strict decoding error: {}",
                                       kind_.name, path_.version, kind_.name, texts)));
    return false;
  }
  if (!validation || *validation == "Warn") {
    for (const std::string& field : unknown) warnings.push_back(fmt::format("unknown field \"{}\"", field));
  }
  return true;
}

void ResourceCall::establish(const api::ObjectPtr& definition) const {
  const json with = withEstablishedStatus(api::toJson(*definition), api::formatTime(backend_.now()));
  if (const api::Result<api::ObjectPtr> read = api::fromJson(with, api::Validation::kIgnore); read.ok())
    backend_.execute(api::updateStatusRequest(*read));
}

HttpAnswer ResourceCall::deletedOne(const api::ObjectKey& of, const api::DeleteOptions& options,
                                    const json& dry_run) const {
  const api::Response response = execute(api::deleteRequest(of, options), OptionsOf::kDelete, dry_run);
  if (!response.ok()) return refused(response);
  if (isDefinition(kind_) && !backend_.store->find(of)) dropObjectsOf(*response.object);
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

void ResourceCall::dropObjectsOf(const api::Object& definition) const {
  const json whole = api::toJson(definition);
  const json* group = api::jsonAt(whole, {"spec", "group"});
  const json* kind = api::jsonAt(whole, {"spec", "names", "kind"});
  if (!group || !kind || !group->is_string() || !kind->is_string()) return;
  Selection all;
  all.type = kind->get<std::string>() + "." + group->get<std::string>();
  for (const api::ObjectPtr& object : list(*backend_.store, all).objects)
    backend_.execute(api::deleteRequest(api::keyOf(*object), {}));
}

HttpAnswer ResourceCall::deleted() const {
  api::DeleteOptions options;
  json dry_run;
  if (const std::string problem = readDeleteOptions(request_.body, path_, options, dry_run); !problem.empty())
    return refusal(badRequest(problem));
  return deletedOne(key(), options, dry_run);
}

HttpAnswer ResourceCall::deletedCollection() const {
  api::DeleteOptions options;
  json dry_run;
  if (const std::string problem = readDeleteOptions(request_.body, path_, options, dry_run); !problem.empty())
    return refusal(badRequest(problem));
  HttpAnswer failure;
  const std::optional<Selection> wanted = selection(failure);
  if (!wanted) return failure;
  const ObjectList all = list(*backend_.store, *wanted);
  // All are asked about first, so that they go at one time or none does.
  for (const api::ObjectPtr& object : asksWebhooks() ? all.objects : std::vector<api::ObjectPtr>()) {
    api::Request removal = api::deleteRequest(api::keyOf(*object), options);
    const api::Response asked = prepared(removal, OptionsOf::kDelete, dry_run);
    if (!asked.ok()) return refused(asked);
  }
  for (const api::ObjectPtr& object : all.objects) {
    HttpAnswer one = deletedOne(api::keyOf(*object), options, dry_run);
    if (one.code >= 400 && one.code != 404) return one;
  }
  return document(listDocument(all, kind_));
}

}  // namespace jobset_twin::apiserver::http
