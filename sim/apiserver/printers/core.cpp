// core.cpp - the columns of small kinds: names with a number or two beside them.
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

Cells namespaceCells(const api::Object& object, api::TimePoint now) {
  const std::string phase = object.meta.deletionTimestamp ? "Terminating" : "Active";
  return {object.meta.name, textOf(object, {"status", "phase"}, phase), ageText(object.meta, now)};
}

Cells configMapCells(const api::Object& object, api::TimePoint now) {
  return {object.meta.name, countOf(object, {"data"}) + countOf(object, {"binaryData"}), ageText(object.meta, now)};
}

Cells secretCells(const api::Object& object, api::TimePoint now) {
  return {object.meta.name, textOf(object, {"type"}, "Opaque"), countOf(object, {"data"}), ageText(object.meta, now)};
}

Cells serviceAccountCells(const api::Object& object, api::TimePoint now) {
  return {object.meta.name, countOf(object, {"secrets"}), ageText(object.meta, now)};
}

Cells leaseCells(const api::Object& object, api::TimePoint now) {
  return {object.meta.name, textOf(object, {"spec", "holderIdentity"}), ageText(object.meta, now)};
}

// "cpu: 1/2, pods: 3/10": what is used of what is allowed. Limits on limits stand apart.
Cells resourceQuotaCells(const api::Object& object, api::TimePoint now) {
  std::vector<std::string> requests, limits;
  const json* hard = fieldOf(object, {"status", "hard"});
  if (!hard) hard = fieldOf(object, {"spec", "hard"});
  const json none = json::object();
  const auto text = [](const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); };
  for (const auto& [name, allowed] : (hard && hard->is_object() ? *hard : none).items()) {
    const json* used = fieldOf(object, {"status", "used", name.c_str()});
    (name.starts_with("limits.") ? limits : requests)
        .push_back(fmt::format("{}: {}/{}", name, used ? text(*used) : "0", text(allowed)));
  }
  return {object.meta.name, fmt::format("{}", fmt::join(requests, ", ")), fmt::format("{}", fmt::join(limits, ", ")),
          ageText(object.meta, now)};
}

Cells priorityClassCells(const api::Object& object, api::TimePoint now) {
  const api::PriorityClass& priority = api::as<api::PriorityClass>(object);
  return {object.meta.name, std::int64_t{priority.value}, priority.globalDefault, ageText(object.meta, now),
          priority.preemptionPolicy.value_or("PreemptLowerPriority")};
}

Cells disruptionBudgetCells(const api::Object& object, api::TimePoint now) {
  return {object.meta.name, textOf(object, {"spec", "minAvailable"}, "N/A"),
          textOf(object, {"spec", "maxUnavailable"}, "N/A"), numberOf(object, {"status", "disruptionsAllowed"}),
          ageText(object.meta, now)};
}

Cells roleBindingCells(const api::Object& object, api::TimePoint now) {
  std::vector<std::string> users, groups, accounts;
  const json* subjects = fieldOf(object, {"subjects"});
  for (const json& subject : subjects && subjects->is_array() ? *subjects : json::array()) {
    if (!subject.is_object()) continue;
    const std::string kind = subject.value("kind", ""), name = subject.value("name", "");
    if (kind == "User") users.push_back(name);
    if (kind == "Group") groups.push_back(name);
    if (kind == "ServiceAccount") accounts.push_back(subject.value("namespace", "") + "/" + name);
  }
  const auto all = [](const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); };
  return {object.meta.name,
          textOf(object, {"roleRef", "kind"}) + "/" + textOf(object, {"roleRef", "name"}),
          ageText(object.meta, now),
          all(users),
          all(groups),
          all(accounts)};
}

}  // namespace

Printer namespacePrinter() {
  return {{nameColumn(), {"Status", "string", "Active, or Terminating.", 0, ""}, ageColumn()}, namespaceCells};
}

Printer configMapPrinter() {
  return {{nameColumn(), {"Data", "string", "How many keys it has.", 0, ""}, ageColumn()}, configMapCells};
}

Printer secretPrinter() {
  return {{nameColumn(),
           {"Type", "string", "What the secret is for.", 0, ""},
           {"Data", "string", "How many keys it has.", 0, ""},
           ageColumn()},
          secretCells};
}

Printer serviceAccountPrinter() {
  return {{nameColumn(), {"Secrets", "string", "How many secrets it names.", 0, ""}, ageColumn()}, serviceAccountCells};
}

Printer leasePrinter() {
  return {{nameColumn(), {"Holder", "string", "Who holds the lease.", 0, ""}, ageColumn()}, leaseCells};
}

Printer resourceQuotaPrinter() {
  return {{nameColumn(),
           {"Request", "string", "Used and allowed, of requests and counts.", 0, ""},
           {"Limit", "string", "Used and allowed, of limits.", 0, ""},
           ageColumn()},
          resourceQuotaCells};
}

Printer priorityClassPrinter() {
  return {{nameColumn(),
           {"Value", "integer", "Priority of Pods of the class.", 0, ""},
           {"Global-Default", "boolean", "Whether Pods without a class get it.", 0, ""},
           ageColumn(),
           {"PreemptionPolicy", "string", "Whether such Pods push out others.", 0, ""}},
          priorityClassCells};
}

Printer disruptionBudgetPrinter() {
  return {{nameColumn(),
           {"Min Available", "string", "Pods that must stay.", 0, ""},
           {"Max Unavailable", "string", "Pods that may be away.", 0, ""},
           {"Allowed Disruptions", "integer", "Pods that may be evicted now.", 0, ""},
           ageColumn()},
          disruptionBudgetCells};
}

Printer roleBindingPrinter() {
  return {{nameColumn(),
           {"Role", "string", "What is granted.", 0, ""},
           ageColumn(),
           {"Users", "string", "Users it is granted to.", 1, ""},
           {"Groups", "string", "Groups it is granted to.", 1, ""},
           {"ServiceAccounts", "string", "Service accounts it is granted to.", 1, ""}},
          roleBindingCells};
}

}  // namespace jobset_twin::apiserver::printers
