// pod_spec_validation.cpp - which pod specs are refused. See pod_spec.hpp.
//
// Not checked: security contexts, volume sources, host aliases, DNS configuration, resource claims, device and subPath
// details, feature-gated fields of later releases. They are stored as sent.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "sim/apiserver/strategy/pod_spec.hpp"

namespace jobset_twin::apiserver {
namespace {

using api::Errors;
using Names = std::vector<std::string>;

void add(Errors& errors, api::Error error) { errors.push_back(std::move(error)); }

void supported(Errors& errors, const std::string& field, const std::string& value, const Names& values) {
  if (std::find(values.begin(), values.end(), value) == values.end())
    add(errors, api::unsupportedValue(field, api::quoted(value), values));
}

void nameRule(Errors& errors, const std::string& field, const std::string& value, Names (*rule)(std::string_view)) {
  if (value.empty()) {
    add(errors, api::requiredValue(field, ""));
    return;
  }
  for (const std::string& message : rule(value)) add(errors, api::invalidValue(field, api::quoted(value), message));
}

void notNegative(Errors& errors, const std::string& field, std::int64_t value) {
  if (value < 0) add(errors, api::invalidValue(field, std::to_string(value), "must be greater than or equal to 0"));
}

void portNumber(Errors& errors, const std::string& field, std::int64_t value) {
  for (const std::string& message : api::portNumberErrors(value))
    add(errors, api::invalidValue(field, std::to_string(value), message));
}

void portOrName(Errors& errors, const std::string& field, const api::IntOrString& port) {
  if (!port.isString()) {
    portNumber(errors, field, port.number());
    return;
  }
  for (const std::string& message : api::portNameErrors(port.text()))
    add(errors, api::invalidValue(field, api::quoted(port.text()), message));
}

template <class Handler>
int handlerCount(const Handler& handler) {
  int count = handler.exec.has_value() + handler.httpGet.has_value() + handler.tcpSocket.has_value();
  if constexpr (requires { handler.grpc; }) count += handler.grpc.has_value();
  if constexpr (requires { handler.sleep; }) count += handler.sleep.has_value();
  return count;
}

template <class Handler>
void validateHandler(const Handler& handler, const std::string& field, Errors& errors) {
  const int count = handlerCount(handler);
  if (count == 0) add(errors, api::requiredValue(field, "must specify a handler type"));
  if (count > 1) add(errors, api::forbiddenField(field, "may not specify more than 1 handler type"));
  if (handler.exec && handler.exec->command.empty()) add(errors, api::requiredValue(field + ".exec.command", ""));
  if (handler.httpGet) {
    portOrName(errors, field + ".httpGet.port", handler.httpGet->port);
    supported(errors, field + ".httpGet.scheme", handler.httpGet->scheme, {"HTTP", "HTTPS"});
  }
  if (handler.tcpSocket) portOrName(errors, field + ".tcpSocket.port", handler.tcpSocket->port);
}

void validateProbe(const std::optional<api::Probe>& probe, const std::string& field, bool success_one, Errors& errors) {
  if (!probe) return;
  validateHandler(*probe, field, errors);
  if (probe->grpc) portNumber(errors, field + ".grpc.port", probe->grpc->port);
  notNegative(errors, field + ".initialDelaySeconds", probe->initialDelaySeconds);
  notNegative(errors, field + ".timeoutSeconds", probe->timeoutSeconds);
  notNegative(errors, field + ".periodSeconds", probe->periodSeconds);
  notNegative(errors, field + ".successThreshold", probe->successThreshold);
  notNegative(errors, field + ".failureThreshold", probe->failureThreshold);
  if (probe->terminationGracePeriodSeconds && *probe->terminationGracePeriodSeconds <= 0) {
    add(errors, api::invalidValue(field + ".terminationGracePeriodSeconds",
                                  std::to_string(*probe->terminationGracePeriodSeconds), "must be greater than 0"));
  }
  if (success_one && probe->successThreshold != 1) {
    add(errors, api::invalidValue(field + ".successThreshold", std::to_string(probe->successThreshold), "must be 1"));
  }
}

// Native resources may be overcommitted; extended ones ("nvidia.com/gpu") and huge pages not.
bool overcommitAllowed(std::string_view name) {
  return (name.find('/') == std::string_view::npos && !name.starts_with("hugepages-")) ||
         name.find("kubernetes.io/") != std::string_view::npos;
}
bool isExtended(std::string_view name) {
  return name.find('/') != std::string_view::npos && name.find("kubernetes.io/") == std::string_view::npos;
}

void validateResourceName(std::string_view name, const std::string& field, Errors& errors) {
  for (const std::string& message : api::qualifiedNameErrors(name))
    add(errors, api::invalidValue(field, api::quoted(name), message));
  if (name.find('/') != std::string_view::npos) return;
  static const std::set<std::string_view> kNative = {"cpu", "memory", "ephemeral-storage"};
  if (!kNative.contains(name) && !name.starts_with("hugepages-")) {
    add(errors, api::invalidValue(field, api::quoted(name), "must be a standard resource type or fully qualified"));
    add(errors, api::invalidValue(field, api::quoted(name), "must be a standard resource for containers"));
  }
}

void validateResources(const api::ResourceRequirements& resources, const std::string& field, Errors& errors) {
  const auto quantity = [&](const std::string& at, const std::string& name, const api::Quantity& value) {
    if (value.sign() < 0)
      add(errors, api::invalidValue(at, api::quoted(value.toString()), "must be greater than or equal to 0"));
    if (isExtended(name) && value.milliValue() % 1000 != 0)
      add(errors, api::invalidValue(at, api::quoted(value.toString()), "must be an integer"));
  };
  for (const auto& [name, limit] : resources.limits) {
    validateResourceName(name, field + ".limits[" + name + "]", errors);
    quantity(field + ".limits[" + name + "]", name, limit);
  }
  for (const auto& [name, request] : resources.requests) {
    validateResourceName(name, field + ".requests[" + name + "]", errors);
    quantity(field + ".requests[" + name + "]", name, request);
    const auto limit = resources.limits.find(name);
    if (limit == resources.limits.end()) {
      if (!overcommitAllowed(name))
        add(errors, api::requiredValue(field + ".limits", "Limit must be set for non overcommitable resources"));
      continue;
    }
    if (request == limit->second) continue;
    if (!overcommitAllowed(name)) {
      add(errors, api::invalidValue(field + ".requests", api::quoted(request.toString()),
                                    fmt::format("must be equal to {} limit of {}", name, limit->second.toString())));
    } else if (request > limit->second) {
      add(errors, api::invalidValue(
                      field + ".requests", api::quoted(request.toString()),
                      fmt::format("must be less than or equal to {} limit of {}", name, limit->second.toString())));
    }
  }
}

void validatePorts(const std::vector<api::ContainerPort>& ports, const std::string& field, Errors& errors) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const api::ContainerPort& port = ports[i];
    const std::string at = fmt::format("{}[{}]", field, i);
    if (!port.name.empty()) {
      for (const std::string& message : api::portNameErrors(port.name))
        add(errors, api::invalidValue(at + ".name", api::quoted(port.name), message));
      if (!names.insert(port.name).second) add(errors, api::duplicateValue(at + ".name", api::quoted(port.name)));
    }
    if (port.containerPort == 0) {
      add(errors, api::requiredValue(at + ".containerPort", ""));
    } else {
      portNumber(errors, at + ".containerPort", port.containerPort);
    }
    if (port.hostPort != 0) portNumber(errors, at + ".hostPort", port.hostPort);
    supported(errors, at + ".protocol", port.protocol, {"SCTP", "TCP", "UDP"});
  }
}

