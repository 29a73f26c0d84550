#include "sim/cluster/network/dns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/sim/cluster/network/harness.hpp"

namespace jobset_twin::cluster::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;

LookUp ask(Network& net, std::string_view name, std::string_view node = "n1", std::string_view namespace_ = "default") {
  return net.dns.lookUp(name, namespace_, node, net.kernel.now());
}

// A headless Service "js" with two Pods that have hostnames and one without, and a Service with a cluster address.
Network cluster() {
  Network net;
  net.addService("js", "a", true);
  net.addPod({"w0", "a", "js-w-0-0", "js"});
  net.addPod({"w1", "a", "js-w-0-1", "js"});
  net.addPod({"x", "a"});
  net.setStatus("w0", "10.0.0.1");
  net.setStatus("w1", "10.0.0.2");
  net.setStatus("x", "10.0.0.3");
  api::ServicePort port;
  port.port = 80;
  net.addService("web", "b", false, {port});
  net.run(5s);
  return net;
}

struct NameCase {
  std::string_view rule, name, answered;
  std::vector<std::string> addresses;
};
const NameCase kNames[] = {
    {"K-DNS-12: the Service's own name", "js", "js.default.svc.cluster.local", {"10.0.0.1", "10.0.0.2", "10.0.0.3"}},
    {"K-DNS-12: hostname of an endpoint", "js-w-0-1.js", "js-w-0-1.js.default.svc.cluster.local", {"10.0.0.2"}},
    {"K-DNS-12: an address with dashes", "10-0-0-3.js", "10-0-0-3.js.default.svc.cluster.local", {"10.0.0.3"}},
    {"K-DNS-22: with its namespace, second suffix",
     "js-w-0-0.js.default",
     "js-w-0-0.js.default.svc.cluster.local",
     {"10.0.0.1"}},
    {"K-DNS-22: up to svc, third suffix",
     "js-w-0-0.js.default.svc",
     "js-w-0-0.js.default.svc.cluster.local",
     {"10.0.0.1"}},
    {"K-DNS-22: five dots are tried as they are",
     "js-w-0-0.js.default.svc.cluster.local",
     "js-w-0-0.js.default.svc.cluster.local",
     {"10.0.0.1"}},
    {"K-DNS-22: four dots come last as they are",
     "js.default.svc.cluster.local",
     "js.default.svc.cluster.local",
     {"10.0.0.1", "10.0.0.2", "10.0.0.3"}},
    {"a name with a dot at its end is whole",
     "js.default.svc.cluster.local.",
     "js.default.svc.cluster.local",
     {"10.0.0.1", "10.0.0.2", "10.0.0.3"}},
    {"names know no case", "JS-W-0-0.js", "js-w-0-0.js.default.svc.cluster.local", {"10.0.0.1"}},
    {"K-DNS-15: a Pod's address", "10-0-0-9.default.pod", "10-0-0-9.default.pod.cluster.local", {"10.0.0.9"}},
    {"an address is itself", "10.9.8.7", "10.9.8.7", {"10.9.8.7"}},
};

TEST(Dns, Names) {
  Network net = cluster();
  for (const NameCase& row : kNames) {
    SCOPED_TRACE(row.rule);
    const LookUp found = ask(net, row.name);
    EXPECT_TRUE(found.exists);
    EXPECT_EQ(found.answered_name, row.answered);
    EXPECT_THAT(found.addresses, UnorderedElementsAreArray(row.addresses));
  }
}

TEST(Dns, AClusterAddressIsTheServicesOwn) {
  Network net = cluster();
  EXPECT_THAT(ask(net, "web").addresses,
              ElementsAre(api::as<api::Service>(net.find(api::Kind::kService, "web")).spec.clusterIP));
}

struct MissingCase {
  std::string_view rule, name, nearest;
};
const MissingCase kMissing[] = {
    {"K-DNS-14: no such endpoint", "js-w-0-2.js", "js-w-0-0.js.default.svc.cluster.local"},
    {"the subdomain is wrong", "js-w-0-1.jsx", "js-w-0-1.js.default.svc.cluster.local"},
    {"a slip at the start", "as-w-0-1.js.default.svc.cluster.local", "js-w-0-1.js.default.svc.cluster.local"},
    {"the JobSet's own name left out", "w-0.js.default.svc.cluster.local", "js-w-0-0.js.default.svc.cluster.local"},
    {"no such Service", "wev", "web.default.svc.cluster.local"},
    {"nothing is like it", "something.entirely.different", ""},
    {"K-DNS-12: Pods have no names of their own", "w0", ""},
    {"another namespace", "js-w-0-0.js.other", ""},
    {"names outside of the cluster", "example.com.", ""},
};

