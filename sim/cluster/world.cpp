#include "sim/cluster/world.hpp"

#include "sim/kernel/check.hpp"

namespace jobset_twin::cluster {
namespace {

apiserver::ServerConfig serverConfig(const WorldConfig& config) {
  apiserver::ServerConfig server;
  server.seed = config.seed;
  server.kubernetes_minor = config.kubernetes_minor;
  server.jobset_gates = config.jobset.gates;
  return server;
}

constexpr std::uint16_t kSubmit = kFirstTimer;

}  // namespace

World::World(WorldConfig config)
    : config_(std::move(config)),
      kernel_(config_.seed, config_.start),
      server_(serverConfig(config_)),
      transport_(config_.timing.transport),
      jobsets_(config_.jobset),
      jobs_(gatesOf(config_.kubernetes_minor)),
      scheduler_(config_.kubernetes_minor),
      kubelet_(config_.kubelet),
      dns_(config_.jobset.cluster_domain) {}

void World::start() {
  server_.bootstrap(kernel_.now());
  user_ = transport_.addClient({"user", 0, 0});
  Context ctx = context();
  garbage_.start(ctx);
  jobsets_.start(ctx);
  jobs_.start(ctx);
  ttl_.start(ctx);
  scheduler_.start(ctx);
  kubelet_.start(ctx);
  endpoints_.start(ctx);
  dns_.start(ctx);
  claims_.start(ctx);
  transport_.noteWrites(kernel_, server_);  // after they subscribed: what the bootstrap wrote is news to them
}

void World::submit(Submission submission) {
  kernel_.schedule(submission.at, targetOf(Component::kSubmitter), kSubmit, submissions_.size());
  submissions_.push_back(std::move(submission));
}

api::Response World::executeNow(const api::Request& request) {
  return transport_.executeNow(kernel_, server_, jobsets_.cache(), request);
}

void World::onSubmitter(const kernel::Event& event) {
  if (event.kind == kSubmit) {
    ++submitted_;
    transport_.send(kernel_, user_, targetOf(Component::kSubmitter), submissions_[event.a].request, event.a);
    return;
  }
  const apiserver::Call call = transport_.take(event.a);
  if (!call.response.ok()) refused_.push_back({submissions_[call.tag], call.response});
}

template <class Component>
void World::route(Component& component, Context& ctx, const kernel::Event& event) {
  if (event.kind == kReply) {
    component.onResponse(ctx, transport_.take(event.a));
  } else {
    component.onTimer(ctx, event.kind, event.a, event.b);
  }
}

void World::deliver(Context& ctx, std::uint32_t target, const apiserver::WatchEvent& change) {
  switch (static_cast<Component>(target)) {
    case Component::kGarbageCollector: return garbage_.onWatch(ctx, change);
    case Component::kJobSetController: return jobsets_.onWatch(ctx, change);
    case Component::kJobController: return jobs_.onWatch(ctx, change);
    case Component::kTtlController: return ttl_.onWatch(ctx, change);
    case Component::kScheduler: return scheduler_.onWatch(ctx, change);
    case Component::kKubelet: return kubelet_.onWatch(ctx, change);
    case Component::kEndpointSlices: return endpoints_.onWatch(ctx, change);
    case Component::kDns: return dns_.onWatch(ctx, change);
    case Component::kVolumes: return claims_.onWatch(ctx, change);
    default: TWIN_ASSERT(false, "a change for nobody", target);
  }
}

bool World::step() {
  const std::optional<kernel::Event> event = kernel_.popNext();
  if (!event) return false;
  Context ctx = context();
  switch (static_cast<Component>(event->target)) {
    case Component::kTransport:
      if (event->kind == kArrive) {
        transport_.onArrive(kernel_, server_, jobsets_.cache(), event->a);
      } else {
        const auto feed = static_cast<apiserver::FeedId>(event->a);
        const std::uint32_t target = transport_.feedTarget(feed);
        for (const apiserver::WatchEvent& change : transport_.due(kernel_, server_, feed)) deliver(ctx, target, change);
      }
      break;
    case Component::kGarbageCollector: route(garbage_, ctx, *event); break;
    case Component::kJobSetController: route(jobsets_, ctx, *event); break;
    case Component::kJobController: route(jobs_, ctx, *event); break;
    case Component::kTtlController: route(ttl_, ctx, *event); break;
    case Component::kScheduler: route(scheduler_, ctx, *event); break;
    case Component::kKubelet: route(kubelet_, ctx, *event); break;
    case Component::kEndpointSlices: route(endpoints_, ctx, *event); break;
    case Component::kDns: route(dns_, ctx, *event); break;
    case Component::kVolumes: route(claims_, ctx, *event); break;
    case Component::kSubmitter: onSubmitter(*event); break;
    default: TWIN_ASSERT(false, "an event for nobody", event->target);
  }
  return true;
}

}  // namespace jobset_twin::cluster