void validateEnv(const std::vector<api::EnvVar>& env, const std::string& field, Errors& errors) {
  for (std::size_t i = 0; i < env.size(); ++i) {
    const std::string at = fmt::format("{}[{}]", field, i);
    nameRule(errors, at + ".name", env[i].name, api::envVarNameErrors);
    if (!env[i].valueFrom) continue;
    const api::EnvVarSource& from = *env[i].valueFrom;
    const int sources = from.fieldRef.has_value() + from.resourceFieldRef.has_value() +
                        from.configMapKeyRef.has_value() + from.secretKeyRef.has_value() + from.fileKeyRef.present();
    if (!env[i].value.empty())
      add(errors, api::invalidValue(at + ".valueFrom", "\"\"", "may not be specified when `value` is not empty"));
    if (sources == 0) {
      add(errors, api::invalidValue(at + ".valueFrom", "\"\"",
                                    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, "
                                    "`secretKeyRef` or `fileKeyRef`"));
    } else if (sources > 1) {
      add(errors, api::invalidValue(at + ".valueFrom", "\"\"", "may not have more than one field specified at a time"));
    }
  }
}

struct ContainerContext {
  const std::set<std::string>& volumes;
  std::set<std::string>& names;
  int minor = 36;
  bool init = false;
};

// RestartAllContainers: on since 1.36 (gate RestartAllContainersOnContainerExits).
void validateRestartRules(const api::Container& container, const std::string& field, int minor, Errors& errors) {
  if (!container.restartPolicy.empty())
    supported(errors, field + ".restartPolicy", container.restartPolicy, {"Always", "Never", "OnFailure"});
  if (container.restartPolicyRules.empty()) return;
  if (container.restartPolicy.empty()) {
    add(errors, api::requiredValue(field + ".restartPolicy", "must specify restartPolicy when restart rules are used"));
  }
  if (container.restartPolicyRules.size() > 20)
    add(errors, api::tooMany(field + ".restartPolicyRules", container.restartPolicyRules.size(), 20));
  for (std::size_t i = 0; i < container.restartPolicyRules.size(); ++i) {
    const api::ContainerRestartRule& rule = container.restartPolicyRules[i];
    const std::string at = fmt::format("{}.restartPolicyRules[{}]", field, i);
    if (minor >= 36) {
      supported(errors, at + ".action", rule.action, {"Restart", "RestartAllContainers"});
    } else {
      supported(errors, at + ".action", rule.action, {"Restart"});
    }
    if (!rule.exitCodes) {
      add(errors, api::requiredValue(at + ".exitCodes", "must be specified"));
      continue;
    }
    supported(errors, at + ".exitCodes.operator", rule.exitCodes->operator_, {"In", "NotIn"});
    if (rule.exitCodes->values.size() > 255)
      add(errors, api::tooMany(at + ".exitCodes.values", rule.exitCodes->values.size(), 255));
  }
}

