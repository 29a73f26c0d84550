// Admission of JobSets: defaults (JS-W1), the CRD's rules, the validating webhook (JS-W2 to JS-W9), whole messages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "engine/jobset/jobset_defaults.hpp"
#include "engine/jobset/jobset_schema.hpp"
#include "engine/jobset/jobset_validation.hpp"
#include "engine/jobset/names.hpp"
#include "tests/engine/jobset/builders.hpp"

namespace jobset_twin::jobset::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class ClaimCache final : public CacheView {
 public:
  std::vector<api::ObjectPtr> podsByBaseName(std::string_view, std::string_view) const override { return {}; }
  api::ObjectPtr node(std::string_view) const override { return nullptr; }
  api::ObjectPtr volumeClaim(std::string_view namespace_, std::string_view name) const override {
    return claim && claim->meta.namespace_ == namespace_ && claim->meta.name == name ? claim : nullptr;
  }
  api::ObjectPtr claim;
};

std::vector<std::string> texts(const api::Errors& errors) {
  std::vector<std::string> out;
  for (const api::Error& error : errors) out.push_back(error.text);
  return out;
}

std::vector<std::string> createErrors(const api::ObjectPtr& jobset, FeatureGates gates = {}) {
  return texts(validateCreate(*jobset, gates, jobset->meta.name, ClaimCache()));
}

const std::string kLabelRule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character "
    "(e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

TEST(Defaults, are_those_of_the_schema_and_the_webhook) {
  const api::MutableObjectPtr jobset = api::edit(makeJobSet("x")
                                                     .replicatedJob("w")
                                                     .group("")
                                                     .rule("", "FailJobSet")
                                                     .rule("own", "FailJobSet")
                                                     .claim("c", "")
                                                     .raw());
  api::JobSetSpec& before = api::as<api::JobSet>(*jobset).spec.mut();
  before.replicatedJobs[0].replicas.reset();
  before.volumeClaimPolicies[0].retentionPolicy.emplace();
  before.volumeClaimPolicies.push_back(before.volumeClaimPolicies[0]);
  before.volumeClaimPolicies[1].retentionPolicy.reset();
  before.replicatedJobs[0].template_.spec.mut().template_.spec.mut().containers[0].ports.push_back(
      {"p", "", "", 80, 0});
  applyDefaults(*jobset);
  const api::JobSetSpec& spec = *api::as<api::JobSet>(*jobset).spec;
  const api::JobSpec& job = *spec.replicatedJobs[0].template_.spec;
  EXPECT_EQ(spec.replicatedJobs[0].groupName, "default");
  EXPECT_EQ(spec.replicatedJobs[0].replicas, 1);
  EXPECT_EQ(job.completionMode, "Indexed");
  EXPECT_EQ(job.template_.spec->restartPolicy, "OnFailure");
  EXPECT_EQ(job.template_.spec->containers[0].ports[0].protocol, "TCP");
  EXPECT_EQ(spec.successPolicy->operator_, "All");
  EXPECT_EQ(spec.startupPolicy->startupPolicyOrder, "AnyOrder");
  EXPECT_EQ(spec.network->enableDNSHostnames, true);
  EXPECT_EQ(spec.network->publishNotReadyAddresses, true);
  EXPECT_EQ(spec.network->subdomain, "") << "resolved in the controller";
  EXPECT_EQ(spec.failurePolicy->restartStrategy, "Recreate");
  EXPECT_EQ(spec.failurePolicy->rules[0].name, "failurePolicyRule0");
  EXPECT_EQ(spec.failurePolicy->rules[1].name, "own");
  EXPECT_EQ(spec.volumeClaimPolicies[0].retentionPolicy->whenDeleted, "Delete");
  EXPECT_EQ(spec.volumeClaimPolicies[1].retentionPolicy->whenDeleted, "Delete");
}

TEST(Defaults, leave_what_is_given) {
  const api::ObjectPtr jobset = makeJobSet("x")
                                    .replicatedJob("w", 0)
                                    .editJob([](api::JobSpec& s) { s.completionMode = "NonIndexed"; })
                                    .editPod([](api::PodSpec& p) { p.restartPolicy = "Never"; })
                                    .success("Any")
                                    .inOrder()
                                    .editSpec([](api::JobSetSpec& s) {
                                      s.network = api::Network{false, false, "n"};
                                    })
                                    .build();
  const api::JobSetSpec& spec = *api::as<api::JobSet>(jobset).spec;
  EXPECT_EQ(spec.replicatedJobs[0].replicas, 0);
  EXPECT_EQ(spec.replicatedJobs[0].template_.spec->completionMode, "NonIndexed");
  EXPECT_EQ(spec.replicatedJobs[0].template_.spec->template_.spec->restartPolicy, "Never");
  EXPECT_EQ(spec.network->enableDNSHostnames, false);
  EXPECT_EQ(spec.network->publishNotReadyAddresses, false);
  EXPECT_EQ(spec.successPolicy->operator_, "Any");
}

