// results.hpp - the results of a study as plain values: each run's figures, and how it is run again alone.
// The file that keeps them is results_file.hpp, what they say is analysis.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/study/study.hpp"

namespace jobset_twin::scenarios::study {

struct RunRow {
  std::uint32_t point = 0, replication = 0;
  std::uint64_t seed = 1, events = 0;
  std::string fingerprint, end_reason;
  std::string problem;                                  // not "": it broke, and has no metrics
  std::vector<std::pair<std::string, double>> metrics;  // by name, in order

  // Replication by replication, the points in order: the number of a run in the study, also in a part of it.
  std::uint64_t number(std::size_t points) const { return std::uint64_t{replication} * points + point; }
  std::optional<double> metric(std::string_view name) const;
};

struct PointRow {
  std::string label;
  std::vector<std::string> levels;             // of each factor
  std::vector<std::optional<double>> numbers;  // ... if they are quantities
  std::string command;                         // `run` with its flags, but for the seed
};

struct Results {
  std::string study;    // its name
  std::string hash;     // of all texts and flags
  std::string version;  // of the program
  std::string text;     // the study's document
  std::vector<std::string> factors;
  std::vector<PointRow> points;
  std::vector<RunRow> runs;  // by number, each once

  std::uint32_t replications() const;  // of the point that has most
  // The values of a metric of a point by replication; those that are missing or absent are none.
  std::vector<std::optional<double>> values(std::size_t point, std::string_view metric) const;
};

// Metrics that runs of one replication give only together (docs/metrics.md): gaveUpEarly, avoidableRestarts. Adds them
// to runs of replications of which every point has a run.
void addCounterfactuals(Results& results);

}  // namespace jobset_twin::scenarios::study
