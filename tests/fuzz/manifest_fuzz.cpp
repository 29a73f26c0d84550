// manifest_fuzz.cpp - manifests, as YAML or JSON: what can be read as an object is written and read to the same again.
#include "engine/api/read.hpp"
#include "engine/api/write.hpp"
#include "tests/fuzz/sent_values.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jobset_twin;
  const api::Documents documents = api::readDocuments({reinterpret_cast<const char*>(data), size}, "sent.yaml");
  for (const api::Tree& document : documents.trees) {
    for (const api::Tree& tree : api::expandList(document)) {
      api::Errors warnings;
      const auto object = api::readObject(tree, api::Validation::kWarn, warnings);
      if (!object.ok()) continue;
      const nlohmann::json written = api::toJson(**object);
      const auto again = api::fromJson(written, api::Validation::kStrict);
      fuzz::require(again.ok() && api::toJson(**again) == written);
    }
  }
  return 0;
}
