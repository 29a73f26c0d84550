// design.hpp - which points of a space of factors a study visits: all of them, one factor at a time, or a Latin
// hypercube. Points are of level numbers or of shares in [0, 1); what those mean is the caller's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace jobset_twin::scenarios::study {

using LevelPoint = std::vector<std::size_t>;  // of each factor, which of its levels
using SharePoint = std::vector<double>;       // of each factor, in [0, 1)

// In all, `levels` is how many levels each factor has; requires at least 1 of each (asserted). A design is made whole
// in memory: that it is not too large is the caller's to see to.

// How many points fullFactorial has; nothing if no std::size_t can say it. Without factors there is one point.
std::optional<std::size_t> countOfFullFactorial(const std::vector<std::size_t>& levels);

// Each level of each factor with each of all others. The first factor varies slowest.
std::vector<LevelPoint> fullFactorial(const std::vector<std::size_t>& levels);

// The base, which has level 0 of all; then each other level of each factor with the base's of all others. Shows main
// effects with the fewest points, and no interactions.
std::vector<LevelPoint> oneAtATime(const std::vector<std::size_t>& levels);

// `samples` points so that each factor, cut into as many strata of like width, has one point in each; within its
// stratum a point is anywhere. Of 50 such designs the one whose closest two points are farthest apart (one design only
// with more than 1,000 samples, where that would take long and change little). The same numbers for the same arguments.
// Requires: at most 2^20 samples (asserted).
std::vector<SharePoint> latinHypercube(std::size_t factors, std::size_t samples, std::uint64_t seed);

}  // namespace jobset_twin::scenarios::study
