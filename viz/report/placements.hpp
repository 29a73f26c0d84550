// placements.hpp - why a Pod went where it went: each try of the scheduler, with the nodes that were refused and why,
// and of the others the score of each plugin, as the scheduler noted them (sim/cluster/scheduler/decision_note.hpp).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/api/time.hpp"
#include "scenarios/observer.hpp"

namespace jobset_twin::viz::report {

struct PlacementTry {
  api::TimePoint at{};
  std::string pod;          // "default/x-w-0-0-abcde"
  nlohmann::json decision;  // the note
};

class Placements : public scenarios::Observer {
 public:
  void onChange(const apiserver::WatchEvent&) override {}
  void onNote(const kernel::Note& note) override;
  // Of the Pods that have this name, with or without its random end, in order of time.
  std::vector<const PlacementTry*> of(const std::string& pod) const;

 private:
  std::vector<PlacementTry> tries_;
};

// Text for people: of each try, at most so many nodes.
std::string placementsText(const std::vector<const PlacementTry*>& tries, const std::string& pod, api::TimePoint start);
nlohmann::json placementsJson(const std::vector<const PlacementTry*>& tries, api::TimePoint start);

}  // namespace jobset_twin::viz::report
