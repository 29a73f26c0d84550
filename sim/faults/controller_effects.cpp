// Faults of the controllers themselves (sim/cluster/election/controller_faults.hpp): a process ends, now or at a step
// of its own; another takes its place, in time or late; it stands still, and two lead for a while; its clock is wrong.
#include <algorithm>

#include <fmt/format.h>

#include "engine/api/time.hpp"
#include "sim/cluster/election/controller_faults.hpp"
#include "sim/faults/components.hpp"
#include "sim/faults/effects.hpp"

namespace jobset_twin::faults {

std::string beginOnController(const Effect& effect) {
  const Fault& fault = effect.fault;
  cluster::World& world = effect.world;
  const cluster::Controller controller = *controllerNamed(fault.component);
  const std::vector<cluster::Component>& components = cluster::componentsOf(controller);
  const bool there = std::any_of(components.begin(), components.end(),
                                 [&](cluster::Component component) { return !world.config().left_out.has(component); });
  if (!there) return {};
  const cluster::Recovery recovery =
      fault.class_ == FaultClass::kControllerRestart ? cluster::Recovery::kRestart : cluster::Recovery::kFailOver;
  switch (fault.class_) {
    case FaultClass::kControllerCrash:
    case FaultClass::kControllerRestart:
      if (!fault.step.empty()) {
        cluster::armCrash(world, controller, recovery, *crashPoint(fault.step), effect.number);
        return fmt::format("{} will end {}", fault.component, fault.step);
      }
      if (!cluster::crashController(world, controller, recovery, effect.number)) return {};
      return fmt::format("{} ends; {}", fault.component,
                         recovery == cluster::Recovery::kRestart ? "it is started again" : "a standby takes over");
    case FaultClass::kSlowFailover:
      cluster::setFailOver(world, controller, *fault.latency);
      return fmt::format("fail-overs of {} take {} longer", fault.component, api::formatDuration(*fault.latency));
    case FaultClass::kTwoLeaders:
      if (!cluster::pauseController(world, controller, effect.lasts, effect.number)) return {};
      return fmt::format("{} stands still, and will wake as a second leader", fault.component);
    case FaultClass::kClockSkew:
      cluster::setClockSkew(world, controller, *fault.skew);
      return fmt::format("the clock of {} is off by {}", fault.component, api::formatDuration(*fault.skew));
    default: return {};
  }
}

void endOnController(const Effect& effect) {
  const Fault& fault = effect.fault;
  const cluster::Controller controller = *controllerNamed(fault.component);
  if (fault.class_ == FaultClass::kSlowFailover) cluster::setFailOver(effect.world, controller, Duration::zero());
  if (fault.class_ == FaultClass::kClockSkew) cluster::setClockSkew(effect.world, controller, Duration::zero());
}

}  // namespace jobset_twin::faults