struct CreationRow {
  std::string_view name;
  JobSetBuilder builder;
  std::vector<std::string> errors;
  FeatureGates gates = {};
};

JobSetBuilder valid() { return makeJobSet("x").replicatedJob("a", 2, 3).replicatedJob("b", 1); }
JobSetBuilder inPlace() {
  return makeJobSet("x").replicatedJob("a", 2, 3).strategy("InPlaceRestart").editJob([](api::JobSpec& s) {
    s.backoffLimit = 2147483647;
    s.podReplacementPolicy = "Failed";
  });
}
std::string internal(std::string_view text) { return "<nil>: Internal error: " + std::string(text); }

TEST(ValidateCreate, messages) {
  FeatureGates in_place, restart_job;
  in_place.InPlaceRestart = true;
  restart_job.RestartJob = true;
  const std::string long_name(70, 'a'),
      job_too_long = "JobSet name is too long, job names generated for this JobSet will exceed 63 characters";
  const std::string pod_too_long =
      "JobSet name is too long, pod names generated for this JobSet will exceed 63 characters";
  const auto plain = [](auto... text) { return std::vector<std::string>{internal(text)...}; };
  const CreationRow rows[] = {
      {"a valid JobSet", valid(), {}},
      {"no replicated jobs", makeJobSet("x"), {}},
      {"W2 InPlaceRestart without its gate", inPlace(),
       plain("InPlaceRestart restart strategy cannot be set when InPlaceRestart feature gate is disabled")},
      {"W2 InPlaceRestart as it must be", inPlace(), {}, in_place},
      {"W2 InPlaceRestart with nothing set",
       makeJobSet("x").replicatedJob("a").counts(3, std::nullopt).strategy("InPlaceRestart"),
       {"spec.replicatedJobs[0].template.spec.backoffLimit: Invalid value: null: replicatedJob a: must be set to "
        "2147483647 (MaxInt32) when in-place restart is enabled",
        "spec.replicatedJobs[0].template.spec.podReplacementPolicy: Invalid value: null: replicatedJob a: must be set "
        "to Failed when in-place restart is enabled",
        "spec.replicatedJobs[0].template.spec.completions: Invalid value: null: replicatedJob a: completions and "
        "parallelism must be set and equal to each other when in-place restart is enabled"},
       in_place},
      {"W2 InPlaceRestart with wrong values",
       inPlace().counts(3, 2).editJob([](api::JobSpec& s) {
         s.backoffLimit = 6;
         s.podReplacementPolicy = "TerminatingOrFailed";
       }),
       {"spec.replicatedJobs[0].template.spec.backoffLimit: Invalid value: 6: replicatedJob a: must be set to "
        "2147483647 (MaxInt32) when in-place restart is enabled",
        "spec.replicatedJobs[0].template.spec.podReplacementPolicy: Invalid value: \"TerminatingOrFailed\": "
        "replicatedJob a: must be set to Failed when in-place restart is enabled",
        "spec.replicatedJobs[0].template.spec.completions: Invalid value: 2: replicatedJob a: completions and "
        "parallelism must be set and equal to each other when in-place restart is enabled"},
       in_place},
      {"W3 dependsOn on the first", makeJobSet("x").replicatedJob("a").dependsOn("a", "Ready"),
       plain("DependsOn can't be set for the first ReplicatedJob")},
      {"W3 dependsOn on a later one",
       makeJobSet("x").replicatedJob("a").replicatedJob("b").dependsOn("c", "Ready").replicatedJob("c"),
       plain("replicatedJob: b cannot depend on replicatedJob: c")},
      {"W3 dependsOn on itself passes",
       makeJobSet("x").replicatedJob("a").replicatedJob("b").dependsOn("b", "Ready"),
       {}},
      {"W4 subdomain too long",
       valid().editSpec([&](api::JobSetSpec& s) {
         s.network = api::Network{true, true, long_name};
       }),
       {fmt::format("spec.network.subdomain: Invalid value: \"{}\": .spec.network.subdomain is too long, must be less "
                    "than 63 characters",
                    long_name)}},
      {"W4 subdomain with a dot",
       valid().editSpec([&](api::JobSetSpec& s) {
         s.network = api::Network{true, true, "a.b"};
       }),
       {"spec.network.subdomain: Invalid value: \"a.b\": " + kLabelRule}},
      {"W4 group name",
       makeJobSet("x").replicatedJob("a").group("G!"),
       {"spec.replicatedJobs[0].groupName: Invalid value: \"G!\": " + kLabelRule}},
      {"W4 group name too long",
       makeJobSet("x").replicatedJob("a").group(long_name),
       {fmt::format("spec.replicatedJobs[0].groupName: Invalid value: \"{}\": .spec.replicatedJob[].groupName is too "
                    "long, must be less than 63 characters",
                    long_name)}},
      {"W4 managedBy without a domain",
       valid().editSpec([](api::JobSetSpec& s) { s.managedBy = "me"; }),
       {"spec.managedBy: Invalid value: \"me\": must be a domain-prefixed path (such as \"acme.io/foo\")"}},
      {"W4 managedBy too long",
       valid().editSpec([&](api::JobSetSpec& s) { s.managedBy = "acme.io/" + long_name; }),
       {"spec.managedBy: Too long: may not be more than 63 bytes"}},
      {"W5 too many Pods", makeJobSet("x").replicatedJob("a", 65536, 65536),
       plain("the product of replicas and parallelism must not exceed 2147483647 for replicatedJob 'a'")},
      {"W5 Job name too long",
       makeJobSet(std::string(60, 'n')).replicatedJob("a", 11).counts(1, std::nullopt),
       {fmt::format("spec.replicatedJobs[0].name: Invalid value: \"{}-a-10\": {}", std::string(60, 'n'),
                    job_too_long)}},
      {"W5 Pod name too long",
       makeJobSet(std::string(52, 'n')).replicatedJob("a", 1),
       {fmt::format("spec.replicatedJobs[0].name: Invalid value: \"{}-a-0\": {}", std::string(52, 'n'), pod_too_long)}},
      {"W5 Pod names of non-indexed Jobs do not count",
       makeJobSet(std::string(52, 'n')).replicatedJob("a", 1).editJob([](api::JobSpec& s) {
         s.completionMode = "NonIndexed";
       }),
       {}},
      {"W5 Job name starts with a digit",
       makeJobSet("1x").replicatedJob("a", 1).counts(1, std::nullopt),
       {"spec.replicatedJobs[0].name: Invalid value: \"1x-a-0\": " + kLabelRule}},
      {"W6 success target", valid().success("All", {"zz", "b"}),
       plain("invalid replicatedJob name 'zz' does not appear in .spec.ReplicatedJobs")},
      {"W6 rule target", valid().rule("r", "FailJobSet", {"zz"}),
       plain("invalid replicatedJob name 'zz' in failure policy does not appear in .spec.ReplicatedJobs")},
      {"W6 reason", valid().rule("r", "FailJobSet", {}, {"Bad", "PodFailurePolicy"}),
       plain("invalid job failure reason 'Bad' in failure policy is not a recognized job failure reason")},
      {"W6 rule name", valid().rule("1r", "FailJobSet"),
       plain("invalid failure policy rule name '1r', a failure policy rule name must start with an alphabetic "
             "character, optionally followed by a string of alphanumeric "
             "characters or '_,:', and must end with an alphanumeric character or '_'")},
      {"W6 rule name with a newline", valid().rule("r\n", "FailJobSet"),
       plain("invalid failure policy rule name 'r\n', a failure policy rule name must start with an alphabetic "
             "character, optionally followed by a string of alphanumeric "
             "characters or '_,:', and must end with an alphanumeric character or '_'")},
      {"W6 rule name of 129", valid().rule(std::string(129, 'r'), "FailJobSet"),
       plain("invalid failure policy rule name of length 129, the rule name must be at least 1 characters long and at "
             "most 128 characters long")},
      {"W6 rule name of 128 and odd characters",
       valid().rule(std::string(128, 'r'), "FailJobSet").rule("a_,:_", "FailJobSet"),
       {}},
      {"W6 rule names twice", valid().rule("r", "FailJobSet").rule("q", "FailJobSet").rule("r", "RestartJobSet"),
       plain("rule names are not unique, rules with indices [0 2] all have the same name 'r'")},
      {"W6 an invalid pattern is not refused", valid().rule("r", "FailJobSet", {}, {}, {"("}), {}},
      {"W6 RestartJob without its gate: that error alone", valid().rule("1", "RestartJob", {"zz"}),
       plain("RestartJob and RestartJobAndIgnoreMaxRestarts failure policy actions are not allowed when RestartJob "
             "feature gate is disabled")},
      {"W6 RestartJob with too many replicas",
       makeJobSet("x").replicatedJob("a", 1025).rule("r", "RestartJobAndIgnoreMaxRestarts"),
       plain("JobSet cannot have a failure policy rule with RestartJob or RestartJobAndIgnoreMaxRestarts action and a "
             "replicated job with replicas > 1024"),
       restart_job},
      {"W6 RestartJob with its gate",
       makeJobSet("x").replicatedJob("a", 1024).rule("r", "RestartJob"),
       {},
       restart_job},
      {"W7 coordinator", valid().coordinator("a", 1, 2), {}},
      {"W7 coordinator of no replicated job", valid().coordinator("zz", 0, 0),
       plain("coordinator replicatedJob zz does not exist")},
      {"W7 coordinator Job index", valid().coordinator("a", 2, 0),
       plain("coordinator job index 2 is invalid for replicatedJob a")},
      {"W7 coordinator Job index negative", valid().coordinator("a", -1, 0),
       plain("coordinator job index -1 is invalid for replicatedJob a")},
      {"W7 coordinator Pod index", valid().coordinator("a", 1, 3),
       plain("coordinator pod index 3 is invalid for replicatedJob a job index 1")},
      {"W7 coordinator without completions",
       makeJobSet("x").replicatedJob("a").counts(1, std::nullopt).coordinator("a", 0, 0),
       plain("job for coordinator pod must be indexed completion mode, and completions number must be set")},
  };
  for (const CreationRow& row : rows) EXPECT_EQ(createErrors(row.builder.build(), row.gates), row.errors) << row.name;
}

