// resource_call.hpp - a request for one resource of one kind, taken apart by its verb: reads (resource_reads.cpp),
// writes (resource_writes.cpp), patches (resource_patches.cpp), what is below an object (resource_parts.cpp). Before a
// write what was sent is held to its kind's fields (resource_fitting.cpp) and webhooks are asked
// (resource_admission.cpp); resource_settling.cpp is what comes after it.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/apiserver/http/handler.hpp"
#include "sim/apiserver/http/object_documents.hpp"
#include "sim/apiserver/http/view.hpp"
#include "sim/apiserver/http/warning_headers.hpp"
#include "sim/apiserver/http/webhooks/consultation.hpp"
#include "sim/apiserver/http/webhooks/matching.hpp"
#include "sim/apiserver/http/write_options.hpp"

namespace jobset_twin::apiserver::http {

class ResourceCall {
 public:
  // consultation: null if no webhook is there to be asked. If it has an answer then, that is the answer.
  ResourceCall(const HttpRequest& request, const ApiPath& path, const Resource& resource, const Backend& backend,
               const View& view, webhooks::Consultation* consultation)
      : request_(request),
        path_(path),
        resource_(resource),
        kind_(resource.info),
        backend_(backend),
        view_(view),
        consultation_(consultation) {}
  HttpAnswer answer() const;

