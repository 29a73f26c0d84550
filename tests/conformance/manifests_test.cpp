// Every manifest of upstream's and of the article, as `run` takes it: gates, files given with it, and what comes of it:
// how the run ends, the JobSets' terminal states, what is refused, stuck or not modelled. A file without a row fails.
#include <map>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/conformance/ran.hpp"
#include "tests/shared/engine/api/shared.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

struct Seconds {
  double from = 0, to = 1e9;
};

struct ManifestRow {
  std::vector<std::string> files;  // the manifest, and what is given with it
  std::string gates;
  int until_minutes = 0;
  Seconds end;                    // of the run
  std::vector<std::string> said;  // see summary()
};

// One line for each fact, in a fixed order; random suffixes of Pods and line numbers left out.
std::vector<std::string> summary(const Ran& ran) {
  std::vector<std::string> lines = {"ends " + std::string(endReasonText(ran.outcome.end_reason))};
  for (const JobSetOutcome& jobset : ran.outcome.jobsets) {
    std::string reason;
    for (const api::Condition& condition : api::as<api::JobSet>(jobset.last).status.conditions) {
      if (condition.type == jobset.terminal_state) reason = " " + condition.reason;
    }
    lines.push_back(fmt::format(
        "{} {}{} restarts {}{}", jobset.name, jobset.terminal_state.empty() ? "goes on" : jobset.terminal_state, reason,
        jobset.restarts > 9 ? "many" : std::to_string(jobset.restarts), jobset.deleted ? " deleted" : ""));
  }
  std::set<std::string> not_modelled, stuck;
  std::vector<std::string> others;
  for (const std::string& warning : ran.outcome.warnings) {
    const std::size_t kind = warning.find(": kind ");
    if (kind != std::string::npos && warning.find("is not modelled") != std::string::npos) {
      not_modelled.insert(warning.substr(kind + 7, warning.find(' ', kind + 7) - kind - 7));
    } else if (warning.find("is not modelled") != std::string::npos) {
      not_modelled.insert(warning.substr(warning.rfind('.', warning.rfind(": ")) + 1));
    } else if (const std::size_t only = warning.find("/default/");
               warning.find("is served only with") < warning.size()) {
      const std::size_t begin = warning.rfind(' ', only) + 1;
      not_modelled.insert("(without its gate) " + warning.substr(begin, only - begin));
    } else if (warning.find("schedulingGroup has no effect") != std::string::npos) {
      not_modelled.insert("(without its gate) schedulingGroup");
    } else {
      others.push_back("warns " + warning.substr(warning.find(": ") == std::string::npos ? 0 : warning.find(": ") + 2));
    }
  }
  for (const std::string& kind : not_modelled) lines.push_back("not modelled " + kind);
  for (const StuckObject& one : ran.outcome.stuck)
    stuck.insert("stuck " + one.object.substr(0, one.object.find('/')) + ": " + one.reason);
  lines.insert(lines.end(), stuck.begin(), stuck.end());
  lines.insert(lines.end(), others.begin(), others.end());
  return lines;
}

const std::string kLoop = "stuck Pod: container worker goes round in a loop that only something outside can end";
const std::string kNoEnd = "stuck JobSet: its Jobs go on without an end";
// The image of these two is to be filled in by whoever uses them.
const std::string kNotReady = "stuck JobSet: 2 of the Jobs of rj have Pods that are not all ready";
const std::string kNoImage =
    "stuck Pod: container in-place-restart-agent cannot start: Failed to apply default image tag \"<CHANGE ME>\": "
    "couldn't parse image name \"<CHANGE ME>\": invalid reference format";
const std::string kHorizon = "warns something may go on for ever";
const std::string kGroup = "not modelled (without its gate) PodGroup";
const std::string kWorkload = "not modelled (without its gate) Workload";
const std::string kMember = "not modelled (without its gate) schedulingGroup";
const std::string kGangGates = "GenericWorkload=true,GangScheduling=true";
const std::string kClaims =
    "not modelled resourceClaims: dynamic resource allocation is not modelled: the Pods run without what they claim";

std::string in(const std::string& folder, const std::string& file) { return folder + "/" + file; }

