#include "sim/apiserver/transport_faults.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/api/pattern.hpp"
#include "sim/apiserver/admission.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/kinds.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::apiserver {
namespace {

using api::Reason;
using namespace std::chrono_literals;

constexpr api::Duration kQueueWaitMax = 60s;    // K-API-50
constexpr api::Duration kWebhookTimeout = 10s;  // K-T-89
constexpr api::Duration kDialTimeout = 30s;     // client-go: to a server that does not answer
constexpr api::Duration kConnectionLost = 45s;  // K-T-31: HTTP/2 read idle 30 s, then a ping of 15 s
constexpr api::Duration kBackoff = 800ms, kBackoffMax = 30s, kBackoffReset = 120s;  // K-T-76

// An API server answers with Conflict where something is to be changed that has changed.
bool mayConflict(api::Verb verb) { return verb != api::Verb::kGet && verb != api::Verb::kCreate; }

// The method on the wire, as client-go names it in errors.
std::string_view methodOf(api::Verb verb) {
  switch (verb) {
    case api::Verb::kGet: return "get";
    case api::Verb::kUpdate:
    case api::Verb::kUpdateStatus: return "put";
    case api::Verb::kPatch:
    case api::Verb::kPatchStatus: return "patch";
    case api::Verb::kDelete: return "delete";
    default: return "post";
  }
}

api::Response errorOf(const ApiFault& fault, const api::Request& request) {
  const ResourceNames names = namesOf(request.key);
  api::Response response = refusal(fault.reason, fault.message);
  response.retry_after_seconds = fault.retry_after_seconds;
  if (!fault.message.empty()) return response;
  switch (fault.reason) {
    case Reason::kConflict: response.message = modifiedConflict(names).message; break;
    case Reason::kTooManyRequests: response.message = "too many requests, please try again later"; break;
    case Reason::kInternalError: response.message = internalError("etcdserver: request timed out").message; break;
    case Reason::kServiceUnavailable:
      response.message =
          fmt::format("the server is currently unable to handle the request ({} {}{}{})", methodOf(request.verb),
                      names.qualifiedResource(), names.name.empty() ? "" : " ", names.name);
      break;
    case Reason::kTimeout:
      response.message = "Timeout: request did not complete within requested timeout - context deadline exceeded";
      break;
    case Reason::kForbidden: response.message = forbiddenError(names, "denied by a fault").message; break;
    default: response.message = api::reasonText(fault.reason); break;
  }
  return response;
}

// K-API-13, K-T-89: the first webhook that the request comes to.
api::Response webhookFailed(const api::Request& request, std::string_view why) {
  const bool pod = request.key.kind == api::Kind::kPod;
  const bool mutating = pod || request.verb == api::Verb::kCreate;
  const std::string_view name = pod ? "mpod.kb.io" : mutating ? "mjobset.kb.io" : "vjobset.kb.io";
  const std::string_view path = pod        ? "mutate--v1-pod"
                                : mutating ? "mutate-jobset-x-k8s-io-v1alpha2-jobset"
                                           : "validate-jobset-x-k8s-io-v1alpha2-jobset";
  return internalError(
      fmt::format("failed calling webhook \"{}\": failed to call webhook: Post "
                  "\"https://jobset-webhook-service.jobset-system.svc:443/{}?timeout=10s\": {}",
                  name, path, why));
}

// Changes in [first, end) of a kind as a list shows them to a cache that is as at `first`: each object once, as it is
// at the end, in the order of keys; what is gone as it was when it was last seen. An object that was deleted and made
// again under its name comes as both.
std::vector<WatchEvent> replacement(const Store& store, api::Kind kind, std::uint64_t first, std::uint64_t end) {
  struct Ends {
    const WatchEvent *oldest, *newest;
  };
  std::map<std::pair<std::string, std::string>, Ends> objects;
  for (std::uint64_t cursor = first; cursor < end; ++cursor) {
    const WatchEvent& change = store.change(kind, cursor);
    const api::ObjectKey key = api::keyOf(*change.object);
    const auto [at, fresh] = objects.try_emplace({key.namespace_, key.name}, Ends{&change, &change});
    at->second.newest = &change;
  }
  std::vector<WatchEvent> present, gone;
  for (const auto& [key, ends] : objects) {
    const api::ObjectPtr& before = ends.oldest->previous;
    WatchEvent event = *ends.newest;
    const bool there = event.type != WatchType::kDeleted;
    const bool same = there && before && before->meta.uid == event.object->meta.uid;
    if (before && !same) {
      WatchEvent lost = event;  // client-go's DeletedFinalStateUnknown
      lost.type = WatchType::kDeleted;
      lost.object = lost.previous = before;
      (there ? present : gone).push_back(std::move(lost));
    }
    if (!there) continue;
    event.type = same ? WatchType::kModified : WatchType::kAdded;
    event.previous = same ? before : nullptr;
    present.push_back(std::move(event));
  }
  present.insert(present.end(), std::make_move_iterator(gone.begin()), std::make_move_iterator(gone.end()));
  return present;
}

}  // namespace

