// transport.hpp - how a component of the simulated cluster talks to the API server: client-side rate limit (token
// bucket), network and server latency, execution, answer; and how stored changes reach its informer caches, with their
// lag.
//
// All waiting is kernel events: kArrive (the request is executed), kReply (the answer reaches the caller), kDeliver (a
// feed has changes that are due). The world routes them:
//   target kTransportTarget, kArrive:  transport.onArrive(kernel, server, webhooks, event.a)
//   target kTransportTarget, kDeliver: for (const WatchEvent& change : transport.due(kernel, server, FeedId(event.a)))
//                                        the component transport.feedTarget(feed) handles the change
//   any other target, kReply:          the component handles transport.take(event.a)
// Of a call's latency three quarters pass before it takes effect (the write is bound by the disk of etcd), one before
// its answer is there. Latencies are drawn by what is asked for, by whom and when (never by UID or generated suffix).
// A request that finds every seat of the server taken waits for one (K-API-50, server_load.hpp). A refusal that says
// when to try again (429 and 5xx with Retry-After) is tried again by the client's library, up to ten times, before the
// caller hears of it. What goes wrong on the way, by order of a fault: api_faults.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/api/request.hpp"
#include "sim/apiserver/server.hpp"
#include "sim/apiserver/watch_event.hpp"
#include "sim/kernel/kernel.hpp"
#include "sim/kernel/latency.hpp"

namespace jobset_twin::apiserver {

// kernel::Event::target and ::kind of the transport's own events.
inline constexpr std::uint32_t kTransportTarget = 1;
// Of a target: which component. Above it: which of its replicas.
inline constexpr std::uint32_t kComponentMask = 0xff;
inline constexpr std::uint16_t kArrive = 1, kReply = 2, kDeliver = 3;

struct ClientConfig {
  std::string name;        // "kube-controller-manager/job-controller": keys its random stream
  double qps = 0;          // 0: unlimited
  std::int32_t burst = 0;  // at least 1 when there is a limit

  template <class Archive>
  void serialize(Archive& ar) {
    ar(name, qps, burst);
  }
};

struct TransportTiming {  // section 1 of spec/kubernetes.md, "latency figures of a healthy cluster"
  kernel::Latency read{std::chrono::milliseconds(3), 0.4}, write{std::chrono::milliseconds(8), 0.4},
      webhook{std::chrono::milliseconds(5), 0.4};
  kernel::Latency watch{std::chrono::milliseconds(3), 0.5};  // store -> informer handler, each feed its own draw
  std::int32_t seats = 600;                                  // K-T-87: requests that are served at once

  template <class Archive>
  void serialize(Archive& ar) {
    ar(read, write, webhook, watch, seats);
  }
};

using ClientId = std::uint32_t;  // a cluster of 100,000 nodes has 200,000 clients
inline constexpr ClientId kNoClient = 0xffffffff;
using FeedId = std::uint16_t;
using CallId = std::uint64_t;
using FaultId = std::uint32_t;

enum class CallStage : std::uint8_t { kSent, kTryAgain /* after a refusal that says when */, kAnswered };

// Who gets an answer or a delivery: a component, as in kernel::Event::target.
struct Call {
  CallId id = 0;
  ClientId client = 0;
  std::uint32_t reply_target = 0;
  std::uint64_t tag = 0;  // the caller's own mark, given back with the answer
  api::Request request;
  api::Response response;
  api::Duration latency{};  // of the whole exchange, without the wait for the client's rate limit
  CallStage stage = CallStage::kSent;
  std::uint8_t tries = 0;        // again, by the client's library
  bool crowded_out = false;      // no seat in time
  api::TimePoint sent{}, due{};  // past the client's rate limit; when it takes effect
  kernel::EventHandle pending;   // its next kArrive or kReply
};

// A token bucket as client-go's (golang.org/x/time/rate): full at first, `burst` deep, one token every 1/qps. As GCRA,
// so its state is one time: when the bucket would be full again.
class TokenBucket {
 public:
  TokenBucket() = default;
  TokenBucket(double qps, std::int32_t burst);
  // Takes a token and says when it is there; first come, first served. now never goes back.
  api::TimePoint take(api::TimePoint now);
  bool unlimited() const { return interval_.count() == 0; }

  template <class Archive>
  void serialize(Archive& ar) {
    kernel::serializeDuration(ar, interval_);
    kernel::serializeDuration(ar, tolerance_);
    kernel::serializeTime(ar, full_at_);
  }

 private:
  api::Duration interval_{}, tolerance_{};  // between tokens; (burst - 1) intervals
  api::TimePoint full_at_{};
};

struct ApiFault;
class ApiFaults;
struct TransportFaults;  // the Transport's own part for faults (transport_faults.hpp)

// An ApiFaults as a member, for those who need not know what it is.
class ApiFaultsBox {
 public:
  ApiFaultsBox();
  ApiFaultsBox(const ApiFaultsBox& other);
  ApiFaultsBox(ApiFaultsBox&& other) noexcept;
  ApiFaultsBox& operator=(const ApiFaultsBox& other);
  ApiFaultsBox& operator=(ApiFaultsBox&& other) noexcept;
  ~ApiFaultsBox();
  ApiFaults& operator*() const { return *value_; }
  ApiFaults* operator->() const { return value_.get(); }

 private:
  std::unique_ptr<ApiFaults> value_;  // never null, but after a move
};

class Transport {
 public:
  explicit Transport(TransportTiming timing = {}, WindowLimits window = {}) : timing_(timing), window_(window) {}

