// The search with models in the place of simulations: what it finds is known there, and so is how many runs it may
// take.
#include "scenarios/planning/search.hpp"

#include <algorithm>
#include <functional>
#include <queue>
#include <tuple>

#include <gtest/gtest.h>

#include "sim/kernel/variates.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

const auto kAny = [](const Counts&) { return true; };
// Nodes of different types are not compared, unless a test says how.
std::vector<double> byType(const Counts& counts) { return {counts.begin(), counts.end()}; }

// Each run judges so many JobSets, each of which reaches the level with the chance that `chance` gives its candidate.
Evaluate model(std::function<double(const Counts&)> chance, int jobsets = 2000) {
  return [chance = std::move(chance), jobsets](const std::vector<Trial>& trials) {
    std::vector<Observed> out;
    for (const Trial& trial : trials) {
      kernel::Stream luck = kernel::stream(trial.seed, "jobsets");  // the same for all candidates
      Observed observed;
      observed.levels.resize(1);
      for (int i = 0; i < jobsets; ++i) {
        ++observed.levels[0].judged;
        if (kernel::uniform(luck) < chance(trial.counts)) ++observed.levels[0].met;
      }
      out.push_back(observed);
    }
    return out;
  };
}

JudgeOptions wanting(double share, std::size_t most_runs = 64) { return {{share}, 0.95, most_runs, 1}; }

// Types of nodes: name, least, most, price.
CapacityPlan types(const std::vector<std::tuple<std::string, int, int, double>>& of) {
  CapacityPlan plan;
  for (const auto& [name, least, most, price] : of) {
    NodeType type;
    type.pool.name = name;
    type.least = least;
    type.most = most;
    type.price = price;
    plan.nodes.push_back(type);
  }
  return plan;
}

SearchResult find(const CapacityPlan& plan, Judge& judge, const std::function<bool(const Counts&)>& likely = kAny) {
  std::string problem;
  const SearchSpace space = searchSpace(plan, {kAny, likely, byType}, problem);
  EXPECT_EQ(problem, "");
  return search(space, judge);
}

TEST(Search, FindsTheLeastCountWhereverItBegins) {
  const CapacityPlan plan = types({{"node", 1, 200, 0}});
  for (const int answer : {1, 2, 17, 100, 199, 200}) {
    for (const int guess : {1, 50, 120, 200}) {
      Judge judge(wanting(0.9), model([&](const Counts& counts) { return counts[0] >= answer ? 0.99 : 0.5; }));
      const SearchResult found = find(plan, judge, [&](const Counts& counts) { return counts[0] >= guess; });
      ASSERT_TRUE(found.best) << answer;
      EXPECT_EQ(found.best->counts[0], answer) << "from " << guess;
      EXPECT_EQ(found.least->counts[0], answer);
      EXPECT_LE(found.tried.size(), 18U) << "from " << guess << " to " << answer;
    }
  }
}

TEST(Search, FewLookingsNearAGoodGuess) {
  Judge judge(wanting(0.9), model([](const Counts& counts) { return counts[0] >= 100 ? 0.99 : 0.5; }));
  const SearchResult found =
      find(types({{"node", 1, 1000, 0}}), judge, [](const Counts& counts) { return counts[0] >= 101; });
  EXPECT_EQ(found.best->counts[0], 100);
  EXPECT_LE(found.tried.size(), 4U);
}

TEST(Search, TellsWhatItCouldNotDecide) {
  // 8 and 9 are too near to what is wanted for so few runs.
  const auto chance = [](const Counts& counts) {
    return counts[0] >= 10 ? 0.99 : counts[0] == 9 ? 0.902 : counts[0] == 8 ? 0.899 : 0.5;
  };
  Judge judge(wanting(0.9, 16), model(chance, 500));
  const SearchResult found = find(types({{"node", 1, 50, 0}}), judge);
  ASSERT_TRUE(found.best);
  EXPECT_EQ(found.best->counts[0], 10);
  EXPECT_EQ(found.least->counts[0], 8);
}

