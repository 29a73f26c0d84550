#include "engine/jobset/jobset_validation.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <re2/re2.h>

#include "engine/api/names.hpp"
#include "engine/jobset/child_jobs.hpp"
#include "engine/jobset/names.hpp"
#include "engine/jobset/validation_errors.hpp"
#include "engine/jobset/volume_claim_policy.hpp"

namespace jobset_twin::jobset {
namespace {

constexpr std::int64_t kMaxInt32 = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t kManagedByMaxLength = 63, kClaimNameMaxLength = 63, kRuleNameMaxLength = 128;
constexpr std::int32_t kMaxReplicasWithRestartJob = 1024;
constexpr std::string_view kDnsTooLong = "must be no more than 63 characters";

struct Checked {
  const api::Object& object;
  const api::JobSetSpec& spec;
  const FeatureGates& gates;
  std::string_view name;
  api::Errors errors;

  void add(std::string_view field, std::string_view value, std::string_view detail) {
    errors.push_back(invalidField(field, value, detail));
  }
  void addPlain(std::string_view text) { errors.push_back(internalError(text)); }
  // Errors of a DNS-1035 label; the one about its length in other words.
  void addLabel(std::string_view label, std::string_view field, std::string_view shown, std::string_view too_long) {
    for (const std::string& message : api::dns1035LabelErrors(label)) {
      add(field, api::quoted(shown),
          message.find(kDnsTooLong) != std::string::npos ? too_long : std::string_view(message));
    }
  }
  bool hasReplicatedJob(std::string_view wanted) const { return findReplicatedJob(wanted) != nullptr; }
  const api::ReplicatedJob* findReplicatedJob(std::string_view wanted) const {
    for (const api::ReplicatedJob& job : spec.replicatedJobs) {
      if (job.name == wanted) return &job;
    }
    return nullptr;
  }
};

std::string numberOrNull(const std::optional<std::int32_t>& number) {
  return number ? std::to_string(*number) : "null";
}

void checkSubdomain(Checked& checked) {
  if (!checked.spec.network || checked.spec.network->subdomain.empty()) return;
  const std::string& subdomain = checked.spec.network->subdomain;
  for (const std::string& message : api::dns1123SubdomainErrors(subdomain))
    checked.add("spec.network.subdomain", api::quoted(subdomain), message);
  checked.addLabel(subdomain, "spec.network.subdomain", subdomain,
                   ".spec.network.subdomain is too long, must be less than 63 characters");
}

void checkManagedBy(Checked& checked) {
  if (!checked.spec.managedBy) return;
  for (api::Error& error : api::domainPrefixedPathErrors("spec.managedBy", *checked.spec.managedBy))
    checked.errors.push_back(std::move(error));
  if (checked.spec.managedBy->size() > kManagedByMaxLength)
    checked.errors.push_back(api::tooLong("spec.managedBy", kManagedByMaxLength));
}

void checkNames(Checked& checked, const api::ReplicatedJob& replicated_job, const std::string& path) {
  checked.addLabel(replicated_job.groupName, path + ".groupName", replicated_job.groupName,
                   ".spec.replicatedJob[].groupName is too long, must be less than 63 characters");
  const std::int64_t last = std::int64_t{replicasOf(replicated_job)} - 1;  // the largest index has the longest name
  const std::string job = jobName(checked.name, replicated_job.name, last);
  checked.addLabel(job, path + ".name", job,
                   "JobSet name is too long, job names generated for this JobSet will exceed 63 characters");
  const api::JobSpec& spec = *replicated_job.template_.spec;
  if (spec.completionMode != "Indexed" || !spec.completions) return;
  const std::string pod = podName(checked.name, replicated_job.name, std::to_string(last),
                                  std::to_string(std::int64_t{*spec.completions} - 1));
  checked.addLabel(pod + "-abcde", path + ".name", job,
                   "JobSet name is too long, pod names generated for this JobSet will exceed 63 characters");
}

void checkInPlaceRestart(Checked& checked, const api::ReplicatedJob& replicated_job, const std::string& path) {
  const api::JobSpec& spec = *replicated_job.template_.spec;
  const std::string& name = replicated_job.name;
  if (spec.backoffLimit != kMaxInt32) {
    checked.add(path + ".template.spec.backoffLimit", numberOrNull(spec.backoffLimit),
                fmt::format("replicatedJob {}: must be set to {} (MaxInt32) when in-place restart is enabled", name,
                            kMaxInt32));
  }
  if (spec.podReplacementPolicy != "Failed") {
    checked.add(path + ".template.spec.podReplacementPolicy",
                spec.podReplacementPolicy ? api::quoted(*spec.podReplacementPolicy) : "null",
                fmt::format("replicatedJob {}: must be set to Failed when in-place restart is enabled", name));
  }
  if (!spec.completions || !spec.parallelism || *spec.completions != *spec.parallelism) {
    checked.add(path + ".template.spec.completions", numberOrNull(spec.completions),
                fmt::format("replicatedJob {}: completions and parallelism must be set and equal to each other when "
                            "in-place restart is enabled",
                            name));
  }
}

void checkReplicatedJobs(Checked& checked) {
  const std::vector<api::ReplicatedJob>& jobs = checked.spec.replicatedJobs;
  const bool in_place = checked.gates.InPlaceRestart && checked.spec.failurePolicy &&
                        checked.spec.failurePolicy->restartStrategy == kInPlaceRestartStrategy;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const api::ReplicatedJob& job = jobs[i];
    const std::string path = fmt::format("spec.replicatedJobs[{}]", i);
    if (std::int64_t{job.template_.spec->parallelism.value_or(1)} * replicasOf(job) > kMaxInt32) {
      checked.addPlain(fmt::format("the product of replicas and parallelism must not exceed {} for replicatedJob '{}'",
                                   kMaxInt32, job.name));
    }
    checkNames(checked, job, path);
    for (const api::DependsOn& dependency : job.dependsOn) {
      const auto end = jobs.begin() + static_cast<std::ptrdiff_t>(i) + 1;  // its own name passes
      if (std::none_of(jobs.begin(), end,
                       [&](const api::ReplicatedJob& earlier) { return earlier.name == dependency.name; })) {
        checked.addPlain(
            fmt::format("replicatedJob: {} cannot depend on replicatedJob: {}", job.name, dependency.name));
      }
    }
    if (in_place) checkInPlaceRestart(checked, job, path);
  }
}

bool isRuleName(std::string_view name) {
  static const re2::RE2 kPattern("[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?");
  return re2::RE2::FullMatch(re2::StringPiece(name.data(), name.size()), kPattern);
}

void checkRule(Checked& checked, const api::FailurePolicyRule& rule) {
  static const std::vector<std::string> kReasons = {"BackoffLimitExceeded", "DeadlineExceeded", "FailedIndexes",
                                                    "MaxFailedIndexesExceeded", "PodFailurePolicy"};
  if (rule.name.empty() || rule.name.size() > kRuleNameMaxLength) {
    checked.addPlain(
        fmt::format("invalid failure policy rule name of length {}, the rule name must be at least 1 characters long "
                    "and at most {} characters long",
                    rule.name.size(), kRuleNameMaxLength));
  }
  if (!isRuleName(rule.name)) {
    checked.addPlain(fmt::format(
        "invalid failure policy rule name '{}', a failure policy rule name must start with an alphabetic character, "
        "optionally "
        "followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
        rule.name));
  }
  for (const std::string& target : rule.targetReplicatedJobs) {
    if (!checked.hasReplicatedJob(target)) {
      checked.addPlain(fmt::format(
          "invalid replicatedJob name '{}' in failure policy does not appear in .spec.ReplicatedJobs", target));
    }
  }
  for (const std::string& reason : rule.onJobFailureReasons) {
    if (std::find(kReasons.begin(), kReasons.end(), reason) == kReasons.end()) {
      checked.addPlain(fmt::format(
          "invalid job failure reason '{}' in failure policy is not a recognized job failure reason", reason));
    }
  }
}

void checkFailurePolicy(Checked& checked) {
  const std::vector<api::FailurePolicyRule>& rules = checked.spec.failurePolicy->rules;
  const bool restarts_jobs = std::any_of(rules.begin(), rules.end(), [](const api::FailurePolicyRule& rule) {
    return rule.action == "RestartJob" || rule.action == "RestartJobAndIgnoreMaxRestarts";
  });
  if (restarts_jobs && !checked.gates.RestartJob) {
    checked.addPlain(
        "RestartJob and RestartJobAndIgnoreMaxRestarts failure policy actions are not allowed when RestartJob feature "
        "gate is disabled");
    return;
  }
  if (restarts_jobs &&
      std::any_of(checked.spec.replicatedJobs.begin(), checked.spec.replicatedJobs.end(),
                  [](const api::ReplicatedJob& job) { return replicasOf(job) > kMaxReplicasWithRestartJob; })) {
    checked.addPlain(
        fmt::format("JobSet cannot have a failure policy rule with RestartJob or RestartJobAndIgnoreMaxRestarts action "
                    "and a replicated job "
                    "with replicas > {}",
                    kMaxReplicasWithRestartJob));
  }
  for (const api::FailurePolicyRule& rule : rules) checkRule(checked, rule);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    std::vector<std::size_t> same;
    for (std::size_t j = 0; j < rules.size(); ++j) {
      if (rules[j].name == rules[i].name) same.push_back(j);
    }
    if (same.size() < 2 || same.front() != i) continue;
    checked.addPlain(fmt::format("rule names are not unique, rules with indices [{}] all have the same name '{}'",
                                 fmt::join(same, " "), rules[i].name));
  }
}