TEST(ValidateCreate, W7_the_coordinators_label_value_must_fit) {
  const api::ObjectPtr jobset = makeJobSet(std::string(35, 'n')).replicatedJob("a").coordinator("a", 0, 0).build();
  ASSERT_EQ(createErrors(jobset).size(), 1U);
  EXPECT_THAT(createErrors(jobset)[0],
              AllOf(StartsWith(internal("spec will lead to invalid label value \"")),
                    HasSubstr("for coordinator label \"jobset.sigs.k8s.io/coordinator\" (long JobSet / ReplicatedJob / "
                              "SubDomain name?): must be no more than 63 ")));
}

JobSetBuilder mounting(std::string_view claim) {
  return makeJobSet("x").replicatedJob("a").editPod([claim](api::PodSpec& pod) {
    api::VolumeMount mount;
    mount.name = claim;
    mount.mountPath = "/m";
    pod.containers[0].volumeMounts.push_back(mount);
  });
}

TEST(ValidateCreate, W8_volume_claims) {
  EXPECT_THAT(createErrors(mounting("c").claim("c", "Retain").build()), IsEmpty());
  EXPECT_THAT(createErrors(mounting("c").claim("c", "Retain").claim("c", "Delete").build()),
              ElementsAre("spec.volumeClaimPolicies[1].template[0].name: Invalid value: \"c\": names must be unique "
                          "for VolumeClaimPolicies template"));
  EXPECT_THAT(
      createErrors(mounting("C").claim("C", "Retain").build()),
      ElementsAre(StartsWith(
          "spec.volumeClaimPolicies[0].template[0].name: Invalid value: \"C\": a lowercase RFC 1123 subdomain must")));
  const std::string name(62, 'c');
  EXPECT_THAT(createErrors(mounting(name).claim(name, "Retain").build()),
              ElementsAre(fmt::format("spec.volumeClaimPolicies[0].template[0].name: Invalid value: \"{}\": "
                                      "VolumeClaimPolicies template name is too long",
                                      name)));
  EXPECT_THAT(createErrors(mounting("c")
                               .editPod([](api::PodSpec& pod) {
                                 api::Volume volume;
                                 volume.name = "c";
                                 pod.volumes.push_back(volume);
                               })
                               .claim("c", "Retain")
                               .build()),
              ElementsAre("spec.replicatedJobs[0].template.spec.template.spec.volumes[0].name: Invalid value: \"c\": "
                          "volume name conflicts with VolumeClaimPolicy template name: c"));
  const std::vector<std::string> unmounted = createErrors(mounting("other").claim("c", "Retain").build());
  ASSERT_EQ(unmounted.size(), 1U);
  EXPECT_THAT(unmounted[0], StartsWith("spec.replicatedJobs: Invalid value: "
                                       "[{\"name\":\"a\",\"groupName\":\"default\",\"template\":{\"metadata\":{},"
                                       "\"spec\":{\"parallelism\":1,\"completions\":1,"));
  EXPECT_THAT(
      unmounted[0],
      ::testing::EndsWith(": replicatedJob containers don't have a matching volumeMount: c from VolumeClaimPolicies"));
}

