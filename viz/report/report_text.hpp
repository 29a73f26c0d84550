// report_text.hpp - a report for people: the costliest first, and how many more there are.
#pragma once

#include <string>

#include "viz/report/report.hpp"

namespace jobset_twin::viz::report {

struct TextOptions {
  bool utf8 = true;
  std::size_t most_rows = 10;   // of alarms and restarts
  std::size_t most_starts = 2;  // whose stages and path are written out
  std::size_t most_restart_starts = 1;
};

std::string reportText(const RunReport& report, const TextOptions& options);

// "2m36.4s", "1.147s", "2.1ms": at least three digits.
std::string shortDuration(Duration duration);

}  // namespace jobset_twin::viz::report
