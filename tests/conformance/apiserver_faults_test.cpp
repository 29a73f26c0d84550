// Whole runs in which requests are refused or never answered and watches lag: every component does as its real
// counterpart, and what was to come of it still does (K-API-13, K-API-40 to 45, K-T-51, K-T-70, K-T-92, K-GOT-28, 29).
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/apiserver/api_faults.hpp"
#include "sim/cluster/world_parts.hpp"
#include "tests/conformance/ran.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using apiserver::ApiEffect;
using apiserver::ApiFault;
using cluster::Component;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

// A JobSet whose Pods fail in all attempts (as often as it may restart) or succeed.
std::string manifest(const std::string& command, int pods = 2) {
  return fmt::format(R"(
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata: {{name: x}}
spec:
  failurePolicy: {{maxRestarts: 2}}
  volumeClaimPolicies:
  - templates:
    - {{metadata: {{name: data}}, spec: {{accessModes: [ReadWriteOnce], storageClassName: fast,
        resources: {{requests: {{storage: 1Gi}}}}}}}}
  replicatedJobs:
  - name: w
    replicas: 2
    template:
      spec:
        backoffLimit: 0
        parallelism: {0}
        completions: {0}
        template:
          spec:
            restartPolicy: Never
            containers:
            - {{name: main, image: busybox, command: {1}, volumeMounts: [{{name: data, mountPath: /data}}]}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {{name: fast}}
provisioner: example.com/fast
)",
                     pods, command);
}
const std::string kFails = "[sh, -c, 'sleep 5; exit 1']", kSucceeds = "[sleep, \"20\"]";

class Faulty {
 public:
  explicit Faulty(const std::string& text)
      : loaded_(load({{"-", text}}, {}, [](const std::string&) { return std::optional<std::string>(); })) {
    for (const api::Error& error : loaded_.errors) ADD_FAILURE() << api::describe(error);
    run = std::make_unique<scenarios::Run>(loaded_.plan, RunHooks{});
  }
  void until(api::Duration at) { run->advance(loaded_.plan.world.start + at); }
  apiserver::FaultId begin(const ApiFault& fault) {
    cluster::WorldParts& parts = run->world().parts();
    return parts.transport.beginFault(parts.kernel, parts.server, fault);
  }
  void end(apiserver::FaultId id) {
    cluster::WorldParts& parts = run->world().parts();
    hits = parts.transport.faults().hits(id);
    EXPECT_TRUE(parts.transport.endFault(parts.kernel, parts.server, id));
  }
  // A fault from `from` to `to`, and on to the end of the run, which does not come before `to`.
  Outcome with(const ApiFault& fault, api::Duration from, api::Duration to) {
    api::Request look;
    look.key = {api::Kind::kPriorityClass, "", "system-node-critical"};
    run->world().submit({loaded_.plan.world.start + to + 1ms, look, "test"});
    until(from);
    const apiserver::FaultId id = begin(fault);
    until(to);
    end(id);
    run->advance();
    return run->outcome();
  }
  const apiserver::Store& store() const { return run->world().server().store(); }
  std::vector<std::string> reasons(std::string_view kind) const {
    std::vector<std::string> out;
    for (const auto& [key, object] : store().all(api::Kind::kEvent)) {
      const api::Event& event = api::as<api::Event>(object);
      if (event.regarding.kind == kind) out.push_back(event.reason);
    }
    return out;
  }

  std::unique_ptr<scenarios::Run> run;
  std::uint64_t hits = 0;

 private:
  Loaded loaded_;
};

ApiFault fault(ApiEffect effect) {
  ApiFault fault;
  fault.effect = effect;
  return fault;
}

std::string summary(const Outcome& outcome) {
  if (outcome.jobsets.empty()) return "nothing";
  const JobSetOutcome& jobset = outcome.jobsets.front();
  return fmt::format("{} after {} restarts, {}", jobset.terminal_state, jobset.restarts,
                     endReasonText(outcome.end_reason));
}

// --- one request in ten goes wrong, whoever sends it ---

struct Trouble {
  const char* name;
  void (*make)(ApiFault&);
};
class InTenRequests : public ::testing::TestWithParam<Trouble> {};

