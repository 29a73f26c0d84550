// types_cluster.cpp - tables of Node, Service, EndpointSlice, PersistentVolumeClaim, Event, PriorityClass
// (Kubernetes 1.36).
#include "engine/api/bind.hpp"

namespace jobset_twin::api::bind {
namespace {

void defineNode() {
  type<Taint>("Taint", {
                           field<&Taint::key>("key").always(),
                           field<&Taint::value>("value"),
                           field<&Taint::effect>("effect").always(),
                           field<&Taint::timeAdded>("timeAdded"),
                       });
  type<NodeSpec>("NodeSpec", {
                                 field<&NodeSpec::podCIDR>("podCIDR"),
                                 field<&NodeSpec::podCIDRs>("podCIDRs").mergeItems(),
                                 field<&NodeSpec::providerID>("providerID"),
                                 field<&NodeSpec::unschedulable>("unschedulable"),
                                 field<&NodeSpec::taints>("taints"),
                                 field<&NodeSpec::configSource>("configSource"),
                                 field<&NodeSpec::externalID>("externalID").shaped("string"),
                             });
  type<NodeAddress>("NodeAddress",
                    {field<&NodeAddress::type>("type").always(), field<&NodeAddress::address>("address").always()});
  type<ContainerImage>("ContainerImage",
                       {field<&ContainerImage::names>("names"), field<&ContainerImage::sizeBytes>("sizeBytes")});
  type<NodeStatus>(
      "NodeStatus",
      {
          field<&NodeStatus::capacity>("capacity"),
          field<&NodeStatus::allocatable>("allocatable"),
          accepted("phase", "string"),
          field<&NodeStatus::conditions>("conditions").key("type").as(named("NodeCondition")),
          field<&NodeStatus::addresses>("addresses").patchKey("type"),
          field<&NodeStatus::daemonEndpoints>("daemonEndpoints").zero(R"({"kubeletEndpoint":{"Port":0}})"),
          field<&NodeStatus::nodeInfo>("nodeInfo")
              .shaped("NodeSystemInfo")
              .zero(
                  R"({"architecture":"","bootID":"","containerRuntimeVersion":"","kernelVersion":"","kubeProxyVersion":"","kubeletVersion":"","machineID":"","operatingSystem":"","osImage":"","systemUUID":""})"),
          field<&NodeStatus::images>("images"),
          field<&NodeStatus::volumesInUse>("volumesInUse").shaped("[]string"),
          field<&NodeStatus::volumesAttached>("volumesAttached"),
          field<&NodeStatus::config>("config"),
          field<&NodeStatus::runtimeHandlers>("runtimeHandlers"),
          field<&NodeStatus::features>("features"),
          field<&NodeStatus::declaredFeatures>("declaredFeatures").shaped("[]string"),
      });
  type<Node>("Node", {field<&Node::spec>("spec"), field<&Node::status>("status")});
}

void defineService() {
  type<ServicePort>("ServicePort", {
                                       field<&ServicePort::name>("name"),
                                       field<&ServicePort::protocol>("protocol").defaults("\"TCP\""),
                                       field<&ServicePort::appProtocol>("appProtocol"),
                                       field<&ServicePort::port>("port").always(),
                                       field<&ServicePort::targetPort>("targetPort").always(),
                                       field<&ServicePort::nodePort>("nodePort"),
                                   });
  type<ServiceSpec>(
      "ServiceSpec",
      {
          field<&ServiceSpec::ports>("ports").listMap({"port", "protocol"}).patchKey("port"),
          field<&ServiceSpec::selector>("selector"),
          field<&ServiceSpec::clusterIP>("clusterIP"),
          field<&ServiceSpec::clusterIPs>("clusterIPs"),
          field<&ServiceSpec::type>("type"),
          field<&ServiceSpec::externalIPs>("externalIPs"),
          field<&ServiceSpec::sessionAffinity>("sessionAffinity"),
          field<&ServiceSpec::loadBalancerIP>("loadBalancerIP"),
          field<&ServiceSpec::loadBalancerSourceRanges>("loadBalancerSourceRanges"),
          field<&ServiceSpec::externalName>("externalName"),
          field<&ServiceSpec::externalTrafficPolicy>("externalTrafficPolicy"),
          field<&ServiceSpec::healthCheckNodePort>("healthCheckNodePort"),
          field<&ServiceSpec::publishNotReadyAddresses>("publishNotReadyAddresses"),
          field<&ServiceSpec::sessionAffinityConfig>("sessionAffinityConfig").shaped("SessionAffinityConfig"),
          field<&ServiceSpec::ipFamilies>("ipFamilies"),
          field<&ServiceSpec::ipFamilyPolicy>("ipFamilyPolicy"),
          field<&ServiceSpec::allocateLoadBalancerNodePorts>("allocateLoadBalancerNodePorts"),
          field<&ServiceSpec::loadBalancerClass>("loadBalancerClass"),
          field<&ServiceSpec::internalTrafficPolicy>("internalTrafficPolicy"),
          field<&ServiceSpec::trafficDistribution>("trafficDistribution"),
      });
  type<Service>("Service", {
                               field<&Service::spec>("spec"),
                               field<&Service::status>("status").shaped("ServiceStatus").zero(R"({"loadBalancer":{}})"),
                           });
  type<ObjectReference>("ObjectReference", {
                                               field<&ObjectReference::kind>("kind"),
                                               field<&ObjectReference::namespace_>("namespace"),
                                               field<&ObjectReference::name>("name"),
                                               field<&ObjectReference::uid>("uid"),
                                               field<&ObjectReference::apiVersion>("apiVersion"),
                                               field<&ObjectReference::resourceVersion>("resourceVersion"),
                                               field<&ObjectReference::fieldPath>("fieldPath"),
                                           });
  type<EndpointConditions>("EndpointConditions", {
                                                     field<&EndpointConditions::ready>("ready"),
                                                     field<&EndpointConditions::serving>("serving"),
                                                     field<&EndpointConditions::terminating>("terminating"),
                                                 });
  type<Endpoint>("Endpoint", {
                                 field<&Endpoint::addresses>("addresses").always(),
                                 field<&Endpoint::conditions>("conditions"),
                                 field<&Endpoint::hostname>("hostname"),
                                 field<&Endpoint::targetRef>("targetRef"),
                                 field<&Endpoint::deprecatedTopology>("deprecatedTopology").shaped("map"),
                                 field<&Endpoint::nodeName>("nodeName"),
                                 field<&Endpoint::zone>("zone"),
                                 field<&Endpoint::hints>("hints"),
                             });
  type<EndpointPort>("EndpointPort", {
                                         field<&EndpointPort::name>("name"),
                                         field<&EndpointPort::protocol>("protocol"),
                                         field<&EndpointPort::port>("port"),
                                         field<&EndpointPort::appProtocol>("appProtocol"),
                                     });
  type<EndpointSlice>("EndpointSlice", {
                                           field<&EndpointSlice::addressType>("addressType").always().immutable(),
                                           field<&EndpointSlice::endpoints>("endpoints").zero("null"),
                                           field<&EndpointSlice::ports>("ports").zero("null"),
                                       });
}

void defineClaim() {
  type<PersistentVolumeClaimSpec>(
      "PersistentVolumeClaimSpec",
      {
          field<&PersistentVolumeClaimSpec::accessModes>("accessModes"),
          field<&PersistentVolumeClaimSpec::selector>("selector"),
          field<&PersistentVolumeClaimSpec::resources>("resources").as(named("VolumeResourceRequirements")),
          field<&PersistentVolumeClaimSpec::volumeName>("volumeName"),
          field<&PersistentVolumeClaimSpec::storageClassName>("storageClassName"),
          field<&PersistentVolumeClaimSpec::volumeMode>("volumeMode"),
          field<&PersistentVolumeClaimSpec::dataSource>("dataSource").shaped("TypedLocalObjectReference"),
          field<&PersistentVolumeClaimSpec::dataSourceRef>("dataSourceRef").shaped("TypedObjectReference"),
          field<&PersistentVolumeClaimSpec::volumeAttributesClassName>("volumeAttributesClassName"),
      });
  define(named("VolumeResourceRequirements"), "VolumeResourceRequirements", "VolumeResourceRequirements",
         {
             field<&ResourceRequirements::limits>("limits"),
             field<&ResourceRequirements::requests>("requests"),
         });
  type<PersistentVolumeClaimStatus>("PersistentVolumeClaimStatus",
                                    {
                                        field<&PersistentVolumeClaimStatus::phase>("phase"),
                                        field<&PersistentVolumeClaimStatus::accessModes>("accessModes"),
                                        field<&PersistentVolumeClaimStatus::capacity>("capacity"),
                                        field<&PersistentVolumeClaimStatus::conditions>("conditions")
                                            .key("type")
                                            .as(named("PersistentVolumeClaimCondition")),
                                        accepted("allocatedResources", "quantities"),
                                        accepted("allocatedResourceStatuses", "map"),
                                        accepted("currentVolumeAttributesClassName", "string"),
                                        accepted("modifyVolumeStatus", "ModifyVolumeStatus"),
                                    });
  type<PersistentVolumeClaim>("PersistentVolumeClaim", {
                                                           field<&PersistentVolumeClaim::spec>("spec"),
                                                           field<&PersistentVolumeClaim::status>("status"),
                                                       });
  type<PersistentVolumeClaimTemplate>(
      "PersistentVolumeClaimInPolicy",
      {
          field<&PersistentVolumeClaimTemplate::apiVersion>("apiVersion"),
          field<&PersistentVolumeClaimTemplate::kind>("kind"),
          field<&PersistentVolumeClaimTemplate::metadata>("metadata"),
          field<&PersistentVolumeClaimTemplate::spec>("spec"),
          field<&PersistentVolumeClaimTemplate::status>("status").shaped("PersistentVolumeClaimStatus").zero("{}"),
      });
}

void defineEvent() {
  type<EventSource>("EventSource", {field<&EventSource::component>("component"), field<&EventSource::host>("host")});
  type<EventSeries>("EventSeries", {
                                       field<&EventSeries::count>("count"),
                                       field<&EventSeries::lastObservedTime>("lastObservedTime").micro().always(),
                                   });
  type<Event>("Event", {
                           field<&Event::regarding>("involvedObject"),
                           field<&Event::reason>("reason"),
                           field<&Event::note>("message"),
                           field<&Event::source>("source"),
                           field<&Event::firstTimestamp>("firstTimestamp").always(),
                           field<&Event::lastTimestamp>("lastTimestamp").always(),
                           field<&Event::count>("count"),
                           field<&Event::type>("type"),
                           field<&Event::eventTime>("eventTime").micro().always(),
                           field<&Event::series>("series"),
                           field<&Event::action>("action"),
                           field<&Event::related>("related"),
                           field<&Event::reportingController>("reportingComponent").always(),
                           field<&Event::reportingInstance>("reportingInstance").always(),
                       });
  define(named("EventsV1Event"), "EventsV1Event", "Event",
         {
             field<&Event::eventTime>("eventTime").micro().always(),
             field<&Event::series>("series"),
             field<&Event::reportingController>("reportingController"),
             field<&Event::reportingInstance>("reportingInstance"),
             field<&Event::action>("action"),
             field<&Event::reason>("reason"),
             field<&Event::regarding>("regarding"),
             field<&Event::related>("related"),
             field<&Event::note>("note"),
             field<&Event::type>("type"),
             field<&Event::source>("deprecatedSource"),
             field<&Event::firstTimestamp>("deprecatedFirstTimestamp").always(),
             field<&Event::lastTimestamp>("deprecatedLastTimestamp").always(),
             field<&Event::count>("deprecatedCount"),
         });
}

}  // namespace

void defineCluster() {
  defineNode();
  defineService();
  defineClaim();
  defineEvent();
  type<PriorityClass>("PriorityClass", {
                                           field<&PriorityClass::value>("value").always().immutable(),
                                           field<&PriorityClass::globalDefault>("globalDefault"),
                                           field<&PriorityClass::description>("description"),
                                           field<&PriorityClass::preemptionPolicy>("preemptionPolicy").immutable(),
                                       });
}

}  // namespace jobset_twin::api::bind
