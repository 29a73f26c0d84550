#include "scenarios/study/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

#include "engine/api/check.hpp"
#include "sim/kernel/random.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::scenarios::study {
namespace {

constexpr std::size_t kResamples = 2000;
constexpr std::size_t kFewestToResample = 10;
constexpr double kFewestBeyond = 3;
constexpr std::size_t kMostReplications = 1'000'000'000'000'000;

void requireFinite(const std::vector<double>& values) {
  for (const double value : values) TWIN_ASSERT(std::isfinite(value), "statistics need finite values", value);
}

// Half the width of an interval by Student's t around an estimate with a standard error.
double studentReach(double degrees, double error, double outside) {
  if (error == 0) return 0;
  return boost::math::quantile(boost::math::complement(boost::math::students_t(degrees), outside / 2)) * error;
}

Interval around(double middle, double reach) { return {middle - reach, middle + reach}; }

struct Moments {
  double count = 0, mean = 0, variance = 0;  // of the sample
  double error() const { return std::sqrt(variance / count); }
};

// Requires: not empty.
Moments momentsOf(const std::vector<double>& values) {
  Moments out;
  out.count = static_cast<double>(values.size());
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  // Rounding may take the mean of like values beyond them, and would give them a deviation.
  out.mean = std::clamp(std::accumulate(values.begin(), values.end(), 0.0) / out.count, *least, *most);
  double squares = 0;
  for (const double value : values) squares += (value - out.mean) * (value - out.mean);
  if (values.size() > 1) out.variance = squares / (out.count - 1);
  return out;
}

// Where a percentile is between sorted values (type 7): `part` of the way from the value `below` to the next.
struct Place {
  std::size_t below = 0;
  double part = 0;
};

Place placeOf(std::size_t count, double share) {
  const double at = share * static_cast<double>(count - 1);
  const double below = std::floor(at);
  return {static_cast<std::size_t>(below), at - below};
}

// The percentile of a resample. The order statistics k and k + 1 of n uniform numbers are G / S and (G + E) / S with
// S = G + E + H, where G ~ Gamma(k), E ~ Exponential, H ~ Gamma(n - k); and a resample takes the value at n times each.
double resampled(const std::vector<double>& sorted, Place place, kernel::Stream& from) {
  const std::size_t count = sorted.size(), rank = place.below + 1;
  const double before = kernel::gamma(from, static_cast<double>(rank), 1);
  const double between = kernel::exponential(from, 1);
  const double after = rank < count ? kernel::gamma(from, static_cast<double>(count - rank), 1) : 0;
  const double scale = static_cast<double>(count) / (before + between + after);
  const auto valueAt = [&](double at) { return sorted[std::min(static_cast<std::size_t>(at * scale), count - 1)]; };
  const double low = valueAt(before);
  return low + place.part * (valueAt(before + between) - low);
}

bool enoughToResample(std::size_t count, double share) {
  constexpr double kHair = 1e-9;  // 30 * (1 - 0.9) is a little less than 3
  const double beyond = static_cast<double>(count) * std::min(share, 1 - share);
  return count >= kFewestToResample && beyond >= kFewestBeyond - kHair;
}

Interval bootstrapInterval(const std::vector<double>& sorted, double share, double outside) {
  // One name for all shares: the interval of a percentile does not depend on which others are asked for.
  kernel::Stream stream = kernel::stream(0, "study/bootstrap");
  const Place place = placeOf(sorted.size(), share);
  std::vector<double> found;
  found.reserve(kResamples);
  for (std::size_t i = 0; i < kResamples; ++i) found.push_back(resampled(sorted, place, stream));
  std::sort(found.begin(), found.end());
  return {percentileOf(found, outside / 2), percentileOf(found, 1 - outside / 2)};
}

// `degrees` and `error` are of the mean difference, which is known.
void judge(Difference& difference, double degrees, double error, std::size_t comparisons, double confidence) {
  difference.interval = around(difference.mean, studentReach(degrees, error, outsideOf(confidence)));
  difference.joint = around(difference.mean, studentReach(degrees, error, outsideOf(confidence, comparisons)));
  if (difference.joint->low > 0) {
    difference.verdict = Verdict::kFirstIsLess;
  } else if (difference.joint->high < 0) {
    difference.verdict = Verdict::kFirstIsMore;
  } else {
    difference.verdict = Verdict::kNoDifference;
  }
}

}  // namespace

double outsideOf(double confidence, std::size_t comparisons) {
  TWIN_ASSERT(confidence > 0 && confidence < 1 && comparisons > 0, "no interval", confidence, comparisons);
  return (1 - confidence) / static_cast<double>(comparisons);
}

double percentileOf(const std::vector<double>& sorted, double share) {
  TWIN_ASSERT(!sorted.empty() && share >= 0 && share <= 1, "a percentile of something", sorted.size(), share);
  const Place place = placeOf(sorted.size(), share);
  const double low = sorted[place.below];
  const double high = sorted[std::min(place.below + 1, sorted.size() - 1)];
  return low + place.part * (high - low);
}

