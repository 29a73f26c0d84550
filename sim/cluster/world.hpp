// world.hpp - the simulated cluster as one value: kernel, API server, transport and all components, and the routing
// between them.
//
// A World can be copied while it runs, saved to a file and loaded again (world_archive.hpp); the copy goes on exactly
// as the original. Copies belong to the thread of the original: they share objects and compiled scripts, whose counts
// are not atomic. It knows nothing of scenario files, reports or the end of a run: scenarios/run.hpp drives it.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "sim/cluster/garbage_collector.hpp"
#include "sim/cluster/job/job_controller.hpp"
#include "sim/cluster/job/ttl_controller.hpp"
#include "sim/cluster/jobset/jobset_controller.hpp"
#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/cluster/kubernetes_gates.hpp"
#include "sim/cluster/network/dns.hpp"
#include "sim/cluster/network/endpoint_slices.hpp"
#include "sim/cluster/scheduler/scheduler.hpp"
#include "sim/cluster/volumes/claims.hpp"

namespace jobset_twin::cluster {

struct WorldConfig {
  std::uint64_t seed = 1;
  kernel::TimePoint start = kernel::kDefaultStart;
  Timing timing;
  std::int32_t kubernetes_minor = 36;
  jobset::Config jobset;
  KubeletConfig kubelet;
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

  // Sets the cluster up: system objects, then the components. Nodes are made by submit or executeNow before or after.
  void start();
  // Queued for its time; answered like any client's request. Requires: at >= now.
  void submit(Submission submission);
  // At once, past clients and latency: set-up only.
  api::Response executeNow(const api::Request& request);

  std::optional<kernel::TimePoint> nextTime() const { return kernel_.nextTime(); }
  // Handles the next event. False: none is left.
  bool step();
  void advanceTo(kernel::TimePoint at) { kernel_.advanceTo(at); }

  const kernel::Kernel& kernel() const { return kernel_; }
  kernel::Kernel& kernel() { return kernel_; }
  const apiserver::Server& server() const { return server_; }
  kernel::Trace& trace() { return trace_; }
  const WorldConfig& config() const { return config_; }
  const Scheduler& scheduler() const { return scheduler_; }
  const Kubelet& kubelet() const { return kubelet_; }
  const JobSetController& jobsets() const { return jobsets_; }
  const Dns& dns() const { return dns_; }
  Dns& dns() { return dns_; }
  // Submissions that the API server refused, with its words, since the last call.
  struct Refused {
    Submission submission;
    api::Response response;
  };
  std::vector<Refused> takeRefused() { return std::exchange(refused_, {}); }
  std::size_t submissionsPending() const { return submissions_.size() - submitted_; }

  // Whole state, but for notes not taken yet and the configuration: load() into a World made with the same config.
  // Throws std::runtime_error with what is wrong with the file, and changes nothing then.
  void save(std::ostream& out) const;
  void load(std::istream& in);

 private:
  Context context() { return Context{kernel_, transport_, trace_, config_.timing, dns_}; }
  template <class Component>
  void route(Component& component, Context& ctx, const kernel::Event& event);
  void deliver(Context& ctx, std::uint32_t target, const apiserver::WatchEvent& change);
  void onSubmitter(const kernel::Event& event);
  template <class Archive>
  void archive(Archive& ar);

  WorldConfig config_;
  kernel::Kernel kernel_;
  kernel::Trace trace_;
  apiserver::Server server_;
  apiserver::Transport transport_;
  GarbageCollector garbage_;
  JobSetController jobsets_;
  JobController jobs_;
  TtlController ttl_;
  Scheduler scheduler_;
  Kubelet kubelet_;
  EndpointSlices endpoints_;
  Dns dns_;
  Claims claims_;
  apiserver::ClientId user_ = 0;
  std::vector<Submission> submissions_;
  std::size_t submitted_ = 0;
  std::vector<Refused> refused_;
};

}  // namespace jobset_twin::cluster
