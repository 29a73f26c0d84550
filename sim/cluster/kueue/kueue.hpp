// kueue.hpp - Kueue's manager in the simulated cluster: its caches, its queues, its scheduling cycle, and what it
// writes (spec/kubernetes.md section 8). There only if the World is told so: otherwise it is never started and costs
// nothing.
//
// kueue_cache.cpp      what changes mean: who is queued where, what is used, who has to be looked at
// kueue_cycle.cpp      one cycle: a head of each ClusterQueue, flavors, admission, preemption (K-KUE-20 to 25)
// kueue_workers.cpp    passes over jobs and Workloads (job_step.hpp), and the status of queues
//
// Known differences (docs/kueue.md): a blocked head of StrictFIFO is tried when something has changed, not every 10 ms;
// writes to one Workload wait for each other instead of meeting in conflicts; what was written is in the cache once the
// answer is there.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster/component.hpp"
#include "sim/cluster/events/event_recorder.hpp"
#include "sim/cluster/job/sync_queue.hpp"
#include "sim/cluster/kueue/flavor_assigner.hpp"
#include "sim/cluster/kueue/job_step.hpp"
#include "sim/cluster/kueue/pending_queue.hpp"
#include "sim/cluster/kueue/preemption.hpp"
#include "sim/cluster/kueue/quota_tree.hpp"

namespace jobset_twin::cluster {

class Kueue {
 public:
  explicit Kueue(KueueConfig config = {}) : config_(config) {}

  void start(Context& ctx);
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);
  void configure(KueueConfig config) { config_ = config; }  // of one that was loaded

  // For tests and reports.
  const kueue::QuotaTree& quotas() const { return quotas_; }

  template <class Archive>
  void serialize(Archive& ar);  // kueue_archive.hpp

 private:
  using Id = job::SyncQueue::Id;
  enum Timer : std::uint16_t { kDueJobSet = kFirstTimer, kDueJob, kDueWorkload, kDueStatus, kPass, kCycle, kRequeue };
  // Who asks: the workers, in the order of their timers, and the scheduler.
  enum Which : std::uint8_t { kJobSets, kJobs, kWorkloads, kStatuses, kScheduler };
  static constexpr std::size_t kWorkers = 4;

