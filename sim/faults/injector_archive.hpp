// injector_archive.hpp - include this to save or load an Injector with the archives of engine/api/archive.hpp. The
// faults are those of the plan that it was made with.
#pragma once

#include <cereal/cereal.hpp>  // before chrono.hpp, which needs it and does not say so
#include <cereal/types/chrono.hpp>
#include <cereal/types/deque.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include "engine/api/request_archive.hpp"
#include "sim/faults/injector.hpp"

namespace jobset_twin::faults {

template <class Archive>
void serialize(Archive& ar, Injected& one) {
  auto& [fault, unit, objects, text, at, until, active, waits, armed, by_hazard, hazard_unit, lasts, memory] = one;
  ar(fault, unit, objects, text, at, until, active, waits, armed, by_hazard, hazard_unit, lasts, memory);
}

template <class Archive>
void Injector::serialize(Archive& ar) {
  ar(states_, injected_, hazards_, timer_, timer_at_, ends_pending_, armed_, crews_, seen_pods_, holds_);
  if constexpr (Archive::is_loading::value) {
    if (states_.size() != faults_.size()) api::damagedArchive("other faults");
    for (const Injected& one : injected_) {
      if (one.fault >= faults_.size()) api::damagedArchive("a fault that is none");
    }
  }
}

}  // namespace jobset_twin::faults