// --- requests ---

bool TransportFaults::hitsRequest(const Transport& transport, const kernel::Kernel& kernel, FaultId id,
                                  const ApiFault& fault, const Call& call) {
  const api::Request& request = call.request;
  const std::string& client = transport.clients_[call.client].config.name;
  if (!api::matchesPattern(fault.client, client)) return false;
  if (!fault.verbs.empty() && std::find(fault.verbs.begin(), fault.verbs.end(), request.verb) == fault.verbs.end())
    return false;
  if (!fault.namespace_.empty() && fault.namespace_ != request.key.namespace_) return false;
  if (!fault.kind.empty() && !isCalled(request.key, fault.kind)) return false;
  if (fault.effect == ApiEffect::kError && fault.reason == Reason::kConflict && !mayConflict(request.verb))
    return false;
  if (fault.probability >= 1) return true;
  kernel::Stream luck = kernel::stream(
      kernel.seed(), fmt::format("api-fault/{}/{}/{}", fault.name.empty() ? std::to_string(id) : fault.name,
                                 requestIdentity(client, request), call.sent.time_since_epoch().count()));
  return kernel::chance(luck, fault.probability);
}

api::Duration TransportFaults::slowness(Transport& transport, const kernel::Kernel& kernel, const Call& call) {
  api::Duration extra{};
  for (auto& [id, active] : transport.faults_->active_) {
    const ApiFault& fault = active.fault;
    const int webhooks = fault.effect == ApiEffect::kWebhookSlow ? webhookCalls(call.request) : 0;
    if (fault.effect != ApiEffect::kSlow && webhooks == 0) continue;
    if (!hitsRequest(transport, kernel, id, fault, call)) continue;
    if (webhooks > 0) {
      extra += fault.latency < kWebhookTimeout ? webhooks * fault.latency : kWebhookTimeout;
    } else {
      extra += fault.latency + api::Duration(static_cast<std::int64_t>(static_cast<double>(call.latency.count()) *
                                                                       std::max(0.0, fault.factor - 1)));
    }
    ++active.hits;
  }
  return extra;
}

std::int32_t TransportFaults::seats(const Transport& transport) {
  std::int32_t seats = transport.timing_.seats;
  for (const auto& [id, active] : transport.faults_->active_) {
    if (active.fault.effect == ApiEffect::kSeats) seats = std::min(seats, active.fault.seats);
  }
  return seats;
}

// Gives those that are at the server by `until` their seats, in the order in which they came.
void TransportFaults::seatNext(Transport& transport, const kernel::Kernel& kernel, api::TimePoint until) {
  ServerLoad& load = transport.faults_->load;
  const std::int32_t seats = TransportFaults::seats(transport);
  while (const auto next = load.next(until)) {
    const auto at = transport.calls_.find(next->second);
    if (at == transport.calls_.end()) continue;
    Call& call = at->second;
    const api::TimePoint free = load.freeAt(next->first, seats);
    call.crowded_out = free > kernel::saturatingAdd(next->first, kQueueWaitMax);
    if (call.crowded_out) {
      call.due = kernel::saturatingAdd(next->first, kQueueWaitMax);
      continue;
    }
    if (!transport.faults_->none()) call.latency += slowness(transport, kernel, call);
    call.due = kernel::saturatingAdd(free, call.latency - call.latency / 4);
    load.take(free, call.due, seats);
    if (free == next->first) continue;
    for (auto& [id, active] : transport.faults_->active_) {
      if (active.fault.effect == ApiEffect::kSeats) ++active.hits;
    }
  }
}

