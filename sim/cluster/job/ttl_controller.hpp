// ttl_controller.hpp - deletes Jobs some time after they have finished (spec.ttlSecondsAfterFinished, K-JOB-81).
//
// Source: kubernetes pkg/controller/ttlafterfinished. Works on Jobs only; a JobSet's own TTL is the JobSet
// controller's.
#pragma once

#include <cereal/cereal.hpp>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "sim/cluster/component.hpp"
#include "sim/cluster/job/sync_queue.hpp"

namespace jobset_twin::cluster {

// When the Job is to be deleted: finish time (of one-second precision) plus TTL. Empty: it has no TTL, has not
// finished, or is being deleted already.
std::optional<api::TimePoint> jobExpiry(const api::Object& job);

class TtlController {
 public:
  void start(Context& ctx);
  void stop(Context& ctx) { queue_.cancelTimers(ctx.kernel); }
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  template <class Archive>
  void serialize(Archive& ar) {
    ar(client_, ids_, jobs_, queue_, working_, next_id_);
  }

 private:
  using Id = job::SyncQueue::Id;
  using Name = std::pair<std::string, std::string>;  // namespace, name
  void startWork(Context& ctx);
  bool waitIfEarly(Context& ctx, Id id, const api::Object& job);  // false: it is time
  void finish(Context& ctx, Id id, bool failed);

  apiserver::ClientId client_ = 0;
  std::map<Name, Id> ids_;
  std::map<Id, api::ObjectPtr> jobs_;  // those with a TTL that have finished
  job::SyncQueue queue_;
  std::int32_t working_ = 0;
  Id next_id_ = 1;
};

}  // namespace jobset_twin::cluster
