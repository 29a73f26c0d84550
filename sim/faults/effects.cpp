#include "sim/faults/effects.hpp"

namespace jobset_twin::faults {

bool hold(Holds& holds, const std::string& what) { return ++holds[what] == 1; }

bool release(Holds& holds, const std::string& what) {
  const auto found = holds.find(what);
  if (found == holds.end() || --found->second > 0) return false;
  holds.erase(found);
  return true;
}

std::string beginOnCluster(const Effect& effect) { return beginOnApi(effect); }

std::string endOnCluster(const Effect& effect, bool& missed) { return endOnApi(effect, missed); }

}  // namespace jobset_twin::faults
