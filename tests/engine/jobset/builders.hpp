// builders.hpp - JobSets, Jobs and Pods for tests of the core, in few words:
//   makeJobSet("x").replicatedJob("w", 3).maxRestarts(2).build()
// and World, which carries Plans out on plain lists as a perfect API server would.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/jobset/reconcile.hpp"

namespace jobset_twin::jobset::testing {

TimePoint atSecond(double seconds);  // since 2026-01-01T00:00:00Z

class JobSetBuilder {
 public:
  explicit JobSetBuilder(std::string_view name);

  JobSetBuilder& replicatedJob(std::string_view name, std::int32_t replicas = 1, std::int32_t pods = 1);
  JobSetBuilder& group(std::string_view name);  // of the last replicated job, as the following
  JobSetBuilder& dependsOn(std::string_view name, std::string_view status);
  JobSetBuilder& counts(std::optional<std::int32_t> parallelism, std::optional<std::int32_t> completions);
  JobSetBuilder& jobLabel(std::string_view key, std::string_view value);
  JobSetBuilder& jobAnnotation(std::string_view key, std::string_view value);
  JobSetBuilder& podLabel(std::string_view key, std::string_view value);
  JobSetBuilder& podAnnotation(std::string_view key, std::string_view value);
  JobSetBuilder& editJob(const std::function<void(api::JobSpec&)>& change);
  JobSetBuilder& editPod(const std::function<void(api::PodSpec&)>& change);

  JobSetBuilder& annotation(std::string_view key, std::string_view value);
  JobSetBuilder& success(std::string_view op, std::vector<std::string> targets = {});
  JobSetBuilder& maxRestarts(std::int32_t count);  // with a failure policy
  JobSetBuilder& strategy(std::string_view name);
  JobSetBuilder& rule(std::string_view name, std::string_view action, std::vector<std::string> targets = {},
                      std::vector<std::string> reasons = {}, std::vector<std::string> patterns = {});
  JobSetBuilder& inOrder();
  JobSetBuilder& suspended(bool value = true);
  JobSetBuilder& ttl(std::int32_t seconds);
  JobSetBuilder& coordinator(std::string_view replicated_job, std::int32_t job, std::int32_t pod);
  JobSetBuilder& claim(std::string_view claim_template, std::string_view when_deleted);
  JobSetBuilder& editSpec(const std::function<void(api::JobSetSpec&)>& change);
  JobSetBuilder& editStatus(const std::function<void(api::JobSetStatus&)>& change);
  JobSetBuilder& editMeta(const std::function<void(api::ObjectMeta&)>& change);

  // As stored: with the defaults that admission sets.
  api::ObjectPtr build() const;
  // As the user sent it.
  api::ObjectPtr raw() const;

 private:
  api::ReplicatedJob& last();
  api::MutableObjectPtr object_;
};
JobSetBuilder makeJobSet(std::string_view name);

// A Pod of a JobSet: name "<jobset>-<replicatedJob>-<job>-<index>-<suffix>", owned by a Job of UID `job_uid`.
struct PodOf {
  std::string jobset = "x", replicated_job = "w", suffix = "abcde", job_uid = "job-uid";
  std::int32_t job = 0, index = 0;
  std::string exclusive = "";  // "": not exclusive
  std::string node = "";
};
api::MutableObjectPtr makePod(const PodOf& of);
api::MutableObjectPtr makeNode(std::string_view name, std::map<std::string, std::string> labels = {});
Config configWith(bool FeatureGates::*gate);  // that gate is on

const api::Condition* conditionOf(const api::ObjectPtr& jobset, std::string_view type);
api::Condition makeCondition(std::string_view type, std::string_view status, std::string_view reason = "",
                             std::string_view message = "", double second = 0);

// Everything that can be seen of a plan, a line each: for comparisons and failure messages.
std::string describePlan(const Plan& plan);
std::vector<std::string> eventLines(const std::vector<EventRecord>& events);  // "Warning FailedJobs note"
std::vector<std::string> stepNames(const Plan& plan);
std::vector<std::string> targets(const Plan& plan, api::Verb verb);  // names, in order

// A cluster without Pods: the JobSet, its Jobs and Services as a cache without lag would show them.
struct World {
  explicit World(api::ObjectPtr stored, Config with = {});

  Config config;
  TimePoint now;
  api::ObjectPtr jobset;  // null: deleted
  std::map<std::string, api::ObjectPtr> jobs, services, claims;
  std::vector<api::ObjectPtr> pods;
  std::vector<std::string> events;    // of all passes
  std::set<std::string> terminating;  // Jobs whose deletion does not finish (their Pods hang)
  std::int64_t next_version = 100;
  int created = 0, deleted = 0;

  Observed observe() const;
  Plan plan() const;
  Plan pass();                 // plans and carries out
  int settle(int limit = 50);  // passes until one does nothing; returns how many did something
  void carryOut(const Plan& plan);
  void advance(double seconds);

  const api::JobSetStatus& status() const;
  std::string condition(std::string_view type) const;  // "True AllJobsCompleted", "" if absent
  const api::ReplicatedJobStatus& counts(std::string_view replicated_job) const;
  std::vector<std::string> jobNames() const;

  void editJob(const std::string& name, const std::function<void(api::Object&, api::Job&)>& change);
  void editJobSet(const std::function<void(api::Object&, api::JobSet&)>& change);
  void ready(const std::string& job);  // all its Pods
  void notReady(const std::string& job);
  void complete(const std::string& job);
  void fail(const std::string& job, std::string_view reason = "BackoffLimitExceeded",
            std::string_view message = "Job has reached the specified backoff limit");
  void finishDeletion(const std::string& job);
};

}  // namespace jobset_twin::jobset::testing