std::string coordinatorError(const Checked& checked) {
  const api::Coordinator& at = *checked.spec.coordinator;
  const api::ReplicatedJob* job = checked.findReplicatedJob(at.replicatedJob);
  if (!job) return fmt::format("coordinator replicatedJob {} does not exist", at.replicatedJob);
  if (at.jobIndex < 0 || at.jobIndex >= replicasOf(*job))
    return fmt::format("coordinator job index {} is invalid for replicatedJob {}", at.jobIndex, job->name);
  const api::JobSpec& spec = *job->template_.spec;
  if (spec.completionMode != "Indexed" || !spec.completions) {
    return "job for coordinator pod must be indexed completion mode, and completions number must be set";
  }
  if (at.podIndex < 0 || at.podIndex >= *spec.completions) {
    return fmt::format("coordinator pod index {} is invalid for replicatedJob {} job index {}", at.podIndex,
                       at.replicatedJob, at.jobIndex);
  }
  return {};
}

void checkCoordinator(Checked& checked) {
  const std::string error = coordinatorError(checked);
  if (!error.empty()) checked.addPlain(error);
  const std::string value = coordinatorEndpoint(checked.spec, checked.name);
  const std::vector<std::string> errors = api::labelValueErrors(value);
  if (errors.empty()) return;
  checked.addPlain(
      fmt::format("spec will lead to invalid label value {} for coordinator label \"{}\" (long JobSet / ReplicatedJob "
                  "/ SubDomain name?): {}",
                  api::quoted(value), kCoordinatorKey, fmt::join(errors, ", ")));
}

