// progress.hpp - how far a long run is, on standard error: nothing in the first second; then on a terminal one line,
// rewritten at most 10 times a second, elsewhere a line every 10 seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "scenarios/run.hpp"

namespace jobset_twin::cli {

class Progress {
 public:
  // label: put before it ("run 3 of 10: "). shared_terminal: results go to the same terminal, so that the line would be
  // torn by them: nothing is shown.
  explicit Progress(bool on, std::string label = {});
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const scenarios::Run& run);
  void clear();  // takes the line away, before something else is written
  void setLabel(std::string label) { label_ = std::move(label); }

 private:
  using Clock = std::chrono::steady_clock;
  bool on_, terminal_, shown_ = false;
  std::string label_;
  Clock::time_point started_, last_;
};

}  // namespace jobset_twin::cli
