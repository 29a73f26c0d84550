// What each kind adds: defaults, validation, what may change (section 2.1 of the reference, K-JOB-1 to K-JOB-12,
// K-JOB-74; spec/jobset.md sections 1 and 11 through the server).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "tests/sim/apiserver/fixture.hpp"

namespace jobset_twin::apiserver::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

nlohmann::json at(const api::ObjectPtr& object, const char* pointer) {
  const nlohmann::json tree = api::toJson(*object);
  const nlohmann::json::json_pointer place(pointer);
  return tree.contains(place) ? tree.at(place) : nlohmann::json();
}

TEST(Job, defaults) {  // K-JOB-1
  struct Row {
    const char *spec, *field, *value;
  };
  const Row rows[] = {
      {"", "/spec/parallelism", "1"},
      {"", "/spec/completions", "1"},
      {"parallelism: 3", "/spec/completions", "null"},
      {"completions: 3", "/spec/parallelism", "1"},
      {"", "/spec/completionMode", "\"NonIndexed\""},
      {"", "/spec/backoffLimit", "6"},
      {"completionMode: Indexed\ncompletions: 2\nbackoffLimitPerIndex: 1", "/spec/backoffLimit", "2147483647"},
      {"", "/spec/suspend", "false"},
      {"", "/spec/manualSelector", "false"},
      {"", "/spec/podReplacementPolicy", "\"TerminatingOrFailed\""},
      {"podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}",
       "/spec/podReplacementPolicy", "\"Failed\""},
      {"podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}",
       "/spec/podFailurePolicy/rules/0/onPodConditions/0/status", "\"True\""},
      {"", "/spec/template/spec/terminationGracePeriodSeconds", "30"},
      {"", "/spec/template/spec/dnsPolicy", "\"ClusterFirst\""},
      {"", "/spec/template/spec/containers/0/imagePullPolicy", "\"Always\""},
  };
  for (const Row& row : rows)
    EXPECT_EQ(at(Cluster().created(jobYaml("a", row.spec)), row.field).dump(), row.value)
        << row.spec << " " << row.field;
}

TEST(Job, selector_and_labels) {  // K-JOB-2
  Cluster cluster;
  const api::ObjectPtr job = cluster.created(jobYaml("a"));
  const std::string uid = job->meta.uid;
  EXPECT_EQ(at(job, "/spec/selector"),
            (nlohmann::json{{"matchLabels", {{"batch.kubernetes.io/controller-uid", uid}}}}));
  const nlohmann::json four = {{"batch.kubernetes.io/controller-uid", uid},
                               {"batch.kubernetes.io/job-name", "a"},
                               {"controller-uid", uid},
                               {"job-name", "a"}};
  EXPECT_EQ(at(job, "/spec/template/metadata/labels"), four);
  EXPECT_EQ(at(job, "/metadata/labels"), four) << "a bare Job shows the template's labels";
  api::MutableObjectPtr labelled = api::edit(parse(jobYaml("b")));
  labelled->meta.labels.set("own", "label");
  EXPECT_EQ(at(cluster.create(labelled).object, "/metadata/labels"), (nlohmann::json{{"own", "label"}}));
  labelled->meta.name = "c";
  jobSpec(*labelled).template_.metadata.labels.set("job-name", "other");
  EXPECT_EQ(shown(cluster.create(labelled)),
            "422 Invalid: Job.batch \"c\" is invalid: spec.template.metadata.labels.job-name: Invalid value: "
            "\"other\": must be 'c'");
}

std::string repeated(const std::string& item, int count) {
  std::string all = item;
  for (int i = 1; i < count; ++i) all += ", " + item;
  return all;
}