  void installKueue() { kueue_webhooks_ = true; }  // its webhooks add to what writes take
  ClientId addClient(ClientConfig config);
  // Changes of `kind` are delivered to `target` from the first stored one on (if still in the window), `extra_lag`
  // later than the ordinary watch latency.
  FeedId subscribe(api::Kind kind, std::uint32_t target, api::Duration extra_lag = {});

  // Queues a request. It is executed when the client's bucket and the way to the server allow, and answered by a kReply
  // event for reply_target whose a is the call id: then take(id) gives the Call with its response. The whole exchange
  // inherits the kernel's current event class.
  CallId send(kernel::Kernel& kernel, ClientId client, std::uint32_t reply_target, api::Request request,
              std::uint64_t tag = 0);
  Call take(CallId id);
  std::size_t inFlight() const { return calls_.size(); }
  // The calls for a target that were not answered yet, in the order in which they were made.
  std::vector<CallId> callsOf(std::uint32_t reply_target) const;
  const Call& call(CallId id) const;
  CallId nextCall() const { return next_call_; }
  // Whether a call is still in its client's memory: behind the rate limit, or waiting to be tried again.
  bool isWaiting(const kernel::Kernel& kernel, CallId id) const;
  void giveUp(CallId id);  // its client will not try it again
  // The call was never made. Requires: it was not executed yet.
  void recall(kernel::Kernel& kernel, CallId id);

  // kArrive: executes the call, notes its writes, wakes the feeds, schedules the answer.
  void onArrive(kernel::Kernel& kernel, Server& server, const WebhookView& webhooks, CallId id);
  // Executes a request at once, past clients and latency: what is done to the cluster from outside (set-up, scenario
  // actions).
  api::Response executeNow(kernel::Kernel& kernel, Server& server, const WebhookView& webhooks,
                           const api::Request& request);
  // After changes of the server by other ways than the two above (Server::bootstrap): fingerprint, effect, feeds.
  void noteWrites(kernel::Kernel& kernel, Server& server);

  // The changes due at a kDeliver event, oldest first; the world hands them one by one to the component.
  std::vector<WatchEvent> due(kernel::Kernel& kernel, Server& server, FeedId feed);
  // For processes that end, and for those that take their place.
  std::vector<FeedId> feedsOf(std::uint32_t target) const;
  void close(kernel::Kernel& kernel, FeedId feed);  // it ends; its number may be given to another
  void hold(kernel::Kernel& kernel, FeedId feed);   // nothing is delivered until list()
  // Everything present, as an informer's LIST shows it (K-API-43); the feed goes on from there.
  std::vector<WatchEvent> list(kernel::Kernel& kernel, Server& server, FeedId feed);
  // A second feed, as far as this one.
  FeedId fork(kernel::Kernel& kernel, const Server& server, FeedId feed, std::uint32_t target);
  void redirect(FeedId feed, std::uint32_t target) { feeds_[feed].target = target; }

  std::uint32_t feedTarget(FeedId feed) const { return feeds_[feed].target; }
  api::Kind feedKind(FeedId feed) const { return feeds_[feed].kind; }

  // Something goes wrong from now on, until it is ended; some faults are done at once (api_faults.hpp).
  FaultId beginFault(kernel::Kernel& kernel, Server& server, const ApiFault& fault);
  bool endFault(kernel::Kernel& kernel, Server& server, FaultId id);  // false: there is none of that number
  const ApiFaults& faults() const { return *faults_; }

  const TransportTiming& timing() const { return timing_; }
  const ClientConfig& client(ClientId id) const { return clients_[id].config; }

  template <class Archive>
  void serialize(Archive& ar);  // defined in store_archive.hpp

 private:
  friend struct TransportFaults;
  struct Client {
    ClientConfig config;
    TokenBucket bucket;
  };
  struct Feed {
    api::Kind kind = api::Kind::kGeneric;
    std::uint32_t target = 0;
    api::Duration extra_lag{};
    std::string identity;        // of its latencies
    std::uint64_t cursor = 0;    // the first change not delivered
    api::TimePoint due_at{};     // of the change at the cursor, if there is one
    api::TimePoint drawn_for{};  // the lag is drawn once for all changes of an instant
    api::Duration drawn_lag{};
    // Held: it gets nothing until list(). Closed: its number may be given to another.
    enum class State : std::uint8_t { kOpen, kHeld, kClosed } state = State::kOpen;
    std::uint64_t work_until = 0, retry_until = 0;  // changes before these cursors are work, or at least retries
    kernel::EventHandle pending;
  };

  FeedId open(Feed feed);
  void wake(kernel::Kernel& kernel, const Server& server, FeedId id);
  void schedule(kernel::Kernel& kernel, FeedId id);
  api::TimePoint dueTime(const kernel::Kernel& kernel, const Store& store, Feed& feed);
  api::Duration latencyOf(const kernel::Kernel& kernel, const Client& client, const api::Request& request,
                          int webhook_calls) const;
  void trim(Server& server, api::Kind kind, api::TimePoint now);
  void launch(kernel::Kernel& kernel, Call& call);  // once the client's rate limit allows
  void reply(kernel::Kernel& kernel, Call& call, api::Duration wait);

  TransportTiming timing_;
  bool kueue_webhooks_ = false;  // not saved: the World's configuration
  WindowLimits window_;
  std::vector<Client> clients_;
  std::vector<Feed> feeds_;
  std::map<CallId, Call> calls_;
  CallId next_call_ = 1;
  ApiFaultsBox faults_;
};

}  // namespace jobset_twin::apiserver
