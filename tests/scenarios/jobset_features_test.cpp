// Features of JobSets from end to end, by scenarios with expectations: order, suspension, scaling, deletion, claims,
// and what upstream's bug B8 costs. A row is a scenario; its text says what must hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::scenarios {
namespace {

struct FeatureCase {
  const char* name;
  const char* spec;    // of the Scenario
  const char* jobset;  // its metadata and spec
  const char* end = "finished";
  friend void PrintTo(const FeatureCase& c, std::ostream* out) { *out << c.name; }
};

// In the texts @POD stands for a template of one Pod and @PODS for one of two, of a container without a command: the
// behaviours decide.
constexpr std::string_view kPod =
    "template: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}";
constexpr std::string_view kPods =
    "template: {spec: {parallelism: 2, completions: 2, completionMode: Indexed, template: {spec: {restartPolicy: "
    "Never, "
    "containers: [{name: c, image: i}]}}}}";

std::string replaced(std::string text, std::string_view mark, std::string_view with) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size()))
    text.replace(at, mark.size(), with);
  return text;
}

const FeatureCase kFeatureCases[] = {
    {"S20_InOrder_waits_until_the_first_is_ready",
     R"(
  behaviors:
  - {match: {replicatedJob: a}, runTime: 100s, readyAfter: 20s}
  - {match: {replicatedJob: b}, runTime: 10s}
  expectations:
  - {object: Job/default/x-b-0, reaches: created, after: {object: Job/default/x-a-0, reaches: ready}}
  - {object: Job/default/x-b-0, reaches: created, notBefore: 20s, notAfter: 25s}
  - {object: JobSet/default/x, terminalState: Completed, condition: StartupPolicyCompleted}
  - {object: JobSet/default/x, event: {reason: InOrderStartupPolicyInProgress, type: Normal, times: 1}}
  - {object: JobSet/default/x, event: {reason: InOrderStartupPolicyCompleted, type: Normal, times: 1}}
)",
     R"(
  startupPolicy: {startupPolicyOrder: InOrder}
  replicatedJobs:
  - {name: a, @POD}
  - {name: b, @POD}
)"},
    {"S22_dependsOn_Ready_and_Complete",
     R"(
  behaviors:
  - {match: {replicatedJob: a}, runTime: 60s, readyAfter: 10s}
  - {match: {jobSet: x}, runTime: 10s}
  expectations:
  - {object: Job/default/x-b-0, reaches: created, after: {object: Job/default/x-a-0, reaches: ready}}
  - {object: Job/default/x-b-0, reaches: created, notAfter: 15s}
  - {object: Job/default/x-c-0, reaches: created, after: {object: Job/default/x-a-0, reaches: succeeded}}
  - {object: JobSet/default/x, terminalState: Completed}
)",
     R"(
  replicatedJobs:
  - {name: a, @POD}
  - {name: b, dependsOn: [{name: a, status: Ready}], @POD}
  - {name: c, dependsOn: [{name: a, status: Complete}], @POD}
)"},
    {"S25_suspend_and_resume",
     R"(
  actions:
  - {at: 20s, suspend: JobSet/default/x}
  - {at: 100s, resume: JobSet/default/x}
  behaviors: [{match: {jobSet: x}, runTime: 30s}]
  expectations:
  - {object: Pod/default/x-a-0-*, reaches: deleted, notBefore: 20s, notAfter: 30s}
  - {object: JobSet/default/x, event: {reason: SuspendedJobs, times: 1}}
  - {object: JobSet/default/x, event: {reason: ResumeJobs, times: 1}}
  - {object: JobSet/default/x, terminalState: Completed, reaches: finished, notBefore: 130s, notAfter: 140s}
)",
     "  replicatedJobs: [{name: a, @PODS}]\n"},
    {"S25_resume_on_other_nodes",
     R"(
  cluster: {nodePools: [{name: old, count: 2, labels: {flavor: old}}, {name: new, count: 2, labels: {flavor: new}}]}
  actions:
  - at: 10s
    patch: JobSet/default/x
    merge:
      spec:
        replicatedJobs:
        - name: a
          template:
            spec:
              parallelism: 2
              completions: 2
              completionMode: Indexed
              template:
                metadata: {labels: {moved: "yes"}}
                spec:
                  restartPolicy: Never
                  nodeSelector: {flavor: new}
                  containers: [{name: c, image: i}]
  - {at: 20s, resume: JobSet/default/x}
  behaviors: [{match: {jobSet: x}, runTime: 30s}]
  expectations:
  - {object: Job/default/x-a-0, reaches: created, notAfter: 5s}
  - {object: Pod/default/x-a-0-*, reaches: created, notBefore: 20s}
  - {object: Pod/default/x-a-0-*, event: {reason: Scheduled, message: " to new-"}}
  - {object: JobSet/default/x, terminalState: Completed}
)",
     "  suspend: true\n  replicatedJobs: [{name: a, @PODS}]\n"},
    {"S26_InOrder_stays_suspended_until_all_have_started",
     R"(
  actions: [{at: 30s, resume: JobSet/default/x}]
  behaviors: [{match: {jobSet: x}, runTime: 60s, readyAfter: 10s}]
  expectations:
  - {object: Job/default/x-b-0, reaches: created, notAfter: 5s}
  - {object: Pod/default/x-b-0-0, reaches: created, after: {object: Pod/default/x-a-0-0, reaches: ready}}
  - {object: JobSet/default/x, terminalState: Completed, event: {reason: ResumeJobs, times: 1}}
)",
     R"(
  suspend: true
  startupPolicy: {startupPolicyOrder: InOrder}
  replicatedJobs:
  - {name: a, @POD}
  - {name: b, @POD}
)"},
    {"S39_elastic",
     R"(
  featureGates: {ElasticJobSet: true}
  actions:
  - {at: 10s, scale: JobSet/default/x, replicatedJob: a, to: {parallelism: 4}}
  - {at: 30s, scale: JobSet/default/x, replicatedJob: a, to: {parallelism: 1}}
  behaviors: [{match: {jobSet: x}, runTime: 60s}]
  expectations:
  - {object: Pod/default/x-a-0-3, reaches: created, notBefore: 10s, notAfter: 15s}
  - {object: Pod/default/x-a-0-3, reaches: deleted, notBefore: 30s}
  - {object: Pod/default/x-a-0-0, phase: Succeeded}
  - {object: JobSet/default/x, terminalState: Completed}
)",
     "  replicatedJobs: [{name: a, @PODS}]\n"},
    {"S31_time_to_live",
     R"(
  behaviors: [{match: {jobSet: x}, runTime: 10s}]
  expectations:
  - {object: JobSet/default/x, reaches: deleting, notBefore: 17s, notAfter: 19s}
  - {object: Service/default/x, reaches: deleted}
  - {object: Job/default/x-a-0, reaches: deleted}
)",
     "  ttlSecondsAfterFinished: 5\n  replicatedJobs: [{name: a, @POD}]\n"},
    {"S32_managed_by_another",
     R"(
  expectations:
  - {object: Job/default/*, count: 0}
  - {object: Service/default/*, count: 0}
  - {object: JobSet/default/x, terminalState: "", endReason: stuck}
)",
     "  managedBy: example.com/mine\n  replicatedJobs: [{name: a, @POD}]\n", "stuck"},
    {"S38_claims_that_go_and_one_that_stays",
     R"(
  actions: [{at: 60s, delete: JobSet/default/x, propagation: Foreground}]
  behaviors: [{match: {jobSet: x}, runTime: 20s}]
  expectations:
  - {object: PersistentVolumeClaim/default/keep-x, reaches: deleting, never: true}
  - {object: PersistentVolumeClaim/default/drop-x, reaches: deleted, notBefore: 60s}
  - {object: JobSet/default/x, reaches: deleted}
)",
     R"(
  volumeClaimPolicies:
  - templates: [{metadata: {name: keep}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
    retentionPolicy: {whenDeleted: Retain}
  - templates: [{metadata: {name: drop}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
  replicatedJobs:
  - name: a
    template:
      spec:
        template:
          spec:
            containers:
            - {name: c, image: i, volumeMounts: [{name: keep, mountPath: /k}, {name: drop, mountPath: /d}]}
)"},
    {"S44_S46_two_Jobs_fail_together_and_the_cache_lags_yet_one_restart_is_counted",
     R"(
  timing: {transport.watch: {median: 40ms, sigma: 1.5}}
  behaviors:
  - {match: {jobSet: x, attempt: 0}, runTime: forever, failures: [{at: 10s}]}
  - {match: {jobSet: x}, runTime: 10s}
  expectations:
  - {object: JobSet/default/x, restarts: 1, terminalState: Completed}
  - {object: JobSet/default/x, event: {reason: RestartJobSetFailurePolicyAction, times: 1}}
)",
     R"(
  failurePolicy: {maxRestarts: 5}
  replicatedJobs:
  - name: a
    replicas: 4
    template:
      spec:
        backoffLimit: 0
        template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}
)"},
    {"a_sidecar_does_not_keep_the_JobSet_from_completing",
     R"(
  behaviors:
  - {match: {container: c}, runTime: 20s}
  - {match: {container: side}, runTime: forever}
  expectations: [{object: JobSet/default/x, terminalState: Completed}]
)",
     R"(
  replicatedJobs:
  - name: a
    template:
      spec:
        template:
          spec:
            restartPolicy: Never
            initContainers: [{name: side, image: s, restartPolicy: Always}]
            containers: [{name: c, image: i}]
)"},
};

Outcome outcomeOf(const std::string& spec, const std::string& jobset) {
  const std::string text = fmt::format(
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n  {}---\n"
      "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {{name: x}}\nspec:\n{}",
      spec, replaced(replaced(jobset, "@PODS", kPods), "@POD", kPod));
  const Loaded loaded = load({{"features.yaml", text}}, {}, [](const std::string&) { return std::nullopt; });
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << error.text;
  Run run(loaded.plan);
  EXPECT_TRUE(run.advance());
  return run.outcome();
}

class JobSetFeatures : public ::testing::TestWithParam<FeatureCase> {};

TEST_P(JobSetFeatures, are_as_expected) {
  const Outcome outcome = outcomeOf(GetParam().spec, GetParam().jobset);
  EXPECT_EQ(endReasonText(outcome.end_reason), GetParam().end);
  EXPECT_FALSE(outcome.expectations.empty());
  for (const ExpectationResult& result : outcome.expectations)
    EXPECT_TRUE(result.met) << result.text << ": " << result.found;
  EXPECT_THAT(outcome.warnings, ::testing::Each(::testing::Not(::testing::HasSubstr("denied"))));
}
INSTANTIATE_TEST_SUITE_P(Cases, JobSetFeatures, ::testing::ValuesIn(kFeatureCases),
                         [](const auto& row) { return std::string(row.param.name); });

// The status write's event may arrive before that of a Job created just before (JS-T3): S45, and what B8 costs.
TEST(JobSetQuirks, B8_a_stale_cache_costs_upstream_an_event_and_a_back_off) {
  const std::string jobset = "  replicatedJobs:\n  - {name: a, replicas: 20, @POD}\n";
  const auto events = [&](const std::string& quirks) {
    int spurious = 0;
    for (int seed = 1; seed <= 8; ++seed) {
      const Outcome outcome =
          outcomeOf(fmt::format("\n  seed: {}\n  quirks: {{{}}}\n  timing: {{transport.watch: {{median: 40ms, sigma: "
                                "1.5}}}}\n  behaviors: [{{match: {{jobSet: x}}, runTime: 20s}}]\n",
                                seed, quirks),
                    jobset);
      EXPECT_EQ(outcome.jobsets.at(0).terminal_state, "Completed");
      for (const api::ObjectPtr& event : outcome.jobsets[0].events)
        spurious += api::as<api::Event>(event).reason.ends_with("CreationFailed") ? 1 : 0;
      std::size_t jobs = 0;
      for (const api::ObjectPtr& object : outcome.objects) jobs += object->kind() == api::Kind::kJob ? 1 : 0;
      EXPECT_EQ(jobs, 20U) << "none twice";
    }
    return spurious;
  };
  EXPECT_EQ(events(""), 0);
  EXPECT_GT(events("b8StaleCreates: true"), 0);
}

}  // namespace
}  // namespace jobset_twin::scenarios
