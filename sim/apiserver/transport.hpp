// transport.hpp - how a component of the simulated cluster talks to the API server: client-side rate limit (token bucket),
// network and server latency, execution, answer; and how stored changes reach its informer caches, with their lag.
//
// All waiting is kernel events: kArrive (the request is executed), kReply (the answer reaches the caller), kDeliver (a feed has
// changes that are due). The world routes kArrive/kDeliver events (target component kTransportTarget) to Transport::onEvent.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/api/request.hpp"
#include "sim/apiserver/server.hpp"
#include "sim/apiserver/watch_event.hpp"
#include "sim/kernel/kernel.hpp"
#include "sim/kernel/latency.hpp"

namespace jobset_twin::apiserver {

struct ClientConfig {
  std::string name;        // "kube-controller-manager/job-controller": keys its random stream
  double qps = 0;          // 0: unlimited
  std::int32_t burst = 0;
};

struct TransportTiming {  // section 1 of spec/kubernetes.md, "latency figures of a healthy cluster"
  kernel::Latency read{std::chrono::milliseconds(3), 0.4}, write{std::chrono::milliseconds(8), 0.4}, webhook{std::chrono::milliseconds(5), 0.4};
  kernel::Latency watch{std::chrono::milliseconds(3), 0.5};  // store -> informer handler, each feed its own draw
};

using ClientId = std::uint16_t;
using FeedId = std::uint16_t;
using CallId = std::uint64_t;

// Who gets an answer or a delivery: a component, as in kernel::Event::target.
struct Call {
  CallId id = 0;
  ClientId client = 0;
  std::uint32_t reply_target = 0;
  std::uint64_t tag = 0;  // the caller's own mark, given back with the answer
  api::Request request;
  api::Response response;
};

class Transport {
 public:
  ClientId addClient(ClientConfig config);
  // Changes of `kind` are delivered to `target` from now on, `extra_lag` later than the ordinary watch latency.
  FeedId subscribe(api::Kind kind, std::uint32_t target, api::Duration extra_lag = {});

  // Queues a request. It is executed when the client's bucket and the way to the server allow, and answered by a kReply event for
  // reply_target whose a is the call id: then take(id) gives the Call with its response. event_class: of the whole exchange.
  CallId send(kernel::Kernel& kernel, ClientId client, std::uint32_t reply_target, api::Request request, std::uint64_t tag = 0);
  Call take(CallId id);

  // Called by the world after each executed request (or direct server-side change): wakes the feeds of the kinds that changed.
  void wakeFeeds(kernel::Kernel& kernel, const Server& server);
  // The changes due at a kDeliver event, oldest first; the world hands them one by one to the component.
  std::vector<WatchEvent> due(kernel::Kernel& kernel, const Server& server, FeedId feed);
  std::uint32_t feedTarget(FeedId feed) const;
  api::Kind feedKind(FeedId feed) const;
};

}  // namespace jobset_twin::apiserver
