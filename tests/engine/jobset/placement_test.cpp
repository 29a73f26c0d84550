// JS-P1 to JS-P4: the Pod webhooks and the Pod reconciler of exclusive placement.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/jobset/names.hpp"
#include "engine/jobset/pod_reconciler.hpp"
#include "engine/jobset/pod_webhook.hpp"
#include "tests/engine/jobset/builders.hpp"

namespace jobset_twin::jobset::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FakeCache final : public CacheView {
 public:
  std::vector<api::ObjectPtr> podsByBaseName(std::string_view namespace_, std::string_view base) const override {
    std::vector<api::ObjectPtr> found;
    for (const api::ObjectPtr& pod : pods) {
      if (pod->meta.namespace_ == namespace_ && podNameWithoutSuffix(pod->meta.name) == base) found.push_back(pod);
    }
    return found;
  }
  api::ObjectPtr node(std::string_view name) const override {
    for (const api::ObjectPtr& node : nodes) {
      if (node->meta.name == name) return node;
    }
    return nullptr;
  }
  api::ObjectPtr volumeClaim(std::string_view, std::string_view) const override { return nullptr; }
  std::vector<api::ObjectPtr> pods, nodes;
};

TEST(PodWebhook, leaves_other_Pods_alone) {
  const api::MutableObjectPtr plain = makePod({.exclusive = "rack"});
  plain->meta.annotations.erase(kJobSetNameKey);
  const api::MutableObjectPtr flagged = makePod({.index = 1, .exclusive = "rack"});
  flagged->meta.annotations.set(kNodeSelectorStrategyKey, "true");
  api::as<api::Pod>(*flagged).spec.mut().priority = 5;
  const api::MutableObjectPtr shared = makePod({.index = 1});
  for (const api::MutableObjectPtr& pod : {plain, flagged, shared}) {
    EXPECT_EQ(mutatePod(pod, FakeCache()).pod.get(), pod.get());
    EXPECT_FALSE(validatePod(*pod, FakeCache()));
  }
}

TEST(PodWebhook, P1_a_priority_becomes_a_label) {
  const api::MutableObjectPtr pod = makePod({.index = 1});
  api::as<api::Pod>(*pod).spec.mut().priority = -7;
  EXPECT_EQ(mutatePod(pod, FakeCache()).pod->meta.labels.get(kPriorityKey), "-7");
  EXPECT_FALSE(pod->meta.labels.contains(kPriorityKey)) << "the given Pod is not touched";
}

TEST(PodWebhook, P2_a_leader_gets_affinity_and_anti_affinity) {
  const api::MutableObjectPtr pod = makePod({.exclusive = "rack"});
  api::as<api::Pod>(*pod).spec.mut().priority = 3;
  const api::ObjectPtr changed = mutatePod(pod, FakeCache()).pod;
  const std::string own(pod->meta.labels.get(kJobKeyKey));
  const api::Affinity& affinity = *api::as<api::Pod>(changed).spec->affinity;
  const auto& near = affinity.podAffinity->requiredDuringSchedulingIgnoredDuringExecution;
  const auto& far = affinity.podAntiAffinity->requiredDuringSchedulingIgnoredDuringExecution;
  ASSERT_EQ(near.size(), 1U);
  ASSERT_EQ(far.size(), 1U);
  const std::string key(kJobKeyKey), priority(kPriorityKey);
  EXPECT_THAT(near[0].labelSelector->matchExpressions, ElementsAre(api::LabelSelectorRequirement{key, "In", {own}}));
  EXPECT_THAT(
      far[0].labelSelector->matchExpressions,
      ElementsAre(api::LabelSelectorRequirement{key, "Exists", {}}, api::LabelSelectorRequirement{key, "NotIn", {own}},
                  api::LabelSelectorRequirement{priority, "In", {"3"}}));
  for (const api::PodAffinityTerm& term : {near[0], far[0]}) {
    EXPECT_EQ(term.topologyKey, "rack");
    ASSERT_TRUE(term.namespaceSelector);
    EXPECT_EQ(*term.namespaceSelector, api::LabelSelector{});
  }
  EXPECT_FALSE(validatePod(*changed, FakeCache()));
}

struct FollowerRow {
  std::string_view name;
  std::function<void(FakeCache&, api::Object& follower)> change;  // of a world where all is well
  std::string_view mutation, validation, selector;                // "": admitted; the selector's value after mutation
};

