// What goes wrong between clients and the API server, and between store and caches: K-API-13, K-API-42 to 45, K-API-50,
// K-T-76, K-T-84, K-T-85, K-T-87, K-T-89.
#include "sim/apiserver/api_faults.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/apiserver/store_archive.hpp"
#include "sim/kernel/random.hpp"
#include "tests/sim/apiserver/fixture.hpp"

namespace jobset_twin::apiserver::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint32_t kMe = 7, kOther = 8;

// The smallest world: one cluster, clients that note what they are told.
struct Wire {
  explicit Wire(std::int32_t seats = 600) : transport(steady(seats)) {
    server.bootstrap(kernel.now());
    server.takeWrites();
    client = transport.addClient({"controllers/a", 0, 0});
  }
  static TransportTiming steady(std::int32_t seats) {
    TransportTiming timing;
    timing.read = {milliseconds(4), 0};
    timing.write = {milliseconds(8), 0};
    timing.webhook = {milliseconds(20), 0};
    timing.watch = {milliseconds(3), 0};
    timing.seats = seats;
    return timing;
  }
  FaultId begin(const ApiFault& fault) { return transport.beginFault(kernel, server, fault); }
  void end(FaultId id) { EXPECT_TRUE(transport.endFault(kernel, server, id)); }
  CallId create(std::string_view name) { return create(client, name); }
  CallId create(ClientId by, std::string_view name) {
    return transport.send(kernel, by, kMe, api::createRequest(parse(podYaml(name))));
  }
  void now(const api::Request& request) {
    const api::Response response = transport.executeNow(kernel, server, webhooks, request);
    EXPECT_TRUE(response.ok()) << response.message;
  }
  void createNow(std::string_view name) { now(api::createRequest(parse(podYaml(name)))); }
  void label(std::string_view name, std::string_view value) {
    now(api::patchRequest(pod(name),
                          api::MergePatch{api::Raw(nlohmann::json{{"metadata", {{"labels", {{"v", value}}}}}})}));
  }
  void remove(std::string_view name) { now(api::deleteRequest(pod(name), {})); }
  static api::ObjectKey pod(std::string_view name) { return {api::Kind::kPod, "default", std::string(name)}; }
  bool stored(std::string_view name) const { return server.store().find(pod(name)) != nullptr; }

  void run(api::Duration until = std::chrono::hours(10)) {
    const api::TimePoint end = kernel::kDefaultStart + until;
    while (kernel.nextTime() && *kernel.nextTime() <= end) step();
    if (until < std::chrono::hours(10)) kernel.advanceTo(end);
  }
  void step() {
    const kernel::Event event = *kernel.popNext();
    if (event.target == kTransportTarget && event.kind == kArrive) {
      transport.onArrive(kernel, server, webhooks, event.a);
    } else if (event.target == kTransportTarget && event.kind == kDeliver) {
      const auto feed = static_cast<FeedId>(event.a);
      for (const WatchEvent& change : transport.due(kernel, server, feed)) {
        constexpr const char* kTypes[] = {"ADDED", "MODIFIED", "DELETED"};
        seen.push_back(fmt::format("{:.3f} {}{} {} v={}", secondsOf(kernel.now()), feed == 0 ? "" : "other ",
                                   kTypes[static_cast<int>(change.type)], change.object->meta.name,
                                   change.object->meta.labels.get("v")));
        EXPECT_EQ(change.type == WatchType::kAdded, change.previous == nullptr);
      }
    } else if (event.target != kTransportTarget) {  // of its own: whether clients reach the server
      answers.push_back(transport.take(event.a));
      const api::Response& response = answers.back().response;
      told.push_back(fmt::format(
          "{:.3f} {} {}", secondsOf(kernel.now()), answers.back().request.key.name,
          response.ok() ? "ok" : fmt::format("{}: {}", api::reasonText(response.reason), response.message)));
    }
  }

  kernel::Kernel kernel{1};
  Server server;
  Transport transport;
  EmptyWebhookView webhooks;
  ClientId client = 0;
  std::vector<std::string> seen, told;
  std::vector<Call> answers;
};