std::vector<ManifestRow> rows() {
  const std::string wait = "head/workload-aware-scheduling", place = "head/in-place-restart";
  const std::string account = in(place, "service-account.yaml"), admission = "ValidatingAdmissionPolicy";
  const std::string restart_refused =
      "warns admission webhook \"vjobset.kb.io\" denied the request: JobSet.jobset.x-k8s.io \"js\" is invalid: <nil>: "
      "Internal error: RestartJob and "
      "RestartJobAndIgnoreMaxRestarts failure policy actions are not "
      "allowed when "
      "RestartJob feature gate is disabled";
  const std::string in_place_refused =
      "warns admission webhook \"vjobset.kb.io\" denied the request: JobSet.jobset.x-k8s.io \"js\" is invalid: <nil>: "
      "Internal error: InPlaceRestart restart "
      "strategy cannot be set when InPlaceRestart feature gate is "
      "disabled";
  const auto priority = [&](const std::string& level) { return in(wait, "preemption/" + level + "-priority.yaml"); };
  const auto jobset_of = [&](const std::string& level) {
    return in(wait, "preemption/" + level + "-priority-jobset.yaml");
  };
  const auto no_class = [](const std::string& name, const std::string& level) {
    return fmt::format(
        "stuck JobSet: Pods of job {0}-rj-0 cannot be created: pods \"{0}-rj-0-0-\" is forbidden: no PriorityClass "
        "with name {1}-priority was found",
        name, level);
  };
  return {
      {{"seed/failjobset-action-example.yaml"},
       "",
       0,
       {74, 85},
       {"ends finished", "failjobset-action-example Failed FailJobSetFailurePolicyAction restarts 0"}},
      {{"seed/coordinator-example.yaml"},
       "",
       0,
       {100, 106},
       {"ends finished", "coordinator-example Completed AllJobsCompleted restarts 0"}},
      {{"seed/native-leader-worker.yaml"}, "", 0, {1000, 1006}, {"ends finished"}},
      {{"simple/coordinator.yaml"},
       "",
       0,
       {100, 106},
       {"ends finished", "coordinator-example Completed AllJobsCompleted restarts 0"}},
      {{"simple/exclusive-placement.yaml"},
       "",
       0,
       {1000, 1008},
       {"ends finished", "exclusive-placement Completed AllJobsCompleted restarts 0"}},
      // The first start and three restarts; each takes 10 s, a restart of the container and the grace period.
      {{"simple/failure-policy.yaml"},
       "",
       0,
       {200, 330},
       {"ends finished", "failure-policy Failed ReachedMaxRestarts restarts 3"}},
      // Its workers loop for ever on purpose, and go on once the leader is done.
      {{"simple/jobset-with-network.yaml"}, "", 0, {}, {"ends horizon", "network-jobset goes on restarts 0", kHorizon}},
      {{"simple/paralleljobs.yaml"},
       "",
       0,
       {100, 106},
       {"ends finished", "paralleljobs Completed AllJobsCompleted restarts 0"}},
      {{"simple/success-policy.yaml"},
       "",
       0,
       {40, 50},
       {"ends finished", "success-policy Completed AllJobsCompleted restarts 0"}},
      {{"simple/ttl-after-finished.yaml"},
       "",
       0,
       {160, 166},
       {"ends finished", "jobset-with-ttl Completed AllJobsCompleted restarts 0 deleted"}},
      {{"startup-policy/startup-driver-ready.yaml"},
       "",
       0,
       {1000, 1008},
       {"ends finished", "startup-driver-ready Completed AllJobsCompleted restarts 0"}},
      {{"depends-on/depends-on.yaml"},
       "",
       0,
       {40, 56},
       {"ends finished", "depends-on Completed AllJobsCompleted restarts 0"}},
      {{"failure-policy/failjobset-action.yaml"},
       "",
       0,
       {74, 85},
       {"ends finished", "failjobset-action-example Failed FailJobSetFailurePolicyAction restarts 0"}},
      {{"failure-policy/restartjobset-action.yaml"},
       "",
       0,
       {170, 230},
       {"ends finished", "restartjobset-action-example Failed ReachedMaxRestarts restarts 3"}},
      // These two restart without an end, as their rules say.
      {{"failure-policy/restartjobsetandignoremaxrestarts-action.yaml"},
       "",
       30,
       {},
       {"ends until", "rjimr-action-example goes on restarts many"}},
      {{"failure-policy/onjobfailurereasons-present.yaml"},
       "",
       30,
       {},
       {"ends until", "onjobfailurereasons-present-example goes on restarts many"}},
      {{"failure-policy/onjobfailurereasons-present-podfailurepolicy.yaml"},
       "",
       30,
       {},
       {"ends until", "onjobfailurereasons-podfailurepolicy-example goes on restarts many"}},
      {{"head/failure-policy/restartjob-action.yaml"}, "", 0, {}, {"ends finished", restart_refused}},
      {{"head/failure-policy/restartjob-action.yaml"},
       "RestartJob=true",
       0,
       {},
       {"ends stuck", "js goes on restarts 0", kNoEnd,
        "stuck Pod: container leader goes round in a loop that only something outside can end", kLoop}},
      {{"head/failure-policy/restartjobandignoremaxrestarts-action.yaml"},
       "",
       0,
       {},
       {"ends finished", restart_refused}},
      {{"head/failure-policy/restartjobandignoremaxrestarts-action.yaml"},
       "RestartJob=true",
       0,
       {},
       {"ends stuck", "js goes on restarts 0", kNoEnd,
        "stuck Pod: container leader goes round in a loop that only something outside can end", kLoop}},
      {{in(place, "jobset-main-container-mode.yaml"), account},
       "",
       0,
       {},
       {"ends finished", "not modelled " + admission, "not modelled " + admission + "Binding", in_place_refused}},
      {{in(place, "jobset-main-container-mode.yaml"), account},
       "InPlaceRestart=true",
       0,
       {},
       {"ends stuck", "js goes on restarts 0", "not modelled " + admission, "not modelled " + admission + "Binding",
        kNotReady, kNoImage}},
      {{in(place, "jobset-sidecar-container-mode.yaml"), account},
       "",
       0,
       {},
       {"ends finished", "not modelled " + admission, "not modelled " + admission + "Binding", in_place_refused}},
      {{in(place, "jobset-sidecar-container-mode.yaml"), account},
       "InPlaceRestart=true",
       0,
       {},
       {"ends stuck", "js goes on restarts 0", "not modelled " + admission, "not modelled " + admission + "Binding",
        kNotReady, kNoImage}},
      {{account}, "", 0, {}, {"ends finished", "not modelled " + admission, "not modelled " + admission + "Binding"}},
      {{"head/tpu-multislice/v6e-jax-workload.yaml"},
       "",
       0,
       {10, 20},
       {"ends finished", "v6e-multislice Completed AllJobsCompleted restarts 0",
        "warns container jax-tpu of JobSet/default/v6e-multislice (replicated job slice): script line 60, column 1: "
        "unknown command "
        "python3: it is taken to run for 1s and to succeed",
        "warns JobSet/default/v6e-multislice has the label kueue.x-k8s.io/queue-name: nothing holds it back, as Kueue "
        "is not here"}},
      {{"head/volume-claim-policy/single-pvc.yaml"},
       "",
       0,
       {3, 20},
       {"ends finished", "volume-claim-trainjob Completed AllJobsCompleted restarts 0"}},
      {{jobset_of("high")},
       "",
       0,
       {},
       {"ends stuck", "hp-js goes on restarts 0", kGroup, kWorkload, kMember, no_class("hp-js", "high")}},
      {{jobset_of("high"), priority("high")},
       "",
       0,
       {},
       {"ends stuck", "hp-js goes on restarts 0", kGroup, kWorkload, kMember, kNoEnd, kLoop}},
      {{jobset_of("low")},
       "",
       0,
       {},
       {"ends stuck", "lp-js goes on restarts 0", kGroup, kWorkload, kMember, no_class("lp-js", "low")}},
      {{jobset_of("low"), priority("low")},
       "",
       0,
       {},
       {"ends stuck", "lp-js goes on restarts 0", kGroup, kWorkload, kMember, kNoEnd, kLoop}},
      {{priority("high")}, "", 0, {}, {"ends finished"}},
      {{priority("low")}, "", 0, {}, {"ends finished"}},
      {{in(wait, "dra/jobset.yaml"), in(wait, "dra/podgroup.yaml"), in(wait, "dra/resourceclaimtemplate.yaml"),
        in(wait, "dra/workload.yaml")},
       "",
       0,
       {},
       {"ends stuck", "training-job goes on restarts 0", kGroup, kWorkload, kMember,
        "not modelled ResourceClaimTemplate", kClaims, kNoEnd, kLoop}},
      {{in(wait, "tas/jobset.yaml"), in(wait, "tas/podgroup.yaml"), in(wait, "tas/workload.yaml")},
       "",
       0,
       {},
       {"ends stuck", "js goes on restarts 0", kGroup, kWorkload, kMember, kNoEnd, kLoop}},
      {{in(wait, "jobset.yaml"), in(wait, "podgroup.yaml"), in(wait, "workload.yaml")},
       kGangGates,
       0,
       {},
       {"ends stuck", "js goes on restarts 0", kNoEnd, kLoop}},
      {{in(wait, "jobset.yaml")},
       kGangGates,
       0,
       {},
       {"ends stuck", "js goes on restarts 0", "stuck JobSet: 3 of the Jobs of rj have Pods that are not all ready",
        "stuck Pod: waiting for pods's pod group \"js-abc-workers-def\" to appear in scheduling queue",
        "warns JobSet/default/js: spec.replicatedJobs[0].template.spec.template.spec.schedulingGroup: the Pods wait "
        "for PodGroup js-abc-workers-def, which no manifest brings"}},
      {{in(wait, "tas/jobset.yaml"), in(wait, "tas/podgroup.yaml"), in(wait, "tas/workload.yaml")},
       kGangGates + ",TopologyAwareWorkloadScheduling=true",
       0,
       {},
       {"ends stuck", "js goes on restarts 0", kNoEnd, kLoop}},
      {{jobset_of("high"), priority("high")},
       kGangGates + ",WorkloadAwarePreemption=true",
       0,
       {},
       {"ends stuck", "hp-js goes on restarts 0", kNoEnd, kLoop}},
      {{in(wait, "jobset.yaml"), in(wait, "podgroup.yaml"), in(wait, "workload.yaml")},
       "",
       0,
       {},
       {"ends stuck", "js goes on restarts 0", kGroup, kWorkload, kMember, kNoEnd, kLoop}},
      {{"argo-workflow/rbac.yaml"}, "", 0, {}, {"ends finished"}},
      {{"argo-workflow/workflow.yaml", "argo-workflow/rbac.yaml"},
       "",
       0,
       {},
       {"ends finished", "not modelled Workflow"}},
      {{"prometheus-operator/prometheus.yaml"}, "", 0, {}, {"ends finished", "not modelled Prometheus"}},
      {{"crd/jobset.x-k8s.io_jobsets.yaml"}, "", 0, {}, {"ends finished"}},
      {{"crd/jobset.x-k8s.io_jobsets.head.yaml"}, "", 0, {}, {"ends finished"}},
  };
}