Summary summarise(std::vector<double> values, const std::vector<double>& shares, double confidence) {
  requireFinite(values);
  const double outside = outsideOf(confidence);
  Summary out;
  out.count = values.size();
  if (values.empty()) return out;
  std::sort(values.begin(), values.end());
  out.least = values.front();
  out.most = values.back();
  const Moments moments = momentsOf(values);
  out.mean = moments.mean;
  out.deviation = std::sqrt(moments.variance);
  if (values.size() > 1) {
    out.mean_interval = around(out.mean, studentReach(moments.count - 1, moments.error(), outside));
  }
  for (const double share : shares) {
    Percentile percentile{share, percentileOf(values, share), {}};
    if (enoughToResample(values.size(), share)) percentile.interval = bootstrapInterval(values, share, outside);
    out.percentiles.push_back(percentile);
  }
  return out;
}

std::optional<Interval> medianInterval(std::vector<double> values, double confidence) {
  requireFinite(values);
  const double tail = outsideOf(confidence) / 2;
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  // The k-th least and the k-th largest value hold the median between them with probability 1 - 2 P(B < k), B ~ Bin(n,
  // 1/2). The largest such k by bisection: `rank` is good, `bad` is not.
  const boost::math::binomial_distribution<double> flips(static_cast<double>(values.size()), 0.5);
  std::size_t rank = 0, bad = values.size() / 2 + 1;
  while (bad - rank > 1) {
    const std::size_t middle = rank + (bad - rank) / 2;
    (boost::math::cdf(flips, static_cast<double>(middle - 1)) <= tail ? rank : bad) = middle;
  }
  if (rank == 0) return {};
  return Interval{values[rank - 1], values[values.size() - rank]};
}

Interval shareInterval(std::uint64_t hits, std::uint64_t trials, double confidence) {
  TWIN_ASSERT(trials > 0 && hits <= trials, "a share of trials", hits, trials);
  const boost::math::normal normal;
  const double z = boost::math::quantile(boost::math::complement(normal, outsideOf(confidence) / 2));
  const auto n = static_cast<double>(trials);
  const double share = static_cast<double>(hits) / n, scale = 1 + z * z / n;
  const double middle = (share + z * z / (2 * n)) / scale;
  const double reach = z / scale * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {hits == 0 ? 0 : middle - reach, hits == trials ? 1 : middle + reach};  // rounding may leave [0, 1] there
}

Difference pairedDifference(const std::vector<std::optional<double>>& a, const std::vector<std::optional<double>>& b,
                            std::size_t comparisons, double confidence) {
  TWIN_ASSERT(a.size() == b.size(), "pairs need as many values of each", a.size(), b.size());
  Difference out;
  std::vector<double> differences;
  bool equal = true;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] && b[i]) {
      differences.push_back(*b[i] - *a[i]);
      equal = equal && *a[i] == *b[i];
    }
    out.only_a += a[i] && !b[i];
    out.only_b += b[i] && !a[i];
  }
  requireFinite(differences);
  out.pairs = differences.size();
  if (differences.empty()) return out;
  const Moments moments = momentsOf(differences);
  out.mean = moments.mean;
  out.deviation = std::sqrt(moments.variance);
  if (out.pairs < 2) return out;
  judge(out, moments.count - 1, moments.error(), comparisons, confidence);
  if (equal) out.verdict = Verdict::kEqual;
  return out;
}

Difference independentDifference(const std::vector<double>& a, const std::vector<double>& b, std::size_t comparisons,
                                 double confidence) {
  requireFinite(a);
  requireFinite(b);
  Difference out;
  out.only_a = a.size();
  out.only_b = b.size();
  if (a.empty() || b.empty()) return out;
  const Moments of_a = momentsOf(a), of_b = momentsOf(b);
  out.mean = of_b.mean - of_a.mean;
  out.deviation = std::sqrt(of_a.variance + of_b.variance);
  if (a.size() < 2 || b.size() < 2) return out;
  const double part_a = of_a.variance / of_a.count, part_b = of_b.variance / of_b.count, both = part_a + part_b;
  double degrees = 1;  // of any: without deviation there is no width
  if (both > 0) {
    const double share_a = part_a / both, share_b = part_b / both;
    degrees = 1 / (share_a * share_a / (of_a.count - 1) + share_b * share_b / (of_b.count - 1));
  }
  judge(out, degrees, std::sqrt(both), comparisons, confidence);
  if (both == 0 && out.mean == 0) out.verdict = Verdict::kEqual;
  return out;
}

std::size_t replicationsFor(const std::vector<double>& values, double half_width, double confidence) {
  requireFinite(values);
  TWIN_ASSERT(values.size() >= 2 && half_width > 0, "how many replications", values.size(), half_width);
  const double deviation = std::sqrt(momentsOf(values).variance), outside = outsideOf(confidence);
  return leastCount(values.size(), [&](std::size_t count) {
    const auto n = static_cast<double>(count);
    return studentReach(n - 1, deviation / std::sqrt(n), outside) <= half_width;
  });
}

std::size_t leastCount(std::size_t few, const std::function<bool(std::size_t)>& enough) {
  std::size_t many = few;
  while (!enough(many)) {
    if (many >= kMostReplications) return kMostReplications;
    few = many;
    many = std::min(2 * many, kMostReplications);
  }
  while (many - few > 1) {
    const std::size_t middle = few + (many - few) / 2;
    (enough(middle) ? many : few) = middle;
  }
  return many;
}

}  // namespace jobset_twin::scenarios::study
