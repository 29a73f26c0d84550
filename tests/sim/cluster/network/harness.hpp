// harness.hpp - an API server with the two network components beside it, driven by hand: no kubelet, no scheduler. A
// test makes Pods and says what their status is.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/cluster/network/dns.hpp"
#include "sim/cluster/network/endpoint_slices.hpp"

namespace jobset_twin::cluster::test {

using namespace std::chrono_literals;

struct PodSpecOf {
  std::string name;
  std::string app = "a";  // its label app
  std::string hostname = {}, subdomain = {};
  std::string node = "n1";
};

class Network {
 public:
  explicit Network(Timing with = {}) : timing(zeroJitter(std::move(with))), transport(timing.transport) {
    server.bootstrap(kernel.now());
    trace.enabled = true;
    Context ctx = context();
    endpoints.start(ctx);
    dns.start(ctx);
    addNode("n1", "zone-a");
  }
  Network(const Network&) = default;

  Context context() { return Context{kernel, transport, trace, timing, dns, heartbeats}; }

  api::ObjectPtr execute(const api::Request& request) {
    const api::Response response = transport.executeNow(kernel, server, apiserver::EmptyWebhookView(), request);
    EXPECT_TRUE(response.ok()) << response.message;
    return response.object;
  }

  void addNode(const std::string& name, const std::string& zone) {
    const api::MutableObjectPtr node = api::makeObject(api::Node());
    node->meta.name = name;
    if (!zone.empty()) node->meta.labels.set("topology.kubernetes.io/zone", zone);
    execute(api::createRequest(node));
  }
  // Selects Pods with the label app=<app>; app "": has no selector. Headless unless it has a port.
  api::ObjectPtr addService(const std::string& name, const std::string& app, bool publish_not_ready,
                            std::vector<api::ServicePort> ports = {}) {
    const api::MutableObjectPtr service = api::makeObject(api::Service());
    service->meta.name = name;
    service->meta.namespace_ = "default";
    service->meta.labels.set("team", "x");
    api::ServiceSpec& spec = api::as<api::Service>(*service).spec;
    if (ports.empty()) spec.clusterIP = "None";
    spec.ports = std::move(ports);
    spec.publishNotReadyAddresses = publish_not_ready;
    if (!app.empty()) spec.selector.set("app", app);
    return execute(api::createRequest(service));
  }
  api::ObjectPtr addPod(const PodSpecOf& of) {
    const api::MutableObjectPtr object = api::makeObject(api::Pod());
    object->meta.name = of.name;
    object->meta.namespace_ = "default";
    object->meta.labels.set("app", of.app);
    api::Pod& pod = api::as<api::Pod>(*object);
    pod.nodeName = of.node;
    pod.hostname = of.hostname;
    api::PodSpec& spec = pod.spec.mut();
    spec.subdomain = of.subdomain;
    spec.containers.emplace_back();
    spec.containers[0].name = "main";
    spec.containers[0].image = "busybox";
    spec.containers[0].ports.emplace_back();
    spec.containers[0].ports[0] = {"web", "TCP", "", 8080, 0};
    return execute(api::createRequest(object));
  }
  // Writes the status of a Pod: its address, phase, and whether it is ready.
  void setStatus(const std::string& name, const std::string& ip, bool ready = false,
                 const std::string& phase = "Running") {
    const api::MutableObjectPtr pod = api::edit(find(api::Kind::kPod, name));
    pod->meta.resourceVersion = 0;
    api::PodStatus& status = api::as<api::Pod>(*pod).status;
    status.podIP = ip;
    status.podIPs = {{ip}};
    status.phase = phase;
    status.conditions.clear();
    status.conditions.emplace_back();
    status.conditions[0].type = "Ready";
    status.conditions[0].status = ready ? "True" : "False";
    execute(api::updateStatusRequest(pod));
  }
  void remove(api::Kind kind, const std::string& name, std::int64_t grace = 0) {
    api::DeleteOptions options;
    options.gracePeriodSeconds = grace;
    execute(api::deleteRequest({kind, "default", name}, options));
  }
  api::ObjectPtr find(api::Kind kind, const std::string& name) const {
    return server.store().find({kind, "default", name});
  }

  // Handles all events up to `span` from now, and stands there.
  void run(Duration span) {
    const kernel::TimePoint end = kernel.now() + span;
    while (kernel.nextTime() && *kernel.nextTime() <= end) step();
    kernel.advanceTo(end);
  }
  void step() {
    const kernel::Event event = *kernel.popNext();
    Context ctx = context();
    if (event.target == apiserver::kTransportTarget) {
      if (event.kind == kArrive) {
        if (fail_writes > 0) {
          --fail_writes;
          ++server_conflicts;
          conflictWith(event.a);
        }
        transport.onArrive(kernel, server, apiserver::EmptyWebhookView(), event.a);
        return;
      }
      const auto feed = static_cast<apiserver::FeedId>(event.a);
      for (const apiserver::WatchEvent& change : transport.due(kernel, server, feed)) {
        if (transport.feedTarget(feed) == targetOf(Component::kDns)) {
          dns.onWatch(ctx, change);
        } else {
          endpoints.onWatch(ctx, change);
        }
      }
      return;
    }
    if (event.target == targetOf(Component::kDns)) return dns.onTimer(ctx, event.kind, event.a, event.b);
    if (event.kind == kReply) {
      endpoints.onResponse(ctx, transport.take(event.a));
    } else {
      endpoints.onTimer(ctx, event.kind, event.a, event.b);
    }
  }

  std::vector<api::ObjectPtr> slices() const { return server.list(api::Kind::kEndpointSlice, "default"); }
  // "pod@ip ready serving terminating [host]" of all endpoints, slice by slice in order of name.
  std::vector<std::string> endpointTexts() const {
    std::vector<std::string> texts;
    for (const api::ObjectPtr& slice : slices()) {
      for (const api::Endpoint& e : api::as<api::EndpointSlice>(slice).endpoints) {
        texts.push_back(e.targetRef->name + "@" + e.addresses.front() + (*e.conditions.ready ? " ready" : "") +
                        (*e.conditions.serving ? " serving" : "") + (*e.conditions.terminating ? " terminating" : "") +
                        (e.hostname ? " [" + *e.hostname + "]" : ""));
      }
    }
    return texts;
  }

  Timing timing;
  kernel::Kernel kernel;
  kernel::Trace trace;
  apiserver::Server server;
  apiserver::Transport transport;
  EndpointSlices endpoints;
  Dns dns;
  Heartbeats heartbeats;
  int fail_writes = 0;  // so many of the next requests meet a conflict

 private:
  // Somebody else touches every slice just before the request arrives.
  void conflictWith(apiserver::CallId) {
    for (const api::ObjectPtr& slice : slices()) {
      const api::MutableObjectPtr touched = api::edit(slice);
      touched->meta.annotations.set("touched", std::to_string(server_conflicts));
      execute(api::updateRequest(touched));
    }
  }
  int server_conflicts = 0;
};

}  // namespace jobset_twin::cluster::test
