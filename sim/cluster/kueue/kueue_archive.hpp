// kueue_archive.hpp - include this to save or load Kueue with the archives of engine/api/archive.hpp. What follows from
// objects (specs, quotas, views of Workloads) is worked out again.
#pragma once

#include <cereal/types/map.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include "engine/api/archive.hpp"
#include "sim/cluster/kueue/kueue.hpp"

namespace jobset_twin::cluster {

template <class Archive>
void Kueue::serialize(Archive& ar) {
  ar(client_, admission_events_, jobset_events_, job_events_, flavor_objects_, cohort_objects_, workload_classes_,
     priority_classes_, namespaces_, jobs_, workload_of_);
  ar(dirty_, cycling_, requeueing_, workers_, ids_, keys_, next_id_, running_, scheduled_, next_write_, not_ready_,
     awaited_);
  const auto each = [&](auto& map, auto&& fields) {
    std::uint64_t count = map.size();
    ar(count);
    if constexpr (Archive::is_loading::value) {
      map.clear();
      for (; count > 0; --count) {
        std::string key;
        ar(key);
        fields(map[key]);
      }
    } else {
      for (auto& [key, value] : map) {
        std::string name = key;
        ar(name);
        fields(value);
      }
    }
  };
  each(cluster_queues_, [&](ClusterQueue& queue) {
    ar(queue.object, queue.waiting, queue.charged, queue.active, queue.inactive_reason, queue.inactive_message);
  });
  each(local_queues_, [&](LocalQueue& queue) { ar(queue.object, queue.workloads, queue.pending, queue.reserving); });
  each(items_, [&](Item& item) {
    ar(item.view.object, item.writing, item.assumed, item.charged, item.usage, item.pending, item.local,
       item.counted_pending, item.counted_reserving);
  });
  if constexpr (Archive::is_loading::value) derive();
}

}  // namespace jobset_twin::cluster
