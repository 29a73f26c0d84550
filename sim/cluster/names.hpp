// names.hpp - what the network is to a container, as an interface, so that a kubelet need not know the components that
// make it up: the cluster's DNS, what stands behind a Service's address, and whether Pods reach each other.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/string_map.hpp"
#include "sim/kernel/time.hpp"

namespace jobset_twin::cluster {

struct LookUp {
  bool exists = false;                 // false: NXDOMAIN, or nobody answered
  std::vector<std::string> addresses;  // IPs, in the order in which the answer gives them
  std::string answered_name;           // the fully qualified name that answered
  bool from_negative_cache = false;
  bool from_cache = false;   // a positive answer that was kept
  std::string nearest;       // if it does not exist: the nearest name that does, or ""
  bool answered = true;      // false: no name server did
  kernel::Duration delay{};  // how much longer than usual the answer takes
};

// One end of a connection: a Pod and where it is.
struct PodEnd {
  std::string_view namespace_;
  const api::StringMap& labels;
  std::string_view node;
};

class Names {
 public:
  virtual ~Names() = default;
  // As a Pod of `namespace_` on `node` asks: search list and ndots:5 of its resolv.conf (K-DNS-22), caches (K-DNS-20,
  // K-DNS-21).
  virtual LookUp lookUp(std::string_view name, std::string_view namespace_, std::string_view node,
                        kernel::TimePoint now) = 0;

  // Whether a name server hears what this Pod asks, and the Pod the answer.
  virtual bool reachesDns(const PodEnd&) const { return true; }
  // Whether packets get from one to the other and back.
  virtual bool reaches(const PodEnd&, const PodEnd&) const { return true; }

  // Where kube-proxy sends connections to a port of a Service's address; empty: nowhere, they are refused.
  struct Backend {
    std::string address;
    std::int32_t port = 0;
  };
  // Absent: the address is not that of a Service.
  virtual std::optional<std::vector<Backend>> backendsOf(std::string_view, std::int32_t) const { return std::nullopt; }
};

}  // namespace jobset_twin::cluster
