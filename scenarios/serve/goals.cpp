#include "scenarios/serve/goals.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/ascii.hpp"
#include "engine/api/json_at.hpp"
#include "engine/api/kinds.hpp"
#include "engine/api/time.hpp"
#include "engine/api/write.hpp"
#include "sim/apiserver/http/bounded_json.hpp"
#include "sim/apiserver/http/served_kinds.hpp"
#include "sim/faults/moment.hpp"

namespace jobset_twin::scenarios {
namespace {

using nlohmann::json;

constexpr Duration kPatience = std::chrono::hours(24);  // of virtual time, when nothing is said

bool isText(const json* value, const std::string& wanted) {
  return value && value->is_string() && api::lowerCase(value->get<std::string>()) == wanted;
}

// The texts of a body, each of them known.
api::Result<std::map<std::string, std::string>> textsOf(const std::string& body, const std::set<std::string>& known) {
  std::string problem;
  const std::optional<json> read = apiserver::http::boundedJson(body, problem);
  if (!read) return api::plainError("Invalid", problem);
  if (!read->is_object()) return api::plainError("Invalid", "the body must be an object");
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : read->items()) {
    if (!known.contains(name)) return api::plainError("Invalid", fmt::format("unknown field \"{}\"", name));
    if (!value.is_string()) return api::plainError("Invalid", fmt::format("\"{}\" must be a string", name));
    out[name] = value.get<std::string>();
  }
  return out;
}

api::Result<Duration> durationOf(const std::string& text) {
  api::Result<Duration> out = api::parseDuration(text);
  if (out && *out < Duration::zero()) return api::plainError("Invalid", "time does not go back");
  return out;
}

}  // namespace

bool Wanted::holds(const apiserver::Store& store) const {
  const api::ObjectPtr object = store.find(key);
  const std::string wanted = api::lowerCase(state);
  if (!object) return wanted == "deleted";
  if (const std::optional<faults::Moment> moment = faults::momentFrom(wanted);
      moment && faults::stateOf(*object)[*moment])
    return true;
  const json document = api::toJson(*object);
  if (isText(api::jsonAt(document, {"status", "phase"}), wanted) ||
      isText(api::jsonAt(document, {"status", "terminalState"}), wanted))
    return true;
  const json* conditions = api::jsonAt(document, {"status", "conditions"});
  if (!conditions || !conditions->is_array()) return false;
  return std::any_of(conditions->begin(), conditions->end(), [&](const json& condition) {
    return isText(api::jsonAt(condition, {"type"}), wanted) && isText(api::jsonAt(condition, {"status"}), "true");
  });
}

api::Result<Goal> stepFrom(const std::string& body, TimePoint now) {
  const auto texts = textsOf(body, {"duration"});
  if (!texts) return texts.errors();
  if (!texts->contains("duration")) return api::plainError("Invalid", "\"duration\" is missing: how far");
  const api::Result<Duration> duration = durationOf(texts->at("duration"));
  if (!duration) return duration.errors();
  Goal out;
  out.at = kernel::saturatingAdd(now, *duration);
  return out;
}

api::Result<Goal> untilFrom(const std::string& body, TimePoint now) {
  auto texts = textsOf(body, {"object", "namespace", "state", "timeout"});
  if (!texts) return texts.errors();
  std::map<std::string, std::string>& given = *texts;
  for (const char* needed : {"object", "state"}) {
    if (given[needed].empty()) return api::plainError("Invalid", fmt::format("\"{}\" is missing", needed));
  }
  const std::string& object = given["object"];
  const std::size_t slash = object.find('/');
  const api::KindInfo* kind = api::findResource(object.substr(0, slash));
  if (!kind || slash == std::string::npos || slash + 1 == object.size())
    return api::plainError("Invalid", fmt::format("\"{}\" is no kind/name, as in jobset/x", object));
  Goal out;
  out.until.emplace();
  out.until->key = apiserver::http::keyFor(*kind, given["namespace"].empty() ? "default" : given["namespace"],
                                           object.substr(slash + 1));
  out.until->state = given["state"];
  out.until->text = fmt::format("{} {}", object, given["state"]);
  Duration patience = kPatience;
  if (!given["timeout"].empty()) {
    const api::Result<Duration> timeout = durationOf(given["timeout"]);
    if (!timeout) return timeout.errors();
    patience = *timeout;
  }
  out.at = kernel::saturatingAdd(now, patience);
  return out;
}

std::shared_ptr<Goal> Goals::add(Goal goal) {
  auto out = std::make_shared<Goal>(std::move(goal));
  goals_.push_back(out);
  seen_ = -1;
  return out;
}

bool Goals::any() const {
  return std::any_of(goals_.begin(), goals_.end(), [](const std::weak_ptr<Goal>& one) {
    const std::shared_ptr<Goal> goal = one.lock();
    return goal && !goal->over();
  });
}

bool Goals::wantsTime() const {
  return std::any_of(goals_.begin(), goals_.end(), [](const std::weak_ptr<Goal>& one) {
    const std::shared_ptr<Goal> goal = one.lock();
    return goal && !goal->over() && !goal->until;
  });
}

std::optional<TimePoint> Goals::nextTime() const {
  std::optional<TimePoint> out;
  for (const std::weak_ptr<Goal>& one : goals_) {
    const std::shared_ptr<Goal> goal = one.lock();
    if (goal && !goal->over() && (!out || goal->at < *out)) out = goal->at;
  }
  return out;
}

void Goals::look(const Run& run) {
  if (goals_.empty()) return;
  std::erase_if(goals_, [](const std::weak_ptr<Goal>& one) { return one.expired(); });
  const apiserver::Store& store = run.world().server().store();
  const bool changed = std::exchange(seen_, store.revision()) != store.revision();
  const TimePoint now = run.world().kernel().now();
  for (const std::weak_ptr<Goal>& one : goals_) {
    const std::shared_ptr<Goal> goal = one.lock();
    if (!goal || goal->over()) continue;
    if (goal->until && changed) goal->reached = goal->until->holds(store);
    if (!goal->over() && now >= goal->at) {
      if (goal->until) {
        goal->failure = fmt::format("{}: not before {}", goal->until->text, api::formatTime(goal->at));
      } else {
        goal->reached = true;
      }
    }
    news_ |= goal->over();
  }
}

void Goals::giveUp() {
  for (const std::weak_ptr<Goal>& one : goals_) {
    const std::shared_ptr<Goal> goal = one.lock();
    if (!goal || goal->over() || !goal->until) continue;
    goal->failure = fmt::format("{}: nothing goes on any more that could bring it about", goal->until->text);
    news_ = true;
  }
}

}  // namespace jobset_twin::scenarios
