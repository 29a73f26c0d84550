// dns.hpp - the cluster's network as containers see it: CoreDNS' index of Services and EndpointSlices, which follows
// their watches with a lag, the resolver of a Pod in front of it (search list, ndots:5, answers that a node keeps),
// what stands behind a Service's address, and cuts between Pods (K-DNS-10 to K-DNS-24).
//
// Records: of a Service its cluster IP or, headless, the addresses of its ready endpoints; of a ready endpoint its
// hostname, or its address with dashes, under the Service; `a-b-c-d.<namespace>.pod.<domain>`; short names of our own,
// if they are asked for. A name with a record of its own is not served from the cache once what is kept has run out.
// Not here: SRV and PTR records, names outside of the cluster's domain (they do not exist), more than one replica.
// Source: coredns main of 2026-08 plugin/kubernetes, plugin/cache, plugin/loadbalance; kubernetes 1.36
// pkg/kubelet/network/dns.
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
#include "sim/cluster/network/pod_partitions.hpp"
#include "sim/cluster/network/short_names.hpp"

namespace jobset_twin::cluster {

// The one of `names` that may have been meant by `name`: the most like it, or one whose host has all of its host
// between dashes ("x-leader-0-0.x" for "leader-0.x"). "": none.
std::string nearestHost(std::string_view name, const std::vector<std::string>& names);

// What can be wrong with the name servers, for all Pods alike.
struct DnsFault {
  enum class Kind : std::uint8_t {
    kDown,  // they say nothing: look-ups time out (K-T-97)
    kSlow,  // each query takes `added` longer
    kStale  // they answer by what they knew when it began
  };
  Kind kind = Kind::kDown;
  kernel::Duration added{};

  template <class Archive>
  void serialize(Archive& ar) {
    auto number = static_cast<std::uint8_t>(kind);
    ar(number);
    kind = static_cast<Kind>(number);
    kernel::serializeDuration(ar, added);
  }
};

class Dns : public Names {
 public:
  explicit Dns(std::string cluster_domain = "cluster.local", bool short_names = false);

  void start(Context& ctx);
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);  // it sends no requests
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  // Bounded cost; `nearest` is filled in only while notes are taken (it is for people).
  LookUp lookUp(std::string_view name, std::string_view namespace_, std::string_view node,
                kernel::TimePoint now) override;
  bool reachesDns(const PodEnd& pod) const override { return !partitions_.cutFromDns(pod); }
  bool reaches(const PodEnd& from, const PodEnd& to) const override { return !partitions_.cut(from, to); }
  std::optional<std::vector<Backend>> backendsOf(std::string_view address, std::int32_t port) const override;

  // Faults, by number; several at once add up. Ending one that is not there does nothing.
  void beginFault(Context& ctx, std::uint64_t number, DnsFault fault);
  void endFault(Context& ctx, std::uint64_t number);
  void beginPartition(std::uint64_t number, PodPartition partition) { partitions_.begin(number, std::move(partition)); }
  void endPartition(Context& ctx, std::uint64_t number);

  // The existing name that may have been meant by one that does not exist; "" if none is near. Looks at about a hundred
  // names.
  std::string nearestTo(std::string_view name, std::string_view namespace_) const;

