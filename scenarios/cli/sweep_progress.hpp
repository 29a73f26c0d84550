// sweep_progress.hpp - how far many runs are, on standard error: a bar with the time that is left, as progress.hpp does
// for one run.
#pragma once

#include <chrono>
#include <cstddef>

namespace jobset_twin::cli {

class SweepProgress {
 public:
  explicit SweepProgress(bool on);
  ~SweepProgress() { clear(); }
  SweepProgress(const SweepProgress&) = delete;
  SweepProgress& operator=(const SweepProgress&) = delete;

  void show(std::size_t done, std::size_t planned);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool on_, terminal_, shown_ = false;
  Clock::time_point started_, last_;
};

}  // namespace jobset_twin::cli
