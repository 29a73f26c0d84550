#include "scenarios/cli/progress.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "scenarios/cli/terminal.hpp"

namespace jobset_twin::cli {
namespace {

using namespace std::chrono_literals;

std::string count(double value) {
  if (value >= 1e6) return fmt::format("{:.1f}M", value / 1e6);
  if (value >= 1e3) return fmt::format("{:.0f}k", value / 1e3);
  return fmt::format("{:.0f}", value);
}

// A JobSet that restarts for ever keeps a run going until its horizon.
std::string restartsText(const scenarios::Run& run, api::Duration simulated) {
  constexpr std::int32_t kMany = 20;
  std::int32_t most = 0;
  std::string name;
  for (const auto& [key, object] : run.world().server().store().all(api::Kind::kJobSet)) {
    const std::int32_t restarts = api::as<api::JobSet>(object).status.restarts;
    if (restarts > most) {
      most = restarts;
      name = object->meta.name;
    }
  }
  std::string text = most < kMany ? std::string() : fmt::format("; jobset/{} has restarted {} times", name, most);
  if (run.plan().until || (text.empty() && simulated < std::chrono::hours(24))) return text;
  return text + fmt::format("; the run ends at {} at the latest, earlier with --until or Ctrl-C",
                            api::humanDuration(run.plan().horizon));
}

}  // namespace

Progress::Progress(bool on, std::string label)
    : on_(on), terminal_(isTerminal(Stream::kErr)), label_(std::move(label)), started_(Clock::now()), last_(started_) {}

void Progress::show(const scenarios::Run& run) {
  if (!on_) return;
  const Clock::time_point now = Clock::now();
  if (now - started_ < 1s || now - last_ < (terminal_ ? Clock::duration(100ms) : Clock::duration(10s))) return;
  last_ = now;
  const kernel::Kernel& kernel = run.world().kernel();
  const double wall = std::chrono::duration<double>(now - started_).count();
  const api::Duration simulated = kernel.now() - kernel.start();
  std::string line = fmt::format("{}{} simulated, {} events, {} a second", label_, api::humanDuration(simulated),
                                 count(static_cast<double>(kernel.processed())),
                                 count(static_cast<double>(kernel.processed()) / wall));
  if (run.plan().until && *run.plan().until > api::Duration::zero()) {
    const double share = static_cast<double>(simulated.count()) / static_cast<double>(run.plan().until->count());
    line += fmt::format(", {:.0f} %", 100 * share);
    if (share > 0.01) line += fmt::format(", {:.0f} s left at most", wall * (1 - share) / share);
  }
  line += restartsText(run, simulated);
  if (terminal_) {
    std::fprintf(stderr, "\r\x1b[K%s", line.c_str());
    shown_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stderr);
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace jobset_twin::cli
