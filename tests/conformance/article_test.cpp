// The article's manifests, verbatim: what happens and when, why, and under which names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/cluster/network/dns.hpp"
#include "tests/conformance/ran.hpp"
#include "tests/shared/engine/api/shared.hpp"

namespace jobset_twin::scenarios::test {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

class Article : public jobset_twin::shared::SharedTest {
 protected:
  std::vector<InputFile> file(const std::string& name) const {
    return {{name, jobset_twin::shared::fileText(jobset_twin::shared::sharedFolder() / "manifests/seed" / name)}};
  }
};

TEST_F(Article, TheLeadersFailureFailsTheJobSet) {
  const Ran ran(file("failjobset-action-example.yaml"));
  const JobSetOutcome& jobset = ran.jobset("failjobset-action-example");
  EXPECT_EQ(jobset.terminal_state, "Failed");
  EXPECT_EQ(jobset.restarts, 0);
  const api::Condition* failed = api::findCondition(api::as<api::JobSet>(jobset.last).status.conditions, "Failed");
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->reason, "FailJobSetFailurePolicyAction");
  EXPECT_EQ(failed->message,
            "applying FailJobSet failure policy action (first failed job: failjobset-action-example-leader-0)");

  const std::string leader = "failjobset-action-example-leader-0", workers = "failjobset-action-example-workers-0";
  const double started = ran.first(kPod, leader + "-0-", phase("Running"));
  const std::vector<double> exits = ran.noted(cluster::NoteKind::kContainer, leader + "-0-", "exits with code 1");
  ASSERT_FALSE(exits.empty());
  EXPECT_THAT(exits[0] - started, AllOf(Ge(8.9), Le(10.1))) << "the countdown";
  EXPECT_THAT(ran.first(kJob, leader, conditionTrue("FailureTarget")) - exits[0], AllOf(Ge(1), Le(4)));
  const std::vector<double> killed =
      ran.noted(cluster::NoteKind::kContainer, leader + "-1-", "killed at the end of its grace period");
  ASSERT_THAT(killed, SizeIs(1)) << "the other leader Pod: PID 1 without a handler";
  const double job_failed = ran.first(kJob, leader, conditionTrue("Failed"));
  EXPECT_THAT(job_failed - killed[0], AllOf(Ge(0), Le(3)));
  EXPECT_THAT(ran.seconds(*jobset.finished) - started, AllOf(Ge(38), Le(48))) << "some 40 s after the leader started";

  EXPECT_NE(ran.find(kJob, leader), nullptr) << "the failed Job is kept";
  EXPECT_EQ(ran.find(kJob, workers), nullptr) << "active Jobs are deleted";
  EXPECT_THAT(ran.times(kJob, workers, deleting()), Each(Ge(ran.seconds(*jobset.finished))));
  EXPECT_THAT(ran.times(kJob, "failjobset", created()), SizeIs(2)) << "no restart";
  EXPECT_EQ(ran.outcome.end_reason, EndReason::kFinished);
}

TEST_F(Article, TheAddressThatItGivesDoesNotExistAndTheNearestIsNamed) {
  LoadOptions options;
  options.until = std::chrono::seconds(5);
  const Ran ran(file("failjobset-action-example.yaml"), options);
  ASSERT_TRUE(ran.run);
  const std::string domain = ".failjobset-action-example.default.svc.cluster.local";
  cluster::Dns& dns = ran.run->world().dns();
  const cluster::LookUp wrong = dns.lookUp("leader-0" + domain, "default", "", ran.run->world().kernel().now());
  EXPECT_FALSE(wrong.exists);
  EXPECT_EQ(wrong.nearest, "failjobset-action-example-leader-0-0" + domain);
  EXPECT_TRUE(dns.lookUp(wrong.nearest, "default", "", ran.run->world().kernel().now()).exists);
}

TEST_F(Article, EveryJobAndPodKnowsTheCoordinator) {
  const Ran ran(file("coordinator-example.yaml"));
  const std::string key = "jobset.sigs.k8s.io/coordinator", host = "coordinator-example-driver-0-0.coordinator-example";
  const std::vector<api::ObjectPtr> jobs = ran.all(kJob), pods = ran.all(kPod);
  EXPECT_FALSE(jobs.empty());
  EXPECT_FALSE(pods.empty());
  for (const auto& objects : {jobs, pods}) {
    for (const api::ObjectPtr& object : objects) {
      EXPECT_EQ(object->meta.labels.get(key), host) << object->meta.name;
      EXPECT_EQ(object->meta.annotations.get(key), host) << object->meta.name;
    }
  }
  const JobSetOutcome& jobset = ran.jobset("coordinator-example");
  EXPECT_EQ(jobset.terminal_state, "Completed");
  EXPECT_THAT(ran.seconds(*jobset.finished), AllOf(Ge(100), Le(106)));
  EXPECT_THAT(ran.noted(cluster::NoteKind::kNameResolvable, "coordinator-example-driver-0-0", host), SizeIs(1));
}

TEST_F(Article, PlainJobsFindTheLeaderThroughItsService) {
  LoadOptions options;
  options.until = std::chrono::minutes(1);
  const Ran ran(file("native-leader-worker.yaml"), options);
  ASSERT_TRUE(ran.run);
  const std::vector<api::ObjectPtr> workers = ran.all(kPod, "worker-job-");
  ASSERT_THAT(workers, SizeIs(1));
  const std::vector<api::EnvVar>& environment = api::as<api::Pod>(workers[0]).spec->containers[0].env;
  ASSERT_THAT(environment, SizeIs(1));
  EXPECT_EQ(environment[0].name, "LEADER_HOST");
  const cluster::LookUp found =
      ran.run->world().dns().lookUp(environment[0].value, "default", "", ran.run->world().kernel().now());
  EXPECT_TRUE(found.exists);
  EXPECT_THAT(found.addresses,
              ElementsAre(api::as<api::Service>(ran.find(api::Kind::kService, environment[0].value)).spec.clusterIP));
  const std::vector<api::ObjectPtr> slices = ran.all(api::Kind::kEndpointSlice, "leader-service");
  ASSERT_THAT(slices, SizeIs(1));
  ASSERT_THAT(api::as<api::EndpointSlice>(slices[0]).endpoints, SizeIs(1)) << "the leader's Pod is behind it";
  EXPECT_EQ(api::as<api::EndpointSlice>(slices[0]).endpoints[0].targetRef->name,
            ran.all(kPod, "leader-job-")[0]->meta.name);
}

}  // namespace
}  // namespace jobset_twin::scenarios::test
