#include "sim/cluster/nodes/pass_clock.hpp"

#include <algorithm>

#include "sim/kernel/random.hpp"

namespace jobset_twin::cluster {
namespace {

// Nobody asks for passes before these: renewals are looked for a grace period back.
constexpr std::size_t kStretchesKept = 64;

}  // namespace

PassClock::PassClock(const kernel::Kernel& kernel, const std::string& name, kernel::Duration period)
    : period_(std::max(period, kernel::Duration(1))) {
  const std::uint64_t phase = kernel::bitsAt(kernel.seed(), name, 0) % static_cast<std::uint64_t>(period_.count());
  stretches_.front() = {kernel.start() + kernel::Duration(static_cast<std::int64_t>(phase)), kernel::TimePoint::max()};
}

PassClock::PassClock(kernel::TimePoint first, kernel::Duration period)
    : period_(std::max(period, kernel::Duration(1))) {
  stretches_.front() = {first, kernel::TimePoint::max()};
}

kernel::TimePoint PassClock::atOrAfter(kernel::TimePoint time) const {
  auto at = std::upper_bound(stretches_.begin(), stretches_.end(), time,
                             [](kernel::TimePoint t, const Stretch& stretch) { return t < stretch.first; });
  if (at == stretches_.begin()) return at->first;
  --at;
  const std::int64_t periods = (time - at->first + period_ - kernel::Duration(1)) / period_;
  const kernel::TimePoint pass = at->first + periods * period_;
  return pass <= at->last ? pass : (at + 1)->first;
}

void PassClock::passed(kernel::TimePoint began, kernel::TimePoint ended) {
  if (began == ended) return;
  stretches_.back().last = began;
  stretches_.push_back({ended + period_, kernel::TimePoint::max()});
  if (stretches_.size() > kStretchesKept) stretches_.erase(stretches_.begin());
}

}  // namespace jobset_twin::cluster
