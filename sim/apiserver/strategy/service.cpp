// service.cpp - Services: defaults, cluster addresses, validation of names and ports.
//
// Cluster addresses are taken from 10.96.0.0/12 by what the Service is called, the next free one if that is taken: the
// same in every alternative of a scenario. No node ports, load balancers or dual stack: such types are stored, nothing
// is allocated. Source: kubernetes v1.36 pkg/apis/core/v1/defaults.go, pkg/registry/core/service.
#include <set>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "sim/apiserver/server.hpp"
#include "sim/apiserver/strategy/strategy.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::apiserver {
namespace {

constexpr std::uint32_t kRange = (10U << 24) | (96U << 16), kRangeSize = 1U << 20;
constexpr std::uint32_t kReserved =
    256;  // the first ones are left to what is asked for by address (ServiceIPStaticSubrange)

std::string addressText(std::uint32_t address) {
  return fmt::format("{}.{}.{}.{}", address >> 24, (address >> 16) & 255, (address >> 8) & 255, address & 255);
}

void defaultsOfService(api::Object& object) {
  api::ServiceSpec& spec = api::as<api::Service>(object).spec;
  if (spec.sessionAffinity.empty()) spec.sessionAffinity = "None";
  if (spec.type.empty()) spec.type = "ClusterIP";
  for (api::ServicePort& port : spec.ports) {
    if (port.protocol.empty()) port.protocol = "TCP";
    if (port.targetPort.isZero() || (port.targetPort.isString() && port.targetPort.text().empty()))
      port.targetPort = api::IntOrString(port.port);
  }
  if (!spec.internalTrafficPolicy && spec.type != "ExternalName") spec.internalTrafficPolicy = "Cluster";
}

bool wantsAddress(const api::ServiceSpec& spec) { return spec.type != "ExternalName" && spec.clusterIP.empty(); }

void allocate(const StrategyContext& context, api::Object& object) {
  api::ServiceSpec& spec = api::as<api::Service>(object).spec;
  if (wantsAddress(spec)) {
    std::set<std::string> taken;
    for (const auto& [key, other] : context.store.all(api::Kind::kService))
      taken.insert(api::as<api::Service>(other).spec.clusterIP);
    const std::string identity = fmt::format("service-address/{}/{}", object.meta.namespace_, object.meta.name);
    std::uint32_t offset =
        static_cast<std::uint32_t>(kernel::bitsAt(context.config.seed, identity, 0) % (kRangeSize - kReserved - 1));
    while (taken.contains(addressText(kRange + kReserved + offset)))
      offset = (offset + 1) % (kRangeSize - kReserved - 1);
    spec.clusterIP = addressText(kRange + kReserved + offset);
  }
  if (spec.clusterIPs.empty() && !spec.clusterIP.empty()) spec.clusterIPs = {spec.clusterIP};
  if (spec.type == "ExternalName") return;
  if (spec.ipFamilies.empty()) spec.ipFamilies = {"IPv4"};
  if (!spec.ipFamilyPolicy) spec.ipFamilyPolicy = "SingleStack";
}

void prepareServiceUpdate(const StrategyContext&, api::Object& fresh, const api::Object& old) {
  api::ServiceSpec& spec = api::as<api::Service>(fresh).spec;
  const api::ServiceSpec& was = api::as<api::Service>(old).spec;
  if (spec.clusterIP.empty()) spec.clusterIP = was.clusterIP;
  if (spec.clusterIPs.empty()) spec.clusterIPs = was.clusterIPs;
  if (spec.ipFamilies.empty()) spec.ipFamilies = was.ipFamilies;
  if (!spec.ipFamilyPolicy) spec.ipFamilyPolicy = was.ipFamilyPolicy;
}

void validate(const StrategyContext&, const api::Object& object, api::Errors& errors) {
  const api::ServiceSpec& spec = api::as<api::Service>(object).spec;
  const bool headless = spec.clusterIP == "None";
  if (spec.ports.empty() && !headless && spec.type != "ExternalName")
    errors.push_back(api::requiredValue("spec.ports", ""));
  std::set<std::string> names;
  for (std::size_t i = 0; i < spec.ports.size(); ++i) {
    const api::ServicePort& port = spec.ports[i];
    const std::string at = fmt::format("spec.ports[{}]", i);
    if (port.name.empty()) {
      if (spec.ports.size() > 1) errors.push_back(api::requiredValue(at + ".name", ""));
    } else {
      for (const std::string& message : api::dns1123LabelErrors(port.name))
        errors.push_back(api::invalidValue(at + ".name", api::quoted(port.name), message));
      if (!names.insert(port.name).second) errors.push_back(api::duplicateValue(at + ".name", api::quoted(port.name)));
    }
    for (const std::string& message : api::portNumberErrors(port.port))
      errors.push_back(api::invalidValue(at + ".port", std::to_string(port.port), message));
    if (port.protocol != "TCP" && port.protocol != "UDP" && port.protocol != "SCTP") {
      errors.push_back(api::unsupportedValue(at + ".protocol", api::quoted(port.protocol), {"SCTP", "TCP", "UDP"}));
    }
  }
  for (api::Error& error : api::labelsErrors("spec.selector", spec.selector)) errors.push_back(std::move(error));
  if (spec.sessionAffinity != "None" && spec.sessionAffinity != "ClientIP") {
    errors.push_back(
        api::unsupportedValue("spec.sessionAffinity", api::quoted(spec.sessionAffinity), {"ClientIP", "None"}));
  }
  if (spec.type != "ClusterIP" && spec.type != "NodePort" && spec.type != "LoadBalancer" &&
      spec.type != "ExternalName") {
    errors.push_back(api::unsupportedValue("spec.type", api::quoted(spec.type),
                                           {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"}));
  }
  if (headless && (spec.type == "NodePort" || spec.type == "LoadBalancer")) {
    errors.push_back(api::invalidValue("spec.clusterIPs[0]", "\"None\"",
                                       fmt::format("may not be set to 'None' for {} services", spec.type)));
  }
}

void validateName(const StrategyContext& context, const api::Object& object, api::Errors& errors) {
  // 1.36 RelaxedServiceNameValidation: names may start with a digit (K-API-5).
  const auto rule = context.minor() >= 36 ? api::dns1123LabelErrors : api::dns1035LabelErrors;
  for (const std::string& message : rule(object.meta.name))
    errors.push_back(api::invalidValue("metadata.name", api::quoted(object.meta.name), message));
}

void validateService(const StrategyContext& context, const api::Object& object, api::Errors& errors) {
  validateName(context, object, errors);
  validate(context, object, errors);
}

void validateServiceUpdate(const StrategyContext& context, const api::Object& fresh, const api::Object& old,
                           api::Errors& errors) {
  validate(context, fresh, errors);
  const api::ServiceSpec& spec = api::as<api::Service>(fresh).spec;
  const api::ServiceSpec& was = api::as<api::Service>(old).spec;
  if (was.type != "ExternalName" && spec.type != "ExternalName" && spec.clusterIP != was.clusterIP &&
      !was.clusterIP.empty()) {
    errors.push_back(api::invalidValue("spec.clusterIPs[0]", api::quoted(spec.clusterIP), "may not change once set"));
  }
}

std::vector<std::string> anyName(std::string_view) {
  return {};  // checked by validateName, which knows the release
}

}  // namespace

const Strategy kServiceStrategy = {
    .defaults = defaultsOfService,
    .prepareCreate = allocate,
    .prepareUpdate = prepareServiceUpdate,
    .validateCreate = validateService,
    .validateUpdate = validateServiceUpdate,
    .nameErrors = anyName,
};

}  // namespace jobset_twin::apiserver
