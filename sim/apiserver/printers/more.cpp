// more.cpp - the columns of kinds that nothing in the cluster uses, and that clients may still list.
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

json listAt(const api::Object& object, std::initializer_list<const char*> path) {
  const json* at = fieldOf(object, path);
  return at && at->is_array() ? *at : json::array();
}

Cells ingressCells(const api::Object& object, api::TimePoint now) {
  std::vector<std::string> hosts;
  for (const json& rule : listAt(object, {"spec", "rules"}))
    if (const std::string host = api::textAt(rule, {"host"}); !host.empty()) hosts.push_back(host);
  std::set<std::string> addresses;
  for (const json& one : listAt(object, {"status", "loadBalancer", "ingress"})) {
    const std::string ip = api::textAt(one, {"ip"});
    addresses.insert(ip.empty() ? api::textAt(one, {"hostname"}) : ip);
  }
  return {object.meta.name,
          textOf(object, {"spec", "ingressClassName"}, kNone),
          hosts.empty() ? std::string("*") : fmt::format("{}", fmt::join(hosts, ",")),
          fmt::format("{}", fmt::join(addresses, ",")),
          std::string(countOf(object, {"spec", "tls"}) > 0 ? "80, 443" : "80"),
          ageText(object.meta, now)};
}

Cells ingressClassCells(const api::Object& object, api::TimePoint now) {
  std::string parameters(kNone);
  if (const json* given = fieldOf(object, {"spec", "parameters"}); given && given->is_object()) {
    const std::string group = api::textAt(*given, {"apiGroup"});
    parameters =
        api::textAt(*given, {"kind"}) + (group.empty() ? "" : "." + group) + "/" + api::textAt(*given, {"name"});
  }
  return {object.meta.name, textOf(object, {"spec", "controller"}), parameters, ageText(object.meta, now)};
}

Cells runtimeClassCells(const api::Object& object, api::TimePoint now) {
  return {object.meta.name, textOf(object, {"handler"}), ageText(object.meta, now)};
}

Cells driversOfNodeCells(const api::Object& object, api::TimePoint now) {
  return {object.meta.name, countOf(object, {"spec", "drivers"}), ageText(object.meta, now)};
}

Cells volumeAttachmentCells(const api::Object& object, api::TimePoint now) {
  const json* attached = fieldOf(object, {"status", "attached"});
  return {object.meta.name,
          textOf(object, {"spec", "attacher"}),
          textOf(object, {"spec", "source", "persistentVolumeName"}),
          textOf(object, {"spec", "nodeName"}),
          attached && attached->is_boolean() && attached->get<bool>(),
          ageText(object.meta, now)};
}

Cells webhooksCells(const api::Object& object, api::TimePoint now) {
  return {object.meta.name, countOf(object, {"webhooks"}), ageText(object.meta, now)};
}

}  // namespace

Printer ingressPrinter() {
  return {{nameColumn(),
           {"Class", "string", "Class of the ingress.", 0, ""},
           {"Hosts", "string", "Hosts that it is for.", 0, ""},
           {"Address", "string", "Where it is reached.", 0, ""},
           {"Ports", "string", "Ports that are open.", 0, ""},
           ageColumn()},
          ingressCells};
}

Printer ingressClassPrinter() {
  return {{nameColumn(),
           {"Controller", "string", "Who is in charge of the class.", 0, ""},
           {"Parameters", "string", "Object with more of its settings.", 0, ""},
           ageColumn()},
          ingressClassCells};
}

Printer runtimeClassPrinter() {
  return {{nameColumn(), {"Handler", "string", "What runs the containers.", 0, ""}, ageColumn()}, runtimeClassCells};
}

Printer driversOfNodePrinter() {
  return {{nameColumn(), {"Drivers", "integer", "How many storage drivers the node has.", 0, ""}, ageColumn()},
          driversOfNodeCells};
}

Printer volumeAttachmentPrinter() {
  return {{nameColumn(),
           {"Attacher", "string", "Who attaches the volume.", 0, "name"},
           {"PV", "string", "The volume.", 0, ""},
           {"Node", "string", "The node.", 0, ""},
           {"Attached", "boolean", "Whether it is attached.", 0, ""},
           ageColumn()},
          volumeAttachmentCells};
}

Printer webhooksPrinter() {
  return {{nameColumn(), {"Webhooks", "integer", "How many webhooks it lists.", 0, ""}, ageColumn()}, webhooksCells};
}

}  // namespace jobset_twin::apiserver::printers
