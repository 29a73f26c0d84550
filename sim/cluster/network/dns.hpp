// dns.hpp - the cluster's DNS as a component: CoreDNS' index of Services and EndpointSlices, which follows their
// watches with a lag, and the resolver of a Pod in front of it: search list, ndots:5, negative answers that a node
// remembers (K-DNS-10 to K-DNS-24).
//
// Records: of a Service its cluster IP or, headless, the addresses of its ready endpoints; of a ready endpoint its
// hostname, or its address with dashes, under the Service; `a-b-c-d.<namespace>.pod.<domain>`. A name with a record of
// its own is not served from the negative cache once the cached answer has run out. Not here: SRV and PTR records,
// names outside of the cluster's domain (they do not exist), positive caches (K-DNS-20: current clusters have none for
// cluster names), more than one replica. Source: coredns main of 2026-08 plugin/kubernetes, plugin/cache;
// kubernetes 1.36 pkg/kubelet/network/dns.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/api/object.hpp"
#include "sim/cluster/component.hpp"
#include "sim/cluster/names.hpp"

namespace jobset_twin::cluster {

// The one of `names` that may have been meant by `name`: the most like it, or one whose host has all of its host
// between dashes ("x-leader-0-0.x" for "leader-0.x"). "": none.
std::string nearestHost(std::string_view name, const std::vector<std::string>& names);

class Dns : public Names {
 public:
  explicit Dns(std::string cluster_domain = "cluster.local");

  void start(Context& ctx);
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);  // it sends no requests
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  // Bounded cost; `nearest` is filled in only while notes are taken (it is for people).
  LookUp lookUp(std::string_view name, std::string_view namespace_, std::string_view node,
                kernel::TimePoint now) override;

  // The existing name that may have been meant by one that does not exist; "" if none is near. Looks at about a hundred
  // names.
  std::string nearestTo(std::string_view name, std::string_view namespace_) const;

  // The names under which peers find this Pod once its Service has it:
  // `<hostname>.<subdomain>.<namespace>.svc.<domain>`, if it has both (K-DNS-3, K-DNS-11).
  std::vector<std::string> namesOf(const api::Object& pod) const;
  // When the Pod's own name resolved for the first time.
  std::optional<kernel::TimePoint> firstResolvable(const std::string& pod_uid) const;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(domain_, services_, slices_, pending_, first_, denied_, expiries_);
    kernel::serializeTime(ar, last_due_);
    kernel::serializeDuration(ar, negative_ttl_);
  }

 private:
  enum Timer : std::uint16_t { kIndex = kFirstTimer, kDenialOver };
  using Name = std::pair<std::string, std::string>;  // namespace, name
  struct Time {
    kernel::TimePoint at{};
    template <class Archive>
    void serialize(Archive& ar) {
      kernel::serializeTime(ar, at);
    }
  };
  // One address under a name of a Service.
  struct Record {
    std::string address, pod, uid;
    bool own_name = false;     // by the Pod's hostname, not by its address
    std::uint32_t slices = 0;  // that have it
    template <class Archive>
    void serialize(Archive& ar) {
      ar(address, pod, uid, own_name, slices);
    }
  };
  using Hosts = std::map<std::string, std::vector<Record>, std::less<>>;  // by the endpoint's host name
  struct Zone {                                                           // of one Service
    bool known = false;                                                   // the Service itself is in the index
    bool headless = false;
    std::vector<std::string> addresses;  // of the Service, if it is not headless
    Hosts hosts;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(known, headless, addresses, hosts);
    }
  };
  using Zones = std::map<std::string, Zone, std::less<>>;  // by name of the Service
  struct Change {
    api::ObjectPtr object;
    bool deleted = false;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(object, deleted);
    }
  };
  struct Expiry {
    kernel::TimePoint at{};
    std::string name, node;
    template <class Archive>
    void serialize(Archive& ar) {
      kernel::serializeTime(ar, at);
      ar(name, node);
    }
  };

  void indexService(Context& ctx, const Change& change);
  void indexSlice(Context& ctx, const Change& change);
  void addRecords(Context& ctx, const api::Object& slice);
  void removeRecords(Context& ctx, const api::Object& slice);
  void appeared(Context& ctx, const std::string& namespace_, const std::string& service, const std::string& host,
                const Record& record);
  void gone(Context& ctx, const std::string& namespace_, const std::string& service, const std::string& host,
            const Record& record) const;
  void nameMade(Context& ctx, const std::string& name);
  void dropIfEmpty(const Name& name);
  std::string fullName(std::string_view namespace_, std::string_view service, std::string_view host = {}) const;
  // The addresses of a fully qualified name; empty: there is no such name.
  std::optional<std::vector<std::string>> answer(std::string_view name) const;
  std::optional<std::vector<std::string>> answerIn(const Zone& zone, std::string_view host) const;
  bool denied(const std::string& name, std::string_view node, kernel::TimePoint now) const;
  void deny(const std::string& name, std::string_view node, kernel::TimePoint now);

  std::string domain_;
  bool tracing_ = false;                                // not state: whether anybody reads notes
  std::map<std::string, Zones, std::less<>> services_;  // by namespace
  std::map<Name, api::ObjectPtr> slices_;               // as indexed
  std::deque<Change> pending_;                          // seen, not indexed yet
  kernel::TimePoint last_due_{};
  std::map<std::string, Time> first_;  // by Pod UID
  kernel::Duration negative_ttl_{};
  std::map<std::string, std::map<std::string, Time, std::less<>>, std::less<>> denied_;  // until when, by name and node
  std::deque<Expiry> expiries_;                                                          // of denied_, ascending
};

}  // namespace jobset_twin::cluster
