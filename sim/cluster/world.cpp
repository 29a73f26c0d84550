#include "sim/cluster/world.hpp"

#include <fmt/format.h>

#include "engine/api/key_text.hpp"
#include "sim/apiserver/api_faults.hpp"
#include "sim/cluster/election/controller_faults.hpp"
#include "sim/cluster/election/processes.hpp"
#include "sim/cluster/kubernetes_gates.hpp"
#include "sim/cluster/submissions.hpp"
#include "sim/cluster/world_parts.hpp"
#include "sim/kernel/check.hpp"

namespace jobset_twin::cluster {
namespace {

apiserver::ServerConfig serverConfig(const WorldConfig& config) {
  apiserver::ServerConfig server;
  server.seed = config.seed;
  server.kubernetes_minor = config.kubernetes_minor;
  server.jobset_gates = config.jobset.gates;
  server.kueue_webhooks = config.kueue.present;
  server.jobset_webhooks = !config.left_out.jobset_webhooks;
  return server;
}

constexpr std::uint16_t kSubmit = kFirstTimer;

void routeToNodes(WorldParts& parts, Context& ctx, const kernel::Event& event) {
  const Component who = componentOf(event.target);
  if (event.kind == kReply) {
    parts.nodes.onResponse(ctx, who, parts.transport.take(event.a));
  } else {
    parts.nodes.onTimer(ctx, who, event.kind, event.a);
  }
}

}  // namespace

WorldParts::WorldParts(const WorldConfig& config)
    : kernel(config.seed, config.start),
      server(serverConfig(config)),
      transport(config.timing.transport),
      jobsets(config.jobset),
      jobs(gatesOf(config.kubernetes_minor), config.scheduler.workloads.WorkloadWithJob),
      scheduler(config.kubernetes_minor, config.scheduler, config.timing.scheduler.percentage_of_nodes_to_score),
      kubelet(config.kubelet, config.jobset.cluster_domain),
      dns(config.jobset.cluster_domain, config.short_names),
      nodes(config.left_out),
      kueue(config.kueue) {
  if (config.kueue.present) transport.installKueue();
  for (Election::Seat& seat : election.seats) seat.since = config.start;
}

World::World(WorldConfig config) : config_(std::move(config)), parts_(std::make_unique<WorldParts>(config_)) {}
World::World(const World& other) : config_(other.config_), parts_(std::make_unique<WorldParts>(*other.parts_)) {}
World::World(World&& other) noexcept = default;
World& World::operator=(const World& other) {
  if (this != &other) *this = World(other);
  return *this;
}
World& World::operator=(World&& other) noexcept = default;
World::~World() = default;

std::optional<kernel::TimePoint> World::nextTime() const { return parts_->kernel.nextTime(); }
void World::advanceTo(kernel::TimePoint at) { parts_->kernel.advanceTo(at); }
std::optional<kernel::Event> World::takeExternal() { return std::exchange(parts_->external, std::nullopt); }
const kernel::Kernel& World::kernel() const { return parts_->kernel; }
kernel::Kernel& World::kernel() { return parts_->kernel; }
const apiserver::Server& World::server() const { return parts_->server; }
kernel::Trace& World::trace() { return parts_->trace; }
const Scheduler& World::scheduler() const { return parts_->scheduler; }
const Kubelet& World::kubelet() const { return parts_->kubelet; }
const JobSetController& World::jobsets() const { return parts_->jobsets; }
const Dns& World::dns() const { return parts_->dns; }
Dns& World::dns() { return parts_->dns; }
std::vector<World::Refused> World::takeRefused() { return std::exchange(parts_->refused, {}); }
std::size_t World::submissionsPending() const { return parts_->submissions.size() - parts_->submitted; }

Context World::context() {
  WorldParts& p = *parts_;
  return Context{p.kernel, p.transport, p.trace, config_.timing, p.dns, p.heartbeats};
}

void World::start() {
  parts_->server.bootstrap(parts_->kernel.now());
  parts_->user = parts_->transport.addClient({"user", 0, 0});
  Context ctx = context();
  const auto start = [&](Component which, auto& component) {
    if (!config_.left_out.has(which)) component.start(ctx);
  };
  start(Component::kGarbageCollector, parts_->garbage);
  if (!config_.left_out.has(Component::kJobSetController)) {
    parts_->jobsets.start(ctx);
  } else if (!config_.left_out.jobset_webhooks) {
    parts_->jobsets.standBy(ctx, {});  // for the cache, which the webhooks read
  }
  start(Component::kJobController, parts_->jobs);
  start(Component::kTtlController, parts_->ttl);
  start(Component::kScheduler, parts_->scheduler);
  start(Component::kKubelet, parts_->kubelet);
  start(Component::kEndpointSlices, parts_->endpoints);
  parts_->dns.start(ctx);
  start(Component::kVolumes, parts_->claims);
  parts_->nodes.start(ctx);
  parts_->kubectl.start(ctx);
  if (config_.kueue.present) start(Component::kKueue, parts_->kueue);
  parts_->transport.noteWrites(parts_->kernel,
                               parts_->server);  // after they subscribed: what the bootstrap wrote is news to them
}

void World::submit(Submission submission) {
  parts_->kernel.schedule(submission.at, targetOf(Component::kSubmitter), kSubmit, parts_->submissions.size());
  parts_->submissions.push_back(std::move(submission));
}

api::Response World::executeNow(const api::Request& request) {
  return parts_->transport.executeNow(parts_->kernel, parts_->server, parts_->jobsets.cache(), request);
}

void World::onSubmitter(const kernel::Event& event) {
  WorldParts& p = *parts_;
  Context ctx = context();
  std::optional<Kubectl::Failure> failure;
  if (event.kind == kSubmit) {
    if (event.b == 0) ++p.submitted;
    const api::Request& request = p.submissions[event.a].request;
    if (isCommand(request)) return p.kubectl.begin(ctx, request, event.a);
    p.transport.send(p.kernel, p.user, targetOf(Component::kSubmitter), withPodsName(request, p.server.store()),
                     event.a | event.b << kTriesShift);
  } else if (event.kind == kReply) {
    const apiserver::Call call = p.transport.take(event.a);
    if (p.kubectl.owns(call)) {
      failure = p.kubectl.onResponse(ctx, p.server, call);
    } else if (!call.response.ok()) {
      const std::uint64_t number = call.tag & kNumberMask, tries = call.tag >> kTriesShift;
      if (tries > 0 && doneBefore(call.request, call.response.reason)) return;
      if (mayPass(call.response.reason) && tries < kTriesMost) {
        if (p.trace.enabled) {
          p.trace.note(p.kernel.now(), static_cast<std::uint16_t>(NoteKind::kRequestFailed),
                       api::keyText(p.submissions[number].request.key),
                       fmt::format("{}; whoever submits it tries again in {}", call.response.message,
                                   api::formatDuration(patience(tries))));
        }
        p.kernel.scheduleAfter(patience(tries), targetOf(Component::kSubmitter), kSubmit, number, tries + 1);
      } else {
        p.refused.push_back({p.submissions[number], call.response});
      }
    }
  } else {
    failure = p.kubectl.onTimer(ctx, event.kind, event.a);
  }
  if (!failure) return;
  api::Response response;
  response.reason = api::Reason::kUnknownOutcome;  // of kubectl, not of one request
  response.message = std::move(failure->message);
  p.refused.push_back({p.submissions[failure->tag], std::move(response)});
}

template <class Component>
void World::route(Component& component, Context& ctx, const kernel::Event& event) {
  if (event.kind == kReply) {
    component.onResponse(ctx, parts_->transport.take(event.a));
  } else {
    component.onTimer(ctx, event.kind, event.a, event.b);
  }
}

void World::deliver(Context& ctx, std::uint32_t target, const apiserver::WatchEvent& change) {
  switch (componentOf(target)) {
    case Component::kGarbageCollector: return parts_->garbage.onWatch(ctx, change);
    case Component::kJobSetController: return parts_->jobsets.onWatch(ctx, change);
    case Component::kJobController: return parts_->jobs.onWatch(ctx, change);
    case Component::kTtlController: return parts_->ttl.onWatch(ctx, change);
    case Component::kScheduler: return parts_->scheduler.onWatch(ctx, change);
    case Component::kKubelet: return parts_->kubelet.onWatch(ctx, change);
    case Component::kEndpointSlices: return parts_->endpoints.onWatch(ctx, change);
    case Component::kDns: return parts_->dns.onWatch(ctx, change);
    case Component::kVolumes: return parts_->claims.onWatch(ctx, change);
    case Component::kNodeLifecycle: return parts_->nodes.onWatch(ctx, change);
    case Component::kKueue: return parts_->kueue.onWatch(ctx, change);
    default: TWIN_ASSERT(false, "a change for nobody", target);
  }
}

// Faults may act on parts that are left out, and what those would do then must not come to pass.
bool World::isForNobody(const kernel::Event& event, std::uint32_t whom) {
  const Component who = componentOf(whom);
  // The JobSet manager keeps its cache for the webhooks; the controllers of nodes know themselves who is there.
  if (!config_.left_out.has(who) || who == Component::kJobSetController || homeOf(who) == Component::kNodeLifecycle)
    return false;
  if (event.target == whom && event.kind == kReply) parts_->transport.take(event.a);
  return true;
}

bool World::step() {
  const std::optional<kernel::Event> event = parts_->kernel.popNext();
  if (!event) return false;
  Election& election = parts_->election;
  const bool delivery = event->target == apiserver::kTransportTarget && event->kind == kDeliver;
  const std::uint32_t whom =
      delivery ? parts_->transport.feedTarget(static_cast<apiserver::FeedId>(event->a)) : event->target;
  Context ctx = context();
  ctx.instance = instanceOf(whom);
  ctx.skew = election.part(whom).skew;
  if (isHeartbeat(*event)) {
    onHeartbeat(*this, *event);
    return true;
  }
  if (config_.left_out.any() && isForNobody(*event, whom)) return true;
  if (!election.ordinary(whom)) {
    onOldReplica(*this, ctx, *event, whom);
    return true;
  }
  const apiserver::CallId first_call = parts_->transport.nextCall();
  switch (componentOf(event->target)) {
    case Component::kTransport:
      if (event->kind == kArrive) {
        parts_->transport.onArrive(parts_->kernel, parts_->server, parts_->jobsets.cache(), event->a);
      } else if (event->kind == apiserver::kReachability) {
        onReachability(*this);
      } else {
        const auto feed = static_cast<apiserver::FeedId>(event->a);
        for (const apiserver::WatchEvent& change : parts_->transport.due(parts_->kernel, parts_->server, feed))
          deliver(ctx, whom, change);
      }
      break;
    case Component::kGarbageCollector: route(parts_->garbage, ctx, *event); break;
    case Component::kJobSetController: route(parts_->jobsets, ctx, *event); break;
    case Component::kJobController: route(parts_->jobs, ctx, *event); break;
    case Component::kTtlController: route(parts_->ttl, ctx, *event); break;
    case Component::kScheduler: route(parts_->scheduler, ctx, *event); break;
    case Component::kKubelet: route(parts_->kubelet, ctx, *event); break;
    case Component::kEndpointSlices: route(parts_->endpoints, ctx, *event); break;
    case Component::kDns: route(parts_->dns, ctx, *event); break;
    case Component::kVolumes: route(parts_->claims, ctx, *event); break;
    case Component::kKueue: route(parts_->kueue, ctx, *event); break;
    case Component::kSubmitter: onSubmitter(*event); break;
    case Component::kFaults: parts_->external = *event; break;
    case Component::kNodeLifecycle:
    case Component::kTaintEviction:
    case Component::kPodGc:
    case Component::kDisruption: routeToNodes(*parts_, ctx, *event); break;
    case Component::kElection:
      if (const auto lists = onElection(*this, *event)) {
        for (const Told& told : *lists) {
          ctx.instance = instanceOf(told.target);
          ctx.skew = election.part(told.target).skew;
          deliver(ctx, told.target, told.change);
        }
        afterTold(*this, *event);
      }
      break;
    default: TWIN_ASSERT(false, "an event for nobody", event->target);
  }
  if (!election.armed.empty()) crashIfArmed(*this, whom, first_call);
  return true;
}

}  // namespace jobset_twin::cluster
