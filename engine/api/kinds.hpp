// kinds.hpp - the kinds that this program knows by name: resource names, short names, scope. Typed ones and well-known
// stored ones.
#pragma once

#include <string_view>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::api {

struct KindInfo {
  Kind kind;  // kGeneric: stored, not typed
  std::string_view api_version, name, plural, singular;
  std::vector<std::string_view> short_names;
  bool namespaced;
  bool custom = false;  // defined by a CustomResourceDefinition
};

const std::vector<KindInfo>& knownKinds();

// By apiVersion and kind; nullptr when not known.
const KindInfo* findKind(std::string_view api_version, std::string_view name);
// The entry of a typed kind (core/v1 for Events).
const KindInfo& kindInfo(Kind kind);
// By what a user types: plural, singular, short name, kind in any case, "jobs.batch".
const KindInfo* findResource(std::string_view word);
// "jobs.batch", "pods": as error messages name a resource. Unknown kinds: lower case plus "s".
std::string resourceName(std::string_view api_version, std::string_view kind);
// Whether objects of that kind live in a namespace; unknown kinds do if the object names one.
bool isNamespaced(const Object& object);

}  // namespace jobset_twin::api
