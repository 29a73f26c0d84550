// disruption.hpp - the disruption controller: keeps the status of PodDisruptionBudgets, by which the eviction
// subresource decides (K-NODE-18, 19).
//
// Source: kubernetes pkg/controller/disruption. The only controllers of Pods here are Jobs, which have no scale: a
// percentage or maxUnavailable cannot be worked out for their Pods. A budget that failed is worked out again when it or
// one of its Pods changes, not by retries.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "sim/apiserver/disruption_budget.hpp"
#include "sim/cluster/component.hpp"
#include "sim/cluster/events/event_recorder.hpp"
#include "sim/cluster/nodes/node_cache.hpp"

namespace jobset_twin::cluster {

class Disruption {
 public:
  void start(Context& ctx);
  void expectLists() { listing_ = true; }  // before the lists of a fresh process: budgets wait for synced()
  void synced(Context& ctx);
  void stop(Context& ctx);
  void onBudget(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event);
  void onPod(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint64_t a);

  template <class Archive>
  void serialize(Archive& ar) {
    ar(client_, events_, ids_, budgets_, next_id_, listing_);
    if constexpr (Archive::is_loading::value) {
      for (auto& [id, budget] : budgets_) budget.read = apiserver::readBudget(*budget.object);
    }
  }

 private:
  using Name = std::pair<std::string, std::string>;  // namespace, name
  struct Budget {
    api::ObjectPtr object;
    apiserver::DisruptionBudget read;            // what the object says
    std::map<std::string, api::ObjectPtr> pods;  // that it covers, by name
    bool writing = false, dirty = false;
    kernel::EventHandle recheck;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(object, pods, writing, dirty, recheck);
    }
  };
  void sync(Context& ctx, std::uint64_t id);
  // How many Pods there should be, and how many of them healthy; "" or why that cannot be said.
  std::string expect(Context& ctx, const Budget& budget, apiserver::DisruptionBudget& status);

  apiserver::ClientId client_ = 0;
  CoreEventRecorder events_{"controllermanager"};
  std::map<Name, std::uint64_t> ids_;
  std::map<std::uint64_t, Budget> budgets_;
  std::uint64_t next_id_ = 1;
  bool listing_ = false;
};

}  // namespace jobset_twin::cluster
