// feature_gates.hpp - JobSet's own feature gates with upstream's defaults (spec/jobset.md section 1).
#pragma once

#include <string>
#include <string_view>

namespace jobset_twin::jobset {

struct FeatureGates {
  bool InPlaceRestart = false;
  bool RestartJob = false;
  bool ElasticJobSet = false;
  bool TLSOptions = true;  // locked: cannot be switched off
  friend bool operator==(const FeatureGates&, const FeatureGates&) = default;
};

// Parses "RestartJob=true,InPlaceRestart=false" over `gates`. Returns "" or what is wrong, in upstream's words
// (unknown gate, locked gate, no boolean).
std::string parseFeatureGates(std::string_view text, FeatureGates& gates);

}  // namespace jobset_twin::jobset