void validateContainer(const api::Container& container, const std::string& field, const ContainerContext& context,
                       Errors& errors) {
  nameRule(errors, field + ".name", container.name, api::dns1123LabelErrors);
  if (!container.name.empty() && !context.names.insert(container.name).second)
    add(errors, api::duplicateValue(field + ".name", api::quoted(container.name)));
  if (container.image.empty()) add(errors, api::requiredValue(field + ".image", ""));
  if (!container.image.empty() && (container.image.front() == ' ' || container.image.back() == ' ')) {
    add(errors, api::invalidValue(field + ".image", api::quoted(container.image),
                                  "must not have leading or trailing whitespace"));
  }
  supported(errors, field + ".imagePullPolicy", container.imagePullPolicy, {"Always", "IfNotPresent", "Never"});
  supported(errors, field + ".terminationMessagePolicy", container.terminationMessagePolicy,
            {"FallbackToLogsOnError", "File"});
  validatePorts(container.ports, field + ".ports", errors);
  validateEnv(container.env, field + ".env", errors);
  std::set<std::string> mounts;
  for (std::size_t i = 0; i < container.volumeMounts.size(); ++i) {
    const api::VolumeMount& mount = container.volumeMounts[i];
    const std::string at = fmt::format("{}.volumeMounts[{}]", field, i);
    if (mount.name.empty()) {
      add(errors, api::requiredValue(at + ".name", ""));
    } else if (!context.volumes.contains(mount.name)) {
      add(errors, api::notFound(at + ".name", api::quoted(mount.name)));
    }
    if (mount.mountPath.empty()) add(errors, api::requiredValue(at + ".mountPath", ""));
    if (!mounts.insert(mount.mountPath).second)
      add(errors, api::invalidValue(at + ".mountPath", api::quoted(mount.mountPath), "must be unique"));
  }
  validateResources(container.resources, field + ".resources", errors);
  validateRestartRules(container, field, context.minor, errors);
  const bool sidecar = context.init && container.restartPolicy == "Always";
  if (context.init && !sidecar) {
    const auto refuse = [&](bool present, std::string_view name) {
      if (present)
        add(errors, api::forbiddenField(fmt::format("{}.{}", field, name),
                                        "may not be set for init containers without restartPolicy=Always"));
    };
    refuse(container.lifecycle.has_value(), "lifecycle");
    refuse(container.livenessProbe.has_value(), "livenessProbe");
    refuse(container.readinessProbe.has_value(), "readinessProbe");
    refuse(container.startupProbe.has_value(), "startupProbe");
    return;
  }
  if (container.lifecycle) {
    if (container.lifecycle->postStart)
      validateHandler(*container.lifecycle->postStart, field + ".lifecycle.postStart", errors);
    if (container.lifecycle->preStop)
      validateHandler(*container.lifecycle->preStop, field + ".lifecycle.preStop", errors);
  }
  validateProbe(container.livenessProbe, field + ".livenessProbe", true, errors);
  validateProbe(container.readinessProbe, field + ".readinessProbe", false, errors);
  validateProbe(container.startupProbe, field + ".startupProbe", true, errors);
}

