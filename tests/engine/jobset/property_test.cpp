// Invariants of the core over random histories: what users do, what Jobs do, and passes, in any order. The seed is
// printed.
#include <gtest/gtest.h>

#include <random>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"
#include "tests/engine/jobset/builders.hpp"

namespace jobset_twin::jobset::testing {
namespace {

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : engine_(seed) {}
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_() % limit); }
  bool oneIn(std::uint32_t n) { return below(n) == 0; }

 private:
  std::mt19937 engine_;
};

World randomWorld(Chance& chance) {
  JobSetBuilder builder = makeJobSet("x");
  const std::uint32_t count = 1 + chance.below(4);
  const bool in_order = chance.oneIn(4);
  for (std::uint32_t i = 0; i < count; ++i) {
    builder.replicatedJob(fmt::format("r{}", i), static_cast<std::int32_t>(chance.below(4)),
                          1 + static_cast<std::int32_t>(chance.below(3)));
    if (chance.oneIn(3)) builder.group("other");
    if (i > 0 && !in_order && chance.oneIn(2))
      builder.dependsOn(fmt::format("r{}", chance.below(i)), chance.oneIn(2) ? "Ready" : "Complete");
  }
  if (in_order) builder.inOrder();
  if (chance.oneIn(2))
    builder.success(chance.oneIn(2) ? "Any" : "All",
                    chance.oneIn(2) ? std::vector<std::string>{"r0"} : std::vector<std::string>{});
  const bool policy = !chance.oneIn(4);
  Config config;
  config.gates.RestartJob = chance.oneIn(2);
  config.gates.ElasticJobSet = chance.oneIn(4);
  if (policy) {
    builder.maxRestarts(static_cast<std::int32_t>(chance.below(4)));
    if (chance.oneIn(3)) builder.strategy("BlockingRecreate");
    static const char* const kActions[] = {"FailJobSet", "RestartJobSet", "RestartJobSetAndIgnoreMaxRestarts",
                                           "RestartJob", "RestartJobAndIgnoreMaxRestarts"};
    for (std::uint32_t i = 0; i < chance.below(3); ++i) {
      const std::uint32_t actions = config.gates.RestartJob ? 5 : 3;
      builder.rule(fmt::format("rule{}", i), kActions[chance.below(actions)], {fmt::format("r{}", chance.below(count))},
                   chance.oneIn(2) ? std::vector<std::string>{"PodFailurePolicy"} : std::vector<std::string>{});
    }
  }
  if (chance.oneIn(5)) builder.suspended();
  if (chance.oneIn(5)) builder.ttl(static_cast<std::int32_t>(chance.below(20)));
  return World(builder.build(), config);
}

// Something happens outside the controller.
void disturb(World& world, Chance& chance) {
  world.advance(0.25 * chance.below(8));
  if (chance.oneIn(12)) {
    world.editJobSet([&](api::Object&, api::JobSet& body) { body.spec.mut().suspend = chance.oneIn(2); });
    return;
  }
  if (chance.oneIn(15)) {
    world.services.clear();
    return;
  }
  if (world.jobs.empty()) return;
  auto at = world.jobs.begin();
  std::advance(at, chance.below(static_cast<std::uint32_t>(world.jobs.size())));
  const std::string name = at->first;
  if (at->second->meta.deletionTimestamp) {
    if (chance.oneIn(2)) world.finishDeletion(name);
    return;
  }
  const api::Job& job = api::as<api::Job>(at->second);
  const bool finished = !job.status.conditions.empty();
  switch (chance.below(8)) {
    case 0:
      if (!finished) world.fail(name, chance.oneIn(2) ? "PodFailurePolicy" : "BackoffLimitExceeded");
      break;
    case 1:
      if (!finished) world.complete(name);
      break;
    case 2: world.terminating.insert(name); break;
    case 3:
      if (!finished) world.notReady(name);
      break;
    case 4: world.jobs.erase(name); break;
    default:
      if (!finished && !job.spec->suspend.value_or(false)) world.ready(name);
  }
}

std::int64_t sumOfRestarts(const api::JobSetStatus& status) {
  std::int64_t sum = status.restarts;
  for (const api::ReplicatedJobStatus& r : status.replicatedJobsStatus) {
    for (const std::int32_t n : r.jobRestarts) sum += n;
  }
  return sum;
}

