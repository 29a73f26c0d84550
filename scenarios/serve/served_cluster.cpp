#include "scenarios/serve/served_cluster.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/api/key_text.hpp"
#include "engine/api/kinds.hpp"
#include "scenarios/serve/audit.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/object_documents.hpp"
#include "sim/apiserver/http/served_kinds.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::scenarios {
namespace {

using apiserver::http::ApiPath;
using apiserver::http::CallResult;
using apiserver::http::HttpAnswer;
using apiserver::http::HttpRequest;
using apiserver::http::User;
using apiserver::http::WatchAnswer;
using WallClock = std::chrono::steady_clock;

constexpr auto kLongest = std::chrono::milliseconds(50);  // then the flag to stop is looked at again
constexpr auto kSlice = std::chrono::milliseconds(20);    // at full speed: then the sockets are looked at again

const api::KindInfo& clockKind() { return *api::findKind(kTwinVersion, "Clock"); }

bool isGoal(const ApiPath& path) {
  return isControl(path) && path.resource == "clocks" && (path.subresource == "step" || path.subresource == "until");
}

// What a WatchAnswer of ours holds while it is served: one of both.
struct Held {
  std::shared_ptr<Goal> goal;
  std::shared_ptr<void> counted;
};

}  // namespace

ServedCluster::ServedCluster(RunPlan plan, Scenario scenario, const ServeOptions& options)
    : options_(options),
      served_(std::move(plan), options.identity, options.credentials, options.clock,
              [this](const ClockState& clock) { setClock(clock); }),
      pace_(served_.now(), WallClock::now(), options.clock.speed),
      quiet_(options.idle),
      face_(
          options.face, [this](const HttpRequest& request) { return answer(request); },
          [this](WatchAnswer& watch, bool& over) { return watchLines(watch, over); }) {
  if (options.clock.paused) pace_.pause(WallClock::now());
  served_.callWebhooks();
  if (options.warns) served_.tellDoubts(std::move(scenario));
}

void ServedCluster::setClock(const ClockState& clock) {
  const WallTime wall = WallClock::now();
  pace_.jump(served_.now(), wall);
  pace_.setSpeed(clock.speed, wall);
  if (clock.paused && !pace_.paused()) pace_.pause(wall);
  if (!clock.paused && pace_.paused()) pace_.resume(wall);
}

void ServedCluster::goOn() {
  // Up to a goal and no further: whoever waits for it finds the cluster as it is then.
  TimePoint to = pace_.at(WallClock::now());
  while (const std::optional<TimePoint> goal = goals_.nextTime()) {
    if (*goal > to) break;
    served_.advance(*goal);
    goals_.look(served_.run());
  }
  served_.advance(to);
  goals_.look(served_.run());
  tell();
}

void ServedCluster::tell() {
  const std::int64_t revision = served_.revision();
  if (revision == told_ && !goals_.takeNews()) return;
  told_ = revision;
  face_.notify();
}

bool ServedCluster::runsFree() const {
  const bool wanted = goals_.any();
  if (pace_.byTheClock() || (pace_.paused() && !wanted)) return false;
  // What is settled waits for somebody to come; but who has asked for a time gets it.
  return wanted || !served_.run().settled();
}

void ServedCluster::runFree(WallTime from) {
  while (runsFree() && WallClock::now() < from + kSlice) {
    const std::optional<TimePoint> next = served_.run().world().nextTime();
    const std::optional<TimePoint> goal = goals_.nextTime();
    if (!goals_.wantsTime() && goal && served_.run().settled()) {
      // Somebody outside may be at work still, but nobody waits for him longer than this.
      constexpr int kTurnsOfPatience = 10;
      if (WallClock::now() < quiet_.from() + kTurnsOfPatience * options_.idle) return;
      goals_.giveUp();
      break;
    }
    const TimePoint to = goal && (!next || *goal < *next) ? *goal : next.value_or(served_.now());
    served_.advance(to);
    pace_.jump(to, WallClock::now());
    goals_.look(served_.run());
    if (face_.watches() == 0 || served_.revision() == told_) continue;
    tell();
    face_.serve(std::chrono::nanoseconds::zero());
    if (!quiet_.at(WallClock::now()) || face_.busy() > 0) return;  // somebody was told something
  }
  tell();
}

ServedCluster::WallTime::duration ServedCluster::pauseAt(WallTime wall) const {
  WallTime until = wall + kLongest;
  if (runsFree()) {
    const bool gives_up = served_.run().settled() && !goals_.wantsTime();
    if (!gives_up) until = quiet_.from();
  } else if (const std::optional<TimePoint> next = served_.run().world().nextTime()) {
    std::optional<WallTime> due = pace_.wallOf(*next);
    if (due) until = *due;
  }
  if (const std::optional<TimePoint> goal = goals_.nextTime()) {
    if (const std::optional<WallTime> due = pace_.wallOf(*goal)) until = std::min(until, *due);
  }
  return std::clamp<WallTime::duration>(until - wall, WallTime::duration::zero(), kLongest);
}