TEST(Job, validation) {  // K-JOB-9, K-JOB-10
  struct Row {
    std::string name, spec, error;  // "": accepted
    std::string pod = "";
  };
  const std::string indexed = "completionMode: Indexed\n";
  const std::string on_failure =
      "podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [1]}}]}";
  const std::string long_name(61, 'j');
  const Row rows[] = {
      {"j", "", ""},
      {"j", "", "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"",
       "restartPolicy: Always"},
      {"j", indexed + "parallelism: 2", "spec.completions: Required value: when completion mode is Indexed"},
      {"j", indexed + "completions: 5\nparallelism: 100001",
       "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000"},
      {"j", indexed + "completions: 5\nmaxFailedIndexes: 2",
       "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified"},
      {"j", indexed + "completions: 5\nbackoffLimitPerIndex: 1\nmaxFailedIndexes: 6",
       "spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions"},
      {"j", indexed + "completions: 100001\nbackoffLimitPerIndex: 1",
       "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000"},
      {"j", "backoffLimitPerIndex: 1", "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"},
      {"j", "successPolicy: {rules: [{succeededCount: 1}]}",
       "spec.successPolicy: Invalid value: {}: requires indexed completion mode"},
      {"j", indexed + "completions: 3\nsuccessPolicy: {rules: [{succeededIndexes: \"0-5\"}]}",
       "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"0-5\": error parsing succeededIndexes: too "
       "large index: \"5\""},
      {"j", indexed + "completions: 3\nsuccessPolicy: {rules: [{}]}",
       "spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be "
       "specified"},
      {"j", on_failure, ""},
      {"j", on_failure,
       "spec.template.spec.restartPolicy: Invalid value: \"OnFailure\": only \"Never\" is supported when "
       "podFailurePolicy is specified",
       "restartPolicy: OnFailure"},
      {"j", "podFailurePolicy: {rules: [{action: FailIndex, onExitCodes: {operator: In, values: [1]}}]}",
       "spec.podFailurePolicy.rules[0].action: Invalid value: \"FailIndex\": requires the backoffLimitPerIndex to be "
       "set"},
      {"j", "podFailurePolicy: {rules: [{action: Count, onExitCodes: {operator: In, values: [0]}}]}",
       "spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator"},
      {"j", "podReplacementPolicy: Maybe",
       "spec.podReplacementPolicy: Unsupported value: \"Maybe\": supported values: \"Failed\", "
       "\"TerminatingOrFailed\""},
      {"j", "managedBy: me",
       "spec.managedBy: Invalid value: \"me\": must be a domain-prefixed path (such as \"acme.io/foo\")"},
      {"j", "managedBy: a.io/" + std::string(60, 'x'), "spec.managedBy: Too long: may not be more than 63 bytes"},
      {"j", indexed + "completions: 100001\nparallelism: 10001\nbackoffLimitPerIndex: 1\nmaxFailedIndexes: 10001",
       "spec.parallelism: Invalid value: 10001: must be less than or equal to 10000"},
      {"j", indexed + "completions: 100001\nparallelism: 1\nbackoffLimitPerIndex: 1\nmaxFailedIndexes: 10001",
       "spec.maxFailedIndexes: Invalid value: 10001: must be less than or equal to 10000"},
      {"j", "podFailurePolicy: {rules: [" + repeated("{action: Ignore, onPodConditions: [{type: A}]}", 21) + "]}",
       "spec.podFailurePolicy.rules: Too many: 21: must have at most 20 items"},
      {"j", "podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [" + repeated("{type: A}", 21) + "]}]}",
       "spec.podFailurePolicy.rules[0].onPodConditions: Too many: 21: must have at most 20 items"},
      {"j", indexed + "completions: 3\nsuccessPolicy: {rules: [" + repeated("{succeededCount: 1}", 21) + "]}",
       "spec.successPolicy.rules: Too many: 21: must have at most 20 items"},
      {"j", on_failure + "\npodReplacementPolicy: TerminatingOrFailed",
       "spec.podReplacementPolicy: Unsupported value: \"TerminatingOrFailed\": supported values: \"Failed\""},
      {"j", indexed + "completions: 3\nbackoffLimitPerIndex: 1", "", "restartPolicy: OnFailure"},
      {"j", "completionMode: Some",
       "spec.completionMode: Unsupported value: \"Some\": supported values: \"Indexed\", \"NonIndexed\""},
      {long_name, indexed + "completions: 10", ""},
      {long_name, indexed + "completions: 11",
       "metadata.name: Invalid value: \"" + long_name +
           "\": will not able to create pod with invalid DNS label: " + long_name + "-10"},
  };
  for (const Row& row : rows) {
    const api::Response answer = Cluster().create(jobYaml(row.name, row.spec, row.pod));
    if (row.error.empty()) {
      EXPECT_EQ(shown(answer), "200") << row.spec;
    } else {
      EXPECT_EQ(answer.reason, api::Reason::kInvalid) << row.spec;
      EXPECT_THAT(answer.message, HasSubstr(row.error));
    }
  }
  const api::Response warned = Cluster().create(jobYaml("dotted.name"));
  EXPECT_EQ(shown(warned), "200");
  ASSERT_THAT(warned.warnings, SizeIs(1));
  EXPECT_THAT(warned.warnings[0], StartsWith("metadata.name: this is used in Pod names and hostnames"));
}

TEST(Job, what_may_change) {  // K-JOB-11
  struct Row {
    const char* name;
    std::function<void(api::JobSpec&)> change;
    const char* error;  // "": allowed
  };
  const Row rows[] = {
      {"parallelism", [](auto& s) { s.parallelism = 9; }, ""},
      {"suspend", [](auto& s) { s.suspend = true; }, ""},
      {"activeDeadlineSeconds", [](auto& s) { s.activeDeadlineSeconds = 9; }, ""},
      {"backoffLimit", [](auto& s) { s.backoffLimit = 9; }, ""},
      {"ttlSecondsAfterFinished", [](auto& s) { s.ttlSecondsAfterFinished = 9; }, ""},
      {"podReplacementPolicy", [](auto& s) { s.podReplacementPolicy = "Failed"; }, ""},
      {"maxFailedIndexes", [](auto& s) { s.maxFailedIndexes = 2; }, ""},
      {"completions alone", [](auto& s) { s.completions = 5; },
       "spec.completions: Invalid value: 5: can only be modified in tandem with spec.parallelism"},
      {"completions with parallelism", [](auto& s) { s.completions = s.parallelism = 5; }, ""},
      {"completionMode", [](auto& s) { s.completionMode = "NonIndexed"; },
       "spec.completionMode: Invalid value: \"NonIndexed\": field is immutable"},
      {"selector", [](auto& s) { s.selector->matchLabels.set("a", "b"); }, "spec.selector: Invalid value: "},
      {"template image", [](auto& s) { s.template_.spec.mut().containers[0].image = "j"; },
       "spec.template: Invalid value: "},
      {"template node selector, not suspended", [](auto& s) { s.template_.spec.mut().nodeSelector.set("a", "b"); },
       "spec.template: Invalid value: "},
      {"backoffLimitPerIndex", [](auto& s) { s.backoffLimitPerIndex = 3; },
       "spec.backoffLimitPerIndex: Invalid value: 3: field is immutable"},
      {"managedBy", [](auto& s) { s.managedBy = "a.io/b"; },
       "spec.managedBy: Invalid value: \"a.io/b\": field is immutable"},
      {"successPolicy",
       [](auto& s) {
         s.successPolicy.emplace().rules = {{"0", {}}};
       },
       "spec.successPolicy: Invalid value: "},
      {"podFailurePolicy",
       [](auto& s) {
         s.podFailurePolicy.emplace().rules.emplace_back().action = "Ignore";
         s.podFailurePolicy->rules[0].onPodConditions = {{"DisruptionTarget", "True"}};
         s.podReplacementPolicy = "Failed";
       },
       "spec.podFailurePolicy: Invalid value: "},
  };
  for (const Row& row : rows) {
    Cluster cluster;
    const api::ObjectPtr job = cluster.created(
        jobYaml("a", "completionMode: Indexed\ncompletions: 2\nparallelism: 2\nbackoffLimitPerIndex: 1"));
    const api::Response answer = cluster.update(job, [&](api::Object& o) { row.change(jobSpec(o)); });
    if (*row.error == '\0') {
      EXPECT_EQ(shown(answer), "200") << row.name;
    } else {
      EXPECT_THAT(shown(answer), StartsWith("422 Invalid: Job.batch \"a\" is invalid: ")) << row.name;
      EXPECT_THAT(shown(answer), HasSubstr(row.error)) << row.name;
    }
  }
}

