#include "sim/cluster/election/election.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/kernel/random.hpp"
#include "sim/kernel/variates.hpp"

namespace jobset_twin::cluster {

std::string_view controllerText(Controller controller) {
  constexpr std::array<std::string_view, kControllers> kTexts = {"jobset-controller-manager", "kube-controller-manager",
                                                                 "kube-scheduler", "job-controller"};
  return kTexts[static_cast<std::size_t>(controller)];
}

std::optional<Controller> controllerOf(std::string_view text) {
  for (std::size_t i = 0; i < kControllers; ++i) {
    if (text == controllerText(static_cast<Controller>(i))) return static_cast<Controller>(i);
  }
  if (text == "jobset" || text == "jobset-controller") return Controller::kJobSetManager;
  if (text == "scheduler") return Controller::kScheduler;
  return std::nullopt;
}

const std::vector<Component>& componentsOf(Controller controller) {
  static const std::array<std::vector<Component>, kControllers> kComponents = {
      std::vector{Component::kJobSetController},
      std::vector{Component::kGarbageCollector, Component::kJobController, Component::kTtlController,
                  Component::kEndpointSlices, Component::kVolumes, Component::kNodeLifecycle, Component::kTaintEviction,
                  Component::kPodGc, Component::kDisruption},
      std::vector{Component::kScheduler}, std::vector{Component::kJobController}};
  return kComponents[static_cast<std::size_t>(controller)];
}

kernel::TimePoint lastRenewal(const ElectionTiming& timing, kernel::TimePoint since, kernel::TimePoint now) {
  if (timing.retry <= kernel::Duration::zero()) return now;
  return since + timing.retry * ((now - since) / timing.retry);
}

kernel::TimePoint lastTry(const ElectionTiming& timing, kernel::TimePoint failing) {
  if (timing.retry <= kernel::Duration::zero()) return failing + timing.renew_deadline;
  return failing + timing.retry * ((timing.renew_deadline - kernel::Duration(1)) / timing.retry);
}

kernel::Duration crashLoop(Election::Seat& seat, const KubeletTiming& timing, kernel::TimePoint now) {
  const bool forgotten = seat.back_off == kernel::Duration::zero() || now - seat.ended > 2 * timing.crash_backoff_max;
  const kernel::Duration wait = forgotten ? kernel::Duration::zero() : seat.back_off;
  seat.back_off = forgotten ? timing.crash_backoff : std::min(seat.back_off * 2, timing.crash_backoff_max);
  seat.ended = now;
  return wait;
}

kernel::TimePoint takeOver(const ElectionTiming& timing, kernel::TimePoint seen, std::uint64_t seed,
                           Controller controller, std::uint64_t life) {
  kernel::Stream tries = kernel::stream(seed, fmt::format("election/{}/{}", controllerText(controller), life));
  return seen + timing.lease + kernel::uniformDuration(tries, kernel::Duration::zero(), timing.retry);
}

}  // namespace jobset_twin::cluster
