// patch_fuzz.cpp - two values, a document and a patch of it: as a merge patch, which done twice is done once, and as a
// strategic one of several kinds.
#include "engine/api/patch.hpp"
#include "tests/fuzz/sent_values.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jobset_twin;
  const std::vector<nlohmann::json> values = fuzz::sentValues(data, size, 2);
  if (values.empty()) return 0;
  nlohmann::json merged = values[0];
  api::applyMergePatch(merged, values[1]);
  const nlohmann::json once = merged;
  api::applyMergePatch(merged, values[1]);
  fuzz::require(merged == once);
  for (const api::Kind kind : {api::Kind::kPod, api::Kind::kJob, api::Kind::kJobSet, api::Kind::kNode}) {
    nlohmann::json target = values[0];
    static_cast<void>(api::applyStrategicPatch(target, values[1], kind));
  }
  return 0;
}
