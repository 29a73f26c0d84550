#include "engine/api/json_at.hpp"

#include <nlohmann/json.hpp>

namespace jobset_twin::api {

const nlohmann::json* jsonAt(const nlohmann::json& of, std::initializer_list<const char*> path) {
  const nlohmann::json* at = &of;
  for (const char* name : path) {
    if (!at->is_object()) return nullptr;
    const auto found = at->find(name);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at;
}

std::string textAt(const nlohmann::json& of, std::initializer_list<const char*> path) {
  const nlohmann::json* found = jsonAt(of, path);
  return found && found->is_string() ? found->get<std::string>() : std::string();
}

std::string jsonProblem(std::string_view what) {
  const std::size_t end = what.starts_with("[json.exception.") ? what.find("] ") : std::string_view::npos;
  return std::string(end == std::string_view::npos ? what : what.substr(end + 2));
}

}  // namespace jobset_twin::api
