#include "scenarios/serve/twin_kinds.hpp"

#include <nlohmann/json.hpp>

#include "scenarios/read_parts.hpp"
#include "scenarios/serve/clock_object.hpp"
#include "sim/faults/classes.hpp"

namespace jobset_twin::scenarios {
namespace {

using nlohmann::json;

json text(std::string_view doc) { return {{"type", "string"}, {"description", doc}}; }
json flag(std::string_view doc) { return {{"type", "boolean"}, {"description", doc}}; }
json object(std::string_view doc, json properties) {
  return {{"type", "object"}, {"description", doc}, {"properties", std::move(properties)}};
}
json listOf(std::string_view doc, json items) {
  return {{"type", "array"}, {"description", doc}, {"items", std::move(items)}};
}

json column(std::string_view name, std::string_view type, std::string_view path, std::string_view doc,
            int priority = 0) {
  json out = {{"name", name}, {"type", type}, {"jsonPath", path}, {"description", doc}};
  if (priority > 0) out["priority"] = priority;
  return out;
}
json ageColumn() { return column("Age", "date", ".metadata.creationTimestamp", "How long ago it was made."); }

// A type as docs/faults.md spells it. Of what has several forms (a distribution, a selector) nothing is said.
json schemaOf(const FieldText& field) {
  json out = {{"description", field.doc}};
  if (field.type == "boolean" || field.type == "integer" || field.type == "number") {
    out["type"] = field.type;
  } else if (field.type == "[]string") {
    out["type"] = "array";
    out["items"] = {{"type", "string"}};
  } else if (field.type == "Distribution" || field.type == "selector") {
    out["x-kubernetes-preserve-unknown-fields"] = true;
  } else {
    out["type"] = "string";
  }
  return out;
}

json faultSpec() {
  FieldTexts fields;
  addFaultFields(fields);
  json properties = json::object(), required = json::array();
  for (const FieldText& field : fields) {
    if (field.type_name != "Fault" || field.name == "name") continue;
    properties[field.name] = schemaOf(field);
    if (field.required) required.push_back(field.name);
  }
  properties["class"]["enum"] = faults::classVerbs();
  json out = object(
      "What goes wrong, where and when: the fields of an entry of a scenario's faults, or a text in the "
      "short form of --fault. Without a time it strikes at once.",
      std::move(properties));
  out["required"] = std::move(required);
  out["x-kubernetes-preserve-unknown-fields"] = true;
  return out;
}

json faultSchema() {
  const json injection = object("", {{"at", text("When it struck.")},
                                     {"until", text("When it is over.")},
                                     {"active", flag("Whether it goes on.")},
                                     {"text", text("What was done.")},
                                     {"targets", listOf("What was hit.", {{"type", "string"}})}});
  const json status =
      object("What came of it.", {{"phase", text("Waiting (it may still strike), Active, Done or Missed.")},
                                  {"class", text("The fault's class.")},
                                  {"hits", {{"type", "integer"}, {"description", "How often it has struck."}}},
                                  {"injections", listOf("Each time that it struck.", injection)},
                                  {"message", text("Why it hit nothing.")}});
  return object("Fault injects a fault into the simulated cluster as it is created, and ends it as it is deleted.",
                {{"spec", faultSpec()}, {"status", status}});
}

json clockSchema() {
  json speed = {{"description", "How many times as fast as the wall clock, or max."},
                {"x-kubernetes-int-or-string", true}};
  const json spec = object("How time is to go.", {{"speed", std::move(speed)}, {"paused", flag("Time stands.")}});
  const json status = object("How time goes.", {{"now", text("The cluster's time, at this read.")},
                                                {"speed", text("The speed that holds.")},
                                                {"paused", flag("Whether time stands.")}});
  return object("Clock is the time of the simulated cluster. There is one, and its name is clock.",
                {{"spec", spec}, {"status", status}});
}

}  // namespace

void describeTwinKinds(apiserver::http::ServedKinds& kinds) {
  kinds.describe(kTwinVersion, "Clock", clockSchema(),
                 {column("Speed", "string", ".status.speed", "How many times as fast as the wall clock."),
                  column("Paused", "boolean", ".status.paused", "Whether time stands."),
                  column("Now", "string", ".status.now", "The cluster's time.")});
  kinds.describe(kTwinVersion, "Fault", faultSchema(),
                 {column("Class", "string", ".status.class", "What goes wrong."),
                  column("Phase", "string", ".status.phase", "Waiting, Active, Done or Missed."),
                  column("Hits", "integer", ".status.hits", "How often it has struck."), ageColumn(),
                  column("Message", "string", ".status.message", "Why it hit nothing.", 1)});
}

}  // namespace jobset_twin::scenarios