TEST(Job, where_its_pods_go_may_change_while_it_is_suspended) {  // K-JOB-12
  const auto move = [](api::Object& o) {
    api::PodTemplateSpec& pod = jobSpec(o).template_;
    pod.spec.mut().nodeSelector.set("a", "b");
    pod.spec.mut().tolerations.push_back({"k", "Exists", "", "", {}});
    pod.spec.mut().schedulingGates = {{"x/y"}};
    pod.spec.mut().affinity.emplace().nodeAffinity.emplace();
    pod.metadata.labels.set("l", "v");
    pod.metadata.annotations.set("n", "v");
  };
  const auto resize = [](api::Object& o) {
    jobSpec(o).template_.spec.mut().containers[0].resources.requests["cpu"] = *api::Quantity::parse("2");
  };
  struct Row {
    const char* name;
    int minor;
    bool suspended, started, condition;
    int active;
    bool may_move, may_resize;
  };
  const Row rows[] = {
      {"1.36 never started", 36, true, false, false, 0, true, true},
      {"1.36 stopped", 36, true, true, true, 0, true, true},
      {"1.36 not yet stopped", 36, true, true, false, 0, false, false},
      {"1.36 with Pods", 36, true, true, true, 1, false, false},
      {"1.36 running", 36, false, true, false, 0, false, false},
      {"1.35 never started", 35, true, false, false, 0, true, false},
      {"1.35 startTime left", 35, true, true, true, 0, false, false},
  };
  for (const Row& row : rows) {
    ServerConfig config;
    config.kubernetes_minor = row.minor;
    Cluster cluster(config);
    api::ObjectPtr job = cluster.created(jobYaml("a", row.suspended ? "suspend: true" : ""));
    job = cluster
              .updateStatus(job,
                            [&](api::Object& o) {
                              api::JobStatus& status = api::as<api::Job>(o).status;
                              if (row.started) status.startTime = atSecond(1);
                              if (row.condition)
                                status.conditions = {
                                    {"Suspended", "True", "JobSuspended", "Job suspended", {}, atSecond(1), {}, 0}};
                              status.active = row.active;
                            })
              .object;
    EXPECT_EQ(cluster.update(job, move).ok(), row.may_move) << row.name;
    EXPECT_EQ(cluster.update(cluster.job("a"), resize).ok(), row.may_resize) << row.name;
  }
}

