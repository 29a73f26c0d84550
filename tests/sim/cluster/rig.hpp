// rig.hpp - one component of the cluster alone with the API server: for tests of what it asks for and what comes of it.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sim/cluster/component.hpp"

namespace jobset_twin::cluster::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

class NoNames final : public Names {
 public:
  LookUp lookUp(std::string_view, std::string_view, std::string_view, kernel::TimePoint) override { return {}; }
};

template <class T>
class Rig {
 public:
  explicit Rig(Component self) : self_(targetOf(self)), server_(apiserver::ServerConfig{}) {
    timing_ = zeroJitter({});
    transport_ = apiserver::Transport(timing_.transport);
    server_.bootstrap(kernel_.now());
    Context ctx = context();
    component.start(ctx);
    transport_.noteWrites(kernel_, server_);
    run(seconds(1));
  }

  // Handles everything that happens in the next `time`.
  void run(kernel::Duration time) {
    const kernel::TimePoint until = kernel_.now() + time;
    while (kernel_.nextTime() && *kernel_.nextTime() <= until) step();
    kernel_.advanceTo(until);
  }
  // Until nothing is left to happen; at most `limit`.
  void settle(kernel::Duration limit = seconds(3600)) {
    const kernel::TimePoint until = kernel_.now() + limit;
    while (kernel_.nextTime() && *kernel_.nextTime() <= until) step();
    EXPECT_FALSE(kernel_.nextTime()) << "something goes on for ever";
  }
  void step() {
    const kernel::Event event = *kernel_.popNext();
    Context ctx = context();
    if (event.target == apiserver::kTransportTarget) {
      if (event.kind == kArrive) return transport_.onArrive(kernel_, server_, webhooks_, event.a);
      for (const apiserver::WatchEvent& change :
           transport_.due(kernel_, server_, static_cast<apiserver::FeedId>(event.a))) {
        component.onWatch(ctx, change);
      }
    } else if (event.kind == kReply) {
      const apiserver::Call call = transport_.take(event.a);
      if (call.request.key.kind != api::Kind::kEvent)
        calls.push_back(std::string(api::verbText(call.request.verb)) + " " + call.request.key.name);
      component.onResponse(ctx, call);
    } else {
      component.onTimer(ctx, event.kind, event.a, event.b);
    }
  }

  api::Response execute(const api::Request& request) {
    return transport_.executeNow(kernel_, server_, webhooks_, request);
  }
  api::ObjectPtr create(const api::ObjectPtr& object) {
    const api::Response response = execute(api::createRequest(object));
    EXPECT_TRUE(response.ok()) << response.message;
    return response.object;
  }
  void remove(const api::ObjectPtr& object, api::Propagation propagation = api::Propagation::kBackground,
              std::optional<std::int64_t> grace = std::nullopt) {
    api::DeleteOptions options;
    options.propagation = propagation;
    options.gracePeriodSeconds = grace;
    const api::Response response = execute(api::deleteRequest(api::keyOf(*object), options));
    EXPECT_TRUE(response.ok()) << response.message;
  }
  // As it is stored now; null: gone.
  api::ObjectPtr find(const api::ObjectPtr& object) const { return server_.store().find(api::keyOf(*object)); }
  std::vector<std::string> eventReasons() const {
    std::vector<std::string> reasons;
    for (const api::ObjectPtr& event : server_.list(api::Kind::kEvent))
      reasons.push_back(api::as<api::Event>(event).reason);
    return reasons;
  }
  kernel::Duration sinceStart() const { return kernel_.now() - kernel_.start(); }

  kernel::Kernel& kernel() { return kernel_; }
  const apiserver::Server& server() const { return server_; }
  Timing& timing() { return timing_; }

  T component;
  std::vector<std::string> calls;  // requests that were answered: "delete web-0"; not those about Events

 private:
  Context context() { return {kernel_, transport_, trace_, timing_, names_, heartbeats_}; }

  std::uint32_t self_;
  kernel::Kernel kernel_{1};
  kernel::Trace trace_;
  Timing timing_;
  apiserver::Server server_;
  apiserver::Transport transport_;
  apiserver::EmptyWebhookView webhooks_;
  NoNames names_;
  Heartbeats heartbeats_;
};

inline api::MutableObjectPtr generic(std::string api_version, std::string kind, std::string namespace_,
                                     std::string name, nlohmann::json content = nlohmann::json::object()) {
  api::Generic body;
  body.apiVersion = std::move(api_version);
  body.kind = std::move(kind);
  body.content.set(std::move(content));
  const api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.namespace_ = std::move(namespace_);
  object->meta.name = std::move(name);
  return object;
}

// A Pod of one container, with a node if one is named.
inline api::MutableObjectPtr pod(std::string name, std::string node = {}) {
  api::Pod body;
  api::Container container;
  container.name = "main";
  container.image = "busybox:1.36";
  body.spec.mut().containers.push_back(container);
  body.nodeName = std::move(node);
  const api::MutableObjectPtr object = api::makeObject(std::move(body));
  object->meta.namespace_ = "default";
  object->meta.name = std::move(name);
  return object;
}

}  // namespace jobset_twin::cluster::test
