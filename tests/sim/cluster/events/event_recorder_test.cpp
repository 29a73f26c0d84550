// Events as people find them: repeats are counted, similar ones combined, floods dropped (K-T-77, K-API-55 to 57,
// K-GOT-33).
#include "sim/cluster/events/event_recorder.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include "tests/sim/cluster/rig.hpp"

namespace jobset_twin::cluster::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Reports what it is told to by its timers: a is the message's number, b says how.
struct Reporter {
  enum How : std::uint64_t { kCore, kSeries };
  void start(Context& ctx) {
    core = CoreEventRecorder("tester", "node-1");
    core.start(ctx, {"tester", 0, 0}, Component::kFaults);
    series.start(ctx, {"tester-series", 0, 0}, Component::kFaults);
  }
  void onWatch(Context&, const apiserver::WatchEvent&) {}
  void onResponse(Context& ctx, const apiserver::Call& call) {
    core.owns(call) ? core.onResponse(ctx, call) : series.onResponse(ctx, call);
  }
  void onTimer(Context& ctx, std::uint16_t, std::uint64_t a, std::uint64_t b) {
    const std::string message = fmt::format("message {}", a);
    if (b == kCore) core.record(ctx, *about, EventType::kWarning, "Trouble", message);
    if (b == kSeries) series.record(ctx, *about, nullptr, EventType::kNormal, "Seen", "Looking", message);
  }
  CoreEventRecorder core;
  SeriesEventRecorder series{"tester", "tester-0"};
  api::ObjectPtr about = pod("web-0");
};

struct EventsTest : testing::Test {
  Rig<Reporter> rig{Component::kFaults};

  void report(std::uint64_t message, Reporter::How how, Duration after = {}) {
    rig.kernel().scheduleAfter(after, targetOf(Component::kFaults), kFirstTimer, message, how);
  }
  // "count message", in the order of their names.
  std::vector<std::string> core() const {
    std::vector<std::string> out;
    for (const api::ObjectPtr& object : rig.server().list(api::Kind::kEvent)) {
      const api::Event& event = api::as<api::Event>(object);
      if (event.core) out.push_back(fmt::format("{} {}", event.count, event.note));
    }
    return out;
  }
};

TEST_F(EventsTest, KApi55_a_repeat_is_counted) {
  for (int i = 0; i < 3; ++i) report(1, Reporter::kCore, i * 10s);
  rig.run(60s);
  ASSERT_THAT(core(), ElementsAre("3 message 1"));
  const api::ObjectPtr object = rig.server().list(api::Kind::kEvent).front();
  const api::Event& event = api::as<api::Event>(object);
  EXPECT_TRUE(object->meta.name.starts_with("web-0."));
  EXPECT_EQ(event.reason, "Trouble");
  EXPECT_EQ(event.type, "Warning");
  EXPECT_EQ(event.source.component, "tester");
  EXPECT_EQ(*event.lastTimestamp - *event.firstTimestamp, 20s);
}

TEST_F(EventsTest, KT77_more_than_nine_alike_are_combined) {
  for (std::uint64_t i = 1; i <= 12; ++i) report(i, Reporter::kCore, Duration(1s) * static_cast<std::int64_t>(i));
  rig.run(60s);
  const std::vector<std::string> events = core();
  ASSERT_EQ(events.size(), 10U);
  EXPECT_EQ(events[8], "1 message 9");
  EXPECT_EQ(events[9], "3 (combined from similar events): message 12");
}

TEST_F(EventsTest, KT77_after_ten_minutes_of_quiet_they_are_told_apart_again) {
  for (std::uint64_t i = 1; i <= 10; ++i) report(i, Reporter::kCore);
  report(11, Reporter::kCore, 601s);
  rig.run(700s);
  EXPECT_EQ(core().back(), "1 message 11");
}

TEST_F(EventsTest, KGot33_a_flood_about_one_object_is_dropped) {
  for (std::uint64_t i = 0; i < 40; ++i) report(7, Reporter::kCore);
  rig.run(100s);
  EXPECT_THAT(core(), ElementsAre("25 message 7")) << "the burst of one object";
  EXPECT_EQ(rig.component.core.dropped(), 15U);
  report(7, Reporter::kCore, 250s);  // one token each five minutes
  rig.run(300s);
  EXPECT_THAT(core(), ElementsAre("41 message 7")) << "what was dropped was counted";
  report(8, Reporter::kCore);
  rig.run(10s);
  EXPECT_EQ(core().size(), 1U);
  rig.component.about = pod("web-1");  // another object has a bucket of its own
  report(7, Reporter::kCore);
  rig.run(10s);
  EXPECT_EQ(core().size(), 2U);
}

TEST_F(EventsTest, KApi57_a_full_queue_drops_what_comes) {
  for (std::uint64_t i = 0; i < 1200; ++i) report(i, Reporter::kCore);
  rig.run(1ns);
  EXPECT_GE(rig.component.core.dropped(), 199U);
}

TEST_F(EventsTest, KApi56_a_series_starts_with_the_first_repeat_and_is_refreshed_each_half_hour) {
  const auto series = [&]() -> std::vector<std::int32_t> {
    std::vector<std::int32_t> counts;
    for (const api::ObjectPtr& object : rig.server().list(api::Kind::kEvent)) {
      const api::Event& event = api::as<api::Event>(object);
      if (!event.core) counts.push_back(event.series ? event.series->count : 1);
    }
    return counts;
  };
  report(1, Reporter::kSeries);
  rig.run(10s);
  EXPECT_THAT(series(), ElementsAre(1));
  report(1, Reporter::kSeries);
  rig.run(10s);
  EXPECT_THAT(series(), ElementsAre(2));
  for (int i = 1; i <= 10; ++i) report(1, Reporter::kSeries, i * 300s);
  rig.run(20min);
  EXPECT_THAT(series(), ElementsAre(2)) << "repeats are only counted";
  rig.run(15min);
  EXPECT_THAT(series().front(), ::testing::Gt(6)) << "and written half an hour later";
  rig.run(40min);
  report(1, Reporter::kSeries);
  rig.run(10s);
  EXPECT_EQ(series().size(), 2U) << "after six minutes of quiet it is a new one";
}

}  // namespace
}  // namespace jobset_twin::cluster::test