TEST(Job, status_rules) {  // K-JOB-74
  using Status = api::JobStatus;
  const auto condition = [](const char* type) {
    return api::Condition{type, "True", "r", "m", {}, atSecond(9), {}, 0};
  };
  struct Row {
    const char* name;
    std::function<void(Status&)> before, change;
    const char* error;
  };
  const auto nothing = [](Status&) {};
  const auto started = [](Status& s) { s.startTime = atSecond(1); };
  const Row rows[] = {
      {"active", nothing, [](Status& s) { s.active = 2, s.ready = 1; }, ""},
      {"more ready than active", nothing, [](Status& s) { s.active = 1, s.ready = 2; },
       "status.ready: Invalid value: 2: cannot set more ready pods than active"},
      {"failed goes back", [](Status& s) { s.failed = 2; }, [](Status& s) { s.failed = 1; },
       "status.failed: Invalid value: 1: cannot decrease the failed counter"},
      {"Failed without FailureTarget", started, [&](Status& s) { s.conditions = {condition("Failed")}; },
       "cannot set Failed=True condition without the FailureTarget=true condition"},
      {"Failed", started,
       [&](Status& s) {
         s.conditions = {condition("FailureTarget"), condition("Failed")};
       },
       ""},
      {"Failed, not started", nothing,
       [&](Status& s) {
         s.conditions = {condition("FailureTarget"), condition("Failed")};
       },
       "status.startTime: Required value: startTime is required for finished job"},
      {"Failed with Pods", started,
       [&](Status& s) {
         s.conditions = {condition("FailureTarget"), condition("Failed")}, s.active = 1;
       },
       "status.active: Invalid value: 1: active>0 is invalid for finished job"},
      {"Failed with Pods that end", started,
       [&](Status& s) {
         s.conditions = {condition("FailureTarget"), condition("Failed")}, s.terminating = 1;
       },
       "status.terminating: Invalid value: 1: terminating>0 is invalid for finished job"},
      {"Complete", started,
       [&](Status& s) {
         s.conditions = {condition("SuccessCriteriaMet"), condition("Complete")}, s.completionTime = atSecond(9);
       },
       ""},
      {"Complete without its time", started,
       [&](Status& s) {
         s.conditions = {condition("SuccessCriteriaMet"), condition("Complete")};
       },
       "status.completionTime: Required value: completionTime is required for Complete jobs"},
      {"completed before it started", [](Status& s) { s.startTime = atSecond(20); },
       [&](Status& s) {
         s.conditions = {condition("SuccessCriteriaMet"), condition("Complete")}, s.completionTime = atSecond(9);
       },
       "completionTime cannot be set before startTime"},
      {"Complete and Failed", started,
       [&](Status& s) {
         s.conditions = {condition("SuccessCriteriaMet"), condition("Complete"), condition("FailureTarget"),
                         condition("Failed")};
         s.completionTime = atSecond(9);
       },
       "cannot set Complete=True and Failed=true conditions"},
      {"a time alone", started, [](Status& s) { s.completionTime = atSecond(9); },
       "cannot set completionTime when there is no Complete=True condition"},
      {"FailureTarget taken back", [&](Status& s) { s.conditions = {condition("FailureTarget")}; },
       [](Status& s) { s.conditions.clear(); }, "cannot disable the terminal FailureTarget=True condition"},
      {"SuccessCriteriaMet taken back", [&](Status& s) { s.conditions = {condition("SuccessCriteriaMet")}; },
       [](Status& s) { s.conditions.clear(); }, "cannot disable the SuccessCriteriaMet=True condition"},
      {"SuccessCriteriaMet and FailureTarget", nothing,
       [&](Status& s) {
         s.conditions = {condition("SuccessCriteriaMet"), condition("FailureTarget")};
       },
       "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions"},
      {"another completionTime",
       [&](Status& s) {
         s.startTime = atSecond(1), s.completionTime = atSecond(9);
         s.conditions = {condition("SuccessCriteriaMet"), condition("Complete")};
       },
       [](Status& s) { s.completionTime = atSecond(8); },
       "status.completionTime: Invalid value: \"2026-01-01T00:00:08Z\": completionTime cannot be mutated"},
      {"Pods not counted yet", started,
       [&](Status& s) {
         s.conditions = {condition("FailureTarget"), condition("Failed")};
         s.uncountedTerminatedPods.emplace().failed = {"uid"};
       },
       "uncountedTerminatedPods needs to be empty for finished job"},
      {"succeeded goes back", [](Status& s) { s.succeeded = 2; }, [](Status& s) { s.succeeded = 1; },
       "status.succeeded: Invalid value: 1: cannot decrease the succeeded counter"},
      {"startTime taken back", started, [](Status& s) { s.startTime.reset(); },
       "status.startTime: Required value: startTime cannot be removed for unsuspended job"},
      {"indexes of a NonIndexed Job", nothing, [](Status& s) { s.completedIndexes = "1"; },
       "cannot set non-empty completedIndexes when non-indexed completion mode"},
  };
  for (const Row& row : rows) {
    Cluster cluster;
    const auto changing = [](const std::function<void(Status&)>& change) {
      return [&change](api::Object& o) { change(api::as<api::Job>(o).status); };
    };
    const api::Response before = cluster.updateStatus(cluster.created(jobYaml("a")), changing(row.before));
    ASSERT_EQ(shown(before), "200") << row.name;
    const api::Response answer = cluster.updateStatus(before.object, changing(row.change));
    if (*row.error == '\0') {
      EXPECT_EQ(shown(answer), "200") << row.name;
    } else {
      EXPECT_EQ(answer.reason, api::Reason::kInvalid) << row.name;
      EXPECT_THAT(answer.message, HasSubstr(row.error)) << row.name;
    }
  }
}

TEST(Pod, defaults_and_admission) {
  struct Row {
    const char *spec, *field, *value;
  };
  const Row rows[] = {
      {"", "/status/phase", "\"Pending\""},
      {"", "/status/qosClass", "\"BestEffort\""},
      {"containers: [{name: c, image: i, resources: {requests: {cpu: 1}}}]", "/status/qosClass", "\"Burstable\""},
      {"containers: [{name: c, image: i, resources: {limits: {cpu: 1, memory: 1Gi}}}]", "/status/qosClass",
       "\"Guaranteed\""},
      {"containers: [{name: c, image: i, resources: {limits: {cpu: 1}}}]", "/spec/containers/0/resources/requests/cpu",
       "\"1\""},
      {"", "/spec/restartPolicy", "\"Always\""},
      {"", "/spec/serviceAccountName", "\"default\""},
      {"", "/spec/priority", "0"},
      {"", "/spec/preemptionPolicy", "\"PreemptLowerPriority\""},
      {"priorityClassName: system-node-critical", "/spec/priority", "2000001000"},
      {"", "/spec/schedulerName", "\"default-scheduler\""},
      {"", "/spec/enableServiceLinks", "true"},
      {"", "/spec/tolerations/0/key", "\"node.kubernetes.io/not-ready\""},
      {"", "/spec/tolerations/1/key", "\"node.kubernetes.io/unreachable\""},
      {"", "/spec/tolerations/1/tolerationSeconds", "300"},
      {"tolerations: [{operator: Exists}]", "/spec/tolerations/1", "null"},
      {"containers: [{name: c, image: \"i:v1\"}]", "/spec/containers/0/imagePullPolicy", "\"IfNotPresent\""},
      {"containers: [{name: c, image: \"r:5000/i\"}]", "/spec/containers/0/imagePullPolicy", "\"Always\""},
      {"containers: [{name: c, image: i, ports: [{containerPort: 80}]}]", "/spec/containers/0/ports/0/protocol",
       "\"TCP\""},
      {"containers: [{name: c, image: i, readinessProbe: {httpGet: {port: 80}}}]",
       "/spec/containers/0/readinessProbe/periodSeconds", "10"},
      {"schedulingGates: [{name: x/y}]", "/status/conditions/0/reason", "\"SchedulingGated\""},
  };
  for (const Row& row : rows)
    EXPECT_EQ(at(Cluster().created(podYaml("p", row.spec)), row.field).dump(), row.value)
        << row.spec << " " << row.field;
}

