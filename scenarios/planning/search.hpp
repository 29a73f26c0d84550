// search.hpp - the cheapest counts of nodes that meet the service levels, by as few runs as it takes.
//
// All counts that the bounds allow stand in order of price. More room is taken not to make it worse, so a candidate
// that misses rules out all on which no more Pods have room, and one that meets rules out all that cost as much or
// more. The search begins where theory puts the answer, walks in growing steps until both sides are known, and halves
// what is left. A candidate is run until it is decided or has had its runs; one that stays open is not taken, and is
// told.
//
// Of many candidates the best has had luck. So the answer is run anew with other seeds; if it does not hold, the search
// goes on.
//
// What a run is, the caller says: simulations, or any other model in tests.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/planning/build_scenario.hpp"
#include "scenarios/planning/verdict.hpp"

namespace jobset_twin::scenarios::planning {

// Runs trials, and gives what each showed, in their order. Fewer: it was stopped.
using Evaluate = std::function<std::vector<Observed>(const std::vector<Trial>&)>;

struct Tried {
  Counts counts;
  double price = 0;
  Judgement judgement;
};

struct JudgeOptions {
  std::vector<double> wanted;  // share of each level
  double confidence = 0.95;
  std::size_t most_runs = 64;
  std::uint64_t seed = 1;  // of the first run; the others follow. The same for all candidates
};

// Runs candidates as often as it takes, and keeps what it has seen of them.
class Judge {
 public:
  Judge(JudgeOptions options, Evaluate evaluate) : options_(std::move(options)), evaluate_(std::move(evaluate)) {}

  // Goes on until it is decided, or has had its runs, or so many.
  Judgement decide(const Counts& counts, double growth = 1, std::size_t most_runs = SIZE_MAX);
  // Exactly so many runs, or more if there are more already.
  const std::vector<Observed>& observe(const Counts& counts, double growth, std::size_t runs);
  Judgement judged(const std::vector<Observed>& runs) const;
  // Runs it anew with seeds by which nothing was chosen (confirmingRuns). What comes of that is what decide() says from
  // then on.
  Judgement confirm(const Counts& counts);
  bool confirmed(const Counts& counts) const { return confirmed_.contains(counts); }

  const JudgeOptions& options() const { return options_; }
  std::size_t runs() const { return runs_; }
  bool stopped() const { return stopped_; }

 private:
  JudgeOptions options_;
  Evaluate evaluate_;
  std::map<std::pair<Counts, double>, std::vector<Observed>> seen_;
  std::map<Counts, Judgement> confirmed_;
  void add(const std::vector<Trial>& trials, std::vector<Observed>& to);
  std::size_t runs_ = 0;
  bool stopped_ = false;
};

struct SearchSpace {
  std::vector<Counts> candidates;  // cheapest first
  std::vector<double> prices;
  std::vector<std::vector<double>> room;  // of each: how much room it has, in ways that cannot be compared
  std::size_t begin = 0;                  // where theory puts the answer
  double tolerance = 0;                   // what is cheaper by less than this share of the price is not worth a look
};
// What is known of counts before anything runs (bounds.hpp).
struct Foreknown {
  std::function<bool(const Counts&)> may, likely;
  std::function<std::vector<double>(const Counts&)> room;
};
// All counts of the plan that `may` does not rule out. problem: not "", there are too many.
SearchSpace searchSpace(const CapacityPlan& plan, const Foreknown& known, std::string& problem);

struct SearchResult {
  std::optional<Tried> best;  // absent: none was shown to meet the levels
  // The cheapest that was not ruled out: it may do as well, but so many runs could not show it. The answer without
  // noise lies between the two.
  std::optional<Tried> least;
  std::vector<Tried> tried;      // in order of price
  std::optional<Tried> closest;  // without a best: what came nearest
};
// The same space with nodes of some types only. keep: of each type, whether it may vary; the others have as many as
// `begin`, where the search is to begin.
SearchSpace without(const SearchSpace& space, const std::vector<bool>& keep, const Counts& begin);

SearchResult search(const SearchSpace& space, Judge& judge, const std::function<void(const Tried&)>& tell = {});

}  // namespace jobset_twin::scenarios::planning