TEST_P(InTenRequests, a_jobset_ends_as_without) {
  for (const std::string* command : {&kFails, &kSucceeds}) {
    Faulty faulty(manifest(*command));
    ApiFault some = fault(ApiEffect::kError);
    some.probability = 0.1;
    GetParam().make(some);
    some.client = "k*";  // kube-controller-manager, kube-scheduler, kubelets; the JobSet controller has its own below
    ApiFault jobset = some;
    jobset.client = "jobset*";
    faulty.until(1s);
    faulty.begin(jobset);
    const Outcome outcome = faulty.with(some, 1s, 1h);
    EXPECT_EQ(summary(outcome),
              command == &kFails ? "Failed after 2 restarts, finished" : "Completed after 0 restarts, finished");
    if (command == &kSucceeds) {
      EXPECT_EQ(faulty.store().size(api::Kind::kPod), 4U) << "nothing was made twice";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    ApiserverFaults, InTenRequests,
    ::testing::Values(Trouble{"Error429RetryAfter",
                              [](ApiFault& f) {
                                f.reason = api::Reason::kTooManyRequests;
                                f.retry_after_seconds = 1;
                              }},
                      Trouble{"Error429", [](ApiFault& f) { f.reason = api::Reason::kTooManyRequests; }},
                      Trouble{"Error409", [](ApiFault& f) { f.reason = api::Reason::kConflict; }},
                      Trouble{"Error500", [](ApiFault& f) { f.reason = api::Reason::kInternalError; }},
                      Trouble{"Error503", [](ApiFault& f) { f.reason = api::Reason::kServiceUnavailable; }},
                      Trouble{"TimeoutNotDone",
                              [](ApiFault& f) {
                                f.effect = ApiEffect::kTimeout;
                                f.latency = 60s;
                              }},
                      Trouble{"TimeoutDone",
                              [](ApiFault& f) {
                                f.effect = ApiEffect::kTimeout;
                                f.latency = 60s;
                                f.written = true;
                              }},
                      Trouble{"LostNotDone", [](ApiFault& f) { f.effect = ApiEffect::kLostAnswer; }},
                      Trouble{"LostDone",
                              [](ApiFault& f) {
                                f.effect = ApiEffect::kLostAnswer;
                                f.written = true;
                              }}),
    [](const auto& trouble) { return std::string(trouble.param.name); });

// --- all requests of one component of one kind go wrong for a while: it comes back to them by itself ---

struct RefusedRequest {
  const char *client, *kind;
  api::Verb verb;
  const char* command;
};
const RefusedRequest kRefusedRequests[] = {
    {"kube-controller-manager/job-controller", "pods", api::Verb::kCreate, "succeeds"},
    {"kube-controller-manager/job-controller", "pods", api::Verb::kPatch, "succeeds"},  // tracking finalizers
    {"kube-controller-manager/job-controller", "pods", api::Verb::kDelete, "fails"},
    {"kube-controller-manager/job-controller", "jobs", api::Verb::kUpdateStatus, "succeeds"},
    {"kube-controller-manager/garbage-collector", "", api::Verb::kGet, "fails"},
    {"kube-controller-manager/garbage-collector", "", api::Verb::kDelete, "fails"},
    {"kube-controller-manager/garbage-collector", "", api::Verb::kPatch, "fails"},  // its finalizer of the owner
    {"kube-controller-manager/endpointslice-controller", "endpointslices", api::Verb::kCreate, "succeeds"},
    {"kube-controller-manager/persistentvolume-binder", "", api::Verb::kCreate, "succeeds"},
    {"kube-controller-manager/persistentvolume-binder", "", api::Verb::kUpdate, "succeeds"},
    {"kube-scheduler", "pods", api::Verb::kBind, "succeeds"},
    {"jobset-controller-manager", "jobs", api::Verb::kCreate, "succeeds"},
    {"jobset-controller-manager", "services", api::Verb::kCreate, "succeeds"},
    {"jobset-controller-manager", "jobsets", api::Verb::kUpdateStatus, "succeeds"},
    {"jobset-controller-manager", "jobs", api::Verb::kDelete, "fails"},
};

TEST(ApiserverFaults, every_component_tries_again_what_was_refused) {
  std::map<std::string, std::string> plain;
  for (const std::string* command : {&kFails, &kSucceeds}) {
    Faulty faulty(manifest(*command));
    faulty.run->advance();
    plain[command == &kFails ? "fails" : "succeeds"] = summary(faulty.run->outcome());
  }
  EXPECT_EQ(plain["fails"], "Failed after 2 restarts, finished");
  for (const RefusedRequest& row : kRefusedRequests) {
    for (const int kind : {0, 1, 2}) {
      ApiFault refused = fault(kind == 0 ? ApiEffect::kError : ApiEffect::kLostAnswer);
      refused.written = kind == 2;
      refused.client = row.client;
      refused.kind = row.kind;
      refused.verbs = {row.verb};
      Faulty faulty(manifest(std::string_view(row.command) == "fails" ? kFails : kSucceeds));
      const std::string about =
          fmt::format("{} {} {} {}", row.client, api::verbText(row.verb), row.kind, kind == 2 ? "done" : "not done");
      const Outcome outcome = faulty.with(refused, 0s, 40s);
      EXPECT_GT(faulty.hits, 0U) << about;
      EXPECT_EQ(summary(outcome), plain[row.command]) << about;
    }
  }
}

TEST(ApiserverFaults, KT70_a_ttl_deletion_that_was_refused_is_tried_again) {
  Faulty faulty(R"(
apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec:
  ttlSecondsAfterFinished: 10
  template: {spec: {restartPolicy: Never, containers: [{name: a, image: b, command: [sleep, "5"]}]}}
)");
  ApiFault refused = fault(ApiEffect::kError);
  refused.client = "*/ttl-after-finished-controller";
  faulty.with(refused, 0s, 60s);
  EXPECT_GT(faulty.hits, 5U) << "5 ms, doubling";
  EXPECT_EQ(faulty.store().size(api::Kind::kJob), 0U);
}

// --- single cases ---

// A create that is done although it timed out: the next pass meets AlreadyExists or sees the Job, and nothing is
// doubled.
TEST(ApiserverFaults, a_creation_that_timed_out_but_was_done_is_not_doubled) {
  ApiFault timeout = fault(ApiEffect::kTimeout);
  timeout.latency = 60s;
  timeout.written = true;
  timeout.client = "jobset-controller-manager";
  timeout.verbs = {api::Verb::kCreate};
  Faulty faulty(manifest(kSucceeds));
  const Outcome outcome = faulty.with(timeout, 0s, 5s);
  EXPECT_GT(faulty.hits, 0U);
  EXPECT_EQ(summary(outcome), "Completed after 0 restarts, finished");
  EXPECT_EQ(faulty.store().size(api::Kind::kJob), 2U);
  EXPECT_EQ(faulty.store().size(api::Kind::kPod), 4U);
  EXPECT_GT(outcome.jobsets.front().finished.value() - outcome.start, 60s) << "the pass waits for its answer";
}

TEST(ApiserverFaults, an_outage_stops_nothing_that_runs_and_everything_goes_on_after_it) {
  Faulty faulty(manifest(kSucceeds));
  const Outcome outcome = faulty.with(fault(ApiEffect::kOutage), 10s, 70s);
  EXPECT_EQ(summary(outcome), "Completed after 0 restarts, finished");
  const double finished =
      std::chrono::duration<double>(outcome.jobsets.front().finished.value() - outcome.start).count();
  EXPECT_GT(finished, 70);
  EXPECT_LT(finished, 140) << "reflectors and status come back within a minute or so";
  for (const auto& [key, object] : faulty.store().all(api::Kind::kPod)) {
    const api::PodStatus& status = api::as<api::Pod>(object).status;
    ASSERT_EQ(status.phase, "Succeeded");
    ASSERT_TRUE(status.containerStatuses.at(0).state.terminated);
    EXPECT_LT(*status.containerStatuses.at(0).state.terminated->finishedAt - outcome.start, 40s)
        << "the containers ended while nobody could be told";
  }
}

TEST(ApiserverFaults, an_outage_after_which_the_watches_find_their_place_gone) {
  ApiFault outage = fault(ApiEffect::kOutage);
  outage.expire = true;
  for (const std::string* command : {&kFails, &kSucceeds}) {
    Faulty faulty(manifest(*command));
    const Outcome outcome = faulty.with(outage, 9s, 40s);
    EXPECT_EQ(summary(outcome),
              command == &kFails ? "Failed after 2 restarts, finished" : "Completed after 0 restarts, finished");
  }
}

TEST(ApiserverFaults, KApi13_without_the_webhook_no_pods_are_made_and_then_they_are) {
  Faulty faulty(manifest(kSucceeds));
  faulty.until(50ms);  // the JobSet is there
  const Outcome outcome = faulty.with(fault(ApiEffect::kWebhookDown), 50ms, 90s);
  EXPECT_GT(faulty.hits, 0U);
  EXPECT_EQ(summary(outcome), "Completed after 0 restarts, finished");
  EXPECT_GT(outcome.jobsets.front().ready.value() - outcome.start, 90s);
  EXPECT_THAT(faulty.reasons("Job"), ::testing::Contains("FailedCreate"));

  // What could not be submitted is submitted again: after 5, 10, 20, 40 and 60 s.
  Faulty refused(manifest(kSucceeds));
  const Outcome late = refused.with(fault(ApiEffect::kWebhookDown), 0s, 90s);
  EXPECT_EQ(summary(late), "Completed after 0 restarts, finished");
  EXPECT_NEAR(std::chrono::duration<double>(late.jobsets.front().submitted.value() - late.start).count(), 135, 1);
  EXPECT_THAT(late.warnings, IsEmpty());
}

// K-GOT-29: the Job controller does not act while what it has created does not show.
TEST(ApiserverFaults, KGot29_a_late_pod_watch_stalls_scaling) {
  Faulty faulty(R"(
apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec:
  parallelism: 2
  template: {spec: {restartPolicy: Never, containers: [{name: a, image: b, command: [sleep, "200"]}]}}
)");
  ApiFault freeze = fault(ApiEffect::kWatchFreeze);
  freeze.component = cluster::targetOf(Component::kJobController);
  freeze.kind = "pods";
  const apiserver::FaultId id = faulty.begin(freeze);
  faulty.run->world().submit(
      {faulty.run->world().kernel().start() + 10s,
       api::patchRequest({api::Kind::kJob, "default", "j"},
                         api::MergePatch{api::Raw(nlohmann::json{{"spec", {{"parallelism", 4}}}})}),
       "test"});
  faulty.until(60s);
  EXPECT_EQ(faulty.store().size(api::Kind::kPod), 2U);
  faulty.end(id);
  faulty.until(63s);
  EXPECT_EQ(faulty.store().size(api::Kind::kPod), 4U);
}

// A bind whose answer is lost: the scheduler gives the Pod up and tries it again, and the cluster holds it once.
TEST(ApiserverFaults, KGot28_a_bind_whose_answer_is_lost_is_done_once) {
  for (const bool written : {false, true}) {
    ApiFault lost = fault(ApiEffect::kLostAnswer);
    lost.client = "kube-scheduler";
    lost.verbs = {api::Verb::kBind};
    lost.written = written;
    Faulty faulty(manifest(kSucceeds));
    const Outcome outcome = faulty.with(lost, 0s, 10s);
    EXPECT_EQ(summary(outcome), "Completed after 0 restarts, finished");
    EXPECT_EQ(faulty.store().size(api::Kind::kPod), 4U);
    EXPECT_THAT(faulty.reasons("Pod"), ::testing::Contains("FailedScheduling"));
  }
}

TEST(ApiserverFaults, KT41_a_throttled_controller_is_slow) {
  ApiFault limit = fault(ApiEffect::kClientLimit);
  limit.client = "kube-controller-manager/job-controller";
  limit.qps = 0.5;
  limit.burst = 1;
  Faulty faulty(manifest(kSucceeds));
  const Outcome outcome = faulty.with(limit, 0s, 600s);
  EXPECT_EQ(summary(outcome), "Completed after 0 restarts, finished");
  EXPECT_GT(outcome.jobsets.front().ready.value() - outcome.start, 6s) << "four Pods, one each two seconds";
}

// A run with faults is saved and goes on as if it had not been.
TEST(ApiserverFaults, are_part_of_a_saved_world) {
  const auto prepare = [](Faulty& faulty) {
    faulty.until(1s);
    ApiFault some = fault(ApiEffect::kError);
    some.probability = 0.3;
    faulty.begin(some);
    ApiFault freeze = fault(ApiEffect::kWatchFreeze);
    freeze.kind = "pods";
    freeze.component = cluster::targetOf(Component::kScheduler);
    const apiserver::FaultId id = faulty.begin(freeze);
    faulty.until(7s);
    return id;
  };
  Faulty whole(manifest(kFails)), saved(manifest(kFails)), loaded(manifest(kFails));
  for (Faulty* one : {&whole, &saved}) one->end(prepare(*one));
  std::stringstream file;
  saved.run->save(file);
  loaded.run->load(file);
  whole.run->advance();
  loaded.run->advance();
  EXPECT_EQ(whole.run->outcome().fingerprint, loaded.run->outcome().fingerprint);
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
