#include "sim/faults/effects.hpp"

namespace jobset_twin::faults {

bool hold(Holds& holds, const std::string& what) { return ++holds[what] == 1; }

bool release(Holds& holds, const std::string& what) {
  const auto found = holds.find(what);
  if (found == holds.end() || --found->second > 0) return false;
  holds.erase(found);
  return true;
}

namespace {

enum class Part : std::uint8_t { kImages, kNetwork, kApi, kControllers };

Part partOf(FaultClass value) {
  if (value <= FaultClass::kImageMissing) return Part::kImages;
  if (value <= FaultClass::kPodPartition) return Part::kNetwork;
  return value <= FaultClass::kEtcdCompaction ? Part::kApi : Part::kControllers;
}

}  // namespace

std::string beginOnCluster(const Effect& effect) {
  switch (partOf(effect.fault.class_)) {
    case Part::kImages: return beginOnImages(effect);
    case Part::kNetwork: return beginOnNetwork(effect);
    case Part::kApi: return beginOnApi(effect);
    case Part::kControllers: break;
  }
  return beginOnController(effect);
}

std::string endOnCluster(const Effect& effect, bool& missed) {
  switch (partOf(effect.fault.class_)) {
    case Part::kImages: endOnImages(effect); break;
    case Part::kNetwork: endOnNetwork(effect); break;
    case Part::kApi: return endOnApi(effect, missed);
    case Part::kControllers: endOnController(effect); break;
  }
  return {};
}

}  // namespace jobset_twin::faults
