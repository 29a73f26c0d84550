#include "sim/apiserver/http/openapi/stored_types.hpp"

#include <map>
#include <memory>

#include "engine/api/result.hpp"
#include "engine/api/shape_text.hpp"

namespace jobset_twin::apiserver::http {
namespace {

// In the notation of engine/api/shapes.cpp; what a line refers to is above it, or a table of reflect.hpp.
constexpr std::string_view kTypes[] = {
    // What requests and answers are made of, besides objects (apimachinery meta/v1).
    "ListMeta{continue:string, remainingItemCount:int64, resourceVersion:string, selfLink:string}",
    "StatusCause{field:string, message:string, reason:string}",
    "StatusDetails{causes:[]StatusCause, group:string, kind:string, name:string, retryAfterSeconds:int32, uid:string}",
    "Status{apiVersion:string, code:int32, details:StatusDetails, kind:string, message:string, metadata:ListMeta, "
    "reason:string, status:string}",
    "Preconditions{resourceVersion:string, uid:string}",
    "DeleteOptions{apiVersion:string, dryRun:[]string, gracePeriodSeconds:int64, kind:string, orphanDependents:bool, "
    "preconditions:Preconditions, propagationPolicy:string}",
    "Binding{apiVersion:string, kind:string, metadata:ObjectMeta, target!:ObjectReference}",
    "Eviction{apiVersion:string, deleteOptions:DeleteOptions, kind:string, metadata:ObjectMeta}",
    "ScaleSpec{replicas:int32}",
    "ScaleStatus{replicas!:int32, selector:string}",
    "Scale{apiVersion:string, kind:string, metadata:ObjectMeta, spec:ScaleSpec, status:ScaleStatus}",
    // Core.
    "ConfigMap{binaryData:map, data:map, immutable:bool}",
    "Secret{data:map, immutable:bool, stringData:map, type:string}",
    "ServiceAccount{automountServiceAccountToken:bool, imagePullSecrets:[]LocalObjectReference, "
    "secrets:[]ObjectReference@name}",
    "NamespaceSpec{finalizers:[]string}",
    "NamespaceCondition{lastTransitionTime:time, message:string, reason:string, status!:string, type!:string}",
    "NamespaceStatus{conditions:[]NamespaceCondition@type, phase:string}",
    "Namespace{spec:NamespaceSpec, status:NamespaceStatus}",
    "LimitRangeItem{default:quantities, defaultRequest:quantities, max:quantities, maxLimitRequestRatio:quantities, "
    "min:quantities, type!:string}",
    "LimitRangeSpec{limits!:[]LimitRangeItem}",
    "LimitRange{spec:LimitRangeSpec}",
    "ScopedResourceSelectorRequirement{operator!:string, scopeName!:string, values:[]string}",
    "ScopeSelector{matchExpressions:[]ScopedResourceSelectorRequirement}",
    "ResourceQuotaSpec{hard:quantities, scopeSelector:ScopeSelector, scopes:[]string}",
    "ResourceQuotaStatus{hard:quantities, used:quantities}",
    "ResourceQuota{spec:ResourceQuotaSpec, status:ResourceQuotaStatus}",
    "EndpointAddress{hostname:string, ip!:string, nodeName:string, targetRef:ObjectReference}",
    "CoreEndpointPort{appProtocol:string, name:string, port!:int32, protocol:string}",
    "EndpointSubset{addresses:[]EndpointAddress, notReadyAddresses:[]EndpointAddress, ports:[]CoreEndpointPort}",
    "Endpoints{subsets:[]EndpointSubset}",
    "LocalVolumeSource{fsType:string, path!:string}",
    "VolumeNodeAffinity{required:NodeSelector}",
    "PersistentVolumeSpec{accessModes:[]string, awsElasticBlockStore:any, azureDisk:any, azureFile:any, "
    "capacity:quantities, cephfs:any, cinder:any, claimRef:ObjectReference, csi:any, fc:any, flexVolume:any, "
    "flocker:any, gcePersistentDisk:any, glusterfs:any, hostPath:HostPathVolumeSource, iscsi:any, "
    "local:LocalVolumeSource, mountOptions:[]string, nfs:NFSVolumeSource, nodeAffinity:VolumeNodeAffinity, "
    "persistentVolumeReclaimPolicy:string, photonPersistentDisk:any, portworxVolume:any, quobyte:any, rbd:any, "
    "scaleIO:any, storageClassName:string, storageos:any, volumeAttributesClassName:string, volumeMode:string, "
    "vsphereVolume:any}",
    "PersistentVolumeStatus{lastPhaseTransitionTime:time, message:string, phase:string, reason:string}",
    "PersistentVolume{spec:PersistentVolumeSpec, status:PersistentVolumeStatus}",
    "PodTemplate{template:PodTemplateSpec}",
    "ReplicationControllerSpec{minReadySeconds:int32, replicas:int32, selector:map, template:PodTemplateSpec}",
    "ReplicationControllerCondition{lastTransitionTime:time, message:string, reason:string, status!:string, "
    "type!:string}",
    "ReplicationControllerStatus{availableReplicas:int32, conditions:[]ReplicationControllerCondition@type, "
    "fullyLabeledReplicas:int32, observedGeneration:int64, readyReplicas:int32, replicas!:int32}",
    "ReplicationController{spec:ReplicationControllerSpec, status:ReplicationControllerStatus}",
    // Roles.
    "PolicyRule{apiGroups:[]string, nonResourceURLs:[]string, resourceNames:[]string, resources:[]string, "
    "verbs!:[]string}",
    "Role{rules:[]PolicyRule}",
    "AggregationRule{clusterRoleSelectors:[]LabelSelector}",
    "ClusterRole{aggregationRule:AggregationRule, rules:[]PolicyRule}",
    "RoleRef{apiGroup!:string, kind!:string, name!:string}",
    "Subject{apiGroup:string, kind!:string, name!:string, namespace:string}",
    "RoleBinding{roleRef!:RoleRef, subjects:[]Subject}",
    "ClusterRoleBinding{roleRef!:RoleRef, subjects:[]Subject}",
    // Storage, disruption, network, coordination.
    "TopologySelectorLabelRequirement{key!:string, values!:[]string}",
    "TopologySelectorTerm{matchLabelExpressions:[]TopologySelectorLabelRequirement}",
    "StorageClass{allowVolumeExpansion:bool, allowedTopologies:[]TopologySelectorTerm, mountOptions:[]string, "
    "parameters:map, provisioner!:string, reclaimPolicy:string, volumeBindingMode:string}",
    "PodDisruptionBudgetSpec{maxUnavailable:intstr, minAvailable:intstr, selector:LabelSelector, "
    "unhealthyPodEvictionPolicy:string}",
    "PodDisruptionBudgetStatus{conditions:[]Condition@type, currentHealthy!:int32, desiredHealthy!:int32, "
    "disruptedPods:any, disruptionsAllowed!:int32, expectedPods!:int32, observedGeneration:int64}",
    "PodDisruptionBudget{spec:PodDisruptionBudgetSpec, status:PodDisruptionBudgetStatus}",
    "IPBlock{cidr!:string, except:[]string}",
    "NetworkPolicyPeer{ipBlock:IPBlock, namespaceSelector:LabelSelector, podSelector:LabelSelector}",
    "NetworkPolicyPort{endPort:int32, port:intstr, protocol:string}",
    "NetworkPolicyIngressRule{from:[]NetworkPolicyPeer, ports:[]NetworkPolicyPort}",
    "NetworkPolicyEgressRule{ports:[]NetworkPolicyPort, to:[]NetworkPolicyPeer}",
    "NetworkPolicySpec{egress:[]NetworkPolicyEgressRule, ingress:[]NetworkPolicyIngressRule, "
    "podSelector:LabelSelector, policyTypes:[]string}",
    "NetworkPolicy{spec:NetworkPolicySpec}",
    "LeaseSpec{acquireTime:microtime, holderIdentity:string, leaseDurationSeconds:int32, leaseTransitions:int32, "
    "preferredHolder:string, renewTime:microtime, strategy:string}",
    "Lease{spec:LeaseSpec}",
    // Workloads.
    "RollingUpdateDeployment{maxSurge:intstr, maxUnavailable:intstr}",
    "DeploymentStrategy{rollingUpdate:RollingUpdateDeployment, type:string}",
    "DeploymentSpec{minReadySeconds:int32, paused:bool, progressDeadlineSeconds:int32, replicas:int32, "
    "revisionHistoryLimit:int32, selector!:LabelSelector, strategy:DeploymentStrategy, template!:PodTemplateSpec}",
    "DeploymentCondition{lastTransitionTime:time, lastUpdateTime:time, message:string, reason:string, status!:string, "
    "type!:string}",
    "DeploymentStatus{availableReplicas:int32, collisionCount:int32, conditions:[]DeploymentCondition@type, "
    "observedGeneration:int64, readyReplicas:int32, replicas:int32, terminatingReplicas:int32, "
    "unavailableReplicas:int32, updatedReplicas:int32}",
    "Deployment{spec:DeploymentSpec, status:DeploymentStatus}",
    "RollingUpdateStatefulSetStrategy{maxUnavailable:intstr, partition:int32}",
    "StatefulSetUpdateStrategy{rollingUpdate:RollingUpdateStatefulSetStrategy, type:string}",
    "StatefulSetPersistentVolumeClaimRetentionPolicy{whenDeleted:string, whenScaled:string}",
    "StatefulSetOrdinals{start:int32}",
    "StatefulSetSpec{minReadySeconds:int32, ordinals:StatefulSetOrdinals, "
    "persistentVolumeClaimRetentionPolicy:StatefulSetPersistentVolumeClaimRetentionPolicy, "
    "podManagementPolicy:string, replicas:int32, revisionHistoryLimit:int32, selector!:LabelSelector, "
    "serviceName:string, template!:PodTemplateSpec, updateStrategy:StatefulSetUpdateStrategy, "
    "volumeClaimTemplates:[]PersistentVolumeClaim}",
    "StatefulSetCondition{lastTransitionTime:time, message:string, reason:string, status!:string, type!:string}",
    "StatefulSetStatus{availableReplicas:int32, collisionCount:int32, conditions:[]StatefulSetCondition@type, "
    "currentReplicas:int32, currentRevision:string, observedGeneration:int64, readyReplicas:int32, replicas!:int32, "
    "updateRevision:string, updatedReplicas:int32}",
    "StatefulSet{spec:StatefulSetSpec, status:StatefulSetStatus}",
    "RollingUpdateDaemonSet{maxSurge:intstr, maxUnavailable:intstr}",
    "DaemonSetUpdateStrategy{rollingUpdate:RollingUpdateDaemonSet, type:string}",
    "DaemonSetSpec{minReadySeconds:int32, revisionHistoryLimit:int32, selector!:LabelSelector, "
    "template!:PodTemplateSpec, updateStrategy:DaemonSetUpdateStrategy}",
    "DaemonSetCondition{lastTransitionTime:time, message:string, reason:string, status!:string, type!:string}",
    "DaemonSetStatus{collisionCount:int32, conditions:[]DaemonSetCondition@type, currentNumberScheduled!:int32, "
    "desiredNumberScheduled!:int32, numberAvailable:int32, numberMisscheduled!:int32, numberReady!:int32, "
    "numberUnavailable:int32, observedGeneration:int64, updatedNumberScheduled:int32}",
    "DaemonSet{spec:DaemonSetSpec, status:DaemonSetStatus}",
    "ReplicaSetSpec{minReadySeconds:int32, replicas:int32, selector!:LabelSelector, template:PodTemplateSpec}",
    "ReplicaSetCondition{lastTransitionTime:time, message:string, reason:string, status!:string, type!:string}",
    "ReplicaSetStatus{availableReplicas:int32, conditions:[]ReplicaSetCondition@type, fullyLabeledReplicas:int32, "
    "observedGeneration:int64, readyReplicas:int32, replicas!:int32, terminatingReplicas:int32}",
    "ReplicaSet{spec:ReplicaSetSpec, status:ReplicaSetStatus}",
    "ControllerRevision{data:any, revision!:int64}",
    "CronJobSpec{concurrencyPolicy:string, failedJobsHistoryLimit:int32, jobTemplate!:JobTemplateSpec, "
    "schedule!:string, startingDeadlineSeconds:int64, successfulJobsHistoryLimit:int32, suspend:bool, "
    "timeZone:string}",
    "CronJobStatus{active:[]ObjectReference, lastScheduleTime:time, lastSuccessfulTime:time}",
    "CronJob{spec:CronJobSpec, status:CronJobStatus}",
    // What makes the API larger. Schemas are looked at by definition_schema.hpp.
    "ServiceReference{name!:string, namespace!:string, path:string, port:int32}",
    "WebhookClientConfig{caBundle:string, service:ServiceReference, url:string}",
    "MatchCondition{expression!:string, name!:string}",
    "RuleWithOperations{apiGroups:[]string, apiVersions:[]string, operations:[]string, resources:[]string, "
    "scope:string}",
    "MutatingWebhook{admissionReviewVersions!:[]string, clientConfig!:WebhookClientConfig, failurePolicy:string, "
    "matchConditions:[]MatchCondition@name, matchPolicy:string, name!:string, namespaceSelector:LabelSelector, "
    "objectSelector:LabelSelector, reinvocationPolicy:string, rules:[]RuleWithOperations, sideEffects!:string, "
    "timeoutSeconds:int32}",
    "MutatingWebhookConfiguration{webhooks:[]MutatingWebhook@name}",
    "ValidatingWebhook{admissionReviewVersions!:[]string, clientConfig!:WebhookClientConfig, failurePolicy:string, "
    "matchConditions:[]MatchCondition@name, matchPolicy:string, name!:string, namespaceSelector:LabelSelector, "
    "objectSelector:LabelSelector, rules:[]RuleWithOperations, sideEffects!:string, timeoutSeconds:int32}",
    "ValidatingWebhookConfiguration{webhooks:[]ValidatingWebhook@name}",
    "CustomResourceDefinitionNames{categories:[]string, kind!:string, listKind:string, plural!:string, "
    "shortNames:[]string, singular:string}",
    "WebhookConversion{clientConfig:WebhookClientConfig, conversionReviewVersions!:[]string}",
    "CustomResourceConversion{strategy!:string, webhook:WebhookConversion}",
    "CustomResourceColumnDefinition{description:string, format:string, jsonPath!:string, name!:string, "
    "priority:int32, type!:string}",
    "CustomResourceValidation{openAPIV3Schema:any}",
    "CustomResourceSubresourceScale{labelSelectorPath:string, specReplicasPath!:string, statusReplicasPath!:string}",
    "CustomResourceSubresources{scale:CustomResourceSubresourceScale, status:any}",
    "SelectableField{jsonPath!:string}",
    "CustomResourceDefinitionVersion{additionalPrinterColumns:[]CustomResourceColumnDefinition, deprecated:bool, "
    "deprecationWarning:string, name!:string, schema:CustomResourceValidation, selectableFields:[]SelectableField, "
    "served!:bool, storage!:bool, subresources:CustomResourceSubresources}",
    "CustomResourceDefinitionSpec{conversion:CustomResourceConversion, group!:string, "
    "names!:CustomResourceDefinitionNames, preserveUnknownFields:bool, scope!:string, "
    "versions!:[]CustomResourceDefinitionVersion}",
    "CustomResourceDefinitionCondition{lastTransitionTime:time, message:string, observedGeneration:int64, "
    "reason:string, status!:string, type!:string}",
    "CustomResourceDefinitionStatus{acceptedNames:CustomResourceDefinitionNames, "
    "conditions:[]CustomResourceDefinitionCondition@type, observedGeneration:int64, storedVersions:[]string}",
    "CustomResourceDefinition{spec!:CustomResourceDefinitionSpec, status:CustomResourceDefinitionStatus}",
    "APIServiceSpec{caBundle:string, group:string, groupPriorityMinimum!:int32, insecureSkipTLSVerify:bool, "
    "service:ServiceReference, version:string, versionPriority!:int32}",
    "APIServiceCondition{lastTransitionTime:time, message:string, reason:string, status!:string, type!:string}",
    "APIServiceStatus{conditions:[]APIServiceCondition@type}",
    "APIService{spec:APIServiceSpec, status:APIServiceStatus}",
    // Scheduling of groups.
    "GangSchedulingPolicy{minCount!:int32}",
    "PodGroupSchedulingPolicy{basic:any, gang:GangSchedulingPolicy}",
    "TopologyConstraint{key!:string}",
    "PodGroupSchedulingConstraints{topology:[]TopologyConstraint}",
    "PodGroupResourceClaim{name!:string, resourceClaimName:string, resourceClaimTemplateName:string}",
    "PodGroupTemplate{disruptionMode:string, name!:string, priority:int32, priorityClassName:string, "
    "resourceClaims:[]PodGroupResourceClaim@name, schedulingConstraints:PodGroupSchedulingConstraints, "
    "schedulingPolicy!:PodGroupSchedulingPolicy}",
    "WorkloadSpec{controllerRef:TypedLocalObjectReference, podGroupTemplates!:[]PodGroupTemplate@name}",
    "Workload{spec!:WorkloadSpec}",
    "WorkloadPodGroupTemplateReference{podGroupTemplateName!:string, workloadName!:string}",
    "PodGroupTemplateReference{workload:WorkloadPodGroupTemplateReference}",
    "PodGroupSpec{disruptionMode:string, podGroupTemplateRef:PodGroupTemplateReference, priority:int32, "
    "priorityClassName:string, resourceClaims:[]PodGroupResourceClaim@name, "
    "schedulingConstraints:PodGroupSchedulingConstraints, schedulingPolicy!:PodGroupSchedulingPolicy}",
    "PodGroupResourceClaimStatus{name!:string, resourceClaimName:string}",
    "PodGroupStatus{conditions:[]Condition@type, resourceClaimStatuses:[]PodGroupResourceClaimStatus@name}",
    "PodGroup{spec!:PodGroupSpec, status:PodGroupStatus}",
};

using Tables = std::map<std::string, std::unique_ptr<api::TypeInfo>, std::less<>>;

Tables make() {
  Tables out;
  const auto table = [&](std::string_view name) -> const api::TypeInfo* {
    if (const auto own = out.find(name); own != out.end()) return own->second.get();
    const api::TypeInfo* known = api::typeTables().find(name);
    TWIN_ASSERT(known, "a type that is defined above", name);
    return known;
  };
  for (const std::string_view text : kTypes) {
    auto made = std::make_unique<api::TypeInfo>();
    api::readShape(text, table, *made);
    out.emplace(api::shapeName(text), std::move(made));
  }
  return out;
}

}  // namespace

const api::TypeInfo* storedTable(std::string_view name) {
  static const Tables stored = make();
  const auto found = stored.find(name);
  return found == stored.end() ? nullptr : found->second.get();
}

const api::TypeInfo* bodyTable(const api::KindInfo& kind) {
  const api::TypeTables& known = api::typeTables();
  if (kind.kind == api::Kind::kEvent && kind.api_version != "v1") return known.event_v1;
  if (kind.kind != api::Kind::kGeneric) return known.bodies[static_cast<std::size_t>(kind.kind)];
  return kind.custom ? nullptr : storedTable(kind.name);
}

}  // namespace jobset_twin::apiserver::http