  struct Worker {
    job::SyncQueue queue;
    std::int32_t working = 0, most = 1;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(queue, working, most);
    }
  };
  // A Workload, and where it is.
  struct Item {
    kueue::Workload view;
    bool writing = false;  // one write at a time
    bool assumed = false;  // admitted, and the write is under way
    std::string charged;   // the ClusterQueue that it has quota of; "": none
    kueue::Usage usage;    // ... and how much
    std::string pending;   // the ClusterQueue that it waits in; "": none
    std::string local;     // the LocalQueue ("namespace/name") that it counts for; "": none
    bool counted_pending = false, counted_reserving = false;  // there
  };
  struct ClusterQueue {
    kueue::ClusterQueueSpec spec;
    api::ObjectPtr object;  // null: it is gone, and its Workloads wait for it
    kueue::PendingQueue waiting;
    std::set<std::string> charged;  // Workloads
    bool active = false;
    std::string inactive_reason, inactive_message;
  };
  struct LocalQueue {
    kueue::LocalQueueSpec spec;
    api::ObjectPtr object;
    std::set<std::string> workloads;         // not finished
    std::size_t pending = 0, reserving = 0;  // of them
  };
  struct Running {  // a write of a worker
    std::string workload;
    std::vector<kueue::Said> said;
    api::ObjectPtr job;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(workload, said, job);
    }
  };
  enum class Write : std::uint8_t { kAdmission, kPending, kEviction };
  struct Scheduled {  // a write of the scheduler
    Write what = Write::kPending;
    std::string workload;
    std::vector<kueue::Said> said;
    template <class Archive>
    void serialize(Archive& ar) {
      auto number = static_cast<std::uint8_t>(what);
      ar(number, workload, said);
      what = static_cast<Write>(number);
    }
  };
  struct Entry {  // of a cycle
    Item* item = nullptr;
    std::string cluster_queue;
    kueue::Assignment assignment;
    std::vector<kueue::Victim> victims;
    kueue::Rank rank;
  };
  struct Cycle;

  // kueue_cache.cpp
  void derive();  // what follows from objects, after loading
  void onJob(Context& ctx, const apiserver::WatchEvent& event);
  void onSetup(Context& ctx, const apiserver::WatchEvent& event);
  void setFlavor(Context& ctx, const apiserver::WatchEvent& event);
  void setClusterQueue(Context& ctx, const apiserver::WatchEvent& event);
  void setLocalQueue(Context& ctx, const apiserver::WatchEvent& event);
  void setCohort(Context& ctx, const apiserver::WatchEvent& event);
  void setWorkload(Context& ctx, const api::ObjectPtr& object);
  void dropWorkload(Context& ctx, const api::Object& object);
  void replaceWorkloads(Context& ctx, const std::string& cluster_queue);
  void checkActive(Context& ctx, const std::string& name, ClusterQueue& queue);
  void account(Context& ctx, Item& item);
  void place(Context& ctx, Item& item);
  void count(Context& ctx, Item& item, bool present);
  void tally(Context& ctx, Item& item);
  bool mayWait(const Item& item) const;
  bool isManaged(const api::Object& job) const;
  void freed(Context& ctx, const std::string& cluster_queue);  // something there may fit now
  void dirty(Context& ctx, const std::string& root);
  void noteStatus(Context& ctx, const std::string& key);
  void enqueueJobOf(Context& ctx, const kueue::Workload& workload);
  void enqueue(Context& ctx, Which which, const std::string& key);

  // kueue_cycle.cpp
  void cycle(Context& ctx);
  void nominate(Context& ctx, const std::string& name, ClusterQueue& queue, Cycle& out);
  void process(Context& ctx, Entry& entry, Cycle& out);
  void admit(Context& ctx, Entry& entry);
  void preempt(Context& ctx, Entry& entry, Cycle& out);
  void skip(Context& ctx, Entry& entry, Cycle& out, const std::string& message);
  void park(Context& ctx, Entry& entry, Cycle& out, bool alone);
  void reserve(Entry& entry, Cycle& out);
  void tell(Context& ctx, Item& item, const std::string& reason, const std::string& message);
  bool namespaceMatches(const Item& item, const ClusterQueue& queue) const;
  bool blocked() const;  // by a Workload whose Pods are not ready yet (K-KUE-52)
  const std::vector<kueue::Candidate>& admitted(const std::string& root, Cycle& out) const;
  bool fitsWithout(const Entry& entry);
  void evictVictim(Context& ctx, const kueue::Victim& victim, const Entry& entry);
  void send(Context& ctx, Write what, Item& item, api::Request request, std::vector<kueue::Said> said);
  void answered(Context& ctx, std::uint64_t number, const apiserver::Call& call);

  // kueue_workers.cpp
  void startWork(Context& ctx, Which which);
  void pass(Context& ctx, Which which, Id id);
  kueue::Step stepOf(Context& ctx, Which which, const std::string& key, std::string& workload, api::ObjectPtr& job);
  kueue::Step stepOfJob(Context& ctx, const std::string& key, std::string& workload, api::ObjectPtr& job);
  kueue::Step stepOfWorkload(Context& ctx, const std::string& key, std::string& workload);
  kueue::Step stepOfStatus(Context& ctx, const std::string& key);
  kueue::Step clusterQueueStatus(Context& ctx, const ClusterQueue& queue, const std::string& name);
  kueue::Step localQueueStatus(Context& ctx, const LocalQueue& queue);
  void worked(Context& ctx, Which which, Id id, const apiserver::Call& call);
  void finish(Context& ctx, Which which, Id id, bool failed, const std::string& problem);
  void written(Context& ctx, const std::string& workload, const apiserver::Call& call);
  void say(Context& ctx, const kueue::Said& said, const api::ObjectPtr& job, const std::string& workload);
  std::optional<std::int32_t> priorityOfJob(const api::Object& job) const;
  Id idOf(const std::string& key);

  KueueConfig config_;  // not saved: the World's
  apiserver::ClientId client_ = 0;
  CoreEventRecorder admission_events_, jobset_events_, job_events_;

  // The caches.
  kueue::Flavors flavors_;
  std::map<std::string, api::ObjectPtr> flavor_objects_, cohort_objects_;
  std::map<std::string, ClusterQueue> cluster_queues_;
  std::map<std::string, LocalQueue> local_queues_;  // by "namespace/name"
  std::map<std::string, std::int32_t> workload_classes_;
  std::map<std::string, api::ObjectPtr> priority_classes_;
  std::map<std::string, api::StringMap> namespaces_;
  std::map<std::string, api::ObjectPtr> jobs_;      // those that are Kueue's, by "JobSet/namespace/name"
  std::map<std::string, std::string> workload_of_;  // UID of a job -> its Workload
  std::map<std::string, Item> items_;
  kueue::QuotaTree quotas_;

  // What is to be done.
  std::set<std::string> dirty_;       // trees with heads that may be admitted
  bool cycling_ = false;              // a cycle is under way
  std::set<std::string> requeueing_;  // trees whose parked Workloads come back
  std::vector<Worker> workers_;
  std::map<std::string, Id> ids_;
  std::map<Id, std::string> keys_;
  Id next_id_ = 1;
  std::map<std::uint64_t, Running> running_;      // by (which, id)
  std::map<std::uint64_t, Scheduled> scheduled_;  // by number
  std::uint64_t next_write_ = 1;
  std::set<std::string> not_ready_;  // admitted Workloads whose Pods are not ready
  std::set<std::string> awaited_;    // Workloads with a write under way that a cycle met
};

}  // namespace jobset_twin::cluster
