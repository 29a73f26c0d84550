// job_controller.hpp - the Job controller of kube-controller-manager as a component of the simulated cluster: caches,
// work queue, workers, expectations, and the running syncs (K-JOB-20..22, 36, 37, 80, 82, 83). What a sync decides is
// in the pure files beside it.
//
// Known differences (for docs/fidelity.md): Pods without an owner are not adopted and Pods that stop matching the
// selector not released (K-JOB-23.1); with StaleControllerConsistencyJob a sync that finds its caches stale is looked
// at again after the batch period; where upstream takes the order of its cache (a map), this takes (index, name) or
// order of appearance. Source: kubernetes 1.32-1.36 pkg/controller/job/job_controller.go; spec/kubernetes.md section 2.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>

#include "sim/cluster/component.hpp"
#include "sim/cluster/events/event_recorder.hpp"
#include "sim/cluster/job/expectations.hpp"
#include "sim/cluster/job/job_sync.hpp"
#include "sim/cluster/job/pod_template.hpp"
#include "sim/cluster/job/sync_queue.hpp"
#include "sim/cluster/job/workload_objects.hpp"

namespace jobset_twin::cluster {

class JobController {
 public:
  // makes_workloads: gate WorkloadWithJob.
  explicit JobController(KubernetesGates gates = {}, bool makes_workloads = false);

  void start(Context& ctx);
  void stop(Context& ctx);                 // the process ends: its timers are cancelled
  void expectLists() { listing_ = true; }  // after start(): workers wait until the caches are filled ...
  void listed(Context& ctx);               // ... and begin
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  // For tests and reports: the cached Pods of a Job by its UID; null if there are none.
  const job::JobPods* podsOf(const std::string& job_uid) const;
  std::size_t runningSyncs() const { return syncs_.size(); }
  std::uint64_t syncs() const { return sync_count_; }  // begun so far, those with nothing to do left out

  template <class Archive>
  void serialize(Archive& ar) {
    ar(gates_, client_, ids_, entries_, pods_, queue_, syncs_, orphan_queue_, orphans_, orphan_ids_, orphan_at_work_,
       events_, next_id_, next_orphan_, jobs_seen_, pods_seen_, sync_count_, listing_, workloads_, pod_groups_);
  }

 private:
  using Id = job::SyncQueue::Id;
  enum Timer : std::uint16_t { kSyncDue = kFirstTimer, kSyncRun, kOrphanDue };
  enum class Purpose : std::uint8_t {
    kCreatePod = 1,
    kStripVictim,
    kDeleteVictim,
    kFirstWrite,
    kStripFinalizer,
    kRescueWrite,
    kSecondWrite,
    kOrphan,
    kCreateWorkload,
    kCreatePodGroup
  };

  // What is known of a Job by its namespace and name: as upstream, expectations and back-off go by name, not by UID.
  struct Entry {
    api::ObjectPtr job;  // null: not in the cache
    std::string namespace_, name;
    job::Expectations expectations;
    job::BackoffRecord backoff;
    std::int64_t job_written = 0, pods_written = 0;  // newest own writes (StaleControllerConsistencyJob)
    std::string told;                                // the last note about waiting, so that it is told once
    template <class Archive>
    void serialize(Archive& ar) {
      ar(job, namespace_, name, expectations, backoff, job_written, pods_written, told);
    }
  };

  // job_watch.cpp
  void onJob(Context& ctx, const apiserver::WatchEvent& event);
  void onPod(Context& ctx, const apiserver::WatchEvent& event);
  void podAdded(Context& ctx, const api::ObjectPtr& pod);
  void podChanged(Context& ctx, const api::ObjectPtr& pod, const api::ObjectPtr& previous);
  void podGone(Context& ctx, const api::ObjectPtr& pod, bool final);
  void cachePod(const apiserver::WatchEvent& event);
  Id idOf(const std::string& namespace_, const std::string& name);
  Id resolve(const api::Object& pod) const;  // the cached Job that controls the Pod; 0: none
  void enqueueBatched(Context& ctx, Id id);
  void enqueueOrphan(Context& ctx, const api::ObjectPtr& pod);
  void releaseFinalizers(Context& ctx, const api::Object& job);
  void startOrphans(Context& ctx);
  void orphanAnswered(Context& ctx, const apiserver::Call& call);

  // job_sync.cpp
  void startSyncs(Context& ctx);
  bool worthSync(Context& ctx, Id id);
  void run(Context& ctx, Id id);
  void work(Context& ctx, Id id, job::JobSync& sync);
  void createPods(Context& ctx, Id id, job::JobSync& sync);
  void createBatch(Context& ctx, Id id, job::JobSync& sync);
  void podCreated(Context& ctx, Id id, job::JobSync& sync, const apiserver::Call& call);
  void victimAnswered(Context& ctx, Id id, job::JobSync& sync, const apiserver::Call& call);
  void worked(Context& ctx, Id id, job::JobSync& sync);
  void stripFinalizers(Context& ctx, Id id, job::JobSync& sync);
  void finalizerAnswered(Context& ctx, Id id, job::JobSync& sync, const apiserver::Call& call);
  void finalizersGone(Context& ctx, Id id, job::JobSync& sync);
  void writeStatus(Context& ctx, Id id, job::JobSync& sync, job::Stage stage, Purpose purpose);
  void statusWritten(Context& ctx, Id id, job::JobSync& sync, const apiserver::Call& call);
  void finish(Context& ctx, Id id);
  void tellFinished(Context& ctx, const job::JobSync& sync);
  job::JobView viewOf(const Context& ctx, Id id, const job::JobSync& sync) const;
  void send(Context& ctx, Purpose purpose, Id id, std::uint32_t item, api::Request request);
  void note(Context& ctx, const api::Object& job, std::string text) const;
  const job::PodBase& baseOf(const api::Object& job, const std::string& pod_group);

  // job_workload.cpp
  void onWorkloadObject(const apiserver::WatchEvent& event);
  bool asksForWorkload(Context& ctx, Id id, job::JobSync& sync);
  void workloadCreated(Context& ctx, Id id, job::JobSync& sync, const apiserver::Call& call);

  KubernetesGates gates_;
  bool makes_workloads_ = false;  // not saved: the World's configuration
  job::WorkloadObjects workloads_, pod_groups_;
  apiserver::ClientId client_ = 0;
  std::map<std::pair<std::string, std::string>, Id> ids_;  // (namespace, name)
  std::map<Id, Entry> entries_;
  std::map<std::string, job::JobPods> pods_;  // by UID of the controlling Job
  job::SyncQueue queue_;
  std::map<Id, job::JobSync> syncs_;
  job::SyncQueue orphan_queue_;
  std::map<Id, api::ObjectPtr> orphans_;  // Pods whose finalizer may have to go, in their latest state
  std::map<std::string, Id> orphan_ids_;  // by UID
  bool orphan_at_work_ = false;
  CoreEventRecorder events_{"job-controller"};
  Id next_id_ = 1, next_orphan_ = 1;
  std::int64_t jobs_seen_ = 0, pods_seen_ = 0;  // revisions up to which the caches are
  std::uint64_t sync_count_ = 0;
  bool listing_ = false;
  // Derived, not saved: by Job UID, with the generation that it was made for.
  std::map<std::string, std::pair<std::int64_t, job::PodBase>> bases_;
};

}  // namespace jobset_twin::cluster
