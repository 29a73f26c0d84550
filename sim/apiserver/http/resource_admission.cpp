// resource_admission.cpp - admission webhooks of others, asked about a write before it is executed: mutating ones one
// by one, then validating ones, each about the object as it comes out of what is before it. See resource_call.hpp.
#include "sim/apiserver/http/resource_call.hpp"

#include <fmt/format.h>

#include "engine/api/json_at.hpp"
#include "engine/api/names.hpp"
#include "engine/api/selector_json.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/bounded_json.hpp"
#include "sim/apiserver/http/scale.hpp"
#include "sim/apiserver/http/status_document.hpp"
#include "sim/apiserver/http/webhooks/consultation.hpp"
#include "sim/apiserver/http/webhooks/destination.hpp"
#include "sim/apiserver/http/webhooks/review.hpp"
#include "sim/apiserver/write.hpp"

namespace jobset_twin::apiserver::http {

using nlohmann::json;
using webhooks::Progress;
using webhooks::Webhook;

namespace {

constexpr int kBegunMost = 5;  // as the API server tries a patch again
constexpr int kNamesMost = 8;  // as it tries names

bool goesBelow(const api::Request& write) { return write.verb == api::Verb::kBind || write.verb == api::Verb::kEvict; }

std::string operationOf(const api::Request& write, bool present) {
  if (write.verb == api::Verb::kDelete) return "DELETE";
  if (write.verb == api::Verb::kCreate || goesBelow(write)) return "CREATE";
  return present ? "UPDATE" : "CREATE";
}

// The options of the operation, as the query gave them.
json optionsDocument(const std::string& operation, const api::WriteOptions& options, const ApiPath& path) {
  const char* kind = operation == "CREATE"   ? "CreateOptions"
                     : operation == "UPDATE" ? "UpdateOptions"
                                             : "DeleteOptions";
  json out = {{"kind", kind}, {"apiVersion", "meta.k8s.io/v1"}};
  if (options.dry_run) out["dryRun"] = {"All"};
  if (operation == "DELETE") return out;
  if (const std::string* manager = path.param("fieldManager")) out["fieldManager"] = *manager;
  if (const std::string* validation = path.param("fieldValidation")) out["fieldValidation"] = *validation;
  return out;
}

// The labels of what is sent to a subresource.
api::StringMap labelsIn(const std::string& body) {
  std::string problem;
  return api::stringMapAt(boundedJson(body, problem).value_or(json()), {"metadata", "labels"});
}

api::Response stopped() { return internalError("the request is answered otherwise"); }

api::Request rehearsalOf(const api::Request& write, const Progress& progress, bool until_webhooks) {
  api::Request out = write;
  out.options.mut().dry_run = true;
  out.options.mut().admitted = progress.admitted;
  out.options.mut().draw = progress.draw;
  out.options.mut().until_webhooks = until_webhooks;
  return out;
}

}  // namespace

bool ResourceCall::asksWebhooks() const { return consultation_ && !backend_.webhooks->all(*backend_.store).empty(); }

api::Response ResourceCall::turnedDown(HttpAnswer answer) const {
  answer.refused_by_webhook = true;
  consultation_->instead = std::move(answer);
  return stopped();
}

webhooks::Attempted ResourceCall::attempted(const api::Request& write, bool present) const {
  webhooks::Attempted out;
  out.operation = operationOf(write, present);
  out.group = path_.group;
  out.version = path_.version;
  out.resource = path_.resource;
  out.subresource = path_.subresource;
  out.namespace_ = path_.namespace_;
  out.name = path_.name;  // of a collection none
  if (write.verb == api::Verb::kCreate) out.name = write.object->meta.name;
  if (path_.group.empty() && path_.resource == "namespaces") out.namespace_ = out.name;
  return out;
}

// The write may go on if it is a success; it then has what webhooks made of its object.
api::Response ResourceCall::consulted(api::Request& write, const api::ObjectPtr& fitted) const {
  if (!request_.admitted.empty()) {  // played again: nobody is asked twice
    std::string problem;
    const json object = boundedJson(request_.admitted, problem).value_or(json());
    const api::Result<api::ObjectPtr> read = api::fromJson(object, api::Validation::kIgnore);
    if (!read) return badRequest("what webhooks made of the object cannot be read");
    write.options.mut().admitted = *read;
    return {};
  }
  if (!asksWebhooks()) return {};
  const api::ObjectPtr old = write.verb == api::Verb::kCreate ? nullptr : backend_.store->find(write.key);
  const webhooks::Attempted what = attempted(write, old != nullptr);
  if (webhooks::isExempt(what)) return {};
  if (old && write.verb == api::Verb::kDelete && goesAnyway(*old, write.delete_options)) return {};
  Progress& progress = consultation_->writes[write.key];
  const std::int64_t version = old ? old->meta.resourceVersion : 0;
  if (progress.begun == 0 || progress.version != version) {
    if (progress.begun == kBegunMost) return turnedDown(refused(modifiedConflict(namesOf(write.key))));
    const int begun = progress.begun;
    progress = {};
    progress.begun = begun + 1;
    progress.version = version;
    progress.draw = backend_.webhooks->draw();
    for (const webhooks::WebhookPtr& webhook : backend_.webhooks->all(*backend_.store))
      if (webhooks::wantedAs(*webhook, what, resource_, *backend_.kinds)) progress.asked.push_back(webhook);
    if (!progress.asked.empty()) progress.admitted = fitted;  // so it comes to the first
  }
  return askedInTurn(write, what, old, progress);
}

api::Response ResourceCall::askedInTurn(api::Request& write, const webhooks::Attempted& what, const api::ObjectPtr& old,
                                        Progress& progress) const {
  const bool has_object = write.verb != api::Verb::kDelete && !goesBelow(write);
  if (!nameStands(progress)) return stopped();
  const api::StringMap below = goesBelow(write) ? labelsIn(request_.body) : api::StringMap();
  while (progress.next < progress.asked.size()) {
    const Webhook& webhook = *progress.asked[progress.next];
    // What a mutating webhook sees has not gone through the checks yet; a validating one sees what would be stored.
    api::Response tried;
    if (webhook.mutating && has_object && progress.admitted) {
      tried.object = progress.admitted;
    } else {
      tried = backend_.execute(rehearsalOf(write, progress, webhook.mutating && has_object));
    }
    if (!tried.ok()) return progress.admitted ? turnedDown(refused(tried)) : tried;
    const api::ObjectPtr fresh = has_object ? tried.object : nullptr;
    if (has_object && !webhook.mutating && !old) keepIdentity(write, *fresh, progress);
    const bool answered = consultation_->reply && !progress.uid.empty();
    if (!answered) {
      const api::StringMap* labels = fresh ? &fresh->meta.labels : nullptr;
      const api::StringMap* old_labels = old ? &old->meta.labels : nullptr;
      // A selector is held against what the webhook is told, not against the object above it. A Scale has no labels.
      if (goesBelow(write) || path_.subresource == "scale") labels = &below;
      if (goesBelow(write)) old_labels = nullptr;
      if (path_.subresource == "scale") old_labels = &below;
      if (!webhooks::matchesLabels(webhook, what, labels, old_labels, *backend_.store)) {
        ++progress.next;
        continue;
      }
      if (!askNext(write, webhook, what, fresh, old, progress)) return stopped();
    }
    if (!heard(webhook, what, fresh, old, progress)) return stopped();
    ++progress.next;
  }
  write.options.mut().admitted = progress.admitted;
  if (progress.admitted) consultation_->admitted = objectDocument(progress.admitted, kind_).dump();
  return {};
}

// Of what is to be created: a validating webhook is told its UID and the name that was generated, and they stay so.
void ResourceCall::keepIdentity(const api::Request& write, const api::Object& fresh, Progress& progress) const {
  if (progress.admitted && !progress.admitted->meta.uid.empty()) return;
  const api::ObjectPtr before =
      progress.admitted ? progress.admitted : backend_.execute(rehearsalOf(write, progress, true)).object;
  if (before->meta.name.empty()) ++progress.names;
  const api::MutableObjectPtr admitted = api::edit(before);
  admitted->meta.name = fresh.meta.name;
  admitted->meta.uid = fresh.meta.uid;
  progress.admitted = admitted;
}

// A generated name that another has taken meanwhile is drawn again, and validating webhooks are told of the new one.
// False: the request is refused.
bool ResourceCall::nameStands(Progress& progress) const {
  if (progress.names == 0 || !backend_.store->find(api::keyOf(*progress.admitted))) return true;
  if (progress.names == kNamesMost) {
    turnedDown(refused(nameNotUnique(namesOf(api::keyOf(*progress.admitted)))));
    return false;
  }
  const api::MutableObjectPtr nameless = api::edit(progress.admitted);
  nameless->meta.name.clear();
  nameless->meta.uid.clear();
  progress.admitted = nameless;
  progress.draw = backend_.webhooks->draw();
  progress.uid.clear();
  progress.next = 0;
  while (progress.next < progress.asked.size() && progress.asked[progress.next]->mutating) ++progress.next;
  return true;
}

// False: the request waits for the call, or is refused. What cannot be called has answered so.
bool ResourceCall::askNext(const api::Request& write, const Webhook& webhook, const webhooks::Attempted& what,
                           const api::ObjectPtr& fresh, const api::ObjectPtr& old, Progress& progress) const {
  consultation_->reply.reset();
  if (write.options->dry_run && !webhook.dry_run_safe) {
    turnedDown(webhooks::noDryRun(webhook.name));
    return false;
  }
  progress.uid = webhooks::newReviewUid();
  std::string problem;
  std::optional<OutgoingCall> call = webhooks::destinationOf(webhook, *backend_.store, problem);
  if (webhook.conditional) problem = "its matchConditions are CEL, which is not evaluated by this server";
  if (!call || webhook.conditional) {
    consultation_->reply = CallResult{0, "", problem};
    return true;
  }
  webhooks::Question question;
  question.uid = progress.uid;
  question.write = what;
  if (what.name.empty() && write.verb == api::Verb::kCreate && !webhook.mutating)
    question.write.name = fresh->meta.name;
  question.asked = &resource_;
  question.wanted = &seenBy(webhook, what);
  question.user = consultation_->user;
  question.dry_run = write.options->dry_run;
  question.options = optionsDocument(what.operation, *write.options, path_);
  if (goesBelow(write)) {
    question.kind_version = write.verb == api::Verb::kBind ? "v1" : "policy/v1";
    question.kind = write.verb == api::Verb::kBind ? "Binding" : "Eviction";
    question.object = boundedJson(request_.body, problem).value_or(json());
  } else if (path_.subresource == "scale") {
    question.kind_version = "autoscaling/v1";
    question.kind = "Scale";
    question.object = scaleDocument(*fresh, resource_);
    question.old_object = scaleDocument(*old, resource_);
  } else {
    if (fresh) question.object = objectDocument(fresh, question.wanted->info);
    if (old) question.old_object = objectDocument(old, question.wanted->info);
  }
  call->body = webhooks::reviewOf(question).dump(-1, ' ', false, json::error_handler_t::replace);
  HttpAnswer out;
  out.awaited = AwaitedCall{std::move(*call), {}};
  consultation_->instead = std::move(out);
  return false;
}

const Resource& ResourceCall::seenBy(const Webhook& webhook, const webhooks::Attempted& what) const {
  const Resource* found = webhooks::wantedAs(webhook, what, resource_, *backend_.kinds);
  return found ? *found : resource_;  // it is no longer served so
}

// What the webhook has said. False: it refuses the request.
bool ResourceCall::heard(const Webhook& webhook, const webhooks::Attempted& what, const api::ObjectPtr& fresh,
                         const api::ObjectPtr& old, Progress& progress) const {
  const webhooks::Verdict verdict =
      webhooks::verdictOf(*consultation_->reply, progress.uid, webhook.mutating, webhooks::shownUrl(webhook));
  consultation_->reply.reset();
  progress.uid.clear();
  if (!verdict.failure.empty()) {
    if (!webhook.fails_open) turnedDown(webhooks::failed(webhook.name, verdict.failure));
    return webhook.fails_open;
  }
  consultation_->warnings.insert(consultation_->warnings.end(), verdict.warnings.begin(), verdict.warnings.end());
  if (!verdict.allowed) {
    turnedDown(webhooks::denied(webhook.name, verdict.status));
    return false;
  }
  if (!verdict.no_patch.empty()) {
    turnedDown(webhooks::broken(verdict.no_patch));
    return false;
  }
  if (verdict.patch.is_null() || verdict.patch.empty()) return true;
  if (!fresh || path_.subresource == "scale") {
    turnedDown(webhooks::broken(
        fmt::format("admission webhook {} attempted to modify the object, which is not supported for this operation",
                    api::quoted(webhook.name))));
    return false;
  }
  return changedBy(verdict.patch, seenBy(webhook, what), fresh, old, progress);
}

// seen: as what the webhook has seen it.
bool ResourceCall::changedBy(const json& patch, const Resource& seen, const api::ObjectPtr& fresh,
                             const api::ObjectPtr& old, Progress& progress) const {
  const auto brokenBy = [this](const std::string& why) {
    turnedDown(webhooks::broken(why));
    return false;
  };
  json changed = objectDocument(fresh, seen.info);
  try {
    changed = changed.patch(patch);
  } catch (const json::exception& error) {
    return brokenBy(api::jsonProblem(error.what()));
  }
  ApiPath lenient = withValidation(path_, "Ignore");  // what a webhook adds is not the client's to answer for
  HttpAnswer failure;
  std::optional<SentObject> sent;
  if (kind_.kind == api::Kind::kEvent) {  // its fields have other names in the other group
    lenient.group = api::groupOf(seen.info.api_version);
    lenient.version = "v1";
    sent = ResourceCall(request_, lenient, seen, backend_, view_, nullptr)
               .fitting(changed.dump(), lenient, old, false, failure);
  } else {
    if (changed.is_object()) changed["apiVersion"] = kind_.api_version;  // it may have seen another one
    sent = fitting(changed.dump(), lenient, old, path_.subresource == "status", failure);
  }
  if (!sent) {
    if (failure.code != 422) return brokenBy(api::textAt(json::parse(failure.body, nullptr, false), {"message"}));
    turnedDown(std::move(failure));
    return false;
  }
  if (old && api::keyOf(*sent->object) != api::keyOf(*old)) return brokenBy("a webhook gives the object another name");
  progress.admitted = sent->object;
  return true;
}

}  // namespace jobset_twin::apiserver::http
