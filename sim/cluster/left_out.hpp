// left_out.hpp - parts of the cluster that are left out, so that somebody outside does their work (`serve --without`).
//
// A part that is left out gets no changes and no events, sends nothing and holds no lease. CoreDNS is none of them: its
// answers are what simulated containers see, and nobody outside can give them. Nor is the API server.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/cluster/component.hpp"

namespace jobset_twin::cluster {

struct LeftOut {
  std::uint32_t components = 0;  // a bit for each Component
  bool jobset_webhooks = false;  // the API server does not call them: only JobSet's CRD is installed

  bool has(Component component) const { return (components >> targetOf(component) & 1U) != 0; }
  bool any() const { return components != 0 || jobset_webhooks; }
};

// "jobset-controller", "kube-controller-manager" (all of its controllers) …
std::vector<std::string_view> partNames();
// False: there is no part of that name.
bool leaveOut(LeftOut& parts, std::string_view name);

}  // namespace jobset_twin::cluster
