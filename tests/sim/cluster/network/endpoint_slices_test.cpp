#include "sim/cluster/network/endpoint_slices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/sim/cluster/network/harness.hpp"

namespace jobset_twin::cluster::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

std::string ipOf(int i) { return "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1); }

void addRunning(Network& net, int from, int to) {
  for (int i = from; i < to; ++i) {
    const std::string name = "p" + std::to_string(10000 + i);
    net.addPod({name});
    net.setStatus(name, ipOf(i), true);
  }
}

std::vector<std::size_t> sizes(const Network& net) {
  std::vector<std::size_t> out;
  for (const api::ObjectPtr& slice : net.slices()) out.push_back(api::as<api::EndpointSlice>(slice).endpoints.size());
  std::sort(out.rbegin(), out.rend());
  return out;
}

struct MembershipCase {
  std::string_view rule;
  std::string phase;
  bool has_ip, ready, deleting, publish;
  std::vector<std::string> endpoints;
};
const MembershipCase kMembership[] = {
    {"K-DNS-1: no address, no endpoint", "Pending", false, false, false, true, {}},
    {"K-DNS-1: readiness does not decide membership", "Running", true, false, false, false, {"p@10.0.0.1"}},
    {"K-DNS-2: serving is Ready", "Running", true, true, false, false, {"p@10.0.0.1 ready serving"}},
    {"K-DNS-2: published while Pending", "Pending", true, false, false, true, {"p@10.0.0.1 ready"}},
    {"K-DNS-2: terminating is not ready", "Running", true, true, true, false, {"p@10.0.0.1 serving terminating"}},
    {"K-DNS-2: terminating is ready when published",
     "Running",
     true,
     true,
     true,
     true,
     {"p@10.0.0.1 ready serving terminating"}},
    {"K-DNS-1: a Pod that has succeeded is out", "Succeeded", true, false, false, true, {}},
    {"K-DNS-1: a Pod that has failed is out", "Failed", true, false, false, true, {}},
};

TEST(EndpointSlices, MembershipAndConditions) {
  for (const MembershipCase& row : kMembership) {
    SCOPED_TRACE(row.rule);
    Network net;
    net.addService("s", "a", row.publish);
    net.addPod({"p"});
    net.run(1s);
    if (row.has_ip) net.setStatus("p", "10.0.0.1", row.ready, row.phase);
    if (row.deleting) net.remove(api::Kind::kPod, "p", 30);
    net.run(5s);
    EXPECT_EQ(net.endpointTexts(), row.endpoints);
  }
}

struct HostnameCase {
  std::string_view rule;
  std::string hostname, subdomain, text;
};
const HostnameCase kHostnames[] = {
    {"K-DNS-3: hostname and subdomain", "h", "s", "p@10.0.0.1 ready serving [h]"},
    {"K-DNS-3: another subdomain", "h", "other", "p@10.0.0.1 ready serving"},
    {"K-DNS-3: the name of the Pod is no hostname here", "", "s", "p@10.0.0.1 ready serving"},
    {"K-DNS-3: no subdomain", "h", "", "p@10.0.0.1 ready serving"},
};

TEST(EndpointSlices, Hostnames) {
  for (const HostnameCase& row : kHostnames) {
    SCOPED_TRACE(row.rule);
    Network net;
    net.addService("s", "a", false);
    net.addPod({"p", "a", row.hostname, row.subdomain});
    net.setStatus("p", "10.0.0.1", true);
    net.run(5s);
    EXPECT_THAT(net.endpointTexts(), ElementsAre(row.text));
  }
}

// K-DNS-3, K-DNS-4: what a slice says of itself and of the Pod.
TEST(EndpointSlices, LabelsOwnerAndTarget) {
  Network net;
  const api::ObjectPtr service = net.addService("s", "a", false);
  const api::ObjectPtr pod = net.addPod({"p"});
  net.setStatus("p", "10.0.0.1", true);
  net.run(5s);
  ASSERT_EQ(net.slices().size(), 1U);
  const api::Object& slice = *net.slices().front();
  EXPECT_EQ(slice.meta.name.substr(0, 2), "s-");
  EXPECT_EQ(slice.meta.labels,
            (api::StringMap{{"team", "x"},
                            {"kubernetes.io/service-name", "s"},
                            {"endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io"},
                            {"service.kubernetes.io/headless", ""}}));
  const api::OwnerReference owner{"v1", "Service", "s", service->meta.uid, true, true};
  EXPECT_THAT(*slice.meta.ownerReferences, ElementsAre(owner));
  EXPECT_EQ(api::as<api::EndpointSlice>(slice).addressType, "IPv4");
  const api::Endpoint& endpoint = api::as<api::EndpointSlice>(slice).endpoints.at(0);
  EXPECT_EQ(endpoint.nodeName, "n1");
  EXPECT_EQ(endpoint.zone, "zone-a");
  EXPECT_EQ(endpoint.targetRef, (api::ObjectReference{"Pod", "default", "p", pod->meta.uid, {}, {}, {}}));
}

TEST(EndpointSlices, AServiceOfItsOwnHandsIsLeftAlone) {
  Network net;
  net.addService("s", "", false);
  net.addPod({"p"});
  net.setStatus("p", "10.0.0.1", true);
  net.run(10s);
  EXPECT_THAT(net.slices(), IsEmpty());
}

TEST(EndpointSlices, AServiceWithoutPodsHasOneEmptySliceWhichIsFilledLater) {
  Network net;
  net.addService("s", "a", false);
  net.run(5s);
  ASSERT_THAT(sizes(net), ElementsAre(0U));
  const std::string name = net.slices().front()->meta.name;
  addRunning(net, 0, 1);
  net.run(5s);
  EXPECT_THAT(sizes(net), ElementsAre(1U));
  net.setStatus("p10000", ipOf(0), false, "Succeeded");
  net.run(5s);
  EXPECT_THAT(sizes(net), ElementsAre(0U));
  EXPECT_EQ(net.slices().front()->meta.name, name);
}

TEST(EndpointSlices, NamedPortsAreThoseOfThePod) {
  Network net;
  api::ServicePort port;
  port.name = "http";
  port.port = 80;
  port.targetPort = api::IntOrString(std::string("web"));
  net.addService("s", "a", false, {port});
  net.addPod({"p"});
  net.setStatus("p", "10.0.0.1", true);
  net.run(5s);
  ASSERT_EQ(net.slices().size(), 1U);
  const auto& body = api::as<api::EndpointSlice>(net.slices().front());
  EXPECT_THAT(body.ports, ElementsAre(api::EndpointPort{"http", "TCP", std::nullopt, 8080}));
  EXPECT_FALSE(net.slices().front()->meta.labels.contains("service.kubernetes.io/headless"));
}

// K-DNS-4: at most 100 in a slice; removals do not repack; new ones fill changed slices first, then the fullest with
// room.
TEST(EndpointSlices, Packing) {
  Network net;
  net.addService("s", "a", false);
  addRunning(net, 0, 250);
  net.run(5s);
  EXPECT_THAT(sizes(net), ElementsAre(100U, 100U, 50U));
  std::map<std::string, std::string> before;
  for (const api::ObjectPtr& slice : net.slices()) {
    for (const api::Endpoint& e : api::as<api::EndpointSlice>(slice).endpoints)
      before[e.targetRef->name] = slice->meta.name;
  }
  for (int i = 0; i < 30; ++i) net.remove(api::Kind::kPod, "p" + std::to_string(10000 + i));
  net.run(5s);
  EXPECT_THAT(sizes(net), ElementsAre(100U, 70U, 50U));
  for (const api::ObjectPtr& slice : net.slices()) {
    for (const api::Endpoint& e : api::as<api::EndpointSlice>(slice).endpoints)
      EXPECT_EQ(before[e.targetRef->name], slice->meta.name);
  }
  // 20 new ones go into the fullest slice that takes them all.
  addRunning(net, 300, 320);
  net.run(5s);
  EXPECT_THAT(sizes(net), ElementsAre(100U, 90U, 50U));
  // A change in the slice of 50 makes new ones go there, although another is fuller.
  std::string in_smallest;
  for (const api::ObjectPtr& slice : net.slices()) {
    const auto& endpoints = api::as<api::EndpointSlice>(slice).endpoints;
    if (endpoints.size() == 50U) in_smallest = endpoints.front().targetRef->name;
  }
  net.remove(api::Kind::kPod, in_smallest);
  addRunning(net, 320, 325);
  net.run(5s);
  EXPECT_THAT(sizes(net), ElementsAre(100U, 90U, 54U));
}

// A Pod of the same name and another address is another endpoint; K-DNS-23.
TEST(EndpointSlices, ARecreatedPodHasItsNewAddress) {
  Network net;
  net.addService("s", "a", true);
  net.addPod({"p", "a", "h", "s"});
  net.setStatus("p", "10.0.0.1", true);
  net.run(5s);
  net.remove(api::Kind::kPod, "p");
  net.addPod({"p", "a", "h", "s"});
  net.setStatus("p", "10.0.0.2", true);
  net.run(5s);
  EXPECT_THAT(net.endpointTexts(), ElementsAre("p@10.0.0.2 ready serving [h]"));
}

TEST(EndpointSlices, LabelsOfPodsAndSelectorsMayChange) {
  Network net;
  net.addService("s", "a", false);
  net.addPod({"p", "a"});
  net.addPod({"q", "b"});
  net.setStatus("p", "10.0.0.1", true);
  net.setStatus("q", "10.0.0.2", true);
  net.run(5s);
  EXPECT_THAT(net.endpointTexts(), ElementsAre("p@10.0.0.1 ready serving"));
  const api::MutableObjectPtr pod = api::edit(net.find(api::Kind::kPod, "p"));
  pod->meta.labels.set("app", "c");
  net.execute(api::updateRequest(pod));
  net.run(5s);
  EXPECT_THAT(net.endpointTexts(), IsEmpty());
  const api::MutableObjectPtr service = api::edit(net.find(api::Kind::kService, "s"));
  api::as<api::Service>(*service).spec.selector.set("app", "b");
  net.execute(api::updateRequest(service));
  net.run(5s);
  EXPECT_THAT(net.endpointTexts(), ElementsAre("q@10.0.0.2 ready serving"));
}

// K-DNS-5: a slice that somebody else changed or removed is put right, after a second.
TEST(EndpointSlices, ForeignChangesArePutRight) {
  Network net;
  net.addService("s", "a", false);
  addRunning(net, 0, 3);
  net.run(5s);
  const api::MutableObjectPtr slice = api::edit(net.slices().front());
  api::as<api::EndpointSlice>(*slice).endpoints.pop_back();
  net.execute(api::updateRequest(slice));
  net.run(900ms);
  EXPECT_THAT(sizes(net), ElementsAre(2U));
  net.run(1s);
  EXPECT_THAT(sizes(net), ElementsAre(3U));
  net.remove(api::Kind::kEndpointSlice, slice->meta.name);
  net.run(2s);
  EXPECT_THAT(sizes(net), ElementsAre(3U));
}

struct ForeignCase {
  std::string_view what;
  void (*change)(api::Object& slice);
};
const ForeignCase kForeign[] = {
    {"an address", [](api::Object& s) { api::as<api::EndpointSlice>(s).endpoints[1].addresses = {"10.9.9.9"}; }},
    {"a condition", [](api::Object& s) { api::as<api::EndpointSlice>(s).endpoints[2].conditions.ready = false; }},
    {"the first endpoint gone",
     [](api::Object& s) {
       auto& endpoints = api::as<api::EndpointSlice>(s).endpoints;
       endpoints.erase(endpoints.begin());
     }},
    {"a Pod that is not there",
     [](api::Object& s) {
       auto& endpoints = api::as<api::EndpointSlice>(s).endpoints;
       endpoints.insert(endpoints.begin() + 1, endpoints.front());
       endpoints[1].targetRef->name = "nobody";
       endpoints[1].addresses = {"10.9.9.9"};
     }},
    {"another order",
     [](api::Object& s) {
       auto& endpoints = api::as<api::EndpointSlice>(s).endpoints;
       std::reverse(endpoints.begin(), endpoints.end());
       endpoints.pop_back();
     }},
    // Alone it would not be seen: it makes no new generation.
    {"a label and a condition",
     [](api::Object& s) {
       s.meta.labels.erase("service.kubernetes.io/headless");
       api::as<api::EndpointSlice>(s).endpoints[0].conditions.ready = false;
     }},
};

TEST(EndpointSlices, WhateverWasChangedIsPutRight) {
  for (const ForeignCase& row : kForeign) {
    SCOPED_TRACE(row.what);
    Network net;
    net.addService("s", "a", false);
    addRunning(net, 0, 3);
    net.run(5s);
    const std::vector<std::string> before = net.endpointTexts();
    const api::StringMap labels = net.slices().front()->meta.labels;
    const api::MutableObjectPtr slice = api::edit(net.slices().front());
    row.change(*slice);
    net.execute(api::updateRequest(slice));
    net.run(3s);
    EXPECT_THAT(net.endpointTexts(), UnorderedElementsAreArray(before));
    ASSERT_EQ(net.slices().size(), 1U);
    EXPECT_EQ(net.slices().front()->meta.labels, labels);
  }
}

// K-DNS-5: an error is tried again after 1 s, then 2 s; nothing is forgotten.
TEST(EndpointSlices, ErrorsAreTriedAgain) {
  Network net;
  net.addService("s", "a", false);
  addRunning(net, 0, 1);
  net.addPod({"late"});
  net.run(5s);
  net.fail_writes = 2;
  net.setStatus("late", "10.0.9.9", true);
  struct Row {
    Duration after;
    int failures_left;
    std::size_t endpoints;
  };
  for (const Row& row : {Row{900ms, 1, 1}, Row{1s, 0, 1}, Row{1s, 0, 1}, Row{1s, 0, 2}}) {
    net.run(row.after);
    EXPECT_EQ(net.fail_writes, row.failures_left);
    EXPECT_THAT(sizes(net), ElementsAre(row.endpoints));
  }
}

// K-DNS-5: while its own last write has not been seen yet, a sync does not write but is tried again after 1 s.
TEST(EndpointSlices, AStaleCacheIsWaitedFor) {
  Timing timing;
  timing.transport.watch.median = 200ms;
  Network net(timing);
  net.addService("s", "a", false);
  net.addPod({"p"});
  net.addPod({"q"});
  net.run(5s);
  net.setStatus("p", "10.0.0.1", true);
  net.run(50ms);
  net.setStatus("q", "10.0.0.2", true);  // seen at 250 ms; the slice with p, written at 216 ms, is seen at 416 ms
  net.run(1200ms);
  EXPECT_THAT(sizes(net), ElementsAre(1U));
  net.run(200ms);
  EXPECT_THAT(sizes(net), ElementsAre(2U));
  for (const kernel::Note& note : net.trace.take()) {
    EXPECT_NE(note.kind, static_cast<std::uint16_t>(NoteKind::kRequestFailed)) << note.text;
  }
}

// K-DNS-5: changes during a sync are one more sync; a change of one Pod does not look at the others.
TEST(EndpointSlices, ManyPodsAreCheap) {
  Network net;
  net.addService("s", "a", false);
  addRunning(net, 0, 2000);
  net.run(30s);
  EXPECT_EQ(sizes(net), std::vector<std::size_t>(20, 100));
  const std::uint64_t syncs = net.endpoints.syncs(), looked = net.endpoints.podsLooked();
  for (int i = 0; i < 10; ++i) net.setStatus("p" + std::to_string(10000 + 150 * i), ipOf(150 * i), false);
  net.run(10s);
  EXPECT_LE(net.endpoints.syncs() - syncs, 3U);
  EXPECT_LE(net.endpoints.podsLooked() - looked, 30U);
  std::size_t not_ready = 0;
  for (const std::string& text : net.endpointTexts()) not_ready += text.ends_with("ready serving") ? 0 : 1;
  EXPECT_EQ(not_ready, 10U);
}

// An own write that is seen before its answer looks like somebody else's: its endpoints are looked at again, no others.
TEST(EndpointSlices, OwnWritesThatAreSeenEarlyAreCheap) {
  Timing timing;
  timing.transport.watch = {10us, 0};
  Network net(timing);
  net.addService("s", "a", false);
  addRunning(net, 0, 2000);
  net.run(30s);
  const std::uint64_t looked = net.endpoints.podsLooked();
  for (int i = 0; i < 10; ++i) {
    net.setStatus("p" + std::to_string(10000 + 150 * i), ipOf(150 * i), false);
    net.run(5s);
  }
  EXPECT_LE(net.endpoints.podsLooked() - looked, 20U);
}

// K-DNS-5: with 20 requests a second and a burst of 30, fifty slices take at least a second.
TEST(EndpointSlices, WritesAreLimited) {
  Network net;
  net.addService("s", "a", false);
  addRunning(net, 0, 5000);
  net.run(500ms);
  EXPECT_LT(net.slices().size(), 50U);
  net.run(10s);
  EXPECT_EQ(net.slices().size(), 50U);
}

TEST(EndpointSlices, AnUnknownNodeKeepsAPodOutUntilItIsThere) {
  Network net;
  net.addService("s", "a", false);
  net.addPod({"p", "a", "", "", "n2"});
  net.setStatus("p", "10.0.0.1", true);
  net.run(2s);
  EXPECT_THAT(net.endpointTexts(), IsEmpty());
  net.addNode("n2", "");
  net.run(10s);
  EXPECT_THAT(net.endpointTexts(), ElementsAre("p@10.0.0.1 ready serving"));
}

TEST(EndpointSlices, ACopyGoesOnAsTheOriginal) {
  Network net;
  net.addService("s", "a", false);
  addRunning(net, 0, 150);
  net.run(12ms);
  Network copy = net;
  net.run(5s);
  copy.run(5s);
  EXPECT_EQ(net.endpointTexts(), copy.endpointTexts());
  EXPECT_EQ(net.kernel.fingerprint().text(), copy.kernel.fingerprint().text());
  EXPECT_EQ(net.endpointTexts().size(), 150U);
}

// A controller that is paused writes nothing; one that is slow writes later.
TEST(EndpointSlices, FaultsDelayUpdates) {
  Network net;
  net.addService("js", "a", true);
  net.addPod({"p", "a"});
  net.run(5s);
  net.endpoints.beginFault(1, {{}, true});
  net.setStatus("p", "10.0.0.1");
  net.run(60s);
  EXPECT_THAT(net.endpointTexts(), testing::IsEmpty());
  net.endpoints.beginFault(2, {5s, false});
  Context ctx = net.context();
  net.endpoints.endFault(ctx, 1);
  net.run(4s);
  EXPECT_THAT(net.endpointTexts(), testing::IsEmpty());
  net.run(2s);
  EXPECT_THAT(net.endpointTexts(), testing::SizeIs(1));
  net.endpoints.endFault(ctx, 2);
  net.setStatus("p", "10.0.0.2");
  net.run(1s);
  EXPECT_THAT(net.endpointTexts(), testing::ElementsAre("p@10.0.0.2 ready"));
}

}  // namespace
}  // namespace jobset_twin::cluster::test
