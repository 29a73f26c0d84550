#include "scenarios/cli/sweep_progress.hpp"

#include <cstdio>
#include <string>

#include <fmt/format.h>

#include "engine/api/time.hpp"
#include "scenarios/cli/terminal.hpp"

namespace jobset_twin::cli {

using namespace std::chrono_literals;

SweepProgress::SweepProgress(bool on)
    : on_(on), terminal_(isTerminal(Stream::kErr)), started_(Clock::now()), last_(started_) {}

void SweepProgress::show(std::size_t done, std::size_t planned) {
  if (!on_ || planned == 0) return;
  const Clock::time_point now = Clock::now();
  if (now - started_ < 1s || now - last_ < (terminal_ ? Clock::duration(100ms) : Clock::duration(10s))) return;
  last_ = now;
  const double share = static_cast<double>(done) / static_cast<double>(planned);
  std::string line = fmt::format("{} of {} runs", done, planned);
  if (done > 0) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>((now - started_) * ((1 - share) / share));
    line += fmt::format(", {} left", api::humanDuration(left));
  }
  if (terminal_) {
    constexpr int kWidth = 30;
    const auto full = static_cast<std::size_t>(share * kWidth);
    std::fprintf(stderr, "\r\x1b[K[%s%s] %s", std::string(full, '=').c_str(), std::string(kWidth - full, ' ').c_str(),
                 line.c_str());
    shown_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

void SweepProgress::clear() {
  if (!shown_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace jobset_twin::cli
