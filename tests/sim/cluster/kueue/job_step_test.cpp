// What Kueue does next for a job and for a Workload (K-KUE-4, 5, 10 to 18, 50 to 55): one write at a time.
#include "sim/cluster/kueue/job_step.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/api/read.hpp"
#include "tests/sim/cluster/kueue/objects.hpp"

namespace jobset_twin::cluster::kueue::test {
namespace {

using std::chrono::minutes;

const api::TimePoint kNow = api::TimePoint(std::chrono::seconds(10'000));

api::ObjectPtr jobSet(json replicated_jobs, bool suspended = true, json status = json::object()) {
  const auto read = api::fromJson(
      {{"apiVersion", "jobset.x-k8s.io/v1alpha2"},
       {"kind", "JobSet"},
       {"metadata",
        {{"name", "js"}, {"namespace", "default"}, {"uid", "u1"}, {"labels", {{"kueue.x-k8s.io/queue-name", "q"}}}}},
       {"spec", {{"suspend", suspended}, {"replicatedJobs", std::move(replicated_jobs)}}},
       {"status", std::move(status)}});
  EXPECT_TRUE(read.ok());
  return *read;
}
json replicatedJob(const std::string& name, int replicas, json job_spec, int cpus = 1, json pod = json::object()) {
  pod["containers"] = json::array({{{"name", "c"}, {"image", "i"}, {"resources", {{"limits", {{"cpu", cpus}}}}}}});
  job_spec["template"] = {{"spec", std::move(pod)}};
  return {{"name", name}, {"replicas", replicas}, {"template", {{"spec", std::move(job_spec)}}}};
}

json jobsStatus(int active, int ready, int succeeded) {
  return {{"replicatedJobsStatus", json::array({{{"name", "w"},
                                                 {"active", active},
                                                 {"ready", ready},
                                                 {"succeeded", succeeded},
                                                 {"failed", 0},
                                                 {"suspended", 0}}})}};
}

// Its Workload as Kueue would have made it, with a status.
Workload of(const api::ObjectPtr& job, json status = json::object(), json spec = json::object()) {
  const api::MutableObjectPtr object = api::edit(makeWorkload(*job, 0, {}));
  json content = api::as<api::Generic>(*object).content.get();
  content["status"] = std::move(status);
  content["spec"].update(spec);
  api::as<api::Generic>(*object).content.set(std::move(content));
  object->meta.resourceVersion = 7;
  return readWorkload(object, nullptr);
}
json condition(const char* type, const char* status, const char* reason = "R", const char* message = "m",
               int seconds = 9'000) {
  return {{"type", type},
          {"status", status},
          {"reason", reason},
          {"message", message},
          {"lastTransitionTime", api::formatTime(api::TimePoint(std::chrono::seconds(seconds)))}};
}
json admitted(std::vector<json> more = {}) {
  more.push_back(condition("QuotaReserved", "True"));
  more.push_back(condition("Admitted", "True"));
  return {
      {"conditions", json(more)},
      {"admission",
       {{"clusterQueue", "cq"},
        {"podSetAssignments",
         json::array(
             {{{"name", "w"}, {"flavors", {{"cpu", "spot"}}}, {"resourceUsage", {{"cpu", "4"}}}, {"count", 4}}})}}}};
}

struct Situation {
  Flavors flavors;
  WaitForPodsReady wait;
  Step job(const api::ObjectPtr& job, const Workload* workload) const {
    return jobStep({job.get(), workload, 0, &flavors, &wait, kNow});
  }
  Step alone(const Workload& workload, QueueState local = QueueState::kReady, QueueState queue = QueueState::kReady) {
    return workloadStep({&workload, local, queue, "cq", &wait, kNow});
  }
};
const json& bodyOf(const Step& step) { return std::get<api::MergePatch>(step.request->patch).body.get(); }
// "True Reason" of a condition in a write of a status.
std::string written(const Step& step, const std::string& type) {
  if (!step.request) return "no write";
  for (const json& one : bodyOf(step)["status"]["conditions"]) {
    if (one["type"] == type) return one["status"].get<std::string>() + " " + one["reason"].get<std::string>();
  }
  return "none";
}

const json kWorkers = json::array({replicatedJob("w", 2, {{"parallelism", 2}, {"completions", 2}})});

TEST(KueueSteps, PodSetsOfAJobSet) {
  const api::ObjectPtr job = jobSet(json::array({replicatedJob("driver", 1, json::object(), 2),
                                                 replicatedJob("w", 3, {{"parallelism", 4}, {"completions", 2}}),
                                                 replicatedJob("x", 2, {{"parallelism", 5}})}));
  const Workload workload = of(job);
  ASSERT_EQ(workload.podsets.size(), 3U);
  EXPECT_EQ(workload.podsets[0].name, "driver");
  EXPECT_EQ(workload.podsets[0].count, 1);
  EXPECT_EQ(workload.podsets[1].count, 6);
  EXPECT_EQ(workload.podsets[2].count, 10);
  EXPECT_EQ(workload.podsets[0].requests.at("cpu"), 2000) << "limits, where nothing is requested";
  EXPECT_THAT(workload.object->meta.name, ::testing::MatchesRegex("jobset-js-[0-9a-f]+"));
  EXPECT_EQ(workload.object->meta.name.size(), std::string("jobset-js-").size() + 5);
}

TEST(KueueSteps, TooManyPodSets) {
  json jobs = json::array();
  for (int i = 0; i < 19; ++i) jobs.push_back(replicatedJob("j" + std::to_string(i), 1, json::object()));
  const Step step = Situation().job(jobSet(jobs), nullptr);
  EXPECT_FALSE(step.request);
  EXPECT_EQ(step.problem, "a Workload has at most 18 podSets, and this has 19");
}

TEST(KueueSteps, StartMergesWhatTheFlavorsAskFor) {
  Situation in;
  in.wait.enable = false;
  in.flavors["spot"].node_labels = {{"type", "spot"}};
  in.flavors["spot"].tolerations = {{"spot", "Exists", "", "NoSchedule", std::nullopt}};
  const api::ObjectPtr job =
      jobSet(json::array({replicatedJob("w", 2, {{"parallelism", 2}}, 1, {{"nodeSelector", {{"disk", "ssd"}}}})}));
  const Workload workload = of(job, admitted());
  const Step start = in.job(job, &workload);
  ASSERT_TRUE(start.request);
  EXPECT_EQ(bodyOf(start)["spec"]["suspend"], false);
  const json pods = bodyOf(start)["spec"]["replicatedJobs"][0]["template"]["spec"]["template"];
  EXPECT_EQ(pods["spec"]["nodeSelector"], (json{{"disk", "ssd"}, {"type", "spot"}}));
  EXPECT_EQ(pods["spec"]["tolerations"].size(), 1U);
  EXPECT_EQ(pods["metadata"]["labels"]["kueue.x-k8s.io/podset"], "w");
  EXPECT_EQ(pods["metadata"]["annotations"]["kueue.x-k8s.io/workload"], workload.object->meta.name);
  ASSERT_EQ(start.said.size(), 1U);
  EXPECT_EQ(start.said[0].message, "Admitted by clusterQueue cq");

  // Stopped, it is as it was.
  const json started = bodyOf(start)["spec"]["replicatedJobs"];
  const api::ObjectPtr running = jobSet(started, false);
  const Workload evicted = of(job, admitted({condition("Evicted", "True", "Preempted", "because")}));
  const Step stop = in.job(running, &evicted);
  ASSERT_TRUE(stop.request);
  EXPECT_EQ(bodyOf(stop)["spec"]["suspend"], true);
  const json restored = bodyOf(stop)["spec"]["replicatedJobs"][0]["template"]["spec"]["template"];
  EXPECT_EQ(restored["spec"]["nodeSelector"], (json{{"disk", "ssd"}}));
  EXPECT_FALSE(restored["spec"].contains("tolerations"));
  EXPECT_EQ(stop.said[0].reason + ": " + stop.said[0].message, "Stopped: because");

  // A template that wants another flavor can never start.
  in.flavors["spot"].node_labels = {{"disk", "hdd"}};
  EXPECT_EQ(written(in.job(job, &workload), "Finished"), "True FailedToStart");
}

TEST(KueueSteps, QuotaIsReleasedOnceTheJobIsInactive) {
  const Situation in;
  const Workload evicted = of(jobSet(kWorkers), admitted({condition("Evicted", "True", "Preempted", "because")}));
  const json active = jobsStatus(1, 0, 0);
  EXPECT_FALSE(in.job(jobSet(kWorkers, true, active), &evicted).request);
  const Step release = in.job(jobSet(kWorkers), &evicted);
  EXPECT_EQ(written(release, "QuotaReserved"), "False Pending");
  EXPECT_EQ(written(release, "Admitted"), "False NoReservation");
  EXPECT_EQ(written(release, "Requeued"), "True Preempted");
  EXPECT_TRUE(bodyOf(release)["status"]["admission"].is_null());
  const Workload stopped = of(jobSet(kWorkers), admitted({condition("Evicted", "True", "Deactivated", "because")}));
  EXPECT_EQ(written(in.job(jobSet(kWorkers), &stopped), "Requeued"), "False Deactivated");
}

TEST(KueueSteps, PodsReadyFollowsTheJob) {
  const Situation in;
  const auto step = [&](int count, std::vector<json> before) {
    const Workload workload = of(jobSet(kWorkers), admitted(std::move(before)));
    return written(in.job(jobSet(kWorkers, false, jobsStatus(2, count, 0)), &workload), "PodsReady");
  };
  EXPECT_EQ(step(1, {}), "False WaitForStart");
  EXPECT_EQ(step(2, {condition("PodsReady", "False", "WaitForStart")}), "True Started");
  EXPECT_EQ(step(1, {condition("PodsReady", "True", "Started")}), "False WaitForRecovery");
  EXPECT_EQ(step(2, {condition("PodsReady", "False", "WaitForRecovery")}), "True Recovered");
  EXPECT_EQ(step(2, {condition("PodsReady", "True", "Started")}), "no write");
}

TEST(KueueSteps, ReclaimablePods) {
  Situation in;
  in.wait.enable = false;
  const json one_done = jobsStatus(1, 0, 1);
  const Workload workload = of(jobSet(kWorkers), admitted());
  EXPECT_EQ(usageOf(workload), (Usage{{{"spot", "cpu"}, 4000}}));
  const Step step = in.job(jobSet(kWorkers, false, one_done), &workload);
  ASSERT_TRUE(step.request);
  EXPECT_EQ(bodyOf(step)["status"]["reclaimablePods"], (json::array({{{"name", "w"}, {"count", 2}}})));
  json status = admitted();
  status["reclaimablePods"] = json::array({{{"name", "w"}, {"count", 2}}});
  const Workload less = of(jobSet(kWorkers), status);
  EXPECT_EQ(usageOf(less), (Usage{{{"spot", "cpu"}, 2000}}));
  EXPECT_FALSE(in.job(jobSet(kWorkers, false), &less).request) << "it never takes them again";
}

TEST(KueueSteps, Drift) {
  const Situation in;
  const Workload workload = of(jobSet(kWorkers));
  const json more = json::array({replicatedJob("w", 3, {{"parallelism", 2}, {"completions", 2}})});
  const Step update = in.job(jobSet(more), &workload);
  ASSERT_TRUE(update.request);
  EXPECT_EQ(bodyOf(update)["spec"]["podSets"][0]["count"], 6);
  EXPECT_EQ(update.said[0].reason, "UpdatedWorkload");
  const Workload running = of(jobSet(kWorkers), admitted());
  EXPECT_EQ(bodyOf(in.job(jobSet(more, false), &running))["spec"]["suspend"], true);
  EXPECT_EQ(in.job(jobSet(more), &running).request->verb, api::Verb::kDelete);
}

TEST(KueueSteps, ExecutionTime) {
  Situation in;
  const json most = {{"maximumExecutionTimeSeconds", 500}};
  json status = admitted();
  EXPECT_EQ(written(in.alone(of(jobSet(kWorkers), status, most)), "DeactivationTarget"),
            "True MaximumExecutionTimeExceeded");
  const Step later = in.alone(of(jobSet(kWorkers), status, {{"maximumExecutionTimeSeconds", 5000}}));
  EXPECT_FALSE(later.request);
  EXPECT_EQ(later.look_again, api::TimePoint(std::chrono::seconds(9'000)) + minutes(30))
      << "Pods have to be ready first";
  const Step off = in.alone(of(jobSet(kWorkers), admitted({condition("DeactivationTarget", "True", "X", "y")})));
  EXPECT_EQ(bodyOf(off)["spec"]["active"], false);
  const Step out = in.alone(
      of(jobSet(kWorkers), admitted({condition("DeactivationTarget", "True", "X", "y")}), {{"active", false}}));
  EXPECT_EQ(written(out, "Evicted"), "True Deactivated");
  EXPECT_EQ(out.said[0].reason, "EvictedDueToDeactivatedDueToX");
}

TEST(KueueSteps, WhyAWorkloadIsInNoQueue) {
  Situation in;
  const Workload workload = of(jobSet(kWorkers));
  const auto says = [&](QueueState local, QueueState queue) {
    const Step step = in.alone(workload, local, queue);
    return step.request ? bodyOf(step)["status"]["conditions"][0]["message"].get<std::string>() : std::string();
  };
  EXPECT_EQ(says(QueueState::kMissing, QueueState::kMissing), "LocalQueue q doesn't exist");
  EXPECT_EQ(says(QueueState::kStopped, QueueState::kReady), "LocalQueue q is inactive");
  EXPECT_EQ(says(QueueState::kReady, QueueState::kMissing), "ClusterQueue cq doesn't exist");
  EXPECT_EQ(says(QueueState::kReady, QueueState::kStopped), "ClusterQueue cq is inactive");
  EXPECT_EQ(says(QueueState::kReady, QueueState::kReady), "");
}

TEST(KueueSteps, TheWaitAfterTimeoutsDoubles) {
  Situation in;
  for (const auto& [count, seconds] : std::map<int, int>{{0, 60}, {1, 120}, {5, 1920}, {6, 3600}, {20, 3600}}) {
    json status = admitted();
    status["conditions"].back() = condition("Admitted", "True", "R", "m", 1'000);
    if (count > 0) status["requeueState"] = {{"count", count}};
    const Step step = in.alone(of(jobSet(kWorkers), status));
    EXPECT_EQ(written(step, "Evicted"), "True PodsReadyTimeout");
    EXPECT_EQ(bodyOf(step)["status"]["requeueState"]["requeueAt"],
              api::formatTime(kNow + std::chrono::seconds(seconds)));
  }
}

}  // namespace
}  // namespace jobset_twin::cluster::kueue::test