TEST(PodWebhook, P3_followers_wait_for_their_leader) {
  const auto leader = [](FakeCache& cache) -> api::Object& { return const_cast<api::Object&>(*cache.pods[0]); };
  const std::string prefix = "admission webhook \"vpod.kb.io\" denied the request: ",
                    mutating = "admission webhook \"mpod.kb.io\" denied the request: ";
  const std::string unset = prefix + "follower pod node selector not set",
                    missing =
                        prefix + "follower pod node selector for topology domain not found. missing selector: rack";
  const auto ownSelector = [](api::Object& pod, std::string_view key) {
    api::as<api::Pod>(pod).spec.mut().nodeSelector.set(key, "own");
  };
  const std::string none = prefix + "expected 1 leader pod (x-w-0-0), but got 0. this is an expected, transient error";
  const std::string two = prefix + "expected 1 leader pod (x-w-0-0), but got 2. this is an expected, transient error";
  const std::string gone = mutating + "Node \"n1\" not found",
                    bare = mutating + "node does not have topology label: rack";
  const std::string early =
      prefix + "leader pod not yet scheduled, not creating follower pod. this is an expected, transient error";
  const FollowerRow rows[] = {
      {"all is well", [](FakeCache&, api::Object&) {}, "", "", "r1"},
      {"no leader", [](FakeCache& c, api::Object&) { c.pods.clear(); }, "", unset, ""},
      {"no leader, other selectors",
       [&](FakeCache& c, api::Object& f) {
         c.pods.clear();
         ownSelector(f, "disk");
       },
       "", missing, ""},
      {"no leader, own selector of that key",
       [&](FakeCache& c, api::Object& f) {
         c.pods.clear();
         ownSelector(f, "rack");
       },
       "", none, "own"},
      {"leader not scheduled", [&](FakeCache& c, api::Object&) { api::as<api::Pod>(leader(c)).nodeName = ""; }, "",
       unset, ""},
      {"leader not scheduled, own selector",
       [&](FakeCache& c, api::Object& f) {
         api::as<api::Pod>(leader(c)).nodeName = "";
         ownSelector(f, "rack");
       },
       "", early, "own"},
      {"leader being deleted", [&](FakeCache& c, api::Object&) { leader(c).meta.deletionTimestamp = atSecond(0); }, "",
       unset, ""},
      {"leader failed", [&](FakeCache& c, api::Object&) { api::as<api::Pod>(leader(c)).status.phase = "Failed"; }, "",
       unset, ""},
      {"leader succeeded", [&](FakeCache& c, api::Object&) { api::as<api::Pod>(leader(c)).status.phase = "Succeeded"; },
       "", unset, ""},
      {"a failed leader beside a new one",
       [](FakeCache& c, api::Object&) {
         const api::MutableObjectPtr old = makePod({.suffix = "zzzzz", .exclusive = "rack", .node = "n9"});
         api::as<api::Pod>(*old).status.phase = "Failed";
         c.pods.push_back(old);
       },
       "", "", "r1"},
      {"two leaders",
       [&](FakeCache& c, api::Object& f) {
         c.pods.push_back(makePod({.suffix = "zzzzz", .exclusive = "rack", .node = "n1"}));
         ownSelector(f, "rack");
       },
       "", two, "own"},
      {"leader of an older Job",
       [&](FakeCache& c, api::Object&) { c.pods[0] = makePod({.job_uid = "old", .exclusive = "rack", .node = "n1"}); },
       "", unset, ""},
      {"leader of an older Job, own selector",
       [&](FakeCache& c, api::Object& f) {
         c.pods[0] = makePod({.job_uid = "old", .exclusive = "rack", .node = "n1"});
         ownSelector(f, "rack");
       },
       "",
       "admission webhook \"vpod.kb.io\" denied the request: follower pod owner UID (job-uid) != leader pod owner UID "
       "(old)",
       "own"},
      {"the leader's Node is gone", [](FakeCache& c, api::Object&) { c.nodes.clear(); }, gone, "", ""},
      {"the leader's Node lacks the label", [](FakeCache& c, api::Object&) { c.nodes = {makeNode("n1")}; }, bare, "",
       ""},
  };
  for (const FollowerRow& row : rows) {
    FakeCache cache;
    cache.pods = {makePod({.exclusive = "rack", .node = "n1"})};
    cache.nodes = {makeNode("n1", {{"rack", "r1"}})};
    const api::MutableObjectPtr follower = makePod({.index = 1, .exclusive = "rack"});
    row.change(cache, *follower);
    const PodMutation mutation = mutatePod(follower, cache);
    EXPECT_EQ(mutation.denial ? mutation.denial->message : "", row.mutation) << row.name;
    if (mutation.denial) continue;
    EXPECT_EQ(api::as<api::Pod>(mutation.pod).spec->nodeSelector.get("rack"), row.selector) << row.name;
    const std::optional<Denial> denial = validatePod(*mutation.pod, cache);
    EXPECT_EQ(denial ? denial->message : "", row.validation) << row.name;
    EXPECT_TRUE(!denial || denial->reason == api::Reason::kForbidden) << row.name;
  }
}

