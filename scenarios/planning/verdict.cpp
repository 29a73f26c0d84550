#include "scenarios/planning/verdict.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/students_t.hpp>

#include "scenarios/study/shares.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

// Standard error of a ratio of sums over runs.
double ratioError(const std::vector<Tally>& runs, double share, double judged) {
  const double n = static_cast<double>(runs.size()), mean = judged / n;
  double squares = 0;
  for (const Tally& run : runs) {
    const double rest = static_cast<double>(run.met) - share * static_cast<double>(run.judged);
    squares += rest * rest;
  }
  return std::sqrt(squares / (n - 1) / n) / mean;
}

}  // namespace

LevelFinding judgeLevel(double wanted, const std::vector<Tally>& runs, double of_lower, double of_upper) {
  LevelFinding out;
  out.wanted = wanted;
  out.interval = {0, 1};
  for (const Tally& run : runs) {
    out.met += run.met;
    out.judged += run.judged;
  }
  if (out.judged == 0) return out;
  const double judged = static_cast<double>(out.judged);
  out.share = static_cast<double>(out.met) / judged;
  const double error = runs.size() < 2 ? 1 : ratioError(runs, out.share, judged);
  const auto reach = [&](double confidence) {
    if (runs.size() < 2) return 1.0;
    return error * boost::math::quantile(boost::math::students_t(static_cast<double>(runs.size()) - 1), confidence);
  };
  // One end of a two-sided interval is a one-sided one of half the doubt.
  const double low = study::exactShareInterval(out.met, out.judged, 2 * of_lower - 1).low;
  const double high = study::exactShareInterval(out.met, out.judged, 2 * of_upper - 1).high;
  out.interval = {std::max(0.0, std::min(low, out.share - reach(of_lower))),
                  std::min(1.0, std::max(high, out.share + reach(of_upper)))};
  if (out.interval.low >= wanted) out.finding = Finding::kMet;
  if (out.interval.high < wanted) out.finding = Finding::kMissed;
  return out;
}

std::size_t Judgement::worst() const {
  std::size_t at = 0;
  for (std::size_t i = 1; i < levels.size(); ++i)
    if (levels[i].margin() < levels[at].margin()) at = i;
  return at;
}

Judgement judge(const std::vector<double>& wanted, const std::vector<Observed>& runs, double confidence) {
  Judgement out;
  out.runs = runs.size();
  out.finding = Finding::kMet;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    std::vector<Tally> tallies;
    for (const Observed& run : runs) tallies.push_back(run.levels[i]);
    const double of_upper = 1 - (1 - confidence) / static_cast<double>(wanted.size());
    out.levels.push_back(judgeLevel(wanted[i], tallies, confidence, of_upper));
    const Finding one = out.levels.back().finding;
    if (one == Finding::kMissed || (one == Finding::kOpen && out.finding == Finding::kMet)) out.finding = one;
  }
  return out;
}

std::vector<std::size_t> looks(std::size_t most) {
  std::vector<std::size_t> out;
  for (std::size_t runs = 4; runs < most; runs *= 2) out.push_back(runs);
  out.push_back(most);
  return out;
}

std::size_t confirmingRuns(double wanted, double confidence) {
  return static_cast<std::size_t>(std::ceil(std::log(1 - confidence) / std::log(wanted)));
}

double lookConfidence(double confidence, std::size_t number_of_looks) {
  return 1 - (1 - confidence) / static_cast<double>(number_of_looks);
}

}  // namespace jobset_twin::scenarios::planning
