#include "tests/engine/jobset/builders.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/jobset/jobset_defaults.hpp"
#include "engine/jobset/names.hpp"

namespace jobset_twin::jobset::testing {
namespace {

api::JobSet& bodyOf(api::Object& object) { return api::as<api::JobSet>(object); }

}  // namespace

TimePoint atSecond(double seconds) {
  using namespace std::chrono;
  return sys_days(year(2026) / 1 / 1) + nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
}

JobSetBuilder makeJobSet(std::string_view name) { return JobSetBuilder(name); }

JobSetBuilder::JobSetBuilder(std::string_view name) : object_(api::makeObject(api::JobSet{})) {
  object_->meta.name = name;
  object_->meta.namespace_ = "default";
  object_->meta.uid = "uid-of-" + std::string(name);
  object_->meta.resourceVersion = 1;
  object_->meta.creationTimestamp = atSecond(0);
}

api::ReplicatedJob& JobSetBuilder::last() { return bodyOf(*object_).spec.mut().replicatedJobs.back(); }

JobSetBuilder& JobSetBuilder::replicatedJob(std::string_view name, std::int32_t replicas, std::int32_t pods) {
  api::ReplicatedJob job;
  job.name = name;
  job.groupName = "default";
  job.replicas = replicas;
  api::JobSpec& spec = job.template_.spec.mut();
  spec.parallelism = pods;
  spec.completions = pods;
  api::Container container;
  container.name = "main";
  container.image = "busybox";
  spec.template_.spec.mut().containers.push_back(container);
  bodyOf(*object_).spec.mut().replicatedJobs.push_back(std::move(job));
  return *this;
}
JobSetBuilder& JobSetBuilder::group(std::string_view name) {
  last().groupName = name;
  return *this;
}
JobSetBuilder& JobSetBuilder::dependsOn(std::string_view name, std::string_view status) {
  last().dependsOn.push_back({std::string(name), std::string(status)});
  return *this;
}
JobSetBuilder& JobSetBuilder::counts(std::optional<std::int32_t> parallelism, std::optional<std::int32_t> completions) {
  return editJob([&](api::JobSpec& spec) {
    spec.parallelism = parallelism;
    spec.completions = completions;
  });
}
JobSetBuilder& JobSetBuilder::jobLabel(std::string_view key, std::string_view value) {
  last().template_.metadata.labels.set(key, value);
  return *this;
}
JobSetBuilder& JobSetBuilder::jobAnnotation(std::string_view key, std::string_view value) {
  last().template_.metadata.annotations.set(key, value);
  return *this;
}
JobSetBuilder& JobSetBuilder::podLabel(std::string_view key, std::string_view value) {
  return editJob([&](api::JobSpec& spec) { spec.template_.metadata.labels.set(key, value); });
}
JobSetBuilder& JobSetBuilder::podAnnotation(std::string_view key, std::string_view value) {
  return editJob([&](api::JobSpec& spec) { spec.template_.metadata.annotations.set(key, value); });
}
JobSetBuilder& JobSetBuilder::editJob(const std::function<void(api::JobSpec&)>& change) {
  change(last().template_.spec.mut());
  return *this;
}
JobSetBuilder& JobSetBuilder::editPod(const std::function<void(api::PodSpec&)>& change) {
  return editJob([&](api::JobSpec& spec) { change(spec.template_.spec.mut()); });
}
JobSetBuilder& JobSetBuilder::annotation(std::string_view key, std::string_view value) {
  object_->meta.annotations.set(key, value);
  return *this;
}
JobSetBuilder& JobSetBuilder::success(std::string_view op, std::vector<std::string> targets) {
  return editSpec([&](api::JobSetSpec& spec) {
    spec.successPolicy = api::SuccessPolicy{std::string(op), std::move(targets)};
  });
}
JobSetBuilder& JobSetBuilder::maxRestarts(std::int32_t count) {
  return editSpec([&](api::JobSetSpec& spec) {
    if (!spec.failurePolicy) spec.failurePolicy.emplace();
    spec.failurePolicy->maxRestarts = count;
  });
}
JobSetBuilder& JobSetBuilder::strategy(std::string_view name) {
  return editSpec([&](api::JobSetSpec& spec) {
    if (!spec.failurePolicy) spec.failurePolicy.emplace();
    spec.failurePolicy->restartStrategy = name;
  });
}
JobSetBuilder& JobSetBuilder::rule(std::string_view name, std::string_view action, std::vector<std::string> targets,
                                   std::vector<std::string> reasons, std::vector<std::string> patterns) {
  return editSpec([&](api::JobSetSpec& spec) {
    if (!spec.failurePolicy) spec.failurePolicy.emplace();
    api::FailurePolicyRule rule;
    rule.name = name;
    rule.action = action;
    rule.targetReplicatedJobs = std::move(targets);
    rule.onJobFailureReasons = std::move(reasons);
    rule.onJobFailureMessagePatterns = std::move(patterns);
    spec.failurePolicy->rules.push_back(std::move(rule));
  });
}
JobSetBuilder& JobSetBuilder::inOrder() {
  return editSpec([&](api::JobSetSpec& spec) { spec.startupPolicy = api::StartupPolicy{"InOrder"}; });
}
JobSetBuilder& JobSetBuilder::suspended(bool value) {
  return editSpec([&](api::JobSetSpec& spec) { spec.suspend = value; });
}
JobSetBuilder& JobSetBuilder::ttl(std::int32_t seconds) {
  return editSpec([&](api::JobSetSpec& spec) { spec.ttlSecondsAfterFinished = seconds; });
}
JobSetBuilder& JobSetBuilder::coordinator(std::string_view replicated_job, std::int32_t job, std::int32_t pod) {
  return editSpec([&](api::JobSetSpec& spec) {
    spec.coordinator = api::Coordinator{std::string(replicated_job), job, pod};
  });
}
JobSetBuilder& JobSetBuilder::claim(std::string_view claim_template, std::string_view when_deleted) {
  return editSpec([&](api::JobSetSpec& spec) {
    api::VolumeClaimPolicy policy;
    policy.templates.emplace_back();
    policy.templates.back().metadata.name = claim_template;
    policy.templates.back().spec.accessModes = {"ReadWriteMany"};
    if (!when_deleted.empty()) policy.retentionPolicy = api::VolumeRetentionPolicy{std::string(when_deleted)};
    spec.volumeClaimPolicies.push_back(std::move(policy));
  });
}
JobSetBuilder& JobSetBuilder::editSpec(const std::function<void(api::JobSetSpec&)>& change) {
  change(bodyOf(*object_).spec.mut());
  return *this;
}
JobSetBuilder& JobSetBuilder::editStatus(const std::function<void(api::JobSetStatus&)>& change) {
  change(bodyOf(*object_).status);
  return *this;
}
JobSetBuilder& JobSetBuilder::editMeta(const std::function<void(api::ObjectMeta&)>& change) {
  change(object_->meta);
  return *this;
}
api::ObjectPtr JobSetBuilder::build() const {
  const api::MutableObjectPtr copy = api::edit(*object_);
  applyDefaults(*copy);
  return copy;
}
api::ObjectPtr JobSetBuilder::raw() const { return api::edit(*object_); }

api::MutableObjectPtr makePod(const PodOf& of) {
  const api::MutableObjectPtr pod = api::makeObject(api::Pod{});
  pod->meta.name = fmt::format("{}-{}-{}-{}-{}", of.jobset, of.replicated_job, of.job, of.index, of.suffix);
  pod->meta.namespace_ = "default";
  pod->meta.uid = "uid-of-" + pod->meta.name;
  pod->meta.resourceVersion = 7;
  const std::string job = jobName(of.jobset, of.replicated_job, of.job);
  for (api::StringMap* map : {&pod->meta.labels, &pod->meta.annotations}) {
    map->set(kJobSetNameKey, of.jobset);
    map->set(kReplicatedJobNameKey, of.replicated_job);
    map->set(kJobIndexKey, std::to_string(of.job));
    map->set(kJobKeyKey, jobKey("default", job));
    map->set(kCompletionIndexKey, std::to_string(of.index));
  }
  if (!of.exclusive.empty()) pod->meta.annotations.set(kExclusiveKey, of.exclusive);
  if (!of.job_uid.empty()) {
    api::OwnerReference owner{"batch/v1", "Job", job, of.job_uid, true, true};
    pod->meta.ownerReferences = api::Shared<std::vector<api::OwnerReference>>({owner});
  }
  api::Pod& body = api::as<api::Pod>(*pod);
  body.nodeName = of.node;
  body.status.phase = of.node.empty() ? "Pending" : "Running";
  return pod;
}

api::MutableObjectPtr makeNode(std::string_view name, std::map<std::string, std::string> labels) {
  const api::MutableObjectPtr node = api::makeObject(api::Node{});
  node->meta.name = name;
  for (const auto& [key, value] : labels) node->meta.labels.set(key, value);
  return node;
}

Config configWith(bool FeatureGates::*gate) {
  Config config;
  config.gates.*gate = true;
  return config;
}

const api::Condition* conditionOf(const api::ObjectPtr& jobset, std::string_view type) {
  return api::findCondition(api::as<api::JobSet>(jobset).status.conditions, type);
}

api::Condition makeCondition(std::string_view type, std::string_view status, std::string_view reason,
                             std::string_view message, double second) {
  api::Condition condition;
  condition.type = type;
  condition.status = status;
  condition.reason = reason;
  condition.message = message;
  condition.lastTransitionTime = atSecond(second);
  return condition;
}

std::vector<std::string> eventLines(const std::vector<EventRecord>& events) {
  std::vector<std::string> lines;
  for (const EventRecord& event : events)
    lines.push_back(fmt::format("{} {} {}", event.type, event.reason, event.note));
  return lines;
}

std::vector<std::string> stepNames(const Plan& plan) {
  std::vector<std::string> names;
  for (const Step& step : plan.steps) names.push_back(step.name);
  return names;
}

std::vector<std::string> targets(const Plan& plan, api::Verb verb) {
  std::vector<std::string> names;
  for (const Step& step : plan.steps) {
    for (const StepRequest& request : step.requests) {
      if (request.request.verb == verb) names.push_back(request.request.key.name);
    }
  }
  return names;
}

std::string describePlan(const Plan& plan) {
  std::string out;
  const auto addObject = [&](const api::ObjectPtr& object) {
    if (!object) return;
    out += fmt::format("    version {} labels", object->meta.resourceVersion);
    for (const auto& [key, value] : object->meta.labels) out += fmt::format(" {}={}", key, value);
    out += " annotations";
    for (const auto& [key, value] : object->meta.annotations) out += fmt::format(" {}={}", key, value);
    out += "\n";
  };
  for (const Step& step : plan.steps) {
    out +=
        fmt::format("step {} mode {} on failure {}\n", step.name, static_cast<int>(step.mode), step.on_failure.reason);
    for (const StepRequest& request : step.requests) {
      out += fmt::format("  {} {} group {} prefix {}\n", api::verbText(request.request.verb), request.request.key.name,
                         request.group, request.error_prefix);
      addObject(request.request.object);
    }
  }
  out += "error " + plan.error + "\n";
  if (plan.status_update) {
    const api::JobSetStatus& status = api::as<api::JobSet>(plan.status_update).status;
    out += fmt::format("status restarts {} counted {} terminal {}\n", status.restarts, status.restartsCountTowardsMax,
                       status.terminalState);
    for (const api::Condition& c : status.conditions)
      out += fmt::format("  {} {} {} {}\n", c.type, c.status, c.reason, c.message);
    for (const api::ReplicatedJobStatus& r : status.replicatedJobsStatus) {
      out += fmt::format("  {} ready {} succeeded {} failed {} active {} suspended {}\n", r.name, r.ready, r.succeeded,
                         r.failed, r.active, r.suspended);
    }
  }
  for (const std::string& line : eventLines(plan.events)) out += "event " + line + "\n";
  for (const std::string& line : plan.warnings) out += "warning " + line + "\n";
  if (plan.requeue_after) out += fmt::format("requeue {}\n", plan.requeue_after->count());
  return out;
}

World::World(api::ObjectPtr stored, Config with)
    : config(std::move(with)), now(atSecond(1)), jobset(std::move(stored)) {}

Observed World::observe() const {
  Observed seen;
  seen.jobset = jobset;
  if (!jobset) return seen;
  for (const auto& [name, job] : jobs) {
    if (ownerJobSetUid(job->meta) == jobset->meta.uid) seen.jobs.put(job);
  }
  const auto service = services.find(std::string(subdomainOf(*api::as<api::JobSet>(jobset).spec, jobset->meta.name)));
  if (service != services.end()) seen.service = service->second;
  seen.pods = SeenPods(pods);
  return seen;
}

Plan World::plan() const { return reconcile(observe(), now, config); }

Plan World::pass() {
  Plan plan = this->plan();
  carryOut(plan);
  return plan;
}

int World::settle(int limit) {
  for (int i = 0; i < limit; ++i) {
    const Plan plan = pass();
    const bool claims_only =
        plan.steps.empty() || (plan.steps.size() == 1 && plan.steps[0].name == "create volume claims");
    if ((claims_only && !plan.status_update) || !jobset) return i;
  }
  ADD_FAILURE() << "does not settle:\n" << describePlan(plan());
  return limit;
}

void World::carryOut(const Plan& plan) {
  for (const Step& step : plan.steps) {
    for (const StepRequest& request : step.requests) {
      const api::Request& r = request.request;
      auto& store = r.key.kind == api::Kind::kJob ? jobs : r.key.kind == api::Kind::kService ? services : claims;
      switch (r.verb) {
        case api::Verb::kCreate: {
          const auto at = store.find(r.object->meta.name);
          EXPECT_TRUE(at == store.end() || request.tolerate_already_exists)
              << "creates what exists: " << r.object->meta.name;
          if (at != store.end()) break;
          const api::MutableObjectPtr object = api::edit(r.object);
          object->meta.resourceVersion = ++next_version;
          object->meta.uid = fmt::format("uid-{}", next_version);
          object->meta.creationTimestamp = now;
          if (r.key.kind == api::Kind::kJob) {
            api::JobSpec& spec = api::as<api::Job>(*object).spec.mut();
            if (!spec.parallelism) spec.parallelism = 1;
            if (!spec.completions && spec.completionMode != "Indexed") spec.completions = 1;
            if (!spec.suspend.value_or(false)) {
              api::as<api::Job>(*object).status.startTime = now;
              api::as<api::Job>(*object).status.active = *spec.parallelism;
            }
            ++created;
          }
          store[object->meta.name] = object;
          break;
        }
        case api::Verb::kDelete:
          if (r.key.kind == api::Kind::kJobSet) {
            jobset = nullptr;
            return;
          }
          EXPECT_TRUE(store.contains(r.key.name)) << r.key.name;
          EXPECT_EQ(r.delete_options.propagation, api::Propagation::kForeground);
          ++deleted;
          if (terminating.contains(r.key.name)) {
            const api::MutableObjectPtr object = api::edit(store[r.key.name]);
            object->meta.deletionTimestamp = now;
            object->meta.resourceVersion = ++next_version;
            store[r.key.name] = object;
          } else {
            store.erase(r.key.name);
          }
          break;
        case api::Verb::kUpdate:
        case api::Verb::kUpdateStatus: {
          const api::ObjectPtr stored = store.at(r.key.name);
          if (!request.resource_version_from) {
            EXPECT_EQ(r.object->meta.resourceVersion, stored->meta.resourceVersion) << r.key.name;
          }
          const api::MutableObjectPtr object = api::edit(stored);
          if (r.verb == api::Verb::kUpdate) {
            api::as<api::Job>(*object).spec = api::as<api::Job>(*r.object).spec;
            if (api::as<api::Job>(*object).spec->suspend.value_or(false)) {
              api::as<api::Job>(*object).status.active = 0;
              api::as<api::Job>(*object).status.ready = 0;
              api::as<api::Job>(*object).status.startTime.reset();
            } else {
              api::as<api::Job>(*object).status.startTime = now;
              api::as<api::Job>(*object).status.active = api::as<api::Job>(*object).spec->parallelism.value_or(1);
            }
          } else {
            api::as<api::Job>(*object).status = api::as<api::Job>(*r.object).status;
          }
          object->meta.resourceVersion = ++next_version;
          store[r.key.name] = object;
          break;
        }
        case api::Verb::kPatch:
          editJob(r.key.name, [&](api::Object&, api::Job& job) {
            const nlohmann::json& spec = std::get<api::MergePatch>(r.patch).body.get().at("spec");
            const auto value = [](const nlohmann::json& v) {
              return v.is_null() ? std::optional<std::int32_t>(1) : v.get<std::int32_t>();
            };
            if (spec.contains("parallelism")) job.spec.mut().parallelism = value(spec.at("parallelism"));
            if (spec.contains("completions")) job.spec.mut().completions = value(spec.at("completions"));
          });
          break;
        default: ADD_FAILURE() << "unexpected verb " << api::verbText(r.verb);
      }
    }
  }
  if (!plan.error.empty()) return;
  if (plan.status_update) {
    EXPECT_EQ(plan.status_update->meta.resourceVersion, jobset->meta.resourceVersion);
    const api::MutableObjectPtr object = api::edit(plan.status_update);
    object->meta.resourceVersion = ++next_version;
    jobset = object;
  }
  for (const std::string& line : eventLines(plan.events)) events.push_back(line);
}

void World::advance(double seconds) { now += std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)); }

