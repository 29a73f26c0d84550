// ownership.cpp - who owns which fields, as writes of clients from outside change it; server-side apply (K-API-6).
//
// The rules are those of sim/apiserver/apply/. Source: apiserver v0.36 pkg/endpoints/handlers/{create,update,patch}.go:
// fields are taken account of after decoding and defaults and before mutating admission, so nobody owns what admission
// adds. A write that names no manager (all of the cluster's own components) costs nothing here and leaves the account
// as it is.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/kinds.hpp"
#include "engine/api/read.hpp"
#include "engine/api/write.hpp"
#include "sim/apiserver/apply/defined_schema.hpp"
#include "sim/apiserver/apply/empty_document.hpp"
#include "sim/apiserver/apply/field_manager.hpp"
#include "sim/apiserver/strategy/pod_spec.hpp"
#include "sim/apiserver/write.hpp"

namespace jobset_twin::apiserver {
namespace {

using nlohmann::json;

apply::Writer writerOf(const api::WriteOptions& options, const api::Object& object, api::TimePoint now, bool status) {
  apply::Writer out;
  out.manager = options.field_manager;
  out.api_version = api::apiVersionOf(object);
  out.time = api::formatTime(now);
  out.status = status;
  out.status_apart = apiserver::kindInfo(object.kind()).status_subresource;
  return out;
}

// As it stands after decoding. The defaults of a Pod's spec are worked out later here, with admission.
json decodedDocument(const api::Object& object) {
  if (object.kind() != api::Kind::kPod) return apply::fullDocument(object);
  const api::MutableObjectPtr copy = api::edit(object);
  api::PodSpec& spec = api::as<api::Pod>(*copy).spec.mut();
  defaultPodSpec(spec);
  defaultRequestsFromLimits(spec);
  return apply::fullDocument(*copy);
}

api::Raw rawOf(const apply::Managers& managers) {
  return managers.empty() ? api::Raw() : api::Raw(apply::managedFields(managers));
}

template <std::size_t At = 0>
api::Body bodyOfKind(api::Kind kind) {
  if constexpr (At < api::kKindCount) {
    return static_cast<std::size_t>(kind) == At ? api::Body(std::in_place_index<At>) : bodyOfKind<At + 1>(kind);
  } else {
    return api::Generic();
  }
}

// An object of the kind that a configuration says it is of, with nothing in it. Null: the request's target is of
// another kind.
api::ObjectPtr modelOf(const json& wanted, const api::ObjectKey& target) {
  const std::string version = api::textAt(wanted, {"apiVersion"});
  api::Body body = bodyOfKind(target.kind);
  if (auto* generic = std::get_if<api::Generic>(&body)) {
    *generic = {version, api::textAt(wanted, {"kind"}), {}};
  } else if (auto* event = std::get_if<api::Event>(&body)) {
    event->core = version == "v1";
  }
  const api::MutableObjectPtr out = api::makeObject(std::move(body));
  out->meta.namespace_ = target.namespace_;
  out->meta.name = namesOf(target).name;
  return api::keyOf(*out) == target ? out : nullptr;
}

// What an applied configuration may not be, whatever is in the store.
std::string refusedConfiguration(const json& wanted, const api::Object& model, std::string_view name,
                                 std::string_view namespace_) {
  if (!wanted.is_object()) return "error decoding YAML: the configuration must be an object";
  const std::string version = api::textAt(wanted, {"apiVersion"}), kind = api::textAt(wanted, {"kind"});
  if (version != api::apiVersionOf(model)) {
    return fmt::format("Incorrect version specified in apply patch. Specified patch version: {}, expected: {}", version,
                       api::apiVersionOf(model));
  }
  if (kind != api::kindNameOf(model)) {
    return fmt::format("the kind in the data ({}) does not match the expected kind ({})", kind, api::kindNameOf(model));
  }
  const json metadata = wanted.value("metadata", json::object());
  if (!metadata.is_object()) return "error decoding YAML: metadata must be an object";
  if (metadata.contains("managedFields") && !metadata["managedFields"].is_null())
    return "metadata.managedFields must be nil";
  if (const std::string given = api::textAt(metadata, {"name"}); !given.empty() && given != name)
    return fmt::format("the name of the object ({}) does not match the name on the URL ({})", given, name);
  if (const std::string given = api::textAt(metadata, {"namespace"}); !given.empty() && given != namespace_) {
    return fmt::format("the namespace of the object ({}) does not match the namespace on the request ({})", given,
                       namespace_);
  }
  return {};
}

api::Response conflicted(const std::vector<apply::Conflict>& conflicts) {
  api::Response out;
  out.reason = api::Reason::kConflict;
  out.message = apply::conflictMessage(conflicts);
  for (const apply::Conflict& one : conflicts)
    out.causes.push_back({"FieldManagerConflict", "conflict with " + apply::shown(one.manager), one.field});
  return out;
}

}  // namespace

bool Write::keepsAccount() const { return request_.options.present() && !request_.options->field_manager.empty(); }
bool Write::dryRun() const { return request_.options.present() && request_.options->dry_run; }

api::Raw Write::ownersAfter(const api::Object& fresh, const api::Object* old, bool status) const {
  if (applied_owners_) return *applied_owners_;
  const api::Raw kept = old ? old->meta.managedFields : api::Raw();
  if (!keepsAccount()) return kept;
  apply::Managers managers = apply::managersOf(kept.get()).value_or(apply::Managers());
  if (!status && old) {  // who sends entries may change them
    const json& sent = fresh.meta.managedFields.get();
    if (apply::forgetsManagers(sent)) {
      managers.clear();
    } else if (const std::optional<apply::Managers> given = apply::managersOf(sent); given && !given->empty()) {
      managers = *given;
    }
    // What was never accounted for stays so until somebody applies.
    if (managers.empty()) return {};
  }
  if (status && managers.empty()) return {};
  const json before = old ? apply::fullDocument(*old) : apply::emptyDocument(fresh);
  const apply::DefinedSchema defined(fresh, server_.store_);
  return rawOf(apply::afterUpdate(before, decodedDocument(fresh), std::move(managers),
                                  writerOf(*request_.options, fresh, now_, status),
                                  apply::rootOf(fresh, defined.table())));
}

bool Write::ownersStay(const api::Object& fresh, const api::Object& old) const {
  return !keepsAccount() || apply::sameOwners(fresh.meta.managedFields.get(), old.meta.managedFields.get());
}

api::Response Write::apply(bool status) {
  const api::ObjectPtr old = server_.store_.find(request_.key);
  const json& wanted = std::get<api::ApplyPatch>(request_.patch).body.get();
  if (!keepsAccount()) return badRequest("an apply needs a field manager");
  if (!old && status) return notFoundError(names_);
  const api::ObjectPtr model = old ? old : modelOf(wanted, request_.key);
  if (!model) return badRequest("the configuration is not of the kind of the resource");
  if (const std::string problem = refusedConfiguration(wanted, *model, names_.name, request_.key.namespace_);
      !problem.empty())
    return badRequest(problem);
  const apply::DefinedSchema defined(*model, server_.store_);
  const apply::Place root = apply::rootOf(*model, defined.table());
  if (const std::string problem = apply::problemsOf(wanted, root); !problem.empty()) {
    api::Response refused;
    refused.reason = api::Reason::kInternalError;
    refused.message =
        fmt::format("failed to create typed patch object ({}/{}; {}, Kind={}): {}", request_.key.namespace_,
                    names_.name, api::apiVersionOf(*model), api::kindNameOf(*model), problem);
    return refused;
  }
  const json empty = apply::emptyDocument(*model);
  const json live = old ? apply::fullDocument(*old) : empty;
  const std::optional<apply::Managers> managers =
      old ? apply::managersOf(old->meta.managedFields.get()) : std::optional<apply::Managers>(apply::Managers());
  apply::Applied applied =
      apply::afterApply(live, empty, wanted, managers.value_or(apply::Managers()),
                        writerOf(*request_.options, *model, now_, status), request_.options->force, root);
  if (!applied.conflicts.empty()) return conflicted(applied.conflicts);
  applied_owners_ = rawOf(applied.managers);
  return storeApplied(std::move(applied.document), old, status);
}

api::Response Write::storeApplied(json document, const api::ObjectPtr& old, bool status) {
  if (!old) {
    document["metadata"]["name"] = names_.name;
    if (names_.namespaced) document["metadata"]["namespace"] = request_.key.namespace_;
  }
  api::Result<api::ObjectPtr> read = api::fromJson(document, api::Validation::kIgnore);
  if (!read) {
    return request_.key.kind == api::Kind::kJobSet ? invalidError(names_.qualifiedKind(), names_.name, read.errors())
                                                   : badRequest(joinErrors(read.errors()));
  }
  if (!old) {
    if (const std::string& uid = (*read)->meta.uid; !uid.empty()) {
      return conflictError(
          names_.qualifiedResource(), names_.name,
          fmt::format("uid mismatch: the provided object specified uid {}, and no existing object was found", uid));
    }
    return createObject(*read);
  }
  if ((*read)->meta.uid != old->meta.uid) return uidConflict((*read)->meta.uid, *old);
  if ((*read)->meta.resourceVersion != old->meta.resourceVersion) return modifiedConflict(names_);
  api::MutableObjectPtr fresh = api::edit(*read);
  if (!status && strategy_.defaults) strategy_.defaults(*fresh);
  return storeUpdate(std::move(fresh), old, status);
}

}  // namespace jobset_twin::apiserver