ApiFault fault(ApiEffect effect) {
  ApiFault fault;
  fault.effect = effect;
  return fault;
}
ApiFault error(api::Reason reason, std::int32_t retry_after = 0) {
  ApiFault error = fault(ApiEffect::kError);
  error.reason = reason;
  error.retry_after_seconds = retry_after;
  return error;
}

TEST(ApiFaults, KApi13_each_error_has_the_servers_words_and_its_code) {
  struct Case {
    api::Reason reason;
    std::int32_t code;
    std::string_view text;
  };
  const Case cases[] = {
      {api::Reason::kTooManyRequests, 429, "too many requests, please try again later"},
      {api::Reason::kInternalError, 500, "Internal error occurred: etcdserver: request timed out"},
      {api::Reason::kServiceUnavailable, 503, "the server is currently unable to handle the request (delete pods a)"},
      {api::Reason::kConflict, 409,
       "Operation cannot be fulfilled on pods \"a\": the object has been modified; please apply your changes to the "
       "latest version and try again"},
      {api::Reason::kTimeout, 504,
       "Timeout: request did not complete within requested timeout - context deadline exceeded"},
  };
  for (const Case& each : cases) {
    Wire cluster;
    cluster.createNow("a");
    const FaultId id = cluster.begin(error(each.reason));
    cluster.transport.send(cluster.kernel, cluster.client, kMe, api::deleteRequest(Wire::pod("a"), {}));
    cluster.run();
    ASSERT_EQ(cluster.answers.size(), 1U);
    EXPECT_EQ(cluster.answers[0].response.reason, each.reason);
    EXPECT_EQ(api::httpCode(each.reason), each.code);
    EXPECT_EQ(cluster.answers[0].response.message, each.text);
    EXPECT_TRUE(cluster.stored("a")) << "refused is not done";
    EXPECT_EQ(cluster.transport.faults().hits(id), 1U);
    cluster.end(id);
    cluster.transport.send(cluster.kernel, cluster.client, kMe, api::deleteRequest(Wire::pod("a"), {}));
    cluster.run();
    EXPECT_TRUE(cluster.answers[1].response.ok());
  }
}

TEST(ApiFaults, a_creation_never_conflicts) {
  Wire cluster;
  cluster.begin(error(api::Reason::kConflict));
  cluster.create("a");
  cluster.run();
  EXPECT_THAT(cluster.told, ElementsAre("0.008 a ok"));
}

TEST(ApiFaults, a_fault_hits_only_what_it_names) {
  struct Case {
    std::string_view what;
    void (*narrow)(ApiFault&);
    bool hits;
  };
  const Case cases[] = {
      {"any", [](ApiFault&) {}, true},
      {"its client", [](ApiFault& f) { f.client = "controllers/*"; }, true},
      {"its client's end", [](ApiFault& f) { f.client = "*/a"; }, true},
      {"another client", [](ApiFault& f) { f.client = "controllers/*b"; }, false},
      {"its verb",
       [](ApiFault& f) {
         f.verbs = {api::Verb::kDelete, api::Verb::kCreate};
       },
       true},
      {"another verb", [](ApiFault& f) { f.verbs = {api::Verb::kGet}; }, false},
      {"its kind", [](ApiFault& f) { f.kind = "Pod"; }, true},
      {"its resource", [](ApiFault& f) { f.kind = "pods"; }, true},
      {"another kind", [](ApiFault& f) { f.kind = "jobs.batch"; }, false},
      {"its namespace", [](ApiFault& f) { f.namespace_ = "default"; }, true},
      {"another namespace", [](ApiFault& f) { f.namespace_ = "kube-system"; }, false},
      {"by no chance", [](ApiFault& f) { f.probability = 0; }, false},
  };
  for (const Case& each : cases) {
    Wire cluster;
    ApiFault narrowed = error(api::Reason::kInternalError);
    each.narrow(narrowed);
    const FaultId id = cluster.begin(narrowed);
    cluster.create("a");
    cluster.run();
    EXPECT_EQ(cluster.answers[0].response.ok(), !each.hits) << each.what;
    EXPECT_EQ(cluster.transport.faults().hits(id), each.hits ? 1U : 0U) << each.what;
  }
}

