// Queues of a trace: who begins when, by hand-made jobs; and that JobSets in a cluster do the same.
#include "tests/validation/tools/trace_model.hpp"

#include <fstream>

#include <gtest/gtest.h>

namespace jobset_twin::validation {
namespace {

using std::chrono::seconds;

TraceRun sample(bool shortest_first) {
  // Two nodes of 8 GPUs in `a`, one in `b`. Job 1 leaves 3 GPUs of the second node idle, for which job 2, the first in
  // the queue, is too large.
  return {{{"a", seconds(0), seconds(100), 8},
           {"a", seconds(10), seconds(50), 5},
           {"a", seconds(20), seconds(90), 16},
           {"a", seconds(30), seconds(40), 2},
           {"b", seconds(30), seconds(40), 8},
           {"a", seconds(40), seconds(10), 4}},
          {{"a", 2}, {"b", 1}},
          shortest_first};
}

std::vector<std::int64_t> inSeconds(const std::vector<kernel::Duration>& begins) {
  std::vector<std::int64_t> out;
  for (const kernel::Duration begin : begins) out.push_back(begin / seconds(1));
  return out;
}

TEST(Trace, TheFirstOfAQueueHoldsUpTheOthers) {
  EXPECT_EQ(inSeconds(beginsByRecursion(sample(false))), (std::vector<std::int64_t>{0, 10, 100, 190, 30, 190}));
}

TEST(Trace, TheShortestFirst) {
  // At 20 the large one is first, and waits for room; at 30 a shorter one comes before it and fits.
  EXPECT_EQ(inSeconds(beginsByRecursion(sample(true))), (std::vector<std::int64_t>{0, 10, 100, 30, 30, 60}));
}

TEST(Trace, WhoWasTakenWaitsForWholeNodes) {
  // From 60 on 5 and 4 GPUs are free on two nodes, but no node is: job 3 is taken, waits for one, and job 4 behind it.
  const TraceRun what{{{"a", seconds(0), seconds(60), 5},
                       {"a", seconds(1), seconds(199), 4},
                       {"a", seconds(2), seconds(298), 3},
                       {"a", seconds(3), seconds(10), 8},
                       {"a", seconds(70), seconds(10), 1}},
                      {{"a", 2}},
                      false};
  const std::vector<kernel::Duration> begins = beginsByRecursion(what);
  EXPECT_EQ(inSeconds(begins), (std::vector<std::int64_t>{0, 1, 2, 200, 200}));
  EXPECT_EQ(beginsInCluster(what), begins);
}

TEST(Trace, JobSetsInAClusterDoTheSame) {
  for (const bool shortest : {false, true})
    EXPECT_EQ(beginsInCluster(sample(shortest)), beginsByRecursion(sample(shortest))) << shortest;
}

TEST(Trace, IsReadByItsColumns) {
  const std::string path = testing::TempDir() + "trace.csv";
  std::ofstream(path) << "# about it\njob_id,tenant,submit_time,num_chips,duration_s\n"
                         "7,b,2000000,16,5.0\n3,a,1500000,4,60.0\n";
  const std::vector<TraceJob> jobs = readTrace(path);
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].queue, "a");
  EXPECT_EQ(jobs[0].submitted, std::chrono::milliseconds(1500));
  EXPECT_EQ(jobs[0].gpus, 4);
  EXPECT_EQ(jobs[1].runs, seconds(5));
  EXPECT_THROW(readTrace(path + "x"), std::runtime_error);
  std::ofstream(path) << "job_id,tenant,submit_time,num_chips,duration_s\n7,b,x,16,5.0\n";
  EXPECT_THROW(readTrace(path), std::runtime_error);
}

}  // namespace
}  // namespace jobset_twin::validation