void ServedCluster::serve(const volatile std::sig_atomic_t* stop) {
  while (*stop == 0) {
    goOn();
    const WallTime wall = WallClock::now();
    if (face_.busy() > 0) quiet_.disturb(wall);
    if (runsFree() && quiet_.at(wall)) runFree(wall);
    face_.serve(pauseAt(WallClock::now()));
  }
}

HttpAnswer ServedCluster::answer(const HttpRequest& request) {
  quiet_.disturb(WallClock::now());
  goOn();
  const std::optional<ApiPath> parsed = apiserver::http::parseTarget(request.target);
  const ApiPath path = parsed.value_or(ApiPath());
  HttpAnswer out = answerOf(request, path);
  if (!out.awaited) return concluded(request, path, std::move(out));
  return awaiting(std::make_shared<const HttpRequest>(request), path, std::move(out));
}

HttpAnswer ServedCluster::awaiting(const std::shared_ptr<const HttpRequest>& request, const ApiPath& path,
                                   HttpAnswer out) {
  out.awaited->then = [this, request, path, then = std::move(out.awaited->then)](const CallResult& result) {
    quiet_.disturb(WallClock::now());
    goOn();
    HttpAnswer next = then(result);
    return next.awaited ? awaiting(request, path, std::move(next)) : concluded(*request, path, std::move(next));
  };
  return out;
}

HttpAnswer ServedCluster::concluded(const HttpRequest& request, const ApiPath& path, HttpAnswer out) {
  const TimePoint at = served_.now();
  counts_.count(request, path, out.code);
  // Who acts is kept, not who is behind it: played again it is nobody else.
  const std::optional<User> user = apiserver::http::actingUser(request, served_.credentials());
  // What a webhook has refused was not executed, and played without it would be.
  if (options_.recorder && user && Recorder::keeps(request, path) && !out.refused_by_webhook)
    options_.recorder->request(at, request, *user, out.code, out.admitted);
  if (options_.audit) {
    *options_.audit << auditLine({request, path,
                                  apiserver::http::authenticated(request, served_.credentials()).value_or(User()),
                                  user.value_or(User()), out.code, at, ++audited_, out.watch.has_value()})
                    << std::flush;
  }
  if (out.watch && !out.watch->held) out.watch->held = std::make_shared<Held>(Held{nullptr, counts_.watching(path)});
  goOn();  // those who watch hear of it
  return out;
}

HttpAnswer ServedCluster::answerOf(const HttpRequest& request, const ApiPath& path) {
  const bool metrics = path.path == "/metrics" && request.method == "GET";
  if (!metrics && !isGoal(path)) return served_.answer(request);
  if (!apiserver::http::authenticated(request, served_.credentials()))
    return apiserver::http::refusal(401, "Unauthorized", "Unauthorized");
  if (isGoal(path)) return goalAnswer(request, path);
  HttpAnswer out;
  out.content_type = "text/plain; version=0.0.4; charset=utf-8";
  out.body = metricsText(served_, counts_, served_.controls().clock());
  return out;
}

// It is answered as a watch is, with one line, when the goal is reached.
HttpAnswer ServedCluster::goalAnswer(const HttpRequest& request, const ApiPath& path) {
  using apiserver::http::refusal;
  if (path.name != kClockName) return refusal(404, "NotFound", "there is one clock, and its name is clock");
  if (request.method != "POST")
    return refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  const bool step = path.subresource == "step";
  const api::Result<Goal> goal = step ? stepFrom(request.body, served_.now()) : untilFrom(request.body, served_.now());
  if (!goal) return refusal(apiserver::badRequest(goal.errors().front().text));
  HttpAnswer out;
  WatchAnswer answer;
  answer.as = &clockKind();
  answer.timeout = std::chrono::hours(24);
  answer.held = std::make_shared<Held>(Held{goals_.add(*goal), nullptr});
  out.watch = std::move(answer);
  return out;
}

std::string ServedCluster::watchLines(WatchAnswer& watch, bool& over) {
  const auto& held = *static_cast<const Held*>(watch.held.get());
  std::string out = held.goal ? goalLines(*held.goal, over) : served_.watchLines(watch, over);
  if (!out.empty()) quiet_.disturb(WallClock::now());
  return out;
}

std::string ServedCluster::goalLines(const Goal& goal, bool& over) {
  over = goal.over();
  if (!over) return {};
  if (!goal.failure.empty()) {
    api::Response failure;
    failure.reason = api::Reason::kTimeout;
    failure.message = goal.failure;
    return apiserver::http::statusDocument(failure).dump() + "\n";
  }
  served_.controls().show(served_.run(), true);
  const api::ObjectPtr clock = served_.controls().store().find(apiserver::http::keyFor(clockKind(), "", kClockName));
  return apiserver::http::objectDocument(clock, clockKind()).dump() + "\n";
}

}  // namespace jobset_twin::scenarios