TEST(Pod, refusals) {
  const std::pair<const char*, const char*> rows[] = {
      {"priorityClassName: none", "403 Forbidden: pods \"p\" is forbidden: no PriorityClass with name none was found"},
      {"priority: 5",
       "403 Forbidden: pods \"p\" is forbidden: the integer value of priority (5) must not be provided in pod spec; "
       "priority admission controller "
       "computed 0 from the given PriorityClass name"},
      {"containers: []", "422 Invalid: Pod \"p\" is invalid: spec.containers: Required value"},
      {"containers: [{name: C, image: i}]",
       "422 Invalid: Pod \"p\" is invalid: spec.containers[0].name: Invalid value: \"C\": a lowercase RFC 1123 label"},
      {"containers: [{name: c, image: i}, {name: c, image: i}]",
       "422 Invalid: Pod \"p\" is invalid: spec.containers[1].name: Duplicate value: \"c\""},
      {"containers: [{name: c}]", "422 Invalid: Pod \"p\" is invalid: spec.containers[0].image: Required value"},
      {"containers: [{name: c, image: i, volumeMounts: [{name: v, mountPath: /v}]}]",
       "422 Invalid: Pod \"p\" is invalid: spec.containers[0].volumeMounts[0].name: Not found: \"v\""},
      {"containers: [{name: c, image: i, resources: {requests: {cpu: 2}, limits: {cpu: 1}}}]",
       "422 Invalid: Pod \"p\" is invalid: spec.containers[0].resources.requests: Invalid value: \"2\": must be less "
       "than or equal to cpu limit of 1"},
      {"containers: [{name: c, image: i, resources: {requests: {a.io/gpu: 1}}}]",
       "422 Invalid: Pod \"p\" is invalid: spec.containers[0].resources.limits: Required value: Limit must be set for "
       "non overcommitable resources"},
      {"containers: [{name: c, image: i, restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: "
       "[1]}}]}]",
       "422 Invalid: Pod \"p\" is invalid: spec.containers[0].restartPolicy: Required value: must specify "
       "restartPolicy "
       "when restart rules are used"},
      {"containers: [{name: c, image: i, restartPolicy: Never, restartPolicyRules: [{action: Restart}]}]",
       "422 Invalid: Pod \"p\" is invalid: spec.containers[0].restartPolicyRules[0].exitCodes: Required value"},
      {"containers: [{name: c, image: i, restartPolicy: Never, restartPolicyRules: [{action: Stop, exitCodes: "
       "{operator: In, values: [1]}}]}]",
       "422 Invalid: Pod \"p\" is invalid: spec.containers[0].restartPolicyRules[0].action: Unsupported value: "
       "\"Stop\": supported values: \"Restart\", \"RestartAllContainers\""},
      {"restartPolicy: Sometimes",
       "422 Invalid: Pod \"p\" is invalid: spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: "
       "\"Always\", \"Never\", \"OnFailure\""},
  };
  for (const auto& [spec, error] : rows)
    EXPECT_THAT(shown(Cluster().create(podYaml("p", spec))), StartsWith(error)) << spec;
  Cluster cluster;
  api::MutableObjectPtr generated = api::edit(parse(podYaml("p", "priorityClassName: none")));
  generated->meta.name.clear();
  generated->meta.generateName = "job-0-";
  EXPECT_EQ(shown(cluster.create(generated)),
            "403 Forbidden: pods \"job-0-\" is forbidden: no PriorityClass with name none was found")
      << "a name that is not made yet shows as its prefix";
}

// ContainerRestartRules and HostnameOverride are off before 1.35, RestartAllContainersOnContainerExits before 1.36.
TEST(Pod, KPOD24_restart_rules_by_release) {
  struct Row {
    int minor;
    const char* action;
    std::size_t rules;  // that are kept
    const char* answer;
  };
  for (const Row& row : {Row{34, "Restart", 0, "200"},
                         {34, "RestartAllContainers", 0, "200"},
                         {35, "Restart", 1, "200"},
                         {35, "RestartAllContainers", 1, "Unsupported value: \"RestartAllContainers\""},
                         {36, "RestartAllContainers", 1, "200"}}) {
    SCOPED_TRACE(std::to_string(row.minor) + " " + row.action);
    ServerConfig config;
    config.kubernetes_minor = row.minor;
    Cluster cluster(config);
    const std::string spec = std::string(
                                 "restartPolicy: Never\nhostnameOverride: other\ninitContainers: [{name: s, image: i, "
                                 "restartPolicy: Always}]\ncontainers: [{name: c, image: i, restartPolicy: OnFailure, "
                                 "restartPolicyRules: [{action: ") +
                             row.action + ", exitCodes: {operator: In, values: [1]}}]}]";
    const api::Response answer = cluster.create(podYaml("p", spec));
    EXPECT_THAT(shown(answer), HasSubstr(row.answer));
    if (!answer.ok()) continue;
    const api::PodSpec& kept = *api::as<api::Pod>(answer.object).spec;
    EXPECT_EQ(kept.containers[0].restartPolicyRules.size(), row.rules);
    EXPECT_EQ(kept.containers[0].restartPolicy, row.rules > 0 ? "OnFailure" : "");
    EXPECT_EQ(kept.initContainers[0].restartPolicy, "Always");
    EXPECT_EQ(kept.hostnameOverride, row.rules > 0 ? "other" : "");
  }
}

