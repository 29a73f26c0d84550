// The farm: every task once, whatever its workers do, and the same results with one worker and with four.
#include "scenarios/study/farm.hpp"

#include <csignal>
#include <map>
#include <stdexcept>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobset_twin::scenarios::study {
namespace {

using ::testing::HasSubstr;

std::vector<Task> tasks(std::uint32_t count) {
  std::vector<Task> out;
  for (std::uint32_t i = 0; i < count; ++i) out.push_back({i % 3, 100 + i});
  return out;
}

RunFigures figuresOfTask(const Task& task) {
  RunFigures out;
  out.seed = task.seed;
  out.events = task.point;
  out.fingerprint = std::string(task.seed % 7 * 20'000, 'x');  // more than a pipe holds
  out.metrics = {{"makespan", static_cast<double>(task.seed) / 3}};
  return out;
}

std::map<std::size_t, Finished> runAll(unsigned workers, const std::vector<Task>& all, const Work& work,
                                       const std::function<bool()>& stopped = {}) {
  std::map<std::size_t, Finished> out;
  FarmHooks hooks;
  hooks.stopped = stopped;
  hooks.done = [&](std::size_t task, Finished finished) {
    EXPECT_TRUE(out.emplace(task, std::move(finished)).second) << "task " << task << " was done twice";
  };
  processFarm(workers)(all, work, hooks);
  return out;
}

TEST(Farm, EveryTaskIsDoneOnceAndTheSameWithAnyNumberOfWorkers) {
  const std::vector<Task> all = tasks(50);
  const std::map<std::size_t, Finished> one = runAll(1, all, figuresOfTask), four = runAll(4, all, figuresOfTask);
  ASSERT_EQ(one.size(), all.size());
  ASSERT_EQ(four.size(), all.size());
  for (const auto& [task, finished] : one) {
    EXPECT_EQ(finished.figures.seed, all[task].seed);
    EXPECT_EQ(toBytes(finished.figures), toBytes(four.at(task).figures));
  }
}

TEST(Farm, ARunThatBreaksTakesOnlyItselfAlong) {
  const std::vector<Task> all = tasks(20);
  const auto work = [](const Task& task) {
    if (task.seed == 105) throw std::runtime_error("no such file");
    if (task.seed == 111) std::raise(SIGKILL);
    if (task.seed == 112) _exit(70);
    return figuresOfTask(task);
  };
  const std::map<std::size_t, Finished> done = runAll(2, all, work);
  ASSERT_EQ(done.size(), all.size());
  EXPECT_EQ(done.at(5).problem, "no such file");
  EXPECT_THAT(done.at(11).problem, HasSubstr("ended by signal 9"));
  EXPECT_EQ(done.at(12).problem, "the run ended with exit code 70");
  std::size_t well = 0;
  for (const auto& [task, finished] : done) well += finished.problem.empty() ? 1 : 0;
  EXPECT_EQ(well, 17U);
}

TEST(Farm, StopsWhenItIsAskedToAndKeepsWhatIsDone) {
  std::size_t seen = 0;
  std::map<std::size_t, Finished> out;
  FarmHooks hooks;
  hooks.stopped = [&] { return seen >= 5; };
  hooks.done = [&](std::size_t task, Finished finished) {
    ++seen;
    out.emplace(task, std::move(finished));
  };
  processFarm(2)(tasks(1000), figuresOfTask, hooks);
  EXPECT_GE(out.size(), 5U);
  EXPECT_LT(out.size(), 1000U);
  for (const auto& [task, finished] : out) EXPECT_EQ(finished.figures.seed, 100 + task);
}

TEST(Farm, NothingToDoIsNoMistake) { EXPECT_TRUE(runAll(2, {}, figuresOfTask).empty()); }

}  // namespace
}  // namespace jobset_twin::scenarios::study
