// sent_values.hpp - the values that an input of a fuzz target holds, read as bodies of requests are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/api/yaml_reader.hpp"

namespace jobset_twin::fuzz {

// At least `count`, null where the input has fewer; none if it is no YAML or JSON.
inline std::vector<nlohmann::json> sentValues(const std::uint8_t* data, std::size_t size, std::size_t count) {
  const api::Documents documents = api::readDocuments({reinterpret_cast<const char*>(data), size}, "");
  if (!documents.errors.empty()) return {};
  std::vector<nlohmann::json> values;
  for (const api::Tree& tree : documents.trees) values.push_back(api::toJson(tree.root));
  if (values.size() < count) values.resize(count);
  return values;
}

inline void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace jobset_twin::fuzz
