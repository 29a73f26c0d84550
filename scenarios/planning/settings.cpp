#include "scenarios/planning/settings.hpp"

#include <algorithm>
#include <numeric>

namespace jobset_twin::scenarios::planning {
namespace {

constexpr std::size_t kFirstRuns = 4;

// Of the first `count` runs.
double meanMerit(const std::vector<Observed>& runs, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += runs[i].merit;
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

std::vector<std::optional<double>> merits(const std::vector<Observed>& runs, std::size_t count) {
  std::vector<std::optional<double>> out;
  for (std::size_t i = 0; i < count; ++i) out.emplace_back(runs[i].merit);
  return out;
}

}  // namespace

SettingsResult chooseSettings(std::vector<Combination> combinations, const RunCombination& run, std::size_t most_runs,
                              double confidence) {
  SettingsResult out;
  std::vector<std::size_t> alive(combinations.size());
  std::iota(alive.begin(), alive.end(), 0);
  std::size_t round = 1;
  bool stopped = false;
  for (out.runs = std::min(kFirstRuns, most_runs); !stopped; out.runs = std::min(out.runs * 2, most_runs), ++round) {
    for (const std::size_t at : alive) {
      Combination& one = combinations[at];
      if (stopped || one.runs.size() >= out.runs) continue;
      std::vector<Observed> more = run(at, one.runs.size(), out.runs - one.runs.size());
      stopped = more.size() < out.runs - one.runs.size();
      for (Observed& observed : more) one.runs.push_back(std::move(observed));
      one.merit = meanMerit(one.runs, one.runs.size());
    }
    if (stopped) {  // some have more runs than others: only what all of them have can be compared
      std::size_t common = SIZE_MAX;
      for (const std::size_t at : alive) common = std::min(common, combinations[at].runs.size());
      for (const std::size_t at : alive) combinations[at].merit = meanMerit(combinations[at].runs, common);
    }
    std::stable_sort(alive.begin(), alive.end(),
                     [&](std::size_t a, std::size_t b) { return combinations[a].merit > combinations[b].merit; });
    // Two are kept: the answer says how sure it is that the first is better than the second.
    if (out.runs >= most_runs || stopped) break;
    const std::size_t keep = std::max<std::size_t>(2, (alive.size() + 1) / 2);
    for (std::size_t i = keep; i < alive.size(); ++i) combinations[alive[i]].round = round;
    alive.resize(std::min(keep, alive.size()));
  }
  const std::size_t best = alive.front();
  for (Combination& one : combinations) {
    if (&one == &combinations[best]) continue;
    const std::size_t pairs = std::min(one.runs.size(), combinations[best].runs.size());
    one.to_best = study::pairedDifference(merits(one.runs, pairs), merits(combinations[best].runs, pairs),
                                          combinations.size() - 1, confidence);
    one.separated = one.to_best.verdict == study::Verdict::kFirstIsLess;
  }
  std::stable_sort(combinations.begin(), combinations.end(), [&](const Combination& a, const Combination& b) {
    const auto last = [](const Combination& one) { return one.round == 0 ? SIZE_MAX : one.round; };
    return last(a) != last(b) ? last(a) > last(b) : a.merit > b.merit;
  });
  out.combinations = std::move(combinations);
  return out;
}

}  // namespace jobset_twin::scenarios::planning
