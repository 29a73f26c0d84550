#include "sim/apiserver/transport.hpp"

#include <algorithm>

#include "engine/api/content.hpp"
#include "sim/apiserver/admission.hpp"
#include "sim/apiserver/kinds.hpp"
#include "sim/apiserver/transport_faults.hpp"

namespace jobset_twin::apiserver {
namespace {

using kernel::EventClass;

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

// The part of an object's name that does not change from one alternative to another: a Pod's random suffix is cut off.
std::string_view stableName(const api::ObjectKey& key) {
  std::string_view name = key.name;
  if (key.kind != api::Kind::kPod || name.size() < 7) return name;
  const std::size_t dash = name.size() - 6;
  return name[dash] == '-' ? name.substr(0, dash) : name;
}

bool isWrite(api::Verb verb) { return verb != api::Verb::kGet; }

// client-go rest/with_retry.go: the library waits as the answer says and tries again, ten times.
constexpr std::uint8_t kTriesMax = 10;
bool libraryTriesAgain(const Call& call) {
  if (call.response.retry_after_seconds <= 0 || call.tries >= kTriesMax) return false;
  const api::Reason reason = call.response.reason;
  return reason == api::Reason::kTooManyRequests || api::httpCode(reason) >= 500;
}

}  // namespace

std::string requestIdentity(std::string_view client, const api::Request& request) {
  std::string identity;
  identity.reserve(96);
  identity.append(client).append("/").append(api::verbText(request.verb)).append("/");
  identity.append(apiserver::kindInfo(request.key.kind).resource)
      .append("/")
      .append(request.key.namespace_)
      .append("/");
  const std::string_view name = stableName(request.key);
  identity.append(name.empty() && request.object ? std::string_view(request.object->meta.generateName) : name);
  return identity;
}

TokenBucket::TokenBucket(double qps, std::int32_t burst) {
  if (!(qps > 0)) return;
  interval_ =
      api::Duration(std::max<std::int64_t>(1, static_cast<std::int64_t>(static_cast<double>(kNanosPerSecond) / qps)));
  tolerance_ = interval_ * (std::max(burst, 1) - 1);
}

api::TimePoint TokenBucket::take(api::TimePoint now) {
  if (unlimited()) return now;
  const api::TimePoint at = std::max(now, full_at_ - tolerance_);
  full_at_ = std::max(full_at_, at) + interval_;
  return at;
}

ClientId Transport::addClient(ClientConfig config) {
  Client client;
  client.bucket = TokenBucket(config.qps, config.burst);
  client.config = std::move(config);
  clients_.push_back(std::move(client));
  TWIN_ASSERT(clients_.size() < kNoClient, "too many clients", clients_.size());
  return static_cast<ClientId>(clients_.size() - 1);
}

FeedId Transport::subscribe(api::Kind kind, std::uint32_t target, api::Duration extra_lag) {
  Feed feed;
  feed.kind = kind;
  feed.target = target;
  feed.extra_lag = extra_lag;
  // Of the component, whichever of its replicas it is: the same lags in every alternative.
  feed.identity = "feed/" + std::to_string(target & kComponentMask) + "/" + std::to_string(static_cast<int>(kind));
  return open(std::move(feed));
}

FeedId Transport::open(Feed feed) {
  const auto unused =
      std::find_if(feeds_.begin(), feeds_.end(), [](const Feed& other) { return other.state == Feed::State::kClosed; });
  if (unused != feeds_.end()) {
    *unused = std::move(feed);
    return static_cast<FeedId>(unused - feeds_.begin());
  }
  feeds_.push_back(std::move(feed));
  return static_cast<FeedId>(feeds_.size() - 1);
}

std::vector<FeedId> Transport::feedsOf(std::uint32_t target) const {
  std::vector<FeedId> found;
  for (FeedId id = 0; id < feeds_.size(); ++id) {
    if (feeds_[id].target == target && feeds_[id].state != Feed::State::kClosed) found.push_back(id);
  }
  return found;
}

void Transport::close(kernel::Kernel& kernel, FeedId id) {
  Feed& feed = feeds_[id];
  kernel.cancel(feed.pending);
  faults_->forget(id);
  feed.state = Feed::State::kClosed;
}

void Transport::hold(kernel::Kernel& kernel, FeedId id) {
  kernel.cancel(feeds_[id].pending);
  faults_->forget(id);
  feeds_[id].state = Feed::State::kHeld;
}

std::vector<WatchEvent> Transport::list(kernel::Kernel& kernel, Server& server, FeedId id) {
  Feed& feed = feeds_[id];
  const Store& store = server.store();
  kernel.cancel(feed.pending);
  feed.state = Feed::State::kOpen;
  feed.cursor = store.changes(feed.kind);
  feed.work_until = feed.retry_until = 0;
  feed.due_at = kernel.now();
  std::vector<WatchEvent> present;
  present.reserve(store.size(feed.kind));
  for (const auto& [key, object] : store.all(feed.kind)) {
    WatchEvent event;
    event.object = object;
    event.at = kernel.now();
    event.revision = object->meta.resourceVersion;
    present.push_back(std::move(event));
  }
  trim(server, feed.kind, kernel.now());
  return present;
}

FeedId Transport::fork(kernel::Kernel& kernel, const Server& server, FeedId from, std::uint32_t target) {
  Feed feed = feeds_[from];
  feed.target = target;
  feed.pending = {};
  const FeedId id = open(std::move(feed));
  faults_->share(from, id);
  wake(kernel, server, id);
  return id;
}

api::Duration Transport::latencyOf(const kernel::Kernel& kernel, const Client& client, const api::Request& request,
                                   int webhook_calls) const {
  const std::string identity = requestIdentity(client.config.name, request);
  const auto index = static_cast<std::uint64_t>(kernel.now().time_since_epoch().count());
  api::Duration latency =
      kernel::sample(isWrite(request.verb) ? timing_.write : timing_.read, kernel.seed(), identity, index);
  for (int call = 0; call < webhook_calls; ++call) {
    latency += kernel::sample(timing_.webhook, kernel.seed(), identity + "/webhook/" + std::to_string(call), index);
  }
  return latency;
}

CallId Transport::send(kernel::Kernel& kernel, ClientId client, std::uint32_t reply_target, api::Request request,
                       std::uint64_t tag) {
  TWIN_ASSERT(client < clients_.size(), "a client that does not exist", client);
  const CallId id = next_call_++;
  Call& call = calls_[id];
  call.id = id;
  call.client = client;
  call.reply_target = reply_target;
  call.tag = tag;
  call.request = std::move(request);
  launch(kernel, call);
  return id;
}

void Transport::launch(kernel::Kernel& kernel, Call& call) {
  Client& client = clients_[call.client];
  call.stage = CallStage::kSent;
  call.sent = client.bucket.take(kernel.now());
  const int webhooks = webhookCalls(call.request) + (kueue_webhooks_ ? kueueWebhookCalls(call.request) : 0);
  call.latency = latencyOf(kernel, client, call.request, webhooks);
  call.due = kernel::saturatingAdd(call.sent, call.latency - call.latency / 4);
  faults_->load.enter(call.sent, call.id);
  call.pending = kernel.schedule(call.due, kTransportTarget, kArrive, call.id);
}

void Transport::reply(kernel::Kernel& kernel, Call& call, api::Duration wait) {
  if (libraryTriesAgain(call)) {
    call.stage = CallStage::kTryAgain;
    ++call.tries;
    wait += std::chrono::seconds(call.response.retry_after_seconds);
    call.pending = kernel.scheduleAfter(wait, kTransportTarget, kArrive, call.id, 0, EventClass::kRetry);
    return;
  }
  call.stage = CallStage::kAnswered;
  call.pending = kernel.scheduleAfter(wait, call.reply_target, kReply, call.id);
}

Call Transport::take(CallId id) {
  const auto at = calls_.find(id);
  TWIN_ASSERT(at != calls_.end(), "a call that was taken or never sent", id);
  Call call = std::move(at->second);
  calls_.erase(at);
  return call;
}

std::vector<CallId> Transport::callsOf(std::uint32_t reply_target) const {
  std::vector<CallId> found;
  for (const auto& [id, call] : calls_) {
    if (call.reply_target == reply_target) found.push_back(id);
  }
  return found;
}

const Call& Transport::call(CallId id) const {
  const auto at = calls_.find(id);
  TWIN_ASSERT(at != calls_.end(), "a call that was taken or never sent", id);
  return at->second;
}

void Transport::giveUp(CallId id) {
  const auto at = calls_.find(id);
  TWIN_ASSERT(at != calls_.end(), "a call that was taken or never sent", id);
  at->second.tries = kTriesMax;
}

bool Transport::isWaiting(const kernel::Kernel& kernel, CallId id) const {
  const Call& one = call(id);
  return one.stage == CallStage::kTryAgain || (one.stage == CallStage::kSent && one.sent > kernel.now());
}

void Transport::recall(kernel::Kernel& kernel, CallId id) {
  TWIN_ASSERT(call(id).stage != CallStage::kAnswered, "a call that cannot be taken back", id);
  kernel.cancel(call(id).pending);
  calls_.erase(id);
}

void Transport::onArrive(kernel::Kernel& kernel, Server& server, const WebhookView& webhooks, CallId id) {
  const auto at = calls_.find(id);
  TWIN_ASSERT(at != calls_.end(), "a call that was taken or never sent", id);
  Call& call = at->second;
  if (call.stage == CallStage::kTryAgain) return launch(kernel, call);
  if (!TransportFaults::isServed(*this, kernel, call)) return;
  const ApiFault* fault = TransportFaults::hit(*this, kernel, server, call);
  if (!fault || fault->written) {
    call.response = server.execute(call.request, kernel.now(), webhooks);
    noteWrites(kernel, server);
  }
  api::Duration wait = call.latency / 4;
  if (fault) TransportFaults::spoil(*fault, call, wait);
  reply(kernel, call, wait);
}

api::Response Transport::executeNow(kernel::Kernel& kernel, Server& server, const WebhookView& webhooks,
                                    const api::Request& request) {
  api::Response response = server.execute(request, kernel.now(), webhooks);
  noteWrites(kernel, server);
  return response;
}

void Transport::noteWrites(kernel::Kernel& kernel, Server& server) {
  bool changed[api::kKindCount] = {};
  for (const WriteRecord& write : server.takeWrites()) {
    const api::Object& object = *write.object;
    const auto [hash_low, hash_high] = api::contentHash(object);
    std::string key;
    key.reserve(96);
    key.append(api::kindNameOf(object)).append("/").append(object.meta.namespace_).append("/").append(object.meta.name);
    const auto verb = static_cast<std::uint8_t>(static_cast<unsigned>(write.verb) | (write.deleted ? 0x80U : 0U));
    kernel.fingerprint().write(key, verb, static_cast<std::uint64_t>(object.meta.resourceVersion), hash_low, hash_high);
    if (object.kind() != api::Kind::kEvent) kernel.noteEffect();
    changed[static_cast<std::size_t>(object.kind())] = true;
  }
  for (FeedId id = 0; id < feeds_.size(); ++id) {
    if (changed[static_cast<std::size_t>(feeds_[id].kind)] && feeds_[id].state == Feed::State::kOpen)
      wake(kernel, server, id);
  }
  for (std::size_t kind = 0; kind < api::kKindCount; ++kind) {
    if (changed[kind]) trim(server, static_cast<api::Kind>(kind), kernel.now());
  }
}

api::TimePoint Transport::dueTime(const kernel::Kernel& kernel, const Store& store, Feed& feed) {
  const WatchEvent& change = store.change(feed.kind, feed.cursor);
  if (feed.drawn_for != change.at) {
    feed.drawn_for = change.at;
    feed.drawn_lag = kernel::sample(timing_.watch, kernel.seed(), feed.identity,
                                    static_cast<std::uint64_t>(change.at.time_since_epoch().count()));
  }
  const api::Duration lag = TransportFaults::lagOf(*this, feed, feed.drawn_lag) + feed.extra_lag;
  // A watch is one stream: nothing overtakes.
  return std::max({feed.due_at, kernel::saturatingAdd(change.at, lag), kernel.now()});
}

// New changes of the feed's kind, all set off in the kernel's current class.
void Transport::wake(kernel::Kernel& kernel, const Server& server, FeedId id) {
  Feed& feed = feeds_[id];
  const std::uint64_t end = server.store().changes(feed.kind);
  if (feed.cursor == end) return;
  if (kernel.currentClass() == EventClass::kWork) feed.work_until = end;
  if (kernel.currentClass() != EventClass::kHousekeeping) feed.retry_until = end;
  if (feed.state != Feed::State::kOpen || !TransportFaults::isOpen(*this, kernel, id)) return;
  if (!kernel.isPending(feed.pending)) {
    feed.due_at = dueTime(kernel, server.store(), feed);
    schedule(kernel, id);
  } else if (kernel.find(feed.pending)->event_class > kernel.currentClass()) {
    kernel.cancel(feed.pending);
    schedule(kernel, id);
  }
}

// One kDeliver for the change at the cursor; its class is the strongest of all that waits behind it.
void Transport::schedule(kernel::Kernel& kernel, FeedId id) {
  Feed& feed = feeds_[id];
  const EventClass before = kernel.currentClass();
  EventClass event_class = EventClass::kHousekeeping;
  if (feed.cursor < feed.retry_until) event_class = EventClass::kRetry;
  if (feed.cursor < feed.work_until) event_class = EventClass::kWork;
  kernel.setCurrentClass(event_class);
  feed.pending = kernel.schedule(feed.due_at, kTransportTarget, kDeliver, id, 0, event_class);
  kernel.setCurrentClass(before);
}

std::vector<WatchEvent> Transport::due(kernel::Kernel& kernel, Server& server, FeedId id) {
  TWIN_ASSERT(id < feeds_.size(), "a feed that does not exist", id);
  Feed& feed = feeds_[id];
  if (feed.state != Feed::State::kOpen) return {};
  const Store& store = server.store();
  const std::uint64_t end = store.changes(feed.kind);
  std::vector<WatchEvent> changes;
  if (!TransportFaults::goesOn(*this, kernel, store, id, changes)) return changes;
  while (feed.cursor < end) {
    feed.due_at = dueTime(kernel, store, feed);
    if (feed.due_at > kernel.now()) break;
    changes.push_back(store.change(feed.kind, feed.cursor++));
  }
  if (feed.cursor < end) schedule(kernel, id);
  trim(server, feed.kind, kernel.now());
  return changes;
}

void Transport::trim(Server& server, api::Kind kind, api::TimePoint now) {
  std::uint64_t passed = server.store().changes(kind);
  for (const Feed& feed : feeds_) {
    if (feed.kind == kind && feed.state == Feed::State::kOpen) passed = std::min(passed, feed.cursor);
  }
  server.store().trim(kind, passed, window_, now - window_.age);
}

}  // namespace jobset_twin::apiserver