void checkVolumeMounts(Checked& checked, const std::string& claim) {
  bool mounted = false;
  const std::vector<api::ReplicatedJob>& jobs = checked.spec.replicatedJobs;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const api::PodSpec& pod = *jobs[i].template_.spec->template_.spec;
    for (std::size_t v = 0; v < pod.volumes.size(); ++v) {
      if (pod.volumes[v].name != claim) continue;
      checked.add(fmt::format("spec.replicatedJobs[{}].template.spec.template.spec.volumes[{}].name", i, v),
                  api::quoted(claim), "volume name conflicts with VolumeClaimPolicy template name: " + claim);
    }
    mounted = mounted || mountsVolume(pod, claim);
  }
  if (mounted) return;
  checked.add(
      "spec.replicatedJobs", jsonOf(jobs),
      fmt::format("replicatedJob containers don't have a matching volumeMount: {} from VolumeClaimPolicies", claim));
}

void checkClaim(Checked& checked, std::size_t policy_index, std::size_t template_index, const CacheView& cache) {
  const api::VolumeClaimPolicy& policy = checked.spec.volumeClaimPolicies[policy_index];
  const api::PersistentVolumeClaimTemplate& claim = policy.templates[template_index];
  const std::string policy_path = fmt::format("spec.volumeClaimPolicies[{}]", policy_index);
  const std::string path = fmt::format("{}.template[{}]", policy_path, template_index);
  const std::string& name = claim.metadata.name;
  for (const std::string& message : api::dns1123SubdomainErrors(name))
    checked.add(path + ".name", api::quoted(name), message);
  const std::string full_name = claimName(checked.name, name);
  if (full_name.size() > kClaimNameMaxLength)
    checked.add(path + ".name", api::quoted(name), "VolumeClaimPolicies template name is too long");
  checkVolumeMounts(checked, name);
  const api::ObjectPtr existing = cache.volumeClaim(checked.object.meta.namespace_, full_name);
  if (!existing) return;
  if (!sameClaimSpec(api::as<api::PersistentVolumeClaim>(existing).spec, claim.spec)) {
    checked.add(
        path + ".spec", jsonOf(claim.spec),
        fmt::format("spec does not match existing PVC {} in namespace {}", full_name, checked.object.meta.namespace_));
  }
  const std::string when = policy.retentionPolicy ? policy.retentionPolicy->whenDeleted.value_or("Delete") : "Retain";
  if (when != "Retain")
    checked.add(policy_path + ".retentionPolicy.whenDeleted", api::quoted(when),
                "retentionPolicy must be retain when PVC exists");
}