TEST(Pod, what_may_change) {
  struct Row {
    const char* name;
    std::function<void(api::Object&)> change;
    bool allowed;
  };
  const Row rows[] = {
      {"image", [](api::Object& o) { podSpec(o).containers[0].image = "j"; }, true},
      {"another toleration",
       [](api::Object& o) {
         podSpec(o).tolerations.push_back({"k", "Exists", "", "", {}});
       },
       true},
      {"fewer tolerations", [](api::Object& o) { podSpec(o).tolerations.clear(); }, false},
      {"activeDeadlineSeconds", [](api::Object& o) { podSpec(o).activeDeadlineSeconds = 5; }, true},
      {"command", [](api::Object& o) { podSpec(o).containers[0].command = {"x"}; }, false},
      {"nodeSelector", [](api::Object& o) { podSpec(o).nodeSelector.set("a", "b"); }, false},
      {"a node", [](api::Object& o) { api::as<api::Pod>(o).nodeName = "m"; }, false},
      {"labels", [](api::Object& o) { o.meta.labels.set("a", "b"); }, true},
      {"a new gate", [](api::Object& o) { podSpec(o).schedulingGates = {{"x/z"}}; }, false},
  };
  for (const Row& row : rows) {
    Cluster cluster;
    EXPECT_EQ(cluster.update(cluster.created(podYaml("p")), row.change).ok(), row.allowed) << row.name;
  }
  Cluster cluster;
  const api::ObjectPtr gated = cluster.created(podYaml("g", "schedulingGates: [{name: x/y}]"));
  EXPECT_EQ(shown(cluster.update(gated, [](api::Object& o) { podSpec(o).nodeSelector.set("a", "b"); })), "200");
  const api::ObjectPtr open =
      cluster.update(cluster.pod("g"), [](api::Object& o) { podSpec(o).schedulingGates.clear(); }).object;
  EXPECT_THAT(api::as<api::Pod>(open).status.conditions, IsEmpty());
}

TEST(Patch, goes_through_the_same_rules) {  // K-API-10, K-API-17
  Cluster cluster;
  const api::ObjectPtr job = cluster.created(jobYaml("a"));
  EXPECT_EQ(shown(cluster.patch(job, R"({"spec":{"parallelism":3}})")), "200");
  EXPECT_EQ(jobSpec(*api::edit(cluster.job("a"))).parallelism, 3);
  EXPECT_EQ(shown(cluster.patch(job, R"({"spec":{"parallelism":-3}})")),
            "422 Invalid: Job.batch \"a\" is invalid: spec.parallelism: Invalid value: -3: must be greater than or "
            "equal to 0");
  EXPECT_EQ(shown(cluster.patch(job, R"({"spec":{"parallelism":null}})")), "200");
  EXPECT_EQ(jobSpec(*api::edit(cluster.job("a"))).parallelism, 1) << "defaulted again";
  EXPECT_EQ(
      shown(cluster.patch(job, R"({"spec":{"parallelism":"many"}})")),
      "400 BadRequest: json: cannot unmarshal string into Go struct field JobSpec.spec.parallelism of type int32");
  EXPECT_EQ(shown(cluster.patch(job, R"({"metadata":{"name":"b"}})")),
            "400 BadRequest: the name of the object (b) does not match the name on the URL (a)");
  EXPECT_EQ(cluster.patch(job, R"({"metadata":{"resourceVersion":"1"}})").reason, api::Reason::kConflict);
  EXPECT_EQ(cluster.patch(job, R"({"metadata":{"uid":"1"}})").reason, api::Reason::kConflict);
  EXPECT_EQ(shown(cluster.patch(job, R"({"status":{"active":5},"metadata":{"labels":{"x":"y"}}})")), "200");
  EXPECT_EQ(api::as<api::Job>(cluster.job("a")).status.active, 0) << "the status is another resource";

  const api::ObjectPtr pod = cluster.created(podYaml("p"));
  const api::ObjectPtr patched =
      cluster.strategic(pod, R"({"spec":{"containers":[{"name":"c","image":"new"}]}})").object;
  EXPECT_EQ(at(patched, "/spec/containers/0/image"), "new");
  EXPECT_EQ(at(patched, "/spec/containers/0/name"), "c");
  const api::ObjectPtr jobset = cluster.created(jobSetYaml("s"));
  EXPECT_EQ(cluster.strategic(jobset, "{}").reason, api::Reason::kBadRequest) << "custom resources have no merge keys";
  EXPECT_EQ(shown(cluster.patch(jobset, R"({"spec":{"suspend":"yes"}})")),
            "422 Invalid: JobSet.jobset.x-k8s.io \"s\" is invalid: spec.suspend: Invalid value: \"string\": "
            "spec.suspend in body must be of type boolean: "
            "\"string\"");
  api::Request stale = api::patchRequest(api::keyOf(*jobset), api::MergePatch{api::Raw(nlohmann::json::object())});
  stale.patch_resource_version = 1;
  EXPECT_EQ(cluster.run(stale).reason, api::Reason::kConflict);
}

