// cluster.cpp - the messages of coordination, discovery, events, networking and storage.
// Numbers, names and types are those of k8s.io/api and k8s.io/apimachinery v0.36.2.
#include "sim/apiserver/http/protobuf/messages/messages.hpp"

namespace jobset_twin::apiserver::http::protobuf {

const std::string_view kClusterMessages = R"(api coordination.k8s.io/v1
kind Lease: 1 metadata meta.ObjectMeta, 2 spec LeaseSpec
LeaseSpec: 1 holderIdentity string, 2 leaseDurationSeconds int32, 3 acquireTime MicroTime, 4 renewTime MicroTime,
  5 leaseTransitions int32, 6 strategy string, 7 preferredHolder string

api discovery.k8s.io/v1
Endpoint: 1 addresses [string], 2 conditions EndpointConditions, 3 hostname string, 4 targetRef core.ObjectReference,
  5 deprecatedTopology {string}, 6 nodeName string, 7 zone string, 8 hints EndpointHints
EndpointConditions: 1 ready bool, 2 serving bool, 3 terminating bool
EndpointHints: 1 forZones [ForZone], 2 forNodes [ForNode]
EndpointPort: 1 name string, 2 protocol string, 3 port int32, 4 appProtocol string
kind EndpointSlice: 1 metadata meta.ObjectMeta, 2 endpoints [Endpoint], 3 ports [EndpointPort], 4 addressType string
ForNode: 1 name string
ForZone: 1 name string

api events.k8s.io/v1
kind Event: 1 metadata meta.ObjectMeta, 2 eventTime MicroTime, 3 series EventSeries, 4 reportingController string?,
  5 reportingInstance string?, 6 action string?, 7 reason string?, 8 regarding core.ObjectReference,
  9 related core.ObjectReference, 10 note string?, 11 type string?, 12 deprecatedSource core.EventSource,
  13 deprecatedFirstTimestamp Time, 14 deprecatedLastTimestamp Time, 15 deprecatedCount int32?
EventSeries: 1 count int32, 2 lastObservedTime MicroTime

api networking.k8s.io/v1
HTTPIngressPath: 1 path string?, 2 backend IngressBackend, 3 pathType string
HTTPIngressRuleValue: 1 paths [HTTPIngressPath]
kind IPAddress: 1 metadata meta.ObjectMeta, 2 spec IPAddressSpec
IPAddressSpec: 1 parentRef ParentReference
IPBlock: 1 cidr string, 2 except [string]
kind Ingress: 1 metadata meta.ObjectMeta, 2 spec IngressSpec, 3 status IngressStatus
IngressBackend: 3 resource core.TypedLocalObjectReference, 4 service IngressServiceBackend
kind IngressClass: 1 metadata meta.ObjectMeta, 2 spec IngressClassSpec
IngressClassParametersReference: 1 apiGroup string, 2 kind string, 3 name string, 4 scope string, 5 namespace string
IngressClassSpec: 1 controller string?, 2 parameters IngressClassParametersReference
IngressLoadBalancerIngress: 1 ip string?, 2 hostname string?, 4 ports [IngressPortStatus]
IngressLoadBalancerStatus: 1 ingress [IngressLoadBalancerIngress]
IngressPortStatus: 1 port int32, 2 protocol string, 3 error string
IngressRule: 1 host string?, 2 ... IngressRuleValue
IngressRuleValue: 1 http HTTPIngressRuleValue
IngressServiceBackend: 1 name string, 2 port ServiceBackendPort
IngressSpec: 1 defaultBackend IngressBackend, 2 tls [IngressTLS], 3 rules [IngressRule], 4 ingressClassName string
IngressStatus: 1 loadBalancer IngressLoadBalancerStatus
IngressTLS: 1 hosts [string], 2 secretName string?
kind NetworkPolicy: 1 metadata meta.ObjectMeta, 2 spec NetworkPolicySpec
NetworkPolicyEgressRule: 1 ports [NetworkPolicyPort], 2 to [NetworkPolicyPeer]
NetworkPolicyIngressRule: 1 ports [NetworkPolicyPort], 2 from [NetworkPolicyPeer]
NetworkPolicyPeer: 1 podSelector meta.LabelSelector, 2 namespaceSelector meta.LabelSelector, 3 ipBlock IPBlock
NetworkPolicyPort: 1 protocol string, 2 port IntOrString, 3 endPort int32
NetworkPolicySpec: 1 podSelector meta.LabelSelector, 2 ingress [NetworkPolicyIngressRule],
  3 egress [NetworkPolicyEgressRule], 4 policyTypes [string]
ParentReference: 1 group string?, 2 resource string?, 3 namespace string?, 4 name string?
ServiceBackendPort: 1 name string?, 2 number int32?
kind ServiceCIDR: 1 metadata meta.ObjectMeta, 2 spec ServiceCIDRSpec, 3 status ServiceCIDRStatus
ServiceCIDRSpec: 1 cidrs [string]
ServiceCIDRStatus: 1 conditions [meta.Condition]

api storage.k8s.io/v1
kind CSIDriver: 1 metadata meta.ObjectMeta, 2 spec CSIDriverSpec
CSIDriverSpec: 1 attachRequired bool, 2 podInfoOnMount bool, 3 volumeLifecycleModes [string], 4 storageCapacity bool,
  5 fsGroupPolicy string, 6 tokenRequests [TokenRequest], 7 requiresRepublish bool, 8 seLinuxMount bool,
  9 nodeAllocatableUpdatePeriodSeconds int64, 10 serviceAccountTokenInSecrets bool,
  11 preventPodSchedulingIfMissing bool
kind CSINode: 1 metadata meta.ObjectMeta, 2 spec CSINodeSpec
CSINodeDriver: 1 name string, 2 nodeID string, 3 topologyKeys [string], 4 allocatable VolumeNodeResources
CSINodeSpec: 1 drivers [CSINodeDriver]
kind CSIStorageCapacity: 1 metadata meta.ObjectMeta, 2 nodeTopology meta.LabelSelector, 3 storageClassName string,
  4 capacity Quantity, 5 maximumVolumeSize Quantity
kind StorageClass: 1 metadata meta.ObjectMeta, 2 provisioner string, 3 parameters {string}, 4 reclaimPolicy string,
  5 mountOptions [string], 6 allowVolumeExpansion bool, 7 volumeBindingMode string,
  8 allowedTopologies [core.TopologySelectorTerm]
TokenRequest: 1 audience string, 2 expirationSeconds int64
kind VolumeAttachment: 1 metadata meta.ObjectMeta, 2 spec VolumeAttachmentSpec, 3 status VolumeAttachmentStatus
VolumeAttachmentSource: 1 persistentVolumeName string, 2 inlineVolumeSpec core.PersistentVolumeSpec
VolumeAttachmentSpec: 1 attacher string, 2 source VolumeAttachmentSource, 3 nodeName string
VolumeAttachmentStatus: 1 attached bool, 2 attachmentMetadata {string}, 3 attachError VolumeError,
  4 detachError VolumeError
kind VolumeAttributesClass: 1 metadata meta.ObjectMeta, 2 driverName string, 3 parameters {string}
VolumeError: 1 time Time, 2 message string?, 3 errorCode int32
VolumeNodeResources: 1 count int32
)";

}  // namespace jobset_twin::apiserver::http::protobuf
