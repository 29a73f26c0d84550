// world.hpp - the simulated cluster as one value: kernel, API server, transport and all components, and the routing
// between them.
//
// A World can be copied while it runs, saved to a file and loaded again (world_archive.hpp); the copy goes on exactly
// as the original. Copies belong to the thread of the original: they share objects and compiled scripts, whose counts
// are not atomic. It knows nothing of scenario files, reports or the end of a run: scenarios/run.hpp drives it.
#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/jobset/reconcile.hpp"
#include "sim/cluster/component.hpp"
#include "sim/cluster/kubelet/kubelet_config.hpp"
#include "sim/cluster/kueue/config.hpp"
#include "sim/cluster/left_out.hpp"
#include "sim/cluster/scheduler/profile.hpp"

namespace jobset_twin::cluster {

class Dns;
class JobSetController;
class Kubelet;
class Scheduler;
struct WorldParts;

struct WorldConfig {
  std::uint64_t seed = 1;
  kernel::TimePoint start = kernel::kDefaultStart;
  Timing timing;
  std::int32_t kubernetes_minor = 36;
  jobset::Config jobset;
  KubeletConfig kubelet;
  SchedulerConfig scheduler;
  KueueConfig kueue;
  bool short_names = false;  // Pods of JobSets are also found as <replicated job>-<n> (dns.hpp)
  LeftOut left_out;
};

// Something that a user does to the cluster at a time: apply a manifest, change or delete an object.
struct Submission {
  kernel::TimePoint at;
  api::Request request;
  std::string origin;  // "failjobset.yaml:1", for messages
};

class World {
 public:
  explicit World(WorldConfig config);
  World(const World& other);
  World(World&& other) noexcept;
  World& operator=(const World& other);
  World& operator=(World&& other) noexcept;
  ~World();

  // Sets the cluster up: system objects, then the components. Nodes are made by submit or executeNow before or after.
  void start();
  // Queued for its time; answered like any client's request. Requires: at >= now.
  void submit(Submission submission);
  // At once, past clients and latency: set-up only.
  api::Response executeNow(const api::Request& request);

  std::optional<kernel::TimePoint> nextTime() const;
  // Handles the next event. False: none is left.
  bool step();
  void advanceTo(kernel::TimePoint at);
  // The event that step() has just handled, if it was for Component::kFaults: whoever drives the world scheduled it
  // with kernel().schedule() and acts on it.
  std::optional<kernel::Event> takeExternal();

  const kernel::Kernel& kernel() const;
  kernel::Kernel& kernel();
  const apiserver::Server& server() const;
  kernel::Trace& trace();
  const WorldConfig& config() const { return config_; }
  const Scheduler& scheduler() const;
  const Kubelet& kubelet() const;
  const JobSetController& jobsets() const;
  const Dns& dns() const;
  Dns& dns();
  // The points where faults act: components and what they may use. sim/faults is the one that uses them.
  WorldParts& parts() { return *parts_; }
  const WorldParts& parts() const { return *parts_; }
  Context context();

  // Submissions that the API server refused, with its words, since the last call.
  struct Refused {
    Submission submission;
    api::Response response;
  };
  std::vector<Refused> takeRefused();
  std::size_t submissionsPending() const;

  // Whole state, but for notes not taken yet and the configuration: load() into a World made with the same config.
  // Throws std::runtime_error with what is wrong with the file, and changes nothing then.
  void save(std::ostream& out) const;
  void load(std::istream& in);

 private:
  template <class Component>
  void route(Component& component, Context& ctx, const kernel::Event& event);
  void deliver(Context& ctx, std::uint32_t target, const apiserver::WatchEvent& change);
  void onSubmitter(const kernel::Event& event);
  bool isForNobody(const kernel::Event& event, std::uint32_t whom);
  template <class Archive>
  void archive(Archive& ar);

  WorldConfig config_;
  std::unique_ptr<WorldParts> parts_;  // never null, but after a move
};

}  // namespace jobset_twin::cluster