TEST(Dns, MissingNames) {
  Network net = cluster();
  for (const MissingCase& row : kMissing) {
    SCOPED_TRACE(row.name);
    const LookUp found = ask(net, row.name);
    EXPECT_FALSE(found.exists);
    EXPECT_THAT(found.addresses, IsEmpty());
    EXPECT_EQ(found.nearest, row.nearest);
  }
  EXPECT_FALSE(ask(net, "js", "n1", "other").exists) << "the search list is that of the Pod's namespace";
}

struct RecordCase {
  std::string_view rule;
  bool publish, ready, deleting;
  std::string phase;
  bool exists;
};
const RecordCase kRecords[] = {
    {"K-DNS-13: published though Pending", true, false, false, "Pending", true},
    {"K-DNS-13: not ready", false, false, false, "Running", false},
    {"K-DNS-13: ready", false, true, false, "Running", true},
    {"K-DNS-13: terminating", false, true, true, "Running", false},
    {"K-DNS-24: terminating but published", true, true, true, "Running", true},
    {"K-GOT-32: it has ended", true, false, false, "Succeeded", false},
};

TEST(Dns, RecordsOfReadyEndpointsOnly) {
  for (const RecordCase& row : kRecords) {
    SCOPED_TRACE(row.rule);
    Network net;
    net.addService("js", "a", row.publish);
    net.addPod({"p", "a", "h", "js"});
    net.setStatus("p", "10.0.0.1", row.ready, row.phase);
    if (row.deleting) net.remove(api::Kind::kPod, "p", 30);
    net.run(5s);
    EXPECT_EQ(ask(net, "h.js").exists, row.exists);
    EXPECT_EQ(ask(net, "js").exists, row.exists) << "K-DNS-14: a headless Service without ready endpoints has no name";
  }
}

// K-DNS-24: an old Pod that terminates and its successor share a name.
TEST(Dns, TwoPodsOfOneName) {
  Network net;
  net.addService("js", "a", true);
  net.addPod({"old", "a", "h", "js"});
  net.setStatus("old", "10.0.0.1", true);
  net.run(5s);
  net.remove(api::Kind::kPod, "old", 30);
  net.addPod({"new", "a", "h", "js"});
  net.setStatus("new", "10.0.0.2");
  net.run(5s);
  EXPECT_THAT(ask(net, "h.js").addresses, UnorderedElementsAre("10.0.0.1", "10.0.0.2"));
  // In an order of its own each time, and the same one in each run.
  std::set<std::string> first;
  for (int i = 0; i < 20; ++i) {
    net.run(1s);
    first.insert(ask(net, "h.js").addresses.front());
    EXPECT_EQ(ask(net, "h.js").addresses, ask(net, "h.js").addresses);
  }
  EXPECT_THAT(first, SizeIs(2));
  net.remove(api::Kind::kPod, "old");
  net.run(5s);
  EXPECT_THAT(ask(net, "h.js").addresses, ElementsAre("10.0.0.2"));
}

// 7.3: Pod seen (3 ms), sync (10 ms), write (8 ms, three quarters before it is stored), slice seen (3 ms), indexed (10
// ms).
TEST(Dns, TheLatencyChain) {
  Network net;
  net.addService("js", "a", true);
  net.run(5s);
  const api::ObjectPtr pod = net.addPod({"p", "a", "h", "js"});
  const kernel::TimePoint start = net.kernel.now();
  EXPECT_EQ(net.dns.firstResolvable(pod->meta.uid), std::nullopt);
  net.setStatus("p", "10.0.0.1");
  net.run(31ms);
  EXPECT_FALSE(ask(net, "h.js").exists);
  net.run(1ms);
  EXPECT_TRUE(ask(net, "h.js").exists);
  EXPECT_EQ(net.dns.firstResolvable(pod->meta.uid), start + 32ms);
  net.remove(api::Kind::kPod, "p");
  net.run(5s);
  EXPECT_EQ(net.dns.firstResolvable(pod->meta.uid), start + 32ms) << "the first time stays";
}

