// service.hpp - core/v1 Service and discovery.k8s.io/v1 EndpointSlice.
#pragma once

#include "engine/api/int_or_string.hpp"
#include "engine/api/meta.hpp"

namespace jobset_twin::api {

struct ServicePort {
  std::string name, protocol;
  std::optional<std::string> appProtocol;
  std::int32_t port = 0, nodePort = 0;
  IntOrString targetPort;
};
struct ServiceSpec {
  std::vector<ServicePort> ports;
  StringMap selector;
  std::string clusterIP, type, sessionAffinity, externalName, externalTrafficPolicy, loadBalancerIP;
  std::vector<std::string> clusterIPs, externalIPs, ipFamilies, loadBalancerSourceRanges;
  std::optional<std::string> ipFamilyPolicy, internalTrafficPolicy, loadBalancerClass, trafficDistribution;
  bool publishNotReadyAddresses = false;
  std::int32_t healthCheckNodePort = 0;
  std::optional<bool> allocateLoadBalancerNodePorts;
  Raw sessionAffinityConfig;
};
struct Service {
  ServiceSpec spec;
  Raw status;
};

struct EndpointConditions {
  std::optional<bool> ready, serving, terminating;
  friend bool operator==(const EndpointConditions&, const EndpointConditions&) = default;
};
struct ObjectReference {
  std::string kind, namespace_, name, uid, apiVersion, resourceVersion, fieldPath;
  friend bool operator==(const ObjectReference&, const ObjectReference&) = default;
};
struct Endpoint {
  std::vector<std::string> addresses;
  EndpointConditions conditions;
  std::optional<std::string> hostname, nodeName, zone;
  std::optional<ObjectReference> targetRef;
  Raw deprecatedTopology, hints;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};
struct EndpointPort {
  std::optional<std::string> name, protocol, appProtocol;
  std::optional<std::int32_t> port;
  friend bool operator==(const EndpointPort&, const EndpointPort&) = default;
};
struct EndpointSlice {
  std::string addressType;
  std::vector<Endpoint> endpoints;
  std::vector<EndpointPort> ports;
};

}  // namespace jobset_twin::api
