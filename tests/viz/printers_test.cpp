// Cells of `kubectl get`, as kubernetes 1.36 pkg/printers/internalversion computes them.
#include "viz/printers.hpp"

#include <gtest/gtest.h>

#include "tests/viz/builders.hpp"
#include "viz/columns.hpp"

namespace jobset_twin::viz {
namespace {

using namespace test;

struct PodCase {
  const char* name;
  std::string ready, status;
  std::string restarts = "0";
  std::string phase;
  std::vector<api::ContainerStatus> containers{}, inits{};
  std::vector<api::Condition> conditions{};
  bool deleting = false;
  std::string reason{};
  bool sidecar = false;  // the init container restarts always
};

std::vector<PodCase> podCases() {
  auto restarted = waiting("a", "CrashLoopBackOff");
  restarted.restartCount = 3;
  restarted.lastState.terminated.emplace();
  restarted.lastState.terminated->finishedAt = at(55);
  auto never_finished = running("a");
  never_finished.restartCount = 2;
  auto sidecar = running("i");
  sidecar.restartCount = 1;
  return {
      {"no status yet", "0/1", "Pending", "0", "Pending"},
      {"held by its gates",
       "0/1",
       "SchedulingGated",
       "0",
       "Pending",
       {},
       {},
       {condition("PodScheduled", "False", "SchedulingGated")}},
      {"being made", "0/1", "ContainerCreating", "0", "Pending", {waiting("a", "ContainerCreating")}},
      {"no image", "0/1", "ImagePullBackOff", "0", "Pending", {waiting("a", "ImagePullBackOff")}},
      {"running", "1/1", "Running", "0", "Running", {running("a")}},
      {"running, not ready", "0/1", "Running", "0", "Running", {running("a", false)}},
      {"through", "0/1", "Completed", "0", "Succeeded", {terminated("a", 0, "Completed")}},
      {"failed", "0/1", "Error", "0", "Failed", {terminated("a", 1, "Error")}},
      {"failed without a reason", "0/1", "ExitCode:3", "0", "Failed", {terminated("a", 3, "")}},
      {"killed without a reason", "0/1", "Signal:9", "0", "Failed", {terminated("a", 137, "", 9)}},
      {"out of memory", "0/1", "OOMKilled", "0", "Failed", {terminated("a", 137, "OOMKilled")}},
      {"the Pod's reason, no containers", "0/1", "Evicted", "0", "Failed", {}, {}, {}, false, "Evicted"},
      {"crashing", "0/1", "CrashLoopBackOff", "3 (5s ago)", "Running", {restarted}},
      {"restarts of unknown time", "1/1", "Running", "2", "Running", {never_finished}},
      {"one done, one running and Ready",
       "1/2",
       "Running",
       "0",
       "Running",
       {terminated("a", 0, "Completed"), running("b")},
       {},
       {condition("Ready", "True")}},
      {"one done, one running, not Ready",
       "1/2",
       "NotReady",
       "0",
       "Running",
       {terminated("a", 0, "Completed"), running("b")}},
      {"the first container wins over later ones",
       "1/2",
       "Error",
       "0",
       "Running",
       {terminated("a", 1, "Error"), running("b")}},
      {"initializing", "0/1", "Init:0/1", "0", "Pending", {waiting("a", "PodInitializing")}, {running("i", false)}},
      {"initializing, waiting for its turn",
       "0/1",
       "Init:0/1",
       "0",
       "Pending",
       {waiting("a", "PodInitializing")},
       {waiting("i", "PodInitializing")}},
      {"init fails",
       "0/1",
       "Init:Error",
       "0",
       "Pending",
       {waiting("a", "PodInitializing")},
       {terminated("i", 1, "Error")}},
      {"init fails without a reason", "0/1", "Init:ExitCode:2", "0", "Pending", {}, {terminated("i", 2, "")}},
      {"init crashes", "0/1", "Init:CrashLoopBackOff", "0", "Pending", {}, {waiting("i", "CrashLoopBackOff")}},
      {"init done",
       "0/1",
       "PodInitializing",
       "0",
       "Pending",
       {waiting("a", "PodInitializing")},
       {terminated("i", 0, "Completed")}},
      {"a sidecar counts",
       "2/2",
       "Running",
       "1",
       "Running",
       {running("a")},
       {sidecar},
       {condition("Initialized", "True")},
       false,
       "",
       true},
      {"being stopped", "1/1", "Terminating", "0", "Running", {running("a")}, {}, {}, true},
      {"over, being deleted", "0/1", "Completed", "0", "Succeeded", {terminated("a", 0, "Completed")}, {}, {}, true},
      {"on a lost node", "1/1", "Unknown", "0", "Running", {running("a")}, {}, {}, true, "NodeLost"},
  };
}

TEST(Printers, PodStatusReadyAndRestarts) {
  for (const PodCase& c : podCases()) {
    std::vector<std::string> names = {"a"};
    if (c.containers.size() > 1) names.push_back("b");
    const api::MutableObjectPtr made = pod("p", names);
    api::Pod& body = api::as<api::Pod>(*made);
    if (!c.inits.empty()) {
      body.spec.mut().initContainers.emplace_back();
      body.spec.mut().initContainers.back().name = "i";
      if (c.sidecar) body.spec.mut().initContainers.back().restartPolicy = "Always";
    }
    body.status.phase = c.phase;
    body.status.reason = c.reason;
    body.status.containerStatuses = c.containers;
    body.status.initContainerStatuses = c.inits;
    body.status.conditions = c.conditions;
    if (c.deleting) made->meta.deletionTimestamp = at(50);
    const Table table = objectTable({made}, at(60), false, false);
    EXPECT_EQ(table.rows.at(0), (Row{"p", c.ready, c.status, c.restarts, "60s"})) << c.name;
  }
}

TEST(Printers, WidePodSaysWhereItIs) {
  const api::MutableObjectPtr made = pod("p", {"a"});
  api::Pod& body = api::as<api::Pod>(*made);
  body.nodeName = "n-1";
  body.status.podIP = "10.0.0.4";
  body.status.podIPs = {{"10.0.0.4"}};
  body.spec.mut().readinessGates = {{"one"}, {"two"}};
  body.status.conditions = {condition("two", "True")};
  EXPECT_EQ(objectTable({made}, at(1), true, true).rows.at(0),
            (Row{"default", "p", "0/1", "Pending", "0", "1s", "10.0.0.4", "n-1", "<none>", "1/2"}));
  EXPECT_EQ(objectTable({pod("q", {"a"})}, at(1), true, false).rows.at(0),
            (Row{"q", "0/1", "Pending", "0", "1s", "<none>", "<none>", "<none>", "<none>"}));
}

TEST(Printers, JobRows) {
  struct Case {
    const char* name;
    std::optional<std::int32_t> completions, parallelism;
    std::int32_t succeeded;
    std::optional<double> started, completed;
    std::vector<api::Condition> conditions;
    bool deleting;
    Row want;
  };
  const Case cases[] = {
      {"new", 2, 2, 0, {}, {}, {}, false, {"j", "Running", "0/2", "", "100s"}},
      {"running", 2, 2, 1, 40, {}, {}, false, {"j", "Running", "1/2", "60s", "100s"}},
      {"complete",
       2,
       2,
       2,
       40,
       90,
       {condition("SuccessCriteriaMet", "True"), condition("Complete", "True")},
       false,
       {"j", "Complete", "2/2", "50s", "100s"}},
      {"failing",
       2,
       2,
       0,
       40,
       {},
       {condition("FailureTarget", "True")},
       false,
       {"j", "FailureTarget", "0/2", "60s", "100s"}},
      {"failed",
       2,
       2,
       0,
       40,
       {},
       {condition("FailureTarget", "True"), condition("Failed", "True")},
       false,
       {"j", "Failed", "0/2", "60s", "100s"}},
      {"suspended", 2, 2, 0, {}, {}, {condition("Suspended", "True")}, false, {"j", "Suspended", "0/2", "", "100s"}},
      {"resumed", 2, 2, 0, {}, {}, {condition("Suspended", "False")}, false, {"j", "Running", "0/2", "", "100s"}},
      {"being deleted",
       2,
       2,
       0,
       {},
       {},
       {condition("Suspended", "True")},
       true,
       {"j", "Terminating", "0/2", "", "100s"}},
      {"work queue", {}, 3, 0, {}, {}, {}, false, {"j", "Running", "0/1 of 3", "", "100s"}},
      {"work queue of one", {}, 1, 0, {}, {}, {}, false, {"j", "Running", "0/1", "", "100s"}},
  };
  for (const Case& c : cases) {
    const api::MutableObjectPtr made = object<api::Job>("j");
    api::Job& job = api::as<api::Job>(*made);
    job.spec.mut().completions = c.completions;
    job.spec.mut().parallelism = c.parallelism;
    job.status.succeeded = c.succeeded;
    job.status.conditions = c.conditions;
    if (c.started) job.status.startTime = at(*c.started);
    if (c.completed) job.status.completionTime = at(*c.completed);
    if (c.deleting) made->meta.deletionTimestamp = at(50);
    EXPECT_EQ(objectTable({made}, at(100), false, false).rows.at(0), c.want) << c.name;
  }
}

TEST(Printers, JobSetColumnsAreTheCrds) {
  const api::MutableObjectPtr made = jobSet("w", 1, 1);
  Table table = objectTable({made}, at(5), false, false);
  EXPECT_EQ(table.header, (Row{"NAME", "TERMINALSTATE", "RESTARTS", "COMPLETED", "SUSPENDED", "AGE"}));
  EXPECT_EQ(table.rows.at(0), (Row{"x", "", "0", "", "false", "5s"}));
  api::JobSetStatus& status = api::as<api::JobSet>(*made).status;
  status.terminalState = "Completed";
  status.restarts = 2;
  status.conditions = {condition("Completed", "True")};
  EXPECT_EQ(objectTable({made}, at(5), false, false).rows.at(0), (Row{"x", "Completed", "2", "True", "false", "5s"}));
}

TEST(Printers, AgesAreKubectls) {
  const std::pair<double, const char*> cases[] = {
      {0, "0s"},       {119, "119s"},    {120, "2m"},      {150, "2m30s"},   {599, "9m59s"},       {600, "10m"},
      {10799, "179m"}, {10800, "3h"},    {11700, "3h15m"}, {28799, "7h59m"}, {28800, "8h"},        {172799, "47h"},
      {172800, "2d"},  {180000, "2d2h"}, {691200, "8d"},   {63072000, "2y"}, {71712000, "2y100d"}, {252288000, "8y"}};
  for (const auto& [seconds, want] : cases) EXPECT_EQ(ageText(pod("p", {})->meta, at(seconds)), want) << seconds;
  api::ObjectMeta unknown;
  EXPECT_EQ(ageText(unknown, at(1)), "<unknown>");
}

TEST(Columns, AlignAsKubectlDoes) {
  EXPECT_EQ(formatTable({{"NAME", "A", "AGE"}, {{"long-name-here", "", "5s"}, {"x", "0/1", "10m"}}}),
            "NAME             A     AGE\n"
            "long-name-here         5s\n"
            "x                0/1   10m\n");
  EXPECT_EQ(alignTabs("Name:\tx\nAPI Version:\ty\nStatus:\n  A:\t1\n  Longer:\t2\n"),
            "Name:         x\nAPI Version:  y\nStatus:\n  A:       1\n  Longer:  2\n");
  EXPECT_EQ(withThousands(9998), "9,998");
  EXPECT_EQ(withThousands(-1234567), "-1,234,567");
  EXPECT_EQ(withThousands(999), "999");
}

}  // namespace
}  // namespace jobset_twin::viz
