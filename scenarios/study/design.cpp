#include "scenarios/study/design.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "engine/api/check.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::scenarios::study {
namespace {

constexpr std::size_t kCandidates = 50;
constexpr std::size_t kMostToChoose = 1000;
constexpr std::size_t kMostSamples = std::size_t{1} << 20;

void requireLevels(const std::vector<std::size_t>& levels) {
  for (const std::size_t count : levels) TWIN_ASSERT(count > 0, "a factor has levels");
}

std::vector<std::size_t> shuffled(std::size_t count, kernel::Stream& from) {
  std::vector<std::size_t> out(count);
  std::iota(out.begin(), out.end(), std::size_t{0});
  for (std::size_t left = count; left > 1; --left) std::swap(out[left - 1], out[kernel::below(from, left)]);
  return out;
}

std::vector<SharePoint> candidate(std::size_t factors, std::size_t samples, std::uint64_t seed, std::size_t number) {
  std::vector<SharePoint> out(samples, SharePoint(factors));
  for (std::size_t factor = 0; factor < factors; ++factor) {
    kernel::Stream stream = kernel::stream(seed, fmt::format("study/latin-hypercube/{}/{}", number, factor));
    const std::vector<std::size_t> strata = shuffled(samples, stream);
    for (std::size_t i = 0; i < samples; ++i) {
      // An odd multiple of 2^-32: so far from both ends that no rounding takes a point out of its stratum.
      const double within = (static_cast<double>(kernel::bits(stream) >> 33) + 0.5) * 0x1p-31;
      out[i][factor] = (static_cast<double>(strata[i]) + within) / static_cast<double>(samples);
    }
  }
  return out;
}

double squaredDistance(const SharePoint& a, const SharePoint& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// Of the closest two points; only whether it is more than `known` matters, so it stops when it is not.
double leastDistance(const std::vector<SharePoint>& points, double known) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < points.size() && least > known; ++i) {
    for (std::size_t k = 0; k < i; ++k) least = std::min(least, squaredDistance(points[i], points[k]));
  }
  return least;
}

}  // namespace

std::optional<std::size_t> countOfFullFactorial(const std::vector<std::size_t>& levels) {
  requireLevels(levels);
  std::size_t product = 1;
  for (const std::size_t count : levels) {
    if (product > std::numeric_limits<std::size_t>::max() / count) return {};
    product *= count;
  }
  return product;
}

std::vector<LevelPoint> fullFactorial(const std::vector<std::size_t>& levels) {
  const std::optional<std::size_t> count = countOfFullFactorial(levels);
  TWIN_ASSERT(count, "more points than can be counted", levels.size());
  std::vector<LevelPoint> out;
  out.reserve(*count);
  LevelPoint point(levels.size(), 0);
  for (std::size_t i = 0; i < *count; ++i) {
    out.push_back(point);
    for (std::size_t factor = levels.size(); factor-- > 0;) {  // as an odometer: the last one turns first
      if (++point[factor] < levels[factor]) break;
      point[factor] = 0;
    }
  }
  return out;
}

std::vector<LevelPoint> oneAtATime(const std::vector<std::size_t>& levels) {
  requireLevels(levels);
  std::vector<LevelPoint> out = {LevelPoint(levels.size(), 0)};
  for (std::size_t factor = 0; factor < levels.size(); ++factor) {
    for (std::size_t level = 1; level < levels[factor]; ++level) {
      out.emplace_back(levels.size(), 0);
      out.back()[factor] = level;
    }
  }
  return out;
}

std::vector<SharePoint> latinHypercube(std::size_t factors, std::size_t samples, std::uint64_t seed) {
  TWIN_ASSERT(samples <= kMostSamples, "too many samples of a Latin hypercube", samples);
  std::vector<SharePoint> best = candidate(factors, samples, seed, 0);
  if (samples > kMostToChoose) return best;
  double farthest = leastDistance(best, -1);
  for (std::size_t number = 1; number < kCandidates; ++number) {
    std::vector<SharePoint> other = candidate(factors, samples, seed, number);
    const double distance = leastDistance(other, farthest);
    if (distance > farthest) {
      farthest = distance;
      best = std::move(other);
    }
  }
  return best;
}

}  // namespace jobset_twin::scenarios::study
