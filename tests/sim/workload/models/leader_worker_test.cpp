// Shards: handing out, back-pressure, lost workers, lost leaders, elastic groups.
#include "sim/workload/models/leader_worker.hpp"

#include <gtest/gtest.h>

#include "tests/sim/workload/models/drive.hpp"

namespace jobset_twin::workload {
namespace {

using namespace std::chrono_literals;

constexpr Member kTheLeader{LeaderWorker::kLeader, 0};
constexpr Member worker(std::int32_t rank) { return {LeaderWorker::kWorkers, rank}; }

LeaderWorkerSpec shards(std::int64_t count) {
  LeaderWorkerSpec spec;
  spec.shards = count;
  spec.shard = constantly(10s);
  return spec;
}

Driven<LeaderWorker> group(const LeaderWorkerSpec& spec, std::int32_t workers) {
  Driven<LeaderWorker> out{LeaderWorker(spec, kernel::stream(1, "group")), {}, {}, {}, {}};
  out.join(0, kTheLeader);
  for (std::int32_t rank = 0; rank < workers; ++rank) out.join(0, worker(rank));
  return out;
}

std::string figure(const LeaderWorker& model, TimePoint now, const std::string& name) {
  for (const auto& [what, value] : model.figures(now).more) {
    if (what == name) return value;
  }
  return "none";
}

TEST(LeaderWorker, AllShardsAreDoneAndAllEnd) {
  auto run = group(shards(1000), 100);
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf(kTheLeader), 100);
  EXPECT_EQ(run.ended.size(), 101U);
  EXPECT_EQ(run.ended.at(worker(99)).second, 0);
  EXPECT_EQ(run.log.back(), "all 1000 shards are done, the 95th percentile of their times is 10.000 s");
  EXPECT_EQ(run.model.figures(run.now).done, 1000);
}

TEST(LeaderWorker, ALostWorkersShardsGoToOthersOnceItIsNoticed) {
  LeaderWorkerSpec spec = shards(40);
  spec.each = 2;
  spec.notice = 30s;
  auto run = group(spec, 4);  // 10 shards each
  run.leave(95, worker(3));   // 9 done, its last one lost half-way
  run.runToEnd();
  EXPECT_EQ(figure(run.model, run.now, "shards handed out again"), "1");
  EXPECT_DOUBLE_EQ(run.endOf(kTheLeader), 95 + 30 + 10);
  EXPECT_EQ(run.ended.size(), 4U);
  const GroupTimes times = run.model.figures(run.now).times;
  EXPECT_DOUBLE_EQ(secondsOf(times.useful), 400);
  EXPECT_DOUBLE_EQ(secondsOf(times.lost), 5);
  EXPECT_DOUBLE_EQ(secondsOf(times.waiting), 3 * 35 - 10);  // three from 100 s on, but for one shard
}

TEST(LeaderWorker, AWorkerThatComesBackTakesPart) {
  auto run = group(shards(100), 2);
  run.leave(100, worker(1));
  run.join(200, worker(1));
  run.runToEnd();
  // 10 each by 100 s, 10 by one alone until 200 s; the rest, and what was lost, by two.
  EXPECT_DOUBLE_EQ(run.endOf(kTheLeader), 200 + 350);
}

TEST(LeaderWorker, TheLeaderTakesInOneResultAfterTheOther) {
  LeaderWorkerSpec spec = shards(100);
  spec.take_in = 2s;  // ten workers bring one a second
  auto run = group(spec, 10);
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf(kTheLeader), 10 + 100 * 2);
  EXPECT_EQ(figure(run.model, run.now, "most results that waited for the leader"), "56");
}

TEST(LeaderWorker, BackPressureKeepsResultsFromPilingUp) {
  LeaderWorkerSpec spec = shards(100);
  spec.take_in = 2s;
  spec.most_out = 12;
  auto run = group(spec, 10);
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf(kTheLeader), 10 + 100 * 2);  // the leader is what there is too little of
  EXPECT_EQ(figure(run.model, run.now, "most results that waited for the leader"), "10");
  EXPECT_NE(figure(run.model, run.now, "held back"), "0.000 s");
}

