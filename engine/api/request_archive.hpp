// request_archive.hpp - include this to save or load requests and answers (request.hpp) with the archives of
// archive.hpp.
#pragma once

#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/variant.hpp>
#include <cereal/types/vector.hpp>

#include "engine/api/archive.hpp"
#include "engine/api/request.hpp"

namespace jobset_twin::api {

template <class Archive>
void serialize(Archive& ar, ObjectKey& key) {
  ar(key.kind, key.namespace_, key.name);
}
template <class Archive>
void serialize(Archive& ar, MergePatch& patch) {
  ar(patch.body);
}
template <class Archive>
void serialize(Archive& ar, StrategicMergePatch& patch) {
  ar(patch.body);
}
template <class Archive>
void serialize(Archive& ar, RemoveFinalizer& patch) {
  ar(patch.name);
}
template <class Archive>
void serialize(Archive& ar, SetConditions& patch) {
  ar(patch.conditions, patch.phase, patch.reason, patch.message, patch.nominatedNodeName);
}
template <class Archive>
void serialize(Archive& ar, PodStatusPatch& patch) {
  ar(patch.status);
}
template <class Archive>
void serialize(Archive& ar, AnnotationPatch& patch) {
  ar(patch.annotations);
}
template <class Archive>
void serialize(Archive& ar, ApplyPatch& patch) {
  ar(patch.body);
}
template <class Archive>
void serialize(Archive& ar, DeleteOptions& options) {
  ar(options.propagation, options.gracePeriodSeconds, options.preconditionUid, options.preconditionResourceVersion);
}
template <class Archive>
void serialize(Archive& ar, WriteOptions& options) {
  // What is on its way to webhooks of others is never saved: such a write is executed at once.
  ar(options.field_manager, options.force, options.dry_run);
}
template <class Archive>
void serialize(Archive& ar, Request& request) {
  // A new member does not compile until it stands here too.
  auto& [verb, key, object, patch, delete_options, node, patch_resource_version, options] = request;
  bool present = options.present();
  ar(verb, key, object, patch, delete_options, node, patch_resource_version, present);
  if (!present) return;
  WriteOptions held = options.get();
  ar(held);
  options = Shared<WriteOptions>(std::move(held));
}
template <class Archive>
void serialize(Archive& ar, Cause& cause) {
  ar(cause.reason, cause.message, cause.field);
}
template <class Archive>
void serialize(Archive& ar, Response& response) {
  auto& [reason, message, causes, retry_after_seconds, object, warnings] = response;
  ar(reason, message, causes, retry_after_seconds, object, warnings);
}

}  // namespace jobset_twin::api
