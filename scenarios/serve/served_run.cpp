#include "scenarios/serve/served_run.hpp"

#include <algorithm>

#include "scenarios/serve/doubts.hpp"
#include "scenarios/serve/system_objects.hpp"
#include "scenarios/serve/twin_kinds.hpp"
#include "sim/apiserver/http/object_documents.hpp"

namespace jobset_twin::scenarios {

using apiserver::http::ApiPath;
using apiserver::http::CallResult;
using apiserver::http::HttpAnswer;
using apiserver::http::HttpRequest;
using apiserver::http::WatchAnswer;

namespace {

RunHooks endless(LogBook& logs) {
  RunHooks hooks;
  hooks.endless = true;
  hooks.observers.push_back(&logs);
  return hooks;
}

}  // namespace

bool isControl(const ApiPath& path) { return path.api && path.group == kTwinGroup; }

ServedRun::ServedRun(RunPlan plan, const apiserver::http::ServerIdentity& identity,
                     const apiserver::http::Credentials& credentials, const ClockState& clock,
                     Controls::SetClock set_clock)
    : run_(std::move(plan), endless(logs_)),
      controls_(run_.world().kernel().seed(), run_.world().kernel().now(), clock, std::move(set_clock)) {
  backend_.store = &run_.world().server().store();
  backend_.kinds = &kinds_;
  backend_.logs = [this](const std::string& namespace_, const std::string& pod, const std::string& container,
                         std::uint64_t from) { return logs_.lines(namespace_, pod, container, from); };
  backend_.execute = [this](const api::Request& request) { return run_.world().executeNow(request); };
  backend_.now = [this] { return now(); };
  backend_.identity = identity;
  backend_.credentials = credentials;
  installDefinitions(run_.world());
  describeTwinKinds(kinds_);
  describeTwinKinds(control_kinds_);
  control_backend_ = backend_;
  control_backend_.kinds = &control_kinds_;
  control_backend_.store = &controls_.store();
  control_backend_.execute = [this](const api::Request& request) { return controls_.execute(request, run_); };
}

void ServedRun::callWebhooks() {
  const apiserver::ServerConfig& config = run_.world().server().config();
  std::vector<std::string> inside;
  if (config.jobset_webhooks) inside.emplace_back("jobset-webhook-service");
  if (config.kueue_webhooks) inside.emplace_back("kueue-webhook-service");
  backend_.webhooks = std::make_shared<apiserver::http::webhooks::Book>(std::move(inside));
}

void ServedRun::tellDoubts(Scenario scenario) {
  const auto known = std::make_shared<const Scenario>(std::move(scenario));
  backend_.doubts = [this, known](const api::ObjectPtr& made) {
    return doubtsAbout(made, *known, run_.plan().world, *backend_.store);
  };
}

void ServedRun::advance(TimePoint to) {
  run_.advance(std::max(to, now()));
  controls_.show(run_, false);
}

HttpAnswer ServedRun::answer(const HttpRequest& request) {
  const std::optional<ApiPath> path = apiserver::http::parseTarget(request.target);
  const bool control = path && isControl(*path);
  if (control) controls_.show(run_, true);
  return settled(apiserver::http::handle(request, control ? control_backend_ : backend_));
}

HttpAnswer ServedRun::settled(HttpAnswer answer) {
  advance(now());
  if (answer.awaited) {
    answer.awaited->then = [this, then = std::move(answer.awaited->then)](const CallResult& result) {
      return settled(then(result));
    };
  }
  return answer;
}

std::string ServedRun::watchLines(WatchAnswer& watch, bool& over) {
  constexpr std::size_t kAtOnce = 500;
  const bool first = watch.watch.initial;
  const bool control = watch.as->api_version == kTwinVersion;
  std::string out;
  for (const apiserver::StreamEvent& event :
       apiserver::nextEvents(control ? controls_.store() : *backend_.store, watch.watch, now(), kAtOnce))
    out += apiserver::http::eventLine(event, watch, now(), texts_);
  if (first && watch.marks_initial) out += apiserver::http::initialEventsEnd(watch);
  over = watch.watch.over;
  return out;
}

std::int64_t ServedRun::revision() const {
  return run_.world().server().store().revision() + controls_.store().revision() +
         static_cast<std::int64_t>(logs_.printed());
}

}  // namespace jobset_twin::scenarios
