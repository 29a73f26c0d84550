#include "engine/jobset/feature_gates.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace jobset_twin::jobset {
namespace {

struct Gate {
  std::string_view name;
  bool FeatureGates::*member;
  bool alpha, locked;
};
constexpr std::array<Gate, 4> kGates = {{{"ElasticJobSet", &FeatureGates::ElasticJobSet, true, false},
                                         {"InPlaceRestart", &FeatureGates::InPlaceRestart, true, false},
                                         {"RestartJob", &FeatureGates::RestartJob, true, false},
                                         {"TLSOptions", &FeatureGates::TLSOptions, false, true}}};

std::string_view trim(std::string_view text) {
  const auto isSpace = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; };
  while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<bool> parseBool(std::string_view text) {  // Go's strconv.ParseBool
  static constexpr std::array<std::string_view, 6> kTrue = {"1", "t", "T", "true", "TRUE", "True"};
  static constexpr std::array<std::string_view, 6> kFalse = {"0", "f", "F", "false", "FALSE", "False"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return std::nullopt;
}

}  // namespace

std::string parseFeatureGates(std::string_view text, FeatureGates& gates) {
  std::vector<std::pair<std::string_view, bool>> wanted;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (item.empty()) continue;
    const std::size_t equals = item.find('=');
    const std::string_view name = trim(item.substr(0, equals));
    if (equals == std::string_view::npos) return fmt::format("missing bool value for {}", name);
    const std::string_view value = trim(item.substr(equals + 1));
    const std::optional<bool> parsed = parseBool(value);
    if (!parsed)
      return fmt::format("invalid value of {}={}, err: strconv.ParseBool: parsing \"{}\": invalid syntax", name, value,
                         value);
    const auto same = std::find_if(wanted.begin(), wanted.end(), [&](const auto& w) { return w.first == name; });
    if (same != wanted.end()) {
      same->second = *parsed;  // the last one counts
    } else {
      wanted.emplace_back(name, *parsed);
    }
  }
  FeatureGates result = gates;
  // AllAlpha and AllBeta first: what is named wins over them.
  for (const auto& [name, value] : wanted) {
    if (name != "AllAlpha") continue;
    for (const Gate& gate : kGates) {
      if (gate.alpha) result.*gate.member = value;
    }
  }
  for (const auto& [name, value] : wanted) {
    if (name == "AllAlpha" || name == "AllBeta") continue;
    const auto gate = std::find_if(kGates.begin(), kGates.end(), [&, n = name](const Gate& g) { return g.name == n; });
    if (gate == kGates.end()) return fmt::format("unrecognized feature gate: {}", name);
    if (gate->locked && !value)
      return fmt::format("cannot set feature gate {} to {}, feature is locked to {}", name, value, true);
    result.*(gate->member) = value;
  }
  gates = result;
  return {};
}

}  // namespace jobset_twin::jobset
