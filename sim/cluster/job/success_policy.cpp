#include "sim/cluster/job/success_policy.hpp"

namespace jobset_twin::cluster::job {

std::optional<int> matchSuccessPolicy(const std::optional<api::JobSuccessPolicy>& policy, std::int32_t completions,
                                      const IndexSet& succeeded) {
  if (!policy || succeeded.empty()) return std::nullopt;
  for (std::size_t i = 0; i < policy->rules.size(); ++i) {
    const api::SuccessPolicyRule& rule = policy->rules[i];
    bool met = false;
    if (rule.succeededIndexes) {
      const IndexSet required = IndexSet::parse(*rule.succeededIndexes, completions);
      const std::int64_t have = succeeded.countCommon(required);
      met = have > 0 && (have == required.total() || (rule.succeededCount && have >= *rule.succeededCount));
    } else if (rule.succeededCount) {
      met = succeeded.total() >= *rule.succeededCount;
    }
    if (met) return static_cast<int>(i);
  }
  return std::nullopt;
}

}  // namespace jobset_twin::cluster::job
