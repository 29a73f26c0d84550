// endpoint_slice.cpp - EndpointSlices: defaults, generation, validation of what a controller of the cluster could get
// wrong. Source: kubernetes v1.36 pkg/apis/discovery/v1/defaults.go, validation.
#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "sim/apiserver/strategy/strategy.hpp"

namespace jobset_twin::apiserver {
namespace {

constexpr std::size_t kMaxEndpoints = 1000, kMaxAddresses = 100, kMaxPorts = 20'000;

void defaultsOfEndpointSlice(api::Object& object) {
  for (api::EndpointPort& port : api::as<api::EndpointSlice>(object).ports) {
    if (!port.name) port.name = "";
    if (!port.protocol) port.protocol = "TCP";
  }
}

void validateEndpointSlice(const StrategyContext&, const api::Object& object, api::Errors& errors) {
  const auto& slice = api::as<api::EndpointSlice>(object);
  if (slice.addressType.empty()) {
    errors.push_back(api::requiredValue("addressType", ""));
  } else if (slice.addressType != "IPv4" && slice.addressType != "IPv6" && slice.addressType != "FQDN") {
    errors.push_back(api::unsupportedValue("addressType", api::quoted(slice.addressType), {"FQDN", "IPv4", "IPv6"}));
  }
  if (slice.endpoints.size() > kMaxEndpoints)
    errors.push_back(api::tooMany("endpoints", slice.endpoints.size(), kMaxEndpoints));
  if (slice.ports.size() > kMaxPorts) errors.push_back(api::tooMany("ports", slice.ports.size(), kMaxPorts));
  for (std::size_t i = 0; i < slice.endpoints.size(); ++i) {
    const api::Endpoint& endpoint = slice.endpoints[i];
    const auto at = [&] { return fmt::format("endpoints[{}]", i); };
    if (endpoint.addresses.empty())
      errors.push_back(api::requiredValue(at() + ".addresses", "must contain at least 1 address"));
    if (endpoint.addresses.size() > kMaxAddresses)
      errors.push_back(api::tooMany(at() + ".addresses", endpoint.addresses.size(), kMaxAddresses));
    if (!endpoint.hostname) continue;
    for (const std::string& message : api::dns1123LabelErrors(*endpoint.hostname)) {
      errors.push_back(api::invalidValue(at() + ".hostname", api::quoted(*endpoint.hostname), message));
    }
  }
}

void validateEndpointSliceUpdate(const StrategyContext& context, const api::Object& fresh, const api::Object& old,
                                 api::Errors& errors) {
  validateEndpointSlice(context, fresh, errors);
  const std::string& type = api::as<api::EndpointSlice>(fresh).addressType;
  if (type != api::as<api::EndpointSlice>(old).addressType)
    errors.push_back(api::invalidValue("addressType", api::quoted(type), "field is immutable"));
}

}  // namespace

const Strategy kEndpointSliceStrategy = {
    .defaults = defaultsOfEndpointSlice,
    .validateCreate = validateEndpointSlice,
    .validateUpdate = validateEndpointSliceUpdate,
    .has_generation = true,
};

}  // namespace jobset_twin::apiserver
