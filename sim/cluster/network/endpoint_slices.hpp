// endpoint_slices.hpp - the endpointslice controller of kube-controller-manager as a component: caches, one queue with
// a key for each Service, 5 workers, and the memory of its own writes (K-DNS-1 to K-DNS-5). What a sync writes is
// decided in endpoint_packing.hpp.
//
// A change of a Pod marks it in the Services that select it, and so does a change of its endpoint in a slice by
// somebody else (or one of its own that is seen before its answer); a sync looks at marked Pods only, unless the
// Service itself was changed. Not here: the older Endpoints objects (K-DNS-6), mirrored ones, topology hints. Source:
// kubernetes 1.36 pkg/controller/endpointslice, staging/src/k8s.io/endpointslice.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/cluster/component.hpp"
#include "sim/cluster/job/sync_queue.hpp"
#include "sim/cluster/network/endpoint_packing.hpp"

namespace jobset_twin::cluster {

// What can be wrong with the controller: its syncs take `lag` longer, or there are none.
struct EndpointsFault {
  kernel::Duration lag{};
  bool paused = false;

  template <class Archive>
  void serialize(Archive& ar) {
    kernel::serializeDuration(ar, lag);
    ar(paused);
  }
};

class EndpointSlices {
 public:
  void start(Context& ctx);
  void stop(Context& ctx) { queue_.cancelTimers(ctx.kernel); }
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  // Faults, by number; several at once add up. Ending one that is not there does nothing.
  void beginFault(std::uint64_t number, EndpointsFault fault) { faults_.insert_or_assign(number, fault); }
  void endFault(Context& ctx, std::uint64_t number);

  std::uint64_t syncs() const { return sync_count_; }        // begun so far, those with nothing to do left out
  std::uint64_t podsLooked() const { return pods_looked_; }  // Pods that syncs have looked at so far

  template <class Archive>
  void serialize(Archive& ar) {
    ar(client_, ids_, entries_, pod_ids_, pods_, keys_, buckets_, zones_, queue_, syncs_, next_id_, next_pod_,
       sync_count_, pods_looked_, faults_);
  }

 private:
  using Id = job::SyncQueue::Id;
  using PodId = std::uint32_t;
  using Name = std::pair<std::string, std::string>;  // namespace, name
  enum Timer : std::uint16_t { kSyncDue = kFirstTimer, kSyncRun };

  // A Service by its name, and what is known of its slices.
  struct Entry {
    Name name;
    api::ObjectPtr service;  // null: not in the cache
    network::SliceMap slices;
    network::Places where;
    std::set<std::string> dirty;                   // names of Pods
    bool full = false;                             // all Pods are to be looked at
    bool relabel = false;                          // the slices' labels are to be looked at
    std::map<std::string, std::int64_t> expected;  // own writes: generation by UID of the slice, or kDeletion
    std::int32_t failures = 0;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(name, service, slices, where, dirty, full, relabel, expected, failures);
    }
  };
  struct Step {
    api::Verb verb = api::Verb::kCreate;
    api::ObjectPtr slice;
    template <class Archive>
    void serialize(Archive& ar) {
      auto number = static_cast<std::uint8_t>(verb);
      ar(number, slice);
      verb = static_cast<api::Verb>(number);
    }
  };
  // One sync under way: its requests go out one after the other.
  struct Sync {
    std::vector<Step> steps;
    std::uint32_t next = 0;
    std::set<std::string> pods;   // looked at: looked at again if it fails
    std::set<std::string> again;  // on a node that is not known (yet)
    bool full = false, relabel = false;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(steps, next, pods, again, full, relabel);
    }
  };
  // Pods and Services of a namespace that have the same value of a label by which some Service there selects (first of
  // its selector).
  struct Bucket {
    std::set<Id> services;
    std::set<PodId> pods;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(services, pods);
    }
  };
  using BucketKey = std::pair<std::string, std::pair<std::string, std::string>>;  // namespace, (label, value)

  void onService(const apiserver::WatchEvent& event);
  void onPod(const apiserver::WatchEvent& event);
  void onSlice(Context& ctx, const apiserver::WatchEvent& event);
  static void replaceSlice(Entry& entry, const api::ObjectPtr& old, const api::ObjectPtr& now, bool mark);
  Id idOf(const Name& name);
  void index(Id id, const api::Object& service, bool add);
  void indexPod(PodId pod, const api::Object& object, bool add);
  void markServices(const api::Object& pod);
  void dropIfGone(Id id);

  void startSyncs(Context& ctx);
  void run(Context& ctx, Id id);
  std::vector<network::Wish> wishesOf(const Entry& entry, Sync& sync);
  void sendNext(Context& ctx, Id id, Sync& sync);
  void finish(Context& ctx, Id id, bool ok);

  apiserver::ClientId client_ = 0;
  std::map<Name, Id> ids_;
  std::map<Id, Entry> entries_;
  std::map<Name, PodId> pod_ids_;
  std::map<PodId, api::ObjectPtr> pods_;               // in order of appearance
  std::map<std::string, std::set<std::string>> keys_;  // labels by which Services of a namespace select
  std::map<BucketKey, Bucket> buckets_;
  std::map<std::string, std::string> zones_;  // of the nodes; "": none
  job::SyncQueue queue_;
  std::map<Id, Sync> syncs_;
  Id next_id_ = 1;
  PodId next_pod_ = 1;
  std::uint64_t sync_count_ = 0, pods_looked_ = 0;
  std::map<std::uint64_t, EndpointsFault> faults_;
};

}  // namespace jobset_twin::cluster
