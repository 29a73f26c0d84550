#include "scenarios/serve/controls.hpp"

#include <vector>

#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"
#include "scenarios/serve/fault_object.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/webhook_view.hpp"
#include "sim/apiserver/write.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::scenarios {
namespace {

using nlohmann::json;

const std::string kClockKey = "Clock.jobset-twin.dev/clock";

apiserver::ServerConfig configOf(std::uint64_t seed) {
  apiserver::ServerConfig config;
  config.seed = seed ^ 0x7477696eU;  // UIDs are not those of objects of the cluster
  return config;
}

const json* contentAt(const api::Object& object, const char* field) {
  const json& content = api::as<api::Generic>(object).content.get();
  const auto found = content.find(field);
  return found == content.end() ? nullptr : &*found;
}

bool sameAt(const api::Object& a, const api::Object& b, const char* field) {
  const json *one = contentAt(a, field), *other = contentAt(b, field);
  return one && other ? *one == *other : one == other;
}

api::Response invalid(const api::Object& object, const api::Errors& errors) {
  return apiserver::invalidError(std::string(api::kindNameOf(object)) + "." + kTwinGroup, object.meta.name, errors);
}

}  // namespace

Controls::Controls(std::uint64_t seed, TimePoint now, const ClockState& clock, SetClock set_clock)
    : server_(configOf(seed)), clock_(clock), set_clock_(std::move(set_clock)) {
  server_.execute(api::createRequest(withClockStatus(*clockObject(clock), clock, now)), now,
                  apiserver::EmptyWebhookView());
  server_.takeWrites();
}

// A name by how many Faults there have been: the store's revision also counts what the clock did, and reads of it,
// which no record has.
api::Request Controls::named(api::Request request) const {
  if (request.verb != api::Verb::kCreate || !request.object->meta.name.empty() ||
      request.object->meta.generateName.empty())
    return request;
  kernel::Stream letters = kernel::stream(server_.config().seed, "fault/" + std::to_string(made_));
  const api::MutableObjectPtr object = api::edit(request.object);
  do {
    object->meta.name = apiserver::nameFrom(request.object->meta.generateName, letters);
  } while (store().find(api::keyOf(*object)));
  request.key = api::keyOf(*object);
  request.object = object;
  return request;
}

api::Response Controls::execute(const api::Request& given, Run& run) {
  const api::Request request = named(given);
  // On a copy: what is stored may turn out to mean nothing.
  apiserver::Server attempt = server_;
  const api::ObjectPtr before = request.verb == api::Verb::kCreate ? nullptr : store().find(request.key);
  const TimePoint now = run.world().kernel().now();
  api::Response response = attempt.execute(request, now, apiserver::EmptyWebhookView());
  attempt.takeWrites();
  if (!response.ok() || attempt.store().revision() == store().revision() || !response.object) return response;
  const api::ObjectPtr after = attempt.store().find(api::keyOf(*response.object));
  if (api::Response refused = take(before, after, run); !refused.ok()) return refused;
  server_ = std::move(attempt);
  if (!before) ++made_;
  if (after) {
    show(run, true);
    response.object = store().find(api::keyOf(*after));
  }
  trim(now);
  return response;
}

api::Response Controls::take(const api::ObjectPtr& before, const api::ObjectPtr& after, Run& run) {
  const api::Object& object = after ? *after : *before;
  const bool is_clock = api::kindNameOf(object) == "Clock";
  if (!after) {
    if (is_clock) return apiserver::methodNotAllowed(apiserver::namesOf(api::keyOf(object)), "delete");
    if (const auto number = faults_.find(object.meta.uid); number != faults_.end()) {
      run.withdrawFault(number->second);
      faults_.erase(number);
    }
    return {};
  }
  return is_clock ? takeClock(*after) : takeFault(before, *after, run);
}

api::Response Controls::takeClock(const api::Object& after) {
  if (after.meta.name != kClockName)
    return invalid(after, {api::invalidValue("metadata.name", api::quoted(after.meta.name),
                                             "there is one clock, and its name is clock")});
  const api::Result<ClockState> wanted = clockFrom(after, clock_);
  if (!wanted) return invalid(after, wanted.errors());
  if (*wanted == clock_) return {};
  clock_ = *wanted;
  if (set_clock_) set_clock_(clock_);
  return {};
}

api::Response Controls::takeFault(const api::ObjectPtr& before, const api::Object& after, Run& run) {
  if (before) {
    if (sameAt(*before, after, "spec")) return {};
    return invalid(after,
                   {api::invalidValue("spec", contentAt(after, "spec") ? contentAt(after, "spec")->dump() : "null",
                                      "field is immutable")});
  }
  for (const faults::Fault& planned : run.plan().faults) {
    if (planned.name == after.meta.name)
      return invalid(after, {api::invalidValue("metadata.name", api::quoted(after.meta.name),
                                               "the scenario has a fault of that name")});
  }
  const api::Result<faults::Fault> fault = faultFrom(after, run.injector().faults());
  if (!fault) return invalid(after, fault.errors());
  faults_[after.meta.uid] = run.addFault(*fault);
  return {};
}

void Controls::show(const Run& run, bool force) {
  const TimePoint now = run.world().kernel().now();
  if (const api::ObjectPtr clock = store().find({api::Kind::kGeneric, "", kClockKey})) {
    const api::ObjectPtr shown = withClockStatus(*clock, clock_, now);
    const json *is = contentAt(*shown, "status"), *was = contentAt(*clock, "status");
    const auto differs = [&](const char* field) { return was->value(field, json()) != is->value(field, json()); };
    if (!was || !was->is_object() || differs("speed") || differs("paused") || (force && differs("now")))
      store(shown, now);
  }
  if (!force && shown_moments_ == run.faultMoments()) return;
  shown_moments_ = run.faultMoments();
  std::vector<api::ObjectPtr> changed;
  for (const auto& [key, object] : store().all(api::Kind::kGeneric)) {
    const auto number = faults_.find(object->meta.uid);
    if (number == faults_.end()) continue;
    api::ObjectPtr shown = withContent(*object, "status", faultStatus(run.injector(), number->second));
    if (!sameAt(*shown, *object, "status")) changed.push_back(std::move(shown));
  }
  for (const api::ObjectPtr& object : changed) store(object, now);
}

void Controls::store(const api::ObjectPtr& object, TimePoint now) {
  server_.execute(api::updateRequest(object), now, apiserver::EmptyWebhookView());
  server_.takeWrites();
  trim(now);
}

void Controls::trim(TimePoint now) {
  const apiserver::WindowLimits window;
  server_.store().trim(api::Kind::kGeneric, server_.store().changes(api::Kind::kGeneric), window, now - window.age);
}

}  // namespace jobset_twin::scenarios
