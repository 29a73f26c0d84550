#include "scenarios/serve/fault_object.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "engine/api/key_text.hpp"
#include "engine/api/names.hpp"
#include "scenarios/fault_words.hpp"
#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using nlohmann::json;

bool saysWhen(const api::TreeNode& spec) {
  constexpr std::array kWays = {"at", "after", "every", "mtbf", "hazard"};
  return std::any_of(kWays.begin(), kWays.end(), [&](const char* way) {
    const api::TreeNode* given = spec.find(way);
    return given && !given->isNull();
  });
}

// The API server's types of field errors; others are Invalid.
void useTypes(api::Errors& errors) {
  constexpr std::array kTypes = {"Invalid", "Required", "NotSupported", "Forbidden", "Duplicate", "TypeInvalid"};
  for (api::Error& error : errors) {
    if (error.field.empty()) error.field = "spec";
    if (std::find(kTypes.begin(), kTypes.end(), error.code) == kTypes.end()) error.code = "Invalid";
  }
}

}  // namespace

api::Result<faults::Fault> faultFrom(const api::Object& object, const std::vector<faults::Fault>& others) {
  const json& content = api::as<api::Generic>(object).content.get();
  if (!content.contains("spec")) return api::requiredValue("spec", "what goes wrong");
  api::TreeNode spec = api::treeFromJson(content["spec"]);
  if (spec.isString()) {
    api::Result<api::TreeNode> node = faultFromWords(spec.text, {}, false);
    if (!node) {
      api::Errors errors = node.errors();
      useTypes(errors);
      return errors;
    }
    spec = std::move(*node);
  }
  if (const api::TreeNode* name = spec.find("name"); name && !name->isNull())
    return api::forbiddenField("spec.name", "an object's name stands in its metadata");
  if (spec.isMap() && !saysWhen(spec)) {
    api::TreeNode now;
    now.kind = api::TreeNode::Kind::kString;
    now.text = "0s";
    spec.entries.push_back({"at", {}, std::move(now)});
  }
  Reader reader(ReadContext{});
  faults::Fault out;
  readFault(reader, {spec, "spec"}, out);
  out.name = object.meta.name;
  api::Errors errors = std::move(reader.errors);
  for (const faults::Fault& other : others) {
    if (!out.crew.empty() && other.crew == out.crew) out.crew_size = other.crew_size;
  }
  if (!out.crew.empty() && out.crew_size == 0)
    errors.push_back(api::invalidValue("spec.crew", api::quoted(out.crew), "no fault of the scenario has such a crew"));
  useTypes(errors);
  if (!errors.empty()) return errors;
  return out;
}

json faultStatus(const faults::Injector& injector, std::uint32_t fault) {
  json injections = json::array();
  bool active = false;
  for (const faults::Injected& one : injector.injected()) {
    if (one.fault != fault || one.armed) continue;
    json targets = json::array();
    for (const api::ObjectKey& key : one.objects) targets.push_back(api::keyText(key));
    json entry = {{"at", api::formatMicroTime(one.at)}, {"text", one.text}, {"targets", std::move(targets)}};
    if (one.until) entry["until"] = api::formatMicroTime(*one.until);
    // Without an end it goes on if its class is one that does.
    const bool for_good =
        !one.until && !injector.faults()[fault].lasts && faults::classInfo(injector.faults()[fault].class_).lasts;
    entry["active"] = one.active || for_good;
    active |= one.active || for_good;
    injections.push_back(std::move(entry));
  }
  const std::string& problem = injector.problem(fault);
  json out;
  out["phase"] = active ? "Active" : injector.waits(fault) ? "Waiting" : injections.empty() ? "Missed" : "Done";
  out["class"] = faults::classInfo(injector.faults()[fault].class_).verb;
  out["hits"] = injections.size();
  out["injections"] = std::move(injections);
  if (!problem.empty()) out["message"] = problem;
  return out;
}

}  // namespace jobset_twin::scenarios