// Where nodes of one type have room for as much as two of another, the types are one question.
TEST(Search, WhatHasNoMoreRoomIsNotLookedAt) {
  const CapacityPlan plan = types({{"a", 0, 40, 1}, {"b", 0, 20, 1.9}});
  const auto room = [](const Counts& counts) { return counts[0] + 2.0 * counts[1]; };
  const auto tried = [&](const std::function<std::vector<double>(const Counts&)>& known) {
    std::string problem;
    Judge judge(wanting(0.9, 16), model([&](const Counts& counts) { return room(counts) >= 23 ? 0.99 : 0.6; }, 500));
    const SearchSpace space = searchSpace(plan, {kAny, [](const Counts&) { return true; }, known}, problem);
    const SearchResult found = search(space, judge);
    EXPECT_EQ(found.best->counts, (Counts{1, 11}));
    return found.tried.size();
  };
  EXPECT_LT(tried([&](const Counts& counts) { return std::vector<double>{room(counts)}; }), 16U);
  EXPECT_GT(tried(byType), 16U);
}

// All JobSets of a run share its luck: with four good runs of ten that would be nine, one in ten is wrong.
TEST(Search, LuckOfAFewRunsIsNoAnswer) {
  int wrong = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    JudgeOptions options = wanting(0.95);
    options.seed = seed * 1000;
    Judge judge(options, [](const std::vector<Trial>& trials) {
      std::vector<Observed> out;
      for (const Trial& trial : trials) {
        kernel::Stream stream = kernel::stream(trial.seed, "test/luck");
        const bool good = trial.counts[0] > 1 || kernel::uniform(stream) < 0.88;
        Observed one;
        one.levels = {{good ? 50U : 0U, 50U}};
        out.push_back(one);
      }
      return out;
    });
    const SearchResult found = find(types({{"node", 1, 2, 1}}), judge);
    wrong += found.best && found.best->counts[0] == 1 ? 1 : 0;
  }
  EXPECT_LE(wrong, 2);
}

TEST(Search, WhatIsHardlyCheaperIsNotWorthALook) {
  CapacityPlan plan = types({{"node", 1, 1000, 1}});
  for (const double tolerance : {0.0, 0.05, 0.2}) {
    plan.tolerance = tolerance;
    Judge judge(wanting(0.9), model([](const Counts& counts) { return counts[0] >= 400 ? 0.99 : 0.5; }));
    const SearchResult found = find(plan, judge, [](const Counts& counts) { return counts[0] >= 700; });
    ASSERT_TRUE(found.best);
    EXPECT_GE(found.best->counts[0], 400);
    EXPECT_LE(found.best->counts[0], 400 / (1 - tolerance));
  }
}

TEST(Search, SaysWhatIsClosestWhenNothingDoes) {
  Judge judge(wanting(0.9), model([](const Counts& counts) { return counts[0] / 100.0; }));
  const SearchResult found = find(types({{"node", 1, 60, 0}}), judge);
  EXPECT_FALSE(found.best);
  ASSERT_TRUE(found.closest);
  EXPECT_EQ(found.closest->counts[0], 60);
}

// Of two types that can stand for each other, against all combinations one by one.
TEST(Search, FindsTheCheapestMixture) {
  struct Case {
    double first, second;  // prices
    int power, of_second;  // what is needed; what one of the second gives
  };
  for (const auto& [first, second, power, of_second] :
       {Case{1, 3, 40, 4}, {1, 5, 40, 4}, {2, 3, 33, 2}, {1, 1, 7, 3}}) {
    const CapacityPlan plan = types({{"a", 0, 30, first}, {"b", 0, 12, second}});
    const auto enough = [&](const Counts& counts) { return counts[0] + of_second * counts[1] >= power; };
    double cheapest = 1e9;
    for (int a = 0; a <= 30; ++a)
      for (int b = 0; b <= 12; ++b)
        if (enough({a, b})) cheapest = std::min(cheapest, a * first + b * second);
    Judge judge(wanting(0.9), model([&](const Counts& counts) { return enough(counts) ? 0.99 : 0.5; }, 500));
    const SearchResult found = find(plan, judge, enough);
    ASSERT_TRUE(found.best);
    EXPECT_EQ(found.best->price, cheapest);
  }
}

