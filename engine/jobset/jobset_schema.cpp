#include "engine/jobset/jobset_schema.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/check.hpp"
#include "engine/api/content.hpp"
#include "engine/api/schema_check.hpp"
#include "engine/api/tree.hpp"
#include "engine/api/write.hpp"
#include "engine/jobset/startup_policy.hpp"
#include "engine/jobset/validation_errors.hpp"

namespace jobset_twin::jobset {
namespace {

constexpr std::string_view kImmutable = "Value is immutable";
constexpr std::string_view kExclusive = "StartupPolicy and DependsOn APIs are mutually exclusive";

const api::JobSetSpec& specOf(const api::Object& jobset) { return *api::as<api::JobSet>(jobset).spec; }

template <class T>
void checkUnchanged(std::string_view field, std::string_view type, const std::optional<T>& before,
                    const std::optional<T>& after, api::Errors& errors) {
  if (before && after && !api::sameContent(typeTable(type), *before, *after))
    errors.push_back(invalidFieldWithoutValue(field, kImmutable));
}

bool sameClaims(const std::vector<api::VolumeClaimPolicy>& a, const std::vector<api::VolumeClaimPolicy>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return api::sameContent(typeTable("VolumeClaimPolicy"), x, y);
  });
}

// CEL compares list-maps without their order.
bool sameDependencies(const std::vector<api::DependsOn>& a, const std::vector<api::DependsOn>& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const api::DependsOn& one) {
           return std::any_of(b.begin(), b.end(), [&](const api::DependsOn& other) {
             return one.name == other.name && one.status == other.status;
           });
         });
}

}  // namespace

api::Errors schemaErrors(const api::Object& jobset) {
  const api::JobSetSpec& spec = specOf(jobset);
  const api::TypeInfo& info = typeTable("JobSetSpec");
  api::Findings findings;
  api::checkAgainst(api::treeFromJson(api::toJson(info, &spec)), info, api::Dialect::kCustom, "spec", findings);
  api::Errors errors = std::move(findings.wrong);
  if (startsInOrder(spec)) {
    if (spec.replicatedJobs.empty()) {
      errors.push_back(invalidField("spec", "\"object\"",
                                    fmt::format("no such key: replicatedJobs evaluating rule: {}", kExclusive)));
    } else if (std::any_of(spec.replicatedJobs.begin(), spec.replicatedJobs.end(),
                           [](const api::ReplicatedJob& job) { return !job.dependsOn.empty(); })) {
      errors.push_back(invalidFieldWithoutValue("spec", kExclusive));
    }
  }
  for (std::size_t i = 0; i < spec.volumeClaimPolicies.size(); ++i) {
    const auto& templates = spec.volumeClaimPolicies[i].templates;
    if (std::any_of(templates.begin(), templates.end(), [](const auto& t) { return !t.metadata.namespace_.empty(); })) {
      errors.push_back(invalidFieldWithoutValue(fmt::format("spec.volumeClaimPolicies[{}]", i),
                                                "namespace cannot be set for VolumeClaimPolicies templates"));
    }
  }
  return errors;
}

api::Errors transitionErrors(const api::Object& old_jobset, const api::Object& new_jobset) {
  const api::JobSetSpec& before = specOf(old_jobset);
  const api::JobSetSpec& after = specOf(new_jobset);
  api::Errors errors;
  for (std::size_t i = 0; i < after.replicatedJobs.size(); ++i) {
    const api::ReplicatedJob& job = after.replicatedJobs[i];
    const auto old_job = std::find_if(before.replicatedJobs.begin(), before.replicatedJobs.end(),
                                      [&](const api::ReplicatedJob& o) { return o.name == job.name; });
    if (old_job == before.replicatedJobs.end() || old_job->dependsOn.empty() || job.dependsOn.empty()) continue;
    if (!sameDependencies(old_job->dependsOn, job.dependsOn)) {
      errors.push_back(invalidFieldWithoutValue(fmt::format("spec.replicatedJobs[{}].dependsOn", i), kImmutable));
    }
  }
  checkUnchanged("spec.network", "Network", before.network, after.network, errors);
  checkUnchanged("spec.successPolicy", "SuccessPolicy", before.successPolicy, after.successPolicy, errors);
  checkUnchanged("spec.failurePolicy", "FailurePolicy", before.failurePolicy, after.failurePolicy, errors);
  checkUnchanged("spec.startupPolicy", "StartupPolicy", before.startupPolicy, after.startupPolicy, errors);
  if (!before.volumeClaimPolicies.empty() && !after.volumeClaimPolicies.empty() &&
      !sameClaims(before.volumeClaimPolicies, after.volumeClaimPolicies)) {
    errors.push_back(invalidFieldWithoutValue("spec.volumeClaimPolicies", kImmutable));
  }
  return errors;
}

std::optional<Denial> admitBySchema(const api::Object* old_jobset, const api::Object& new_jobset) {
  api::Errors errors = schemaErrors(new_jobset);
  if (old_jobset) {
    for (api::Error& error : transitionErrors(*old_jobset, new_jobset)) errors.push_back(std::move(error));
  }
  if (errors.empty()) return std::nullopt;
  return invalidJobSet(new_jobset.meta.name, errors);
}

}  // namespace jobset_twin::jobset
