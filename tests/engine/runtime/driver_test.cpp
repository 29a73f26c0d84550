// The driver carries a Plan out: every kind of step, every way to fail, and a death after every answer.
//
// Server records what is sent and answers when told, in any order, as a world does.
#include "engine/runtime/driver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>

namespace jobset_twin::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

api::MutableObjectPtr jobNamed(std::string_view name) {
  const api::MutableObjectPtr job = api::makeObject(api::Job());
  job->meta.name = name;
  job->meta.namespace_ = "default";
  return job;
}
api::MutableObjectPtr jobSet() {
  const api::MutableObjectPtr object = api::makeObject(api::JobSet());
  object->meta.name = "x";
  object->meta.namespace_ = "default";
  object->meta.resourceVersion = 10;
  return object;
}
jobset::StepRequest createOf(std::string_view name) {
  jobset::StepRequest request;
  request.request = api::createRequest(jobNamed(name));
  return request;
}
jobset::Step stepOf(std::string name, jobset::StepMode mode, std::vector<jobset::StepRequest> requests) {
  jobset::Step step;
  step.name = std::move(name);
  step.mode = mode;
  step.requests = std::move(requests);
  return step;
}
jobset::EventRecord eventOf(std::string reason, std::string note = "") {
  jobset::EventRecord event;
  event.type = "Normal";
  event.reason = std::move(reason);
  event.note = std::move(note);
  return event;
}

class Server final : public ApiClient {
 public:
  struct Sent {
    api::Request request;
    std::uint64_t token;
  };
  std::deque<Sent> waiting;
  std::vector<std::string> sent;                  // "create a", "update status x"
  std::vector<std::string> events;                // "FailedJobs note"
  std::map<std::string, api::Response> failures;  // by "create a"
  std::size_t most_waiting = 0;
  std::int64_t version = 100;
  std::vector<std::int64_t> versions_sent;

  void send(api::Request request, std::uint64_t token) override {
    sent.push_back(nameOf(request));
    versions_sent.push_back(request.object ? request.object->meta.resourceVersion : 0);
    waiting.push_back({std::move(request), token});
    most_waiting = std::max(most_waiting, waiting.size());
  }
  void record(const jobset::EventRecord& event) override {
    events.push_back(event.reason + (event.note.empty() ? "" : " " + event.note));
    regarding_versions.push_back(event.regarding ? event.regarding->meta.resourceVersion : 0);
  }
  std::vector<std::int64_t> regarding_versions;

  static std::string nameOf(const api::Request& request) {
    return std::string(api::verbText(request.verb)) + " " + request.key.name;
  }
  api::Response answerTo(const api::Request& request) {
    if (const auto failure = failures.find(nameOf(request)); failure != failures.end()) return failure->second;
    api::Response response;
    const api::MutableObjectPtr object = request.object ? api::edit(request.object) : jobNamed(request.key.name);
    object->meta.resourceVersion = ++version;
    response.object = object;
    return response;
  }
  // Answers the request at `index` of those that wait; false when there is none.
  bool answer(Driver& driver, std::size_t index = 0) {
    if (index >= waiting.size()) return false;
    const Sent next = std::move(waiting[index]);
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(index));
    driver.onAnswer(next.token, answerTo(next.request), *this);
    return true;
  }
  void answerAll(Driver& driver) {
    while (answer(driver)) {
    }
  }
};

api::Response failure(api::Reason reason, std::string message) {
  api::Response response;
  response.reason = reason;
  response.message = std::move(message);
  return response;
}

PassOutcome carryOut(jobset::Plan plan, Server& server) {
  Driver driver;
  driver.begin(std::move(plan), server);
  server.answerAll(driver);
  EXPECT_FALSE(driver.running());
  return driver.takeOutcome();
}

// One Plan with every kind of step.
jobset::Plan everything() {
  jobset::Plan plan;
  plan.steps.push_back(stepOf("one", jobset::StepMode::kOne, {createOf("service")}));
  plan.steps.push_back(stepOf("many", jobset::StepMode::kConcurrent, {createOf("a"), createOf("b"), createOf("c")}));
  jobset::Step sequence = stepOf("resume", jobset::StepMode::kSequence, {});
  jobset::StepRequest status, spec;
  status.request = api::updateStatusRequest(jobNamed("j"));
  spec.request = api::updateRequest(jobNamed("j"));
  spec.resource_version_from = 0;
  sequence.requests = {status, spec};
  plan.steps.push_back(sequence);
  jobset::StepRequest removal;
  removal.request = api::deleteRequest({api::Kind::kJob, "default", "old"}, {});
  removal.tolerate_not_found = true;
  plan.steps.push_back(stepOf("delete", jobset::StepMode::kConcurrent, {removal}));
  plan.status_update = jobSet();
  plan.events = {eventOf("First"), eventOf("Second")};
  plan.metrics = {{"jobset_completed_total", "x", "default"}};
  plan.requeue_after = std::chrono::seconds(3);
  return plan;
}

