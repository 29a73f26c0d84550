// jobset_controller.hpp - the JobSet manager in the simulated cluster: the pure core of engine/jobset behind
// engine/runtime's cache, work queue and driver, with virtual time, the simulated API server and its own client
// (spec/jobset.md section 3).
//
// Two controllers with one worker each: JobSets, and leader Pods of exclusive placement. Its cache is also what the
// webhooks read.
#pragma once

#include <map>
#include <string>

#include "engine/jobset/reconcile.hpp"
#include "engine/runtime/driver.hpp"
#include "engine/runtime/jobset_cache.hpp"
#include "engine/runtime/work_queue.hpp"
#include "sim/cluster/component.hpp"
#include "sim/cluster/events/event_recorder.hpp"

namespace jobset_twin::cluster {

class JobSetController {
 public:
  explicit JobSetController(jobset::Config config = {}) : config_(std::move(config)) {}

  void start(Context& ctx);  // the first replica: leads from the beginning
  // Another replica (K-T-75): keeps its cache, which its webhooks read, and does nothing until lead(). With an empty
  // cache it subscribes; otherwise the cache is as far as its feeds, which are already its own.
  void standBy(Context& ctx, runtime::JobSetCache cache);
  void lead(Context& ctx);  // everything in the cache is queued, with low priority (K-API-60)
  void stop(Context& ctx);  // the process ends: its timers are cancelled
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  const runtime::JobSetCache& cache() const { return cache_; }
  bool leads() const { return leads_; }
  // Of an own request: the JobSet (or leader Pod) of its Plan, "namespace/name", and how many requests of that Plan
  // were sent so far.
  struct Progress {
    std::string key;
    std::uint64_t sent = 0;
    bool of_pod = false;
  };
  Progress progressOf(const apiserver::Call& call) const;
  void configure(jobset::Config config) { config_ = std::move(config); }  // of one that was loaded
  const jobset::Config& config() const { return config_; }
  // Counters by "name{jobset_name,namespace}" (JS-C3).
  const std::map<std::string, std::int64_t>& metrics() const { return metrics_; }
  // Keys whose passes keep failing, with the last error: for "stuck".
  std::vector<std::pair<std::string, std::string>> failing() const;

  template <class Archive>
  void serialize(Archive& ar);  // world_archive.hpp

 private:
  enum Timer : std::uint16_t { kQueue = kFirstTimer, kPass };
  enum Which : std::uint64_t { kJobSets = 0, kPods = 1 };
  struct Worker {
    runtime::WorkQueue queue;
    runtime::Driver driver;
    std::string key;          // being reconciled; "": idle
    bool passing = false;     // the pass takes its time; the driver has not begun
    std::uint64_t timer = 0;  // the one valid kQueue timer
    kernel::EventHandle timer_event;
    std::map<std::string, std::string> last_error;
  };
  class Client;

  void connect(Context& ctx);
  void subscribe(Context& ctx);
  void poke(Context& ctx, Which which);    // takes the next key if the worker is free, or sets the timer
  void pass(Context& ctx, Which which);    // observes, decides, begins the Plan
  void settle(Context& ctx, Which which);  // after anything the driver did: if the Plan is done, what follows
  void enqueue(Context& ctx, Which which, const std::string& key);
  Worker& worker(Which which) { return which == kJobSets ? jobsets_ : pods_; }

  jobset::Config config_;
  bool leads_ = true;
  runtime::JobSetCache cache_;
  Worker jobsets_, pods_;
  apiserver::ClientId client_ = 0;
  SeriesEventRecorder events_, pod_events_;
  std::map<std::string, std::int64_t> metrics_;
};

}  // namespace jobset_twin::cluster
