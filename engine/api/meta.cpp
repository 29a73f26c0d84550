#include "engine/api/meta.hpp"

#include <algorithm>

namespace jobset_twin::api {

const Condition* findCondition(const std::vector<Condition>& conditions, std::string_view type) {
  const auto at =
      std::find_if(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.type == type; });
  return at == conditions.end() ? nullptr : &*at;
}

Condition* findCondition(std::vector<Condition>& conditions, std::string_view type) {
  const auto at =
      std::find_if(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.type == type; });
  return at == conditions.end() ? nullptr : &*at;
}

bool conditionIs(const std::vector<Condition>& conditions, std::string_view type, std::string_view status) {
  const Condition* condition = findCondition(conditions, type);
  return condition && condition->status == status;
}

const OwnerReference* controllerOf(const ObjectMeta& meta) {
  for (const OwnerReference& owner : *meta.ownerReferences) {
    if (owner.controller.value_or(false)) return &owner;
  }
  return nullptr;
}

}  // namespace jobset_twin::api
