#include "scenarios/serve/served_cluster.hpp"

#include <algorithm>

#include "sim/apiserver/http/object_documents.hpp"

namespace jobset_twin::scenarios {
namespace {

using apiserver::http::HttpAnswer;
using apiserver::http::HttpRequest;
using apiserver::http::WatchAnswer;
using WallClock = std::chrono::steady_clock;

RunHooks endless(LogBook& logs) {
  RunHooks hooks;
  hooks.endless = true;
  hooks.observers.push_back(&logs);
  return hooks;
}

}  // namespace

ServedCluster::ServedCluster(RunPlan plan, const ServeOptions& options)
    : run_(std::move(plan), endless(logs_)),
      pace_(run_.world().kernel().now(), WallClock::now(), options.speed),
      face_(
          options.face, [this](const HttpRequest& request) { return answer(request); },
          [this](WatchAnswer& watch, bool& over) { return watchLines(watch, over); }) {
  if (options.paused) pace_.pause(WallClock::now());
  backend_.store = &run_.world().server().store();
  backend_.kinds = &kinds_;
  backend_.logs = [this](const std::string& namespace_, const std::string& pod, const std::string& container,
                         std::uint64_t from) { return logs_.lines(namespace_, pod, container, from); };
  backend_.execute = [this](const api::Request& request) { return run_.world().executeNow(request); };
  backend_.now = [this] { return run_.world().kernel().now(); };
  backend_.identity = options.identity;
  backend_.credentials = options.credentials;
}

void ServedCluster::goOn() {
  run_.advance(std::max(pace_.at(WallClock::now()), run_.world().kernel().now()));
  const std::int64_t revision = run_.world().server().store().revision();
  if (revision == told_ && logs_.printed() == told_lines_) return;
  told_ = revision;
  told_lines_ = logs_.printed();
  face_.notify();
}

void ServedCluster::serve(const volatile std::sig_atomic_t* stop) {
  constexpr auto kLongest = std::chrono::milliseconds(50);  // then the flag is looked at again
  while (*stop == 0) {
    goOn();
    WallClock::duration wait = kLongest;
    if (const std::optional<TimePoint> next = run_.world().nextTime()) {
      if (const auto due = pace_.wallOf(*next))
        wait = std::clamp<WallClock::duration>(*due - WallClock::now(), WallClock::duration::zero(), kLongest);
    }
    face_.serve(wait);
  }
}

HttpAnswer ServedCluster::answer(const HttpRequest& request) {
  goOn();
  HttpAnswer out = apiserver::http::handle(request, backend_);
  goOn();  // those who watch hear of it
  return out;
}

std::string ServedCluster::watchLines(WatchAnswer& watch, bool& over) {
  constexpr std::size_t kAtOnce = 500;
  const bool first = watch.watch.initial;
  std::string out;
  for (const apiserver::StreamEvent& event :
       apiserver::nextEvents(*backend_.store, watch.watch, backend_.now(), kAtOnce))
    out += apiserver::http::eventLine(event, watch, backend_.now(), texts_);
  if (first && watch.marks_initial) out += apiserver::http::initialEventsEnd(watch);
  over = watch.watch.over;
  return out;
}

}  // namespace jobset_twin::scenarios
