// write.hpp - one request being executed: the steps of reading, creating, updating and deleting, in the API server's
// order.
//
// Lives for one Server::execute. Source: apiserver v1.36 pkg/endpoints/handlers,
// pkg/registry/generic/registry/store.go, pkg/registry/rest/{create,update,delete}.go. update.cpp, delete.cpp,
// eviction.cpp and ownership.cpp hold the parts named after them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/server.hpp"
#include "sim/apiserver/strategy/strategy.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::apiserver {

class Write {
 public:
  Write(Server& server, const api::Request& request, api::TimePoint now, const WebhookView& webhooks);
  api::Response run();

 private:
  api::Response dispatch();
  api::Response get();
  api::Response create();
  api::Response createObject(const api::ObjectPtr& sent);
  api::Response update();  // PUT of the object or its status
  api::Response patch();
  api::Response bind();
  api::Response evict();                                                // eviction.cpp
  bool takeDisruption(const api::Object& pod, api::Response& refusal);  // false: refused
  api::Response checkPreconditions(const api::DeleteOptions& options, const api::Object& old) const;
  api::Response remove(api::DeleteOptions options);
  api::Response removeNamespace(const api::ObjectPtr& old);

  api::Response uidConflict(std::string_view wanted, const api::Object& old) const;
  std::string goneUnderPrecondition(std::string_view wanted) const;
  // The steps of an update, from the object as asked for to the store. `fresh` has the identity of `old`.
  api::Response storeUpdate(api::MutableObjectPtr fresh, const api::ObjectPtr& old, bool status);
  // The end of it: no-op check, deletion when the last finalizer went (K-API-20), store.
  api::Response commitUpdate(api::MutableObjectPtr fresh, const api::ObjectPtr& old, bool may_equal);

  bool hasGeneration() const;  // K-API-3

  // What webhooks of others, which are asked outside, made of the object. old: null of a create.
  void takeAdmitted(api::Object& object, const api::Object* old) const;

  // ownership.cpp: managedFields, server-side apply, dry run.
  bool keepsAccount() const;  // of who owns which fields
  bool dryRun() const;
  api::Response apply(bool status);
  api::Response storeApplied(nlohmann::json document, const api::ObjectPtr& old, bool status);
  // The managedFields after a write; old: null of a create. Without a manager those of `old`.
  api::Raw ownersAfter(const api::Object& fresh, const api::Object* old, bool status) const;
  bool ownersStay(const api::Object& fresh, const api::Object& old) const;

  // update.cpp: the patches. Each returns null when nothing changes; errors go to `failure`.
  api::MutableObjectPtr applyPatch(const api::ObjectPtr& old, bool status, api::Response& failure);

  // delete.cpp
  struct Grace {
    bool graceful = false, pending = false;
  };
  Grace beforeDelete(api::Object& object, api::DeleteOptions& options);
  // definition_removal.cpp: a CustomResourceDefinition goes after the last object of its kind.
  api::Response removeDefinition(const api::ObjectPtr& old);
  // After an object with that name in its key is gone: "<kind>.<group>/<name>".
  void finishDefinitionOf(std::string_view gone);
  api::ObjectPtr finishDefinition(const api::ObjectPtr& definition);  // as it is left, or was last
  bool podGrace(const api::Object& object, api::DeleteOptions& options) const;

  bool namespaceAllows(api::Response& failure) const;  // a create in it
  bool generateName(api::Object& object, api::Response& failure);
  std::string newUid(const api::ObjectKey& key) const;
  std::string drawText() const;  // what sets the draws of this write apart from others at this revision
  api::Response answered(api::ObjectPtr object);
  // The store's own, noting the write; in a dry run they give the object as it would be.
  api::ObjectPtr insert(api::MutableObjectPtr object);
  api::ObjectPtr replace(api::MutableObjectPtr object);
  api::ObjectPtr erase();
  api::ObjectPtr noted(api::ObjectPtr object, bool deleted);

  Server& server_;
  const api::Request& request_;
  api::TimePoint now_;
  const WebhookView& webhooks_;
  ResourceNames names_;
  std::vector<std::string> warnings_;
  StrategyContext context_;
  const Strategy& strategy_;
  std::optional<api::Raw> applied_owners_;  // of an apply: what managedFields become
};

// A name drawn for an object that says generateName (K-API-4).
std::string nameFrom(const std::string& generate_name, kernel::Stream& letters);

// Of a Pod: it is being deleted, and these options do not make it go sooner (K-API-21).
bool goesAnyway(const api::Object& object, const api::DeleteOptions& options);

// The general rules of metadata. `field` is "metadata".
void validateMeta(const api::Object& object, const Strategy& strategy, const ResourceNames& names, api::Errors& errors);
void validateMetaUpdate(const api::Object& fresh, const api::Object& old, const ResourceNames& names,
                        api::Errors& errors);

}  // namespace jobset_twin::apiserver
