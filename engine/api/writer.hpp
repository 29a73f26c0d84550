// writer.hpp - JSON values as text, the way kubectl prints them.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace jobset_twin::api {

// `-o json`: keys in ascending order, 4 spaces, no newline at the end. indent -1: one line without spaces.
// Text that is not UTF-8 is written with U+FFFD in place of each bad byte.
std::string writeJson(const nlohmann::json& json, int indent = 4);

// `-o yaml`: block style, sorted keys, lists not indented below their key, quotes only where a reader would misread the
// word, "|" for text of several lines, long lines folded at 80. Ends with a newline. Source: go-yaml v2 encode.go,
// emitterc.go, sorter.go.
std::string writeYaml(const nlohmann::json& json);

}  // namespace jobset_twin::api
