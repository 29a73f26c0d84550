// api_faults.hpp - what can go wrong between clients and the API server, and between the store and informer caches:
// the faults in force, how often each has hit, and the watches that are broken.
//
// A fault is begun and ended with Transport::beginFault and endFault. Which requests one hits is drawn by stable names,
// as latencies are: (fault, client, verb, object, time). Without a fault nothing here costs an event or a draw.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/api/request.hpp"
#include "sim/apiserver/server_load.hpp"
#include "sim/apiserver/transport.hpp"

namespace jobset_twin::apiserver {

// Event of kTransportTarget, when a kOutage or the kUnreachable of a component begins or ends: for whoever keeps
// leases.
inline constexpr std::uint16_t kReachability = 4;

enum class ApiEffect : std::uint8_t {
  // Requests: those of `client`, `verbs`, `kind`, `namespace_`, each with `probability`.
  kError,        // refused with `reason` and `retry_after_seconds`; a Conflict only where there can be one
  kSlow,         // takes `latency` longer, and `factor` times as long
  kTimeout,      // 504 after `latency`; done all the same if `written`
  kLostAnswer,   // the connection breaks after `latency`: UnknownOutcome; done all the same if `written`
  kWebhookDown,  // what passes JobSet's webhooks is refused (failurePolicy Fail, K-T-89)
  kWebhookSlow,  // each call of a webhook takes `latency` longer; from 10 s on it times out and refuses

  // The server.
  kOutage,       // connections are refused, watches break; with `expire` they find their place gone when it is back
  kUnreachable,  // the same for `client` alone, by way of dial time-outs; also breaks the watches of `component`
  kClientLimit,  // `client` may send `qps` with `burst`
  kSeats,        // the server serves `seats` requests at once (priority and fairness)

  // Watches: the feeds of `component` (0: all) and `kind`.
  kWatchDelay,   // changes reach the cache `latency` later, and `factor` times as late
  kWatchFreeze,  // nothing reaches the cache until the fault ends; with `expire` it then relists
  kWatchDrop,    // at once: the stream breaks, and goes on from where it was (K-T-76)
  kWatchExpire,  // at once: the stream ends in 410, and the cache is replaced by a list (K-API-43)
  kCompaction    // at once: etcd forgets the past (K-T-84): watches that are broken or frozen now will get a 410
};

struct ApiFault {
  ApiEffect effect = ApiEffect::kError;
  std::string name;  // stable over runs: keys its draws; "": its number does

  // Which.
  std::string client = "*";      // of ClientConfig::name, with * for any text
  std::vector<api::Verb> verbs;  // empty: all
  std::string kind;              // "Job", "jobs", "jobs.batch", "job"; "": all
  std::string namespace_;        // "": all
  std::uint32_t component = 0;   // cluster::targetOf(…); 0: all
  double probability = 1;

  // How.
  api::Reason reason = api::Reason::kInternalError;
  std::string message;  // "": the server's own words
  std::int32_t retry_after_seconds = 0;
  api::Duration latency{};
  double factor = 1;
  bool written = false, expire = false;
  double qps = 0;
  std::int32_t burst = 0, seats = 0;
};

struct ActiveFault {
  ApiFault fault;
  std::uint64_t hits = 0;  // requests, or feeds
  api::TimePoint since{};
};

// A feed whose stream is broken or stands still.
struct FeedTrouble {
  bool broken = false;  // comes back by the reflector's back-off; else it stands still
  bool relist = false;  // its place is gone: a list replaces the cache
  bool listed = false;  // ... and is on its way: the cache will be as at list_end
  std::uint64_t list_end = 0;
  api::TimePoint broken_at{};
  api::TimePoint resume_at = api::TimePoint::max();  // max: it is held by a fault
};

struct Reflector {  // K-T-76
  std::uint32_t failures = 0;
  api::TimePoint last{};
};

class ApiFaults {
 public:
  const std::map<FaultId, ActiveFault>& active() const { return active_; }
  bool none() const { return active_.empty(); }
  std::uint64_t hits(FaultId id) const;  // 0 also for a fault that has ended
  const std::map<FeedId, FeedTrouble>& brokenFeeds() const { return feeds_; }
  // A feed has ended, or begins anew; a second one is as far, and in the same trouble.
  void forget(FeedId feed);
  void share(FeedId from, FeedId to);

  ServerLoad load;

  template <class Archive>
  void serialize(Archive& ar);  // api_faults_archive.hpp

 private:
  friend class Transport;
  friend struct TransportFaults;
  std::map<FaultId, ActiveFault> active_;
  std::map<FeedId, FeedTrouble> feeds_;
  std::map<FeedId, Reflector> reflectors_;
  FaultId next_ = 1;
  bool delays_ = false;  // some fault is a kWatchDelay
};

// Whether a kind is called so: by its kind, its resource (with its group or without), in any case.
bool isCalled(const api::ObjectKey& key, std::string_view name);

}  // namespace jobset_twin::apiserver
