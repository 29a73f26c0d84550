// node_lifecycle_archive.hpp - include this to save or load the node lifecycle controller.
#pragma once

#include <cereal/types/array.hpp>
#include <cereal/types/deque.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include "engine/api/request_archive.hpp"
#include "sim/cluster/nodes/node_lifecycle.hpp"

namespace jobset_twin::cluster {

template <class Archive>
void NodeLifecycle::serialize(Archive& ar) {
  ar(client_, events_, clock_, polls_, health_, zones_, agenda_[0], agenda_[1], retry_, zones_changed_, all_down_);
  ar(next_work_, works_, passing_, pass_nodes_, release_nodes_, passed_, marked_, pass_workers_, updates_, updating_,
     update_workers_, tainting_, poll_timer_);
  kernel::serializeTime(ar, pass_began_);
}

}  // namespace jobset_twin::cluster
