// types_pod.cpp - tables of core/v1 Pod and all of PodTemplateSpec (Kubernetes 1.36).
#include "engine/api/bind.hpp"

namespace jobset_twin::api::bind {
namespace {

void defineEnvironment() {
  type<ObjectFieldSelector>("ObjectFieldSelector",
                            {
                                field<&ObjectFieldSelector::apiVersion>("apiVersion"),
                                field<&ObjectFieldSelector::fieldPath>("fieldPath").always().required(),
                            });
  type<ResourceFieldSelector>("ResourceFieldSelector",
                              {
                                  field<&ResourceFieldSelector::containerName>("containerName"),
                                  field<&ResourceFieldSelector::resource>("resource").always().required(),
                                  field<&ResourceFieldSelector::divisor>("divisor").zero("\"0\""),
                              });
  type<KeySelector>("KeySelector", {
                                       field<&KeySelector::name>("name").defaults("\"\""),
                                       field<&KeySelector::key>("key").always().required(),
                                       field<&KeySelector::optional>("optional"),
                                   });
  type<EnvVarSource>("EnvVarSource", {
                                         field<&EnvVarSource::fieldRef>("fieldRef"),
                                         field<&EnvVarSource::resourceFieldRef>("resourceFieldRef"),
                                         field<&EnvVarSource::configMapKeyRef>("configMapKeyRef"),
                                         field<&EnvVarSource::secretKeyRef>("secretKeyRef"),
                                         field<&EnvVarSource::fileKeyRef>("fileKeyRef").shaped("FileKeySelector"),
                                     });
  type<EnvVar>("EnvVar", {
                             field<&EnvVar::name>("name").always().required(),
                             field<&EnvVar::value>("value"),
                             field<&EnvVar::valueFrom>("valueFrom"),
                         });
  type<EnvFromRef>("EnvFromRef", {
                                     field<&EnvFromRef::name>("name").defaults("\"\""),
                                     field<&EnvFromRef::optional>("optional"),
                                 });
  type<EnvFromSource>("EnvFromSource", {
                                           field<&EnvFromSource::prefix>("prefix"),
                                           field<&EnvFromSource::configMapRef>("configMapRef"),
                                           field<&EnvFromSource::secretRef>("secretRef"),
                                       });
}

void defineHandlers() {
  type<ExecAction>("ExecAction", {field<&ExecAction::command>("command")});
  type<HttpHeader>("HTTPHeader", {
                                     field<&HttpHeader::name>("name").always().required(),
                                     field<&HttpHeader::value>("value").always().required(),
                                 });
  type<HttpGetAction>("HTTPGetAction", {
                                           field<&HttpGetAction::path>("path"),
                                           field<&HttpGetAction::port>("port").always().required(),
                                           field<&HttpGetAction::host>("host"),
                                           field<&HttpGetAction::scheme>("scheme"),
                                           field<&HttpGetAction::httpHeaders>("httpHeaders"),
                                       });
  type<TcpSocketAction>("TCPSocketAction", {
                                               field<&TcpSocketAction::port>("port").always().required(),
                                               field<&TcpSocketAction::host>("host"),
                                           });
  type<GrpcAction>("GRPCAction", {
                                     field<&GrpcAction::port>("port").always().required(),
                                     field<&GrpcAction::service>("service").always().defaults("\"\""),
                                 });
  type<SleepAction>("SleepAction", {field<&SleepAction::seconds>("seconds").always().required()});
  type<Probe>("Probe", {
                           field<&Probe::exec>("exec"),
                           field<&Probe::httpGet>("httpGet"),
                           field<&Probe::tcpSocket>("tcpSocket"),
                           field<&Probe::grpc>("grpc"),
                           field<&Probe::initialDelaySeconds>("initialDelaySeconds"),
                           field<&Probe::timeoutSeconds>("timeoutSeconds"),
                           field<&Probe::periodSeconds>("periodSeconds"),
                           field<&Probe::successThreshold>("successThreshold"),
                           field<&Probe::failureThreshold>("failureThreshold"),
                           field<&Probe::terminationGracePeriodSeconds>("terminationGracePeriodSeconds"),
                       });
  type<LifecycleHandler>("LifecycleHandler", {
                                                 field<&LifecycleHandler::exec>("exec"),
                                                 field<&LifecycleHandler::httpGet>("httpGet"),
                                                 field<&LifecycleHandler::tcpSocket>("tcpSocket"),
                                                 field<&LifecycleHandler::sleep>("sleep"),
                                             });
  type<Lifecycle>("Lifecycle", {
                                   field<&Lifecycle::postStart>("postStart"),
                                   field<&Lifecycle::preStop>("preStop"),
                                   field<&Lifecycle::stopSignal>("stopSignal"),
                               });
}

void defineContainer() {
  type<ContainerPort>("ContainerPort", {
                                           field<&ContainerPort::name>("name"),
                                           field<&ContainerPort::hostPort>("hostPort"),
                                           field<&ContainerPort::containerPort>("containerPort").always().required(),
                                           field<&ContainerPort::protocol>("protocol").defaults("\"TCP\""),
                                           field<&ContainerPort::hostIP>("hostIP"),
                                       });
  type<ResourceRequirements>(
      "ResourceRequirements",
      {
          field<&ResourceRequirements::limits>("limits"),
          field<&ResourceRequirements::requests>("requests"),
          field<&ResourceRequirements::claims>("claims").shaped("[]ResourceClaim").listMap({"name"}),
      });
  type<VolumeMount>("VolumeMount", {
                                       field<&VolumeMount::name>("name").always().required(),
                                       field<&VolumeMount::readOnly>("readOnly"),
                                       field<&VolumeMount::recursiveReadOnly>("recursiveReadOnly"),
                                       field<&VolumeMount::mountPath>("mountPath").always().required(),
                                       field<&VolumeMount::subPath>("subPath"),
                                       field<&VolumeMount::mountPropagation>("mountPropagation"),
                                       field<&VolumeMount::subPathExpr>("subPathExpr"),
                                   });
  type<RestartExitCodes>("ContainerRestartRuleOnExitCodes",
                         {
                             field<&RestartExitCodes::operator_>("operator").always().required(),
                             field<&RestartExitCodes::values>("values"),
                         });
  type<ContainerRestartRule>("ContainerRestartRule",
                             {
                                 field<&ContainerRestartRule::action>("action").always().required(),
                                 field<&ContainerRestartRule::exitCodes>("exitCodes"),
                             });
  type<Container>(
      "Container",
      {
          field<&Container::name>("name").always().required().doc("Name, unique in the Pod."),
          field<&Container::image>("image").doc("Image to run."),
          field<&Container::command>("command").doc("What runs in place of the image's entrypoint."),
          field<&Container::args>("args").doc("Arguments of the entrypoint."),
          field<&Container::workingDir>("workingDir"),
          field<&Container::ports>("ports").listMap({"containerPort", "protocol"}).patchKey("containerPort"),
          field<&Container::envFrom>("envFrom"),
          field<&Container::env>("env").key("name"),
          field<&Container::resources>("resources").doc("Requests and limits."),
          field<&Container::resizePolicy>("resizePolicy").shaped("[]ContainerResizePolicy"),
          field<&Container::restartPolicy>("restartPolicy").doc("Always, on an init container: a sidecar."),
          field<&Container::restartPolicyRules>("restartPolicyRules"),
          field<&Container::volumeMounts>("volumeMounts").key("mountPath"),
          field<&Container::volumeDevices>("volumeDevices").shaped("[]VolumeDevice").key("devicePath"),
          field<&Container::livenessProbe>("livenessProbe"),
          field<&Container::readinessProbe>("readinessProbe"),
          field<&Container::startupProbe>("startupProbe"),
          field<&Container::lifecycle>("lifecycle"),
          field<&Container::terminationMessagePath>("terminationMessagePath"),
          field<&Container::terminationMessagePolicy>("terminationMessagePolicy"),
          field<&Container::imagePullPolicy>("imagePullPolicy"),
          field<&Container::securityContext>("securityContext").shaped("SecurityContext"),
          field<&Container::stdin_>("stdin"),
          field<&Container::stdinOnce>("stdinOnce"),
          field<&Container::tty>("tty"),
      });
}

void defineScheduling() {
  type<NodeSelectorRequirement>("NodeSelectorRequirement",
                                {
                                    field<&NodeSelectorRequirement::key>("key").always().required(),
                                    field<&NodeSelectorRequirement::operator_>("operator").always().required(),
                                    field<&NodeSelectorRequirement::values>("values"),
                                });
  type<NodeSelectorTerm>("NodeSelectorTerm", {
                                                 field<&NodeSelectorTerm::matchExpressions>("matchExpressions"),
                                                 field<&NodeSelectorTerm::matchFields>("matchFields"),
                                             });
  type<NodeSelector>("NodeSelector",
                     {field<&NodeSelector::nodeSelectorTerms>("nodeSelectorTerms").always().required()});
  type<PreferredSchedulingTerm>("PreferredSchedulingTerm",
                                {
                                    field<&PreferredSchedulingTerm::weight>("weight").always().required(),
                                    field<&PreferredSchedulingTerm::preference>("preference").required(),
                                });
  type<NodeAffinity>("NodeAffinity", {
                                         field<&NodeAffinity::requiredDuringSchedulingIgnoredDuringExecution>(
                                             "requiredDuringSchedulingIgnoredDuringExecution"),
                                         field<&NodeAffinity::preferredDuringSchedulingIgnoredDuringExecution>(
                                             "preferredDuringSchedulingIgnoredDuringExecution"),
                                     });
  type<PodAffinityTerm>("PodAffinityTerm", {
                                               field<&PodAffinityTerm::labelSelector>("labelSelector"),
                                               field<&PodAffinityTerm::namespaces>("namespaces"),
                                               field<&PodAffinityTerm::topologyKey>("topologyKey").always().required(),
                                               field<&PodAffinityTerm::namespaceSelector>("namespaceSelector"),
                                               field<&PodAffinityTerm::matchLabelKeys>("matchLabelKeys"),
                                               field<&PodAffinityTerm::mismatchLabelKeys>("mismatchLabelKeys"),
                                           });
  type<WeightedPodAffinityTerm>("WeightedPodAffinityTerm",
                                {
                                    field<&WeightedPodAffinityTerm::weight>("weight").always().required(),
                                    field<&WeightedPodAffinityTerm::podAffinityTerm>("podAffinityTerm").required(),
                                });
  type<PodAffinity>("PodAffinity", {
                                       field<&PodAffinity::requiredDuringSchedulingIgnoredDuringExecution>(
                                           "requiredDuringSchedulingIgnoredDuringExecution"),
                                       field<&PodAffinity::preferredDuringSchedulingIgnoredDuringExecution>(
                                           "preferredDuringSchedulingIgnoredDuringExecution"),
                                   });
  type<Affinity>("Affinity", {
                                 field<&Affinity::nodeAffinity>("nodeAffinity"),
                                 field<&Affinity::podAffinity>("podAffinity"),
                                 field<&Affinity::podAntiAffinity>("podAntiAffinity"),
                             });
  type<Toleration>("Toleration", {
                                     field<&Toleration::key>("key"),
                                     field<&Toleration::operator_>("operator"),
                                     field<&Toleration::value>("value"),
                                     field<&Toleration::effect>("effect"),
                                     field<&Toleration::tolerationSeconds>("tolerationSeconds"),
                                 });
  type<TopologySpreadConstraint>(
      "TopologySpreadConstraint",
      {
          field<&TopologySpreadConstraint::maxSkew>("maxSkew").always().required(),
          field<&TopologySpreadConstraint::topologyKey>("topologyKey").always().required(),
          field<&TopologySpreadConstraint::whenUnsatisfiable>("whenUnsatisfiable").always().required(),
          field<&TopologySpreadConstraint::labelSelector>("labelSelector"),
          field<&TopologySpreadConstraint::minDomains>("minDomains"),
          field<&TopologySpreadConstraint::nodeAffinityPolicy>("nodeAffinityPolicy"),
          field<&TopologySpreadConstraint::nodeTaintsPolicy>("nodeTaintsPolicy"),
          field<&TopologySpreadConstraint::matchLabelKeys>("matchLabelKeys"),
      });
}

void defineSpec() {
  // One C++ struct, two tables: a reference may leave the name out, a gate may not.
  type<NamedRef>("LocalObjectReference", {field<&NamedRef::name>("name").defaults("\"\"")});
  define(named("PodSchedulingGate"), "PodSchedulingGate", "PodSchedulingGate",
         {field<&NamedRef::name>("name").always().required()});
  type<ReadinessGate>("PodReadinessGate", {field<&ReadinessGate::conditionType>("conditionType").always().required()});
  type<PvcVolumeSource>("PersistentVolumeClaimVolumeSource",
                        {
                            field<&PvcVolumeSource::claimName>("claimName").always().required(),
                            field<&PvcVolumeSource::readOnly>("readOnly"),
                        });
  type<Volume>("Volume", {
                             field<&Volume::name>("name").always().required(),
                             field<&Volume::persistentVolumeClaim>("persistentVolumeClaim"),
                             field<&Volume::emptyDir>("emptyDir").shaped("EmptyDirVolumeSource"),
                             field<&Volume::source>("").shaped("VolumeSource").inlined(),
                         });
  type<PodSchedulingGroup>("PodSchedulingGroup", {field<&PodSchedulingGroup::podGroupName>("podGroupName")});
  type<PodSpec>(
      "PodSpec",
      {
          field<&PodSpec::volumes>("volumes").key("name").retainKeys(),
          field<&PodSpec::initContainers>("initContainers")
              .key("name")
              .doc("Run one after the other before the containers."),
          field<&PodSpec::containers>("containers").always().required().key("name").doc("Run together."),
          field<&PodSpec::ephemeralContainers>("ephemeralContainers").shaped("[]EphemeralContainer").key("name"),
          field<&PodSpec::restartPolicy>("restartPolicy").doc("Always, OnFailure or Never."),
          field<&PodSpec::terminationGracePeriodSeconds>("terminationGracePeriodSeconds"),
          field<&PodSpec::activeDeadlineSeconds>("activeDeadlineSeconds"),
          field<&PodSpec::dnsPolicy>("dnsPolicy"),
          field<&PodSpec::nodeSelector>("nodeSelector").doc("Labels that the node must have."),
          field<&PodSpec::serviceAccountName>("serviceAccountName"),
          field<&PodSpec::serviceAccount>("serviceAccount"),
          field<&PodSpec::automountServiceAccountToken>("automountServiceAccountToken"),
          field<&PodSpec::nodeName>("nodeName").doc("The node that the Pod is bound to."),
          field<&PodSpec::hostNetwork>("hostNetwork"),
          field<&PodSpec::hostPID>("hostPID"),
          field<&PodSpec::hostIPC>("hostIPC"),
          field<&PodSpec::shareProcessNamespace>("shareProcessNamespace"),
          field<&PodSpec::securityContext>("securityContext").shaped("PodSecurityContext"),
          field<&PodSpec::imagePullSecrets>("imagePullSecrets").key("name"),
          field<&PodSpec::hostname>("hostname"),
          field<&PodSpec::subdomain>("subdomain").doc("With hostname, the Pod's name below a headless Service."),
          field<&PodSpec::affinity>("affinity"),
          field<&PodSpec::schedulerName>("schedulerName"),
          field<&PodSpec::tolerations>("tolerations"),
          field<&PodSpec::hostAliases>("hostAliases").shaped("[]HostAlias").key("ip"),
          field<&PodSpec::priorityClassName>("priorityClassName"),
          field<&PodSpec::priority>("priority"),
          field<&PodSpec::dnsConfig>("dnsConfig").shaped("PodDNSConfig"),
          field<&PodSpec::readinessGates>("readinessGates"),
          field<&PodSpec::runtimeClassName>("runtimeClassName"),
          field<&PodSpec::enableServiceLinks>("enableServiceLinks"),
          field<&PodSpec::preemptionPolicy>("preemptionPolicy"),
          field<&PodSpec::overhead>("overhead"),
          field<&PodSpec::topologySpreadConstraints>("topologySpreadConstraints")
              .listMap({"topologyKey", "whenUnsatisfiable"})
              .patchKey("topologyKey"),
          field<&PodSpec::setHostnameAsFQDN>("setHostnameAsFQDN"),
          field<&PodSpec::os>("os").shaped("PodOS"),
          field<&PodSpec::hostUsers>("hostUsers"),
          field<&PodSpec::schedulingGates>("schedulingGates").key("name").as(named("PodSchedulingGate")),
          field<&PodSpec::resourceClaims>("resourceClaims").shaped("[]PodResourceClaim").key("name").retainKeys(),
          field<&PodSpec::resources>("resources"),
          field<&PodSpec::hostnameOverride>("hostnameOverride"),
          field<&PodSpec::schedulingGroup>("schedulingGroup").doc("The PodGroup that the Pod is scheduled with."),
      });
  type<PodTemplateSpec>("PodTemplateSpec", {
                                               field<&PodTemplateSpec::metadata>("metadata"),
                                               field<&PodTemplateSpec::spec>("spec"),
                                           });
}

void defineStatus() {
  type<ContainerStateWaiting>("ContainerStateWaiting", {
                                                           field<&ContainerStateWaiting::reason>("reason"),
                                                           field<&ContainerStateWaiting::message>("message"),
                                                       });
  type<ContainerStateRunning>("ContainerStateRunning",
                              {field<&ContainerStateRunning::startedAt>("startedAt").always()});
  type<ContainerStateTerminated>("ContainerStateTerminated",
                                 {
                                     field<&ContainerStateTerminated::exitCode>("exitCode").always(),
                                     field<&ContainerStateTerminated::signal>("signal"),
                                     field<&ContainerStateTerminated::reason>("reason"),
                                     field<&ContainerStateTerminated::message>("message"),
                                     field<&ContainerStateTerminated::startedAt>("startedAt").always(),
                                     field<&ContainerStateTerminated::finishedAt>("finishedAt").always(),
                                     field<&ContainerStateTerminated::containerID>("containerID"),
                                 });
  type<ContainerState>("ContainerState", {
                                             field<&ContainerState::waiting>("waiting"),
                                             field<&ContainerState::running>("running"),
                                             field<&ContainerState::terminated>("terminated"),
                                         });
  type<ContainerStatus>("ContainerStatus", {
                                               field<&ContainerStatus::name>("name").always(),
                                               field<&ContainerStatus::state>("state"),
                                               field<&ContainerStatus::lastState>("lastState"),
                                               field<&ContainerStatus::ready>("ready").always(),
                                               field<&ContainerStatus::restartCount>("restartCount").always(),
                                               field<&ContainerStatus::image>("image").always(),
                                               field<&ContainerStatus::imageID>("imageID").always(),
                                               field<&ContainerStatus::containerID>("containerID"),
                                               field<&ContainerStatus::started>("started"),
                                               accepted("allocatedResources", "quantities"),
                                               accepted("resources", "any"),
                                               accepted("volumeMounts", "any"),
                                               accepted("user", "any"),
                                               accepted("allocatedResourcesStatus", "any"),
                                               accepted("stopSignal", "string"),
                                           });
  type<PodIP>("PodIP", {field<&PodIP::ip>("ip").always()});
  type<PodStatus>("PodStatus", {
                                   field<&PodStatus::observedGeneration>("observedGeneration"),
                                   field<&PodStatus::phase>("phase"),
                                   field<&PodStatus::conditions>("conditions").key("type").as(named("PodCondition")),
                                   field<&PodStatus::message>("message"),
                                   field<&PodStatus::reason>("reason"),
                                   field<&PodStatus::nominatedNodeName>("nominatedNodeName"),
                                   field<&PodStatus::hostIP>("hostIP"),
                                   field<&PodStatus::hostIPs>("hostIPs").patchKey("ip"),
                                   field<&PodStatus::podIP>("podIP"),
                                   field<&PodStatus::podIPs>("podIPs").key("ip"),
                                   field<&PodStatus::startTime>("startTime"),
                                   field<&PodStatus::initContainerStatuses>("initContainerStatuses"),
                                   field<&PodStatus::containerStatuses>("containerStatuses"),
                                   field<&PodStatus::qosClass>("qosClass"),
                                   field<&PodStatus::ephemeralContainerStatuses>("ephemeralContainerStatuses"),
                                   accepted("extendedResourceClaimStatus", "any"),
                                   accepted("allocatedResources", "quantities"),
                                   accepted("resources", "any"),
                                   field<&PodStatus::resize>("resize"),
                                   field<&PodStatus::resourceClaimStatuses>("resourceClaimStatuses"),
                               });
  type<Pod>("Pod", {field<&Pod::spec>("spec"), field<&Pod::status>("status")});
  TypeInfo& pod = Slot<Pod>::info;
  pod.overlay_into = "spec";
  pod.overlays = {field<&Pod::nodeName>("nodeName").take(), field<&Pod::hostname>("hostname").take()};
}

}  // namespace

void definePod() {
  defineEnvironment();
  defineHandlers();
  defineContainer();
  defineScheduling();
  defineSpec();
  defineStatus();
}

}  // namespace jobset_twin::api::bind