TEST(JobSet, defaults_through_the_server) {  // JS-W1
  Cluster cluster;
  const api::ObjectPtr jobset = cluster.created(jobSetYaml("s"));
  const std::pair<const char*, const char*> rows[] = {
      {"/spec/successPolicy/operator", "\"All\""},
      {"/spec/startupPolicy/startupPolicyOrder", "\"AnyOrder\""},
      {"/spec/network/enableDNSHostnames", "true"},
      {"/spec/network/publishNotReadyAddresses", "true"},
      {"/spec/network/subdomain", "null"},
      {"/spec/replicatedJobs/0/replicas", "1"},
      {"/spec/replicatedJobs/0/groupName", "\"default\""},
      {"/spec/replicatedJobs/0/template/spec/completionMode", "\"Indexed\""},
      {"/spec/replicatedJobs/0/template/spec/template/spec/restartPolicy", "\"OnFailure\""},
      {"/spec/replicatedJobs/0/template/spec/backoffLimit", "null"},
  };
  for (const auto& [field, value] : rows) EXPECT_EQ(at(jobset, field).dump(), value) << field;
  ServerConfig config;
  config.jobset_webhooks = false;
  EXPECT_EQ(at(Cluster(config).created(jobSetYaml("s")), "/spec/network").dump(), "null") << "the CRD alone";
}

TEST(JobSet, refusals) {
  const std::string invalid = "JobSet.jobset.x-k8s.io \"s\" is invalid: ";
  const std::string schema = "422 Invalid: " + invalid;
  const std::string denied = "422 Invalid: admission webhook \"vjobset.kb.io\" denied the request: " + invalid;
  const std::pair<std::function<void(api::JobSetSpec&)>, std::string> rows[] = {
      {[](auto& s) { s.replicatedJobs.push_back(s.replicatedJobs[0]); },
       schema + "spec.replicatedJobs[1]: Duplicate value: map[string]interface {}{\"name\":\"w\"}"},
      {[](auto& s) { s.ttlSecondsAfterFinished = -1; },
       schema + "spec.ttlSecondsAfterFinished: Invalid value: -1: spec.ttlSecondsAfterFinished in body should be "
                "greater than or equal to 0"},
      {[](auto& s) { s.network.emplace().subdomain = "A"; },
       denied + "[spec.network.subdomain: Invalid value: \"A\": "},
      {[](auto& s) { s.managedBy = "me"; },
       denied + "spec.managedBy: Invalid value: \"me\": must be a domain-prefixed path (such as \"acme.io/foo\")"},
      {[](auto& s) {
         s.successPolicy = {"All", {"none"}};
       },
       denied + "<nil>: Internal error: "},
  };
  for (const auto& [change, error] : rows) {
    const api::MutableObjectPtr jobset = api::edit(parse(jobSetYaml("s")));
    change(jobSetSpec(*jobset));
    const api::Response answer = Cluster().create(jobset);
    EXPECT_THAT(shown(answer), StartsWith(error));
    EXPECT_THAT(answer.causes, ::testing::Not(IsEmpty())) << error;
  }
}

TEST(JobSet, what_may_change) {  // JS-W9 and the CRD's transition rules
  struct Row {
    const char* name;
    std::function<void(api::JobSetSpec&)> change;
    std::string error;
  };
  const std::string denied =
      "422 Invalid: admission webhook \"vjobset.kb.io\" denied the request: JobSet.jobset.x-k8s.io \"s\" is invalid: ";
  const Row rows[] = {
      {"suspend", [](auto& s) { s.suspend = true; }, ""},
      {"ttl", [](auto& s) { s.ttlSecondsAfterFinished = 5; }, ""},
      {"coordinator",
       [](auto& s) {
         s.coordinator = api::Coordinator{"w", 0, 0};
       },
       ""},
      {"network", [](auto& s) { s.network->enableDNSHostnames = false; },
       "422 Invalid: JobSet.jobset.x-k8s.io \"s\" is invalid: spec.network: Invalid value: Value is immutable"},
      {"network taken away", [](auto& s) { s.network.reset(); }, ""},
      {"replicas", [](auto& s) { s.replicatedJobs[0].replicas = 3; },
       denied + "spec.replicatedJobs: Invalid value: [{"},
      {"managedBy", [](auto& s) { s.managedBy = "a.io/b"; },
       denied + "spec.managedBy: Invalid value: \"a.io/b\": field is immutable"},
      {"node selector",
       [](auto& s) { s.replicatedJobs[0].template_.spec.mut().template_.spec.mut().nodeSelector.set("a", "b"); },
       denied + "spec.replicatedJobs: Invalid value: [{"},
      {"node selector, suspended",
       [](auto& s) {
         s.suspend = true;
         s.replicatedJobs[0].template_.spec.mut().template_.spec.mut().nodeSelector.set("a", "b");
       },
       ""},
  };
  for (const Row& row : rows) {
    Cluster cluster;
    const api::Response answer =
        cluster.update(cluster.created(jobSetYaml("s")), [&](api::Object& o) { row.change(jobSetSpec(o)); });
    if (row.error.empty()) {
      EXPECT_EQ(shown(answer), "200") << row.name;
    } else {
      EXPECT_THAT(shown(answer), StartsWith(row.error)) << row.name;
    }
  }
}