void checkPlan(const World& world, const Plan& plan) {
  const api::JobSetSpec& spec = *api::as<api::JobSet>(world.jobset).spec;
  const bool finished = !world.status().terminalState.empty();
  std::set<std::string> named;
  for (const Step& step : plan.steps) {
    EXPECT_FALSE(step.name.empty());
    EXPECT_FALSE(step.requests.empty()) << step.name;
    for (const StepRequest& request : step.requests) {
      const api::Request& r = request.request;
      if (r.key.kind != api::Kind::kJob) continue;
      EXPECT_TRUE(r.verb == api::Verb::kUpdateStatus || r.verb == api::Verb::kUpdate || named.insert(r.key.name).second)
          << "twice in a pass: " << r.key.name;
      if (r.verb == api::Verb::kCreate) {
        EXPECT_FALSE(world.jobs.contains(r.key.name)) << "creates what exists";
        EXPECT_FALSE(finished) << "creates for a finished JobSet";
        EXPECT_EQ(api::as<api::Job>(r.object).spec->suspend, spec.suspend.value_or(false));
        EXPECT_EQ(r.object->meta.labels.get(kRestartAttemptKey), std::to_string(world.status().restarts));
      }
      if (r.verb == api::Verb::kDelete) {
        ASSERT_TRUE(world.jobs.contains(r.key.name));
        const api::ObjectPtr job = world.jobs.at(r.key.name);
        EXPECT_FALSE(job->meta.deletionTimestamp) << "deletes what is going";
        const bool outdated =
            std::stoi(std::string(job->meta.labels.get(kRestartAttemptKey))) < world.status().restarts ||
            job->meta.labels.contains(kJobRestartAttemptKey);
        EXPECT_TRUE(finished || outdated) << "deletes a current Job of a running JobSet";
      }
    }
  }
  if (plan.status_update) {
    const api::JobSetStatus& next = api::as<api::JobSet>(plan.status_update).status;
    EXPECT_GE(sumOfRestarts(next), sumOfRestarts(world.status())) << "restarts only grow";
    EXPECT_LE(sumOfRestarts(next), sumOfRestarts(world.status()) + 1) << "by one in a pass";
    EXPECT_LE(next.restartsCountTowardsMax, next.restarts);
    EXPECT_LE(next.restartsCountTowardsMax, spec.failurePolicy ? std::max(0, spec.failurePolicy->maxRestarts) : 0);
    EXPECT_TRUE(!finished || next.terminalState == world.status().terminalState) << "a terminal state is final";
    EXPECT_FALSE(api::conditionIs(next.conditions, "Completed", "True") &&
                 api::conditionIs(next.conditions, "Failed", "True"));
    EXPECT_FALSE(api::conditionIs(next.conditions, "StartupPolicyInProgress", "True") &&
                 api::conditionIs(next.conditions, "StartupPolicyCompleted", "True"));
    for (const api::ReplicatedJobStatus& r : next.replicatedJobsStatus) {
      for (const std::int32_t n : {r.ready, r.active, r.suspended, r.succeeded, r.failed}) EXPECT_GE(n, 0);
    }
  } else {
    EXPECT_TRUE(plan.events.empty()) << "events belong to a status write";
    EXPECT_TRUE(plan.metrics.empty());
  }
}

TEST(Property, random_histories_keep_the_invariants) {
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Chance chance(seed);
    World world = randomWorld(chance);
    for (int i = 0; i < 60 && world.jobset; ++i) {
      const Plan plan = world.plan();
      EXPECT_EQ(describePlan(plan), describePlan(world.plan())) << "the same twice";
      EXPECT_EQ(plan.error, "");
      checkPlan(world, plan);
      if (::testing::Test::HasFailure()) FAIL() << describePlan(plan);
      world.carryOut(plan);
      if (!world.jobset) break;
      if (chance.oneIn(2)) {  // applied to an end, a Plan leaves nothing to do
        world.settle();
        if (!world.jobset) break;
        const Plan idle = world.plan();
        EXPECT_FALSE(idle.status_update) << describePlan(idle);
        EXPECT_TRUE(idle.events.empty());
      }
      disturb(world, chance);
      if (::testing::Test::HasFailure()) FAIL() << "at step " << i;
    }
  }
}

// A crash after any prefix of a Plan's requests: the next passes converge to the same end.
TEST(Property, a_pass_cut_at_any_request_converges) {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    Chance chance(seed);
    World world = randomWorld(chance);
    world.config.gates.ElasticJobSet = false;
    for (int i = 0; i < 12 && world.jobset; ++i) {
      const Plan plan = world.plan();
      std::size_t requests = 0;
      for (const Step& step : plan.steps) requests += step.requests.size();
      World whole = world;
      whole.settle();
      for (std::size_t cut = 0; cut < requests; ++cut) {
        SCOPED_TRACE(fmt::format("seed {} step {} cut {}", seed, i, cut));
        Plan partial;
        std::size_t left = cut;
        bool half_resumed = false;
        for (const Step& step : plan.steps) {
          partial.steps.push_back(step);
          auto& list = partial.steps.back().requests;
          if (list.size() > left) list.resize(left);
          left -= list.size();
          half_resumed = half_resumed || (!list.empty() && list.back().request.verb == api::Verb::kUpdateStatus);
        }
        World crashed = world;
        crashed.carryOut(partial);
        crashed.settle();
        ASSERT_EQ(crashed.jobNames(), whole.jobNames());
        if (!whole.jobset || !crashed.jobset) {
          EXPECT_EQ(static_cast<bool>(whole.jobset), static_cast<bool>(crashed.jobset));
          continue;
        }
        EXPECT_EQ(crashed.status().restarts, whole.status().restarts);
        EXPECT_EQ(crashed.status().terminalState, whole.status().terminalState);
        EXPECT_EQ(crashed.status().replicatedJobsStatus, whole.status().replicatedJobsStatus);
      }
      world.carryOut(plan);
      if (world.jobset) disturb(world, chance);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(Property, a_large_JobSet_with_nothing_to_do_plans_nothing) {
  World world(makeJobSet("x").replicatedJob("w", 10000).build());
  world.settle();
  EXPECT_EQ(world.created, 10000);
  const Plan plan = world.plan();
  EXPECT_TRUE(plan.steps.empty());
  EXPECT_FALSE(plan.status_update);
}

}  // namespace
}  // namespace jobset_twin::jobset::testing
