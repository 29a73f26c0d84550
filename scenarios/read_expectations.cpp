// spec.expectations of a Scenario.
#include <array>

#include <fmt/format.h>

#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

bool readMoment(Reader& reader, const Place& place, Moment& out) {
  std::string name;
  if (!reader.choice(place, name, faults::momentNames())) return false;
  out = *momentFrom(name);
  return true;
}

void readPattern(Reader& reader, const Place& place, std::string& out) {
  std::string value;
  if (!reader.text(place, value)) return;
  if (value.find('/') == std::string::npos) {
    return reader.invalid(place, "must be Kind/namespace/name, or Kind/name for objects without a namespace",
                          fmt::format("for example \"JobSet/{}/{}\"", reader.context().default_namespace, value));
  }
  out = value;
}

constexpr std::array<Field<CountRange>, 2> kRangeFields = {{
    {"atLeast", "integer", "not fewer",
     [](Reader& r, const Place& p, CountRange& c) {
       std::int64_t n = 0;
       if (r.integer(p, n, 0)) c.at_least = n;
     }},
    {"atMost", "integer", "not more",
     [](Reader& r, const Place& p, CountRange& c) {
       std::int64_t n = 0;
       if (r.integer(p, n, 0)) c.at_most = n;
     }},
}};

// 3, or {atLeast: 1, atMost: 3}.
void readRange(Reader& reader, const Place& place, CountRange& out) {
  if (!place.node.isMap()) {
    std::int64_t exact = 0;
    if (reader.integer(place, exact, 0)) out.at_least = out.at_most = exact;
    return;
  }
  reader.object<CountRange>(place, kRangeFields, out);
  if (!out.given()) reader.invalid(place, "must be a number, or have atLeast or atMost");
  if (out.at_least && out.at_most && *out.at_least > *out.at_most)
    reader.invalid(place, "atMost must not be less than atLeast");
}

void readOptional(Reader& reader, const Place& place, std::optional<std::string>& out) {
  std::string value;
  if (reader.text(place, value)) out = value;
}

void readOptional(Reader& reader, const Place& place, std::optional<std::string>& out,
                  const std::vector<std::string>& allowed) {
  std::string value;
  if (reader.choice(place, value, allowed)) out = value;
}

void readOptional(Reader& reader, const Place& place, std::optional<Duration>& out) {
  Duration value{};
  if (reader.duration(place, value)) out = value;
}

struct Other {
  std::string object;
  Moment moment = Moment::kCreated;
};
constexpr std::array<Field<Other>, 2> kOtherFields = {{
    {"object", "pattern", "Kind/namespace/name; * stands for anything",
     [](Reader& r, const Place& p, Other& o) { readPattern(r, p, o.object); }, true},
    {"reaches", "moment", "what happens to it", [](Reader& r, const Place& p, Other& o) { readMoment(r, p, o.moment); },
     true},
}};

constexpr std::array<Field<Expectation>, 4> kExpectedEventFields = {{
    {"reason", "string", "the Event's reason",
     [](Reader& r, const Place& p, Expectation& e) { readOptional(r, p, e.event_reason); }},
    {"type", "string", "Normal or Warning",
     [](Reader& r, const Place& p, Expectation& e) {
       readOptional(r, p, e.event_type, {"Normal", "Warning"});
     }},
    {"message", "string", "a part of the Event's message",
     [](Reader& r, const Place& p, Expectation& e) { readOptional(r, p, e.event_message); }},
    {"times", "count", "how often; at least once when left out",
     [](Reader& r, const Place& p, Expectation& e) { readRange(r, p, e.times); }},
}};

constexpr std::array<Field<Expectation>, 2> kLogFields = {{
    {"contains", "string", "a part of a line",
     [](Reader& r, const Place& p, Expectation& e) { readOptional(r, p, e.log_contains); }, true},
    {"times", "count", "how many such lines; at least one when left out",
     [](Reader& r, const Place& p, Expectation& e) { readRange(r, p, e.times); }},
}};

