#include "sim/faults/trigger.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "engine/api/ascii.hpp"
#include "engine/api/kinds.hpp"
#include "engine/api/names.hpp"
#include "engine/api/time.hpp"
#include "engine/jobset/names.hpp"

namespace jobset_twin::faults {
namespace {

std::vector<std::string_view> wordsOf(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    const std::size_t end = text.find(' ', begin);
    words.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) return words;
    text = text.substr(end);
  }
}

api::Error wrong(std::string text, std::string hint =
                                       "for example \"JobSet train ready\" or \"JobSet "
                                       "default/train attempt 2 started +30s\"") {
  api::Error error = api::plainError("Invalid", std::move(text));
  error.hint = std::move(hint);
  return error;
}

// "JobSet" and "default/train" to "JobSet/default/train"; "" when the kind is none.
std::string objectPattern(std::string_view kind, std::string_view name, const std::string& default_namespace) {
  if (kind == "*") return fmt::format("*/{}", name);
  const api::KindInfo* info = api::findResource(api::lowerCase(kind));
  if (!info) return {};
  if (info->namespaced && name.find('/') == std::string_view::npos)
    return fmt::format("{}/{}/{}", info->name, default_namespace, name);
  return fmt::format("{}/{}", info->name, name);
}

// "+30s", if there is something after the moment.
api::Result<EventPattern> withDelay(EventPattern event, const std::vector<std::string_view>& words, std::size_t next) {
  if (next < words.size() && words[next].starts_with('+')) {
    const api::Result<Duration> delay = api::parseDuration(words[next].substr(1));
    if (!delay) return wrong(delay.errors().front().text, "a delay is written as +30s");
    event.delay = *delay;
    ++next;
  }
  if (next < words.size()) return wrong(fmt::format("\"{}\" is too much: an event ends with its moment", words[next]));
  return event;
}

// "fault rack-power ended": faults have no namespaces, attempts or other moments.
api::Result<EventPattern> parseFaultEvent(std::string_view name, const std::vector<std::string_view>& words,
                                          std::size_t next) {
  const std::string hint = "a fault has \"started\" or \"ended\": \"fault rack-power ended +10m\"";
  EventPattern event;
  event.object = fmt::format("Fault/{}", name);
  if (next >= words.size()) return wrong(fmt::format("does not say what happens to fault {}", name), hint);
  const std::optional<Moment> moment = momentFrom(words[next]);
  if (!moment || !isOfFaults(*moment))
    return wrong(fmt::format("\"{}\" is nothing that happens to a fault", words[next]), hint);
  event.moment = *moment;
  return withDelay(std::move(event), words, next + 1);
}

}  // namespace

api::Result<EventPattern> parseEvent(std::string_view text, const std::string& default_namespace) {
  const std::vector<std::string_view> words = wordsOf(text);
  EventPattern event;
  std::size_t next = 0;
  if (words.empty()) return wrong("says no event");
  std::string_view kind = words[0], name;
  if (const std::size_t slash = kind.find('/'); slash != std::string_view::npos) {
    name = kind.substr(slash + 1);
    kind = kind.substr(0, slash);
    next = 1;
  } else if (words.size() > 1) {
    name = words[1];
    next = 2;
  }
  if (name.empty()) return wrong(fmt::format("\"{}\" names no object: an event is KIND NAME MOMENT", text));
  if (api::lowerCase(kind) == "fault") return parseFaultEvent(name, words, next);
  event.object = objectPattern(kind, name, default_namespace);
  if (event.object.empty()) {
    return wrong(fmt::format("there is no kind \"{}\"", kind),
                 fmt::format("did you mean {}?",
                             api::nearestName(kind, {"JobSet", "Job", "Pod", "Node", "Service", "Event"}).empty()
                                 ? "JobSet"
                                 : api::nearestName(kind, {"JobSet", "Job", "Pod", "Node", "Service", "Event"})));
  }
  if (next < words.size() && words[next] == "attempt") {
    std::int32_t attempt = -1;
    if (next + 1 < words.size()) {
      const std::string_view digits = words[next + 1];
      const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), attempt);
      if (problem != std::errc() || end != digits.data() + digits.size()) attempt = -1;
    }
    if (attempt < 0) return wrong("after \"attempt\" comes its number; 0 is the first");
    event.attempt = attempt;
    next += 2;
  }
  if (next >= words.size()) return wrong(fmt::format("\"{}\" does not say what happens to {}", text, event.object));
  const std::string_view word = words[next++];
  std::vector<std::string> known = storedMomentNames();
  if (word == "started") {
    event.moment = event.attempt ? Moment::kCreated : Moment::kRunning;
  } else if (std::find(known.begin(), known.end(), word) != known.end()) {
    event.moment = *momentFrom(word);
  } else {
    known.emplace_back("started");
    const std::string near = api::nearestName(word, known);
    return wrong(fmt::format("\"{}\" is nothing that happens to an object", word),
                 near.empty() ? fmt::format("it is one of {}", fmt::join(known, ", "))
                              : fmt::format("did you mean \"{}\"?", near));
  }
  return withDelay(std::move(event), words, next);
}

std::string eventText(const EventPattern& event) {
  std::string out = event.object;
  if (event.attempt) out += fmt::format(" attempt {}", *event.attempt);
  out += fmt::format(" {}", momentText(event.moment));
  if (event.delay != Duration::zero()) out += " +" + api::formatDuration(event.delay);
  return out;
}

bool happens(const EventPattern& event, const apiserver::WatchEvent& change, EventWatch& watch) {
  const api::Object& object = *change.object;
  // The kind first: it decides for most changes.
  const std::string_view kind = api::kindNameOf(object);
  if (!event.object.starts_with('*') &&
      (!event.object.starts_with(kind) || event.object.size() <= kind.size() || event.object[kind.size()] != '/')) {
    return false;
  }
  if (!matchesPattern(event.object, fullName(object))) {
    const std::string shared = sharedName(object);
    if (shared.empty() || !matchesPattern(event.object, shared)) return false;
  }
  const bool deleted = change.type == apiserver::WatchType::kDeleted;
  ObjectState state = stateOf(object);
  state[Moment::kDeleted] = deleted;
  if (!event.attempt) return state[event.moment];
  if (object.kind() != api::Kind::kJobSet) {
    return object.meta.labels.get(jobset::kRestartAttemptKey) == std::to_string(*event.attempt) && state[event.moment];
  }
  if (state.restarts < *event.attempt) return false;
  if (event.moment == Moment::kCreated || event.moment == Moment::kRestarted) return true;
  // The status may still show the attempt before: the moment counts once it was seen not to hold.
  if (!state[event.moment]) watch.seen_before = true;
  return state[event.moment] && (watch.seen_before || *event.attempt == 0);
}

}  // namespace jobset_twin::faults