TEST(Driver, does_it_all_in_order) {  // JS-R16
  Server server;
  const PassOutcome outcome = carryOut(everything(), server);
  EXPECT_EQ(outcome.error, "");
  EXPECT_TRUE(outcome.wrote_status);
  EXPECT_EQ(outcome.requeue_after, std::chrono::seconds(3));
  EXPECT_EQ(outcome.metrics.size(), 1U);
  EXPECT_THAT(server.sent, ElementsAre("create service", "create a", "create b", "create c", "update status j",
                                       "update j", "delete old", "update status x"));
  EXPECT_THAT(server.events, ElementsAre("First", "Second"));
}

TEST(Driver, an_empty_plan_is_done_at_once) {
  Server server;
  Driver driver;
  jobset::Plan plan;
  plan.events = {eventOf("Only")};
  plan.requeue_after = std::chrono::seconds(1);
  driver.begin(plan, server);
  EXPECT_FALSE(driver.running());
  const PassOutcome outcome = driver.takeOutcome();
  EXPECT_EQ(outcome.requeue_after, std::chrono::seconds(1));
  EXPECT_FALSE(outcome.wrote_status);
  EXPECT_THAT(server.events, ElementsAre("Only")) << "nothing to write: recorded at once";
}

TEST(Driver, uses_the_version_of_an_earlier_answer) {
  Server server;
  server.version = 500;
  carryOut(everything(), server);
  EXPECT_EQ(server.versions_sent[4], 0);
  EXPECT_EQ(server.versions_sent[5], 505) << "service, a, b, c, then the status of j";
  // ... of an earlier step.
  jobset::Plan plan;
  plan.steps.push_back(stepOf("first", jobset::StepMode::kConcurrent, {createOf("a"), createOf("b")}));
  jobset::StepRequest later;
  later.request = api::updateRequest(jobNamed("b"));
  later.resource_version_from = 1;
  later.resource_version_from_step = 0;
  plan.steps.push_back(stepOf("second", jobset::StepMode::kOne, {later}));
  Server other;
  Driver driver;
  driver.begin(plan, other);
  other.answer(driver, 1);  // b is answered first, with 101
  other.answerAll(driver);
  EXPECT_EQ(other.versions_sent.back(), 101);
}

TEST(Driver, events_regard_the_written_status) {  // JS-C2
  Server server;
  jobset::Plan plan = everything();
  for (jobset::EventRecord& event : plan.events) event.regarding = plan.status_update;
  carryOut(plan, server);
  EXPECT_THAT(server.regarding_versions, ElementsAre(server.version, server.version));
}

TEST(Driver, at_most_fifty_in_flight) {  // JS-R13d, JS-D1
  std::vector<jobset::StepRequest> requests;
  for (int i = 0; i < 120; ++i) requests.push_back(createOf("j" + std::to_string(i)));
  jobset::Plan plan;
  plan.steps.push_back(stepOf("create", jobset::StepMode::kConcurrent, requests));
  Server server;
  Driver driver;
  driver.begin(plan, server);
  EXPECT_EQ(server.waiting.size(), 50U);
  for (std::size_t n = 0; server.answer(driver, n * 7 % server.waiting.size()); ++n) {
    if (server.waiting.empty()) break;
  }
  EXPECT_EQ(server.most_waiting, 50U);
  EXPECT_EQ(server.sent.size(), 120U);
  EXPECT_FALSE(driver.running());
  EXPECT_EQ(driver.takeOutcome().error, "");
}

TEST(Driver, a_batch_attempts_all_and_joins_the_errors) {
  Server server;
  server.failures["create a"] = failure(api::Reason::kForbidden, "no a");
  server.failures["create c"] = failure(api::Reason::kForbidden, "no c");
  jobset::Plan plan = everything();
  for (jobset::StepRequest& request : plan.steps[1].requests) request.error_prefix = "creation failed: ";
  plan.steps[1].on_failure = eventOf("FailedCreate", "jobs: ");
  const PassOutcome outcome = carryOut(plan, server);
  EXPECT_EQ(outcome.error, "creation failed: no a\ncreation failed: no c");
  EXPECT_THAT(server.sent, ElementsAre("create service", "create a", "create b", "create c"))
      << "later steps are not begun";
  EXPECT_THAT(server.events, ElementsAre("FailedCreate jobs: creation failed: no a\ncreation failed: no c"));
  EXPECT_FALSE(outcome.wrote_status);
  EXPECT_FALSE(outcome.requeue_after);
  EXPECT_TRUE(outcome.metrics.empty());
}