void checkClaims(Checked& checked, const CacheView& cache) {
  std::vector<std::string_view> names;
  const std::vector<api::VolumeClaimPolicy>& policies = checked.spec.volumeClaimPolicies;
  for (std::size_t i = 0; i < policies.size(); ++i) {
    for (std::size_t j = 0; j < policies[i].templates.size(); ++j) {
      const std::string_view name = policies[i].templates[j].metadata.name;
      if (std::find(names.begin(), names.end(), name) != names.end()) {
        checked.add(fmt::format("spec.volumeClaimPolicies[{}].template[{}].name", i, j), api::quoted(name),
                    "names must be unique for VolumeClaimPolicies template");
      }
      checkClaim(checked, i, j, cache);
      names.push_back(name);
    }
  }
}

}  // namespace

api::Errors validateCreate(const api::Object& object, const FeatureGates& gates, std::string_view name,
                           const CacheView& cache) {
  Checked checked{object, *api::as<api::JobSet>(object).spec, gates, name, {}};
  const api::JobSetSpec& spec = checked.spec;
  if (!gates.InPlaceRestart && spec.failurePolicy && spec.failurePolicy->restartStrategy == kInPlaceRestartStrategy) {
    checked.addPlain("InPlaceRestart restart strategy cannot be set when InPlaceRestart feature gate is disabled");
  }
  if (!spec.replicatedJobs.empty() && !spec.replicatedJobs.front().dependsOn.empty()) {
    checked.addPlain("DependsOn can't be set for the first ReplicatedJob");
  }
  checkSubdomain(checked);
  checkManagedBy(checked);
  checkReplicatedJobs(checked);
  if (spec.successPolicy) {
    for (const std::string& target : spec.successPolicy->targetReplicatedJobs) {
      if (!checked.hasReplicatedJob(target)) {
        checked.addPlain(
            fmt::format("invalid replicatedJob name '{}' does not appear in .spec.ReplicatedJobs", target));
      }
    }
  }
  if (spec.failurePolicy) checkFailurePolicy(checked);
  if (spec.coordinator) checkCoordinator(checked);
  checkClaims(checked, cache);
  return std::move(checked.errors);
}

std::optional<Denial> admitCreate(const api::Object& jobset, const FeatureGates& gates, std::string_view name,
                                  const CacheView& cache) {
  const api::Errors errors = validateCreate(jobset, gates, name, cache);
  if (errors.empty()) return std::nullopt;
  return deniedByWebhook(kJobSetWebhook, invalidJobSet(jobset.meta.name, errors));
}

std::optional<Denial> admitUpdate(const api::Object& old_jobset, const api::Object& new_jobset,
                                  const FeatureGates& gates) {
  const api::Errors errors = validateUpdate(old_jobset, new_jobset, gates);
  if (errors.empty()) return std::nullopt;
  return deniedByWebhook(kJobSetWebhook, invalidJobSet(new_jobset.meta.name, errors));
}

std::vector<std::string> doubtsAbout(const api::Object& jobset) {
  std::vector<std::string> out;
  const api::JobSetSpec& spec = *api::as<api::JobSet>(jobset).spec;
  for (std::size_t i = 0; spec.failurePolicy && i < spec.failurePolicy->rules.size(); ++i) {
    const api::FailurePolicyRule& rule = spec.failurePolicy->rules[i];
    for (std::size_t j = 0; j < rule.onJobFailureMessagePatterns.size(); ++j) {
      re2::RE2::Options options;
      options.set_log_errors(false);
      const re2::RE2 pattern(rule.onJobFailureMessagePatterns[j], options);
      if (pattern.ok()) continue;
      out.push_back(
          fmt::format("spec.failurePolicy.rules[{}].onJobFailureMessagePatterns[{}]: {} is no valid regular expression "
                      "and never matches: {}",
                      i, j, api::quoted(rule.onJobFailureMessagePatterns[j]), pattern.error()));
    }
  }
  for (std::size_t i = 0; i < spec.replicatedJobs.size(); ++i) {
    for (std::size_t j = 0; j < spec.replicatedJobs[i].dependsOn.size(); ++j) {
      if (spec.replicatedJobs[i].dependsOn[j].name != spec.replicatedJobs[i].name) continue;
      out.push_back(fmt::format("spec.replicatedJobs[{}].dependsOn[{}]: {} depends on itself and never starts", i, j,
                                spec.replicatedJobs[i].name));
    }
  }
  return out;
}

}  // namespace jobset_twin::jobset