TEST(LeaderWorker, WithTheLeaderGoesWhatItKnew) {
  struct Case {
    std::int64_t every;
    double end;
    std::int64_t repeated;
  };
  // 20 workers, 200 shards; at 55 s 100 are done. A new leader comes at 60 s.
  for (const Case& one : {Case{0, 60 + 100, 100}, Case{80, 60 + 60, 20}, Case{100, 60 + 50, 0}}) {
    LeaderWorkerSpec spec = shards(200);
    spec.checkpoint_every = one.every;
    auto run = group(spec, 20);
    run.leave(55, kTheLeader);
    run.join(60, kTheLeader);
    run.runToEnd();
    EXPECT_DOUBLE_EQ(run.endOf(kTheLeader), one.end) << one.every;
    const GroupFigures figures = run.model.figures(run.now);
    EXPECT_EQ(figures.repeated, one.repeated) << one.every;
    // Of 20 workers together: half of a shard each was under way, besides what was not written down.
    EXPECT_TRUE(figures.ofWorkers());
    EXPECT_DOUBLE_EQ(secondsOf(figures.times.useful), 2000) << one.every;
    EXPECT_DOUBLE_EQ(secondsOf(figures.times.lost), 20 * 5 + 10 * static_cast<double>(one.repeated)) << one.every;
    EXPECT_DOUBLE_EQ(secondsOf(figures.times.waiting), 20 * 5) << one.every;
    EXPECT_EQ(figures.times.total(), 20 * (run.now - TimePoint{})) << one.every;
    EXPECT_EQ(figure(run.model, run.now, "without a leader or a worker"), "5.000 s");
  }
}

TEST(LeaderWorker, WorkersWithoutALeaderGiveUp) {
  LeaderWorkerSpec spec = shards(100);
  spec.timeout = 30s;
  auto run = group(spec, 2);
  run.leave(15, kTheLeader);
  run.runUntil(at(100));
  EXPECT_DOUBLE_EQ(run.endOf(worker(1)), 45);
  EXPECT_EQ(run.ended.at(worker(1)).second, 1);
}

TEST(LeaderWorker, ASlowNodeSlowsItsWorkerDown) {
  auto run = group(shards(2), 2);
  run.speed(5, worker(1), 0.5);
  run.runToEnd();
  EXPECT_DOUBLE_EQ(run.endOf(kTheLeader), 15);
}

TEST(LeaderWorker, AnElasticGroupAsksForWorkersByWhatIsLeft) {
  LeaderWorkerSpec spec = shards(100);
  spec.elastic = ElasticSpec{2, 8, 10, 60s};
  auto run = group(spec, 2);
  run.runUntil(at(125));
  ASSERT_EQ(run.wanted.size(), 3U);
  EXPECT_EQ(run.wanted[0], std::make_pair(0.0, 8));   // ten would be asked for, eight are allowed
  EXPECT_EQ(run.wanted[1], std::make_pair(60.0, 8));  // at 60 s: 12 done, 88 left
  for (std::int32_t rank = 2; rank < 8; ++rank) run.join(125, worker(rank));
  run.runToEnd();
  EXPECT_LT(run.wanted.back().second, 8);  // fewer towards the end
}

// A leader alone looks again and again, and nothing comes of it: that is no work.
TEST(LeaderWorker, ThinkingAboutWorkersIsNoWork) {
  LeaderWorkerSpec spec = shards(100);
  spec.elastic = ElasticSpec{2, 8, 10, 60s};
  auto run = group(spec, 0);
  EXPECT_TRUE(run.model.wake());
  EXPECT_TRUE(run.model.idle());
  run.join(5, worker(0));
  EXPECT_FALSE(run.model.idle());
  run.leave(8, worker(0));
  EXPECT_FALSE(run.model.idle());  // its shard is to be noticed as lost
  run.runUntil(at(100));
  EXPECT_TRUE(run.model.idle());
}

TEST(LeaderWorker, WorkBeyondTheEndOfTimeIsNotDone) {
  LeaderWorkerSpec spec = shards(4);
  spec.shard = forEver();
  spec.notice = spec.timeout = Duration::max();
  auto run = group(spec, 2);
  EXPECT_EQ(run.model.wake(), TimePoint::max());
  run.speed(1000, worker(1), 0.5);
  run.leave(2000, worker(1));
  run.leave(2000, kTheLeader);
  run.runToEnd();
  EXPECT_EQ(run.model.figures(run.now).done, 0);
  EXPECT_TRUE(run.ended.empty());
  spec = shards(4);
  spec.take_in = Duration::max();
  auto busy = group(spec, 2);
  busy.runToEnd();
  EXPECT_EQ(busy.model.figures(busy.now).done, 0);
}

}  // namespace
}  // namespace jobset_twin::workload
