// json_at.hpp - a look into JSON that may be anything, as of objects that are stored as trees.
#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace jobset_twin::api {

// The value at a path of member names; null if something on the way is no object or has no such member.
const nlohmann::json* jsonAt(const nlohmann::json& of, std::initializer_list<const char*> path);
// The string there; "" if there is none.
std::string textAt(const nlohmann::json& of, std::initializer_list<const char*> path);

// What an exception of the JSON library says, without its own number: "[json.exception.out_of_range.403] key …".
std::string jsonProblem(std::string_view what);

}  // namespace jobset_twin::api