bool TransportFaults::isServed(Transport& transport, kernel::Kernel& kernel, Call& call) {
  seatNext(transport, kernel, call.sent);
  if (call.due <= kernel.now()) return true;
  call.pending = kernel.schedule(call.due, kTransportTarget, kArrive, call.id);
  return false;
}

const ApiFault* TransportFaults::hit(Transport& transport, const kernel::Kernel& kernel, const Server& server,
                                     const Call& call) {
  static const ApiFault kCrowdedOut = [] {
    ApiFault fault;
    fault.reason = Reason::kTooManyRequests;
    fault.retry_after_seconds = 1;
    return fault;
  }();
  if (transport.faults_->none()) return call.crowded_out ? &kCrowdedOut : nullptr;
  ActiveFault* found = nullptr;  // what keeps the request from the server comes first
  for (auto& [id, active] : transport.faults_->active_) {
    const ApiFault& fault = active.fault;
    bool hits = false;
    switch (fault.effect) {
      case ApiEffect::kOutage: hits = true; break;
      case ApiEffect::kUnreachable:
        hits = api::matchesPattern(fault.client, transport.clients_[call.client].config.name);
        break;
      case ApiEffect::kWebhookDown:
      case ApiEffect::kWebhookSlow:
        hits = server.config().jobset_webhooks && webhookCalls(call.request) > 0 &&
               (fault.effect == ApiEffect::kWebhookDown || fault.latency >= kWebhookTimeout) &&
               hitsRequest(transport, kernel, id, fault, call);
        break;
      case ApiEffect::kError:
      case ApiEffect::kTimeout:
      case ApiEffect::kLostAnswer: hits = hitsRequest(transport, kernel, id, fault, call); break;
      default: break;
    }
    const auto cutsOff = [](const ApiFault& one) {
      return one.effect == ApiEffect::kOutage || one.effect == ApiEffect::kUnreachable;
    };
    if (hits && (!found || (cutsOff(fault) && !cutsOff(found->fault)))) found = &active;
  }
  if (call.crowded_out && !found) return &kCrowdedOut;
  if (!found) return nullptr;
  ++found->hits;
  return &found->fault;
}

void TransportFaults::spoil(const ApiFault& fault, Call& call, api::Duration& wait) {
  switch (fault.effect) {
    case ApiEffect::kTimeout: {
      ApiFault timeout = fault;
      timeout.reason = Reason::kTimeout;
      call.response = errorOf(timeout, call.request);
      wait += fault.latency;
      break;
    }
    case ApiEffect::kLostAnswer:
      call.response = refusal(Reason::kUnknownOutcome, fault.message.empty() ? "unexpected EOF" : fault.message);
      wait += fault.latency;
      break;
    case ApiEffect::kOutage:
      call.response = refusal(Reason::kUnknownOutcome, "dial tcp 10.96.0.1:443: connect: connection refused");
      break;
    case ApiEffect::kUnreachable:
      call.response = refusal(Reason::kUnknownOutcome, "dial tcp 10.96.0.1:443: i/o timeout");
      wait = kDialTimeout;
      break;
    case ApiEffect::kWebhookDown:
      call.response = webhookFailed(call.request, "no endpoints available for service \"jobset-webhook-service\"");
      break;
    case ApiEffect::kWebhookSlow: call.response = webhookFailed(call.request, "context deadline exceeded"); break;
    default: call.response = errorOf(fault, call.request); break;
  }
}

// Answers that are on their way when the connection breaks.
void TransportFaults::loseAnswers(Transport& transport, kernel::Kernel& kernel, const ApiFault& fault) {
  const bool quick = fault.effect == ApiEffect::kOutage;
  for (auto& [id, call] : transport.calls_) {
    if (call.stage != CallStage::kAnswered ||
        !api::matchesPattern(fault.client, transport.clients_[call.client].config.name))
      continue;
    call.response = refusal(Reason::kUnknownOutcome, quick ? "unexpected EOF" : "http2: client connection lost");
    const kernel::Event* pending = kernel.find(call.pending);
    if (quick || !pending) continue;
    const kernel::EventClass event_class = pending->event_class, before = kernel.currentClass();
    kernel.cancel(call.pending);
    kernel.setCurrentClass(event_class);
    call.pending = kernel.scheduleAfter(kConnectionLost, call.reply_target, kReply, id, 0, event_class);
    kernel.setCurrentClass(before);
  }
}

