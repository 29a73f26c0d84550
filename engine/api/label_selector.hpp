// label_selector.hpp - label selectors: the structured one of the API and the string form of `-l`.
//
// Matching follows apimachinery labels.Requirement.Matches: NotIn and DoesNotExist match an absent key; Gt and Lt (node
// selectors only) compare whole numbers and fail on anything else. Validation of keys and values: names.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/result.hpp"
#include "engine/api/string_map.hpp"

namespace jobset_twin::api {

struct LabelSelectorRequirement {
  std::string key, operator_;  // In | NotIn | Exists | DoesNotExist
  std::vector<std::string> values;
  friend bool operator==(const LabelSelectorRequirement&, const LabelSelectorRequirement&) = default;
};

struct LabelSelector {
  StringMap matchLabels;
  std::vector<LabelSelectorRequirement> matchExpressions;
  friend bool operator==(const LabelSelector&, const LabelSelector&) = default;
};

// One requirement on labels; `op` may also be Gt or Lt. An unknown operator never matches (validation refuses it
// earlier).
bool matchesRequirement(std::string_view key, std::string_view op, const std::vector<std::string>& values,
                        const StringMap& labels);

// An empty selector matches everything (what an absent one means is the caller's to know).
bool matches(const LabelSelector& selector, const StringMap& labels);

// kubectl's -l and the API's labelSelector parameter: "a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1". "" selects
// everything.
// `=` and `==` become In with one value, `!=` NotIn, `>` Gt and `<` Lt.
Result<LabelSelector> parseSelector(std::string_view text);

// "app=web,tier in (a,b),!old": as kubectl prints selectors; "<none>" when empty.
std::string formatSelector(const LabelSelector& selector);

}  // namespace jobset_twin::api
