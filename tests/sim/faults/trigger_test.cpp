// The grammar of events: what is read, what is refused and how, and which stored changes are the event.
#include "sim/faults/trigger.hpp"

#include <gtest/gtest.h>

#include "engine/jobset/names.hpp"

namespace jobset_twin::faults {
namespace {

struct Row {
  std::string text, want;  // want: as eventText writes it
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.text; }

class Reads : public testing::TestWithParam<Row> {};
TEST_P(Reads, AndIsWrittenBack) {
  const api::Result<EventPattern> event = parseEvent(GetParam().text, "team");
  ASSERT_TRUE(event) << event.errors().front().text;
  EXPECT_EQ(eventText(*event), GetParam().want);
  const api::Result<EventPattern> again = parseEvent(eventText(*event), "other");
  ASSERT_TRUE(again) << again.errors().front().text;
  EXPECT_EQ(eventText(*again), GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Events, Reads,
    testing::Values(Row{"JobSet train ready", "JobSet/team/train ready"},
                    Row{"jobset train ready", "JobSet/team/train ready"},
                    Row{"JobSet default/train ready", "JobSet/default/train ready"},
                    Row{"JobSet/default/train finished", "JobSet/default/train finished"},
                    Row{"jobset train attempt 2 started", "JobSet/team/train attempt 2 created"},
                    Row{"Job train-workers-0 started", "Job/team/train-workers-0 running"},
                    Row{"Pod default/train-* running +1m30s", "Pod/default/train-* running +1m30s"},
                    Row{"Node node-3 ready", "Node/node-3 ready"}, Row{"*/default/x deleted", "*/default/x deleted"},
                    Row{"  JobSet   train   ready  ", "JobSet/team/train ready"},
                    Row{"fault rack-power started", "Fault/rack-power started"},
                    Row{"Fault/rack-* ended +10m", "Fault/rack-* ended +10m0s"}));

struct Bad {
  std::string text, says, hint;
};
void PrintTo(const Bad& row, std::ostream* out) { *out << row.text; }

class Refuses : public testing::TestWithParam<Bad> {};
TEST_P(Refuses, WithTheReason) {
  const api::Result<EventPattern> event = parseEvent(GetParam().text, "default");
  ASSERT_FALSE(event);
  EXPECT_NE(event.errors().front().text.find(GetParam().says), std::string::npos) << event.errors().front().text;
  EXPECT_NE(event.errors().front().hint.find(GetParam().hint), std::string::npos) << event.errors().front().hint;
}
INSTANTIATE_TEST_SUITE_P(Events, Refuses,
                         testing::Values(Bad{"", "says no event", "for example"}, Bad{"JobSet", "names no object", ""},
                                         Bad{"JobSte train ready", "no kind \"JobSte\"", "JobSet"},
                                         Bad{"JobSet train", "does not say what happens", ""},
                                         Bad{"JobSet train reddy", "\"reddy\" is nothing", "did you mean \"ready\"?"},
                                         Bad{"Pod x resolvable", "\"resolvable\" is nothing", ""},
                                         Bad{"JobSet train attempt two started", "its number", ""},
                                         Bad{"JobSet train ready +soon", "soon", "+30s"},
                                         Bad{"JobSet train ready +5s then", "\"then\" is too much", ""},
                                         Bad{"JobSet train ended", "\"ended\" is nothing", ""},
                                         Bad{"fault x", "does not say what happens to fault x", "ended"},
                                         Bad{"fault x ready", "nothing that happens to a fault", "started"},
                                         Bad{"fault x attempt 1 started", "\"attempt\" is nothing", "started"},
                                         Bad{"fault x started +1s y", "\"y\" is too much", ""}));

apiserver::WatchEvent change(const api::MutableObjectPtr& object) {
  apiserver::WatchEvent out;
  out.object = object;
  return out;
}

api::MutableObjectPtr jobSet(std::int32_t restarts, std::int32_t ready) {
  api::JobSet body;
  api::ReplicatedJob workers;
  workers.name = "workers";
  workers.replicas = 2;
  body.spec.mut().replicatedJobs.push_back(workers);
  body.status.restarts = restarts;
  api::ReplicatedJobStatus status;
  status.name = "workers";
  status.ready = ready;
  body.status.replicatedJobsStatus.push_back(status);
  const api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.namespace_ = "default";
  object->meta.name = "train";
  return object;
}

EventPattern event(const std::string& text) { return *parseEvent(text, "default"); }

TEST(Happens, ReadyIsAllReplicas) {
  EventWatch watch;
  EXPECT_FALSE(happens(event("JobSet train ready"), change(jobSet(0, 1)), watch));
  EXPECT_TRUE(happens(event("JobSet train ready"), change(jobSet(0, 2)), watch));
  EXPECT_FALSE(happens(event("JobSet other ready"), change(jobSet(0, 2)), watch));
  EXPECT_FALSE(happens(event("Job train ready"), change(jobSet(0, 2)), watch));
}

TEST(Happens, AnAttemptStartsWhenItIsCounted) {
  EventWatch watch;
  EXPECT_FALSE(happens(event("JobSet train attempt 2 started"), change(jobSet(1, 2)), watch));
  EXPECT_TRUE(happens(event("JobSet train attempt 2 started"), change(jobSet(2, 2)), watch));
}

// The status that counts a restart may still show the replicas of the attempt before.
TEST(Happens, ReadyOfAnAttemptIsNotThatOfTheOneBefore) {
  EventWatch watch;
  const EventPattern ready = event("JobSet train attempt 1 ready");
  EXPECT_FALSE(happens(ready, change(jobSet(0, 2)), watch));
  EXPECT_FALSE(happens(ready, change(jobSet(1, 2)), watch));
  EXPECT_FALSE(happens(ready, change(jobSet(1, 0)), watch));
  EXPECT_TRUE(happens(ready, change(jobSet(1, 2)), watch));
}

TEST(Happens, PodsGoByTheirLastingNamesAndByAttempt) {
  api::Pod body;
  body.status.phase = "Running";
  const api::MutableObjectPtr pod = api::makeObject(std::move(body));
  pod->meta.namespace_ = "default";
  pod->meta.generateName = "train-workers-0-1-";
  pod->meta.name = "train-workers-0-1-x2x9p";
  pod->meta.labels.set(jobset::kRestartAttemptKey, "1");
  EventWatch watch;
  EXPECT_TRUE(happens(event("Pod train-workers-0-1 running"), change(pod), watch));
  EXPECT_TRUE(happens(event("Pod train-workers-0-1-x2x9p running"), change(pod), watch));
  EXPECT_TRUE(happens(event("Pod train-workers-* attempt 1 running"), change(pod), watch));
  EXPECT_FALSE(happens(event("Pod train-workers-* attempt 0 running"), change(pod), watch));
  EXPECT_FALSE(happens(event("Pod train-workers-0-1 failed"), change(pod), watch));
}

}  // namespace
}  // namespace jobset_twin::faults
