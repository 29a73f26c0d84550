// How requests and changes travel: client-side rate limit, latency, feeds that lag and keep their order (K-API-44,
// K-JOB-37).
//
// Harness is the smallest world: it routes the transport's events and notes what its clients get and when.
#include "sim/apiserver/transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/sim/apiserver/fixture.hpp"

namespace jobset_twin::apiserver::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

constexpr std::uint32_t kClientTarget = 7;

struct Harness {
  explicit Harness(TransportTiming timing = steady(), std::uint64_t seed = 1) : kernel(seed), transport(timing) {
    server.bootstrap(kernel.now());
    server.takeWrites();
  }
  static TransportTiming steady() {
    TransportTiming timing;
    timing.read = {milliseconds(4), 0};
    timing.write = {milliseconds(8), 0};
    timing.webhook = {milliseconds(20), 0};
    timing.watch = {milliseconds(3), 0};
    return timing;
  }
  CallId create(ClientId client, std::string_view name, std::uint64_t tag = 0) {
    return transport.send(kernel, client, kClientTarget, api::createRequest(parse(podYaml(name))), tag);
  }
  void run() {
    while (const std::optional<kernel::Event> event = kernel.popNext()) {
      if (event->target == kTransportTarget && event->kind == kArrive) {
        transport.onArrive(kernel, server, webhooks, event->a);
        arrived.push_back(secondsOf(kernel.now()));
      } else if (event->target == kTransportTarget) {
        for (const WatchEvent& change : transport.due(kernel, server, static_cast<FeedId>(event->a))) {
          seen.push_back(fmt::format("{} {}", change.object->meta.name, change.revision));
          seen_at.push_back(secondsOf(kernel.now()));
          EXPECT_GE(kernel.now(), change.at) << "nothing is seen before it happens";
        }
      } else {
        answers.push_back(transport.take(event->a));
        answered_at.push_back(secondsOf(kernel.now()));
      }
    }
  }

  kernel::Kernel kernel;
  Server server;
  Transport transport;
  EmptyWebhookView webhooks;
  std::vector<double> arrived, answered_at, seen_at;
  std::vector<std::string> seen;
  std::vector<Call> answers;
};

