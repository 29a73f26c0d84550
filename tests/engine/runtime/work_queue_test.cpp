// The queue of keys: back-off, coalescing, priorities, events that end a wait (JS-T2, K-API-60, K-API-61, K-API-63).
#include "engine/runtime/work_queue.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace jobset_twin::runtime {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

api::TimePoint at(std::int64_t ms) { return api::TimePoint(seconds(1'000'000) + milliseconds(ms)); }

// All that is due, in order, each done at once.
std::vector<std::string> drain(WorkQueue& queue, api::TimePoint now) {
  std::vector<std::string> keys;
  while (const auto key = queue.take(now)) {
    keys.push_back(*key);
    queue.done(*key, now);
  }
  return keys;
}
using Keys = std::vector<std::string>;

TEST(WorkQueue, back_off_series) {  // K-API-63
  WorkQueue queue;
  const double want_ms[] = {5,     10,    20,    40,    80,     160,    320,    640, 1280, 2560, 5120,
                            10240, 20480, 40960, 81920, 163840, 327680, 655360, 1e6, 1e6,  1e6};
  api::TimePoint now = at(0);
  std::int32_t failures = 0;
  for (const double ms : want_ms) {
    const api::Duration delay = queue.addRateLimited("k", now);
    EXPECT_EQ(delay, api::Duration(static_cast<std::int64_t>(ms * 1e6)));
    EXPECT_EQ(queue.failures("k"), ++failures);
    EXPECT_EQ(queue.nextDue(), now + delay);
    EXPECT_EQ(queue.take(now + delay - api::Duration(1)), std::nullopt);
    now += delay;
    ASSERT_EQ(queue.take(now), "k");
    queue.done("k", now);
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(queue.addRateLimited("k", now), seconds(1000));
  queue.forget("k");
  EXPECT_EQ(queue.failures("k"), 0);
  EXPECT_EQ(queue.addRateLimited("k", now), milliseconds(5));
  EXPECT_EQ(queue.addRateLimited("other", now), milliseconds(5)) << "each key has its own";
}

TEST(WorkQueue, coalesces) {
  WorkQueue queue;
  for (int i = 0; i < 5; ++i) queue.add("k", 0, at(i));
  EXPECT_EQ(queue.size(), 1U);
  ASSERT_EQ(queue.take(at(5)), "k");
  for (int i = 0; i < 5; ++i) queue.add("k", 0, at(6 + i));
  EXPECT_EQ(queue.take(at(20)), std::nullopt) << "a key that is worked on is not handed out again";
  EXPECT_EQ(queue.nextDue(), std::nullopt) << "nor does it ask for a timer";
  queue.done("k", at(21));
  EXPECT_EQ(drain(queue, at(21)), Keys{"k"}) << "but once afterwards";
}

TEST(WorkQueue, order) {  // K-API-60
  WorkQueue queue;
  queue.add("listed-1", -100, at(0));
  queue.add("listed-2", -100, at(0));
  queue.add("b", 0, at(0));
  queue.add("a", 0, at(0));
  queue.addAfter("later", milliseconds(50), at(0));
  EXPECT_EQ(drain(queue, at(10)), (Keys{"b", "a", "listed-1", "listed-2"}));
  EXPECT_EQ(queue.nextDue(), at(50));
  EXPECT_EQ(drain(queue, at(49)), Keys{});
  EXPECT_EQ(drain(queue, at(50)), Keys{"later"});
}

TEST(WorkQueue, a_change_lifts_a_listed_key) {
  WorkQueue queue;
  queue.add("x", -100, at(0));
  queue.add("a", 0, at(0));
  queue.add("x", 0, at(1));
  queue.add("a", -100, at(2));
  EXPECT_EQ(drain(queue, at(2)), (Keys{"a", "x"})) << "to the end of its new priority; nothing is lowered";
}

TEST(WorkQueue, what_was_put_back_keeps_its_place) {
  WorkQueue queue;
  queue.add("first", 0, at(0));
  ASSERT_EQ(queue.take(at(0)), "first");
  queue.add("first", 0, at(1));
  queue.add("second", 0, at(2));
  queue.done("first", at(3));
  EXPECT_EQ(drain(queue, at(3)), (Keys{"first", "second"}));
}

TEST(WorkQueue, an_event_ends_a_wait_and_uses_it_up) {  // JS-T2
  WorkQueue queue;
  queue.addRateLimited("failed", at(0));
  queue.addAfter("timer", seconds(10), at(0));
  queue.add("failed", 0, at(1));
  queue.add("timer", 0, at(2));
  EXPECT_EQ(drain(queue, at(2)), (Keys{"failed", "timer"}));
  EXPECT_EQ(queue.nextDue(), std::nullopt) << "the waits are gone";
  EXPECT_EQ(queue.failures("failed"), 1) << "the count of failures stays until a success";
}

TEST(WorkQueue, an_event_during_a_pass_that_fails_ends_the_back_off) {
  WorkQueue queue;
  queue.add("k", 0, at(0));
  ASSERT_EQ(queue.take(at(0)), "k");
  queue.add("k", 0, at(1));
  queue.addRateLimited("k", at(2));
  queue.done("k", at(2));
  EXPECT_EQ(drain(queue, at(2)), Keys{"k"});
  EXPECT_EQ(queue.failures("k"), 1);
}

TEST(WorkQueue, the_earlier_of_two_waits_counts) {
  WorkQueue queue;
  queue.addAfter("k", seconds(10), at(0));
  queue.addAfter("k", seconds(5), at(0));
  EXPECT_EQ(queue.nextDue(), at(5000));
  queue.addAfter("k", seconds(20), at(0));
  EXPECT_EQ(queue.nextDue(), at(5000));
  queue.addRateLimited("k", at(0));
  EXPECT_EQ(queue.nextDue(), at(5));
}

TEST(WorkQueue, tells_retries_from_work) {
  WorkQueue queue;
  queue.addRateLimited("a", at(0));
  EXPECT_TRUE(queue.waitsOnlyForBackoff());
  queue.addAfter("b", seconds(1), at(0));
  EXPECT_FALSE(queue.waitsOnlyForBackoff());
  EXPECT_EQ(drain(queue, at(1000)), (Keys{"a", "b"}));
  queue.addRateLimited("a", at(1000));
  queue.add("a", 0, at(1000));
  EXPECT_FALSE(queue.waitsOnlyForBackoff()) << "an event makes it work";
}

TEST(WorkQueue, is_a_value) {
  WorkQueue queue;
  queue.add("a", 0, at(0));
  WorkQueue copy = queue;
  EXPECT_EQ(drain(queue, at(0)), Keys{"a"});
  EXPECT_EQ(drain(copy, at(0)), Keys{"a"});
}

}  // namespace
}  // namespace jobset_twin::runtime
