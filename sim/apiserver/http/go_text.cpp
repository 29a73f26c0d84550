#include "sim/apiserver/http/go_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace jobset_twin::apiserver::http {

std::string goText(const nlohmann::json& value) {
  if (value.is_null()) return "<nil>";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_structured()) return value.dump();
  std::string out;
  for (const auto& [key, inner] : value.items()) {
    if (!out.empty()) out += ' ';
    if (value.is_object()) out += key + ":";
    out += goText(inner);
  }
  return (value.is_object() ? "map[" : "[") + out + "]";
}

std::string cannotUnmarshal(const nlohmann::json& value, const std::string& field, const char* type) {
  const char* is = value.is_boolean() ? "bool" : value.is_number() ? "number" : value.type_name();
  return fmt::format("json: cannot unmarshal {} into Go struct field {} of type {}", is, field, type);
}

}  // namespace jobset_twin::apiserver::http