TEST(ApiFaults, chance_is_drawn_by_stable_names) {
  const auto refused = [](std::string_view name) {
    Wire cluster;
    ApiFault some = error(api::Reason::kInternalError);
    some.probability = 0.25;
    some.name = name;
    cluster.begin(some);
    for (int i = 0; i < 400; ++i) cluster.create(fmt::format("p{}", i));
    cluster.run();
    std::set<std::string> names;
    for (const Call& call : cluster.answers) {
      if (!call.response.ok()) names.insert(call.request.key.name);
    }
    return names;
  };
  const std::set<std::string> first = refused("x");
  EXPECT_NEAR(static_cast<double>(first.size()), 100, 35);
  EXPECT_EQ(first, refused("x"));
  EXPECT_NE(first, refused("y"));
}

// client-go: ten tries, as far apart as the answer says; the caller hears only the last.
TEST(ApiFaults, the_clients_library_tries_again_when_the_answer_says_when) {
  Wire cluster;
  const FaultId id = cluster.begin(error(api::Reason::kTooManyRequests, 1));
  cluster.create("a");
  cluster.run(milliseconds(2500));
  EXPECT_THAT(cluster.told, IsEmpty());
  EXPECT_EQ(cluster.transport.faults().hits(id), 3U);
  cluster.end(id);
  cluster.run();
  EXPECT_THAT(cluster.told, ElementsAre("3.032 a ok"));

  Wire never;
  never.begin(error(api::Reason::kServiceUnavailable, 2));
  never.create("a");
  never.run();
  EXPECT_THAT(never.told, ElementsAre(HasSubstr("20.088 a ServiceUnavailable")));
}

TEST(ApiFaults, a_slow_server_is_late_and_does_it_late) {
  Wire cluster;
  ApiFault slow = fault(ApiEffect::kSlow);
  slow.latency = milliseconds(92);
  slow.factor = 10;
  cluster.begin(slow);
  cluster.transport.subscribe(api::Kind::kPod, kOther);
  cluster.create("a");
  cluster.run();
  EXPECT_THAT(cluster.told, ElementsAre("0.172 a ok"));
  EXPECT_THAT(cluster.seen, ElementsAre("0.132 ADDED a v="));
}

TEST(ApiFaults, a_time_out_says_nothing_of_what_was_done) {
  for (const ApiEffect effect : {ApiEffect::kTimeout, ApiEffect::kLostAnswer}) {
    for (const bool written : {false, true}) {
      Wire cluster;
      ApiFault timeout = fault(effect);
      timeout.latency = seconds(60);
      timeout.written = written;
      cluster.begin(timeout);
      cluster.create("a");
      cluster.run(seconds(30));
      EXPECT_EQ(cluster.stored("a"), written) << "before anybody is told";
      EXPECT_THAT(cluster.told, IsEmpty());
      cluster.run();
      EXPECT_EQ(cluster.stored("a"), written);
      EXPECT_THAT(cluster.told, ElementsAre(HasSubstr(effect == ApiEffect::kTimeout
                                                          ? "60.008 a Timeout: Timeout: request did not complete"
                                                          : "60.008 a UnknownOutcome: unexpected EOF")));
    }
  }
}

TEST(ApiFaults, KT87_requests_beyond_the_seats_wait_in_order) {
  Wire cluster(2);
  for (int i = 0; i < 5; ++i) cluster.create(fmt::format("p{}", i));
  cluster.run();
  EXPECT_THAT(cluster.told, ElementsAre("0.008 p0 ok", "0.008 p1 ok", "0.014 p2 ok", "0.014 p3 ok", "0.020 p4 ok"));
}

