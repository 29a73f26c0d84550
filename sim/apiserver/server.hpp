// server.hpp - the simulated API server: executes one request at a time on its store, at an instant, with the answers
// of the real one (spec/kubernetes.md section 6). Knows nothing of clients, latency or events of the kernel
// (transport.hpp).
//
// A write runs through: decode, defaults, mutating admission, the kind's preparation, validation, validating admission,
// store (K-API-12; admission.hpp, strategy/). Requests are executed whole, so no race inside the store ever shows. Not
// here: authentication, authorisation, API priority and fairness, quotas. Server-side apply: ownership.cpp. Whether a
// Namespace may go is decided here, who empties it is a controller.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/api/request.hpp"
#include "engine/jobset/feature_gates.hpp"
#include "engine/jobset/pod_webhook.hpp"
#include "sim/apiserver/spec_cache.hpp"
#include "sim/apiserver/store.hpp"
#include "sim/apiserver/webhook_view.hpp"

namespace jobset_twin::apiserver {

struct ServerConfig {
  std::uint64_t seed = 1;              // of UIDs, generated names and cluster addresses
  std::int32_t kubernetes_minor = 36;  // 34, 35 or 36: table 1.2 of the reference
  jobset::FeatureGates jobset_gates;   // of JobSet's webhooks
  bool jobset_webhooks = true;         // false: the JobSet manager is not installed, only its CRD
  bool kueue_webhooks = false;         // Kueue is installed

  template <class Archive>
  void serialize(Archive& ar) {
    ar(seed, kubernetes_minor, jobset_gates.InPlaceRestart, jobset_gates.RestartJob, jobset_gates.ElasticJobSet,
       jobset_gates.TLSOptions, jobset_webhooks, kueue_webhooks);
  }
};

// One stored write, for the fingerprint of the run and for what must be told of it.
struct WriteRecord {
  api::ObjectPtr object;  // as stored, or the last state of what was deleted
  api::Verb verb = api::Verb::kGet;
  bool deleted = false;
};

class Server {
 public:
  explicit Server(ServerConfig config = {}) : config_(std::move(config)) {}

  // What a new cluster has: the namespaces default, kube-system, kube-public and kube-node-lease, and the two system
  // priority classes.
  void bootstrap(api::TimePoint now);

  api::Response execute(const api::Request& request, api::TimePoint now, const WebhookView& webhooks);

  // The objects of a kind in (namespace, name) order, from one namespace or, with "", from all.
  std::vector<api::ObjectPtr> list(api::Kind kind, std::string_view namespace_ = {}) const;

  const Store& store() const { return store_; }
  Store& store() { return store_; }  // for trimming the window, and for tests
  const ServerConfig& config() const { return config_; }
  // The writes stored since the last call, in order.
  std::vector<WriteRecord> takeWrites() { return std::exchange(writes_, {}); }

  template <class Archive>
  void serialize(Archive& ar);  // defined in store_archive.hpp

 private:
  friend class Write;
  Store store_;
  ServerConfig config_;
  std::vector<WriteRecord> writes_;  // empty between events
  SpecCache specs_;                  // memos, not state
  jobset::SharedSpec webhook_spec_;
};

}  // namespace jobset_twin::apiserver
