// lab.hpp - a small world without jitter in which a test makes kubelets fail and looks at what comes of it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/read.hpp"
#include "engine/api/yaml_reader.hpp"
#include "sim/cluster/world_parts.hpp"

namespace jobset_twin::cluster::test {

using namespace std::chrono_literals;

inline auto between(double from, double to) { return ::testing::AllOf(::testing::Ge(from), ::testing::Le(to)); }

// A Pod of one container `main`; the fields are those of its spec and of its container, in flow style, ending with a
// comma.
inline std::string podText(const std::string& name, const std::string& script, const std::string& fields = {},
                           const std::string& container = {}, const std::string& policy = "Never") {
  return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + name +
         ", namespace: default}\nspec: {restartPolicy: " + policy + ", " + fields +
         "containers: [{name: main, image: \"busybox:1.36\", " + container + "command: [sh, -c, \"" + script +
         "\"]}]}\n---\n";
}

class Lab {
 public:
  explicit Lab(const std::string& manifests, int nodes = 1, WorldConfig config = {}) : world(ready(config)) {
    world.trace().enabled = true;
    world.start();
    for (int i = 1; i <= nodes; ++i) addNode("n" + std::to_string(i), true);
    submit(manifests);
  }

  void submit(const std::string& manifests) {
    for (const api::ObjectPtr& object : objectsOf(manifests))
      world.submit({world.kernel().now(), api::createRequest(object), "test.yaml:1"});
  }

  void addNode(const std::string& name, bool is_ready) {
    api::Node body;
    for (const auto& [resource, amount] : {std::pair<std::string, std::int64_t>{"cpu", 8},
                                           {"memory", 16LL << 30},
                                           {"ephemeral-storage", 100LL << 30},
                                           {"nvidia.com/gpu", 8},
                                           {"pods", 110}}) {
      body.status.capacity[resource] = body.status.allocatable[resource] = api::Quantity::milli(amount * 1000);
    }
    if (is_ready) {
      body.status.conditions.emplace_back();
      body.status.conditions[0].type = "Ready";
      body.status.conditions[0].status = "True";
    }
    const api::MutableObjectPtr object = api::makeObject(std::move(body));
    object->meta.name = name;
    object->meta.labels.set("kubernetes.io/hostname", name);
    EXPECT_TRUE(world.executeNow(api::createRequest(object)).ok());
  }

  // Handles all that happens up to so long after the start.
  void until(kernel::Duration since_start) {
    const kernel::TimePoint at = world.kernel().start() + since_start;
    while (world.nextTime() && *world.nextTime() <= at) world.step();
    world.advanceTo(at);
  }
  // Until no work is left; at most six hours.
  void settle() {
    const kernel::TimePoint limit = world.kernel().now() + 6h;
    while (world.submissionsPending() > 0 || world.kernel().pendingWork() > 0) {
      ASSERT_TRUE(world.nextTime() && *world.nextTime() < limit) << "something goes on for ever";
      world.step();
    }
  }
  double now() const { return seconds(world.kernel().now()); }
  double seconds(kernel::TimePoint at) const {
    return std::chrono::duration<double>(at - world.kernel().start()).count();
  }

  static api::ObjectKey keyOf(const std::string& pod) { return {api::Kind::kPod, "default", pod}; }
  api::ObjectPtr find(const std::string& name) const { return world.server().store().find(keyOf(name)); }
  // The status of a Pod; fails the test if it is gone.
  const api::PodStatus& status(const std::string& name) const {
    static const api::PodStatus kNone;
    const api::ObjectPtr object = find(name);
    EXPECT_TRUE(object) << name;
    return object ? api::as<api::Pod>(object).status : kNone;
  }
  const api::ContainerStatus& container(const std::string& name) const {
    static const api::ContainerStatus kNone;
    const api::PodStatus& all = status(name);
    EXPECT_FALSE(all.containerStatuses.empty()) << name;
    return all.containerStatuses.empty() ? kNone : all.containerStatuses.front();
  }
  std::string condition(const std::string& name, std::string_view type) const {
    const api::Condition* found = api::findCondition(status(name).conditions, type);
    return found ? found->status + (found->reason.empty() ? "" : " " + found->reason) : "absent";
  }
  const api::Node& node(const std::string& name) const {
    return api::as<api::Node>(world.server().store().find({api::Kind::kNode, "", name}));
  }
  // The reasons of a Pod's or a Node's Events, in the order of their creation.
  std::vector<std::string> reasons(const std::string& about) const {
    std::vector<std::string> found;
    for (const api::ObjectPtr& object : world.server().list(api::Kind::kEvent)) {
      const api::Event& event = api::as<api::Event>(object);
      if (event.regarding.name == about) found.push_back(event.reason);
    }
    return found;
  }
  std::string message(const std::string& about, const std::string& reason) const {
    for (const api::ObjectPtr& object : world.server().list(api::Kind::kEvent)) {
      const api::Event& event = api::as<api::Event>(object);
      if (event.regarding.name == about && event.reason == reason) return event.note;
    }
    return {};
  }
  // All that was noted so far of a kind.
  std::vector<kernel::Note> notes(NoteKind kind) {
    for (kernel::Note& note : world.trace().take()) notes_.push_back(std::move(note));
    std::vector<kernel::Note> found;
    for (const kernel::Note& note : notes_) {
      if (note.kind == static_cast<std::uint16_t>(kind)) found.push_back(note);
    }
    return found;
  }
  // When a container ended first; fails the test if it has not.
  double exitOf(const std::string& container) {
    for (const kernel::Note& note : notes(NoteKind::kContainer)) {
      if (note.text.starts_with("container " + container + " exits")) return seconds(note.at);
    }
    ADD_FAILURE() << container << " has not ended";
    return 0;
  }
  Kubelet& kubelet() { return world.parts().kubelet; }
  Context ctx() { return world.context(); }
  void remove(const std::string& pod, std::int64_t grace) {
    api::DeleteOptions options;
    options.gracePeriodSeconds = grace;
    EXPECT_TRUE(world.executeNow(api::deleteRequest(keyOf(pod), options)).ok());
  }

  World world;

 private:
  std::vector<kernel::Note> notes_;

  static WorldConfig ready(WorldConfig config) {
    config.timing = zeroJitter(config.timing);
    return config;
  }
  static std::vector<api::ObjectPtr> objectsOf(const std::string& text) {
    std::vector<api::ObjectPtr> objects;
    const api::Documents documents = api::readDocuments(text, "test.yaml");
    EXPECT_TRUE(documents.errors.empty());
    for (const api::Tree& tree : documents.trees) {
      api::Errors warnings;
      const api::Result<api::ObjectPtr> object = api::readObject(tree, api::Validation::kStrict, warnings);
      EXPECT_TRUE(object.ok());
      if (object.ok()) objects.push_back(object.value());
    }
    return objects;
  }
};

}  // namespace jobset_twin::cluster::test
