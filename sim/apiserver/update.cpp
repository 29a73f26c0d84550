// update.cpp - PUT and PATCH: preconditions, what an update may not change, patches, no-op writes (K-API-2, 10, 11).
// See write.hpp.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/content.hpp"
#include "engine/api/names.hpp"
#include "sim/apiserver/admission.hpp"
#include "sim/apiserver/content.hpp"
#include "sim/apiserver/patch_json.hpp"
#include "sim/apiserver/write.hpp"

namespace jobset_twin::apiserver {
namespace {

bool isStatus(api::Verb verb) { return verb == api::Verb::kUpdateStatus || verb == api::Verb::kPatchStatus; }

// Replaces conditions by type, keeps the others and the order; false when nothing changed.
bool mergeConditions(std::vector<api::Condition>& into, const std::vector<api::Condition>& from) {
  bool changed = false;
  for (const api::Condition& condition : from) {
    if (api::Condition* present = api::findCondition(into, condition.type)) {
      if (*present == condition) continue;
      *present = condition;
    } else {
      into.push_back(condition);
    }
    changed = true;
  }
  return changed;
}

bool setString(std::string& to, const std::optional<std::string>& value) {
  if (!value || to == *value) return false;
  to = *value;
  return true;
}

bool setConditions(api::Object& object, const api::SetConditions& patch) {
  std::vector<api::Condition>* conditions = conditionsOf(object);
  TWIN_ASSERT(conditions, "a patch of conditions on a kind that has none", object.meta.name);
  bool changed = mergeConditions(*conditions, patch.conditions);
  if (object.kind() != api::Kind::kPod) {
    TWIN_ASSERT(!patch.phase && !patch.reason && !patch.message && !patch.nominatedNodeName,
                "Pod fields for another kind", object.meta.name);
    return changed;
  }
  api::PodStatus& status = api::as<api::Pod>(object).status;
  changed |= setString(status.phase, patch.phase);
  changed |= setString(status.reason, patch.reason);
  changed |= setString(status.message, patch.message);
  changed |= setString(status.nominatedNodeName, patch.nominatedNodeName);
  return changed;
}

// The kubelet's view replaces the old one, but for what others own: conditions of other types, nominatedNodeName,
// qosClass.
bool setPodStatus(api::Object& object, const api::PodStatusPatch& patch) {
  api::PodStatus& status = api::as<api::Pod>(object).status;
  api::PodStatus fresh = patch.status;
  std::vector<api::Condition> conditions = std::move(status.conditions);
  std::swap(conditions, fresh.conditions);  // fresh: the old ones; conditions: the patch's
  bool changed = mergeConditions(fresh.conditions, conditions);
  fresh.nominatedNodeName = status.nominatedNodeName;
  fresh.qosClass = status.qosClass;
  if (fresh.observedGeneration == 0) fresh.observedGeneration = status.observedGeneration;
  for (api::Raw api::PodStatus::*kept :
       {&api::PodStatus::ephemeralContainerStatuses, &api::PodStatus::resourceClaimStatuses, &api::PodStatus::resize}) {
    if (!(fresh.*kept).present()) fresh.*kept = status.*kept;
  }
  status.conditions = fresh.conditions;
  if (!changed) changed = !samePodStatus(status, fresh);
  status = std::move(fresh);
  return changed;
}

bool allowsNewFinalizers(const std::vector<std::string>& fresh, const std::vector<std::string>& old,
                         std::vector<std::string>& added) {
  for (const std::string& name : fresh) {
    if (std::find(old.begin(), old.end(), name) == old.end()) added.push_back(name);
  }
  return added.empty();
}

}  // namespace

api::Response Write::uidConflict(std::string_view wanted, const api::Object& old) const {
  return conflictError(
      names_.qualifiedResource(), names_.name,
      fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}", wanted, old.meta.uid));
}

// A PUT carries its UID as a precondition, which an absent object fails before it is missed (K-API-13).
std::string Write::goneUnderPrecondition(std::string_view wanted) const {
  const std::string prefix = request_.key.kind == api::Kind::kJobSet ? names_.group + "/" : std::string();
  std::string_view path = names_.resource;  // where the registry keeps the kind
  if (request_.key.kind == api::Kind::kNode) path = "minions";
  if (request_.key.kind == api::Kind::kService) path = "services/specs";
  const std::string scope = names_.namespaced ? request_.key.namespace_ + "/" : std::string();
  return fmt::format(
      "StorageError: invalid object, Code: 4, Key: /registry/{}{}/{}{}, ResourceVersion: 0, AdditionalErrorMsg: "
      "Precondition "
      "failed: UID in precondition: {}, UID in object meta: ",
      prefix, path, scope, names_.name, wanted);
}

api::Response Write::update() {
  TWIN_ASSERT(request_.object, "an update without an object");
  const bool status = isStatus(request_.verb);
  const KindInfo& info = apiserver::kindInfo(request_.key.kind);
  if (status && !info.status_subresource) return notFoundError(names_);
  const api::ObjectPtr old = server_.store_.find(request_.key);
  const std::string& uid = request_.object->meta.uid;
  if (!old && !uid.empty()) return conflictError(names_.qualifiedResource(), names_.name, goneUnderPrecondition(uid));
  if (!old) return notFoundError(names_);
  if (!uid.empty() && uid != old->meta.uid) return uidConflict(uid, *old);
  const std::int64_t asked = request_.object->meta.resourceVersion;
  if (asked == 0 && !names_.unconditional_update) {
    return invalidError(names_.qualifiedKind(), names_.name,
                        {api::invalidValue("metadata.resourceVersion", "0", "must be specified for an update")});
  }
  if (asked != 0 && asked != old->meta.resourceVersion) return modifiedConflict(names_);
  api::MutableObjectPtr fresh = api::edit(request_.object);
  if (!status && strategy_.defaults) strategy_.defaults(*fresh);
  return storeUpdate(std::move(fresh), old, status);
}

api::Response Write::patch() {
  const bool status = isStatus(request_.verb);
  if (status && !apiserver::kindInfo(request_.key.kind).status_subresource) return notFoundError(names_);
  if (std::holds_alternative<api::ApplyPatch>(request_.patch)) return apply(status);
  const api::ObjectPtr old = server_.store_.find(request_.key);
  if (!old) return notFoundError(names_);
  if (request_.patch_resource_version != 0 && request_.patch_resource_version != old->meta.resourceVersion)
    return modifiedConflict(names_);
  api::Response failure;
  const bool json = std::holds_alternative<api::MergePatch>(request_.patch) ||
                    std::holds_alternative<api::StrategicMergePatch>(request_.patch);
  if (json) {
    api::MutableObjectPtr fresh = patchedByJson(*old, request_.patch, names_, failure);
    if (!fresh) return failure;
    if (fresh->meta.uid != old->meta.uid) return uidConflict(fresh->meta.uid, *old);
    if (fresh->meta.resourceVersion != old->meta.resourceVersion) return modifiedConflict(names_);
    if (!status && strategy_.defaults) strategy_.defaults(*fresh);
    return storeUpdate(std::move(fresh), old, status);
  }
  api::MutableObjectPtr fresh = applyPatch(old, status, failure);
  if (!fresh) return failure.ok() ? answered(old) : failure;
  if (status && strategy_.validateStatus) {
    api::Errors errors;
    strategy_.validateStatus(context_, *fresh, *old, errors);
    if (!errors.empty()) return invalidError(names_.qualifiedKind(), names_.name, errors);
  }
  return commitUpdate(std::move(fresh), old, false);
}

// The typed patches: no JSON, no copies but the new object.
api::MutableObjectPtr Write::applyPatch(const api::ObjectPtr& old, bool status, api::Response& failure) {
  if (const auto* conditions = std::get_if<api::SetConditions>(&request_.patch)) {
    TWIN_ASSERT(status, "a patch of conditions goes to the status subresource", names_.name);
    api::MutableObjectPtr fresh = api::edit(old);
    return setConditions(*fresh, *conditions) ? fresh : nullptr;
  }
  if (const auto* pod_status = std::get_if<api::PodStatusPatch>(&request_.patch)) {
    TWIN_ASSERT(status && old->kind() == api::Kind::kPod, "a patch of a Pod's status elsewhere", names_.name);
    api::MutableObjectPtr fresh = api::edit(old);
    return setPodStatus(*fresh, *pod_status) ? fresh : nullptr;
  }
  if (const auto* finalizer = std::get_if<api::RemoveFinalizer>(&request_.patch)) {
    const auto& names = old->meta.finalizers;
    if (std::find(names.begin(), names.end(), finalizer->name) == names.end()) return nullptr;
    api::MutableObjectPtr fresh = api::edit(old);
    std::erase(fresh->meta.finalizers, finalizer->name);
    return fresh;
  }
  if (const auto* annotations = std::get_if<api::AnnotationPatch>(&request_.patch)) {
    api::MutableObjectPtr fresh = api::edit(old);
    fresh->meta.annotations.setAll(annotations->annotations);
    if (fresh->meta.annotations == old->meta.annotations) return nullptr;
    const api::Errors errors = api::annotationsErrors("metadata.annotations", fresh->meta.annotations);
    if (errors.empty()) return fresh;
    failure = invalidError(names_.qualifiedKind(), names_.name, errors);
    return nullptr;
  }
  failure = badRequest("an empty patch");
  return nullptr;
}

api::Response Write::storeUpdate(api::MutableObjectPtr fresh, const api::ObjectPtr& old, bool status) {
  api::ObjectMeta& meta = fresh->meta;
  if (status) {  // K-API-11: the status alone
    api::MutableObjectPtr kept = api::edit(old);
    copyStatus(*kept, *fresh);
    const api::WriteOptions& options = request_.options.get();
    if (options.until_webhooks) return answered(kept);
    if (options.admitted) copyStatus(*kept, *options.admitted);
    fresh = std::move(kept);
    fresh->meta.managedFields = ownersAfter(*fresh, old.get(), true);
    if (strategy_.prepareStatus) strategy_.prepareStatus(context_, *fresh, *old);
    api::Errors errors;
    if (strategy_.validateStatus) strategy_.validateStatus(context_, *fresh, *old, errors);
    if (!errors.empty()) return invalidError(names_.qualifiedKind(), names_.name, errors);
    return commitUpdate(std::move(fresh), old, true);
  }
  carryStatus(*fresh, *old);
  meta.uid = old->meta.uid;
  meta.creationTimestamp = old->meta.creationTimestamp;
  meta.deletionTimestamp = old->meta.deletionTimestamp;
  meta.deletionGracePeriodSeconds = old->meta.deletionGracePeriodSeconds;
  meta.generation = old->meta.generation;
  meta.selfLink.clear();
  meta.managedFields = ownersAfter(*fresh, old.get(), false);
  Admission admission{context_, webhooks_, names_};
  api::Response failure;
  if (!admission.mutateUpdate(*fresh, *old, failure)) return failure;
  if (request_.options.get().until_webhooks) return answered(fresh);
  if (request_.options.get().admitted) takeAdmitted(*fresh, old.get());
  if (strategy_.prepareUpdate) strategy_.prepareUpdate(context_, *fresh, *old);
  if (hasGeneration() && !sameSpec(*fresh, *old)) ++meta.generation;

  api::Errors errors;
  validateMetaUpdate(*fresh, *old, names_, errors);
  if (strategy_.validateUpdate) strategy_.validateUpdate(context_, *fresh, *old, errors);
  if (!errors.empty()) return invalidError(names_.qualifiedKind(), names_.name, errors);
  if (!admission.validateUpdate(*fresh, *old, failure)) return failure;
  return commitUpdate(std::move(fresh), old, true);
}

api::Response Write::commitUpdate(api::MutableObjectPtr fresh, const api::ObjectPtr& old, bool may_equal) {
  if (may_equal && api::semanticallyEqual(*fresh, *old) && ownersStay(*fresh, *old)) return answered(old);
  const bool last_finalizer_gone = fresh->meta.finalizers.empty() && old->meta.deletionGracePeriodSeconds == 0;
  if (last_finalizer_gone) return answered(erase());
  return answered(replace(std::move(fresh)));
}

void validateMeta(const api::Object& object, const Strategy& strategy, const ResourceNames& names,
                  api::Errors& errors) {
  const api::ObjectMeta& meta = object.meta;
  const auto name_errors = strategy.nameErrors ? strategy.nameErrors : api::dns1123SubdomainErrors;
  if (!meta.generateName.empty()) {
    std::string prefix = meta.generateName;  // a trailing dash is completed by the suffix
    if (prefix.ends_with('-')) prefix.back() = 'a';
    for (const std::string& message : name_errors(prefix)) {
      errors.push_back(api::invalidValue("metadata.generateName", api::quoted(meta.generateName), message));
    }
  }
  if (meta.name.empty()) {
    errors.push_back(api::requiredValue("metadata.name", "name or generateName is required"));
  } else {
    for (const std::string& message : name_errors(meta.name))
      errors.push_back(api::invalidValue("metadata.name", api::quoted(meta.name), message));
  }
  if (names.namespaced) {
    for (const std::string& message : api::dns1123LabelErrors(meta.namespace_)) {
      errors.push_back(api::invalidValue("metadata.namespace", api::quoted(meta.namespace_), message));
    }
  }
  for (api::Error& error : api::labelsErrors("metadata.labels", meta.labels)) errors.push_back(std::move(error));
  for (api::Error& error : api::annotationsErrors("metadata.annotations", meta.annotations))
    errors.push_back(std::move(error));
  const api::OwnerReference* controller = nullptr;
  for (std::size_t i = 0; i < meta.ownerReferences->size(); ++i) {
    const api::OwnerReference& owner = (*meta.ownerReferences)[i];
    const std::string field = fmt::format("metadata.ownerReferences[{}]", i);
    if (owner.apiVersion.empty())
      errors.push_back(api::invalidValue(field + ".apiVersion", "\"\"", "version must not be empty"));
    if (owner.kind.empty()) errors.push_back(api::invalidValue(field + ".kind", "\"\"", "kind must not be empty"));
    if (owner.name.empty()) errors.push_back(api::invalidValue(field + ".name", "\"\"", "name must not be empty"));
    if (owner.uid.empty()) errors.push_back(api::invalidValue(field + ".uid", "\"\"", "uid must not be empty"));
    if (!owner.controller.value_or(false)) continue;
    if (controller) {
      errors.push_back(api::invalidValue(
          "metadata.ownerReferences", "[]",
          fmt::format("Only one reference can have Controller set to true. Found \"true\" in references for "
                      "{}/{} and {}/{}",
                      controller->kind, controller->name, owner.kind, owner.name)));
    }
    controller = &owner;
  }
  for (const std::string& finalizer : meta.finalizers) {
    for (const std::string& message : api::qualifiedNameErrors(finalizer)) {
      errors.push_back(api::invalidValue("metadata.finalizers", api::quoted(finalizer), message));
    }
  }
  const auto has = [&](std::string_view name) {
    return std::find(meta.finalizers.begin(), meta.finalizers.end(), name) != meta.finalizers.end();
  };
  if (has("orphan") && has("foregroundDeletion")) {
    errors.push_back(
        api::invalidValue("metadata.finalizers", "[]", "finalizers foregroundDeletion and orphan cannot be both set"));
  }
}

void validateMetaUpdate(const api::Object& fresh, const api::Object& old, const ResourceNames& names,
                        api::Errors& errors) {
  static const Strategy names_were_checked{};
  if (!fresh.meta.labels.sameAs(old.meta.labels) || !fresh.meta.annotations.sameAs(old.meta.annotations) ||
      !fresh.meta.ownerReferences.sameAs(old.meta.ownerReferences) || fresh.meta.finalizers != old.meta.finalizers) {
    api::Errors found;
    validateMeta(fresh, names_were_checked, names, found);
    for (api::Error& error : found) {
      if (!error.field.starts_with("metadata.name") && error.field != "metadata.generateName")
        errors.push_back(std::move(error));
    }
  }
  std::vector<std::string> added;
  if (old.meta.deletionTimestamp && !allowsNewFinalizers(fresh.meta.finalizers, old.meta.finalizers, added)) {
    std::string list;
    for (const std::string& name : added) list += (list.empty() ? "" : ", ") + api::quoted(name);
    errors.push_back(api::forbiddenField(
        "metadata.finalizers",
        fmt::format(
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
            list)));
  }
}

}  // namespace jobset_twin::apiserver
