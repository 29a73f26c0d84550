// job.cpp - Jobs: defaults, selector and labels, validation, what an update may change (K-JOB-1, 2, 9, 10, 11, 12).
// Status: job_status.cpp. Source: kubernetes v1.36 pkg/apis/batch/v1/defaults.go, pkg/apis/batch/validation,
// pkg/registry/batch/job/strategy.go.
#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "sim/apiserver/content.hpp"
#include "sim/apiserver/strategy/job_status.hpp"
#include "sim/apiserver/strategy/pod_spec.hpp"
#include "sim/apiserver/strategy/strategy.hpp"

namespace jobset_twin::apiserver {
namespace {

using api::Errors;

constexpr std::string_view kUidLabel = "batch.kubernetes.io/controller-uid",
                           kNameLabel = "batch.kubernetes.io/job-name";
constexpr std::string_view kLegacyUidLabel = "controller-uid", kLegacyNameLabel = "job-name";
constexpr std::int32_t kMaxInt32 = std::numeric_limits<std::int32_t>::max();

bool isIndexed(const api::JobSpec& spec) { return spec.completionMode == "Indexed"; }

void defaultsOfJob(api::Object& object) {
  api::JobSpec& spec = api::as<api::Job>(object).spec.mut();
  if (!spec.completions && !spec.parallelism) {
    spec.completions = 1;
    spec.parallelism = 1;
  }
  if (!spec.parallelism) spec.parallelism = 1;
  if (!spec.backoffLimit) spec.backoffLimit = spec.backoffLimitPerIndex ? kMaxInt32 : 6;
  if (object.meta.labels.empty()) object.meta.labels = spec.template_.metadata.labels;
  if (!spec.completionMode) spec.completionMode = "NonIndexed";
  if (!spec.suspend) spec.suspend = false;
  if (!spec.manualSelector) spec.manualSelector = false;
  if (!spec.podReplacementPolicy) spec.podReplacementPolicy = spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
  if (spec.podFailurePolicy) {
    for (api::PodFailurePolicyRule& rule : spec.podFailurePolicy->rules) {
      for (api::PodFailurePolicyOnPodCondition& pattern : rule.onPodConditions) {
        if (pattern.status.empty()) pattern.status = "True";
      }
    }
  }
  defaultPodSpec(spec.template_.spec.mut());
}

// K-JOB-2. Labels that are there already stay: validation compares them.
void prepareJob(const StrategyContext& context, api::Object& object) {
  api::Job& job = api::as<api::Job>(object);
  job.status = {};
  api::JobSpec& spec = job.spec.mut();
  dropDisabledFields(spec.template_.spec.mut(), context.minor());
  if (spec.manualSelector.value_or(false)) return;
  const std::string& uid = object.meta.uid;
  const bool no_labels = object.meta.labels.empty();
  api::StringMap& labels = spec.template_.metadata.labels;
  const auto setIfMissing = [&](std::string_view key, std::string_view value) {
    if (!labels.contains(key)) labels.set(key, value);
  };
  setIfMissing(kUidLabel, uid);
  setIfMissing(kLegacyUidLabel, uid);
  setIfMissing(kNameLabel, object.meta.name);
  setIfMissing(kLegacyNameLabel, object.meta.name);
  if (!spec.selector) spec.selector.emplace();
  if (!spec.selector->matchLabels.contains(kUidLabel)) spec.selector->matchLabels.set(kUidLabel, uid);
  // Defaulting runs again when the object is read back: a bare Job shows the template's labels (K-JOB-2).
  if (no_labels) object.meta.labels = labels;
}

void notNegativeIfSet(Errors& errors, const std::string& field, const std::optional<std::int32_t>& value) {
  if (value && *value < 0)
    errors.push_back(api::invalidValue(field, std::to_string(*value), "must be greater than or equal to 0"));
}

void atMost(Errors& errors, const std::string& field, const std::optional<std::int32_t>& value, std::int32_t limit) {
  if (value && *value > limit)
    errors.push_back(
        api::invalidValue(field, std::to_string(*value), fmt::format("must be less than or equal to {}", limit)));
}

void validateExitCodes(const api::PodFailurePolicyOnExitCodes& codes, const std::set<std::string>& containers,
                       const std::string& field, Errors& errors) {
  if (codes.operator_ != "In" && codes.operator_ != "NotIn")
    errors.push_back(api::unsupportedValue(field + ".operator", api::quoted(codes.operator_), {"In", "NotIn"}));
  if (codes.containerName && !containers.contains(*codes.containerName)) {
    errors.push_back(api::invalidValue(field + ".containerName", api::quoted(*codes.containerName),
                                       "must be one of the container or initContainer names in the pod template"));
  }
  if (codes.values.empty())
    errors.push_back(api::invalidValue(field + ".values", "[]", "at least one value is required"));
  if (codes.values.size() > 255) errors.push_back(api::tooMany(field + ".values", codes.values.size(), 255));
  std::set<std::int32_t> seen;
  bool ordered = true;
  for (std::size_t i = 0; i < codes.values.size(); ++i) {
    const std::string at = fmt::format("{}.values[{}]", field, i);
    const std::int32_t value = codes.values[i];
    if (codes.operator_ == "In" && value == 0)
      errors.push_back(api::invalidValue(at, "0", "must not be 0 for the In operator"));
    if (!seen.insert(value).second) errors.push_back(api::duplicateValue(at, std::to_string(value)));
    if (i > 0 && value < codes.values[i - 1]) ordered = false;
  }
  if (!ordered)
    errors.push_back(
        api::invalidValue(field + ".values", fmt::format("[{}]", fmt::join(codes.values, ",")), "must be ordered"));
}

void validatePodFailurePolicy(const api::JobSpec& spec, Errors& errors) {
  const std::string field = "spec.podFailurePolicy";
  const std::vector<api::PodFailurePolicyRule>& rules = spec.podFailurePolicy->rules;
  if (spec.template_.spec->restartPolicy != "Never") {
    errors.push_back(api::invalidValue("spec.template.spec.restartPolicy",
                                       api::quoted(spec.template_.spec->restartPolicy),
                                       "only \"Never\" is supported when podFailurePolicy is specified"));
  }
  if (rules.size() > 20) errors.push_back(api::tooMany(field + ".rules", rules.size(), 20));
  std::set<std::string> containers;
  for (const auto* list : {&spec.template_.spec->containers, &spec.template_.spec->initContainers}) {
    for (const api::Container& container : *list) containers.insert(container.name);
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const api::PodFailurePolicyRule& rule = rules[i];
    const std::string at = fmt::format("{}.rules[{}]", field, i);
    if (rule.action == "FailIndex" && !spec.backoffLimitPerIndex) {
      errors.push_back(
          api::invalidValue(at + ".action", api::quoted(rule.action), "requires the backoffLimitPerIndex to be set"));
    } else if (rule.action.empty()) {
      errors.push_back(
          api::requiredValue(at + ".action", "valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]"));
    } else if (rule.action != "Count" && rule.action != "FailIndex" && rule.action != "FailJob" &&
               rule.action != "Ignore") {
      errors.push_back(
          api::unsupportedValue(at + ".action", api::quoted(rule.action), {"Count", "FailIndex", "FailJob", "Ignore"}));
    }
    if (rule.onExitCodes) validateExitCodes(*rule.onExitCodes, containers, at + ".onExitCodes", errors);
    if (rule.onPodConditions.size() > 20)
      errors.push_back(api::tooMany(at + ".onPodConditions", rule.onPodConditions.size(), 20));
    for (std::size_t j = 0; j < rule.onPodConditions.size(); ++j) {
      const api::PodFailurePolicyOnPodCondition& pattern = rule.onPodConditions[j];
      const std::string pattern_at = fmt::format("{}.onPodConditions[{}]", at, j);
      for (const std::string& message : api::qualifiedNameErrors(pattern.type)) {
        errors.push_back(api::invalidValue(pattern_at + ".type", api::quoted(pattern.type), message));
      }
      if (pattern.status != "True" && pattern.status != "False" && pattern.status != "Unknown") {
        errors.push_back(
            api::unsupportedValue(pattern_at + ".status", api::quoted(pattern.status), {"False", "True", "Unknown"}));
      }
    }
    if (rule.onExitCodes && !rule.onPodConditions.empty()) {
      errors.push_back(api::invalidValue(at, "{}", "specifying both OnExitCodes and OnPodConditions is not supported"));
    }
    if (!rule.onExitCodes && rule.onPodConditions.empty()) {
      errors.push_back(api::invalidValue(at, "{}", "specifying one of OnExitCodes and OnPodConditions is required"));
    }
  }
}

void validateSuccessPolicy(const api::JobSpec& spec, Errors& errors) {
  const std::string field = "spec.successPolicy";
  const std::vector<api::SuccessPolicyRule>& rules = spec.successPolicy->rules;
  if (rules.empty())
    errors.push_back(api::requiredValue(field + ".rules",
                                        "at least one rules must be specified when the successPolicy is specified"));
  if (rules.size() > 20) errors.push_back(api::tooMany(field + ".rules", rules.size(), 20));
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const api::SuccessPolicyRule& rule = rules[i];
    const std::string at = fmt::format("{}.rules[{}]", field, i);
    if (!rule.succeededCount && !rule.succeededIndexes) {
      errors.push_back(api::requiredValue(at, "at least one of succeededCount or succeededIndexes must be specified"));
    }
    std::int64_t total = -1;
    if (rule.succeededIndexes) {
      std::string problem;
      total = countIndexes(*rule.succeededIndexes, spec.completions.value_or(0), problem);
      if (!problem.empty()) {
        errors.push_back(api::invalidValue(at + ".succeededIndexes", api::quoted(*rule.succeededIndexes),
                                           "error parsing succeededIndexes: " + problem));
      }
    }
    if (!rule.succeededCount) continue;
    notNegativeIfSet(errors, at + ".succeededCount", rule.succeededCount);
    if (spec.completions && *rule.succeededCount > *spec.completions) {
      errors.push_back(api::invalidValue(
          at + ".succeededCount", std::to_string(*rule.succeededCount),
          fmt::format("must be less than or equal to {} (the number of specified completions)", *spec.completions)));
    }
    if (total >= 0 && *rule.succeededCount > total) {
      errors.push_back(api::invalidValue(
          at + ".succeededCount", std::to_string(*rule.succeededCount),
          fmt::format(
              "must be less than or equal to {} (the number of indexes in the specified succeededIndexes field)",
              total)));
    }
  }
}

void validateIndexed(const api::JobSpec& spec, Errors& errors) {
  if (!spec.completions) errors.push_back(api::requiredValue("spec.completions", "when completion mode is Indexed"));
  atMost(errors, "spec.parallelism", spec.parallelism, 100'000);
  if (!spec.completions) return;
  if (spec.maxFailedIndexes && *spec.maxFailedIndexes > *spec.completions) {
    errors.push_back(api::invalidValue("spec.maxFailedIndexes", std::to_string(*spec.maxFailedIndexes),
                                       "must be less than or equal to completions"));
  }
  atMost(errors, "spec.maxFailedIndexes", spec.maxFailedIndexes, 100'000);
  if (*spec.completions <= 100'000 || !spec.backoffLimitPerIndex) return;
  if (!spec.maxFailedIndexes)
    errors.push_back(api::requiredValue("spec.maxFailedIndexes",
                                        fmt::format("must be specified when completions is above {}", 100'000)));
  if (spec.parallelism && *spec.parallelism > 10'000) {
    errors.push_back(api::invalidValue(
        "spec.parallelism", std::to_string(*spec.parallelism),
        fmt::format(
            "must be less than or equal to {} when completions are above {} and used with backoff limit per index",
            10'000, 100'000)));
  }
  if (spec.maxFailedIndexes && *spec.maxFailedIndexes > 10'000) {
    errors.push_back(api::invalidValue(
        "spec.maxFailedIndexes", std::to_string(*spec.maxFailedIndexes),
        fmt::format(
            "must be less than or equal to {} when completions are above {} and used with backoff limit per index",
            10'000, 100'000)));
  }
}

void validateSpec(const api::JobSpec& spec, int minor, Errors& errors) {
  notNegativeIfSet(errors, "spec.parallelism", spec.parallelism);
  notNegativeIfSet(errors, "spec.completions", spec.completions);
  if (spec.activeDeadlineSeconds && *spec.activeDeadlineSeconds < 0) {
    errors.push_back(api::invalidValue("spec.activeDeadlineSeconds", std::to_string(*spec.activeDeadlineSeconds),
                                       "must be greater than or equal to 0"));
  }
  notNegativeIfSet(errors, "spec.backoffLimit", spec.backoffLimit);
  notNegativeIfSet(errors, "spec.ttlSecondsAfterFinished", spec.ttlSecondsAfterFinished);
  notNegativeIfSet(errors, "spec.backoffLimitPerIndex", spec.backoffLimitPerIndex);
  if (spec.maxFailedIndexes) {
    notNegativeIfSet(errors, "spec.maxFailedIndexes", spec.maxFailedIndexes);
    if (!spec.backoffLimitPerIndex)
      errors.push_back(api::requiredValue("spec.backoffLimitPerIndex", "when maxFailedIndexes is specified"));
  }
  if (spec.managedBy) {
    for (api::Error& error : api::domainPrefixedPathErrors("spec.managedBy", *spec.managedBy))
      errors.push_back(std::move(error));
    if (spec.managedBy->size() > 63) errors.push_back(api::tooLong("spec.managedBy", 63));
  }
  if (*spec.completionMode != "NonIndexed" && *spec.completionMode != "Indexed") {
    errors.push_back(
        api::unsupportedValue("spec.completionMode", api::quoted(*spec.completionMode), {"Indexed", "NonIndexed"}));
  }
  if (isIndexed(spec)) {
    validateIndexed(spec, errors);
  } else {
    if (spec.backoffLimitPerIndex) {
      errors.push_back(api::invalidValue("spec.backoffLimitPerIndex", std::to_string(*spec.backoffLimitPerIndex),
                                         "requires indexed completion mode"));
    }
    if (spec.maxFailedIndexes) {
      errors.push_back(api::invalidValue("spec.maxFailedIndexes", std::to_string(*spec.maxFailedIndexes),
                                         "requires indexed completion mode"));
    }
    if (spec.successPolicy)
      errors.push_back(api::invalidValue("spec.successPolicy", "{}", "requires indexed completion mode"));
  }
  if (spec.podFailurePolicy) validatePodFailurePolicy(spec, errors);
  if (spec.successPolicy && isIndexed(spec)) validateSuccessPolicy(spec, errors);
  const std::string& replacement = *spec.podReplacementPolicy;
  if (spec.podFailurePolicy) {
    if (replacement != "Failed")
      errors.push_back(api::unsupportedValue("spec.podReplacementPolicy", api::quoted(replacement), {"Failed"}));
  } else if (replacement != "Failed" && replacement != "TerminatingOrFailed") {
    errors.push_back(api::unsupportedValue("spec.podReplacementPolicy", api::quoted(replacement),
                                           {"Failed", "TerminatingOrFailed"}));
  }
  for (api::Error& error : api::labelsErrors("spec.template.metadata.labels", spec.template_.metadata.labels))
    errors.push_back(std::move(error));
  for (api::Error& error :
       api::annotationsErrors("spec.template.metadata.annotations", spec.template_.metadata.annotations))
    errors.push_back(std::move(error));
  validatePodSpec(*spec.template_.spec, "spec.template.spec", SpecOf::kTemplate, minor, errors);
  // spec.Template.Spec.RestartPolicy has been defaulted to Always when absent.
  const std::string& policy = spec.template_.spec->restartPolicy;
  if (policy == "Always") {
    errors.push_back(api::requiredValue("spec.template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\""));
  } else if (policy != "OnFailure" && policy != "Never") {
    errors.push_back(
        api::unsupportedValue("spec.template.spec.restartPolicy", api::quoted(policy), {"OnFailure", "Never"}));
  }
}

// The labels that the server generated must stand as it generates them.
void validateGenerated(const api::Object& object, const api::JobSpec& spec, Errors& errors) {
  if (spec.manualSelector.value_or(false)) {
    if (!spec.selector) errors.push_back(api::requiredValue("spec.selector", ""));
    if (spec.selector && !api::matches(*spec.selector, spec.template_.metadata.labels)) {
      errors.push_back(
          api::invalidValue("spec.template.metadata.labels", "{}", "`selector` does not match template `labels`"));
    }
    return;
  }
  const api::StringMap& labels = spec.template_.metadata.labels;
  const auto expect = [&](std::string_view key, std::string_view value) {
    const std::string* present = labels.find(key);
    if (!present) {
      errors.push_back(
          api::requiredValue(fmt::format("spec.template.metadata.labels.{}", key), fmt::format("must be '{}'", value)));
    } else if (*present != value) {
      errors.push_back(api::invalidValue(fmt::format("spec.template.metadata.labels.{}", key), api::quoted(*present),
                                         fmt::format("must be '{}'", value)));
    }
  };
  const std::string& uid = object.meta.uid;
  expect(kLegacyUidLabel, uid);
  expect(kUidLabel, uid);
  expect(kLegacyNameLabel, object.meta.name);
  expect(kNameLabel, object.meta.name);
  const bool only_ours = spec.selector && spec.selector->matchExpressions.empty() &&
                         spec.selector->matchLabels.get(kUidLabel) == uid && spec.selector->matchLabels.size() == 1;
  if (!only_ours) errors.push_back(api::invalidValue("spec.selector", "{}", "`selector` not auto-generated"));
}

// K-JOB-10: the last Pod's hostname must be a DNS label.
void validateName(const api::Object& object, const api::JobSpec& spec, std::vector<std::string>* warnings,
                  Errors& errors) {
  if (isIndexed(spec)) {
    if (!spec.completions || *spec.completions <= 0) return;
    const std::string hostname = fmt::format("{}-{}", object.meta.name, *spec.completions - 1);
    if (api::dns1123LabelErrors(hostname).empty()) return;
    errors.push_back(api::invalidValue("metadata.name", api::quoted(object.meta.name),
                                       "will not able to create pod with invalid DNS label: " + hostname));
    return;
  }
  if (!warnings) return;
  for (const std::string& message : api::dns1123LabelErrors(object.meta.name)) {
    warnings->push_back(
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label "
        "is recommended: [" +
        message + "]");
  }
}

void validateJob(const StrategyContext& context, const api::Object& object, Errors& errors) {
  const api::JobSpec& spec = *api::as<api::Job>(object).spec;
  validateGenerated(object, spec, errors);
  validateSpec(spec, context.minor(), errors);
  validateName(object, spec, &context.warnings, errors);
}

// K-JOB-12: where the Pods go may change while the Job is suspended and has none.
bool templateMayMove(const StrategyContext& context, const api::Job& old) {
  if (!old.spec->suspend.value_or(false)) return false;
  if (context.minor() < 36) return !old.status.startTime;
  return old.status.active == 0 &&
         (!old.status.startTime || api::conditionIs(old.status.conditions, "Suspended", "True"));
}

void copyResources(std::vector<api::Container>& to, const std::vector<api::Container>& from) {
  for (std::size_t i = 0; i < to.size() && i < from.size(); ++i) {
    to[i].resources.requests = from[i].resources.requests;
    to[i].resources.limits = from[i].resources.limits;
  }
}

bool sameTemplateWithinRules(const StrategyContext& context, const api::JobSpec& fresh, const api::Job& old) {
  if (samePodTemplate(fresh.template_, old.spec->template_)) return true;
  if (!templateMayMove(context, old)) return false;
  api::PodTemplateSpec moved = old.spec->template_;
  const api::PodSpec& wanted = *fresh.template_.spec;
  api::PodSpec& spec = moved.spec.mut();
  if (wanted.affinity && wanted.affinity->nodeAffinity) {
    if (!spec.affinity) spec.affinity.emplace();
    spec.affinity->nodeAffinity = wanted.affinity->nodeAffinity;
  } else if (spec.affinity) {
    spec.affinity->nodeAffinity.reset();
    if (!wanted.affinity) spec.affinity.reset();
  }
  if (wanted.affinity && !spec.affinity) spec.affinity.emplace();
  spec.nodeSelector = wanted.nodeSelector;
  spec.tolerations = wanted.tolerations;
  spec.schedulingGates = wanted.schedulingGates;
  if (context.minor() >= 36) {
    copyResources(spec.containers, wanted.containers);
    copyResources(spec.initContainers, wanted.initContainers);
  }
  moved.metadata.labels = fresh.template_.metadata.labels;
  moved.metadata.annotations = fresh.template_.metadata.annotations;
  return samePodTemplate(moved, fresh.template_);
}

void immutable(Errors& errors, const char* field, std::string_view value) {
  errors.push_back(api::invalidValue(field, value, "field is immutable"));
}

template <class T>
std::string printed(const std::optional<T>& value) {
  if (!value) return "null";
  if constexpr (std::is_same_v<T, std::string>) {
    return api::quoted(*value);
  } else {
    return std::to_string(*value);
  }
}

// Compares one field by putting it into a copy of the other spec: JSON-level equality without a function for every
// type.
template <class Field>
bool sameField(const api::JobSpec& a, const api::JobSpec& b, Field api::JobSpec::*field) {
  api::JobSpec left, right;
  left.*field = a.*field;
  right.*field = b.*field;
  return sameJobSpec(left, right);
}

void validateJobUpdate(const StrategyContext& context, const api::Object& fresh_object, const api::Object& old_object,
                       Errors& errors) {
  const api::Job& fresh = api::as<api::Job>(fresh_object);
  const api::Job& old = api::as<api::Job>(old_object);
  if (fresh.spec.sameAs(old.spec)) return;
  const api::JobSpec& spec = *fresh.spec;
  const api::JobSpec& was = *old.spec;
  validateSpec(spec, context.minor(), errors);
  if (spec.completions != was.completions) {  // elastic Indexed Jobs: with parallelism, to the same number (K-JOB-11)
    if (!isIndexed(spec)) {
      immutable(errors, "spec.completions", printed(spec.completions));
    } else if (spec.completions && *spec.completions != spec.parallelism.value_or(1)) {
      errors.push_back(api::invalidValue("spec.completions", printed(spec.completions),
                                         "can only be modified in tandem with spec.parallelism"));
    }
  }
  if (!sameField(spec, was, &api::JobSpec::selector)) immutable(errors, "spec.selector", "{}");
  if (!sameTemplateWithinRules(context, spec, old)) immutable(errors, "spec.template", "{}");
  if (spec.completionMode != was.completionMode) immutable(errors, "spec.completionMode", printed(spec.completionMode));
  if (!sameField(spec, was, &api::JobSpec::podFailurePolicy)) immutable(errors, "spec.podFailurePolicy", "{}");
  if (spec.backoffLimitPerIndex != was.backoffLimitPerIndex)
    immutable(errors, "spec.backoffLimitPerIndex", printed(spec.backoffLimitPerIndex));
  if (spec.managedBy != was.managedBy) immutable(errors, "spec.managedBy", printed(spec.managedBy));
  if (!sameField(spec, was, &api::JobSpec::successPolicy)) immutable(errors, "spec.successPolicy", "{}");
}

void prepareJobUpdate(const StrategyContext&, api::Object& fresh, const api::Object& old) {
  api::Job& job = api::as<api::Job>(fresh);
  const api::Job& was = api::as<api::Job>(old);
  if (!job.spec.sameAs(was.spec) && sameJobSpec(*job.spec, *was.spec)) job.spec = was.spec;
}

}  // namespace

const Strategy kJobStrategy = {
    .defaults = defaultsOfJob,
    .prepareCreate = prepareJob,
    .prepareUpdate = prepareJobUpdate,
    .validateCreate = validateJob,
    .validateUpdate = validateJobUpdate,
    .validateStatus = validateJobStatus,
    .has_generation = true,
    .orphan_by_default = true,
};

}  // namespace jobset_twin::apiserver
