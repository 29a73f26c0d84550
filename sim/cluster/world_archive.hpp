// world_archive.hpp - include this to save or load the components of a World with the archives of
// engine/api/archive.hpp.
#pragma once

#include <cereal/types/deque.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>

#include "engine/runtime/runtime_archive.hpp"
#include "sim/apiserver/store_archive.hpp"
#include "sim/cluster/kubelet/kubelet_archive.hpp"
#include "sim/cluster/kueue/kueue_archive.hpp"
#include "sim/cluster/nodes/node_lifecycle_archive.hpp"
#include "sim/cluster/scheduler/scheduler_archive.hpp"
#include "sim/cluster/world_parts.hpp"

namespace jobset_twin::cluster {

template <class Archive>
void JobSetController::serialize(Archive& ar) {
  ar(leads_, cache_, client_, events_, pod_events_, metrics_);
  for (Worker* w : {&jobsets_, &pods_})
    ar(w->queue, w->driver, w->key, w->passing, w->timer, w->timer_event, w->last_error);
}

template <class Archive>
void serialize(Archive& ar, Submission& submission) {
  kernel::serializeTime(ar, submission.at);
  ar(submission.request, submission.origin);
}
template <class Archive>
void serialize(Archive& ar, World::Refused& refused) {
  ar(refused.submission, refused.response);
}

// Everything that decides how a world goes on, but for its state: two worlds with equal bytes are made alike.
std::string configurationBytes(const WorldConfig& config);

}  // namespace jobset_twin::cluster