TEST(TokenBucket, is_a_full_bucket_at_first) {
  TokenBucket bucket(20, 30);
  const api::TimePoint now = kernel::kDefaultStart;
  for (int i = 0; i < 30; ++i) EXPECT_EQ(bucket.take(now), now) << i;
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(bucket.take(now), now + i * milliseconds(50));
  // 1,000 requests of one Job end after (1000 - 30) / 20 s (K-JOB-37).
  TokenBucket job(20, 30);
  api::TimePoint last = now;
  for (int i = 0; i < 1000; ++i) last = job.take(now);
  EXPECT_EQ(last - now, milliseconds(48'500));
}

TEST(TokenBucket, fills_with_time) {
  TokenBucket bucket(10, 5);
  api::TimePoint now = kernel::kDefaultStart;
  for (int i = 0; i < 5; ++i) bucket.take(now);
  now += milliseconds(250);  // two and a half tokens
  EXPECT_EQ(bucket.take(now), now);
  EXPECT_EQ(bucket.take(now), now);
  EXPECT_EQ(bucket.take(now), now + milliseconds(50));
  now += seconds(100);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(bucket.take(now), now) << "never more than the burst";
  EXPECT_EQ(bucket.take(now), now + milliseconds(100));
}

// golang.org/x/time/rate in its own terms: tokens = min(burst, tokens + elapsed * rate) - 1, wait = -tokens / rate if
// negative.
TEST(TokenBucket, agrees_with_a_count_of_tokens) {
  const std::pair<double, std::int32_t> limits[] = {{20, 30}, {5, 10}, {50, 100}, {0.1, 1}, {400, 3000}};
  for (const auto& [qps, burst] : limits) {
    TokenBucket bucket(qps, burst);
    double tokens = burst, before = 0;
    std::uint64_t state = 12345;
    for (int i = 0; i < 2000; ++i) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      const double step = static_cast<double>(state >> 40) / static_cast<double>(1 << 24) * 2 / qps;
      const double now = before + step;
      tokens = std::min<double>(burst, tokens + step * qps) - 1;
      const double wait = tokens < 0 ? -tokens / qps : 0;
      const api::TimePoint at = atSecond(now);
      EXPECT_NEAR(std::chrono::duration<double>(bucket.take(at) - at).count(), wait, 1e-5) << qps << " " << i;
      before = now;
    }
  }
}

TEST(TokenBucket, no_limit) {
  TokenBucket bucket(0, 0);
  EXPECT_TRUE(bucket.unlimited());
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(bucket.take(kernel::kDefaultStart), kernel::kDefaultStart);
}

TEST(Transport, a_call_takes_its_latency) {
  Harness h;
  const ClientId client = h.transport.addClient({"me", 0, 0});
  h.create(client, "p", 42);
  EXPECT_EQ(h.transport.inFlight(), 1U);
  h.run();
  EXPECT_THAT(h.arrived, ElementsAre(0.006)) << "three quarters pass before it takes effect";
  EXPECT_THAT(h.answered_at, ElementsAre(0.008));
  ASSERT_EQ(h.answers.size(), 1U);
  EXPECT_EQ(h.answers[0].tag, 42U);
  EXPECT_TRUE(h.answers[0].response.ok());
  EXPECT_EQ(h.transport.inFlight(), 0U);
  EXPECT_EQ(h.answers[0].response.object->meta.creationTimestamp, kernel::kDefaultStart);
}

TEST(Transport, webhooks_and_reads_have_their_own) {
  Harness h;
  const ClientId client = h.transport.addClient({"me", 0, 0});
  h.transport.send(h.kernel, client, kClientTarget, api::createRequest(parse(jobSetYaml("s"))));  // two webhooks
  api::Request get;
  get.key = {api::Kind::kPod, "default", "p"};
  h.transport.send(h.kernel, client, kClientTarget, get);
  h.run();
  EXPECT_THAT(h.answered_at, ElementsAre(0.004, 0.048));
  EXPECT_EQ(h.answers[0].response.reason, api::Reason::kNotFound);
}

TEST(Transport, the_bucket_holds_requests_back) {
  Harness h;
  const ClientId slow = h.transport.addClient({"slow", 10, 2}), other = h.transport.addClient({"other", 10, 2});
  for (int i = 0; i < 4; ++i) h.create(slow, fmt::format("p{}", i));
  h.create(other, "q");
  h.run();
  EXPECT_THAT(h.answered_at, ElementsAre(0.008, 0.008, 0.008, 0.108, 0.208)) << "each client has its own";
}

TEST(Transport, feeds_lag_and_nothing_overtakes) {  // K-API-40, K-API-44
  TransportTiming timing = Harness::steady();
  timing.watch = {milliseconds(30), 1.5};
  Harness h(timing);
  h.transport.subscribe(api::Kind::kPod, kClientTarget);
  const ClientId client = h.transport.addClient({"me", 200, 1});
  for (int i = 0; i < 100; ++i) h.create(client, fmt::format("p{}", i));
  h.run();
  ASSERT_EQ(h.seen.size(), 100U);
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(h.seen[static_cast<std::size_t>(i)].starts_with(fmt::format("p{} ", i)))
        << h.seen[static_cast<std::size_t>(i)];
  EXPECT_TRUE(std::is_sorted(h.seen_at.begin(), h.seen_at.end()));
  bool late = false;
  for (std::size_t i = 0; i < 100; ++i) late |= h.seen_at[i] > h.arrived[i] + 0.03;
  EXPECT_TRUE(late);
}

TEST(Transport, a_feed_may_lag_more) {
  Harness h;
  h.transport.subscribe(api::Kind::kPod, kClientTarget, seconds(2));
  h.create(h.transport.addClient({"me", 0, 0}), "p");
  h.run();
  EXPECT_THAT(h.seen_at, ElementsAre(2.009)) << "stored after 6 ms, 3 ms of watch, 2 s on top";
}

TEST(Transport, feeds_show_their_kind_alone) {
  Harness h;
  h.transport.subscribe(api::Kind::kJob, kClientTarget);
  h.create(h.transport.addClient({"me", 0, 0}), "p");
  h.run();
  EXPECT_TRUE(h.seen.empty());
}

TEST(Transport, the_window_does_not_run_away_from_a_feed) {
  TransportTiming timing = Harness::steady();
  Harness h(timing);
  h.transport = Transport(timing, {std::chrono::seconds(1), 1, 2});
  h.transport.subscribe(api::Kind::kPod, kClientTarget, seconds(1000));
  const ClientId client = h.transport.addClient({"me", 1, 1});
  for (int i = 0; i < 20; ++i) h.create(client, fmt::format("p{}", i));
  h.run();
  EXPECT_EQ(h.seen.size(), 20U) << "changes are kept for a feed that has not seen them";
  EXPECT_LE(h.server.store().changes(api::Kind::kPod) - h.server.store().oldestChange(api::Kind::kPod), 3U)
      << "and then forgotten";
}

TEST(Transport, same_seed_same_times) {
  const auto times = [](std::uint64_t seed) {
    TransportTiming timing;
    Harness h(timing, seed);
    h.transport.subscribe(api::Kind::kPod, kClientTarget);
    const ClientId client = h.transport.addClient({"me", 20, 5});
    for (int i = 0; i < 30; ++i) h.create(client, fmt::format("p{}", i));
    h.run();
    std::vector<double> all = h.answered_at;
    all.insert(all.end(), h.seen_at.begin(), h.seen_at.end());
    return all;
  };
  EXPECT_EQ(times(1), times(1));
  EXPECT_NE(times(1), times(2));
}

TEST(Transport, a_copy_runs_on_alike) {
  Harness h;
  h.transport.subscribe(api::Kind::kPod, kClientTarget);
  const ClientId client = h.transport.addClient({"me", 20, 1});
  for (int i = 0; i < 10; ++i) h.create(client, fmt::format("p{}", i));
  Harness copy = h;
  h.run();
  copy.run();
  EXPECT_EQ(h.seen, copy.seen);
  EXPECT_EQ(h.answered_at, copy.answered_at);
  EXPECT_EQ(h.kernel.fingerprint().text(), copy.kernel.fingerprint().text());
}

}  // namespace
}  // namespace jobset_twin::apiserver::testing
