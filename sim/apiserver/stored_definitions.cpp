#include "sim/apiserver/stored_definitions.hpp"

namespace jobset_twin::apiserver {

std::vector<api::ObjectPtr> storedDefinitions(const Store& store) {
  constexpr const char* kType = "CustomResourceDefinition.apiextensions.k8s.io/";
  std::vector<api::ObjectPtr> out;
  const Store::Objects& all = store.all(api::Kind::kGeneric);
  for (auto at = all.lower_bound({"", kType}); at != all.end() && at->first.first.empty(); ++at) {
    if (!at->first.second.starts_with(kType)) break;
    out.push_back(at->second);
  }
  return out;
}

}  // namespace jobset_twin::apiserver
