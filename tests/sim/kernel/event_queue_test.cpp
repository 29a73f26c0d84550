// Goal: the queue gives back exactly what a sorted list would, whatever the times look like. Method: random
// pushes, pops and cancels against std::set, over distributions chosen to reach every part of the
// ladder (rungs in rungs, crowds at one instant, a lonely far event first, the ends of time), and over sequences that
// RapidCheck shrinks.
#include "sim/kernel/event_queue.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cereal/archives/binary.hpp>
#include <functional>
#include <set>
#include <sstream>

#include "sim/kernel/random.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::kernel {
namespace {

struct Earlier {
  bool operator()(const Event& left, const Event& right) const { return happensBefore(left, right); }
};
using Reference = std::set<Event, Earlier>;

// The queue and its reference, driven together.
class Both {
 public:
  void push(std::int64_t at, std::uint8_t priority) {
    Event event;
    event.at = TimePoint{Duration{at}};
    event.priority = priority;
    event.sequence = next_++;
    event.target = static_cast<std::uint32_t>(event.sequence * 7);
    event.a = event.sequence * 3;
    event.b = ~event.sequence;
    handles_.push_back(queue_.push(event));
    events_.push_back(event);
    reference_.insert(event);
  }
  [[nodiscard]] bool pop() {
    const Event want = *reference_.begin();
    reference_.erase(reference_.begin());
    now_ = want.at.time_since_epoch().count();
    const bool same_top = queue_.top() == want;
    return queue_.pop() == want && same_top;
  }
  [[nodiscard]] bool cancel(std::uint64_t which) {
    const bool pending = reference_.erase(events_[which]) == 1;
    return (queue_.find(handles_[which]) != nullptr) == pending && queue_.cancel(handles_[which]) == pending &&
           queue_.find(handles_[which]) == nullptr;
  }
  [[nodiscard]] bool sameSize() const {
    return queue_.size() == reference_.size() && queue_.empty() == reference_.empty();
  }
  [[nodiscard]] bool sameContent() const {
    return queue_.sortedCopy() == std::vector<Event>(reference_.begin(), reference_.end());
  }
  void saveAndLoad() {
    std::stringstream bytes;
    cereal::BinaryOutputArchive{bytes}(queue_);
    cereal::BinaryInputArchive{bytes}(queue_);
  }
  [[nodiscard]] bool empty() const { return reference_.empty(); }
  [[nodiscard]] std::int64_t now() const { return now_; }
  [[nodiscard]] std::uint64_t pushed() const { return next_; }
  EventQueue queue_;