void TransportFaults::limitClients(Transport& transport, const ApiFault& fault, bool limited) {
  for (Transport::Client& client : transport.clients_) {
    if (!api::matchesPattern(fault.client, client.config.name)) continue;
    client.bucket = limited ? TokenBucket(fault.qps, fault.burst) : TokenBucket(client.config.qps, client.config.burst);
  }
}

// --- watches ---

bool TransportFaults::hitsFeed(const ApiFault& fault, const Transport::Feed& feed) {
  switch (fault.effect) {
    case ApiEffect::kOutage:
    case ApiEffect::kCompaction: return true;
    case ApiEffect::kUnreachable: return fault.component != 0 && fault.component == (feed.target & kComponentMask);
    case ApiEffect::kWatchDelay:
    case ApiEffect::kWatchFreeze:
    case ApiEffect::kWatchDrop:
    case ApiEffect::kWatchExpire: break;
    default: return false;
  }
  if (fault.component != 0 && fault.component != (feed.target & kComponentMask)) return false;
  if (fault.kind.empty()) return true;
  if (feed.kind != api::Kind::kGeneric) return isCalled({feed.kind, "", "x"}, fault.kind);
  for (std::size_t kind = 0; kind < api::kKindCount; ++kind) {  // one feed brings all kinds that are stored as trees
    const auto typed = static_cast<api::Kind>(kind);
    if (typed != api::Kind::kGeneric && isCalled({typed, "", "x"}, fault.kind)) return false;
  }
  return true;
}

bool TransportFaults::isHeld(const Transport& transport, const Transport::Feed& feed) {
  return std::any_of(transport.faults_->active_.begin(), transport.faults_->active_.end(), [&](const auto& entry) {
    const ApiEffect effect = entry.second.fault.effect;
    const bool holds =
        effect == ApiEffect::kOutage || effect == ApiEffect::kUnreachable || effect == ApiEffect::kWatchFreeze;
    return holds && hitsFeed(entry.second.fault, feed);
  });
}

api::Duration TransportFaults::lagOf(const Transport& transport, const Transport::Feed& feed, api::Duration drawn) {
  if (!transport.faults_->delays_) return drawn;
  api::Duration lag = drawn;
  for (const auto& [id, active] : transport.faults_->active_) {
    const ApiFault& fault = active.fault;
    if (fault.effect != ApiEffect::kWatchDelay || !hitsFeed(fault, feed)) continue;
    lag +=
        fault.latency +
        api::Duration(static_cast<std::int64_t>(static_cast<double>(drawn.count()) * std::max(0.0, fault.factor - 1)));
  }
  return lag;
}

// K-T-76: 800 ms, doubling, with up to as much again by chance; forgotten after two minutes without need.
api::Duration TransportFaults::backOff(Transport& transport, const kernel::Kernel& kernel, FeedId id,
                                       api::TimePoint at) {
  Reflector& reflector = transport.faults_->reflectors_[id];
  if (reflector.failures > 0 && at - reflector.last > kBackoffReset) reflector.failures = 0;
  api::Duration delay = kBackoff;
  for (std::uint32_t i = 0; i < reflector.failures && delay < kBackoffMax; ++i) delay *= 2;
  delay = std::min(delay, kBackoffMax);
  reflector.last = at;
  if (transport.timing_.watch.sigma > 0) {
    kernel::Stream luck = kernel::stream(
        kernel.seed(), fmt::format("{}/back-off/{}", transport.feeds_[id].identity, at.time_since_epoch().count()));
    delay += api::Duration(static_cast<std::int64_t>(static_cast<double>(delay.count()) * kernel::uniform(luck)));
  }
  ++reflector.failures;
  return delay;
}

