// pass_clock.hpp - when a controller's loop comes round. Only the passes that have something to do become events; this
// says when all the others were. A loop that waits after each pass (wait.Until): a pass that takes time moves the later
// ones.
#pragma once

#include <cereal/cereal.hpp>
#include <string>
#include <vector>

#include "sim/kernel/kernel.hpp"

namespace jobset_twin::cluster {

class PassClock {
 public:
  PassClock() = default;
  // The first pass is at a phase of its own within the first period, by the seed and `name`.
  PassClock(const kernel::Kernel& kernel, const std::string& name, kernel::Duration period);
  PassClock(kernel::TimePoint first, kernel::Duration period);

  // The first pass that begins at or after `time`, or later than it.
  kernel::TimePoint atOrAfter(kernel::TimePoint time) const;
  kernel::TimePoint after(kernel::TimePoint time) const { return atOrAfter(time + kernel::Duration(1)); }
  // The pass that began at `began` is over now: the next one is a period later.
  void passed(kernel::TimePoint began, kernel::TimePoint ended);

  template <class Archive>
  void serialize(Archive& ar) {
    kernel::serializeDuration(ar, period_);
    ar(stretches_);
  }

 private:
  struct Stretch {  // passes at first, first + period, ... last
    kernel::TimePoint first{}, last{};
    template <class Archive>
    void serialize(Archive& ar) {
      kernel::serializeTime(ar, first);
      kernel::serializeTime(ar, last);
    }
  };
  kernel::Duration period_{1};
  std::vector<Stretch> stretches_{Stretch{}};  // never empty; the last one goes on
};

}  // namespace jobset_twin::cluster