const api::JobSetStatus& World::status() const { return api::as<api::JobSet>(jobset).status; }

std::string World::condition(std::string_view type) const {
  const api::Condition* found = conditionOf(jobset, type);
  return found ? found->status + " " + found->reason : "";
}

const api::ReplicatedJobStatus& World::counts(std::string_view replicated_job) const {
  for (const api::ReplicatedJobStatus& s : status().replicatedJobsStatus) {
    if (s.name == replicated_job) return s;
  }
  static const api::ReplicatedJobStatus kNone;
  ADD_FAILURE() << "no status of " << replicated_job;
  return kNone;
}

std::vector<std::string> World::jobNames() const {
  std::vector<std::string> names;
  for (const auto& [name, job] : jobs) names.push_back(name);
  return names;
}

void World::editJob(const std::string& name, const std::function<void(api::Object&, api::Job&)>& change) {
  ASSERT_TRUE(jobs.contains(name)) << name;
  const api::MutableObjectPtr object = api::edit(jobs[name]);
  change(*object, api::as<api::Job>(*object));
  object->meta.resourceVersion = ++next_version;
  jobs[name] = object;
}

void World::editJobSet(const std::function<void(api::Object&, api::JobSet&)>& change) {
  const api::MutableObjectPtr object = api::edit(jobset);
  change(*object, api::as<api::JobSet>(*object));
  object->meta.resourceVersion = ++next_version;
  jobset = object;
}

