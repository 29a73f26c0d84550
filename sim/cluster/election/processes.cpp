#include "sim/cluster/election/processes.hpp"

#include <algorithm>

#include "sim/cluster/kubernetes_gates.hpp"

namespace jobset_twin::cluster {
namespace {

void renew(GarbageCollector& component, const WorldConfig&) { component = GarbageCollector(); }
void renew(TtlController& component, const WorldConfig&) { component = TtlController(); }
void renew(EndpointSlices& component, const WorldConfig&) { component = EndpointSlices(); }
void renew(Claims& component, const WorldConfig&) { component = Claims(); }
void renew(NodeControllers& component, const WorldConfig& config) { component = NodeControllers(config.left_out); }
void renew(JobSetController& component, const WorldConfig& config) { component = JobSetController(config.jobset); }
void renew(Scheduler& component, const WorldConfig& config) {
  component =
      Scheduler(config.kubernetes_minor, config.scheduler, config.timing.scheduler.percentage_of_nodes_to_score);
}
void renew(JobController& component, const WorldConfig& config) {
  component = JobController(gatesOf(config.kubernetes_minor), config.scheduler.workloads.WorkloadWithJob);
}

bool isHome(Component component) { return homeOf(component) == component; }

// The controllers of nodes are one object, which knows itself who is there.
bool leftOut(const World& world, Component component) {
  return homeOf(component) != Component::kNodeLifecycle && world.config().left_out.has(component);
}

// What a replica waits for does not come any more.
void silence(WorldParts& p, std::uint32_t target, bool keep_feeds) {
  std::erase_if(p.election.held, [&](const kernel::Event& event) {
    if (targetOfEvent(p, event) != target) return false;
    if (event.kind == kReply && event.target == target) p.transport.take(event.a);
    return true;
  });
  for (const apiserver::CallId id : p.transport.callsOf(target)) {
    if (p.transport.isWaiting(p.kernel, id)) {
      p.transport.recall(p.kernel, id);
    } else {
      p.transport.giveUp(id);
    }
  }
  if (keep_feeds) return;
  for (const apiserver::FeedId feed : p.transport.feedsOf(target)) p.transport.close(p.kernel, feed);
}

// The order in which a fresh replica hears of kinds: owners before what they own.
int listRank(api::Kind kind) {
  switch (kind) {
    case api::Kind::kGeneric: return 0;
    case api::Kind::kNode: return 1;
    case api::Kind::kJobSet: return 2;
    case api::Kind::kService: return 3;
    case api::Kind::kPersistentVolumeClaim: return 4;
    case api::Kind::kJob: return 5;
    case api::Kind::kPod: return 6;
    default: return 7;
  }
}

bool hasPart(Controller controller, Component component) {
  const std::vector<Component>& components = componentsOf(controller);
  return std::find(components.begin(), components.end(), component) != components.end();
}

}  // namespace

std::uint32_t currentTarget(const Election& election, Component component) {
  return targetOf(component) | election.part(targetOf(component)).instance << kComponentBits;
}

Context contextOf(World& world, std::uint32_t target) {
  Context ctx = world.context();
  ctx.instance = instanceOf(target);
  ctx.skew = world.parts().election.part(target).skew;
  return ctx;
}

std::uint32_t targetOfEvent(const WorldParts& p, const kernel::Event& event) {
  if (event.target == targetOf(Component::kTransport) && event.kind == kDeliver)
    return p.transport.feedTarget(static_cast<apiserver::FeedId>(event.a));
  return event.target;
}

void dismiss(World& world, Component component, std::uint32_t target) {
  WorldParts& p = world.parts();
  p.election.paused.erase(target);
  withComponent(p, component, [&](auto&, auto& old) {
    const auto at = old.find(target);
    if (isHome(component) && at == old.end()) return;
    Context ctx = contextOf(world, target);
    if (isHome(component)) at->second.stop(ctx);
    silence(p, target, false);
    if (isHome(component)) old.erase(at);
  });
}

void endCurrent(World& world, Component component, std::uint32_t instance, bool keep_feeds) {
  WorldParts& p = world.parts();
  const std::uint32_t target = currentTarget(p.election, component);
  if (isHome(component)) {
    Context ctx = contextOf(world, target);
    withComponent(p, component, [&](auto& current, auto&) { current.stop(ctx); });
  }
  p.election.paused.erase(target);
  silence(p, target, keep_feeds);
  p.election.part(target).paused = false;
  p.election.part(target).instance = instance;
}

void makeFresh(World& world, Controller controller) {
  WorldParts& p = world.parts();
  for (const Component component : componentsOf(controller)) {
    if (!isHome(component) || leftOut(world, component)) continue;
    const std::uint32_t target = currentTarget(p.election, component);
    Context ctx = contextOf(world, target);
    withComponent(p, component, [&](auto& current, auto&) { renew(current, world.config()); });
    if (component == Component::kJobSetController) {
      p.jobsets.standBy(ctx, {});
    } else {
      withComponent(p, component, [&](auto& current, auto&) { current.start(ctx); });
    }
    if (component == Component::kJobController) p.jobs.expectLists();
    if (component == Component::kNodeLifecycle) p.nodes.expectLists();
    for (const apiserver::FeedId feed : p.transport.feedsOf(target)) p.transport.hold(p.kernel, feed);
  }
}

void setAside(World& world, Component component, std::uint32_t instance) {
  WorldParts& p = world.parts();
  const std::uint32_t target = currentTarget(p.election, component);
  if (isHome(component)) {
    withComponent(p, component, [&](auto& current, auto& old) {
      old.insert_or_assign(target, std::move(current));
      renew(current, world.config());
    });
  }
  p.election.part(target).instance = instance;
  p.election.part(target).paused = false;
}

void takeStandby(World& world, const runtime::JobSetCache& cache) {
  WorldParts& p = world.parts();
  Context ctx = contextOf(world, currentTarget(p.election, Component::kJobSetController));
  renew(p.jobsets, world.config());
  p.jobsets.standBy(ctx, cache);
}

std::vector<Told> listAll(World& world, Controller controller, std::uint32_t instance) {
  WorldParts& p = world.parts();
  std::vector<Told> told;
  for (const Component component : componentsOf(controller)) {
    const std::uint32_t target = currentTarget(p.election, component);
    if (instanceOf(target) != instance) continue;
    std::vector<apiserver::FeedId> feeds = p.transport.feedsOf(target);
    std::stable_sort(feeds.begin(), feeds.end(), [&](apiserver::FeedId a, apiserver::FeedId b) {
      return listRank(p.transport.feedKind(a)) < listRank(p.transport.feedKind(b));
    });
    for (const apiserver::FeedId feed : feeds) {
      for (apiserver::WatchEvent& change : p.transport.list(p.kernel, p.server, feed))
        told.push_back({target, std::move(change)});
    }
  }
  return told;
}

void beginLists(World& world, Controller controller) {
  WorldParts& p = world.parts();
  if (!hasPart(controller, Component::kNodeLifecycle)) return;
  Context ctx = contextOf(world, currentTarget(p.election, Component::kNodeLifecycle));
  p.nodes.beforeLists(ctx);
}

void finishLists(World& world, Controller controller, std::uint32_t instance) {
  WorldParts& p = world.parts();
  const std::uint32_t jobs = currentTarget(p.election, Component::kJobController);  // it may have a life of its own
  if (hasPart(controller, Component::kJobController) && !leftOut(world, Component::kJobController) &&
      p.election.ordinary(jobs) && instanceOf(jobs) == instance) {
    Context ctx = contextOf(world, jobs);
    p.jobs.listed(ctx);
  }
  if (hasPart(controller, Component::kNodeLifecycle)) {
    Context ctx = contextOf(world, currentTarget(p.election, Component::kNodeLifecycle));
    p.nodes.listed(ctx);
  }
}

}  // namespace jobset_twin::cluster
