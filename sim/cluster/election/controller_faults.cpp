#include "sim/cluster/election/controller_faults.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/apiserver/api_faults.hpp"
#include "sim/cluster/election/node_leases.hpp"
#include "sim/cluster/election/processes.hpp"
#include "sim/kernel/latency.hpp"

namespace jobset_twin::cluster {
namespace {

using kernel::EventClass;

// a: the controller; kRenewed: of Election::renewals
enum Timer : std::uint16_t { kRestarted = kFirstTimer, kLook, kListed, kTakeOver, kResumed, kLost, kGiveUp, kRenewed };

constexpr kernel::Duration kRelist = 1s;  // K-T-76: about the reflector's first back-off

// What a change of the leader sets off is work, whatever made it happen.
kernel::EventHandle scheduleWork(WorldParts& p, kernel::TimePoint at, Timer kind, Controller controller,
                                 std::uint64_t b = 0) {
  const EventClass before = p.kernel.currentClass();
  p.kernel.setCurrentClass(EventClass::kWork);
  const kernel::EventHandle handle = p.kernel.schedule(at, targetOf(Component::kElection), kind,
                                                       static_cast<std::uint64_t>(controller), b, EventClass::kWork);
  p.kernel.setCurrentClass(before);
  return handle;
}

// Without the API server no lease can be had and nothing listed.
bool reachesServer(const WorldParts& p, Controller controller) {
  const auto& faults = p.transport.faults().active();
  const std::vector<Component>& components = componentsOf(controller);
  return std::none_of(faults.begin(), faults.end(), [&](const auto& entry) {
    const apiserver::ApiFault& fault = entry.second.fault;
    if (fault.effect != apiserver::ApiEffect::kUnreachable) return fault.effect == apiserver::ApiEffect::kOutage;
    return std::any_of(components.begin(), components.end(),
                       [&](Component component) { return fault.component == targetOf(component); });
  });
}

// The event comes again after `delay`; for ever, if need be.
kernel::EventHandle tryAgain(WorldParts& p, const kernel::Event& event, kernel::Duration delay) {
  return p.kernel.scheduleAfter(delay, event.target, event.kind, event.a, event.b, EventClass::kRetry);
}

// A JobSet manager without a standby: nobody answers for its webhooks (failurePolicy Fail, K-T-89).
void setWebhooks(WorldParts& p, bool up) {
  std::uint32_t& fault = p.election.webhooks_down;
  if (up) {
    if (fault != 0) p.transport.endFault(p.kernel, p.server, fault);
    fault = 0;
  } else if (fault == 0) {
    apiserver::ApiFault down;
    down.effect = apiserver::ApiEffect::kWebhookDown;
    down.name = "jobset-controller-manager";
    fault = p.transport.beginFault(p.kernel, p.server, down);
  }
}

void note(World& world, Controller controller, std::uint64_t fault, std::uint64_t phase, std::string text) {
  if (!world.trace().enabled) return;
  world.trace().note(world.kernel().now(), static_cast<std::uint16_t>(NoteKind::kFault),
                     std::string(controllerText(controller)), std::move(text), fault, phase);
}

// A replica with empty caches takes the place in WorldParts: its LIST is on its way.
void startFresh(World& world, Controller controller) {
  WorldParts& p = world.parts();
  const std::uint32_t instance = instanceOf(currentTarget(p.election, componentsOf(controller).front()));
  makeFresh(world, controller);
  const kernel::Duration read =
      kernel::sample(p.transport.timing().read, p.kernel.seed(),
                     fmt::format("election/{}/list", controllerText(controller)), p.election.seat(controller).lives);
  scheduleWork(p, kernel::saturatingAdd(p.kernel.now(), read), kListed, controller, instance);
}

// The Job controller alone may be down or paused when the whole process is hit.
void forgetJobControllerAlone(World& world) {
  WorldParts& p = world.parts();
  Election::Seat& alone = p.election.seat(Controller::kJobController);
  for (const kernel::EventHandle timer : {alone.restart, alone.takeover, alone.resume}) p.kernel.cancel(timer);
  for (const std::uint32_t target : alone.paused) {
    if (target != currentTarget(p.election, Component::kJobController)) {
      dismiss(world, Component::kJobController, target);
    }
  }
  alone.paused.clear();
  alone.state = Election::Seat::State::kLeading;
}

Election::Seat& leaseOf(Election& election, Controller controller) {
  return election.seat(controller == Controller::kJobController ? Controller::kControllerManager : controller);
}

bool canBeHit(Election& election, Controller controller) {
  return election.seat(controller).state == Election::Seat::State::kLeading &&
         leaseOf(election, controller).state == Election::Seat::State::kLeading;
}

void takeLease(World& world, Controller controller) {
  WorldParts& p = world.parts();
  Election::Seat& seat = p.election.seat(controller);
  if (controller == Controller::kJobSetManager) {
    Context ctx = contextOf(world, currentTarget(p.election, Component::kJobSetController));
    p.jobsets.lead(ctx);
  } else {
    if (seat.state == Election::Seat::State::kPaused) {
      const std::uint32_t instance = p.election.next_instance++;
      for (const Component component : componentsOf(controller)) setAside(world, component, instance);
    }
    startFresh(world, controller);
  }
  seat.state = Election::Seat::State::kLeading;
  seat.since = p.kernel.now();
  if (seat.paused.empty()) {
    note(world, controller, seat.fault, 2, "a new leader has the lease");
  } else {
    note(world, controller, seat.fault, 1, "a new leader has the lease; the old one stands still and does not know");
  }
}

// From `failing` on the leader tries to renew in vain.
void watchLease(World& world, Controller controller, kernel::TimePoint failing) {
  WorldParts& p = world.parts();
  Election::Seat& seat = p.election.seat(controller);
  seat.failing = failing;
  seat.give_up = scheduleWork(p, kernel::saturatingAdd(failing, world.config().timing.election.renew_deadline), kGiveUp,
                              controller);
}

void resume(World& world, Controller controller) {
  WorldParts& p = world.parts();
  Election& election = p.election;
  Election::Seat& seat = election.seat(controller);
  const std::vector<std::uint32_t> targets = std::exchange(seat.paused, {});
  for (const std::uint32_t target : targets) election.paused.erase(target);
  if (seat.state == Election::Seat::State::kPaused) {  // nobody took its place: it renews the lease
    p.kernel.cancel(seat.takeover);
    if (controller == Controller::kJobSetManager) {
      const std::uint32_t target = targets.front();
      endCurrent(world, Component::kJobSetController, instanceOf(target), false);
      p.jobsets = std::move(p.old.jobsets.at(target));
      p.old.jobsets.erase(target);
    }
    for (const std::uint32_t target : targets) election.part(target).paused = false;
    seat.state = Election::Seat::State::kLeading;
    seat.since = p.kernel.now();
    if (!reachesServer(p, controller)) watchLease(world, controller, p.kernel.now());
    note(world, controller, seat.fault, 2, "goes on, and still leads");
  } else {
    const kernel::TimePoint end = kernel::saturatingAdd(p.kernel.now(), world.config().timing.election.renew_deadline);
    scheduleWork(p, end, kLost, controller, instanceOf(targets.front()));
    note(world, controller, seat.fault, 1, "the old leader goes on: two leaders");
  }
  const EventClass before = p.kernel.currentClass();
  std::vector<kernel::Event> waiting;
  for (const kernel::Event& event : std::exchange(election.held, {})) {
    if (election.paused.contains(targetOfEvent(p, event))) {
      waiting.push_back(event);
      continue;
    }
    p.kernel.setCurrentClass(event.event_class);
    p.kernel.schedule(p.kernel.now(), event.target, event.kind, event.a, event.b, event.event_class, event.priority);
  }
  election.held = std::move(waiting);
  p.kernel.setCurrentClass(before);
}

// The lists of a fresh replica are there, unless its life is over or it stands still.
std::optional<std::vector<Told>> onListed(World& world, const kernel::Event& event) {
  WorldParts& p = world.parts();
  const auto controller = static_cast<Controller>(event.a);
  const Election::Part& part = p.election.part(targetOf(componentsOf(controller).front()));
  if (part.instance != event.b) return std::nullopt;
  if (part.paused) {
    p.election.held.push_back(event);
    return std::nullopt;
  }
  if (!reachesServer(p, controller)) {
    tryAgain(p, event, kRelist);
    return std::nullopt;
  }
  if (controller == Controller::kJobSetManager) setWebhooks(p, true);
  beginLists(world, controller);
  return listAll(world, controller, part.instance);
}

// Which request of its Plan the JobSet manager has just sent with a call, counted from 1.
bool fits(const WorldParts& p, const CrashPoint& point, Controller controller,
          const std::vector<apiserver::CallId>& calls, std::size_t index) {
  const apiserver::Call& call = p.transport.call(calls[index]);
  if (point.verb && call.request.verb != *point.verb) return false;
  if (point.kind && call.request.key.kind != *point.kind) return false;
  if (controller != Controller::kJobSetManager) return true;
  const JobSetController::Progress progress = p.jobsets.progressOf(call);
  if (!point.object.empty() && (progress.of_pod || progress.key != point.object)) return false;
  if (point.plan_request == 0) return true;
  std::uint64_t later = 0;
  for (std::size_t i = index + 1; i < calls.size(); ++i) {
    if (p.jobsets.progressOf(p.transport.call(calls[i])).of_pod == progress.of_pod) ++later;
  }
  return progress.sent == point.plan_request + later;
}

// A process that was started again looks at the lease for the first time, or again.
void look(World& world, Controller controller) {
  WorldParts& p = world.parts();
  const ElectionTiming& timing = world.config().timing.election;
  Election::Seat& seat = p.election.seat(controller);
  if (!reachesServer(p, controller)) {
    seat.restart = p.kernel.scheduleAfter(std::max(timing.retry, kernel::Duration(1s)), targetOf(Component::kElection),
                                          kLook, static_cast<std::uint64_t>(controller), 0, EventClass::kRetry);
    return;
  }
  const kernel::TimePoint at = takeOver(timing, p.kernel.now(), p.kernel.seed(), controller, seat.lives) + seat.slow;
  seat.takeover = scheduleWork(p, std::max(at, p.kernel.now()), kTakeOver, controller);
}

kernel::Duration startTime(World& world, Controller controller) {
  const Timing& timing = world.config().timing;
  Election::Seat& seat = world.parts().election.seat(controller);
  return crashLoop(seat, timing.kubelet, world.kernel().now()) +
         kernel::sample(timing.election.restart, world.kernel().seed(),
                        fmt::format("election/{}/restart", controllerText(controller)), seat.lives);
}

void onRestarted(World& world, Controller controller) {
  WorldParts& p = world.parts();
  Election::Seat& seat = p.election.seat(controller);
  if (controller == Controller::kControllerManager && !reachesServer(p, controller)) {
    ++seat.lives;
    seat.restart = p.kernel.scheduleAfter(startTime(world, controller), targetOf(Component::kElection), kRestarted,
                                          static_cast<std::uint64_t>(controller), 0, EventClass::kRetry);
    return;
  }
  if (controller == Controller::kJobSetManager) startFresh(world, controller);
  look(world, controller);
}

// The leader's process ends.
void end(World& world, Controller controller, Recovery recovery, std::uint64_t fault, std::string text) {
  WorldParts& p = world.parts();
  Election& election = p.election;
  if (controller == Controller::kControllerManager) forgetJobControllerAlone(world);
  const ElectionTiming& timing = world.config().timing.election;
  const kernel::TimePoint now = p.kernel.now();
  const std::uint32_t instance = election.next_instance++;
  const bool warm = controller == Controller::kJobSetManager && recovery == Recovery::kFailOver;
  const std::uint32_t before = currentTarget(election, componentsOf(controller).front());
  for (const Component component : componentsOf(controller)) endCurrent(world, component, instance, warm);
  if (warm) {
    const std::uint32_t after = currentTarget(election, Component::kJobSetController);
    for (const apiserver::FeedId feed : p.transport.feedsOf(before)) p.transport.redirect(feed, after);
    takeStandby(world, runtime::JobSetCache(p.jobsets.cache()));
  }
  Election::Seat& seat = election.seat(controller);
  seat.state = Election::Seat::State::kDown;
  seat.fault = fault;
  ++seat.lives;
  p.kernel.cancel(seat.give_up);
  if (recovery == Recovery::kRestart) {
    if (controller == Controller::kJobSetManager) setWebhooks(p, false);
    seat.restart = scheduleWork(p, kernel::saturatingAdd(now, startTime(world, controller)), kRestarted, controller);
  } else {
    const kernel::TimePoint seen = lastRenewal(timing, leaseOf(election, controller).since, now);
    const kernel::TimePoint at = takeOver(timing, seen, p.kernel.seed(), controller, seat.lives) + seat.slow;
    seat.takeover = scheduleWork(p, std::max(at, now), kTakeOver, controller);
  }
  note(world, controller, fault, 1, std::move(text));
}

void onGiveUp(World& world, Controller controller) {
  if (!canBeHit(world.parts().election, controller)) return;
  end(world, controller, Recovery::kRestart, 0,
      fmt::format("could not renew its lease for {}, and ends; it is started again",
                  api::formatDuration(world.config().timing.election.renew_deadline)));
}

}  // namespace

bool crashController(World& world, Controller controller, Recovery recovery, std::uint64_t fault) {
  if (!canBeHit(world.parts().election, controller)) return false;
  end(world, controller, recovery, fault,
      fmt::format("has crashed; {}", recovery == Recovery::kRestart ? "it is started again" : "a standby waits"));
  return true;
}

void armCrash(World& world, Controller controller, Recovery recovery, CrashPoint point, std::uint64_t fault) {
  world.parts().election.armed.push_back({fault, controller, recovery, std::move(point), 0});
}

void disarmCrash(World& world, std::uint64_t fault) {
  std::erase_if(world.parts().election.armed, [&](const Election::Armed& one) { return one.fault == fault; });
}

std::vector<std::uint64_t> takeCrashes(World& world) { return std::exchange(world.parts().election.fired, {}); }

bool pauseController(World& world, Controller controller, kernel::Duration time, std::uint64_t fault) {
  WorldParts& p = world.parts();
  Election& election = p.election;
  if (!canBeHit(election, controller)) return false;
  if (controller == Controller::kControllerManager &&
      election.seat(Controller::kJobController).state != Election::Seat::State::kLeading) {
    return false;
  }
  const ElectionTiming& timing = world.config().timing.election;
  Election::Seat& seat = election.seat(controller);
  seat.fault = fault;
  ++seat.lives;
  p.kernel.cancel(seat.give_up);
  seat.state = Election::Seat::State::kPaused;
  for (const Component component : componentsOf(controller)) {
    const std::uint32_t target = currentTarget(election, component);
    seat.paused.push_back(target);
    election.paused.insert(target);
    election.part(target).paused = true;
  }
  if (controller == Controller::kJobSetManager) {
    const std::uint32_t before = seat.paused.front();
    setAside(world, Component::kJobSetController, election.next_instance++);
    const std::uint32_t after = currentTarget(election, Component::kJobSetController);
    for (const apiserver::FeedId feed : p.transport.feedsOf(before)) p.transport.fork(p.kernel, p.server, feed, after);
    takeStandby(world, p.old.jobsets.at(before).cache());
  }
  const kernel::TimePoint now = p.kernel.now();
  const kernel::TimePoint end = kernel::saturatingAdd(now, time);
  const kernel::TimePoint seen = lastRenewal(timing, leaseOf(election, controller).since, now);
  const kernel::TimePoint at =
      std::max(now, takeOver(timing, seen, p.kernel.seed(), controller, seat.lives) + seat.slow);
  if (at < end) seat.takeover = scheduleWork(p, at, kTakeOver, controller);
  seat.resume = scheduleWork(p, end, kResumed, controller);
  note(world, controller, fault, 1, fmt::format("stands still for {}", api::formatDuration(time)));
  return true;
}

void setFailOver(World& world, Controller controller, kernel::Duration slower) {
  world.parts().election.seat(controller).slow = slower;
}

void setClockSkew(World& world, Controller controller, kernel::Duration skew) {
  for (const Component component : componentsOf(controller))
    world.parts().election.part(targetOf(component)).skew = skew;
}

bool hasLeader(const World& world, Controller controller) {
  return world.parts().election.seat(controller).state == Election::Seat::State::kLeading;
}

void onReachability(World& world) {
  WorldParts& p = world.parts();
  const auto& faults = p.transport.faults().active();
  const bool outage = std::any_of(faults.begin(), faults.end(), [](const auto& entry) {
    return entry.second.fault.effect == apiserver::ApiEffect::kOutage;
  });
  if (outage) {
    stopRenewals(world);
  } else {
    for (Renewal& renewal : resumeRenewals(world)) {
      p.kernel.schedule(renewal.at, targetOf(Component::kElection), kRenewed, p.election.next_renewal, 0,
                        EventClass::kHousekeeping);
      p.election.renewals.emplace(p.election.next_renewal++, std::move(renewal.node));
    }
  }
  const ElectionTiming& timing = world.config().timing.election;
  for (const Controller controller :
       {Controller::kJobSetManager, Controller::kControllerManager, Controller::kScheduler}) {
    const Election::Seat& seat = p.election.seat(controller);
    if (seat.state != Election::Seat::State::kLeading) continue;
    const bool failing = p.kernel.isPending(seat.give_up);
    if (reachesServer(p, controller)) {
      if (failing && p.kernel.now() <= lastTry(timing, seat.failing)) p.kernel.cancel(seat.give_up);
    } else if (!failing) {
      watchLease(world, controller, lastRenewal(timing, seat.since, p.kernel.now()) + timing.retry);
    }
  }
}

bool isHeartbeat(const kernel::Event& event) {
  return event.target == targetOf(Component::kNodeLifecycle) && event.kind == Heartbeats::kHeartbeatChanged;
}

void onHeartbeat(World& world, const kernel::Event& event) {
  WorldParts& p = world.parts();
  const auto tell = [&](NodeControllers& nodes, std::uint32_t target) {
    if (p.election.paused.contains(target)) {
      p.election.held.push_back(event);
      p.election.held.back().target = target;
      return;
    }
    Context ctx = contextOf(world, target);
    nodes.onTimer(ctx, Component::kNodeLifecycle, event.kind, event.a);
  };
  if (p.election.seat(Controller::kControllerManager).state != Election::Seat::State::kDown)
    tell(p.nodes, currentTarget(p.election, Component::kNodeLifecycle));
  for (auto& [target, nodes] : p.old.nodes) tell(nodes, target);
}

std::optional<std::vector<Told>> onElection(World& world, const kernel::Event& event) {
  WorldParts& p = world.parts();
  const auto controller = static_cast<Controller>(event.a);
  switch (static_cast<Timer>(event.kind)) {
    case kRestarted: onRestarted(world, controller); break;
    case kLook: look(world, controller); break;
    case kGiveUp: onGiveUp(world, controller); break;
    case kRenewed: {
      const auto renewal = p.election.renewals.find(event.a);
      const std::string node = std::move(renewal->second);
      p.election.renewals.erase(renewal);
      renewNode(world, node);
      break;
    }
    case kTakeOver:
      if (reachesServer(p, controller)) {
        takeLease(world, controller);
      } else {
        const ElectionTiming& timing = world.config().timing.election;
        p.election.seat(controller).takeover = tryAgain(p, event, std::max(timing.retry, kernel::Duration(1s)));
      }
      break;
    case kResumed: resume(world, controller); break;
    case kLost:
      for (const Component component : componentsOf(controller))
        dismiss(world, component, targetOf(component) | static_cast<std::uint32_t>(event.b) << kComponentBits);
      note(world, controller, p.election.seat(controller).fault, 2,
           "the old leader sees that it lost the lease, and ends");
      break;
    case kListed: return onListed(world, event);
  }
  return std::nullopt;
}

void afterTold(World& world, const kernel::Event& event) {
  finishLists(world, static_cast<Controller>(event.a), static_cast<std::uint32_t>(event.b));
}

void onOldReplica(World& world, Context& ctx, const kernel::Event& event, std::uint32_t target) {
  WorldParts& p = world.parts();
  const bool delivery = event.target != target;
  if (p.election.paused.contains(target)) {
    const bool there = delivery && std::any_of(p.election.held.begin(), p.election.held.end(), [&](const auto& held) {
                         return held.target == event.target && held.kind == event.kind && held.a == event.a;
                       });
    if (!there) p.election.held.push_back(event);
    return;
  }
  const Component who = componentOf(target);
  withComponent(p, who, [&](auto&, auto& old) {
    const auto at = old.find(homeTarget(target));
    if (at == old.end()) {  // it has ended: nobody hears this
      if (event.kind == kReply && !delivery) p.transport.take(event.a);
    } else if (delivery) {
      const auto feed = static_cast<apiserver::FeedId>(event.a);
      for (const apiserver::WatchEvent& change : p.transport.due(p.kernel, p.server, feed))
        at->second.onWatch(ctx, change);
    } else if (event.kind == kReply) {
      answer(at->second, ctx, who, p.transport.take(event.a));
    } else {
      wake(at->second, ctx, who, event);
    }
  });
}

void crashIfArmed(World& world, std::uint32_t target, apiserver::CallId first) {
  WorldParts& p = world.parts();
  if (!p.election.ordinary(target)) return;
  std::vector<apiserver::CallId> calls;
  for (const apiserver::CallId id : p.transport.callsOf(target)) {
    if (id >= first && p.transport.call(id).request.key.kind != api::Kind::kEvent) calls.push_back(id);
  }
  if (calls.empty()) return;
  for (std::size_t i = 0; i < p.election.armed.size(); ++i) {
    Election::Armed& one = p.election.armed[i];
    const std::vector<Component>& components = componentsOf(one.controller);
    if (std::find(components.begin(), components.end(), componentOf(target)) == components.end()) continue;
    for (std::size_t index = 0; index < calls.size(); ++index) {
      if (!fits(p, one.point, one.controller, calls, index) || ++one.seen != one.point.match) continue;
      const Election::Armed fired = one;
      const apiserver::CallId last = calls[index];
      for (const apiserver::CallId id : p.transport.callsOf(target)) {
        if (id > last || (id == last && !fired.point.after)) p.transport.recall(p.kernel, id);
      }
      p.election.armed.erase(p.election.armed.begin() + static_cast<std::ptrdiff_t>(i));
      p.election.fired.push_back(fired.fault);
      crashController(world, fired.controller, fired.recovery, fired.fault);
      return;
    }
  }
}

}  // namespace jobset_twin::cluster