void TransportFaults::breakFeed(Transport& transport, kernel::Kernel& kernel, FeedId id, const ApiFault& fault) {
  Transport::Feed& feed = transport.feeds_[id];
  const auto [at, fresh] = transport.faults_->feeds_.try_emplace(id);
  FeedTrouble& trouble = at->second;
  const bool breaks = fault.effect != ApiEffect::kWatchFreeze;
  if (breaks && (!trouble.broken || trouble.listed)) trouble.broken_at = kernel.now();
  trouble.broken = trouble.broken || breaks;
  trouble.listed = false;  // a list under way is lost too
  trouble.relist = trouble.relist || fault.effect == ApiEffect::kWatchExpire;
  trouble.resume_at = api::TimePoint::max();
  kernel.cancel(feed.pending);
}

// Nothing holds the feed any more: it comes back when its client next tries.
void TransportFaults::resumeFeed(Transport& transport, kernel::Kernel& kernel, const Store& store, FeedId id) {
  const auto found = transport.faults_->feeds_.find(id);
  if (found == transport.faults_->feeds_.end() || isHeld(transport, transport.feeds_[id])) return;
  FeedTrouble& trouble = found->second;
  trouble.resume_at = kernel.now();
  if (trouble.broken) {
    api::TimePoint attempt = trouble.broken_at;
    do attempt = kernel::saturatingAdd(attempt, backOff(transport, kernel, id, attempt));
    while (attempt < kernel.now());
    trouble.resume_at = attempt;
  } else if (trouble.relist) {
    trouble.resume_at = kernel::saturatingAdd(kernel.now(), backOff(transport, kernel, id, kernel.now()));
  }
  scheduleFeed(transport, kernel, store, id);
}

// Anew, after something about its lag has changed.
void TransportFaults::scheduleFeed(Transport& transport, kernel::Kernel& kernel, const Store& store, FeedId id) {
  Transport::Feed& feed = transport.feeds_[id];
  kernel.cancel(feed.pending);
  if (feed.cursor == store.changes(feed.kind)) return;
  feed.due_at = kernel.now();
  const auto found = transport.faults_->feeds_.find(id);
  if (found == transport.faults_->feeds_.end()) {
    feed.due_at = transport.dueTime(kernel, store, feed);
  } else if (found->second.resume_at == api::TimePoint::max()) {
    return;
  } else {
    feed.due_at = std::max(found->second.resume_at, kernel.now());
  }
  transport.schedule(kernel, id);
}

bool TransportFaults::isOpen(Transport& transport, const kernel::Kernel& kernel, FeedId id) {
  auto& feeds = transport.faults_->feeds_;
  if (feeds.empty()) return true;
  const auto found = feeds.find(id);
  if (found == feeds.end()) return true;
  Transport::Feed& feed = transport.feeds_[id];
  FeedTrouble& trouble = found->second;
  if (trouble.resume_at == api::TimePoint::max()) return false;
  if (kernel.isPending(feed.pending)) return true;
  if (!trouble.listed && trouble.resume_at < kernel.now()) {
    feeds.erase(found);  // it came back with nothing to tell
  } else {
    feed.due_at = std::max(feed.due_at, trouble.resume_at);
  }
  return true;
}

bool TransportFaults::goesOn(Transport& transport, kernel::Kernel& kernel, const Store& store, FeedId id,
                             std::vector<WatchEvent>& changes) {
  auto& feeds = transport.faults_->feeds_;
  if (feeds.empty()) return true;
  const auto found = feeds.find(id);
  if (found == feeds.end()) return true;
  Transport::Feed& feed = transport.feeds_[id];
  FeedTrouble& trouble = found->second;
  const std::uint64_t end = store.changes(feed.kind);
  if (trouble.listed) {
    changes = replacement(store, feed.kind, feed.cursor, trouble.list_end);
    feed.cursor = trouble.list_end;
    feeds.erase(found);
    scheduleFeed(transport, kernel, store, id);
    return false;
  }
  if (!trouble.relist && feed.cursor < end) {  // K-T-85: has the window moved past its place?
    const std::uint64_t newer = end - feed.cursor - 1;
    const bool old = store.change(feed.kind, feed.cursor).at < kernel.now() - transport.window_.age;
    if (newer >= transport.window_.keep_max || (newer >= transport.window_.keep_min && old)) {
      trouble.relist = true;
      trouble.resume_at = kernel::saturatingAdd(kernel.now(), backOff(transport, kernel, id, kernel.now()));
      scheduleFeed(transport, kernel, store, id);
      return false;
    }
  }
  if (!trouble.relist) {
    feeds.erase(found);
    return true;
  }
  // A list is read like any object, and takes longer the more there is (50 us each [E]).
  trouble.listed = true;
  trouble.list_end = end;
  const api::Duration takes = kernel::sample(transport.timing_.read, kernel.seed(), feed.identity + "/list",
                                             static_cast<std::uint64_t>(kernel.now().time_since_epoch().count())) +
                              static_cast<std::int64_t>(store.size(feed.kind)) * api::Duration(50us);
  trouble.resume_at = kernel::saturatingAdd(kernel.now(), takes);
  scheduleFeed(transport, kernel, store, id);
  return false;
}

