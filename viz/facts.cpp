#include "viz/facts.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/jobset/failure_policy.hpp"
#include "engine/jobset/names.hpp"
#include "viz/columns.hpp"
#include "viz/facts_text.hpp"

namespace jobset_twin::viz {
namespace {

using apiserver::WatchEvent;
using apiserver::WatchType;

std::string keyText(const api::ObjectMeta& meta) { return meta.namespace_ + "/" + meta.name; }

std::string plural(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", withThousands(count), noun, count == 1 ? "" : "s");
}

std::int64_t podsOf(const api::JobSpec& spec) {
  return spec.completions ? *spec.completions : spec.parallelism.value_or(1);
}

const std::vector<api::Condition>& noConditions() {
  static const std::vector<api::Condition> none;
  return none;
}

std::string deletionText(const api::ObjectMeta& meta) {
  if (meta.finalizers.empty()) return "is being deleted";
  return fmt::format("is being deleted (finalizers: {})", fmt::join(meta.finalizers, ", "));
}

// What the failure policy said, from the state that it judged; "" when no failed Job of that attempt is known.
std::string verdictText(const api::JobSet& before, const std::map<std::string, api::ObjectPtr>& failed, bool ended) {
  const std::string attempt = std::to_string(before.status.restarts);
  std::vector<const api::Object*> judged;
  for (const auto& [name, job] : failed) {
    if (job->meta.labels.get(jobset::kRestartAttemptKey) == attempt) judged.push_back(job.get());
  }
  if (judged.empty()) return {};
  const auto& policy = before.spec->failurePolicy;
  if (!policy) return "no failure policy is set: any failed Job fails the JobSet";
  std::vector<std::string> warnings;
  const jobset::FailureVerdict verdict = jobset::judgeFailure(*policy, judged, warnings);
  if (!verdict.job) return {};
  std::string text;
  if (verdict.rule) {
    const std::string& name = policy->rules[*verdict.rule].name;
    text = fmt::format("failure policy: rule {} of {}{} matches job {}: {}", *verdict.rule + 1, policy->rules.size(),
                       name.empty() ? "" : " (" + name + ")", verdict.job->meta.name, verdict.action);
  } else {
    text = fmt::format("failure policy: {} for job {}: {}",
                       policy->rules.empty() ? "no rules, the default" : "no rule matches, the default",
                       verdict.job->meta.name, verdict.action);
  }
  if (ended && verdict.action != "FailJobSet")
    text += fmt::format(", but maxRestarts ({}) is used up", policy->maxRestarts);
  return text;
}

// The Job that owns a Pod of that name is called like the Pod without its last part (Jobs in general) or its last two
// (Indexed).
template <class Map>
const typename Map::mapped_type* byOwnerName(const Map& jobs, std::string_view namespace_, std::string_view pod_name) {
  for (int parts = 0; parts < 2; ++parts) {
    const std::size_t dash = pod_name.rfind('-');
    if (dash == std::string_view::npos) return nullptr;
    pod_name = pod_name.substr(0, dash);
    const auto found = jobs.find(fmt::format("{}/{}", namespace_, pod_name));
    if (found != jobs.end()) return &found->second;
  }
  return nullptr;
}

}  // namespace

std::string shortName(std::string_view kind, std::string_view namespace_, std::string_view name) {
  if (namespace_.empty() || namespace_ == "default") return fmt::format("{}/{}", kind, name);
  return fmt::format("{}/{}/{}", kind, namespace_, name);
}

std::vector<Fact> FactReader::read(const WatchEvent& change) {
  Facts out;
  switch (change.object->kind()) {
    case api::Kind::kJobSet: readJobSet(change, out); break;
    case api::Kind::kJob: readJob(change, out); break;
    case api::Kind::kPod: readPod(change, out); break;
    case api::Kind::kEvent: readEvent(change, out); break;
    case api::Kind::kService:
      if (change.type != WatchType::kModified) {
        out.push_back(
            factAlone(change, "service", Weight::kStep, change.type == WatchType::kAdded ? "created" : "deleted"));
      }
      break;
    case api::Kind::kPersistentVolumeClaim:
      if (change.type != WatchType::kModified) {
        out.push_back(
            factAlone(change, "pvc", Weight::kStep, change.type == WatchType::kAdded ? "created" : "deleted"));
      }
      break;
    case api::Kind::kGeneric: readWorkload(change, out); break;
    case api::Kind::kNode:
      if (change.type == WatchType::kDeleted) out.push_back(factAlone(change, "node", Weight::kDecision, "deleted"));
      if (change.type == WatchType::kModified && change.previous) {
        const auto& before = api::as<api::Node>(change.previous).status.conditions;
        const api::Condition* ready = api::findCondition(api::as<api::Node>(change.object).status.conditions, "Ready");
        const api::Condition* old = api::findCondition(before, "Ready");
        if (ready && old && ready->status != old->status) {
          const bool good = ready->status == "True";
          out.push_back(factAlone(change, "node", good ? Weight::kDecision : Weight::kFailure,
                                  good ? "is Ready again" : "is not Ready: " + ready->reason + ": " + ready->message));
        }
      }
      break;
    default: break;
  }
  return out;
}

// --- groups

void FactReader::joinGroup(Fact& fact, const Group& group, std::string phase) const {
  if (group.key.empty()) return;
  fact.group = group.key;
  fact.group_name = group.name;
  fact.expected = group.expected;
  fact.phase = std::move(phase);
}

const FactReader::Group* FactReader::podGroup(std::string_view namespace_, std::string_view pod_name) const {
  return byOwnerName(pods_of_job_, namespace_, pod_name);
}

FactReader::Group FactReader::jobGroup(const api::Object& job) const {
  const std::string_view jobset = job.meta.labels.get(jobset::kJobSetNameKey);
  const std::string_view replicated_job = job.meta.labels.get(jobset::kReplicatedJobNameKey);
  if (jobset.empty()) return {};
  Group group;
  group.key = fmt::format("{}/{}/{}#{}", job.meta.namespace_, jobset, replicated_job,
                          job.meta.labels.get(jobset::kRestartAttemptKey));
  group.name = jobsets_.size() > 1 ? fmt::format("{}/{}", jobset, replicated_job) : std::string(replicated_job);
  const auto seen = jobsets_.find(fmt::format("{}/{}", job.meta.namespace_, jobset));
  if (seen != jobsets_.end()) {
    const auto size = seen->second.sizes.find(std::string(replicated_job));
    if (size != seen->second.sizes.end()) group.expected = size->second.jobs;
  }
  return group;
}

// --- JobSets

void FactReader::JobSetSeen::forget() {
  failed.clear();
  told.clear();
  ready.clear();
  last_step.clear();
}

void FactReader::readJobSet(const WatchEvent& change, Facts& out) {
  const std::string key = keyText(change.object->meta);
  if (change.type == WatchType::kDeleted) {
    out.push_back(factAlone(change, "jobset", Weight::kDecision, "deleted"));
    jobsets_[key].forget();
    return;
  }
  JobSetSeen& seen = jobsets_[key];
  readJobSetSpec(change, seen, out);
  readJobSetStatus(change, seen, out);
  if (startedDeletion(change)) {
    out.push_back(factAlone(change, "jobset", Weight::kDecision, deletionText(change.object->meta)));
  }
}

void FactReader::readJobSetSpec(const WatchEvent& change, JobSetSeen& seen, Facts& out) {
  const api::JobSet& jobset = api::as<api::JobSet>(change.object);
  const api::JobSet* before = change.previous ? &api::as<api::JobSet>(change.previous) : nullptr;
  if (before && before->spec.sameAs(jobset.spec)) return;
  std::string parts;
  for (const api::ReplicatedJob& job : jobset.spec->replicatedJobs) {
    const Size size{job.replicas.value_or(1), podsOf(*job.template_.spec)};
    seen.sizes[job.name] = size;
    if (!parts.empty()) parts += ", ";
    const std::int64_t at_once = std::min<std::int64_t>(size.pods_per_job, job.template_.spec->parallelism.value_or(1));
    parts += fmt::format("{} ({} of {})", job.name, plural(size.jobs, "Job"), plural(size.pods_per_job, "Pod"));
    if (at_once < size.pods_per_job) parts += fmt::format(", {} at once", withThousands(at_once));
  }
  const bool suspended = jobset.spec->suspend.value_or(false);
  if (!before) {
    out.push_back(factAlone(
        change, "jobset", Weight::kDecision,
        fmt::format("created{}: {}", suspended ? ", suspended" : "", parts.empty() ? "no replicated jobs" : parts)));
  } else if (suspended != before->spec->suspend.value_or(false)) {
    out.push_back(
        factAlone(change, "jobset", Weight::kDecision, suspended ? "spec.suspend is set" : "spec.suspend is unset"));
  } else if (change.object->meta.generation != change.previous->meta.generation) {
    out.push_back(factAlone(change, "jobset", Weight::kDecision, "its spec is changed: " + parts));
  }
}

void FactReader::readJobSetStatus(const WatchEvent& change, JobSetSeen& seen, Facts& out) {
  if (!change.previous) return;
  const api::JobSet& before = api::as<api::JobSet>(change.previous);
  const api::JobSet& now = api::as<api::JobSet>(change.object);
  const auto add = [&](Weight weight, std::string text) {
    out.push_back(factAlone(change, "jobset", weight, std::move(text)));
  };
  const bool failed_now = now.status.terminalState == "Failed" && before.status.terminalState.empty();
  std::string single;
  for (const api::ReplicatedJobStatus& status : now.status.replicatedJobsStatus) {
    const auto old = std::find_if(before.status.replicatedJobsStatus.begin(), before.status.replicatedJobsStatus.end(),
                                  [&](const api::ReplicatedJobStatus& s) { return s.name == status.name; });
    const bool known = old != before.status.replicatedJobsStatus.end();
    for (std::size_t i = 0; i < status.jobRestarts.size(); ++i) {
      const std::int32_t had = known && i < old->jobRestarts.size() ? old->jobRestarts[i] : 0;
      if (status.jobRestarts[i] > had) {
        single = fmt::format("restarts only job {} (its restart {})",
                             jobset::jobName(change.object->meta.name, status.name, static_cast<std::int64_t>(i)),
                             status.jobRestarts[i]);
      }
    }
    const auto size = seen.sizes.find(status.name);
    if (size == seen.sizes.end() || size->second.jobs == 0) continue;
    if (status.ready + status.succeeded < size->second.jobs ||
        (status.ready == 0 && !seen.ready.contains(status.name))) {
      // Ready is told once: a Job whose Pods come and go, as when a container is restarted, stays active.
      if (status.active == 0 && status.ready + status.succeeded < size->second.jobs) seen.ready.erase(status.name);
    } else if (seen.ready.insert(status.name).second) {
      add(Weight::kGood, fmt::format("{}: {}{} ready", status.name, size->second.jobs > 1 ? "all " : "",
                                     plural(size->second.jobs, "Job")));
    }
  }
  if (failed_now || !single.empty() || now.status.restarts > before.status.restarts) {
    if (std::string verdict = verdictText(before, seen.failed, failed_now); !verdict.empty())
      add(Weight::kDecision, std::move(verdict));
  }
  if (!single.empty()) add(Weight::kDecision, std::move(single));
  for (const api::Condition& condition : now.status.conditions) {
    if (!turned(before.status.conditions, condition)) continue;
    seen.told.insert(condition.reason);
    if (condition.status == "True") {
      const Weight weight = condition.type == "Failed"      ? Weight::kFailure
                            : condition.type == "Completed" ? Weight::kGood
                                                            : Weight::kDecision;
      add(weight, conditionText(condition));
    } else {
      add(Weight::kDecision, fmt::format("no longer {}", conditionText(condition)));
    }
  }
  if (now.status.restarts > before.status.restarts) {
    const std::int32_t max = now.spec->failurePolicy ? now.spec->failurePolicy->maxRestarts : 0;
    add(Weight::kDecision, fmt::format("restarts all Jobs: restart {} ({} of maxRestarts {} used)", now.status.restarts,
                                       now.status.restartsCountTowardsMax, max));
    seen.ready.clear();
  }
  if (now.status.currentInPlaceRestartAttempt != before.status.currentInPlaceRestartAttempt &&
      now.status.currentInPlaceRestartAttempt) {
    add(Weight::kDecision,
        fmt::format("in-place restart: attempt {} begins", *now.status.currentInPlaceRestartAttempt));
  }
}

// --- Jobs

Fact FactReader::jobFact(const WatchEvent& change, Weight weight, std::string text, std::string phase) const {
  Fact fact = factAlone(change, "job", weight, std::move(text));
  joinGroup(fact, jobGroup(*change.object), std::move(phase));
  if (!fact.group.empty()) fact.group = "job " + fact.group;
  return fact;
}

void FactReader::readJob(const WatchEvent& change, Facts& out) {
  const api::Object& object = *change.object;
  const api::Job& job = api::as<api::Job>(object);
  const std::string key = keyText(object.meta);
  const std::string jobset_key =
      fmt::format("{}/{}", object.meta.namespace_, object.meta.labels.get(jobset::kJobSetNameKey));
  const auto jobset = jobsets_.find(jobset_key);
  if (change.type == WatchType::kDeleted) {
    out.push_back(jobFact(change, Weight::kStep, "deleted", "Jobs deleted"));
    if (jobset != jobsets_.end()) jobset->second.failed.erase(object.meta.name);
    return;  // its Pods may go after it
  }
  Group pods = jobGroup(object);
  if (pods.key.empty()) pods = {key, object.meta.name, 1};
  pods.expected *= podsOf(*job.spec);
  pods.key = "pod " + pods.key;
  pods_of_job_[key] = std::move(pods);
  const bool suspended = job.spec->suspend.value_or(false);
  if (change.type == WatchType::kAdded) {
    out.push_back(jobFact(change, Weight::kStep, suspended ? "created, suspended" : "created",
                          suspended ? "Jobs created, suspended" : "Jobs created"));
  } else if (change.previous && suspended != api::as<api::Job>(change.previous).spec->suspend.value_or(false)) {
    out.push_back(jobFact(change, Weight::kStep, suspended ? "suspended" : "resumed",
                          suspended ? "Jobs suspended" : "Jobs resumed"));
  }
  readJobStatus(change, out);
  if (jobset != jobsets_.end() && api::conditionIs(job.status.conditions, "Failed", "True")) {
    jobset->second.failed[object.meta.name] = change.object;
  }
  if (startedDeletion(change))
    out.push_back(jobFact(change, Weight::kStep, deletionText(object.meta), "Jobs being deleted"));
}

void FactReader::readJobStatus(const WatchEvent& change, Facts& out) {
  const auto& before = change.previous ? api::as<api::Job>(change.previous).status.conditions : noConditions();
  for (const api::Condition& condition : api::as<api::Job>(change.object).status.conditions) {
    if (condition.status != "True" || condition.type == "Suspended" || !turned(before, condition)) continue;
    const bool bad = condition.type == "Failed" || condition.type == "FailureTarget";
    const Weight weight = bad ? Weight::kFailure : condition.type == "Complete" ? Weight::kGood : Weight::kStep;
    out.push_back(jobFact(change, weight, conditionText(condition), "Jobs " + condition.type));
  }
}

}  // namespace jobset_twin::viz
