// Tables and descriptions of an end state, as text.
#include "viz/tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/viz/builders.hpp"
#include "viz/describe.hpp"

namespace jobset_twin::viz {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

scenarios::Outcome outcomeAt(double seconds) {
  scenarios::Outcome outcome;
  outcome.start = kStart;
  outcome.end = at(seconds);
  return outcome;
}

TEST(Tables, NothingToShow) { EXPECT_EQ(tables(outcomeAt(1)), ""); }

TEST(Tables, EndOfASmallRun) {
  scenarios::Outcome outcome = outcomeAt(9);
  const auto set = jobSet("w", 1, 1);
  const auto job = jobOf(*set, "w", 0);
  const auto pod = podOf(*job, 0);
  api::as<api::Pod>(*pod).status.phase = "Running";
  api::as<api::Pod>(*pod).status.containerStatuses = {running("main")};
  outcome.objects = {set, job, pod};
  outcome.pod_names = {{"default/x-w-0-0-abcde", {"x-w-0-0.x.default.svc.cluster.local"}, at(1.25)}};
  outcome.stuck = {{"Pod/default/x-w-0-0-abcde", "it waits"}};
  outcome.expectations = {{"a before b", true, ""}, {"over by 5s", false, "9s"}};
  EXPECT_EQ(tables(outcome),
            "$ kubectl get jobsets\n"
            "NAME   TERMINALSTATE   RESTARTS   COMPLETED   SUSPENDED   AGE\n"
            "x                      0                      false       9s\n"
            "\n"
            "$ kubectl get jobs\n"
            "NAME    STATUS    COMPLETIONS   DURATION   AGE\n"
            "x-w-0   Running   0/1                      9s\n"
            "\n"
            "$ kubectl get pods -o wide\n"
            "NAME            READY   STATUS    RESTARTS   AGE   IP       NODE     NOMINATED NODE   READINESS GATES\n"
            "x-w-0-0-abcde   1/1     Running   0          9s    <none>   <none>   <none>           <none>\n"
            "\n"
            "names under which Pods are found, and since when they resolved\n"
            "POD             SINCE       NAME\n"
            "x-w-0-0-abcde   00:01.250   x-w-0-0.x.default.svc.cluster.local\n"
            "\n"
            "stuck: 1 object that nothing moves any more\n"
            "OBJECT                      REASON\n"
            "Pod/default/x-w-0-0-abcde   it waits\n"
            "\n"
            "expectations: 1 of 2 not met\n"
            "  met      a before b\n"
            "  NOT MET  over by 5s\n"
            "           found: 9s\n");
}

TEST(Tables, SeveralNamespacesHaveAColumn) {
  scenarios::Outcome outcome = outcomeAt(9);
  const auto one = pod("p", {"a"}), other = pod("q", {"a"});
  other->meta.namespace_ = "team";
  outcome.objects = {one, other};
  EXPECT_THAT(tables(outcome), HasSubstr("$ kubectl get pods -o wide -A\nNAMESPACE   NAME   READY"));
  outcome.objects = {other};
  EXPECT_THAT(tables(outcome), HasSubstr("$ kubectl get pods -o wide -n team\nNAME   READY"));
}

TEST(Tables, ManyRowsAreSummarisedAndTheOddOnesListed) {
  scenarios::Outcome outcome = outcomeAt(9);
  const auto set = jobSet("w", 1, 2000);
  const auto job = jobOf(*set, "w", 0);
  for (int i = 0; i < 2000; ++i) {
    const auto pod = podOf(*job, i);
    const bool bad = i == 77 || i == 1077;
    api::as<api::Pod>(*pod).status.containerStatuses = {terminated("main", bad ? 1 : 0, bad ? "Error" : "Completed")};
    outcome.objects.push_back(pod);
    outcome.pod_names.push_back({"default/" + pod->meta.name, {pod->meta.name + ".x"}, at(1 + i * 0.001)});
  }
  outcome.pod_names.back().first_resolvable.reset();
  const std::string text = tables(outcome);
  EXPECT_THAT(text, HasSubstr("GROUP   STATUS      PODS\n"
                              "x/w     Completed   1,998\n"
                              "x/w     Error       2\n"
                              "among them\n"));
  EXPECT_THAT(text, HasSubstr("x-w-0-77-abcde"));
  EXPECT_THAT(text, HasSubstr("x-w-0-1077-abcde"));
  EXPECT_THAT(text, Not(HasSubstr("x-w-0-78-abcde")));
  EXPECT_THAT(text, HasSubstr("x/w     2,000   1,999        00:01.000   00:02.998   x-w-0-0-abcde.x\n"));
}

TEST(Describe, ShowsStatusAndEventsAsKubectl) {
  const auto set = jobSet("w", 1, 1);
  set->meta.labels.set("team", "a");
  set->meta.labels.set("zone", "b");
  api::JobSetStatus& status = api::as<api::JobSet>(*set).status;
  status.terminalState = "Failed";
  status.conditions = {condition("Failed", "True", "R", "M")};
  const auto event = [](std::string reason) {
    const auto made = object<api::Event>("e");
    api::Event& body = api::as<api::Event>(*made);
    body.type = "Warning";
    body.reason = std::move(reason);
    body.note = "what happened";
    return made;
  };
  const auto once = event("Once"), series = event("Series"), counted = event("Counted");
  api::as<api::Event>(*once).eventTime = at(50);
  api::as<api::Event>(*once).reportingController = "jobset";
  api::as<api::Event>(*series).eventTime = at(40);
  api::as<api::Event>(*series).reportingController = "jobset";
  api::as<api::Event>(*series).series = api::EventSeries{3, at(55)};
  api::as<api::Event>(*counted).firstTimestamp = at(30);
  api::as<api::Event>(*counted).lastTimestamp = at(58);
  api::as<api::Event>(*counted).count = 4;
  api::as<api::Event>(*counted).source.component = "job-controller";
  EXPECT_EQ(describe(*set, {once, series, counted}, at(60)),
            "Name:         x\n"
            "Namespace:    default\n"
            "Labels:       team=a\n"
            "              zone=b\n"
            "Annotations:  <none>\n"
            "API Version:  jobset.x-k8s.io/v1alpha2\n"
            "Kind:         JobSet\n"
            "Status:\n"
            "  Conditions:\n"
            "    Last Transition Time:  2026-01-01T00:00:00Z\n"
            "    Message:               M\n"
            "    Reason:                R\n"
            "    Status:                True\n"
            "    Type:                  Failed\n"
            "  Restarts:                0\n"
            "  Terminal State:          Failed\n"
            "Events:\n"
            "  Type     Reason   Age               From            Message\n"
            "  ----     ------   ----              ----            -------\n"
            "  Warning  Once     10s               jobset          what happened\n"
            "  Warning  Series   5s (x3 over 20s)  jobset          what happened\n"
            "  Warning  Counted  2s (x4 over 30s)  job-controller  what happened\n");
  const std::string whole = describe(*set, {}, at(60), {.spec = true});
  EXPECT_THAT(whole, HasSubstr("Metadata:\n  Creation Timestamp:  2026-01-01T00:00:00Z\n"));
  EXPECT_THAT(whole, HasSubstr("  UID:"));
  EXPECT_THAT(whole, HasSubstr("Spec:\n  Replicated Jobs:\n"));
  EXPECT_THAT(whole, testing::EndsWith("<none>\n"));
}

}  // namespace
}  // namespace jobset_twin::viz