TEST(ValidateCreate, W8_an_existing_claim_must_be_equal_and_retained) {
  ClaimCache cache;
  api::PersistentVolumeClaim body;
  body.spec.accessModes = {"ReadWriteMany"};
  api::MutableObjectPtr claim = api::makeObject(body);
  claim->meta.name = "c-x";
  claim->meta.namespace_ = "default";
  cache.claim = claim;
  const auto errors = [&](std::string_view when) {
    const api::ObjectPtr jobset = mounting("c").claim("c", when).build();
    return texts(validateCreate(*jobset, {}, "x", cache));
  };
  EXPECT_THAT(errors("Retain"), IsEmpty());
  EXPECT_THAT(errors("Delete"), ElementsAre("spec.volumeClaimPolicies[0].retentionPolicy.whenDeleted: Invalid value: "
                                            "\"Delete\": retentionPolicy must be retain when PVC exists"));
  api::as<api::PersistentVolumeClaim>(*claim).spec.volumeName = "pv-1";
  EXPECT_THAT(errors("Retain"), ElementsAre("spec.volumeClaimPolicies[0].template[0].spec: Invalid value: "
                                            "{\"accessModes\":[\"ReadWriteMany\"],\"resources\":{}}: "
                                            "spec does not match existing PVC c-x in namespace default"));
}

