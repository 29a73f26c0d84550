#include "engine/jobset/reconcile.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/jobset/child_jobs.hpp"
#include "engine/jobset/conditions.hpp"
#include "engine/jobset/construct_jobs.hpp"
#include "engine/jobset/depends_on.hpp"
#include "engine/jobset/elastic.hpp"
#include "engine/jobset/failure_policy.hpp"
#include "engine/jobset/in_place_restart.hpp"
#include "engine/jobset/names.hpp"
#include "engine/jobset/startup_policy.hpp"
#include "engine/jobset/success_policy.hpp"
#include "engine/jobset/suspend.hpp"
#include "engine/jobset/ttl_after_finished.hpp"
#include "engine/jobset/volume_claim_policy.hpp"

namespace jobset_twin::jobset {
namespace {

constexpr std::string_view kNilPanic =
    "panic: runtime error: invalid memory address or nil pointer dereference [recovered]";

class Pass {
 public:
  Pass(const Observed& observed, TimePoint now, const Config& config)
      : observed_(observed),
        now_(now),
        config_(config),
        spec_(*api::as<api::JobSet>(observed.jobset).spec),
        index_(spec_),
        draft_(observed.jobset, now) {}

  Plan run() {
    plan_.error = decide();
    if (!plan_.error.empty()) return std::move(plan_);  // no status write, whatever was computed (JS-R16)
    if (draft_.changed) {
      const api::MutableObjectPtr written = api::edit(observed_.jobset);
      api::as<api::JobSet>(*written).status = std::move(draft_.status);
      plan_.status_update = written;
    }
    plan_.events = std::move(draft_.events);
    plan_.metrics = std::move(draft_.metrics);
    return std::move(plan_);
  }

 private:
  std::string decide();
  void countChildren();
  void planService();
  void planReplicatedJobs(const StatusView& statuses);
  bool everyJobReady() const;