// --- faults begin and end ---

namespace {

// Whoever keeps a lease is told.
void tellReachability(kernel::Kernel& kernel, const ApiFault& fault) {
  if (fault.effect != ApiEffect::kOutage && (fault.effect != ApiEffect::kUnreachable || fault.component == 0)) return;
  kernel.schedule(kernel.now(), kTransportTarget, kReachability, 0, 0, kernel::EventClass::kHousekeeping);
}

}  // namespace

void TransportFaults::begin(Transport& transport, kernel::Kernel& kernel, const Store& store, ActiveFault& active) {
  const ApiFault& fault = active.fault;
  tellReachability(kernel, fault);
  if (fault.effect == ApiEffect::kClientLimit) limitClients(transport, fault, true);
  if (fault.effect == ApiEffect::kOutage || fault.effect == ApiEffect::kUnreachable)
    loseAnswers(transport, kernel, fault);
  transport.faults_->delays_ = transport.faults_->delays_ || fault.effect == ApiEffect::kWatchDelay;
  for (FeedId id = 0; id < transport.feeds_.size(); ++id) {
    if (!hitsFeed(fault, transport.feeds_[id])) continue;
    if (fault.effect == ApiEffect::kCompaction) {
      const auto found = transport.faults_->feeds_.find(id);
      if (found == transport.faults_->feeds_.end() || found->second.listed) continue;
      found->second.relist = true;
    } else if (fault.effect != ApiEffect::kWatchDelay) {
      breakFeed(transport, kernel, id, fault);
      resumeFeed(transport, kernel, store, id);
    }
    ++active.hits;
  }
}

void TransportFaults::end(Transport& transport, kernel::Kernel& kernel, const Store& store, const ApiFault& fault) {
  const auto& active = transport.faults_->active_;
  tellReachability(kernel, fault);
  if (fault.effect == ApiEffect::kClientLimit) {
    limitClients(transport, fault, false);
    for (const auto& [id, other] : active) {
      if (other.fault.effect == ApiEffect::kClientLimit) limitClients(transport, other.fault, true);
    }
  }
  transport.faults_->delays_ = std::any_of(active.begin(), active.end(), [](const auto& entry) {
    return entry.second.fault.effect == ApiEffect::kWatchDelay;
  });
  for (FeedId id = 0; id < transport.feeds_.size(); ++id) {
    if (!hitsFeed(fault, transport.feeds_[id])) continue;
    const auto found = transport.faults_->feeds_.find(id);
    if (fault.effect == ApiEffect::kWatchDelay) {
      if (found == transport.faults_->feeds_.end()) scheduleFeed(transport, kernel, store, id);
    } else if (found != transport.faults_->feeds_.end() && found->second.resume_at == api::TimePoint::max()) {
      found->second.relist = found->second.relist || fault.expire;
      resumeFeed(transport, kernel, store, id);
    }
  }
}

FaultId Transport::beginFault(kernel::Kernel& kernel, Server& server, const ApiFault& fault) {
  const FaultId id = faults_->next_++;
  ActiveFault& active = faults_->active_[id];
  active.fault = fault;
  active.since = kernel.now();
  TransportFaults::begin(*this, kernel, server.store(), active);
  return id;
}

bool Transport::endFault(kernel::Kernel& kernel, Server& server, FaultId id) {
  const auto at = faults_->active_.find(id);
  if (at == faults_->active_.end()) return false;
  const ApiFault fault = at->second.fault;
  faults_->active_.erase(at);
  kernel.noteEffect();  // what was tried in vain is worth while again
  TransportFaults::end(*this, kernel, server.store(), fault);
  return true;
}

}  // namespace jobset_twin::apiserver