TEST(Service, addresses) {
  Cluster cluster;
  const auto service = [](std::string_view name, std::string_view spec) {
    return fmt::format("apiVersion: v1\nkind: Service\nmetadata: {{name: {}, namespace: default}}\nspec: {{{}}}", name,
                       spec);
  };
  std::set<std::string> taken;
  for (int i = 0; i < 50; ++i) {
    const std::string ip =
        api::as<api::Service>(cluster.created(service(fmt::format("s{}", i), "ports: [{port: 80}]"))).spec.clusterIP;
    EXPECT_TRUE(ip.starts_with("10.9") || ip.starts_with("10.10") || ip.starts_with("10.11")) << ip;  // 10.96.0.0/12
    taken.insert(ip);
  }
  EXPECT_EQ(taken.size(), 50U);
  const api::ObjectPtr headless = cluster.created(service("h", "clusterIP: None"));
  EXPECT_EQ(at(headless, "/spec/clusterIPs").dump(), R"(["None"])");
  EXPECT_EQ(at(headless, "/spec/type"), "ClusterIP");
  EXPECT_EQ(at(headless, "/spec/ipFamilies").dump(), R"(["IPv4"])");
  EXPECT_EQ(at(headless, "/spec/sessionAffinity"), "None");
  EXPECT_EQ(shown(cluster.create(service("e", "clusterIP: \"\""))),
            "422 Invalid: Service \"e\" is invalid: spec.ports: Required value");
  EXPECT_EQ(
      shown(cluster.update(headless, [](api::Object& o) { api::as<api::Service>(o).spec.clusterIP = "10.96.1.1"; })),
      "422 Invalid: Service \"h\" is invalid: [spec.ports: Required value, spec.clusterIPs[0]: Invalid value: "
      "\"10.96.1.1\": may not change once "
      "set]");
  EXPECT_EQ(shown(cluster.create(service("1st", "clusterIP: None"))), "200")
      << "1.36: a digit may come first (K-API-5)";
  ServerConfig config;
  config.kubernetes_minor = 35;
  EXPECT_EQ(Cluster(config).create(service("1st", "clusterIP: None")).reason, api::Reason::kInvalid);
}

TEST(Others, defaults_and_refusals) {
  Cluster cluster;
  const auto claim = [](std::string_view spec) {
    return fmt::format(
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: c, namespace: default}}\nspec: {}", spec);
  };
  cluster.created(
      "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: fast, annotations: "
      "{storageclass.kubernetes.io/is-default-class: \"true\"}}\nprovisioner: p");
  EXPECT_EQ(shown(cluster.create(claim("{accessModes: [ReadWriteOnce]}"))),
            "422 Invalid: PersistentVolumeClaim \"c\" is invalid: spec.resources[storage]: Required value");
  EXPECT_EQ(shown(cluster.create(claim("{resources: {requests: {storage: 1Gi}}}"))),
            "422 Invalid: PersistentVolumeClaim \"c\" is invalid: spec.accessModes: Required value: at least 1 access "
            "mode is required");
  const api::ObjectPtr made =
      cluster.created(claim("{accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}"));
  EXPECT_EQ(at(made, "/spec/storageClassName"), "fast");
  EXPECT_EQ(at(made, "/spec/volumeMode"), "Filesystem");
  EXPECT_EQ(at(made, "/status/phase"), "Pending");
  EXPECT_THAT(
      shown(cluster.patch(made, R"({"spec":{"accessModes":["ReadWriteMany"]}})")),
      StartsWith(
          "422 Invalid: PersistentVolumeClaim \"c\" is invalid: spec: Forbidden: spec is immutable after creation"));
  EXPECT_EQ(shown(cluster.patch(made, R"({"spec":{"volumeName":"v"}})")), "200") << "binding";

  const auto priority = [](std::string_view name, std::string_view rest) {
    return fmt::format("apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {{name: {}}}\n{}", name, rest);
  };
  EXPECT_EQ(shown(cluster.create(priority("system-mine", "value: 1"))).substr(0, 13), "422 Invalid: ");
  EXPECT_EQ(shown(cluster.create(priority("high", "value: 2000000000"))),
            "422 Invalid: PriorityClass.scheduling.k8s.io \"high\" is invalid: value: Forbidden: maximum allowed value "
            "of a user defined priority is "
            "1000000000");
  const api::ObjectPtr usual = cluster.created(priority("usual", "value: 7\nglobalDefault: true"));
  EXPECT_EQ(
      shown(cluster.patch(usual, R"({"value":8})")),
      "422 Invalid: PriorityClass.scheduling.k8s.io \"usual\" is invalid: value: Invalid value: 8: field is immutable");
  const api::ObjectPtr pod = cluster.created(podYaml("p"));
  EXPECT_EQ(at(pod, "/spec/priorityClassName"), "usual") << "the cluster's default";
  EXPECT_EQ(at(pod, "/spec/priority"), 7);

  const api::ObjectPtr node =
      cluster.created("apiVersion: v1\nkind: Node\nmetadata: {name: node}\nstatus: {capacity: {cpu: 4}}");
  EXPECT_EQ(at(node, "/status/allocatable/cpu"), "4");
  EXPECT_THAT(shown(cluster.patch(node, R"({"spec":{"taints":[{"key":"a","effect":"Never"}]}})")),
              HasSubstr("metadata.taints[0].effect: Unsupported value: \"Never\""));
}

}  // namespace
}  // namespace jobset_twin::apiserver::testing