  const Observed& observed_;
  TimePoint now_;
  const Config& config_;
  const api::JobSetSpec& spec_;
  ReplicatedJobIndex index_;
  StatusDraft draft_;
  ChildJobs children_;
  Plan plan_;
};

std::string Pass::decide() {
  std::string error = sortChildJobs(observed_, index_, config_.gates, children_);  // R3
  if (!error.empty()) return error;
  countChildren();                         // R4
  if (finishedCondition(draft_.status)) {  // R5
    planDeleteJobs(plan_, "delete active Jobs", children_.active);
    return applyTtl(*observed_.jobset, now_, plan_);
  }
  planDeleteJobs(plan_, "delete previous Jobs", children_.previous);                                    // R6
  if (!isSuspended(spec_) && everyJobReady()) setNotRestarting(draft_, kJobsReady, kJobsReadyMessage);  // R7
  if (!children_.failed.empty()) {                                                                      // R8
    return applyFailurePolicy(children_.failed, index_, config_.gates, draft_, plan_.warnings);
  }
  if (!children_.successful.empty()) {  // R9
    if (config_.quirks.b7_nil_success_policy && !spec_.successPolicy) return std::string(kNilPanic);
    if (successPolicyMet(spec_, children_.successful)) {
      setCompleted(draft_);
      return {};
    }
  }
  planService();                                                                      // R10
  if (!spec_.volumeClaimPolicies.empty()) planVolumeClaims(observed_.jobset, plan_);  // R11
  Scaling scaling;
  if (config_.gates.ElasticJobSet) scaling = planScaling(spec_, index_, children_, plan_);  // R12
  const StatusView statuses(draft_.status.replicatedJobsStatus, index_, spec_.replicatedJobs.size());
  planReplicatedJobs(statuses);  // R13
  if (isSuspended(spec_)) {      // R14
    planSuspend(children_, scaling, draft_, plan_);
  } else {
    planResume(index_, statuses, children_, scaling, draft_, plan_);
  }
  if (restartsInPlace(spec_)) {  // R15
    if (config_.gates.InPlaceRestart) return applyInPlaceRestart(observed_.pods, draft_);
    plan_.warnings.push_back("in-place restart strategy cannot be used when the feature gate is disabled");
  }
  return {};
}

void Pass::countChildren() {
  auto counted = countReplicatedJobs(api::as<api::JobSet>(observed_.jobset), index_, children_, config_.gates);
  std::vector<api::ReplicatedJobStatus>& stored = draft_.status.replicatedJobsStatus;
  // The stored list is sorted for the comparison in place: should another change cause a write, that order is written
  // too.
  std::stable_sort(stored.begin(), stored.end(), [](const auto& a, const auto& b) { return a.name > b.name; });
  if (stored == counted) return;
  stored = std::move(counted);
  draft_.changed = true;
}

bool Pass::everyJobReady() const {
  std::int64_t ready = 0;
  for (const api::ReplicatedJobStatus& status : draft_.status.replicatedJobsStatus)
    ready += status.ready + status.succeeded;
  return ready == index_.totalReplicas();
}

void Pass::planService() {
  if (!dnsHostnamesEnabled(spec_) || observed_.service) return;
  api::Service body;
  body.spec.clusterIP = "None";
  body.spec.selector.set(kJobSetNameKey, observed_.jobset->meta.name);
  body.spec.publishNotReadyAddresses = !spec_.network || spec_.network->publishNotReadyAddresses.value_or(true);
  const api::MutableObjectPtr service = api::makeObject(std::move(body));
  service->meta.name = subdomainOf(spec_, observed_.jobset->meta.name);
  service->meta.namespace_ = observed_.jobset->meta.namespace_;
  service->meta.ownerReferences = controllerReference(*observed_.jobset);
  Step step;
  step.name = "create headless Service";
  step.requests.emplace_back();
  step.requests.back().request = api::createRequest(service);
  step.requests.back().tolerate_own = !config_.quirks.b8_stale_creates;
  step.on_failure.regarding = observed_.jobset;
  step.on_failure.type = "Warning";
  step.on_failure.reason = "HeadlessServiceCreationFailed";
  plan_.steps.push_back(std::move(step));
}

void Pass::planReplicatedJobs(const StatusView& statuses) {
  const bool blocked = !children_.previous.empty() && spec_.failurePolicy &&
                       spec_.failurePolicy->restartStrategy == kBlockingRecreateStrategy;
  const bool in_order = !isSuspended(spec_) && startsInOrder(spec_);
  const JobFactory factory(*observed_.jobset, draft_.status, index_, config_.gates);
  for (std::size_t i = 0; i < spec_.replicatedJobs.size(); ++i) {
    const api::ReplicatedJob& replicated_job = spec_.replicatedJobs[i];
    if (!dependenciesReached(spec_, i, index_, statuses)) continue;
    if (in_order && allReplicasStarted(replicasOf(replicated_job), statuses.at(i))) continue;
    Step step;
    step.name = fmt::format("create Jobs of {}", replicated_job.name);
    step.mode = StepMode::kConcurrent;
    step.on_failure.regarding = observed_.jobset;
    step.on_failure.type = "Warning";
    step.on_failure.reason = "JobCreationFailed";
    if (!blocked) {
      for (api::ObjectPtr& job : factory.missing(i, children_.present[i])) {
        StepRequest request;
        request.error_prefix = fmt::format("job \"{}\" creation failed with error: ", job->meta.name);
        request.request = api::createRequest(std::move(job));
        request.tolerate_own = !config_.quirks.b8_stale_creates;
        step.requests.push_back(std::move(request));
      }
    }
    if (!step.requests.empty()) plan_.steps.push_back(std::move(step));
    if (in_order) {
      setStartupInProgress(draft_);
      return;
    }
  }
  if (in_order) setStartupCompleted(draft_);
}

}  // namespace

Plan reconcile(const Observed& observed, TimePoint now, const Config& config) {
  if (!observed.jobset || observed.jobset->meta.deletionTimestamp) return {};  // R1
  const auto& managed_by = api::as<api::JobSet>(observed.jobset).spec->managedBy;
  if (managed_by && *managed_by != kControllerName) return {};  // R2
  return Pass(observed, now, config).run();
}

}  // namespace jobset_twin::jobset
