// The order of a ClusterQueue, and what is parked (K-KUE-21, 24).
#include "sim/cluster/kueue/pending_queue.hpp"

#include <gtest/gtest.h>

#include <random>

namespace jobset_twin::cluster::kueue {
namespace {

Rank rank(std::string key, std::int32_t priority, int second, std::string uid = "u") {
  return {priority, api::TimePoint(std::chrono::seconds(second)), std::move(uid), std::move(key)};
}
std::string headOf(const PendingQueue& queue) { return queue.head() ? queue.head()->key : ""; }

TEST(PendingQueue, HigherPriorityThenOlderThenUid) {
  PendingQueue queue;
  queue.push(rank("d", 1, 9, "b"), 1);
  queue.push(rank("c", 1, 9, "a"), 2);
  queue.push(rank("b", 1, 3, "z"), 3);
  queue.push(rank("a", 5, 10, "z"), 1);
  std::string order;
  while (queue.head()) {
    order += queue.head()->key;
    queue.remove(headOf(queue));
  }
  EXPECT_EQ(order, "abcd");
  EXPECT_EQ(queue.size(), 0U);
}

TEST(PendingQueue, WhatIsAlikeIsParkedTogetherAndComesBackTogether) {
  PendingQueue queue;
  queue.push(rank("big-1", 0, 1), 1);
  queue.push(rank("big-2", 0, 2), 1);
  queue.push(rank("small", 0, 3), 2);
  queue.parkShape("big-1");
  EXPECT_EQ(headOf(queue), "small");
  EXPECT_TRUE(queue.parked("big-2"));
  EXPECT_EQ(queue.size(), 3U) << "parked ones wait, too";
  queue.push(rank("big-3", 0, 4), 1);
  EXPECT_FALSE(queue.parked("big-3")) << "a new one is tried";
  queue.remove("small");
  EXPECT_EQ(headOf(queue), "big-3");
  EXPECT_TRUE(queue.requeueParked());
  EXPECT_EQ(headOf(queue), "big-1");
  EXPECT_FALSE(queue.requeueParked());
  queue.park("big-1");
  EXPECT_EQ(headOf(queue), "big-2") << "alone";
}

TEST(PendingQueue, OneWithPreemptionsUnderWayStaysTheFirst) {
  PendingQueue queue;
  queue.push(rank("a", 1, 1), 1);
  queue.stick("a");
  queue.push(rank("b", 9, 2), 2);
  EXPECT_EQ(headOf(queue), "a");
  queue.remove("a");
  EXPECT_EQ(headOf(queue), "b");
}

TEST(PendingQueue, OneThatMadeWayIsNoLongerTheFirst) {
  const auto stuck = [] {
    PendingQueue queue;
    queue.push(rank("a", 1, 1), 1);
    queue.stick("a");
    queue.push(rank("b", 9, 2), 2);
    return queue;
  };
  PendingQueue released = stuck(), parked = stuck(), parked_with_its_like = stuck();
  released.release("a");
  EXPECT_EQ(headOf(released), "b");
  parked.park("a");
  parked_with_its_like.parkShape("a");
  for (PendingQueue* queue : {&parked, &parked_with_its_like}) {
    EXPECT_TRUE(queue->requeueParked());
    EXPECT_EQ(headOf(*queue), "b") << "it came back to its own place";
  }
  PendingQueue other = stuck();
  other.release("b");
  other.park("b");
  other.requeueParked();
  EXPECT_EQ(headOf(other), "a");
}

// Against a plain model: the head is the least of those that are ready.
TEST(PendingQueue, AgreesWithAPlainModel) {
  std::mt19937 random(1);
  PendingQueue queue;
  struct Known {
    Rank rank;
    PendingQueue::ShapeId shape = 0;
    bool parked = false;
  };
  std::map<std::string, Known> model;
  const auto least = [&] {
    const Rank* best = nullptr;
    for (const auto& [key, known] : model) {
      if (!known.parked && (!best || known.rank < *best)) best = &known.rank;
    }
    return best ? best->key : std::string();
  };
  for (int step = 0; step < 20000; ++step) {
    const std::string key = "w" + std::to_string(random() % 40);
    const auto known = model.find(key);
    switch (random() % 6) {
      case 0:
      case 1: {
        Rank fresh = rank(key, static_cast<int>(random() % 3), static_cast<int>(random() % 5));
        const PendingQueue::ShapeId shape = random() % 4;
        queue.push(fresh, shape);
        model[key] = {fresh, shape, false};
        break;
      }
      case 2:
        queue.remove(key);
        model.erase(key);
        break;
      case 3:
        queue.park(key);
        if (known != model.end()) known->second.parked = true;
        break;
      case 4:
        queue.parkShape(key);
        if (known == model.end()) break;
        for (auto& [other, one] : model) one.parked = one.parked || one.shape == known->second.shape;
        break;
      default:
        if (random() % 8 != 0) break;
        queue.requeueParked();
        for (auto& [other, one] : model) one.parked = false;
    }
    ASSERT_EQ(headOf(queue), least()) << step;
    ASSERT_EQ(queue.size(), model.size());
  }
}

}  // namespace
}  // namespace jobset_twin::cluster::kueue