constexpr std::array<Field<Expectation>, 18> kExpectationFields = {{
    {"description", "string", "in words; printed with the result",
     [](Reader& r, const Place& p, Expectation& e) { r.text(p, e.description); }},
    {"object", "pattern", "Kind/namespace/name; * stands for anything; Pods of Jobs without their random suffix",
     [](Reader& r, const Place& p, Expectation& e) { readPattern(r, p, e.object); }},
    {"count", "count", "the rest must hold of so many objects; of all that match when left out",
     [](Reader& r, const Place& p, Expectation& e) { readRange(r, p, e.count); }},
    {"terminalState", "string", "of a JobSet: Completed, Failed, or \"\" for none",
     [](Reader& r, const Place& p, Expectation& e) {
       readOptional(r, p, e.terminal_state, {"Completed", "Failed", ""});
     }},
    {"reason", "string", "of the condition named by `condition`, or of any condition that is True",
     [](Reader& r, const Place& p, Expectation& e) { readOptional(r, p, e.reason); }},
    {"condition", "string", "type of a condition that must be True",
     [](Reader& r, const Place& p, Expectation& e) { readOptional(r, p, e.condition); }},
    {"phase", "string", "of a Pod: Pending, Running, Succeeded or Failed",
     [](Reader& r, const Place& p, Expectation& e) {
       readOptional(r, p, e.phase, {"Pending", "Running", "Succeeded", "Failed"});
     }},
    {"restarts", "count", "of a JobSet, or of all containers of a Pod",
     [](Reader& r, const Place& p, Expectation& e) { readRange(r, p, e.restarts); }},
    {"strikes", "count", "of faults (Fault/NAME): how often all that match struck, together",
     [](Reader& r, const Place& p, Expectation& e) { readRange(r, p, e.strikes); }},
    {"reaches", "moment", "what must have happened to the object",
     [](Reader& r, const Place& p, Expectation& e) {
       Moment moment{};
       if (readMoment(r, p, moment)) e.reaches = moment;
     }},
    {"never", "boolean", "true: `reaches`, `event` or `log` must not have happened",
     [](Reader& r, const Place& p, Expectation& e) { r.flag(p, e.never); }},
    {"notBefore", "duration", "`reaches` not earlier than this after the start",
     [](Reader& r, const Place& p, Expectation& e) { readOptional(r, p, e.not_before); }},
    {"notAfter", "duration", "`reaches` not later than this after the start",
     [](Reader& r, const Place& p, Expectation& e) { readOptional(r, p, e.not_after); }},
    {"before", "Other", "`reaches` comes before the first of these",
     [](Reader& r, const Place& p, Expectation& e) {
       Other other;
       r.object<Other>(p, kOtherFields, other);
       e.before_object = other.object;
       e.before_moment = other.moment;
     }},
    {"after", "Other", "`reaches` comes after the last of these",
     [](Reader& r, const Place& p, Expectation& e) {
       Other other;
       r.object<Other>(p, kOtherFields, other);
       e.after_object = other.object;
       e.after_moment = other.moment;
     }},
    {"event", "Event", "a Kubernetes Event about the object",
     [](Reader& r, const Place& p, Expectation& e) { r.object<Expectation>(p, kExpectedEventFields, e); }},
    {"log", "Log", "a line that a container of the Pod printed",
     [](Reader& r, const Place& p, Expectation& e) { r.object<Expectation>(p, kLogFields, e); }},
    {"endReason", "string", "how the run ends: finished, stuck, until or horizon",
     [](Reader& r, const Place& p, Expectation& e) {
       readOptional(r, p, e.end_reason, {"finished", "stuck", "until", "horizon"});
     }},
}};

// What one expectation cannot mean.
void checkExpectation(Reader& reader, const Place& place, const Expectation& e) {
  const auto wrong = [&](std::string_view text) {
    api::Error error = api::plainError("Invalid", fmt::format("{}: {}", place.path, text));
    error.field = place.path;
    reader.error(place, std::move(error));
  };
  const bool about_object = e.terminal_state || e.reason || e.condition || e.phase || e.restarts.given() || e.reaches ||
                            e.wantsEvent() || e.log_contains || e.count.given() || e.strikes.given();
  if (e.object.empty() && about_object) return reader.missing(place, "object", "the expectation is about an object");
  if (!about_object && !e.end_reason) {
    return wrong(
        "expects nothing: give reaches, terminalState, condition, phase, restarts, event, log, strikes, count or "
        "endReason");
  }
  const bool of_faults = faults::isFault(e.object);
  if (e.strikes.given() && !of_faults) return wrong("strikes is about faults: object: Fault/NAME");
  if (of_faults && (e.terminal_state || e.reason || e.condition || e.phase || e.restarts.given() || e.wantsEvent() ||
                    e.log_contains)) {
    return wrong("of a fault there are strikes, reaches: started and reaches: ended");
  }
  const auto fits = [&](const std::string& object, Moment moment) {
    if (object.empty() || faults::isFault(object) == isOfFaults(moment)) return;
    wrong(isOfFaults(moment) ? "started and ended are moments of faults: object: Fault/NAME"
                             : "a fault has the moments started and ended");
  };
  if (e.reaches) fits(e.object, *e.reaches);
  fits(e.before_object, e.before_moment);
  fits(e.after_object, e.after_moment);
  const bool dated = e.not_before || e.not_after || !e.before_object.empty() || !e.after_object.empty();
  if (dated && !e.reaches) reader.missing(place, "reaches", "notBefore, notAfter, before and after are about it");
  if (e.not_before && e.not_after && *e.not_before > *e.not_after) wrong("notAfter must not be less than notBefore");
  if (e.never && !e.reaches && !e.wantsEvent() && !e.log_contains) wrong("never goes with reaches, event or log");
  if (e.never && dated) wrong("never does not go with notBefore, notAfter, before or after");
  if (e.never && (e.times.given() || e.count.given())) wrong("never does not go with count or times");
  if (e.wantsEvent() && e.log_contains) wrong("event and log cannot stand in one expectation: write two");
}

}  // namespace

void readExpectation(Reader& reader, const Place& place, Expectation& out) {
  out.origin = reader.origin(place);
  const std::size_t before = reader.errors.size();
  reader.object<Expectation>(place, kExpectationFields, out);
  if (reader.errors.size() == before) checkExpectation(reader, place, out);
}

void addExpectationFields(FieldTexts& out) {
  addFields<Expectation>(out, "Expectation", kExpectationFields);
  addFields<Other>(out, "Other", kOtherFields);
  addFields<Expectation>(out, "Event", kExpectedEventFields);
  addFields<Expectation>(out, "Log", kLogFields);
  addFields<CountRange>(out, "Count", kRangeFields);
}

}  // namespace jobset_twin::scenarios