TEST(Driver, an_event_for_each_failure) {
  Server server;
  server.failures["create a"] = failure(api::Reason::kForbidden, "no a");
  server.failures["create c"] = failure(api::Reason::kForbidden, "no c");
  jobset::Plan plan = everything();
  plan.steps[1].on_failure = eventOf("FailedCreate");
  plan.steps[1].on_failure_each = true;
  carryOut(plan, server);
  EXPECT_THAT(server.events, ElementsAre("FailedCreate no a", "FailedCreate no c"));
}

TEST(Driver, tolerates_what_the_step_names) {
  struct Row {
    api::Reason reason;
    bool exists, missing, fails;
  };
  const Row rows[] = {
      {api::Reason::kAlreadyExists, true, false, false}, {api::Reason::kAlreadyExists, false, true, true},
      {api::Reason::kNotFound, false, true, false},      {api::Reason::kNotFound, true, false, true},
      {api::Reason::kConflict, true, true, true},        {api::Reason::kUnknownOutcome, true, true, true},
  };
  for (const Row& row : rows) {
    Server server;
    server.failures["create a"] = failure(row.reason, "because");
    jobset::Plan plan;
    jobset::StepRequest request = createOf("a");
    request.tolerate_already_exists = row.exists;
    request.tolerate_not_found = row.missing;
    plan.steps.push_back(stepOf("s", jobset::StepMode::kConcurrent, {request}));
    plan.status_update = jobSet();
    EXPECT_EQ(carryOut(plan, server).error, row.fails ? "because" : "");
  }
}

// A pass that begins before the cache shows what the last one created tries it again (JS-T3, B8).
TEST(Driver, knows_its_own_creations_until_the_cache_shows_them) {
  const auto plan = [](bool tolerate_own) {
    jobset::Plan made;
    jobset::StepRequest request = createOf("a");
    request.tolerate_own = tolerate_own;
    made.steps.push_back(stepOf("create", jobset::StepMode::kConcurrent, {request}));
    return made;
  };
  Server server;
  Driver driver;
  const auto pass = [&](bool tolerate_own) {
    driver.begin(plan(tolerate_own), server);
    server.answerAll(driver);
    return driver.takeOutcome().error;
  };
  const api::Response exists = failure(api::Reason::kAlreadyExists, "jobs.batch \"a\" already exists");

  server.failures["create a"] = exists;
  EXPECT_EQ(pass(true), exists.message) << "somebody else's";
  EXPECT_EQ(pass(true), exists.message) << "still";
  server.failures.clear();
  EXPECT_EQ(pass(true), "");
  server.failures["create a"] = exists;
  EXPECT_EQ(pass(true), "") << "its own, not seen yet";
  EXPECT_EQ(pass(true), "");
  EXPECT_EQ(pass(false), exists.message) << "as upstream";
  driver.onSeen({api::Kind::kJob, "default", "a"});
  EXPECT_EQ(pass(true), exists.message) << "seen, so the core would not have asked: it was created again by another";

  server.failures["create a"] = failure(api::Reason::kUnknownOutcome, "timeout");
  EXPECT_EQ(pass(true), "timeout");
  server.failures["create a"] = exists;
  EXPECT_EQ(pass(true), exists.message) << "a creation without an answer is not known to be its own";
}

TEST(Driver, a_failure_without_words_is_a_failure) {
  for (const char* name : {"create a", "update status x"}) {
    Server server;
    server.failures[name] = failure(api::Reason::kUnknownOutcome, "");
    EXPECT_EQ(carryOut(everything(), server).error, "UnknownOutcome") << name;
    EXPECT_THAT(server.events, IsEmpty());
  }
}

TEST(Driver, a_sequence_ends_at_its_first_error) {
  Server server;
  server.failures["create b"] = failure(api::Reason::kForbidden, "no b");
  jobset::Plan plan;
  plan.steps.push_back(stepOf("s", jobset::StepMode::kSequence, {createOf("a"), createOf("b"), createOf("c")}));
  Driver driver;
  driver.begin(plan, server);
  EXPECT_THAT(server.sent, ElementsAre("create a")) << "one at a time";
  server.answerAll(driver);
  EXPECT_THAT(server.sent, ElementsAre("create a", "create b"));
  EXPECT_EQ(driver.takeOutcome().error, "no b");
}

