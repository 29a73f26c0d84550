// study.hpp - kind: Study of jobset-twin.dev/v1alpha1 as plain values: a base scenario, what is varied, how often it is
// run, and what is measured. docs/what-if.md is the user's description; read_study.hpp reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/changes.hpp"
#include "scenarios/study/figures.hpp"

namespace jobset_twin::scenarios::study {

// What is loaded for an alternative: paths as the program opens them, and the flags of `run` that a study may give.
struct Base {
  std::vector<std::string> files;
  std::optional<std::int32_t> nodes;
  std::optional<Duration> until;
  std::vector<std::string> faults;   // in the short form
  std::vector<std::string> changes;  // as --set
  std::string feature_gates, kubernetes_version;
};

struct Level {
  std::string name;
  std::vector<Change> changes;     // as read; a pointer that is empty stands for the factor's own field
  std::vector<std::string> sets;   // the same as --set takes them, once the fields are found
  std::vector<std::string> files;  // not empty: in place of the base's
  std::string feature_gates;       // beside the base's
  std::optional<double> number;    // of a quantity: seconds of a duration, the number itself
  api::Error origin;               // file, line, column
};

// Values between two ends: levels of a grid, or any value for a Latin hypercube.
struct Range {
  enum class Kind : std::uint8_t { kInteger, kNumber, kDuration } kind = Kind::kNumber;
  double from = 0, to = 0;  // durations: seconds
  bool log = false;
  std::int32_t steps = 5;
  // The value at a place of [0, 1], as a document has it, and as a number. Durations are whole milliseconds, numbers
  // have six digits.
  api::TreeNode at(double place) const;
  double numberAt(double place) const;
};

struct Factor {
  std::string name;
  FieldPlace field;  // of values: as given; the pointer may be a name, and is the factor's name when left out
  std::vector<Level> levels;
  std::optional<Range> range;  // levels are its grid then
  api::Error origin;
};

enum class DesignKind : std::uint8_t { kFullFactorial, kOneAtATime, kLatinHypercube };

// Runs go on until the 95 % interval of a metric's mean is as narrow as this, for every alternative.
struct Precision {
  std::string metric;
  double half_width = 0;
  bool relative = false;  // of the mean
};

struct Replications {
  std::uint32_t least = 30, most = 30;
  std::vector<Precision> until;
};

// A curve or mark that theory gives, drawn beside what was measured.
struct Theory {
  // Young's and Daly's best interval between checkpoints for failures with this mean, a write and a restart of so long.
  Duration mttf{}, cost{}, restart{};
};

struct Study {
  std::string name, description;
  Base base;
  std::vector<Factor> factors;
  DesignKind design = DesignKind::kFullFactorial;
  std::uint32_t samples = 0;      // of a Latin hypercube
  std::uint64_t design_seed = 1;  // ... of its draw
  Replications replications;
  std::uint64_t seed = 1;            // of the first replication; the n-th has seed + n
  std::vector<std::string> metrics;  // empty: those that say something here
  FigureOptions figures;
  std::string baseline;  // the alternative that others are compared with; "": all pairs, if there are few
  std::vector<std::pair<std::string, std::string>> facts;  // stated, not measured: a subject, and what is so
  std::optional<Theory> theory;
  api::Error origin;
};

// One alternative: a level of each factor.
struct Point {
  std::string label;                // "FailJobSet, maxRestarts=3"
  std::vector<std::string> levels;  // of each factor, by name
  std::vector<std::optional<double>> numbers;
  Base base;  // with everything that its levels change
};

inline constexpr std::size_t kPointsMax = 10'000;
// In the order of the design. The error says what is wrong with the study (too many, two factors that both give files).
api::Result<std::vector<Point>> pointsOf(const Study& study);

}  // namespace jobset_twin::scenarios::study
