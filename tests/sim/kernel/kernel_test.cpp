// Goal: virtual time keeps its promises: order, cancelling, classes, copies and saved states that run on identically.
#include "sim/kernel/kernel.hpp"

#include <gtest/gtest.h>

#include <cereal/archives/binary.hpp>
#include <cereal/archives/portable_binary.hpp>
#include <sstream>

#include "sim/kernel/random.hpp"

namespace jobset_twin::kernel {
namespace {

using std::chrono::seconds;

std::vector<std::uint16_t> kindsOf(Kernel& kernel) {
  std::vector<std::uint16_t> kinds;
  while (const auto event = kernel.popNext()) kinds.push_back(event->kind);
  return kinds;
}

TEST(Kernel, StartsWhereItIsTold) {
  Kernel kernel(7);
  EXPECT_EQ(kernel.seed(), 7u);
  EXPECT_EQ(kernel.now(), kDefaultStart);
  EXPECT_EQ(kernel.start(), kDefaultStart);
  EXPECT_EQ(kernel.lastEffect(), kDefaultStart);
  EXPECT_EQ(kernel.nextTime(), std::nullopt);
  EXPECT_EQ(kernel.popNext(), std::nullopt);
  EXPECT_EQ(std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(kDefaultStart)},
            std::chrono::year(2026) / 1 / 1);
}

TEST(Kernel, EventsHappenByTimeThenPriorityThenOrderOfScheduling) {
  Kernel kernel(1);
  kernel.scheduleAfter(seconds(2), 0, 1);
  kernel.scheduleAfter(seconds(1), 0, 2);
  kernel.scheduleAfter(seconds(2), 0, 3, 0, 0, EventClass::kWork, 10);
  kernel.scheduleAfter(seconds(1), 0, 4);
  kernel.scheduleAfter(seconds(2), 0, 5);
  EXPECT_EQ(kernel.nextTime(), kDefaultStart + seconds(1));
  EXPECT_EQ(kindsOf(kernel), (std::vector<std::uint16_t>{2, 4, 3, 1, 5}));
  EXPECT_EQ(kernel.now(), kDefaultStart + seconds(2));
  EXPECT_EQ(kernel.processed(), 5u);
}

TEST(Kernel, ACancelledEventLeavesNoTrace) {
  Kernel with(1);
  Kernel without(1);
  for (Kernel* kernel : {&with, &without}) {
    kernel->scheduleAfter(seconds(1), 3, 1, 5, 6);
  }
  const EventHandle handle = with.scheduleAfter(seconds(0), 4, 2);
  EXPECT_TRUE(with.isPending(handle));
  EXPECT_EQ(with.pendingWork(), 2u);
  with.cancel(handle);
  EXPECT_FALSE(with.isPending(handle));
  with.cancel(handle);
  with.cancel(EventHandle{});
  EXPECT_EQ(with.pendingWork(), 1u);
  EXPECT_EQ(kindsOf(with), kindsOf(without));
  EXPECT_EQ(with.fingerprint(), without.fingerprint());
  EXPECT_EQ(with.processed(), 1u);
}

TEST(Kernel, AHandleOfAnEventThatRanNamesNothingEvenIfItsPlaceIsTaken) {
  Kernel kernel(1);
  const EventHandle first = kernel.scheduleAfter(seconds(1), 0, 1);
  ASSERT_TRUE(kernel.popNext());
  const EventHandle second = kernel.scheduleAfter(seconds(1), 0, 2);
  kernel.cancel(first);
  EXPECT_TRUE(kernel.isPending(second));
  EXPECT_EQ(kernel.pendingWork(), 1u);
}

TEST(Kernel, WhatAWeakEventSchedulesIsNoStronger) {
  Kernel kernel(1);
  kernel.scheduleAfter(seconds(1), 0, 1, 0, 0, EventClass::kRetry);
  kernel.scheduleAfter(seconds(2), 0, 2, 0, 0, EventClass::kHousekeeping);
  kernel.scheduleAfter(seconds(3), 0, 3, 0, 0, EventClass::kWork);
  EXPECT_EQ(kernel.pendingRetry(), 1u);
  EXPECT_EQ(kernel.pendingHousekeeping(), 1u);
  EXPECT_EQ(kernel.pendingWork(), 1u);

  struct Row {
    EventClass current, given, want;
  };
  using enum EventClass;
  const Row rows[] = {{kRetry, kWork, kRetry},
                      {kRetry, kRetry, kRetry},
                      {kRetry, kHousekeeping, kHousekeeping},
                      {kHousekeeping, kWork, kHousekeeping},
                      {kHousekeeping, kRetry, kHousekeeping},
                      {kHousekeeping, kHousekeeping, kHousekeeping},
                      {kWork, kWork, kWork},
                      {kWork, kRetry, kRetry},
                      {kWork, kHousekeeping, kHousekeeping}};
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    if (i % 3 == 0) {
      ASSERT_TRUE(kernel.popNext());
    }
    ASSERT_EQ(kernel.currentClass(), rows[i].current) << i;
    const EventHandle handle = kernel.scheduleAfter(seconds(100), 0, 9, 0, 0, rows[i].given);
    ASSERT_NE(kernel.find(handle), nullptr);
    EXPECT_EQ(kernel.find(handle)->event_class, rows[i].want) << i;
  }
  EXPECT_EQ(kernel.pendingWork(), 1u);
  EXPECT_EQ(kernel.pendingRetry(), 3u);
  EXPECT_EQ(kernel.pendingHousekeeping(), 5u);
}

