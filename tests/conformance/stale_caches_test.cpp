// What controllers do that act on caches behind the store, and whose writes meet those of others (K-GOT-28, K-GOT-29,
// K-GOT-45), in runs of whole manifests.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/apiserver/api_faults.hpp"
#include "sim/cluster/world_parts.hpp"
#include "tests/conformance/training.hpp"

namespace jobset_twin::scenarios {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string textOfActions(const std::string& actions, const std::string& version) {
  return test::trainingText({.run_time = "120s", .scenario = "  kubernetesVersion: \"" + version + "\"\n" + actions});
}

struct Watcher final : Observer {
  std::size_t pods_created = 0, pods_deleted = 0;
  std::vector<TimePoint> job_writes;
  void onChange(const apiserver::WatchEvent& change) override {
    if (change.object->kind() == api::Kind::kPod) {
      if (change.type == apiserver::WatchType::kAdded) ++pods_created;
      if (change.object->meta.deletionTimestamp) ++pods_deleted;
    } else if (change.object->kind() == api::Kind::kJob) {
      job_writes.push_back(change.at);
    }
  }
  void onNote(const kernel::Note&) override {}
};

struct Lab {
  Lab(const std::string& actions, const std::string& version = "1.36")
      : run(test::planOf(textOfActions(actions, version)), hooks()) {}
  RunHooks hooks() {
    RunHooks out;
    out.observers.push_back(&seen);
    return out;
  }
  void to(Duration time) { run.advance(run.world().kernel().start() + time); }
  apiserver::FaultId begin(const apiserver::ApiFault& fault) {
    cluster::WorldParts& p = run.world().parts();
    return p.transport.beginFault(p.kernel, p.server, fault);
  }
  void end(apiserver::FaultId id) {
    cluster::WorldParts& p = run.world().parts();
    p.transport.endFault(p.kernel, p.server, id);
  }
  std::string result() { return run.outcome().jobsets.at(0).terminal_state; }
  Watcher seen;
  scenarios::Run run;
};

apiserver::ApiFault frozen(cluster::Component component, const std::string& kind) {
  apiserver::ApiFault fault;
  fault.effect = apiserver::ApiEffect::kWatchFreeze;
  fault.component = targetOf(component);
  fault.kind = kind;
  return fault;
}

// Expectations hold the Job controller back from creating what its cache does not show: for 5 minutes before 1.36; from
// then on until the cache has seen the controller's own writes (StaleControllerConsistencyJob).
TEST(StaleCaches, K_GOT_29_ExpectationsHoldForFiveMinutes) {
  for (const auto& [version, created] : {std::pair{"1.35", 4U}, std::pair{"1.36", 2U}}) {
    SCOPED_TRACE(version);
    Lab lab("  actions: [{at: 400s, delete: ConfigMap/default/none}]\n", version);  // the run waits for it
    const apiserver::FaultId id = lab.begin(frozen(cluster::Component::kJobController, "Pod"));
    lab.to(seconds(200));
    EXPECT_EQ(lab.seen.pods_created, 2U);
    EXPECT_EQ(lab.result(), "");
    // Something makes the controller look at the Job once more: a change of its spec.
    lab.to(seconds(320));
    api::Request touch = api::patchRequest({api::Kind::kJob, "default", "train-workers-0"},
                                           api::MergePatch{api::Raw(nlohmann::json{{"spec", {{"backoffLimit", 3}}}})});
    EXPECT_TRUE(lab.run.world().executeNow(touch).ok());
    lab.to(seconds(330));
    EXPECT_EQ(lab.seen.pods_created, created);
    lab.end(id);
    lab.run.advance();
    EXPECT_EQ(lab.result(), "Completed");
  }
}

// Suspended and resumed within the watch delay: the Job controller sees the end of it only.
TEST(StaleCaches, K_GOT_45_WhatIsUndoneInTimeWasNeverSeen) {
  const std::string actions = R"(  actions:
  - {at: 30s, suspend: JobSet/default/train}
  - {at: 35s, resume: JobSet/default/train}
)";
  for (const bool late : {true, false}) {
    SCOPED_TRACE(late);
    Lab lab(actions);
    lab.to(seconds(29));
    const apiserver::FaultId id = late ? lab.begin(frozen(cluster::Component::kJobController, "Job")) : 0;
    lab.to(seconds(40));
    if (late) lab.end(id);
    lab.run.advance();
    EXPECT_EQ(lab.seen.pods_deleted > 0, !late);
    EXPECT_EQ(lab.result(), "Completed");
  }
}

// A Conflict on a status write: the Job controller tries again after 1 s, the JobSet controller after 5 ms.
TEST(StaleCaches, K_GOT_28_ALostWriteIsTriedAgain) {
  struct Row {
    std::string client, kind;
    Duration at_least, at_most;
  };
  for (const Row& row : {Row{"kube-controller-manager/job-controller", "Job", seconds(1), milliseconds(1200)},
                         Row{"jobset-controller-manager", "JobSet", milliseconds(5), milliseconds(100)}}) {
    SCOPED_TRACE(row.client);
    TimePoint finished[2];
    for (const bool lost : {false, true}) {
      Lab lab("");
      lab.to(seconds(60));
      apiserver::ApiFault conflict;
      conflict.reason = api::Reason::kConflict;
      conflict.client = row.client;
      conflict.kind = row.kind;
      conflict.verbs = {api::Verb::kUpdateStatus};
      cluster::WorldParts& p = lab.run.world().parts();
      if (lost) {
        const apiserver::FaultId id = lab.begin(conflict);
        while (p.transport.faults().hits(id) == 0) ASSERT_TRUE(lab.run.world().step());
        lab.end(id);
      }
      lab.run.advance();
      EXPECT_EQ(lab.result(), "Completed");
      finished[lost ? 1 : 0] = *lab.run.outcome().jobsets.at(0).finished;
    }
    EXPECT_GE(finished[1] - finished[0], row.at_least);
    EXPECT_LE(finished[1] - finished[0], row.at_most);
  }
}

}  // namespace
}  // namespace jobset_twin::scenarios