  // The names under which peers find this Pod once its Service has it:
  // `<hostname>.<subdomain>.<namespace>.svc.<domain>`, if it has both (K-DNS-3, K-DNS-11), then its short ones.
  std::vector<std::string> namesOf(const api::Object& pod) const;
  // When the Pod's own name resolved for the first time.
  std::optional<kernel::TimePoint> firstResolvable(const std::string& pod_uid) const;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(domain_, services_, by_address_, slices_, pending_, first_, unheard_, kept_, expiries_, faults_, partitions_,
       short_names_, seed_);
    kernel::serializeTime(ar, last_due_);
    kernel::serializeDuration(ar, negative_ttl_);
    kernel::serializeDuration(ar, positive_ttl_);
  }

 private:
  enum Timer : std::uint16_t { kIndex = kFirstTimer, kKeptOver };
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
  // A record that came while no name server answered: nobody could find it yet.
  struct Unheard {
    std::string namespace_, service, host;
    Record record;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(namespace_, service, host, record);
    }
  };
  using Hosts = std::map<std::string, std::vector<Record>, std::less<>>;  // by the endpoint's host name
  struct Zone {                                                           // of one Service
    bool known = false;                                                   // the Service itself is in the index
    bool headless = false;
    std::vector<std::string> addresses;         // of the Service, if it is not headless
    std::map<std::int32_t, std::string> ports;  // its ports' names by number
    Hosts hosts;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(known, headless, addresses, ports, hosts);
    }
  };
  using Zones = std::map<std::string, Zone, std::less<>>;  // by name of the Service
  struct Change {
    api::ObjectPtr object;
    bool deleted = false;
    kernel::TimePoint due{};
    template <class Archive>
    void serialize(Archive& ar) {
      ar(object, deleted);
      kernel::serializeTime(ar, due);
    }
  };
  // An answer that a node keeps: addresses, or none if there was no such name.
  struct Kept {
    kernel::TimePoint until{};
    std::vector<std::string> addresses;
    bool awaited = false;  // it is no longer true: whoever waits for that is told when it is over
    template <class Archive>
    void serialize(Archive& ar) {
      kernel::serializeTime(ar, until);
      ar(addresses, awaited);
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
  using Endpoints = std::vector<const api::Endpoint*>;
  static void differing(const api::Object* old, const api::Object* now, Endpoints& before, Endpoints& after);
  void addRecords(Context& ctx, const api::Object& slice, const Endpoints& endpoints);
  void removeRecords(Context& ctx, const api::Object& slice, const Endpoints& endpoints);
  void appeared(Context& ctx, const std::string& namespace_, const std::string& service, const std::string& host,
                const Record& record);
  void resolvable(Context& ctx, const std::string& namespace_, const std::string& service, const std::string& host,
                  const Record& record);
  void gone(Context& ctx, const std::string& namespace_, const std::string& service, const std::string& host,
            const Record& record);
  void namesChanged(Context& ctx, const std::string& namespace_, const std::string& service, const std::string& host);
  void nameChanged(Context& ctx, const std::string& name);
  void dropIfEmpty(const Name& name);
  std::string fullName(std::string_view namespace_, std::string_view service, std::string_view host = {}) const;
  // The addresses of a fully qualified name; empty: there is no such name.
  std::optional<std::vector<std::string>> answer(std::string_view name) const;
  std::optional<std::vector<std::string>> answerIn(const Zone& zone, std::string_view host) const;
  bool has(DnsFault::Kind kind) const;
  const Kept* keptBy(const std::string& name, std::string_view node, kernel::TimePoint now) const;
  void keep(const std::string& name, std::string_view node, kernel::TimePoint now, std::vector<std::string> addresses);
  void shuffle(std::vector<std::string>& addresses, const std::string& name, std::string_view node,
               kernel::TimePoint now) const;

  std::string domain_;
  bool tracing_ = false;                                // not state: whether anybody reads notes
  std::map<std::string, Zones, std::less<>> services_;  // by namespace
  std::map<std::string, Name> by_address_;              // Services, by their cluster IP
  std::map<Name, api::ObjectPtr> slices_;               // as indexed
  std::deque<Change> pending_;                          // seen, not indexed yet
  kernel::TimePoint last_due_{};
  std::map<std::string, Time> first_;  // by Pod UID
  std::vector<Unheard> unheard_;
  kernel::Duration negative_ttl_{}, positive_ttl_{};
  std::map<std::string, std::map<std::string, Kept, std::less<>>, std::less<>> kept_;  // by name and node
  std::deque<Expiry> expiries_;                                                        // of kept_, in order of keeping
  std::map<std::uint64_t, DnsFault> faults_;
  PodPartitions partitions_;
  ShortNames short_names_;
  std::uint64_t seed_ = 0;
};

}  // namespace jobset_twin::cluster
