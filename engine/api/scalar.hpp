// scalar.hpp - what an unquoted YAML word means to Kubernetes: null, boolean, number or string.
//
// Source: sigs.k8s.io/yaml (1.4 and later) with its go-yaml v2: YAML 1.1 booleans (y, yes, on and their opposites), 0x,
// 0o, 0b and leading-zero octals, underscores in numbers, timestamps stay strings, no base 60. Numbers pass through
// JSON there, so a float that is whole (1e3, 5.0) is an integer afterwards.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/api/tree.hpp"

namespace jobset_twin::api {

// Sets kind and value of a plain (unquoted) scalar. False: a number that JSON cannot hold (NaN, infinity).
[[nodiscard]] bool setPlainScalar(TreeNode& node, std::string_view text);

// True if an unquoted `text` would be read as a string by everybody (a timestamp is one only to us).
bool readsAsString(std::string_view text);

void setInteger(TreeNode& node, std::int64_t value);
void setUnsigned(TreeNode& node, std::uint64_t value);  // above int64: a kDouble whose text has all digits
void setDouble(TreeNode& node, double value);           // value must be finite
std::string goDouble(double value);                     // as Go's encoding/json prints a float64

}  // namespace jobset_twin::api
