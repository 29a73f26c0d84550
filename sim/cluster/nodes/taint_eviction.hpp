// taint_eviction.hpp - the taint eviction controller: deletes Pods that do not tolerate a NoExecute taint of their
// node, at once or when they have tolerated it for as long as they say (K-NODE-9).
//
// Source: kubernetes pkg/controller/tainteviction (own controller since 1.29, timed_workers.go). Deletions are not rate
// limited but by the client.
#pragma once

#include <cereal/cereal.hpp>
#include <map>
#include <string>
#include <vector>

#include "sim/cluster/component.hpp"
#include "sim/cluster/events/event_recorder.hpp"
#include "sim/cluster/nodes/node_cache.hpp"

namespace jobset_twin::cluster {

// How long the tolerations let a Pod stay on a node with these NoExecute taints.
struct Tolerance {
  enum class Kind : std::uint8_t { kNone, kSome, kForEver } kind = Kind::kNone;
  kernel::Duration time{};  // kSome: the shortest of those that match
};
Tolerance toleranceOf(const std::vector<api::Taint>& no_execute, const std::vector<api::Toleration>& tolerations);

class TaintEviction {
 public:
  void start(Context& ctx);
  void stop(Context& ctx);
  void onNode(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event);
  void onPod(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint64_t a);

  template <class Archive>
  void serialize(Archive& ar) {
    ar(client_, events_, ids_, works_, next_id_);
  }

 private:
  struct Work {
    PodName pod;
    api::ObjectPtr object;  // as it was when the work was planned: for Events
    bool fired = false;     // being deleted, or deleted: nothing more is planned until it is cancelled
    std::int32_t tries = 0;
    kernel::TimePoint created{};
    kernel::EventHandle timer;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(pod, object, fired, tries, timer);
      kernel::serializeTime(ar, created);
    }
  };
  void process(Context& ctx, const api::ObjectPtr& pod, const std::vector<api::Taint>& no_execute);
  void add(Context& ctx, const api::ObjectPtr& pod, kernel::TimePoint created, kernel::TimePoint fire_at);
  void cancel(Context& ctx, const PodName& pod);
  void fire(Context& ctx, std::uint64_t id);
  void read(Context& ctx, std::uint64_t id);

  apiserver::ClientId client_ = 0;
  CoreEventRecorder events_{"taint-eviction-controller"};
  std::map<PodName, std::uint64_t> ids_;
  std::map<std::uint64_t, Work> works_;
  std::uint64_t next_id_ = 1;
};

}  // namespace jobset_twin::cluster
