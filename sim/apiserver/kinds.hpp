// kinds.hpp - what the API server knows of each kind: its resource name in errors, its scope, and which of the general
// rules of writing it follows. Kinds that are stored as generic trees are known by group and name; unknown ones count
// as custom resources.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/object.hpp"

namespace jobset_twin::apiserver {

struct KindInfo {
  std::string_view kind, group;
  std::string_view resource;  // "jobs"
  bool namespaced = true;
  bool status_subresource = false;
  bool unconditional_update = true;  // PUT without resourceVersion (K-API-10)
};

// Of a typed kind; of kGeneric a placeholder.
const KindInfo& kindInfo(api::Kind kind);

// What an object or key is called in messages.
struct ResourceNames {
  std::string kind, group, resource, name;
  bool namespaced = true, unconditional_update = true;

  std::string qualifiedResource() const;  // "jobs.batch"
  std::string qualifiedKind() const;      // "Job.batch"
};
ResourceNames namesOf(const api::ObjectKey& key);

}  // namespace jobset_twin::apiserver
