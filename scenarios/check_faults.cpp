// What belongs together in a fault, and faults together: names, and events that are other faults.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "scenarios/fault_words.hpp"
#include "scenarios/read_fault_parts.hpp"
#include "sim/faults/classes.hpp"
#include "sim/faults/components.hpp"

namespace jobset_twin::scenarios {

using faults::Fault;

bool given(const Place& place, std::string_view field) {
  const api::TreeNode* node = place.node.find(field);
  return node && !node->isNull();
}

void forbid(Reader& reader, const Place& place, std::string_view field, const std::string& why) {
  const Place inner = place.at(*place.node.findEntry(field));
  api::Error error = api::forbiddenField(inner.path, why);
  reader.error(inner, std::move(error));
}

// What belongs to the class and what does not.
void checkClass(Reader& reader, const Place& place, const Fault& fault, std::span<const Field<Fault>> own) {
  const faults::ClassInfo& info = faults::classInfo(fault.class_);
  for (const Field<Fault>& one : own) {
    const std::string_view field = one.name;
    bool required = false;
    if (!faults::classTakes(info, field, &required)) {
      if (!given(place, field)) continue;
      std::string takers;
      for (const faults::ClassInfo& other : faults::faultClasses()) {
        if (faults::classTakes(other, field)) takers += fmt::format("{}{}", takers.empty() ? "" : ", ", other.verb);
      }
      forbid(reader, place, field, fmt::format("{} has no {}: it belongs to {}", info.verb, field, takers));
    } else if (required && !given(place, field)) {
      reader.missing(place, field, fmt::format("{} needs it", info.verb));
    }
  }
  for (const std::string_view field : {"for", "repair"}) {
    if (given(place, field) && !info.lasts) forbid(reader, place, field, fmt::format("{} is done at once", info.verb));
  }
  if (fault.target.choice == faults::Choice::kInTurn && info.scope != faults::Scope::kCluster) {
    if (info.scope != faults::Scope::kNodes) forbid(reader, place, "inTurn", "it is for faults of nodes");
    if (!fault.lasts && info.usual == Duration::zero())
      reader.missing(place, "for", "the next one's turn comes when it is over");
    for (const std::string_view field : {"every", "mtbf", "hazard"}) {
      if (given(place, field)) forbid(reader, place, field, "each has its turn once");
    }
  }
  if (!fault.crew.empty() && !fault.lasts) reader.missing(place, "repair", "how long its crew takes");
  if (info.scope == faults::Scope::kGroup) {
    for (const std::string_view field : {"job", "any", "all", "inTurn"}) {
      if (given(place, field)) forbid(reader, place, field, fmt::format("{} takes all Pods that fit", info.verb));
    }
    for (const std::string& path : {fault.target.pod, fault.to}) {
      std::string_view rest = path;
      for (std::size_t slash = 0; slash != std::string_view::npos; rest = rest.substr(slash + 1)) {
        slash = rest.find('/');
        const std::string_view part = rest.substr(0, slash);
        if (part != "*" && part.find('*') != std::string_view::npos)
          reader.invalid(place, fmt::format("in a path of {} each part is a name or *", info.verb));
        if (slash == std::string_view::npos) break;
      }
    }
  }
  if (info.scope != faults::Scope::kCluster) return;
  for (const std::string_view field : {"pod", "node", "job", "domain", "selector", "any", "all", "inTurn"}) {
    if (given(place, field))
      forbid(reader, place, field, fmt::format("{} is about the cluster, not about Pods or nodes", info.verb));
  }
}

void checkValues(Reader& reader, const Place& place, const Fault& fault) {
  const auto one_of = [&](std::string_view field, const std::string& word, const std::vector<std::string>& known) {
    if (!given(place, field)) return;  // which is said already
    api::Error wrong = api::unsupportedValue(fmt::format("{}{}{}", place.path, place.path.empty() ? "" : ".", field),
                                             api::quoted(word), known);
    if (const std::string near = api::nearestName(word, known); !near.empty())
      wrong.hint = fmt::format("did you mean \"{}\"?", near);
    reader.error(place.at(*place.node.findEntry(field)), std::move(wrong));
  };
  switch (fault.class_) {
    case faults::FaultClass::kApiError:
      if (!faults::errorWord(fault.reason)) one_of("reason", fault.reason, faults::errorWords());
      break;
    case faults::FaultClass::kPressureEvict:
      if (given(place, "reason") && fault.reason != "memory" && fault.reason != "ephemeral-storage")
        one_of("reason", fault.reason, {"memory", "ephemeral-storage"});
      break;
    case faults::FaultClass::kApiSlow:
    case faults::FaultClass::kWatchDelay:
      if (!fault.latency && !fault.factor) reader.missing(place, "latency", "or factor: how slow it is");
      if (fault.component == "controller-manager") one_of("component", fault.component, faults::componentWords());
      break;
    case faults::FaultClass::kControllerCrash:
    case faults::FaultClass::kControllerRestart:
    case faults::FaultClass::kSlowFailover:
    case faults::FaultClass::kTwoLeaders:
    case faults::FaultClass::kClockSkew:
      if (!faults::controllerNamed(fault.component)) one_of("component", fault.component, faults::controllerWords());
      break;
    case faults::FaultClass::kWatchFreeze:
    case faults::FaultClass::kWatchDrop:
    case faults::FaultClass::kWatchExpire:
      if (fault.component == "controller-manager") one_of("component", fault.component, faults::componentWords());
      break;
    default: break;
  }
  if (std::string problem; !fault.step.empty() && !faults::crashPoint(fault.step, &problem))
    reader.invalid(place.at(*place.node.findEntry("step")), problem, "for example 'after create Job'");
}

namespace {

// A fault that waits for another.
void checkEvent(const Fault& fault, const std::vector<Fault>& all, api::Errors& errors) {
  if (!fault.trigger.after || !faults::isFault(fault.trigger.after->object)) return;
  const std::string pattern = fault.trigger.after->object.substr(fault.trigger.after->object.find('/') + 1);
  std::vector<std::string> known;
  bool found = false, ends = false;
  for (const Fault& other : all) {
    if (&other == &fault) continue;
    known.push_back(other.name);
    if (!api::matchesPattern(pattern, other.name)) continue;
    found = true;
    ends = ends || other.lasts.has_value();
  }
  if (found && (ends || fault.trigger.after->moment != faults::Moment::kEnded)) return;
  api::Error error = fault.origin;
  error.code = "NotFound";
  error.text = fmt::format("waits for fault {}, {}", pattern,
                           found ? "which has no end: it is done at once, or lasts for good" : "which there is not");
  if (const std::string near = found ? "" : api::nearestName(pattern, known); !near.empty())
    error.hint = fmt::format("did you mean \"{}\"?", near);
  errors.push_back(std::move(error));
}

}  // namespace

void nameFaults(std::vector<Fault>& all, api::Errors& errors) {
  std::map<std::string, const Fault*> names;
  for (const Fault& fault : all) {
    if (fault.name.empty()) continue;
    const auto [found, added] = names.emplace(fault.name, &fault);
    if (added) continue;
    api::Error error = fault.origin;
    error.code = "Duplicate";
    error.text = fmt::format("a second fault {}: the first is at {}:{}", fault.name, found->second->origin.file,
                             found->second->origin.line);
    errors.push_back(std::move(error));
  }
  std::map<std::string, int> counts;
  for (Fault& fault : all) {
    if (!fault.name.empty()) continue;
    const std::string verb(faults::classInfo(fault.class_).verb);
    do {
      fault.name = fmt::format("{}-{}", verb, ++counts[verb]);
    } while (names.contains(fault.name));
  }
  for (const Fault& fault : all) checkEvent(fault, all, errors);
}

}  // namespace jobset_twin::scenarios