 private:
  api::ObjectKey key() const { return keyFor(kind_, path_.namespace_, path_.name); }
  // Executes a write as the query wants it: by whom, and whether in earnest.
  // fitted: what is to be stored of an apply, unless webhooks made something else of it.
  api::Response execute(api::Request write, OptionsOf of, const nlohmann::json& body_dry_run = nullptr,
                        const api::ObjectPtr& fitted = nullptr) const;
  // The same up to the execution; a refusal if it is not to be executed.
  api::Response prepared(api::Request& write, OptionsOf of, const nlohmann::json& body_dry_run = nullptr,
                         const api::ObjectPtr& fitted = nullptr) const;
  api::Response withOptions(api::Request& write, OptionsOf of, const nlohmann::json& body_dry_run = nullptr) const;
  // What would come of it, as it would come to webhooks.
  api::Response rehearsed(api::Request write, OptionsOf of) const;
  bool asksWebhooks() const;
  webhooks::Attempted attempted(const api::Request& write, bool present) const;
  api::Response consulted(api::Request& write, const api::ObjectPtr& fitted) const;
  api::Response askedInTurn(api::Request& write, const webhooks::Attempted& what, const api::ObjectPtr& old,
                            webhooks::Progress& progress) const;
  void keepIdentity(const api::Request& write, const api::Object& fresh, webhooks::Progress& progress) const;
  bool nameStands(webhooks::Progress& progress) const;
  bool askNext(const api::Request& write, const webhooks::Webhook& webhook, const webhooks::Attempted& what,
               const api::ObjectPtr& fresh, const api::ObjectPtr& old, webhooks::Progress& progress) const;
  const Resource& seenBy(const webhooks::Webhook& webhook, const webhooks::Attempted& what) const;
  bool heard(const webhooks::Webhook& webhook, const webhooks::Attempted& what, const api::ObjectPtr& fresh,
             const api::ObjectPtr& old, webhooks::Progress& progress) const;
  bool changedBy(const nlohmann::json& patch, const Resource& seen, const api::ObjectPtr& fresh,
                 const api::ObjectPtr& old, webhooks::Progress& progress) const;
  api::Response turnedDown(HttpAnswer answer) const;
  HttpAnswer refusedMethod() const;
  HttpAnswer refused(const api::Response& response) const;
  HttpAnswer ofResponse(const api::Response& response, int code = 200) const;
  HttpAnswer ofSubresource() const;
  HttpAnswer got() const;
  // What a list or watch is of. failure: a selector that cannot be read.
  std::optional<Selection> selection(HttpAnswer& failure) const;
  HttpAnswer listed() const;
  HttpAnswer watched() const;
  HttpAnswer created() const;
  HttpAnswer updated(api::Verb verb) const;
  // patch: as messages show it, if it is what comes of one and not what was sent.
  HttpAnswer replaced(const std::string& body, bool status, OptionsOf options = OptionsOf::kUpdate,
                      const std::string* patch = nullptr) const;
  // Of a kind that is defined here, or stored as a tree and known by a table.
  bool hasKnownFields() const;
  // The body as an object, which also fits what is known of its fields. Unknown ones are refused, told or passed over
  // as the query of `as` says.
  std::optional<SentObject> fitting(const std::string& body, const ApiPath& as, const api::ObjectPtr& old, bool status,
                                    HttpAnswer& failure, const std::string* patch = nullptr) const;
  // With its defaults and without what its kind does not know. False: it cannot be decoded, which is said in failure.
  bool decoded(nlohmann::json& object, const api::ObjectPtr& old, bool status, std::vector<std::string>& unknown,
               api::Errors& wrong, HttpAnswer& failure) const;
  // False: they are to be refused.
  bool knownFields(const std::vector<std::string>& unknown, const ApiPath& as, const std::string* patch,
                   HttpAnswer& failure) const;
  // What a client is told of an object that it has made. Not of those that a controller makes from a template, nor of
  // kinds that a client has brought along.
  std::vector<std::string> doubtsAbout(const api::ObjectPtr& made) const;
  // After every write that was done. fresh: it made the object.
  void settle(const api::Object& written, bool fresh) const;
  void furnish(const std::string& name) const;
  void establish(const api::Object& definition) const;
  HttpAnswer patched(bool status) const;
  HttpAnswer unknownPatch() const;
  // Server-side apply: 201 when it made the object.
  HttpAnswer applied(const nlohmann::json& body, bool status) const;
  // Unknown fields of what is applied. False: a refusal.
  bool appliesKnownFields(nlohmann::json& body, std::vector<std::string>& warnings, HttpAnswer& failure) const;
  // What would come of it, held to what is known of its fields; null: a refusal.
  api::ObjectPtr fittedApply(const api::Request& write, bool status, HttpAnswer& failure) const;
  // A patch of a typed kind, that the server of the store executes itself.
  HttpAnswer patchedByServer(const api::Patch& patch, const nlohmann::json& body, bool status) const;
  // Null: a refusal, of the options first.
  api::ObjectPtr toBePatched(HttpAnswer& failure) const;
  // On the object as it is; nothing comes between, so no version needs to be given.
  HttpAnswer jsonPatched(const nlohmann::json& patch, bool status) const;
  // Of a kind that is stored as a tree: its lists are merged as its fields say, where they are known.
  HttpAnswer strategicallyPatched(const nlohmann::json& patch, bool status) const;
  HttpAnswer mergePatched(const nlohmann::json& patch, bool status) const;
  HttpAnswer scale() const;
  HttpAnswer scaledTo(const api::Object& object, const nlohmann::json& now) const;
  HttpAnswer deletedOne(const api::ObjectKey& of, const api::DeleteOptions& options,
                        const nlohmann::json& dry_run) const;
  HttpAnswer deleted() const;
  HttpAnswer deletedCollection() const;
  // Whether webhooks let all of them go; a refusal if not, or if one is still to be asked.
  api::Response allowedToGo(const ObjectList& all, const api::DeleteOptions& options,
                            const nlohmann::json& dry_run) const;
  std::optional<HttpAnswer> namesAnother(const nlohmann::json& body, const char* kind) const;
  HttpAnswer bound() const;
  HttpAnswer evicted() const;
  HttpAnswer success(const api::Request& request, const nlohmann::json& dry_run = nullptr) const;

  const HttpRequest& request_;
  const ApiPath& path_;
  const Resource& resource_;
  const api::KindInfo& kind_;
  const Backend& backend_;
  const View view_;
  webhooks::Consultation* const consultation_;
};

// Paths of fields as messages tell of them.
std::vector<std::string> asUnknown(const std::vector<std::string>& paths);

// Answers that are made in several places.
HttpAnswer document(const nlohmann::json& value, int code = 200);
HttpAnswer noSuchResource();

}  // namespace jobset_twin::apiserver::http
