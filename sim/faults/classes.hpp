// classes.hpp - the classes of faults: the word for each, what it can hit and which fields it takes. One table, from
// which reading, checks, documentation and reports are made.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sim/faults/fault.hpp"

namespace jobset_twin::faults {

// What one hit is: a Pod, a node (or a domain of them at once), a group of Pods taken together, or a part of the
// cluster of which there is one.
enum class Scope : std::uint8_t { kPods, kNodes, kGroup, kCluster };

struct ClassInfo {
  FaultClass value;
  std::string_view verb;  // "node-fail"
  Scope scope;
  std::string_view fields;  // those of its own, separated by spaces; with a "!" those that it must have
  bool lasts;               // takes `for` or `repair`
  bool running;             // of Pods: hits running ones only
  std::string_view doc;     // one line
  Duration usual{};         // how long it lasts when nothing is said; 0: for good
};

std::span<const ClassInfo> faultClasses();
const ClassInfo& classInfo(FaultClass value);
const ClassInfo* findClass(std::string_view verb);  // null: none
std::vector<std::string> classVerbs();

// The fields of its class that a fault has, with their values, in the order of the documentation.
using FieldValue = std::variant<std::string, std::int64_t, double, bool, Duration, std::vector<std::string>>;
std::vector<std::pair<std::string_view, FieldValue>> fieldsOf(const Fault& fault);

// Whether the class takes the field; `required`: it must be there.
bool classTakes(const ClassInfo& info, std::string_view field, bool* required = nullptr);

}  // namespace jobset_twin::faults