class Manifests : public jobset_twin::shared::SharedTest {
 protected:
  const std::filesystem::path folder_ = jobset_twin::shared::sharedFolder() / "manifests";
};

TEST_F(Manifests, EachHasARow) {
  std::set<std::string> tested, found;
  for (const ManifestRow& row : rows()) tested.insert(row.files.begin(), row.files.end());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    const std::string name = entry.path().lexically_relative(folder_).string();
    if (entry.path().extension() == ".yaml" && !name.starts_with("kueue/")) found.insert(name);
  }
  EXPECT_EQ(found, tested);
}

TEST_F(Manifests, EachComesToItsOutcome) {
  for (const ManifestRow& row : rows()) {
    SCOPED_TRACE(row.files.front() + " " + row.gates);
    std::vector<InputFile> files;
    for (const std::string& name : row.files) files.push_back({name, jobset_twin::shared::fileText(folder_ / name)});
    LoadOptions options;
    options.feature_gates = row.gates;
    if (row.until_minutes > 0) options.until = std::chrono::minutes(row.until_minutes);
    const Ran ran(files, options);
    EXPECT_EQ(summary(ran), row.said);
    EXPECT_THAT(ran.seconds(ran.outcome.end), AllOf(Ge(row.end.from), Le(row.end.to)));
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
