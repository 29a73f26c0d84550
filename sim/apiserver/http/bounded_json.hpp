// bounded_json.hpp - a request's body as JSON, with the limits of every other text that is read (yaml_reader.hpp): what
// is too deep for the program's stack never becomes a value.
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "engine/api/yaml_reader.hpp"

namespace jobset_twin::apiserver::http {

// Nothing: not one JSON (or YAML) value, or beyond the limits; `problem` says what is wrong.
inline std::optional<nlohmann::json> boundedJson(const std::string& body, std::string& problem) {
  const api::Documents documents = api::readDocuments(body, "");
  if (!documents.errors.empty()) {
    problem = documents.errors.front().text;
    return std::nullopt;
  }
  if (documents.trees.size() != 1) {
    problem = "it must be one value";
    return std::nullopt;
  }
  return api::toJson(documents.trees.front().root);
}

}  // namespace jobset_twin::apiserver::http