TEST(ValidateCreate, a_refusal_reads_as_the_client_sees_it) {
  const auto one =
      admitCreate(*makeJobSet("x").replicatedJob("a").dependsOn("a", "Ready").build(), {}, "x", ClaimCache());
  ASSERT_TRUE(one);
  EXPECT_EQ(one->reason, api::Reason::kInvalid);
  EXPECT_EQ(one->message,
            "admission webhook \"vjobset.kb.io\" denied the request: JobSet.jobset.x-k8s.io \"x\" is invalid: <nil>: "
            "Internal error: DependsOn can't be set for the first ReplicatedJob");
  ASSERT_EQ(one->causes.size(), 1U);
  EXPECT_EQ(one->causes[0].reason, "InternalError");
  EXPECT_EQ(one->causes[0].message, "Internal error: DependsOn can't be set for the first ReplicatedJob");
  EXPECT_EQ(one->causes[0].field, "<nil>");

  const api::ObjectPtr generated =
      makeJobSet("").replicatedJob("1a").replicatedJob("1a").group("default").coordinator("zz", 0, 0).build();
  const auto several = admitCreate(*generated, {}, "train-abcde", ClaimCache());
  ASSERT_TRUE(several);
  EXPECT_THAT(
      several->message,
      StartsWith("admission webhook \"vjobset.kb.io\" denied the request: JobSet.jobset.x-k8s.io \"\" is invalid: "));
  const auto two = admitCreate(*valid().success("All", {"y", "z", "y"}).build(), {}, "x", ClaimCache());
  EXPECT_THAT(
      two->message,
      ::testing::EndsWith(
          "is invalid: [<nil>: Internal error: invalid replicatedJob name 'y' does not appear in .spec.ReplicatedJobs, "
          "<nil>: Internal error: invalid replicatedJob name 'z' does not appear in .spec.ReplicatedJobs]"))
      << "each text once";
  EXPECT_EQ(two->causes.size(), 3U);
  EXPECT_FALSE(admitCreate(*valid().build(), {}, "x", ClaimCache()));
}

TEST(ValidateCreate, lengths_are_checked_with_the_generated_name) {
  const api::ObjectPtr jobset = makeJobSet("").replicatedJob("a").counts(1, std::nullopt).build();
  EXPECT_THAT(texts(validateCreate(*jobset, {}, "train-abcde", ClaimCache())), IsEmpty());
  EXPECT_EQ(validateCreate(*jobset, {}, std::string(62, 'n'), ClaimCache()).size(), 1U);
}