// M/M/c by the recursion of Kiefer and Wolfowitz, at a load of 90: the share of customers that do not wait. Customers
// come and take as long in each run of a seed, however many servers there are.
Observed queue(int servers, std::uint64_t seed) {
  constexpr int kWarmUp = 4000, kJudged = 16'000;
  kernel::Stream gaps = kernel::stream(seed, "gaps"), services = kernel::stream(seed, "services");
  std::priority_queue<double, std::vector<double>, std::greater<>> free;
  for (int i = 0; i < servers; ++i) free.push(0);
  Observed out;
  out.levels.resize(1);
  double now = 0;
  for (int i = 0; i < kWarmUp + kJudged; ++i) {
    now += kernel::exponential(gaps, 1.0 / 90);
    const double begins = std::max(now, free.top());
    free.pop();
    free.push(begins + kernel::exponential(services, 1));
    if (i < kWarmUp) continue;
    ++out.levels[0].judged;
    if (begins <= now) ++out.levels[0].met;
  }
  return out;
}

// The published answers by Erlang C are 101, 105, 108 and 114 servers (docs/validation.md A.2).
TEST(Search, IntervalHoldsErlangsAnswerForALoadOf90) {
  const std::vector<std::pair<double, int>> cases = {{0.8, 101}, {0.9, 105}, {0.95, 108}, {0.99, 114}};
  for (const auto& [share, servers] : cases) {
    Judge judge(wanting(share, 32), [](const std::vector<Trial>& trials) {
      std::vector<Observed> out;
      for (const Trial& trial : trials) out.push_back(queue(trial.counts[0], trial.seed));
      return out;
    });
    const SearchResult found =
        find(types({{"server", 91, 140, 0}}), judge, [](const Counts& counts) { return counts[0] >= 110; });
    ASSERT_TRUE(found.best) << share;
    EXPECT_LE(found.least->counts[0], servers) << share;
    EXPECT_GE(found.best->counts[0], servers) << share;
    EXPECT_LE(found.best->counts[0] - found.least->counts[0], 3) << share;
  }
}

TEST(Search, RunsOfOneCandidateAreKept) {
  int trials = 0;
  const Evaluate all = model([](const Counts&) { return 0.99; });
  Judge judge(wanting(0.9), [&](const std::vector<Trial>& asked) {
    trials += static_cast<int>(asked.size());
    return all(asked);
  });
  judge.decide({5});
  judge.decide({5});
  EXPECT_EQ(trials, 4);
  EXPECT_EQ(judge.observe({5}, 1, 10).size(), 10U);
  EXPECT_EQ(trials, 10);
  EXPECT_EQ(judge.runs(), 10U);
}

TEST(Search, StopsWhenRunsDo) {
  Judge judge(wanting(0.9), [](const std::vector<Trial>&) { return std::vector<Observed>(); });
  const SearchResult found = find(types({{"node", 1, 200, 0}}), judge);
  EXPECT_FALSE(found.best);
  EXPECT_TRUE(judge.stopped());
}

TEST(SearchSpace, IsOrderedByPriceWithoutWhatCannotDo) {
  std::string problem;
  const SearchSpace space = searchSpace(types({{"a", 0, 3, 1}, {"b", 0, 2, 2.5}}),
                                        {[](const Counts& counts) { return counts[0] + counts[1] >= 2; },
                                         [](const Counts& counts) { return counts[1] >= 1; }, byType},
                                        problem);
  EXPECT_EQ(problem, "");
  EXPECT_TRUE(std::is_sorted(space.prices.begin(), space.prices.end()));
  EXPECT_EQ(space.candidates.size(), 12U - 3U);
  EXPECT_EQ(space.candidates.front(), (Counts{2, 0}));
  EXPECT_EQ(space.candidates[space.begin], (Counts{1, 1}));
  searchSpace(types({{"a", 0, 9999, 1}, {"b", 0, 9999, 1}}), {kAny, kAny, byType}, problem);
  EXPECT_NE(problem, "");
}

}  // namespace
}  // namespace jobset_twin::scenarios::planning