TEST(Dns, NamesOfAPod) {
  Network net;
  EXPECT_THAT(net.dns.namesOf(*net.addPod({"p", "a", "h", "js"})), ElementsAre("h.js.default.svc.cluster.local"));
  EXPECT_THAT(net.dns.namesOf(*net.addPod({"q", "a", "", "js"})), IsEmpty()) << "K-DNS-3";
  EXPECT_THAT(net.dns.namesOf(*net.addPod({"r", "a", "h", ""})), IsEmpty()) << "K-DNS-11";
  EXPECT_THAT(Dns("twin.example").namesOf(*net.find(api::Kind::kPod, "p")),
              ElementsAre("h.js.default.svc.twin.example"));
}

TEST(Dns, ComingAndGoingIsNoted) {
  Network net;
  net.addService("js", "a", true);
  net.addPod({"p", "a", "h", "js"});
  net.setStatus("p", "10.0.0.1");
  net.run(5s);
  net.setStatus("p", "10.0.0.1", true);  // a change of the endpoint, not of its record
  net.run(5s);
  net.setStatus("p", "10.0.0.1", false, "Failed");
  net.run(5s);
  std::vector<std::string> told;
  for (const kernel::Note& note : net.trace.take()) {
    const auto kind = static_cast<NoteKind>(note.kind);
    if (kind == NoteKind::kNameResolvable) told.push_back("+" + note.subject + " " + note.text);
    if (kind == NoteKind::kNameGone) told.push_back("-" + note.subject + " " + note.text);
  }
  EXPECT_THAT(told, ElementsAre("+pod/default/p h.js.default.svc.cluster.local",
                                "-pod/default/p h.js.default.svc.cluster.local"));
}

// K-EX-10: a worker asks at T; the record is there soon after; a node that keeps negative answers for 30 s learns it at
// T+30.
TEST(Dns, NegativeAnswersAreKept) {
  Timing timing;
  timing.network.negative_ttl = 30s;
  Network net(timing);
  net.addService("js", "a", true);
  net.addPod({"leader", "a", "h", "js"});
  net.run(5s);
  EXPECT_FALSE(ask(net, "h.js", "n1").exists);
  net.run(2s);
  net.setStatus("leader", "10.0.0.1");
  net.run(1s);
  EXPECT_TRUE(ask(net, "h.js", "n2").exists) << "another node did not ask too early";
  const LookUp early = ask(net, "h.js", "n1");
  EXPECT_FALSE(early.exists);
  EXPECT_TRUE(early.from_negative_cache);
  EXPECT_GT(net.kernel.pendingWork(), 0U) << "the run must not end before the answer is forgotten";
  net.run(27s - 1ns);
  EXPECT_FALSE(ask(net, "h.js", "n1").exists);
  net.run(1ns);
  EXPECT_THAT(ask(net, "h.js", "n1").addresses, ElementsAre("10.0.0.1"));
}

// K-EX-10, second half: with denial disabled the next retry succeeds.
TEST(Dns, WithoutNegativeCacheTheNextRetrySucceeds) {
  Network net;
  net.addService("js", "a", true);
  net.addPod({"leader", "a", "h", "js"});
  net.run(5s);
  EXPECT_FALSE(ask(net, "h.js").exists);
  net.setStatus("leader", "10.0.0.1");
  net.run(1s);
  EXPECT_TRUE(ask(net, "h.js").exists);
}

// K-DNS-20, K-DNS-23: a node that keeps an answer gives it although the Pod is gone; the run goes on until it is over.
TEST(Dns, PositiveAnswersAreKept) {
  Timing timing;
  timing.network.positive_ttl = 30s;
  Network net(timing);
  net.addService("js", "a", true);
  net.addPod({"old", "a", "h", "js"});
  net.setStatus("old", "10.0.0.1", true);
  net.run(5s);
  EXPECT_FALSE(ask(net, "h.js", "n1").from_cache);
  net.run(5s);
  net.remove(api::Kind::kPod, "old");
  net.addPod({"new", "a", "h", "js"});
  net.setStatus("new", "10.0.0.2");
  net.run(1s);
  EXPECT_THAT(ask(net, "h.js", "n2").addresses, ElementsAre("10.0.0.2"));
  const LookUp kept = ask(net, "h.js", "n1");
  EXPECT_TRUE(kept.from_cache);
  EXPECT_THAT(kept.addresses, ElementsAre("10.0.0.1"));
  EXPECT_GT(net.kernel.pendingWork(), 0U);
  net.run(24s - 1ns);
  EXPECT_THAT(ask(net, "h.js", "n1").addresses, ElementsAre("10.0.0.1"));
  net.run(1ns);
  EXPECT_THAT(ask(net, "h.js", "n1").addresses, ElementsAre("10.0.0.2"));
}