TEST(ValidateCreate, doubts_are_what_upstream_accepts_though_it_cannot_work) {
  EXPECT_THAT(doubtsAbout(*valid().rule("r", "FailJobSet", {}, {}, {"ok", "("}).build()),
              ElementsAre(StartsWith("spec.failurePolicy.rules[0].onJobFailureMessagePatterns[1]: \"(\" is no valid "
                                     "regular expression and never matches: ")));
  EXPECT_THAT(doubtsAbout(*makeJobSet("x").replicatedJob("a").replicatedJob("b").dependsOn("b", "Ready").build()),
              ElementsAre("spec.replicatedJobs[1].dependsOn[0]: b depends on itself and never starts"));
}

// --- updates

struct UpdateRow {
  std::string_view name;
  std::function<void(api::JobSetSpec&)> change;
  bool old_suspended, new_suspended, elastic;
  std::vector<std::string> starts;  // of the errors' texts
  std::string old_condition = "";   // True
};

TEST(ValidateUpdate, S27_and_JS_W9) {
  const auto pod = [](api::JobSetSpec& s) -> api::PodTemplateSpec& {
    return s.replicatedJobs[0].template_.spec.mut().template_;
  };
  const auto counts = [](std::int32_t p, std::int32_t c) {
    return [p, c](api::JobSetSpec& s) {
      s.replicatedJobs[0].template_.spec.mut().parallelism = p;
      s.replicatedJobs[0].template_.spec.mut().completions = c;
    };
  };
  const auto label = [&](api::JobSetSpec& s) { pod(s).metadata.labels.set("l", "v"); };
  const auto kueue = [&](api::JobSetSpec& s) {
    label(s);
    pod(s).metadata.annotations.set("a", "v");
    pod(s).spec.mut().nodeSelector.set("n", "v");
    pod(s).spec.mut().tolerations.push_back({"k", "Exists", "", "", std::nullopt});
    pod(s).spec.mut().schedulingGates.push_back({"g"});
  };
  const std::string list = "spec.replicatedJobs: Invalid value: [{\"name\":\"a\"",
                    counts_path = "spec.replicatedJobs[0].template.spec";
  const UpdateRow rows[] = {
      {"nothing", [](api::JobSetSpec&) {}, false, false, false, {}},
      {"suspend", [](api::JobSetSpec&) {}, false, true, false, {}},
      {"template of a running one", label, false, false, false, {list}},
      {"template of a suspended one", kueue, true, true, false, {}},
      {"template while suspending", kueue, false, true, false, {}},
      {"template while resuming", kueue, true, false, false, {}},
      {"image of a suspended one",
       [&](api::JobSetSpec& s) { pod(s).spec.mut().containers[0].image = "other"; },
       true,
       true,
       false,
       {list}},
      {"labels of the Job, not the Pods",
       [](api::JobSetSpec& s) { s.replicatedJobs[0].template_.metadata.labels.set("l", "v"); },
       true,
       true,
       false,
       {list}},
      {"replicas", [](api::JobSetSpec& s) { s.replicatedJobs[0].replicas = 9; }, true, true, true, {list}},
      {"a replicated job added",
       [](api::JobSetSpec& s) {
         s.replicatedJobs.push_back(s.replicatedJobs[0]);
         s.replicatedJobs[2].name = "c";
       },
       true,
       true,
       true,
       {list}},
      {"one removed", [](api::JobSetSpec& s) { s.replicatedJobs.pop_back(); }, true, true, true, {list}},
      {"all removed",
       [](api::JobSetSpec& s) { s.replicatedJobs.clear(); },
       true,
       true,
       true,
       {"spec.replicatedJobs: Invalid value: null: field is immutable"}},
      {"reordered",
       [](api::JobSetSpec& s) { std::swap(s.replicatedJobs[0], s.replicatedJobs[1]); },
       true,
       true,
       true,
       {"spec.replicatedJobs: Invalid value: [{\"name\":\"b\""}},
      {"renamed", [](api::JobSetSpec& s) { s.replicatedJobs[1].name = "z"; }, true, true, true, {list}},
      {"managedBy set",
       [](api::JobSetSpec& s) { s.managedBy = "acme.io/x"; },
       false,
       false,
       false,
       {"spec.managedBy: Invalid value: \"acme.io/x\": field is immutable"}},
      {"counts without the gate", counts(4, 4), false, false, false, {list}},
      {"counts with the gate", counts(4, 4), false, false, true, {}},
      {"counts 0",
       counts(0, 0),
       false,
       false,
       true,
       {counts_path + ".parallelism: Invalid value: 0: parallelism must be >= 1",
        counts_path + ".completions: Invalid value: 0: completions must be >= 1"}},
      {"counts that differ",
       counts(4, 5),
       false,
       false,
       true,
       {counts_path +
        ".completions: Invalid value: 5: completions must be equal to parallelism for Elastic Indexed Jobs"}},
      {"counts of a completed one",
       counts(4, 4),
       false,
       false,
       true,
       {counts_path + ": Forbidden: Cannot mutate parallelism or completions when JobSet is in a terminal state "
                      "(Completed or Failed)"},
       "Completed"},
      {"counts of a failed one",
       counts(4, 4),
       false,
       false,
       true,
       {counts_path + ": Forbidden: Cannot mutate parallelism or completions when JobSet is in a terminal state "
                      "(Completed or Failed)"},
       "Failed"},
      {"ttl, coordinator",
       [](api::JobSetSpec& s) {
         s.ttlSecondsAfterFinished = 4;
         s.coordinator = api::Coordinator{"nobody", 7, 7};
       },
       false,
       false,
       false,
       {}},
  };
  for (const UpdateRow& row : rows) {
    FeatureGates gates;
    gates.ElasticJobSet = row.elastic;
    JobSetBuilder builder = valid();
    if (!row.old_condition.empty())
      builder.editStatus([&](api::JobSetStatus& s) { s.conditions = {makeCondition(row.old_condition, "True")}; });
    const api::ObjectPtr before = builder.suspended(row.old_suspended).build();
    const api::MutableObjectPtr after = api::edit(before);
    row.change(api::as<api::JobSet>(*after).spec.mut());
    api::as<api::JobSet>(*after).spec.mut().suspend = row.new_suspended;
    const std::vector<std::string> errors = texts(validateUpdate(*before, *after, gates));
    ASSERT_EQ(errors.size(), row.starts.size()) << row.name << ": " << ::testing::PrintToString(errors);
    for (std::size_t i = 0; i < errors.size(); ++i) EXPECT_THAT(errors[i], StartsWith(row.starts[i])) << row.name;
    EXPECT_EQ(admitUpdate(*before, *after, gates).has_value(), !errors.empty()) << row.name;
  }
}