TEST(PodWebhook, a_missing_label_of_the_follower_keeps_it_waiting) {
  FakeCache cache;
  const api::MutableObjectPtr follower = makePod({.index = 1, .exclusive = "rack"});
  follower->meta.labels.erase(kJobIndexKey);
  api::as<api::Pod>(*follower).spec.mut().nodeSelector.set("rack", "own");
  EXPECT_EQ(validatePod(*follower, cache)->message,
            "admission webhook \"vpod.kb.io\" denied the request: pod missing label: jobset.sigs.k8s.io/job-index");
}

TEST(PodWebhook, a_gone_Node_is_answered_with_404) {
  FakeCache cache;
  cache.pods = {makePod({.exclusive = "rack", .node = "n1"})};
  EXPECT_EQ(mutatePod(makePod({.index = 1, .exclusive = "rack"}), cache).denial->reason, api::Reason::kNotFound);
}

TEST(PodWebhook, followers_go_on_sharing_one_spec) {
  FakeCache cache;
  cache.pods = {makePod({.exclusive = "rack", .node = "n1"})};
  cache.nodes = {makeNode("n1", {{"rack", "r1"}})};
  const api::MutableObjectPtr one = makePod({.index = 1, .exclusive = "rack"}),
                              two = makePod({.index = 2, .exclusive = "rack"});
  api::as<api::Pod>(*one).spec.mut().restartPolicy = "Never";
  api::as<api::Pod>(*two).spec = api::as<api::Pod>(*one).spec;
  SharedSpec shared;
  const api::ObjectPtr a = mutatePod(one, cache, &shared).pod, b = mutatePod(two, cache, &shared).pod;
  EXPECT_TRUE(api::as<api::Pod>(a).spec.sameAs(api::as<api::Pod>(b).spec));
  EXPECT_EQ(api::as<api::Pod>(b).spec->nodeSelector.get("rack"), "r1");
  cache.nodes = {makeNode("n1", {{"rack", "r2"}})};
  EXPECT_EQ(api::as<api::Pod>(mutatePod(two, cache, &shared).pod).spec->nodeSelector.get("rack"), "r2");
}

// --- JS-P4

ObservedPlacement placement(std::vector<std::string> selected) {  // a follower for each; "": no selector
  ObservedPlacement seen;
  seen.leader = makePod({.exclusive = "rack", .node = "n1"});
  seen.node = makeNode("n1", {{"rack", "r1"}});
  seen.pods = {seen.leader};
  for (std::size_t i = 0; i < selected.size(); ++i) {
    const api::MutableObjectPtr pod =
        makePod({.index = static_cast<std::int32_t>(i) + 1, .exclusive = "rack", .node = "n2"});
    if (!selected[i].empty()) api::as<api::Pod>(*pod).spec.mut().nodeSelector.set("rack", selected[i]);
    seen.pods.push_back(pod);
  }
  return seen;
}

TEST(PodReconciler, followers_of_the_same_domain_are_left_alone) {
  const Plan plan = reconcilePod(placement({"r1", "r1"}), atSecond(3), {});
  EXPECT_THAT(plan.steps, IsEmpty());
  EXPECT_EQ(plan.error, "");
}

