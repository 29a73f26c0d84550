// nodes_world.hpp - a small cluster for tests of what becomes of nodes and their Pods: bare Pods on given nodes, nodes
// that fall silent and come back.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/api/write.hpp"
#include "sim/cluster/world.hpp"
#include "sim/cluster/world_parts.hpp"

namespace jobset_twin::cluster::test {

using namespace std::chrono_literals;

class NodesWorld {
 public:
  explicit NodesWorld(std::uint64_t seed = 1, Timing timing = zeroJitter({})) : world(config(seed, timing)) {
    world.trace().enabled = true;
    world.start();
  }

  void node(const std::string& name, const std::string& zone = "z") {
    const api::MutableObjectPtr object = api::makeObject(api::Node());
    object->meta.name = name;
    object->meta.labels.set("topology.kubernetes.io/zone", zone);
    const api::MutableObjectPtr made = api::edit(execute(api::createRequest(object)).object);
    api::NodeStatus& status = api::as<api::Node>(*made).status;
    for (const auto& [resource, amount] :
         {std::pair<std::string, std::int64_t>{"cpu", 64}, {"memory", 256LL << 30}, {"pods", 110}}) {
      status.capacity[resource] = status.allocatable[resource] = api::Quantity::milli(amount * 1000);
    }
    setCondition(status.conditions, "Ready", "True");
    execute(api::updateStatusRequest(made));
  }
  void nodes(int count, const std::string& zone = "z") {
    for (int i = 0; i < count; ++i) node(zone + std::to_string(i), zone);
  }
  // A Pod that runs for ever.
  void pod(const std::string& name, const std::string& node, std::vector<api::Toleration> tolerations = {}) {
    api::Pod body;
    api::PodSpec spec;
    spec.restartPolicy = "Never";
    spec.tolerations = std::move(tolerations);
    spec.containers.emplace_back();
    spec.containers[0].name = "main";
    spec.containers[0].image = "busybox";
    spec.containers[0].command = {"sleep", "1000000"};
    body.spec = api::Shared<api::PodSpec>(std::move(spec));
    body.nodeName = node;
    const api::MutableObjectPtr object = api::makeObject(std::move(body));
    object->meta.name = name;
    object->meta.namespace_ = "default";
    execute(api::createRequest(object));
  }
  api::Response execute(const api::Request& request) {
    api::Response response = world.executeNow(request);
    EXPECT_TRUE(response.ok()) << response.message;
    return response;
  }

  // Its way to the API server is cut; its containers run on.
  void silence(const std::string& node) { partition(node, true); }
  // All at the same time of their renewals, so that one pass finds them out.
  void silenceTogether(const std::vector<std::string>& nodes) {
    for (const std::string& node : nodes) silence(node);
    for (const std::string& node : nodes) hear(node);
    run(1s);
    for (const std::string& node : nodes) silence(node);
  }
  // The kubelet is heard again, and posts what is true.
  void hear(const std::string& node) { partition(node, false); }
  void post(const std::string& node, const std::string& condition, const std::string& status) {
    const api::MutableObjectPtr object = api::edit(find(api::Kind::kNode, "", node));
    setCondition(api::as<api::Node>(*object).status.conditions, condition, status);
    execute(api::updateStatusRequest(object));
  }

  void run(kernel::Duration time) {
    const kernel::TimePoint until = world.kernel().now() + time;
    while (world.nextTime() && *world.nextTime() <= until) step();
    world.advanceTo(until);
  }
  // Time until it holds; fails the test if it does not within the limit.
  kernel::Duration until(const std::function<bool()>& holds, kernel::Duration limit = 1h) {
    const kernel::TimePoint start = world.kernel().now();
    while (!holds()) {
      if (!world.nextTime() || *world.nextTime() > start + limit) {
        ADD_FAILURE() << "it does not happen";
        return limit;
      }
      step();
    }
    return world.kernel().now() - start;
  }
  kernel::Duration now() const { return world.kernel().now() - world.kernel().start(); }

  api::ObjectPtr find(api::Kind kind, const std::string& namespace_, const std::string& name) const {
    return world.server().store().find({kind, namespace_, name});
  }
  api::ObjectPtr findPod(const std::string& name) const { return find(api::Kind::kPod, "default", name); }
  std::string ready(const std::string& node) const {
    const api::Condition* condition =
        api::findCondition(api::as<api::Node>(find(api::Kind::kNode, "", node)).status.conditions, "Ready");
    return condition ? condition->status : "";
  }
  std::string podCondition(const std::string& pod, const std::string& type) const {
    const api::ObjectPtr object = findPod(pod);
    const api::Condition* condition =
        object ? api::findCondition(api::as<api::Pod>(object).status.conditions, type) : nullptr;
    return condition ? condition->status + (condition->reason.empty() ? "" : "/" + condition->reason) : "";
  }
  // "node.kubernetes.io/unreachable:NoExecute", in the order of the Node.
  std::vector<std::string> taints(const std::string& node) const {
    std::vector<std::string> out;
    for (const api::Taint& taint : api::as<api::Node>(find(api::Kind::kNode, "", node)).spec.taints)
      out.push_back(taint.key + ":" + taint.effect);
    return out;
  }
  bool tainted(const std::string& node, const std::string& taint) const {
    const std::vector<std::string> all = taints(node);
    return std::find(all.begin(), all.end(), taint) != all.end();
  }
  // "NodeNotReady Node is not ready" of the Events about an object, in order of their names.
  std::vector<std::string> events(const std::string& about) const {
    std::vector<std::string> out;
    for (const api::ObjectPtr& object : world.server().list(api::Kind::kEvent)) {
      const api::Event& event = api::as<api::Event>(object);
      if (event.regarding.name == about) out.push_back(event.reason + " " + event.note);
    }
    return out;
  }

  World world;

 private:
  static WorldConfig config(std::uint64_t seed, const Timing& timing) {
    WorldConfig config;
    config.seed = seed;
    config.timing = timing;
    return config;
  }
  void partition(const std::string& node, bool on) {
    Context ctx = world.context();
    EXPECT_TRUE(world.parts().kubelet.setPartitioned(ctx, node, on)) << node;
  }
  void setCondition(std::vector<api::Condition>& conditions, const std::string& type, const std::string& status) {
    api::Condition* condition = api::findCondition(conditions, type);
    if (!condition) condition = &conditions.emplace_back();
    condition->type = type;
    condition->status = status;
    condition->reason = "Kubelet";
    condition->lastHeartbeatTime = condition->lastTransitionTime = api::truncateToSeconds(world.kernel().now());
  }
  void step() { ASSERT_TRUE(world.step()); }
};

inline constexpr auto kUnreachableNoExecute = "node.kubernetes.io/unreachable:NoExecute";
inline constexpr auto kUnreachableNoSchedule = "node.kubernetes.io/unreachable:NoSchedule";
inline constexpr auto kNotReadyNoExecute = "node.kubernetes.io/not-ready:NoExecute";
inline constexpr auto kNotReadyNoSchedule = "node.kubernetes.io/not-ready:NoSchedule";

}  // namespace jobset_twin::cluster::test
