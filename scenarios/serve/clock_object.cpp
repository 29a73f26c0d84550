#include "scenarios/serve/clock_object.hpp"

#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"
#include "scenarios/serve/pace.hpp"

namespace jobset_twin::scenarios {

using nlohmann::json;

api::ObjectPtr clockObject(const ClockState& state) {
  api::Generic content;
  content.apiVersion = kTwinVersion;
  content.kind = "Clock";
  content.content.set(json{{"spec", {{"speed", speedText(state.speed)}, {"paused", state.paused}}}});
  const api::MutableObjectPtr object = api::makeObject(std::move(content));
  object->meta.name = kClockName;
  return object;
}

api::Result<ClockState> clockFrom(const api::Object& clock, const ClockState& now) {
  ClockState out = now;
  api::Errors errors;
  const json& content = api::as<api::Generic>(clock).content.get();
  const json spec = content.is_object() ? content.value("spec", json::object()) : json::object();
  if (!spec.is_object()) return api::invalidValue("spec", spec.dump(), "must be an object");
  for (const auto& [name, value] : spec.items()) {
    const std::string field = "spec." + name;
    if (name == "speed") {
      const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
      if (const std::optional<double> speed = speedFrom(text)) {
        out.speed = *speed;
      } else {
        errors.push_back(
            api::invalidValue(field, value.dump(), "must be \"max\" or a number above 0, at most 1000000"));
      }
    } else if (name == "paused") {
      if (value.is_boolean()) {
        out.paused = value.get<bool>();
      } else {
        errors.push_back(api::invalidValue(field, value.dump(), "must be true or false"));
      }
    } else {
      errors.push_back(api::forbiddenField(field, "a clock has speed and paused"));
    }
  }
  if (!errors.empty()) return errors;
  return out;
}

api::ObjectPtr withContent(const api::Object& object, const char* field, const json& value) {
  const api::MutableObjectPtr out = api::edit(object);
  api::Raw& raw = api::as<api::Generic>(*out).content;
  json content = raw.get();
  content[field] = value;
  raw.set(std::move(content));
  return out;
}

api::ObjectPtr withClockStatus(const api::Object& clock, const ClockState& state, api::TimePoint now) {
  return withContent(clock, "status",
                     {{"now", api::formatMicroTime(now)}, {"speed", speedText(state.speed)}, {"paused", state.paused}});
}

}  // namespace jobset_twin::scenarios