void validateTolerations(const std::vector<api::Toleration>& tolerations, const std::string& field, Errors& errors) {
  for (std::size_t i = 0; i < tolerations.size(); ++i) {
    const api::Toleration& toleration = tolerations[i];
    const std::string at = fmt::format("{}[{}]", field, i);
    if (!toleration.key.empty()) {
      for (const std::string& message : api::qualifiedNameErrors(toleration.key))
        add(errors, api::invalidValue(at + ".key", api::quoted(toleration.key), message));
    } else if (toleration.operator_ != "Exists") {
      add(errors, api::invalidValue(
                      at + ".operator", api::quoted(toleration.operator_),
                      "operator must be Exists when `key` is empty, which means \"match all values and all keys\""));
    }
    if (toleration.tolerationSeconds && toleration.effect != "NoExecute") {
      add(errors, api::invalidValue(at + ".effect", api::quoted(toleration.effect),
                                    "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    if (toleration.operator_.empty() || toleration.operator_ == "Equal") {
      for (const std::string& message : api::labelValueErrors(toleration.value))
        add(errors, api::invalidValue(at + ".operator", api::quoted(toleration.value), message));
    } else if (toleration.operator_ == "Exists") {
      if (!toleration.value.empty()) {
        add(errors, api::invalidValue(at + ".operator", api::quoted(toleration.value),
                                      "value must be empty when `operator` is 'Exists'"));
      }
    } else {
      add(errors, api::unsupportedValue(at + ".operator", api::quoted(toleration.operator_), {"Equal", "Exists"}));
    }
    if (!toleration.effect.empty())
      supported(errors, at + ".effect", toleration.effect, {"NoSchedule", "PreferNoSchedule", "NoExecute"});
  }
}

void validateAffinityTerms(const std::vector<api::PodAffinityTerm>& terms, const std::string& field, Errors& errors) {
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (terms[i].topologyKey.empty())
      add(errors, api::requiredValue(fmt::format("{}[{}].topologyKey", field, i), "can not be empty"));
  }
}

void validateNodeTerm(const api::NodeSelectorTerm& term, const std::string& field, Errors& errors) {
  for (std::size_t i = 0; i < term.matchExpressions.size(); ++i) {
    const api::NodeSelectorRequirement& rule = term.matchExpressions[i];
    const std::string at = fmt::format("{}.matchExpressions[{}]", field, i);
    if (rule.operator_ == "In" || rule.operator_ == "NotIn") {
      if (rule.values.empty())
        add(errors, api::requiredValue(at + ".values", "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (rule.operator_ == "Exists" || rule.operator_ == "DoesNotExist") {
      if (!rule.values.empty())
        add(errors,
            api::forbiddenField(at + ".values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    } else if (rule.operator_ == "Gt" || rule.operator_ == "Lt") {
      if (rule.values.size() != 1)
        add(errors,
            api::requiredValue(at + ".values", "must be specified single value when `operator` is 'Lt' or 'Gt'"));
    } else {
      add(errors, api::invalidValue(at + ".operator", api::quoted(rule.operator_), "not a valid selector operator"));
    }
    for (const std::string& message : api::qualifiedNameErrors(rule.key))
      add(errors, api::invalidValue(at + ".key", api::quoted(rule.key), message));
  }
}

void validateAffinity(const api::Affinity& affinity, const std::string& field, Errors& errors) {
  if (affinity.nodeAffinity) {
    if (const auto& required = affinity.nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution) {
      const std::string at = field + ".nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
      if (required->nodeSelectorTerms.empty())
        add(errors, api::requiredValue(at + ".nodeSelectorTerms", "must have at least one node selector term"));
      for (std::size_t i = 0; i < required->nodeSelectorTerms.size(); ++i) {
        validateNodeTerm(required->nodeSelectorTerms[i], fmt::format("{}.nodeSelectorTerms[{}]", at, i), errors);
      }
    }
  }
  const auto pods = [&](const std::optional<api::PodAffinity>& terms, const std::string& at) {
    if (!terms) return;
    validateAffinityTerms(terms->requiredDuringSchedulingIgnoredDuringExecution,
                          at + ".requiredDuringSchedulingIgnoredDuringExecution", errors);
    for (std::size_t i = 0; i < terms->preferredDuringSchedulingIgnoredDuringExecution.size(); ++i) {
      const api::WeightedPodAffinityTerm& term = terms->preferredDuringSchedulingIgnoredDuringExecution[i];
      const std::string weighted = fmt::format("{}.preferredDuringSchedulingIgnoredDuringExecution[{}]", at, i);
      if (term.weight < 1 || term.weight > 100)
        add(errors, api::invalidValue(weighted + ".weight", std::to_string(term.weight), "must be in the range 1-100"));
      if (term.podAffinityTerm.topologyKey.empty())
        add(errors, api::requiredValue(weighted + ".podAffinityTerm.topologyKey", "can not be empty"));
    }
  };
  pods(affinity.podAffinity, field + ".podAffinity");
  pods(affinity.podAntiAffinity, field + ".podAntiAffinity");
}

void validateSpread(const std::vector<api::TopologySpreadConstraint>& constraints, const std::string& field,
                    Errors& errors) {
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    const std::string at = fmt::format("{}[{}]", field, i);
    if (constraints[i].maxSkew <= 0)
      add(errors,
          api::invalidValue(at + ".maxSkew", std::to_string(constraints[i].maxSkew), "must be greater than zero"));
    if (constraints[i].topologyKey.empty()) add(errors, api::requiredValue(at + ".topologyKey", "can not be empty"));
    supported(errors, at + ".whenUnsatisfiable", constraints[i].whenUnsatisfiable, {"DoNotSchedule", "ScheduleAnyway"});
  }
}

}  // namespace

void validatePodSpec(const api::PodSpec& spec, std::string_view path, SpecOf of, int minor, api::Errors& errors) {
  const std::string field(path);
  std::set<std::string> volumes;
  for (std::size_t i = 0; i < spec.volumes.size(); ++i) {
    const std::string at = fmt::format("{}.volumes[{}]", field, i);
    nameRule(errors, at + ".name", spec.volumes[i].name, api::dns1123LabelErrors);
    if (!volumes.insert(spec.volumes[i].name).second)
      add(errors, api::duplicateValue(at + ".name", api::quoted(spec.volumes[i].name)));
    if (spec.volumes[i].persistentVolumeClaim && spec.volumes[i].persistentVolumeClaim->claimName.empty()) {
      add(errors, api::requiredValue(at + ".persistentVolumeClaim.claimName", ""));
    }
  }
  std::set<std::string> names;
  if (spec.containers.empty()) add(errors, api::requiredValue(field + ".containers", ""));
  for (std::size_t i = 0; i < spec.containers.size(); ++i) {
    validateContainer(spec.containers[i], fmt::format("{}.containers[{}]", field, i), {volumes, names, minor, false},
                      errors);
  }
  for (std::size_t i = 0; i < spec.initContainers.size(); ++i) {
    validateContainer(spec.initContainers[i], fmt::format("{}.initContainers[{}]", field, i),
                      {volumes, names, minor, true}, errors);
  }
  supported(errors, field + ".restartPolicy", spec.restartPolicy, {"Always", "Never", "OnFailure"});
  supported(errors, field + ".dnsPolicy", spec.dnsPolicy,
            {"ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"});
  if (spec.terminationGracePeriodSeconds)
    notNegative(errors, field + ".terminationGracePeriodSeconds", *spec.terminationGracePeriodSeconds);
  if (spec.activeDeadlineSeconds && (*spec.activeDeadlineSeconds < 1 || *spec.activeDeadlineSeconds > 2147483647)) {
    add(errors, api::invalidValue(field + ".activeDeadlineSeconds", std::to_string(*spec.activeDeadlineSeconds),
                                  "must be between 1 and 2147483647, inclusive"));
  }
  for (api::Error& error : api::labelsErrors(field + ".nodeSelector", spec.nodeSelector)) add(errors, std::move(error));
  const auto label = [&](const std::string& at, const std::string& value, Names (*rule)(std::string_view)) {
    if (!value.empty()) nameRule(errors, at, value, rule);
  };
  label(field + ".serviceAccountName", spec.serviceAccountName, api::dns1123SubdomainErrors);
  label(field + ".nodeName", spec.nodeName, api::dns1123SubdomainErrors);
  label(field + ".hostname", spec.hostname, api::dns1123LabelErrors);
  label(field + ".subdomain", spec.subdomain, api::dns1123LabelErrors);
  label(field + ".priorityClassName", spec.priorityClassName, api::dns1123SubdomainErrors);
  validateTolerations(spec.tolerations, field + ".tolerations", errors);
  if (spec.affinity) validateAffinity(*spec.affinity, field + ".affinity", errors);
  validateSpread(spec.topologySpreadConstraints, field + ".topologySpreadConstraints", errors);
  std::set<std::string> gates;
  for (std::size_t i = 0; i < spec.schedulingGates.size(); ++i) {
    const std::string at = fmt::format("{}.schedulingGates[{}]", field, i);
    for (const std::string& message : api::qualifiedNameErrors(spec.schedulingGates[i].name)) {
      add(errors, api::invalidValue(at, api::quoted(spec.schedulingGates[i].name), message));
    }
    if (!gates.insert(spec.schedulingGates[i].name).second)
      add(errors, api::duplicateValue(at, api::quoted(spec.schedulingGates[i].name)));
  }
  if (of == SpecOf::kPod && !spec.schedulingGates.empty() && !spec.nodeName.empty()) {
    add(errors, api::forbiddenField(field + ".nodeName", "cannot be set until all schedulingGates have been cleared"));
  }
  if (!spec.preemptionPolicy.empty())
    supported(errors, field + ".preemptionPolicy", spec.preemptionPolicy, {"Never", "PreemptLowerPriority"});
}

}  // namespace jobset_twin::apiserver
