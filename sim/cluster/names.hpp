// names.hpp - how a container asks for a name: the question to the cluster's DNS as an interface, so that a kubelet
// need not know the DNS component.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/kernel/time.hpp"

namespace jobset_twin::cluster {

struct LookUp {
  bool exists = false;                 // false: NXDOMAIN
  std::vector<std::string> addresses;  // IPs, ascending
  std::string answered_name;           // the fully qualified name that answered
  bool from_negative_cache = false;
  std::string nearest;  // if it does not exist: the nearest name that does, or ""
};

class Names {
 public:
  virtual ~Names() = default;
  // As a Pod of `namespace_` on `node` asks: search list and ndots:5 of its resolv.conf (K-DNS-22), negative cache
  // (K-DNS-21).
  virtual LookUp lookUp(std::string_view name, std::string_view namespace_, std::string_view node,
                        kernel::TimePoint now) = 0;
};

}  // namespace jobset_twin::cluster