TEST(PodReconciler, S36_one_misplaced_follower_deletes_all_with_DisruptionTarget) {
  ObservedPlacement seen = placement({"r1", "r9"});
  const api::MutableObjectPtr marked = api::edit(seen.pods[2]);
  api::as<api::Pod>(*marked).status.conditions = {makeCondition("DisruptionTarget", "True", "Other")};
  seen.pods[2] = marked;
  const Plan plan = reconcilePod(seen, atSecond(3.5), {});
  ASSERT_THAT(stepNames(plan), ElementsAre("delete misplaced followers"));
  const Step& step = plan.steps[0];
  EXPECT_EQ(step.mode, StepMode::kConcurrent);
  ASSERT_EQ(step.requests.size(), 3U) << "the second follower is marked already";
  EXPECT_EQ(step.requests[0].request.verb, api::Verb::kUpdateStatus);
  EXPECT_EQ(step.requests[0].request.object->meta.resourceVersion, 7);
  EXPECT_EQ(api::as<api::Pod>(step.requests[0].request.object).status.conditions.at(0),
            makeCondition("DisruptionTarget", "True", "ExclusivePlacementViolation",
                          "Pod violated JobSet exclusive placement policy", 3));
  EXPECT_EQ(step.requests[1].request.verb, api::Verb::kDelete);
  EXPECT_EQ(step.requests[1].request.delete_options.propagation, api::Propagation::kBackground);
  EXPECT_TRUE(step.requests[1].tolerate_not_found);
  EXPECT_EQ(step.requests[0].group, step.requests[1].group) << "a failed mark keeps the Pod";
  EXPECT_NE(step.requests[1].group, step.requests[2].group);
  EXPECT_THAT(targets(plan, api::Verb::kDelete), ElementsAre("x-w-0-1-abcde", "x-w-0-2-abcde"));
}

struct PlacementRow {
  std::string_view name;
  std::function<void(ObservedPlacement&)> change;
  std::string_view error;
  std::size_t steps;
};

TEST(PodReconciler, edge_cases) {
  const auto leader = [](ObservedPlacement& s) -> api::Object& { return const_cast<api::Object&>(*s.leader); };
  const PlacementRow rows[] = {
      {"no selector is misplaced", [](ObservedPlacement&) {}, "", 1},
      {"Node unknown and a follower mismatches", [](ObservedPlacement& s) { s.node = nullptr; },
       "leader topology is unknown (node not found)", 0},
      {"Node unknown and no followers",
       [](ObservedPlacement& s) {
         s.node = nullptr;
         s.pods.resize(1);
       },
       "", 0},
      {"Node without the label", [](ObservedPlacement& s) { s.node = makeNode("n1"); },
       "node does not have topology label: rack", 0},
      {"no job-key label", [&](ObservedPlacement& s) { leader(s).meta.labels.erase(kJobKeyKey); },
       "job key label not found on leader pod: \"x-w-0-0-abcde\"", 0},
      {"no owner", [&](ObservedPlacement& s) { leader(s).meta.ownerReferences.reset(); },
       "leader pod \"x-w-0-0-abcde\" has no controller owner", 0},
      {"leader gone", [](ObservedPlacement& s) { s.leader = nullptr; }, "", 0},
      {"leader being deleted", [&](ObservedPlacement& s) { leader(s).meta.deletionTimestamp = atSecond(0); }, "", 0},
      {"leader not scheduled", [&](ObservedPlacement& s) { api::as<api::Pod>(leader(s)).nodeName = ""; }, "", 0},
      {"not exclusive", [&](ObservedPlacement& s) { leader(s).meta.annotations.erase(kExclusiveKey); }, "", 0},
      {"a follower", [](ObservedPlacement& s) { s.leader = s.pods[1]; }, "", 0},
      {"followers of an older Job are not its followers",
       [](ObservedPlacement& s) { s.pods[1] = makePod({.job_uid = "old", .index = 1, .exclusive = "rack"}); }, "", 0},
      {"followers that are going are not skipped",
       [](ObservedPlacement& s) { const_cast<api::Object&>(*s.pods[1]).meta.deletionTimestamp = atSecond(0); }, "", 1},
      {"node-selector strategy: left alone",
       [&](ObservedPlacement& s) { leader(s).meta.annotations.set(kNodeSelectorStrategyKey, "true"); }, "", 0},
  };
  for (const PlacementRow& row : rows) {
    ObservedPlacement seen = placement({""});
    row.change(seen);
    const Plan plan = reconcilePod(seen, atSecond(3), {});
    EXPECT_EQ(plan.error, row.error) << row.name;
    EXPECT_EQ(plan.steps.size(), row.steps) << row.name;
  }
}

TEST(PodReconciler, quirk_B6_deletes_followers_of_the_node_selector_strategy_again_and_again) {
  ObservedPlacement seen = placement({""});
  const_cast<api::Object&>(*seen.leader).meta.annotations.set(kNodeSelectorStrategyKey, "true");
  Config config;
  config.quirks.b6_node_selector_followers = true;
  EXPECT_TRUE(startsPlacementPass(*seen.leader, config));
  EXPECT_EQ(reconcilePod(seen, atSecond(3), config).steps.size(), 1U);
}

}  // namespace
}  // namespace jobset_twin::jobset::testing