TEST(Kernel, AnEffectMakesTheRestOfTheChainWork) {
  Kernel kernel(1);
  for (int i = 1; i <= 3; ++i) kernel.scheduleAfter(seconds(i), 0, 1, 0, 0, EventClass::kRetry);
  kernel.popNext();
  kernel.popNext();
  EXPECT_EQ(kernel.retriesSinceEffect(), 2u);
  EXPECT_EQ(kernel.lastEffect(), kDefaultStart);
  kernel.scheduleAfter(seconds(10), 0, 2);
  EXPECT_EQ(kernel.pendingWork(), 0u);
  kernel.noteEffect();
  kernel.scheduleAfter(seconds(10), 0, 3);
  EXPECT_EQ(kernel.pendingWork(), 1u);
  EXPECT_EQ(kernel.retriesSinceEffect(), 0u);
  EXPECT_EQ(kernel.lastEffect(), kDefaultStart + seconds(2));
  kernel.popNext();
  EXPECT_EQ(kernel.currentClass(), EventClass::kRetry);
  EXPECT_EQ(kernel.retriesSinceEffect(), 1u);
  kernel.advanceTo(kDefaultStart + seconds(5));
  EXPECT_EQ(kernel.currentClass(), EventClass::kWork);
  EXPECT_EQ(kernel.now(), kDefaultStart + seconds(5));
}

TEST(Kernel, ADelayBeyondTheEndOfTimeIsTheEndOfTime) {
  Kernel kernel(1);
  kernel.scheduleAfter(Duration::max(), 0, 1);
  EXPECT_EQ(kernel.nextTime(), TimePoint::max());
  kernel.popNext();
  kernel.scheduleAfter(seconds(1), 0, 2);
  EXPECT_EQ(kernel.popNext()->at, TimePoint::max());
}

TEST(KernelDeathTest, RefusesThePast) {
  Kernel kernel(1);
  EXPECT_DEATH(kernel.schedule(kDefaultStart - seconds(1), 42, 7), "event in the past.*\n.*at, now_.* 42 7");
  EXPECT_DEATH(kernel.scheduleAfter(seconds(-1), 0, 0), "negative delay");
  kernel.scheduleAfter(seconds(1), 0, 1);
  EXPECT_DEATH(kernel.advanceTo(kDefaultStart + seconds(2)), "left behind");
}

