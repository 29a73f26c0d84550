// side_by_side.hpp - independent replications, several at a time: each processor has a process of its own. What comes
// out does not depend on how many there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace jobset_twin::validation {

using Replication = std::function<std::vector<double>(std::uint64_t seed)>;

// What `run` gives for the seeds first, first + 1, …, in this order; each of them must give as many values.
std::vector<std::vector<double>> sideBySide(std::uint64_t first, std::size_t count, const Replication& run);
// One after the other.
std::vector<double> flat(const std::vector<std::vector<double>>& replications);
// Turned: for each value, those of all replications.
std::vector<std::vector<double>> byValue(const std::vector<std::vector<double>>& replications);

}  // namespace jobset_twin::validation
