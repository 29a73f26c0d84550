// When a fault begins and how long it lasts.
#include <array>

#include <fmt/format.h>

#include "scenarios/read_fault_parts.hpp"
#include "sim/faults/classes.hpp"
#include "sim/faults/trigger.hpp"

namespace jobset_twin::scenarios {

using faults::EventPattern;
using faults::Fault;

namespace {

void readEventObject(Reader& reader, const Place& place, EventPattern& out) {
  std::string text;
  if (!reader.text(place, text)) return;
  const bool of_fault = faults::isFault(text);
  const api::Result<EventPattern> event =
      faults::parseEvent(text + (of_fault ? " started" : " created"), reader.context().default_namespace);
  if (!event) return reader.invalid(place, event.errors().front().text, event.errors().front().hint);
  out.object = event->object;
}

constexpr std::array<Field<EventPattern>, 4> kFaultEventFields = {{
    {"object", "pattern", "Kind/namespace/name; * stands for anything", readEventObject, true},
    {"reaches", "moment", "what happens to it",
     [](Reader& r, const Place& p, EventPattern& e) {
       std::string name;
       std::vector<std::string> known = faults::storedMomentNames();
       for (const faults::Moment moment : {faults::Moment::kStarted, faults::Moment::kEnded})
         known.emplace_back(faults::momentText(moment));
       if (r.choice(p, name, known)) e.moment = *faults::momentFrom(name);
     },
     true},
    {"attempt", "integer", "in this attempt of its JobSet; 0 is the first",
     [](Reader& r, const Place& p, EventPattern& e) {
       std::int32_t attempt = 0;
       if (r.integer(p, attempt, 0)) e.attempt = attempt;
     }},
    {"delay", "duration", "so long after it",
     [](Reader& r, const Place& p, EventPattern& e) { r.duration(p, e.delay); }},
}};

}  // namespace

void readAfter(Reader& reader, const Place& place, Fault& out) {
  if (place.node.isMap()) {
    EventPattern event;
    reader.object<EventPattern>(place, kFaultEventFields, event);
    if (faults::isFault(event.object) != faults::isOfFaults(event.moment))
      return reader.invalid(place,
                            "started and ended are what happens to faults (object: Fault/NAME), and nothing else");
    if (faults::isFault(event.object) && event.attempt) return reader.invalid(place, "a fault has no attempts");
    out.trigger.after = event;
    return;
  }
  std::string text;
  if (!reader.text(place, text)) return;
  const api::Result<EventPattern> event = faults::parseEvent(text, reader.context().default_namespace);
  if (!event) return reader.invalid(place, event.errors().front().text, event.errors().front().hint);
  out.trigger.after = *event;
}

void readHazard(Reader& reader, const Place& place, Fault& out) {
  if (out.trigger.hazard) {
    api::Error error = api::forbiddenField(place.path, "mtbf and hazard exclude each other");
    return reader.error(place, std::move(error));
  }
  workload::TimeDistribution distribution;
  if (readDistribution(reader, place, distribution)) out.trigger.hazard = distribution;
}

void readMtbf(Reader& reader, const Place& place, Fault& out) {
  Duration mean{};
  if (out.trigger.hazard) {
    api::Error error = api::forbiddenField(place.path, "mtbf and hazard exclude each other");
    return reader.error(place, std::move(error));
  }
  if (!reader.positiveDuration(place, mean)) return;
  workload::TimeDistribution distribution;
  distribution.kind = workload::TimeDistribution::Kind::kExponential;
  distribution.a = mean;
  out.trigger.hazard = distribution;
}

void readLasts(Reader& reader, const Place& place, Fault& out) {
  if (out.lasts) {
    api::Error error = api::forbiddenField(place.path, "for and repair are the same, and exclude each other");
    return reader.error(place, std::move(error));
  }
  workload::TimeDistribution distribution;
  if (readDistribution(reader, place, distribution)) out.lasts = distribution;
}

void checkTimes(Reader& reader, const Place& place, Fault& fault) {
  faults::Trigger& trigger = fault.trigger;
  const int ways = (trigger.at ? 1 : 0) + (trigger.after ? 1 : 0) + (trigger.hazard ? 1 : 0);
  if (ways == 0 && trigger.every) trigger.at = trigger.every;
  if (ways == 0 && !trigger.every) {
    api::Error error = api::requiredValue(place.path, "when: one of at, after, every, mtbf and hazard");
    return reader.error(place, std::move(error));
  }
  if (ways > 1) {
    api::Error error =
        api::plainError("Invalid", fmt::format("{}{}only one of at, after, mtbf and hazard can begin a fault",
                                               place.path, place.path.empty() ? "" : ": "));
    return reader.error(place, std::move(error));
  }
  if (trigger.every && trigger.hazard) forbid(reader, place, "every", "a hazard goes on by itself");
  if (trigger.times && !trigger.every) forbid(reader, place, "times", "belongs to every");
  if (!trigger.hazard) return;
  const faults::Scope scope = faults::classInfo(fault.class_).scope;
  for (const std::string_view field : {"pod", "job"}) {
    if (scope == faults::Scope::kNodes && given(place, field))
      forbid(reader, place, field,
             "a hazard of nodes goes by node, domain or selector: nodes fail whatever runs there");
  }
}

void addFaultEventFields(FieldTexts& out) { addFields<EventPattern>(out, "FaultEvent", kFaultEventFields); }

}  // namespace jobset_twin::scenarios
