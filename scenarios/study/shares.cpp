#include "scenarios/study/shares.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/binomial.hpp>

#include "engine/api/check.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using Binomial = boost::math::binomial_distribution<double>;

// hits need not be whole: a share that goes on as it is has parts of them.
Interval clopperPearson(double hits, double trials, double outside) {
  return {Binomial::find_lower_bound_on_p(trials, hits, outside / 2),
          Binomial::find_upper_bound_on_p(trials, hits, outside / 2)};
}

double hitsOf(const std::vector<double>& values) {
  double hits = 0;
  for (const double value : values) {
    TWIN_ASSERT(value == 0 || value == 1, "shares are of zeros and ones", value);
    hits += value;
  }
  return hits;
}

// The interval of b - a, from those of both and their correlation.
Interval apart(double a, const Interval& of_a, double b, const Interval& of_b, double correlation) {
  const auto together = [&](double x, double y) { return std::sqrt(x * x + y * y - 2 * correlation * x * y); };
  const double middle = b - a;
  return {std::max(-1.0, middle - together(b - of_b.low, of_a.high - a)),
          std::min(1.0, middle + together(of_b.high - b, a - of_a.low))};
}

// Pairs of which only a has it, of which only b has it, and all.
struct Discordant {
  double only_a = 0, only_b = 0, pairs = 0;

  // A pair differs in one way at most, so what the one kind has, the other has not. Half a pair more of each keeps the
  // correlation from 0 / 0 when all pairs differ in the same way.
  double correlation() const {
    const double a = (only_a + 0.5) / (pairs + 1), b = (only_b + 0.5) / (pairs + 1);
    return -std::sqrt(a * b / ((1 - a) * (1 - b)));
  }
  bool seen(double outside) const {
    const double differ = only_a + only_b;
    return differ > 0 && 2 * boost::math::cdf(Binomial(differ, 0.5), std::min(only_a, only_b)) <= outside;
  }
  Interval interval(double outside) const {
    Interval out = apart(only_a / pairs, clopperPearson(only_a, pairs, outside), only_b / pairs,
                         clopperPearson(only_b, pairs, outside), correlation());
    const bool sure = seen(outside);
    if (sure ? only_b > only_a : out.low > 0) out.low = sure ? std::max(out.low, 0.0) : 0;
    if (sure ? only_b < only_a : out.high < 0) out.high = sure ? std::min(out.high, 0.0) : 0;
    return out;
  }
};

}  // namespace

Interval exactShareInterval(std::uint64_t hits, std::uint64_t trials, double confidence) {
  TWIN_ASSERT(trials > 0 && hits <= trials, "a share of trials", hits, trials);
  return clopperPearson(static_cast<double>(hits), static_cast<double>(trials), outsideOf(confidence));
}

Difference pairedShares(const std::vector<std::optional<double>>& a, const std::vector<std::optional<double>>& b,
                        std::size_t comparisons, double confidence) {
  Difference out = pairedDifference(a, b, comparisons, confidence);
  if (out.pairs < 2) return out;
  Discordant found;
  found.pairs = static_cast<double>(out.pairs);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!a[i] || !b[i]) continue;
    hitsOf({*a[i], *b[i]});  // zeros and ones
    found.only_a += *a[i] > *b[i] ? 1 : 0;
    found.only_b += *a[i] < *b[i] ? 1 : 0;
  }
  const double together = outsideOf(confidence, comparisons);
  out.interval = found.interval(outsideOf(confidence));
  out.joint = found.interval(together);
  if (out.verdict == Verdict::kEqual) return out;
  out.verdict = !found.seen(together)         ? Verdict::kNoDifference
                : found.only_b > found.only_a ? Verdict::kFirstIsLess
                                              : Verdict::kFirstIsMore;
  return out;
}

Difference independentShares(const std::vector<double>& a, const std::vector<double>& b, std::size_t comparisons,
                             double confidence) {
  Difference out = independentDifference(a, b, comparisons, confidence);
  if (!out.interval) return out;
  const double count_a = static_cast<double>(a.size()), count_b = static_cast<double>(b.size());
  const double hits_a = hitsOf(a), hits_b = hitsOf(b);
  const auto interval = [&](double outside) {
    return apart(hits_a / count_a, clopperPearson(hits_a, count_a, outside), hits_b / count_b,
                 clopperPearson(hits_b, count_b, outside), 0);
  };
  out.interval = interval(outsideOf(confidence));
  out.joint = interval(outsideOf(confidence, comparisons));
  if (out.verdict == Verdict::kEqual) return out;
  out.verdict = out.joint->low > 0    ? Verdict::kFirstIsLess
                : out.joint->high < 0 ? Verdict::kFirstIsMore
                                      : Verdict::kNoDifference;
  return out;
}

std::size_t replicationsForShare(const std::vector<double>& values, double half_width, double confidence) {
  TWIN_ASSERT(!values.empty() && half_width > 0, "how many replications", values.size(), half_width);
  const double outside = outsideOf(confidence), share = hitsOf(values) / static_cast<double>(values.size());
  return leastCount(values.size(), [&](std::size_t count) {
    const auto n = static_cast<double>(count);
    return clopperPearson(share * n, n, outside).halfWidth() <= half_width;
  });
}

}  // namespace jobset_twin::scenarios::study