void World::ready(const std::string& job) {
  editJob(job, [](api::Object&, api::Job& body) {
    body.status.active = body.spec->parallelism.value_or(1);
    body.status.ready = body.status.active;
  });
}
void World::notReady(const std::string& job) {
  editJob(job, [](api::Object&, api::Job& body) { body.status.ready = 0; });
}
void World::complete(const std::string& job) {
  editJob(job, [this](api::Object&, api::Job& body) {
    body.status.active = 0;
    body.status.ready = 0;
    body.status.succeeded = body.spec->completions.value_or(1);
    body.status.completionTime = api::truncateToSeconds(now);
    body.status.conditions.push_back(makeCondition("SuccessCriteriaMet", "True"));
    body.status.conditions.push_back(makeCondition("Complete", "True"));
  });
}
void World::fail(const std::string& job, std::string_view reason, std::string_view message) {
  editJob(job, [&](api::Object&, api::Job& body) {
    body.status.active = 0;
    body.status.ready = 0;
    body.status.failed = 1;
    body.status.conditions.push_back(makeCondition("FailureTarget", "True", reason, message));
    api::Condition failed = makeCondition("Failed", "True", reason, message);
    failed.lastTransitionTime = api::truncateToSeconds(now);
    body.status.conditions.push_back(failed);
  });
}
void World::finishDeletion(const std::string& job) {
  EXPECT_TRUE(jobs.contains(job) && jobs[job]->meta.deletionTimestamp) << job;
  jobs.erase(job);
  terminating.erase(job);
}

}  // namespace jobset_twin::jobset::testing
