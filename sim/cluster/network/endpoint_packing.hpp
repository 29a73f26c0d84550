// endpoint_packing.hpp - what the endpointslice controller decides, as pure functions: the endpoint of a Pod (K-DNS-1
// to K-DNS-3), and how the endpoints of a Service are put into slices (K-DNS-4).
//
// Packing looks at the Pods that may have changed only, and at the number of endpoints of the other slices: a change of
// one Pod costs O(slices of the Service), not O(its Pods). New endpoints are placed in the order given (upstream: that
// of a Go map). Not here: hints of topology aware routing, dual-stack Services, the trigger time annotation. Source:
// kubernetes 1.36 staging/src/k8s.io/endpointslice/{reconciler,utils}.go.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::cluster::network {

inline constexpr std::size_t kMaxEndpointsPerSlice = 100;  // K-T-91
inline constexpr std::string_view kServiceNameLabel = "kubernetes.io/service-name";
inline constexpr std::string_view kManagedByLabel = "endpointslice.kubernetes.io/managed-by";
inline constexpr std::string_view kManagedBy = "endpointslice-controller.k8s.io";
inline constexpr std::string_view kHeadlessLabel = "service.kubernetes.io/headless";

bool isHeadless(const api::Service& service);

// Whether the controller makes slices for it: it has a selector and is not of type ExternalName.
bool hasManagedSlices(const api::Object& service);

// The endpoint of a Pod that the Service selects; empty if it has none (no address yet, or it has ended). `zone` may be
// null.
std::optional<api::Endpoint> endpointOf(const api::Object& pod, const api::Object& service, const std::string* zone);
// The Service's ports as this Pod serves them: a named target port is looked up in the Pod; one that it does not have
// is left out.
std::vector<api::EndpointPort> portsOf(const api::Object& pod, const api::Object& service);
// Whether two states of a Pod have the same endpoint in every Service, labels apart.
bool sameEndpoint(const api::Object& a, const api::Object& b);

api::StringMap sliceLabels(const api::Object& service);

using SliceMap = std::map<std::string, api::ObjectPtr>;  // by name
using Places = std::map<std::string, std::string>;       // name of the slice by name of the Pod

// A Pod that may have changed: the endpoint that it is to have now, or none.
struct Wish {
  std::string pod;
  std::optional<api::Endpoint> endpoint;
  std::vector<api::EndpointPort> ports;
};

// In the order in which they are to be sent: creates, updates, deletes.
struct SliceWrites {
  std::vector<api::ObjectPtr> create, update, remove;
  bool empty() const { return create.empty() && update.empty() && remove.empty(); }
};

// The writes that bring the slices of the Service to what is wished. `where` says in which slice each Pod is.
// With `check_labels` slices that carry other labels than the Service gives are written too.
SliceWrites packEndpoints(const api::Object& service, const SliceMap& slices, const Places& where,
                          std::vector<Wish> wishes, bool check_labels);

}  // namespace jobset_twin::cluster::network
