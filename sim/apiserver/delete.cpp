// delete.cpp - deletion: grace periods, finalizers, propagation (K-API-20 to 23). See write.hpp.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/apiserver/write.hpp"

namespace jobset_twin::apiserver {
namespace {

constexpr std::string_view kOrphan = "orphan", kForeground = "foregroundDeletion";

bool has(const std::vector<std::string>& finalizers, std::string_view name) {
  return std::find(finalizers.begin(), finalizers.end(), name) != finalizers.end();
}

// Whether the request asks for the finalizer: by its policy, else by what an earlier one left, else by the kind's
// default.
bool wants(const api::DeleteOptions& options, const std::vector<std::string>& finalizers, std::string_view finalizer,
           bool by_default) {
  switch (options.propagation) {
    case api::Propagation::kOrphan: return finalizer == kOrphan;
    case api::Propagation::kForeground: return finalizer == kForeground;
    case api::Propagation::kBackground: return false;
    case api::Propagation::kDefault: break;
  }
  for (const std::string& present : finalizers) {
    if (present == kOrphan || present == kForeground) return present == finalizer;
  }
  return by_default;
}

// Changes the finalizers as a DELETE asks; false when they stay as they are.
bool collectorFinalizers(const Strategy& strategy, const api::DeleteOptions& options,
                         std::vector<std::string>& finalizers) {
  const bool orphan = wants(options, finalizers, kOrphan, strategy.orphan_by_default);
  const bool foreground = wants(options, finalizers, kForeground, false);
  if (has(finalizers, kOrphan) == orphan && has(finalizers, kForeground) == foreground) return false;
  std::erase_if(finalizers, [](const std::string& name) { return name == kOrphan || name == kForeground; });
  if (orphan) finalizers.emplace_back(kOrphan);
  if (foreground) finalizers.emplace_back(kForeground);
  return true;
}

// For what has finalizers but no graceful deletion.
void markAsDeleting(api::Object& object, api::TimePoint now) {
  api::ObjectMeta& meta = object.meta;
  if (!meta.deletionTimestamp && meta.generation > 0) ++meta.generation;
  if (!meta.deletionTimestamp || *meta.deletionTimestamp > now) meta.deletionTimestamp = api::truncateToSeconds(now);
  meta.deletionGracePeriodSeconds = 0;
}

}  // namespace

bool goesAnyway(const api::Object& object, const api::DeleteOptions& options) {
  if (object.kind() != api::Kind::kPod || !object.meta.deletionTimestamp) return false;
  const std::int64_t running = object.meta.deletionGracePeriodSeconds.value_or(0);
  if (running == 0) return false;
  const std::int64_t asked = options.gracePeriodSeconds.value_or(running);
  return (asked < 0 ? 1 : asked) >= running;
}

// K-API-23: what is asked for, else the Pod's own; none for a Pod that does not run.
bool Write::podGrace(const api::Object& object, api::DeleteOptions& options) const {
  const api::Pod& pod = api::as<api::Pod>(object);
  std::int64_t period = options.gracePeriodSeconds.value_or(pod.spec->terminationGracePeriodSeconds.value_or(0));
  if (pod.nodeName.empty() || pod.status.phase == "Succeeded" || pod.status.phase == "Failed") period = 0;
  if (period < 0) period = 1;
  options.gracePeriodSeconds = period;
  return true;
}

// Sets or shortens the grace of a Pod (K-API-21); other kinds have none. The object is marked in memory only.
Write::Grace Write::beforeDelete(api::Object& object, api::DeleteOptions& options) {
  if (options.gracePeriodSeconds && *options.gracePeriodSeconds < 0) options.gracePeriodSeconds = 1;
  if (object.kind() != api::Kind::kPod) return {};
  api::ObjectMeta& meta = object.meta;
  if (!meta.deletionTimestamp) {
    podGrace(object, options);
    meta.deletionTimestamp = api::truncateToSeconds(now_ + std::chrono::seconds(*options.gracePeriodSeconds));
    meta.deletionGracePeriodSeconds = options.gracePeriodSeconds;
    if (meta.generation > 0) ++meta.generation;
    return {true, false};
  }
  const std::int64_t running = meta.deletionGracePeriodSeconds.value_or(0);
  if (running == 0) return {};
  if (goesAnyway(object, options)) return {false, true};
  std::int64_t period = *options.gracePeriodSeconds;
  api::TimePoint until = *meta.deletionTimestamp - std::chrono::seconds(running) + std::chrono::seconds(period);
  if (until < now_) {
    until = api::truncateToSeconds(now_);
    period = period == 0 ? 0 : 1;
  }
  meta.deletionTimestamp = until;
  meta.deletionGracePeriodSeconds = period;
  return {true, false};
}

api::Response Write::checkPreconditions(const api::DeleteOptions& options, const api::Object& old) const {
  if (!options.preconditionUid.empty() && options.preconditionUid != old.meta.uid) {
    return conflictError(
        names_.qualifiedKind(), names_.name,
        fmt::format(
            "the UID in the precondition ({}) does not match the UID in record ({}). The object might have been "
            "deleted and then recreated",
            options.preconditionUid, old.meta.uid));
  }
  if (options.preconditionResourceVersion != 0 && options.preconditionResourceVersion != old.meta.resourceVersion) {
    return conflictError(
        names_.qualifiedKind(), names_.name,
        fmt::format(
            "the ResourceVersion in the precondition ({}) does not match the ResourceVersion in record ({}). The "
            "object might have been modified",
            options.preconditionResourceVersion, old.meta.resourceVersion));
  }
  return {};
}

api::Response Write::remove(api::DeleteOptions options) {
  const api::ObjectPtr old = server_.store_.find(request_.key);
  if (!old) return notFoundError(names_);
  if (api::Response failed = checkPreconditions(options, *old); !failed.ok()) return failed;
  if (request_.key.kind == api::Kind::kGeneric && names_.kind == "Namespace") return removeNamespace(old);
  if (names_.kind == "CustomResourceDefinition" && names_.group == "apiextensions.k8s.io") return removeDefinition(old);
  if (strategy_.orphan_by_default && options.propagation == api::Propagation::kDefault) {
    // K-JOB-82, in upstream's words.
    warnings_.emplace_back(
        "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or "
        "set "
        "propagationPolicy=Orphan to suppress this warning");
  }

  api::MutableObjectPtr marked = api::edit(old);
  const Grace grace = beforeDelete(*marked, options);
  if (grace.pending) return answered(old);
  const bool finalizers_change = collectorFinalizers(strategy_, options, marked->meta.finalizers);
  const bool held = !marked->meta.finalizers.empty();
  if (!grace.graceful && held) markAsDeleting(*marked, now_);
  if (grace.graceful || held || finalizers_change) {
    // A Pod that goes at once is marked first, as two writes (registry store: updateForGracefulDeletionAndFinalizers,
    // then Delete).
    const api::Response response = commitUpdate(std::move(marked), old, true);
    const bool at_once = !held && (!grace.graceful || *options.gracePeriodSeconds == 0);
    if (!at_once || !response.ok()) return response;
    if (!server_.store_.find(request_.key)) return response;
  }
  return answered(erase());
}

// K-API-35: Terminating until it is empty, then it goes. Who empties it is told by its deletionTimestamp; there is no
// grace period, so that no other write makes it go. Its Events are no content: they stay.
api::Response Write::removeNamespace(const api::ObjectPtr& old) {
  if (names_.name == "default" || names_.name == "kube-system" || names_.name == "kube-public")
    return forbiddenError(names_, "this namespace may not be deleted");
  if (!old->meta.deletionTimestamp) {
    api::MutableObjectPtr marked = api::edit(old);
    marked->meta.deletionTimestamp = api::truncateToSeconds(now_);
    api::Generic& body = api::as<api::Generic>(*marked);
    nlohmann::json content = body.content.get();
    content["status"]["phase"] = "Terminating";
    body.content.set(std::move(content));
    return commitUpdate(std::move(marked), old, true);
  }
  for (std::size_t kind = 0; kind < api::kKindCount; ++kind) {
    if (static_cast<api::Kind>(kind) == api::Kind::kEvent) continue;
    if (!server_.list(static_cast<api::Kind>(kind), names_.name).empty()) return answered(old);
  }
  if (!old->meta.finalizers.empty()) return answered(old);
  return answered(erase());
}

}  // namespace jobset_twin::apiserver