 private:
  Reference reference_;
  std::vector<EventHandle> handles_;
  std::vector<Event> events_;
  std::uint64_t next_ = 0;
  std::int64_t now_ = 0;
};

struct EventTimes {
  const char* name;
  std::function<std::int64_t(Stream&, std::int64_t now)> at;
};
std::int64_t later(std::int64_t now, double by) {
  return saturatingAdd(TimePoint{Duration{now}}, saturatingDuration(by)).time_since_epoch().count();
}
std::int64_t under(Stream& from, std::uint64_t n) { return static_cast<std::int64_t>(below(from, n)); }
const EventTimes kEventTimes[] = {
    {"Exponential", [](Stream& s, std::int64_t now) { return later(now, exponential(s, 1e9)); }},
    {"AllAtOneInstant", [](Stream&, std::int64_t) { return std::int64_t{0}; }},
    {"WholeSeconds", [](Stream& s, std::int64_t now) { return now + 1'000'000'000 * under(s, 4); }},
    {"MostlyNow", [](Stream& s, std::int64_t now) { return chance(s, 0.9) ? now : later(now, uniform(s) * 1e6); }},
    {"NanosecondsApart", [](Stream& s, std::int64_t now) { return now + under(s, 300); }},
    {"TwelveOrdersOfMagnitude", [](Stream& s, std::int64_t now) { return later(now, lognormal(s, 1e6, 6)); }},
    {"MonthsAndMicroseconds",
     [](Stream& s, std::int64_t now) { return later(now, chance(s, 0.01) ? 2.6e15 : uniform(s) * 1e4); }},
    {"AnywhereInTime",  // also before "now": the queue does not care
     [](Stream& s, std::int64_t) { return static_cast<std::int64_t>(bits(s)); }},
    {"TheEndsOfTime",
     [](Stream& s, std::int64_t) { return chance(s, 0.5) ? INT64_MAX - under(s, 3) : INT64_MIN + under(s, 3); }},
    {"EverNearer", [](Stream&, std::int64_t now) { return later(now, 1e15) / 2 + now / 2; }},
};

class EventQueueOrder : public testing::TestWithParam<EventTimes> {};

TEST_P(EventQueueOrder, IsThatOfASortedList) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Stream luck = stream(seed, GetParam().name);
    Both both;
    const std::uint64_t limit = std::uint64_t{16} << seed;  // pending events
    for (std::uint64_t phase = 0; phase < 8; ++phase) {
      // Even phases grow, odd ones shrink; the last empties it.
      const double growth = phase % 2 == 0 ? 0.75 : 0.25;
      for (std::uint64_t i = 0; i < std::min<std::uint64_t>(limit, 5000); ++i) {
        if (both.empty() || chance(luck, growth)) {
          const std::int64_t at = GetParam().at(luck, both.now());
          both.push(at, static_cast<std::uint8_t>(chance(luck, 0.2) ? below(luck, 256) : 100));
        } else {
          ASSERT_TRUE(both.pop()) << "phase " << phase << " step " << i;
        }
        if (chance(luck, 0.1)) {
          ASSERT_TRUE(both.cancel(below(luck, std::max<std::uint64_t>(both.pushed(), 1)))) << phase << " " << i;
        }
        ASSERT_TRUE(both.sameSize()) << "phase " << phase << " step " << i;
        if (both.pushed() == 0) both.push(0, 0);
      }
      ASSERT_TRUE(both.sameContent()) << "phase " << phase;
      if (phase == 4) both.saveAndLoad();
    }
    while (!both.empty()) ASSERT_TRUE(both.pop());
    ASSERT_TRUE(both.sameSize());
  }
}
INSTANTIATE_TEST_SUITE_P(Times, EventQueueOrder, testing::ValuesIn(kEventTimes),
                         [](const auto& row) { return row.param.name; });

TEST(EventQueue, OrderHoldsForShrinkableSequences) {
  const bool holds = rc::check("pushes, pops and cancels as a sorted list", [] {
    const auto steps = *rc::gen::container<std::vector<std::pair<std::uint8_t, std::int16_t>>>(
        rc::gen::arbitrary<std::pair<std::uint8_t, std::int16_t>>());
    Both both;
    for (const auto& [what, at] : steps) {
      if (what % 4 == 0 && !both.empty()) {
        RC_ASSERT(both.pop());
      } else if (what % 4 == 1 && both.pushed() > 0) {
        RC_ASSERT(both.cancel(static_cast<std::uint16_t>(at) % both.pushed()));
      } else {
        both.push(at, static_cast<std::uint8_t>(what >> 6));
      }
      RC_ASSERT(both.sameSize());
    }
    RC_ASSERT(both.sameContent());
    while (!both.empty()) RC_ASSERT(both.pop());
  });
  EXPECT_TRUE(holds);
}

TEST(EventQueue, ManyCancelledFarEventsDoNotPileUp) {
  // A timer that is set anew at every event: only one is pending, and its predecessors must not stay until their time.
  EventQueue queue;
  Event event;
  EventHandle timer;
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    queue.cancel(timer);
    event.at = TimePoint{std::chrono::hours(24 * 30) + Duration{static_cast<std::int64_t>(i)}};
    event.sequence = i;
    timer = queue.push(event);
    ASSERT_LT(queue.keyCount(), 2000u);
  }
  ASSERT_EQ(queue.size(), 1u);
  std::stringstream bytes;
  cereal::BinaryOutputArchive{bytes}(queue);
  EXPECT_LT(bytes.str().size(), 1000u);  // slots were used again
  EXPECT_EQ(queue.pop().sequence, 199'999u);
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, CopiesAreIndependent) {
  EventQueue queue;
  Event event;
  std::vector<EventHandle> handles;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    event.at = TimePoint{Duration{static_cast<std::int64_t>(i * 7919 % 5000)}};
    event.sequence = i;
    handles.push_back(queue.push(event));
  }
  for (int i = 0; i < 100; ++i) queue.pop();
  const std::vector<Event> before = queue.sortedCopy();
  EventQueue copy = queue;
  for (std::size_t i = 0; i < handles.size(); i += 2) copy.cancel(handles[i]);
  while (!copy.empty()) copy.pop();
  EXPECT_EQ(queue.sortedCopy(), before);
  for (const Event& want : before) ASSERT_EQ(queue.pop(), want);
  queue.clear();
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueueDeathTest, RefusesWhatItCannotDo) {
  EventQueue queue;
  EXPECT_DEATH((void)queue.top(), "top of an empty event queue");
  EXPECT_DEATH(queue.pop(), "pop of an empty event queue");
  Event event;
  event.sequence = std::uint64_t{1} << 56;
  EXPECT_DEATH(queue.push(event), "sequence out of range");
}

}  // namespace
}  // namespace jobset_twin::kernel
