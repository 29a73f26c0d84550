// field_manager.hpp - what a write does to who owns the fields: of updates, and of applied configurations, which are
// merged first and may conflict with what others own.
//
// On documents and managers; objects and requests are sim/apiserver/ownership.cpp. Not here: several versions of a kind
// at once (there is one of each). Source: structured-merge-diff v6 merge/update.go and apimachinery v0.36
// pkg/util/managedfields/internal.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/apiserver/apply/managers.hpp"
#include "sim/apiserver/apply/typed_document.hpp"

namespace jobset_twin::apiserver::apply {

struct Writer {
  std::string manager;
  std::string api_version;
  std::string time;
  bool status = false;        // by the status subresource: nothing else changes
  bool status_apart = false;  // otherwise: the status is not this write's to change
};

// After a write of any kind but an apply: what it changed is its own. `live` is the document before, or that of an
// empty object (empty_document.hpp).
Managers afterUpdate(const nlohmann::json& live, const nlohmann::json& fresh, Managers managers, const Writer& writer,
                     const Place& root);

struct Conflict {
  ManagerId manager;
  std::string field;  // ".spec.replicas"
};
struct Applied {
  nlohmann::json document;
  Managers managers;
  std::vector<Conflict> conflicts;  // then nothing else counts
};
// `empty`: the document of an empty object of the kind, equal to `live` when it is to be created.
Applied afterApply(const nlohmann::json& live, const nlohmann::json& empty, const nlohmann::json& wanted,
                   const Managers& managers, const Writer& writer, bool force, const Place& root);

// "Apply failed with 1 conflict: conflict with …"
std::string conflictMessage(const std::vector<Conflict>& conflicts);

}  // namespace jobset_twin::apiserver::apply
