#include "scenarios/planning/verdict.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>

namespace jobset_twin::scenarios::planning {
namespace {

using Binomial = boost::math::binomial_distribution<double>;

study::Interval exactInterval(std::uint64_t met, std::uint64_t judged, double confidence) {
  const double n = static_cast<double>(judged), k = static_cast<double>(met), beyond = 1 - confidence;
  return {Binomial::find_lower_bound_on_p(n, k, beyond), Binomial::find_upper_bound_on_p(n, k, beyond)};
}

// Half the width of Student's interval of a ratio of sums over runs.
double ratioReach(const std::vector<Tally>& runs, double share, double judged, double confidence) {
  const double n = static_cast<double>(runs.size()), mean = judged / n;
  double squares = 0;
  for (const Tally& run : runs) {
    const double rest = static_cast<double>(run.met) - share * static_cast<double>(run.judged);
    squares += rest * rest;
  }
  const double error = std::sqrt(squares / (n - 1) / n) / mean;
  return boost::math::quantile(boost::math::students_t(n - 1), confidence) * error;
}

}  // namespace

LevelFinding judgeLevel(double wanted, const std::vector<Tally>& runs, double confidence) {
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
  const study::Interval exact = exactInterval(out.met, out.judged, confidence);
  const double reach = runs.size() < 2 ? 1 : ratioReach(runs, out.share, judged, confidence);
  out.interval = {std::max(0.0, std::min(exact.low, out.share - reach)),
                  std::min(1.0, std::max(exact.high, out.share + reach))};
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
    out.levels.push_back(judgeLevel(wanted[i], tallies, confidence));
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

double lookConfidence(double confidence, std::size_t number_of_looks) {
  return 1 - (1 - confidence) / static_cast<double>(number_of_looks);
}

}  // namespace jobset_twin::scenarios::planning
