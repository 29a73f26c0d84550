// planner.hpp - the answer to a CapacityPlan: bounds first, then settings, then the search for counts, then what the
// answer rests on - the bottleneck, one more node of each type, more load.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/planning/bounds.hpp"
#include "scenarios/planning/read_capacity_plan.hpp"
#include "scenarios/planning/search.hpp"
#include "scenarios/planning/settings.hpp"
#include "scenarios/study/farm.hpp"

namespace jobset_twin::scenarios::planning {

struct PlannerOptions {
  std::uint64_t seed = 1;
  bool sensitivity = true;  // also one more node, and more load
  study::Farm farm;
  std::function<void(const std::string& what)> progress;  // a line, now and then
  std::function<bool()> stopped;
};

// A change of the answer, and what becomes of the levels.
struct Variation {
  std::string what;  // "one more gpu", "10 % more load"
  Counts counts;
  double growth = 1;
  Judgement judgement;
  study::Difference gain;  // of the worst level's share, against the answer, by pairs of runs; of one more node
};

enum class Outcome : std::uint8_t {
  kMet,       // search.best is the answer
  kNotShown,  // no candidate was shown to meet the levels, and not all were shown to miss
  kCannot,    // none can: by bounds, by theory, or by runs
  kStopped
};

struct Answer {
  Outcome outcome = Outcome::kStopped;
  CapacityPlan plan;                 // with the chosen settings; counts of types with spares include them
  std::vector<std::int32_t> spares;  // of each type
  std::string why_not;               // of kCannot by bounds: in words
  std::vector<Bounds::Hopeless> hopeless;
  std::vector<std::optional<SteadyCase>> steady;  // of each workload
  std::vector<WorkloadLoad> loads;
  std::vector<std::pair<std::string, double>> demand;  // on average, by resource
  std::vector<std::pair<std::string, double>> use;     // of the answer, or of the closest
  std::size_t candidates = 0, ruled_out = 0;           // by the bounds
  std::optional<Counts> guess;                         // what theory says
  std::optional<SettingsResult> settings;
  SearchResult search;
  std::vector<Variation> more_nodes, more_load;
  bool variations_cut = false;  // they were interrupted: not all are there
  std::size_t runs = 0;
  std::uint64_t seed = 1;
};

struct PlannerResult {
  Answer answer;
  api::Errors errors;  // not empty: there is no answer
};
// tree, options: as the plan was read.
PlannerResult answerPlan(const api::Tree& tree, const PlanReadOptions& read, const CapacityPlan& plan,
                         const PlannerOptions& options);

}  // namespace jobset_twin::scenarios::planning
