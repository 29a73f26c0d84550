// network.cpp - the columns of Services, EndpointSlices, Endpoints and NetworkPolicies.
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "sim/apiserver/printers/cells.hpp"
#include "sim/apiserver/printers/kinds.hpp"
#include "sim/apiserver/printers/printers.hpp"

namespace jobset_twin::apiserver::printers {
namespace {

using nlohmann::json;

std::string portsText(const std::vector<api::ServicePort>& ports) {
  std::vector<std::string> out;
  for (const api::ServicePort& port : ports) {
    const std::string node_port = port.nodePort > 0 ? fmt::format(":{}", port.nodePort) : "";
    out.push_back(fmt::format("{}{}/{}", port.port, node_port, port.protocol.empty() ? "TCP" : port.protocol));
  }
  return orNone(fmt::format("{}", fmt::join(out, ",")));
}

// What a load balancer is reached at.
std::vector<std::string> balancerAddresses(const api::Service& service) {
  std::set<std::string> out;
  const json* ingress = api::jsonAt(service.status.get(), {"loadBalancer", "ingress"});
  for (const json& one : ingress && ingress->is_array() ? *ingress : json::array()) {
    for (const char* member : {"ip", "hostname"}) {
      const json* at = api::jsonAt(one, {member});
      if (!at || !at->is_string() || at->get_ref<const std::string&>().empty()) continue;
      out.insert(at->get<std::string>());
      break;
    }
  }
  return {out.begin(), out.end()};
}

std::string externalText(const api::Service& service) {
  const api::ServiceSpec& spec = service.spec;
  if (spec.type == "ExternalName") return spec.externalName;
  std::vector<std::string> all;
  if (spec.type == "LoadBalancer") all = balancerAddresses(service);
  all.insert(all.end(), spec.externalIPs.begin(), spec.externalIPs.end());
  if (all.empty()) return spec.type == "LoadBalancer" ? "<pending>" : std::string(kNone);
  return fmt::format("{}", fmt::join(all, ","));
}

Cells serviceCells(const api::Object& object, api::TimePoint now) {
  const api::Service& service = api::as<api::Service>(object);
  const api::ServiceSpec& spec = service.spec;
  return {object.meta.name,           spec.type.empty() ? "ClusterIP" : spec.type,
          orNone(spec.clusterIP),     externalText(service),
          portsText(spec.ports),      ageText(object.meta, now),
          selectorText(spec.selector)};
}

// The first three, and how many more there are.
std::string firstOf(const std::vector<std::string>& all, std::string_view absent) {
  constexpr std::size_t kShown = 3;
  if (all.empty()) return std::string(absent);
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, all.size()));
  const std::string shown = fmt::format("{}", fmt::join(all.begin(), end, ","));
  return all.size() > kShown ? fmt::format("{} + {} more...", shown, all.size() - kShown) : shown;
}

Cells endpointSliceCells(const api::Object& object, api::TimePoint now) {
  const api::EndpointSlice& slice = api::as<api::EndpointSlice>(object);
  std::vector<std::string> ports, addresses;
  for (const api::EndpointPort& port : slice.ports)
    ports.push_back(port.port ? std::to_string(*port.port) : port.name.value_or("*"));
  for (const api::Endpoint& endpoint : slice.endpoints)
    addresses.insert(addresses.end(), endpoint.addresses.begin(), endpoint.addresses.end());
  return {object.meta.name, slice.addressType, firstOf(ports, kUnset), firstOf(addresses, kUnset),
          ageText(object.meta, now)};
}

void addSubset(std::vector<std::string>& out, const json& subset) {
  const json* addresses = api::jsonAt(subset, {"addresses"});
  const json* ports = api::jsonAt(subset, {"ports"});
  if (!addresses || !addresses->is_array()) return;
  const json none = json::array({json()});  // a Service without ports
  for (const json& port : ports && ports->is_array() && !ports->empty() ? *ports : none) {
    for (const json& address : *addresses) {
      const json* ip = api::jsonAt(address, {"ip"});
      const json* number = api::jsonAt(port, {"port"});
      if (!ip || !ip->is_string()) continue;
      out.push_back(number ? fmt::format("{}:{}", ip->get<std::string>(), number->dump()) : ip->get<std::string>());
    }
  }
}

Cells endpointsCells(const api::Object& object, api::TimePoint now) {
  std::vector<std::string> all;
  const json* subsets = fieldOf(object, {"subsets"});
  for (const json& subset : subsets && subsets->is_array() ? *subsets : json::array()) addSubset(all, subset);
  return {object.meta.name, firstOf(all, kNone), ageText(object.meta, now)};
}

Cells networkPolicyCells(const api::Object& object, api::TimePoint now) {
  return {object.meta.name, selectorText(fieldOf(object, {"spec", "podSelector"})), ageText(object.meta, now)};
}

}  // namespace

Printer servicePrinter() {
  return {{nameColumn(),
           {"Type", "string", "How the Service is reached.", 0, ""},
           {"Cluster-IP", "string", "Virtual address, or None of a headless Service.", 0, ""},
           {"External-IP", "string", "Addresses from outside.", 0, ""},
           {"Port(s)", "string", "Ports, with those of the nodes.", 0, ""},
           ageColumn(),
           {"Selector", "string", "Labels of the Pods behind the Service.", 1, ""}},
          serviceCells};
}

Printer endpointSlicePrinter() {
  return {{nameColumn(),
           {"AddressType", "string", "What kind of addresses these are.", 0, ""},
           {"Ports", "string", "Ports of all endpoints.", 0, ""},
           {"Endpoints", "string", "Addresses, the first few.", 0, ""},
           ageColumn()},
          endpointSliceCells};
}

Printer endpointsPrinter() {
  return {{nameColumn(), {"Endpoints", "string", "Addresses with ports, the first few.", 0, ""}, ageColumn()},
          endpointsCells};
}

Printer networkPolicyPrinter() {
  return {{nameColumn(), {"Pod-Selector", "string", "The Pods that the policy is about.", 0, ""}, ageColumn()},
          networkPolicyCells};
}

}  // namespace jobset_twin::apiserver::printers