// A small world that lives on its kernel alone: every event schedules, cancels and has effects by its stream.
struct World {
  explicit World(std::uint64_t seed) : kernel(seed), luck(stream(seed, "world")) {
    for (std::uint32_t i = 0; i < 50; ++i) act();
  }
  void act() {  // draws in statements of their own: the order of evaluating arguments differs between compilers
    const auto delay = Duration{below(luck, 4) == 0 ? 0 : static_cast<std::int64_t>(below(luck, 1'000'000'000))};
    const auto given = static_cast<EventClass>(below(luck, 3));
    const auto target = static_cast<std::uint32_t>(below(luck, 9));
    const auto kind = static_cast<std::uint16_t>(below(luck, 100));
    const auto priority = static_cast<std::uint8_t>(below(luck, 200));
    const std::uint64_t place = below(luck, handles.size());
    handles[place] = kernel.scheduleAfter(delay, target, kind, bits(luck), 0, given, priority);
    if (below(luck, 5) == 0) kernel.cancel(handles[below(luck, handles.size())]);
  }
  void step() {
    if (!kernel.popNext()) return;
    if (below(luck, 3) == 0) kernel.noteEffect();
    const std::uint64_t children = below(luck, 4);
    for (std::uint64_t i = 0; i < children; ++i) act();
  }
  template <class Archive>
  void serialize(Archive& ar) {
    ar(kernel, luck);
    for (EventHandle& handle : handles) ar(handle);
  }
  Kernel kernel;
  Stream luck;
  std::array<EventHandle, 16> handles;
};

void expectSame(World& left, World& right) {
  EXPECT_EQ(left.kernel.fingerprint(), right.kernel.fingerprint());
  EXPECT_EQ(left.kernel.now(), right.kernel.now());
  EXPECT_EQ(left.kernel.queue().sortedCopy(), right.kernel.queue().sortedCopy());
  EXPECT_EQ(left.handles, right.handles);
  EXPECT_EQ(left.luck, right.luck);
  for (const auto event_class : {EventClass::kWork, EventClass::kRetry, EventClass::kHousekeeping}) {
    EXPECT_EQ(left.kernel.pending(event_class), right.kernel.pending(event_class));
  }
  EXPECT_EQ(left.kernel.retriesSinceEffect(), right.kernel.retriesSinceEffect());
  EXPECT_EQ(left.kernel.lastEffect(), right.kernel.lastEffect());
  EXPECT_EQ(left.kernel.processed(), right.kernel.processed());
  EXPECT_EQ(left.kernel.currentClass(), right.kernel.currentClass());
}

template <class Out, class In>
void checkSavedRunsOn(std::uint64_t seed) {
  World original(seed);
  for (std::uint64_t i = 0; i < 500 * (seed % 7); ++i) original.step();
  World copy = original;
  std::stringstream saved;
  {
    Out out(saved);
    out(original);
  }
  World loaded(seed + 1);  // loading replaces everything
  {
    In in(saved);
    in(loaded);
  }
  expectSame(original, loaded);
  for (int i = 0; i < 2000; ++i) {
    original.step();
    loaded.step();
  }
  for (int i = 0; i < 2000; ++i) copy.step();
  expectSame(original, loaded);
  expectSame(original, copy);
}

TEST(Kernel, CopiesAndSavedStatesRunOnIdentically) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    checkSavedRunsOn<cereal::BinaryOutputArchive, cereal::BinaryInputArchive>(seed);
    checkSavedRunsOn<cereal::PortableBinaryOutputArchive, cereal::PortableBinaryInputArchive>(seed);
  }
}

TEST(Kernel, CountsOfClassesAreThoseOfTheQueue) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    World world(seed);
    for (int i = 0; i < 500; ++i) {
      world.step();
      std::array<std::uint64_t, 3> want{};
      for (const Event& event : world.kernel.queue().sortedCopy()) ++want[static_cast<std::size_t>(event.event_class)];
      ASSERT_EQ(world.kernel.pendingWork(), want[0]) << "seed " << seed << " step " << i;
      ASSERT_EQ(world.kernel.pendingRetry(), want[1]) << "seed " << seed << " step " << i;
      ASSERT_EQ(world.kernel.pendingHousekeeping(), want[2]) << "seed " << seed << " step " << i;
    }
  }
}

TEST(Kernel, TheFingerprintOfAKnownRunIsPinned) {
  World world(1);
  for (int i = 0; i < 1000; ++i) world.step();
  EXPECT_EQ(world.kernel.fingerprint().text(), "bf056c5913aca740de07a8086721a13e");
  EXPECT_EQ(world.kernel.fingerprint().records, world.kernel.processed());
}

TEST(Kernel, ADamagedSaveIsRefused) {
  EventQueue queue;
  for (std::uint64_t i = 0; i < 4; ++i) {
    Event event;
    event.sequence = i;
    queue.push(event);
  }
  queue.pop();
  std::stringstream saved;
  {
    cereal::BinaryOutputArchive out(saved);
    out(queue);
  }
  const std::string bytes = saved.str();
  const auto load = [](std::string text) {
    std::stringstream from(std::move(text));
    cereal::BinaryInputArchive in(from);
    EventQueue loaded;
    in(loaded);
    return loaded.size();
  };
  EXPECT_EQ(load(bytes), 3u);
  EXPECT_THROW(load(bytes.substr(0, bytes.size() - 1)), cereal::Exception);
  std::string wrong_free = bytes;
  wrong_free[8] = 3;  // a slot that is in use
  EXPECT_THROW(load(wrong_free), cereal::Exception);
  std::string wrong_count = bytes;
  wrong_count[7] = 127;
  EXPECT_THROW(load(wrong_count), cereal::Exception);
}

TEST(Kernel, ASaveWhoseEventsDoNotFitItsTimeIsRefused) {
  Kernel kernel(1);
  kernel.scheduleAfter(seconds(1), 0, 1);
  std::stringstream saved;
  {
    cereal::BinaryOutputArchive out(saved);
    out(kernel);
  }
  const auto load = [](std::string bytes) {
    std::stringstream from(std::move(bytes));
    cereal::BinaryInputArchive in(from);
    Kernel loaded(2);
    in(loaded);
    return loaded.seed();
  };
  EXPECT_EQ(load(saved.str()), 1u);
  std::string late = saved.str();
  late[15] = 127;  // the top byte of now
  EXPECT_THROW(load(late), cereal::Exception);
}

}  // namespace
}  // namespace jobset_twin::kernel
