// pod.hpp - core/v1 Pod and PodTemplateSpec. Parts that nothing here interprets are Raw; all fields of Kubernetes 1.36
// are known to the tables (reflect.hpp), so a strict reader accepts what the real API server accepts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/int_or_string.hpp"
#include "engine/api/label_selector.hpp"
#include "engine/api/meta.hpp"
#include "engine/api/quantity.hpp"

namespace jobset_twin::api {

using ResourceList = std::map<std::string, Quantity>;

struct ObjectFieldSelector {
  std::string apiVersion, fieldPath;
};
struct ResourceFieldSelector {
  std::string containerName, resource;
  std::optional<Quantity> divisor;
};
struct KeySelector {  // ConfigMapKeySelector, SecretKeySelector
  std::string name, key;
  std::optional<bool> optional;
};
struct EnvVarSource {
  std::optional<ObjectFieldSelector> fieldRef;
  std::optional<ResourceFieldSelector> resourceFieldRef;
  std::optional<KeySelector> configMapKeyRef, secretKeyRef;
  Raw fileKeyRef;
};
struct EnvVar {
  std::string name, value;
  std::optional<EnvVarSource> valueFrom;
};
struct EnvFromRef {
  std::string name;
  std::optional<bool> optional;
};
struct EnvFromSource {
  std::string prefix;
  std::optional<EnvFromRef> configMapRef, secretRef;
};
struct ContainerPort {
  std::string name, protocol, hostIP;
  std::int32_t containerPort = 0, hostPort = 0;
};
struct ResourceRequirements {
  ResourceList limits, requests;
  Raw claims;
};
struct VolumeMount {
  std::string name, mountPath, subPath, subPathExpr, mountPropagation, recursiveReadOnly;
  bool readOnly = false;
};
struct ExecAction {
  std::vector<std::string> command;
};
struct HttpHeader {
  std::string name, value;
};
struct HttpGetAction {
  std::string path, host, scheme;
  IntOrString port;
  std::vector<HttpHeader> httpHeaders;
};
struct TcpSocketAction {
  IntOrString port;
  std::string host;
};
struct GrpcAction {
  std::int32_t port = 0;
  std::optional<std::string> service;
};
struct SleepAction {
  std::int64_t seconds = 0;
};
struct Probe {
  std::optional<ExecAction> exec;
  std::optional<HttpGetAction> httpGet;
  std::optional<TcpSocketAction> tcpSocket;
  std::optional<GrpcAction> grpc;
  std::int32_t initialDelaySeconds = 0, timeoutSeconds = 0, periodSeconds = 0, successThreshold = 0,
               failureThreshold = 0;  // 0: default
  std::optional<std::int64_t> terminationGracePeriodSeconds;
};
struct LifecycleHandler {
  std::optional<ExecAction> exec;
  std::optional<HttpGetAction> httpGet;
  std::optional<TcpSocketAction> tcpSocket;
  std::optional<SleepAction> sleep;
};
struct Lifecycle {
  std::optional<LifecycleHandler> postStart, preStop;
  std::string stopSignal;
};
struct RestartExitCodes {
  std::string operator_;
  std::vector<std::int32_t> values;
};
struct ContainerRestartRule {
  std::string action;
  std::optional<RestartExitCodes> exitCodes;
};
struct Container {
  std::string name, image, workingDir, imagePullPolicy, restartPolicy, terminationMessagePath, terminationMessagePolicy;
  std::vector<std::string> command, args;
  std::vector<ContainerPort> ports;
  std::vector<EnvFromSource> envFrom;
  std::vector<EnvVar> env;
  ResourceRequirements resources;
  std::vector<ContainerRestartRule> restartPolicyRules;
  std::vector<VolumeMount> volumeMounts;
  std::optional<Probe> livenessProbe, readinessProbe, startupProbe;
  std::optional<Lifecycle> lifecycle;
  bool stdin_ = false, stdinOnce = false, tty = false;
  Raw resizePolicy, volumeDevices, securityContext;
};
struct NodeSelectorRequirement {
  std::string key, operator_;
  std::vector<std::string> values;
};
struct NodeSelectorTerm {
  std::vector<NodeSelectorRequirement> matchExpressions, matchFields;
};
struct NodeSelector {
  std::vector<NodeSelectorTerm> nodeSelectorTerms;
};
struct PreferredSchedulingTerm {
  std::int32_t weight = 0;
  NodeSelectorTerm preference;
};
struct NodeAffinity {
  std::optional<NodeSelector> requiredDuringSchedulingIgnoredDuringExecution;
  std::vector<PreferredSchedulingTerm> preferredDuringSchedulingIgnoredDuringExecution;
};
struct PodAffinityTerm {
  std::optional<LabelSelector> labelSelector, namespaceSelector;
  std::vector<std::string> namespaces, matchLabelKeys, mismatchLabelKeys;
  std::string topologyKey;
};
struct WeightedPodAffinityTerm {
  std::int32_t weight = 0;
  PodAffinityTerm podAffinityTerm;
};
struct PodAffinity {  // PodAffinity and PodAntiAffinity
  std::vector<PodAffinityTerm> requiredDuringSchedulingIgnoredDuringExecution;
  std::vector<WeightedPodAffinityTerm> preferredDuringSchedulingIgnoredDuringExecution;
};
struct Affinity {
  std::optional<NodeAffinity> nodeAffinity;
  std::optional<PodAffinity> podAffinity, podAntiAffinity;
};
struct Toleration {
  std::string key, operator_, value, effect;
  std::optional<std::int64_t> tolerationSeconds;
  friend bool operator==(const Toleration&, const Toleration&) = default;
};
struct TopologySpreadConstraint {
  std::int32_t maxSkew = 0;
  std::string topologyKey, whenUnsatisfiable;
  std::optional<LabelSelector> labelSelector;
  std::optional<std::int32_t> minDomains;
  std::optional<std::string> nodeAffinityPolicy, nodeTaintsPolicy;
  std::vector<std::string> matchLabelKeys;
};
struct NamedRef {  // PodSchedulingGate, LocalObjectReference, PodReadinessGate (as conditionType)
  std::string name;
  friend bool operator==(const NamedRef&, const NamedRef&) = default;
};
struct ReadinessGate {
  std::string conditionType;
};
struct PvcVolumeSource {
  std::string claimName;
  bool readOnly = false;
};
struct Volume {
  std::string name;
  std::optional<PvcVolumeSource> persistentVolumeClaim;
  Raw emptyDir;  // {} when given
  Raw source;    // any other source, under its own key: {"configMap": {...}}
};
struct PodSchedulingGroup {
  std::string podGroupName;
};

// What all Pods of a template have in common. Shared between them.
struct PodSpec {
  std::vector<Container> initContainers, containers;
  Raw ephemeralContainers;
  std::vector<Volume> volumes;
  std::string restartPolicy, dnsPolicy, serviceAccountName, serviceAccount, schedulerName, priorityClassName,
      preemptionPolicy, subdomain, runtimeClassName;
  std::string hostnameOverride;
  std::optional<std::int64_t> terminationGracePeriodSeconds, activeDeadlineSeconds;
  StringMap nodeSelector;
  std::optional<bool> automountServiceAccountToken, shareProcessNamespace, setHostnameAsFQDN, enableServiceLinks,
      hostUsers;
  bool hostNetwork = false, hostPID = false, hostIPC = false;
  std::vector<NamedRef> imagePullSecrets, schedulingGates;
  std::optional<Affinity> affinity;
  std::vector<Toleration> tolerations;
  std::optional<std::int32_t> priority;
  std::vector<ReadinessGate> readinessGates;
  std::vector<TopologySpreadConstraint> topologySpreadConstraints;
  ResourceList overhead;
  std::optional<ResourceRequirements> resources;  // pod level, 1.34+
  std::optional<PodSchedulingGroup> schedulingGroup;
  Raw securityContext, hostAliases, dnsConfig, os, resourceClaims, workloadRef;
  // In a template these two are ordinary fields; a Pod overrides them (see Pod below) so that the rest stays shared.
  std::string nodeName, hostname;
};

struct PodTemplateSpec {
  ObjectMeta metadata;
  Shared<PodSpec> spec;
};

struct ContainerStateWaiting {
  std::string reason, message;
  friend bool operator==(const ContainerStateWaiting&, const ContainerStateWaiting&) = default;
};
struct ContainerStateRunning {
  std::optional<TimePoint> startedAt;
  friend bool operator==(const ContainerStateRunning&, const ContainerStateRunning&) = default;
};
struct ContainerStateTerminated {
  std::int32_t exitCode = 0, signal = 0;
  std::string reason, message, containerID;
  std::optional<TimePoint> startedAt, finishedAt;
  friend bool operator==(const ContainerStateTerminated&, const ContainerStateTerminated&) = default;
};
struct ContainerState {
  std::optional<ContainerStateWaiting> waiting;
  std::optional<ContainerStateRunning> running;
  std::optional<ContainerStateTerminated> terminated;
  friend bool operator==(const ContainerState&, const ContainerState&) = default;
};
struct ContainerStatus {
  std::string name, image, imageID, containerID;
  bool ready = false;
  std::optional<bool> started;
  std::int32_t restartCount = 0;
  ContainerState state, lastState;
  friend bool operator==(const ContainerStatus&, const ContainerStatus&) = default;
};
struct PodIP {
  std::string ip;
  friend bool operator==(const PodIP&, const PodIP&) = default;
};
struct PodStatus {
  std::string phase, reason, message, nominatedNodeName, hostIP, podIP, qosClass;
  std::vector<PodIP> hostIPs, podIPs;
  std::int64_t observedGeneration = 0;
  std::optional<TimePoint> startTime;
  std::vector<Condition> conditions;
  std::vector<ContainerStatus> initContainerStatuses, containerStatuses;
  Raw ephemeralContainerStatuses, resourceClaimStatuses, resize;
};

// spec.nodeName and spec.hostname are read and written as members of spec in JSON; they win over the shared spec's.
struct Pod {
  Shared<PodSpec> spec;
  std::string nodeName, hostname;
  PodStatus status;
};

}  // namespace jobset_twin::api