TEST(Driver, groups_fail_alone) {
  for (const jobset::StepMode mode : {jobset::StepMode::kSequence, jobset::StepMode::kConcurrent}) {
    Server server;
    server.failures["create a1"] = failure(api::Reason::kForbidden, "no a1");
    std::vector<jobset::StepRequest> requests = {createOf("a1"), createOf("a2"), createOf("b1"), createOf("b2")};
    requests[0].group = requests[1].group = 0;
    requests[2].group = requests[3].group = 1;
    jobset::Plan plan;
    plan.steps.push_back(stepOf("s", mode, requests));
    Driver driver;
    driver.begin(plan, server);
    if (mode == jobset::StepMode::kConcurrent) {
      EXPECT_THAT(server.sent, ElementsAre("create a1", "create b1")) << "one of each group";
    }
    server.answerAll(driver);
    EXPECT_THAT(server.sent, ElementsAre("create a1", "create b1", "create b2"));
    EXPECT_EQ(driver.takeOutcome().error, "no a1");
  }
}

TEST(Driver, an_error_of_the_core_ends_the_pass_after_its_steps) {  // JS-R16
  Server server;
  jobset::Plan plan = everything();
  plan.error = "invalid";
  const PassOutcome outcome = carryOut(plan, server);
  EXPECT_EQ(outcome.error, "invalid");
  EXPECT_EQ(server.sent.size(), 7U);
  EXPECT_EQ(server.sent.back(), "delete old") << "no status is written";
  EXPECT_THAT(server.events, IsEmpty());
}

TEST(Driver, events_wait_for_the_status) {
  Server server;
  Driver driver;
  driver.begin(everything(), server);
  while (server.sent.back() != "update status x") server.answer(driver);
  EXPECT_EQ(driver.stepName(), "write status");
  EXPECT_THAT(server.events, IsEmpty());
  server.failures["update status x"] = failure(api::Reason::kConflict, "modified");
  server.answerAll(driver);
  const PassOutcome outcome = driver.takeOutcome();
  EXPECT_EQ(outcome.error, "modified");
  EXPECT_FALSE(outcome.wrote_status);
  EXPECT_TRUE(outcome.metrics.empty());
  EXPECT_THAT(server.events, IsEmpty());
}

// A driver killed after N answers leaves exactly what it had sent; a copy taken there ends as the original; and answers
// to the dead one's requests do not reach its successor.
TEST(Driver, can_be_cut_and_copied_after_every_answer) {
  Server whole;
  carryOut(everything(), whole);
  for (std::size_t cut = 0; cut < whole.sent.size(); ++cut) {
    Server server;
    Driver driver;
    driver.begin(everything(), server);
    for (std::size_t i = 0; i < cut; ++i) ASSERT_TRUE(server.answer(driver));
    ASSERT_TRUE(driver.running());
    EXPECT_FALSE(driver.stepName().empty());

    Server other_server = server;
    Driver copy = driver;
    other_server.answerAll(copy);
    EXPECT_EQ(other_server.sent, whole.sent) << cut;
    EXPECT_EQ(other_server.events, whole.events) << cut;
    EXPECT_EQ(copy.takeOutcome().error, "");

    EXPECT_TRUE(server.events.empty()) << cut;
    Driver successor;  // of a restarted controller
    const std::size_t late = server.waiting.size();
    jobset::Plan plan;
    plan.status_update = jobSet();
    for (Server::Sent& old : server.waiting) old.token += 1000;
    successor.begin(plan, server);
    for (std::size_t i = 0; i < late; ++i) server.answer(successor);
    EXPECT_TRUE(successor.running()) << "late answers are ignored";
    server.answerAll(successor);
    EXPECT_TRUE(successor.takeOutcome().wrote_status);
  }
}

TEST(Driver, ignores_repeated_answers) {
  Server server;
  Driver driver;
  driver.begin(everything(), server);
  const Server::Sent first = server.waiting[0];
  server.answer(driver);
  driver.onAnswer(first.token, failure(api::Reason::kTimeout, "again"), server);
  server.answerAll(driver);
  driver.onAnswer(first.token, failure(api::Reason::kTimeout, "again"), server);
  EXPECT_EQ(driver.takeOutcome().error, "");
}

// One failing request at every place: the pass ends with that error, nothing after that step was sent.
TEST(Driver, fails_at_every_place) {
  Server whole;
  carryOut(everything(), whole);
  const std::size_t step_end[] = {1, 4, 4, 4, 5, 6, 7, 8};  // how much is sent when the n-th request fails
  for (std::size_t n = 0; n < whole.sent.size(); ++n) {
    Server server;
    server.failures[whole.sent[n]] = failure(api::Reason::kInternalError, "boom");
    const PassOutcome outcome = carryOut(everything(), server);
    EXPECT_EQ(outcome.error, "boom") << whole.sent[n];
    EXPECT_EQ(server.sent.size(), step_end[n]) << whole.sent[n];
    EXPECT_THAT(server.events, IsEmpty());
  }
}

}  // namespace
}  // namespace jobset_twin::runtime