TEST(ValidateUpdate, elastic_does_not_hold_for_Jobs_that_are_not_indexed) {
  FeatureGates gates;
  gates.ElasticJobSet = true;
  const api::ObjectPtr before =
      makeJobSet("x").replicatedJob("a").editJob([](api::JobSpec& s) { s.completionMode = "NonIndexed"; }).build();
  const api::MutableObjectPtr after = api::edit(before);
  api::as<api::JobSet>(*after).spec.mut().replicatedJobs[0].template_.spec.mut().parallelism = 5;
  EXPECT_THAT(texts(validateUpdate(*before, *after, gates)), ElementsAre(::testing::EndsWith(": field is immutable")));
}

// --- the CRD

TEST(Schema, refuses_what_the_CRD_refuses) {
  struct SchemaRow {
    std::string_view name;
    JobSetBuilder builder;
    std::vector<std::string> errors;
  };
  const SchemaRow rows[] = {
      {"a valid JobSet",
       valid().maxRestarts(3).rule("r", "FailJobSet").claim("c", "Delete").coordinator("a", 0, 0).ttl(0),
       {}},
      {"negative replicas",
       makeJobSet("x").replicatedJob("a", -1),
       {"spec.replicatedJobs[0].replicas: Invalid value: -1: spec.replicatedJobs[0].replicas in body should be greater "
        "than or equal to 0"}},
      {"negative TTL",
       valid().ttl(-1),
       {"spec.ttlSecondsAfterFinished: Invalid value: -1: spec.ttlSecondsAfterFinished in body should be greater than "
        "or equal to 0"}},
      {"duplicate names",
       makeJobSet("x").replicatedJob("a").replicatedJob("a"),
       {"spec.replicatedJobs[1]: Duplicate value: map[string]interface {}{\"name\":\"a\"}"}},
      {"an unknown operator",
       valid().success("Some"),
       {"spec.successPolicy.operator: Unsupported value: \"Some\": supported values: \"All\", \"Any\""}},
      {"InOrder with dependsOn",
       makeJobSet("x").inOrder().replicatedJob("a").replicatedJob("b").dependsOn("a", "Ready"),
       {"spec: Invalid value: StartupPolicy and DependsOn APIs are mutually exclusive"}},
      {"AnyOrder with dependsOn", makeJobSet("x").replicatedJob("a").replicatedJob("b").dependsOn("a", "Ready"), {}},
      {"InOrder without replicated jobs",
       makeJobSet("x").inOrder(),
       {"spec: Invalid value: \"object\": no such key: replicatedJobs evaluating rule: StartupPolicy and DependsOn "
        "APIs are mutually exclusive"}},
      {"a namespace in a claim",
       valid().claim("c", "Delete").editSpec([](api::JobSetSpec& s) {
         s.volumeClaimPolicies[0].templates[0].metadata.namespace_ = "n";
       }),
       {"spec.volumeClaimPolicies[0]: Invalid value: namespace cannot be set for VolumeClaimPolicies templates"}},
  };
  for (const SchemaRow& row : rows) EXPECT_EQ(texts(schemaErrors(*row.builder.build())), row.errors) << row.name;
}

