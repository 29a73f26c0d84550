// resolve.hpp - --resolve NAME: what the cluster's DNS answers to a name at the end of the run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "scenarios/outcome.hpp"
#include "scenarios/run.hpp"

namespace jobset_twin::cli {

struct Resolution {
  std::string name;
  bool answered = true;  // false: no name server did
  bool exists = false;
  std::vector<std::string> addresses;
  std::string answered_name;                  // in full
  std::optional<scenarios::TimePoint> since;  // known for Pods' names; of `formerly`, if there is one
  std::string nearest;                        // if it does not exist: the nearest that does, or ""
  std::string formerly;  // if no such exists either: the nearest that a Pod had while it ran, or ""
};

// As a Pod of `namespace_` would ask.
std::vector<Resolution> resolveNames(scenarios::Run& run, const scenarios::Outcome& outcome,
                                     const std::vector<std::string>& names, const std::string& namespace_);
// "NAME resolves to 10.0.0.1 since 3.2 s".
std::string resolutionText(const Resolution& resolution, scenarios::TimePoint start);
nlohmann::json resolutionJson(const std::vector<Resolution>& resolutions, scenarios::TimePoint start);

}  // namespace jobset_twin::cli