TEST(ApiFaults, KApi50_who_waits_for_more_than_a_minute_is_sent_away_and_comes_again) {
  Wire cluster(1);
  ApiFault slow = fault(ApiEffect::kSlow);
  slow.latency = seconds(40);
  slow.verbs = {api::Verb::kCreate};
  const FaultId id = cluster.begin(slow);
  for (int i = 0; i < 4; ++i) cluster.create(fmt::format("p{}", i));
  cluster.run(milliseconds(59'000));
  cluster.end(id);
  cluster.run();
  // p1 is served from 30.006 to 60.012 s, too late for the others: they are told so at 60 s, and tried again a second
  // later.
  EXPECT_THAT(cluster.told, ElementsAre("40.008 p0 ok", "61.010 p2 ok", "61.016 p3 ok", "70.014 p1 ok"));
}

TEST(ApiFaults, seats_can_be_taken_away) {
  Wire cluster;
  ApiFault few = fault(ApiEffect::kSeats);
  few.seats = 1;
  const FaultId id = cluster.begin(few);
  for (int i = 0; i < 3; ++i) cluster.create(fmt::format("p{}", i));
  cluster.run();
  EXPECT_THAT(cluster.told, ElementsAre("0.008 p0 ok", "0.014 p1 ok", "0.020 p2 ok"));
  EXPECT_EQ(cluster.transport.faults().hits(id), 2U);
}

TEST(ApiFaults, a_client_can_be_limited_for_a_while) {
  Wire cluster;
  ApiFault limit = fault(ApiEffect::kClientLimit);
  limit.client = "controllers/*";
  limit.qps = 2;
  limit.burst = 1;
  const FaultId id = cluster.begin(limit);
  const ClientId other = cluster.transport.addClient({"somebody", 0, 0});
  for (int i = 0; i < 3; ++i) cluster.create(fmt::format("p{}", i));
  cluster.create(other, "q");
  cluster.end(id);
  cluster.create("r");
  cluster.run();
  EXPECT_THAT(cluster.told, ElementsAre("0.008 p0 ok", "0.008 q ok", "0.008 r ok", "0.508 p1 ok", "1.008 p2 ok"));
}

constexpr std::string_view kJobSetPod = R"(
apiVersion: v1
kind: Pod
metadata: {name: NAME, namespace: default, annotations: {jobset.sigs.k8s.io/jobset-name: x}}
spec: {containers: [{name: a, image: b}]}
)";

TEST(ApiFaults, KT89_a_webhook_that_is_down_refuses_what_it_would_see) {
  Wire cluster;
  const FaultId id = cluster.begin(fault(ApiEffect::kWebhookDown));
  std::string text(kJobSetPod);
  text.replace(text.find("NAME"), 4, "of-a-jobset");
  cluster.transport.send(cluster.kernel, cluster.client, kMe, api::createRequest(parse(text)));
  cluster.create("other");
  cluster.run();
  EXPECT_THAT(
      cluster.told,
      ElementsAre("0.008 other ok",
                  "0.048 of-a-jobset InternalError: Internal error occurred: failed calling webhook \"mpod.kb.io\": "
                  "failed to call webhook: Post \"https://jobset-webhook-service.jobset-system.svc:443/mutate--v1-pod"
                  "?timeout=10s\": no endpoints available for service \"jobset-webhook-service\""));
  EXPECT_EQ(cluster.transport.faults().hits(id), 1U);
}

TEST(ApiFaults, KT89_a_slow_webhook_delays_and_from_ten_seconds_on_refuses) {
  for (const auto& [latency, told] :
       {std::pair(seconds(2), "4.048 p ok"), std::pair(seconds(11),
                                                       "10.048 p InternalError: Internal error occurred: "
                                                       "failed calling webhook \"mpod.kb.io\"")}) {
    Wire cluster;
    ApiFault slow = fault(ApiEffect::kWebhookSlow);
    slow.latency = latency;
    cluster.begin(slow);
    std::string text(kJobSetPod);
    text.replace(text.find("NAME"), 4, "p");
    cluster.transport.send(cluster.kernel, cluster.client, kMe, api::createRequest(parse(text)));
    cluster.run();
    EXPECT_THAT(cluster.told, ElementsAre(HasSubstr(told)));
  }
}

TEST(ApiFaults, an_outage_refuses_quickly_loses_answers_and_breaks_watches) {
  Wire cluster;
  cluster.transport.subscribe(api::Kind::kPod, kOther);
  cluster.create("a");
  cluster.run(milliseconds(7));  // done, and its answer on the way
  const FaultId id = cluster.begin(fault(ApiEffect::kOutage));
  cluster.create("b");
  cluster.run(seconds(3));
  EXPECT_TRUE(cluster.stored("a"));
  EXPECT_FALSE(cluster.stored("b"));
  EXPECT_THAT(cluster.told, ElementsAre("0.008 a UnknownOutcome: unexpected EOF",
                                        "0.015 b UnknownOutcome: dial tcp 10.96.0.1:443: connect: connection refused"));
  EXPECT_THAT(cluster.seen, IsEmpty());
  cluster.end(id);
  cluster.create("c");
  cluster.run();
  // K-T-76: tried after 0.8, 2.4 and 5.6 s.
  EXPECT_THAT(cluster.seen, ElementsAre("5.607 ADDED a v=", "5.607 ADDED c v="));
}

TEST(ApiFaults, a_client_that_cannot_be_reached_waits_for_its_dial_to_time_out) {
  Wire cluster;
  cluster.transport.subscribe(api::Kind::kPod, kOther);
  cluster.transport.subscribe(api::Kind::kPod, kMe);
  cluster.create("a");
  cluster.run(milliseconds(7));
  ApiFault partition = fault(ApiEffect::kUnreachable);
  partition.client = "controllers/a";
  partition.component = kOther;
  const FaultId id = cluster.begin(partition);
  cluster.create("b");
  const ClientId neighbour = cluster.transport.addClient({"controllers/b", 0, 0});
  cluster.create(neighbour, "c");
  cluster.run(seconds(100));
  EXPECT_THAT(cluster.told, ElementsAre("0.015 c ok", "30.013 b UnknownOutcome: dial tcp 10.96.0.1:443: i/o timeout",
                                        "45.007 a UnknownOutcome: http2: client connection lost"));
  EXPECT_THAT(cluster.seen, ElementsAre("0.009 other ADDED a v=", "0.016 other ADDED c v="));
  cluster.end(id);
  cluster.run();
  EXPECT_EQ(cluster.seen.size(), 4U);
}

TEST(ApiFaults, KT76_a_dropped_stream_goes_on_where_it_was) {
  Wire cluster;
  cluster.transport.subscribe(api::Kind::kPod, kOther);
  cluster.createNow("a");
  cluster.run(seconds(1));
  cluster.begin(fault(ApiEffect::kWatchDrop));
  cluster.createNow("b");
  cluster.label("b", "1");
  cluster.label("b", "2");
  cluster.remove("a");
  cluster.run(seconds(10));
  EXPECT_THAT(cluster.seen, ElementsAre("0.003 ADDED a v=", "1.800 ADDED b v=", "1.800 MODIFIED b v=1",
                                        "1.800 MODIFIED b v=2", "1.800 MODIFIED a v=", "1.800 DELETED a v="));
  cluster.begin(fault(ApiEffect::kWatchDrop));  // the second within two minutes waits for twice as long
  cluster.createNow("c");
  cluster.run(seconds(200));
  EXPECT_EQ(cluster.seen.back(), "11.600 ADDED c v=");
  cluster.begin(fault(ApiEffect::kWatchDrop));
  cluster.createNow("d");
  cluster.run();
  EXPECT_EQ(cluster.seen.back(), "200.800 ADDED d v=");
}

TEST(ApiFaults, a_stream_that_breaks_with_nothing_to_tell_is_whole_again_in_time) {
  Wire cluster;
  cluster.transport.subscribe(api::Kind::kPod, kOther);
  cluster.begin(fault(ApiEffect::kWatchDrop));
  cluster.run(seconds(2));
  cluster.createNow("a");
  cluster.run();
  EXPECT_THAT(cluster.seen, ElementsAre("2.003 ADDED a v="));
  EXPECT_TRUE(cluster.transport.faults().brokenFeeds().empty());
}

// K-API-43: what the handlers hear of a list that replaces the cache (client-go DeltaFIFO.Replace).
TEST(ApiFaults, KApi43_after_410_a_list_replaces_the_cache) {
  Wire cluster;
  cluster.transport.subscribe(api::Kind::kPod, kOther);
  for (const char* name : {"changed", "gone", "again", "same"}) cluster.createNow(name);
  cluster.run(seconds(1));
  cluster.seen.clear();
  cluster.begin(fault(ApiEffect::kWatchExpire));
  cluster.label("changed", "1");
  cluster.label("changed", "2");
  cluster.label("gone", "last");
  cluster.remove("gone");
  cluster.remove("again");
  cluster.createNow("again");
  cluster.createNow("new");
  cluster.label("new", "1");
  cluster.createNow("brief");
  cluster.remove("brief");
  cluster.run(milliseconds(1801));
  cluster.label("new", "after");
  cluster.run();
  // 0.8 s of back-off, 4 ms for the list and 50 us for each of its four Pods. Who was never seen is not missed.
  EXPECT_THAT(cluster.seen, ElementsAre("1.804 DELETED again v=", "1.804 ADDED again v=", "1.804 MODIFIED changed v=2",
                                        "1.804 ADDED new v=1", "1.804 DELETED gone v=", "1.804 MODIFIED new v=after"));
}

TEST(ApiFaults, a_frozen_cache_stays_as_it_is_and_then_catches_up_or_relists) {
  for (const bool expire : {false, true}) {
    Wire cluster;
    cluster.transport.subscribe(api::Kind::kPod, kOther);
    cluster.createNow("a");
    cluster.run(seconds(1));
    ApiFault freeze = fault(ApiEffect::kWatchFreeze);
    freeze.component = kOther;
    freeze.expire = expire;
    const FaultId id = cluster.begin(freeze);
    cluster.label("a", "1");
    cluster.label("a", "2");
    cluster.run(seconds(50));
    EXPECT_EQ(cluster.seen.size(), 1U);
    EXPECT_FALSE(cluster.kernel.nextTime()) << "who waits without end costs no event";
    cluster.end(id);
    cluster.run();
    if (expire) {
      EXPECT_THAT(cluster.seen, ElementsAre("0.003 ADDED a v=", "50.804 MODIFIED a v=2"));
    } else {
      EXPECT_THAT(cluster.seen, ElementsAre("0.003 ADDED a v=", "50.000 MODIFIED a v=1", "50.000 MODIFIED a v=2"));
    }
  }
}

TEST(ApiFaults, KT84_compaction_expires_the_watches_that_are_behind) {
  Wire cluster;
  cluster.transport.subscribe(api::Kind::kPod, kOther);
  cluster.transport.subscribe(api::Kind::kPod, kMe);
  ApiFault freeze = fault(ApiEffect::kWatchFreeze);
  freeze.component = kOther;
  const FaultId id = cluster.begin(freeze);
  cluster.createNow("a");
  cluster.label("a", "1");
  cluster.run(seconds(1));
  const FaultId compaction = cluster.begin(fault(ApiEffect::kCompaction));
  EXPECT_EQ(cluster.transport.faults().hits(compaction), 1U);
  cluster.end(id);
  cluster.run();
  EXPECT_THAT(cluster.seen, ElementsAre("0.003 other ADDED a v=", "0.003 other MODIFIED a v=1", "1.804 ADDED a v=1"));
}

TEST(ApiFaults, KT85_a_watch_that_is_behind_the_window_relists_by_itself) {
  for (const int changes : {99, 200}) {
    Wire cluster;
    cluster.transport.subscribe(api::Kind::kPod, kOther);
    ApiFault freeze = fault(ApiEffect::kWatchFreeze);
    const FaultId id = cluster.begin(freeze);
    cluster.createNow("a");
    for (int i = 0; i < changes; ++i) cluster.label("a", std::to_string(i));
    cluster.run(seconds(80));  // longer than the 75 s of which the past is kept
    cluster.end(id);
    cluster.run();
    EXPECT_EQ(cluster.seen.size(), changes == 99 ? 100U : 1U);
  }
}

TEST(ApiFaults, one_kind_can_be_late_against_another) {
  Wire cluster;
  cluster.transport.subscribe(api::Kind::kPod, kOther);
  cluster.transport.subscribe(api::Kind::kService, kOther);
  ApiFault delay = fault(ApiEffect::kWatchDelay);
  delay.kind = "pods";
  delay.latency = seconds(5);
  delay.factor = 3;
  const FaultId id = cluster.begin(delay);
  cluster.createNow("a");
  cluster.run(seconds(1));
  cluster.now(api::createRequest(parse(R"(
apiVersion: v1
kind: Service
metadata: {name: s, namespace: default}
spec: {clusterIP: None}
)")));
  cluster.run(seconds(6));
  EXPECT_THAT(cluster.seen, ElementsAre("1.003 other ADDED s v=", "5.009 ADDED a v="));
  cluster.createNow("b");
  cluster.run(seconds(7));
  cluster.end(id);
  cluster.run();
  EXPECT_EQ(cluster.seen.back(), "7.000 ADDED b v=");
}

// Whatever happens to a feed, the cache it fills ends as the store is, and never sees anything twice.
TEST(ApiFaults, a_cache_always_ends_as_the_store) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Wire cluster;
    cluster.transport.subscribe(api::Kind::kPod, kOther);
    kernel::Stream luck = kernel::stream(seed, "test");
    std::vector<FaultId> active;
    std::map<std::string, std::string> cache;
    const auto drain = [&](api::TimePoint until) {
      while (cluster.kernel.nextTime() && *cluster.kernel.nextTime() <= until) {
        const kernel::Event event = *cluster.kernel.popNext();
        for (const WatchEvent& change : cluster.transport.due(cluster.kernel, cluster.server, 0)) {
          const std::string& name = change.object->meta.name;
          const auto known = cache.find(name);
          ASSERT_EQ(known != cache.end(), change.type != WatchType::kAdded) << seed << " " << name;
          if (known != cache.end()) {
            ASSERT_EQ(known->second, change.previous->meta.uid);
          }
          if (change.type == WatchType::kDeleted) {
            cache.erase(name);
          } else {
            cache[name] = change.object->meta.uid;
          }
        }
        ASSERT_EQ(event.target, kTransportTarget);
      }
      cluster.kernel.advanceTo(until);
    };
    for (int step = 0; step < 300; ++step) {
      const std::string name = fmt::format("p{}", kernel::below(luck, 6));
      switch (kernel::below(luck, 8)) {
        case 0: {
          constexpr ApiEffect kEffects[] = {ApiEffect::kOutage,    ApiEffect::kWatchDelay,  ApiEffect::kWatchFreeze,
                                            ApiEffect::kWatchDrop, ApiEffect::kWatchExpire, ApiEffect::kCompaction};
          ApiFault random = fault(kEffects[kernel::below(luck, 6)]);
          random.latency = milliseconds(kernel::below(luck, 5000));
          random.expire = kernel::chance(luck, 0.5);
          active.push_back(cluster.begin(random));
          break;
        }
        case 1:
          if (active.empty()) break;
          std::swap(active[kernel::below(luck, active.size())], active.back());
          cluster.end(active.back());
          active.pop_back();
          break;
        case 2: drain(cluster.kernel.now() + milliseconds(kernel::below(luck, 4000))); break;
        case 3:
        case 4:
          if (cluster.stored(name)) cluster.remove(name);
          break;
        case 5:
          if (cluster.stored(name)) cluster.label(name, std::to_string(step));
          break;
        default:
          if (!cluster.stored(name)) cluster.createNow(name);
          break;
      }
    }
    for (const FaultId id : active) cluster.end(id);
    drain(cluster.kernel.now() + seconds(200));
    ASSERT_FALSE(cluster.kernel.nextTime()) << seed;
    std::map<std::string, std::string> stored;
    for (const api::ObjectPtr& object : cluster.server.list(api::Kind::kPod))
      stored[object->meta.name] = object->meta.uid;
    EXPECT_EQ(cache, stored) << seed;
  }
}

TEST(ApiFaults, are_saved_and_copied_with_the_transport) {
  Wire original;
  original.transport.subscribe(api::Kind::kPod, kOther);
  ApiFault some = error(api::Reason::kTooManyRequests, 1);
  some.probability = 0.5;
  original.begin(some);
  original.begin(fault(ApiEffect::kWatchDrop));
  for (int i = 0; i < 20; ++i) original.create(fmt::format("p{}", i));
  original.run(milliseconds(500));
  api::ArchiveWriter out;
  out(original.kernel, original.server, original.transport);
  const std::string bytes = out.take();
  Wire loaded, copy = original;
  api::ArchiveReader in(bytes);
  in(loaded.kernel, loaded.server, loaded.transport);
  in.expectEnd();
  original.told.clear();
  copy.told.clear();
  for (Wire* one : {&original, &copy, &loaded}) one->run();
  EXPECT_FALSE(original.told.empty());
  EXPECT_EQ(original.told, loaded.told);
  EXPECT_EQ(original.told, copy.told);
  EXPECT_EQ(original.seen, loaded.seen);
  EXPECT_EQ(original.kernel.fingerprint().text(), loaded.kernel.fingerprint().text());
}

}  // namespace
}  // namespace jobset_twin::apiserver::testing