TEST(Schema, immutable_fields_may_come_and_go_as_a_whole_but_not_change) {
  struct TransitionRow {
    std::string field;
    std::function<void(api::JobSetSpec&)> change, remove;
  };
  const TransitionRow rows[] = {
      {"spec.network", [](api::JobSetSpec& s) { s.network->subdomain = "n"; },
       [](api::JobSetSpec& s) { s.network.reset(); }},
      {"spec.successPolicy", [](api::JobSetSpec& s) { s.successPolicy->operator_ = "Any"; },
       [](api::JobSetSpec& s) { s.successPolicy.reset(); }},
      {"spec.failurePolicy", [](api::JobSetSpec& s) { s.failurePolicy->maxRestarts = 9; },
       [](api::JobSetSpec& s) { s.failurePolicy.reset(); }},
      {"spec.startupPolicy", [](api::JobSetSpec& s) { s.startupPolicy->startupPolicyOrder = "InOrder"; },
       [](api::JobSetSpec& s) { s.startupPolicy.reset(); }},
      {"spec.volumeClaimPolicies",
       [](api::JobSetSpec& s) { s.volumeClaimPolicies[0].templates[0].metadata.name = "n"; },
       [](api::JobSetSpec& s) { s.volumeClaimPolicies.clear(); }},
      {"spec.replicatedJobs[1].dependsOn",
       [](api::JobSetSpec& s) { s.replicatedJobs[1].dependsOn[0].status = "Complete"; },
       [](api::JobSetSpec& s) { s.replicatedJobs[1].dependsOn.clear(); }},
  };
  const api::ObjectPtr before = makeJobSet("x")
                                    .replicatedJob("a")
                                    .replicatedJob("b")
                                    .dependsOn("a", "Ready")
                                    .maxRestarts(1)
                                    .claim("c", "Delete")
                                    .build();
  EXPECT_THAT(transitionErrors(*before, *before), IsEmpty());
  for (const TransitionRow& row : rows) {
    const api::MutableObjectPtr changed = api::edit(before), removed = api::edit(before);
    row.change(api::as<api::JobSet>(*changed).spec.mut());
    row.remove(api::as<api::JobSet>(*removed).spec.mut());
    EXPECT_THAT(texts(transitionErrors(*before, *changed)),
                ElementsAre(row.field + ": Invalid value: Value is immutable"));
    EXPECT_THAT(texts(transitionErrors(*before, *removed)), IsEmpty()) << row.field;
    EXPECT_THAT(texts(transitionErrors(*removed, *before)), IsEmpty()) << row.field;
  }
  const api::MutableObjectPtr other = api::edit(before);
  api::as<api::JobSet>(*other).spec.mut().failurePolicy->maxRestarts = 2;
  const auto denial = admitBySchema(before.get(), *other);
  ASSERT_TRUE(denial);
  EXPECT_EQ(denial->message,
            "JobSet.jobset.x-k8s.io \"x\" is invalid: spec.failurePolicy: Invalid value: Value is immutable");
  EXPECT_EQ(denial->reason, api::Reason::kInvalid);
}

}  // namespace
}  // namespace jobset_twin::jobset::testing
