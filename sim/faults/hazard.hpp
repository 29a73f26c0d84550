// hazard.hpp - random failures: for each unit the time of its next one, drawn from a stream of its own. Costs nothing
// per unit as time goes on: the earliest time of all is one kernel event.
//
// What is drawn depends on the seed, the fault's and the unit's name and how often the unit failed, on nothing else:
// the same failures hit every alternative of a what-if.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <cereal/types/map.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>

#include "sim/faults/fault.hpp"
#include "sim/kernel/random.hpp"
#include "sim/kernel/time.hpp"

namespace jobset_twin::faults {

class Hazards {
 public:
  struct Due {
    std::uint32_t fault = 0;
    std::string unit;
    std::uint64_t failures = 0;  // of this unit before this one
  };

  // The unit's next failure: a time drawn from now on. The stream is called `stream`. No-op while one is waited for.
  void arm(std::uint64_t seed, std::uint32_t fault, const std::string& unit, const std::string& stream,
           const TimeDistribution& distribution, TimePoint now);
  // It is gone, or does not run: nothing fails any more. A later arm() goes on in its stream.
  void disarm(std::uint32_t fault, const std::string& unit);
  void disarmAll(std::uint32_t fault);
  bool armed(std::uint32_t fault, const std::string& unit) const;
  std::optional<TimePoint> next() const;
  // Those that fail at or before `now`, in order; each must be armed again to fail once more.
  std::vector<Due> takeDue(TimePoint now);

  template <class Archive>
  void serialize(Archive& ar) {
    ar(units_, index_);
    if constexpr (Archive::is_loading::value) requeue();
  }

 private:
  struct Unit {
    std::uint32_t fault = 0;
    std::string name;
    kernel::Stream stream;
    std::uint64_t failures = 0;
    bool armed = false;
    TimePoint due{};
    template <class Archive>
    void serialize(Archive& ar) {
      ar(fault, name, stream, failures, armed);
      kernel::serializeTime(ar, due);
    }
  };
  void requeue();

  std::vector<Unit> units_;
  std::map<std::uint32_t, std::map<std::string, std::uint32_t, std::less<>>> index_;  // by fault and unit
  std::set<std::pair<TimePoint, std::uint32_t>> queue_;                               // of armed units
};

}  // namespace jobset_twin::faults