TEST(Dns, BackendsOfAServicesAddress) {
  Network net;
  api::ServicePort port;
  port.name = "web";
  port.port = 80;
  port.targetPort = api::IntOrString(std::string("web"));
  net.addService("web", "a", false, {port});
  net.addPod({"p", "a"});
  net.addPod({"q", "a"});
  net.setStatus("p", "10.0.0.1", true);
  net.setStatus("q", "10.0.0.2", false);
  net.run(5s);
  const std::string address = ask(net, "web").addresses.front();
  const auto backends = net.dns.backendsOf(address, 80);
  ASSERT_TRUE(backends);
  ASSERT_THAT(*backends, SizeIs(1)) << "q is not ready";
  EXPECT_EQ(backends->front().address, "10.0.0.1");
  EXPECT_EQ(backends->front().port, 8080);
  EXPECT_THAT(*net.dns.backendsOf(address, 81), IsEmpty());
  EXPECT_FALSE(net.dns.backendsOf("10.0.0.1", 80));
  net.remove(api::Kind::kService, "web");
  net.run(5s);
  EXPECT_FALSE(net.dns.backendsOf(address, 80));
}

TEST(Dns, FaultsAddUpAndEndByNumber) {
  Network net = cluster();
  Context ctx = net.context();
  net.dns.beginFault(ctx, 1, {DnsFault::Kind::kSlow, 2s});
  net.dns.beginFault(ctx, 2, {DnsFault::Kind::kSlow, 1s});
  EXPECT_EQ(ask(net, "js").delay, 3s);
  EXPECT_EQ(ask(net, "nothing.js").delay, 12s) << "four names are tried";
  net.dns.beginFault(ctx, 3, {DnsFault::Kind::kDown, {}});
  EXPECT_FALSE(ask(net, "js").answered);
  EXPECT_TRUE(ask(net, "10.1.2.3").exists) << "nobody is asked";
  net.dns.endFault(ctx, 3);
  net.dns.endFault(ctx, 1);
  EXPECT_EQ(ask(net, "js").delay, 1s);
  net.dns.endFault(ctx, 17);
  net.dns.endFault(ctx, 2);
  EXPECT_EQ(ask(net, "js").delay, 0s);
}

TEST(Dns, StaleDataAreCaughtUpWithAtTheEnd) {
  Network net = cluster();
  Context ctx = net.context();
  net.dns.beginFault(ctx, 1, {DnsFault::Kind::kStale, {}});
  net.setStatus("w0", "10.0.0.1", false, "Failed");
  net.addPod({"w2", "a", "js-w-0-2", "js"});
  net.setStatus("w2", "10.0.0.4");
  net.run(5s);
  EXPECT_TRUE(ask(net, "js-w-0-0.js").exists);
  EXPECT_FALSE(ask(net, "js-w-0-2.js").exists);
  Network copy = net;
  net.dns.endFault(ctx, 1);
  EXPECT_FALSE(ask(net, "js-w-0-0.js").exists);
  EXPECT_TRUE(ask(net, "js-w-0-2.js").exists);
  EXPECT_FALSE(ask(copy, "js-w-0-2.js").exists);
}

TEST(Dns, WithoutItsServiceANameIsGone) {
  Network net = cluster();
  net.remove(api::Kind::kService, "js");
  net.run(1s);
  EXPECT_FALSE(ask(net, "js-w-0-0.js").exists) << "the slices are still there: they are the garbage collector's";
  net.addService("js", "a", true);
  net.run(5s);
  EXPECT_TRUE(ask(net, "js-w-0-0.js").exists);
}

TEST(Dns, ACopyKnowsWhatTheOriginalKnew) {
  Network net;
  net.addService("js", "a", true);
  net.addPod({"p", "a", "h", "js"});
  net.setStatus("p", "10.0.0.1");
  net.run(25ms);  // the slice has been seen, not indexed
  Network copy = net;
  net.setStatus("p", "10.0.0.1", false, "Failed");
  net.run(5s);
  copy.run(5s);
  EXPECT_FALSE(ask(net, "h.js").exists);
  EXPECT_TRUE(ask(copy, "h.js").exists);
}

}  // namespace
}  // namespace jobset_twin::cluster::test
