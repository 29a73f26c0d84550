#include "sim/workload/models/pipeline.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/kernel/variates.hpp"

namespace jobset_twin::workload {

void Pipeline::attach(const PipelineSpec& spec) {
  spec_ = spec;
  busy_.clear();
  for (const Stage& stage : stages_) {
    for (const auto& [who, worker] : stage.workers) busy_.add(who, worker.until);
  }
}

Duration Pipeline::workOf(std::size_t stage, std::int64_t item) const {
  const StageSpec& spec = spec_.stages[stage];
  kernel::Stream stream = stream_;
  stream.counter = (static_cast<std::uint64_t>(item) * spec_.stages.size() + stage) << 16;
  Duration time = draw(spec.item, stream);
  if (spec.bandwidth > 0)
    time = sumOf(time, kernel::saturatingDuration(std::ceil(static_cast<double>(spec.bytes) / spec.bandwidth * 1e9)));
  return time;
}

void Pipeline::account(TimePoint now) {
  if (since_) {
    const Duration passed = now - *since_;
    for (Stage& stage : stages_) {
      const std::size_t none = stage.free.size(), blocked = stage.blocked.size();
      stage.busy = sumOf(stage.busy, timesMany(passed, stage.workers.size() - none - blocked));
      stage.without_room = sumOf(stage.without_room, timesMany(passed, blocked));
      stage.idle = sumOf(stage.idle, timesMany(passed, none));
    }
  }
  since_ = now;
}

bool Pipeline::hasRoom(std::size_t stage) const {
  const std::int64_t buffer = spec_.stages[stage].buffer;
  return stage + 1 == stages_.size() || buffer == 0 ||
         static_cast<std::int64_t>(stages_[stage + 1].waiting.size()) < buffer;
}

std::optional<std::int64_t> Pipeline::nextItem(std::size_t stage) {
  std::deque<std::int64_t>& waiting = stages_[stage].waiting;
  if (!waiting.empty()) {
    const std::int64_t item = waiting.front();
    waiting.pop_front();
    return item;
  }
  if (stage == 0 && fresh_ < spec_.items) return fresh_++;
  return std::nullopt;
}

void Pipeline::begin(TimePoint now, std::size_t at) {
  Stage& stage = stages_[at];
  while (!stage.free.empty()) {
    const std::optional<std::int64_t> item = nextItem(at);
    if (!item) return;
    const Member who = stage.free.extract(stage.free.begin()).value();
    Worker& worker = stage.workers.at(who);
    worker.item = *item;
    worker.begun = now;
    busy_.start(now, who, worker.until, workOf(at, *item), worker.speed);
  }
}

// From the last stage to the first, as room is made from behind.
void Pipeline::settle(TimePoint now, GroupStep& out) {
  for (std::size_t at = stages_.size(); at-- > 0;) {
    Stage& stage = stages_[at];
    begin(now, at);
    while (!stage.blocked.empty() && hasRoom(at)) {
      const Member who = stage.blocked.extract(stage.blocked.begin()).value();
      Worker& worker = stage.workers.at(who);
      if (at + 1 < stages_.size()) {
        stages_[at + 1].waiting.push_back(worker.item);
        begin(now, at + 1);
      }
      worker.item = -1;
      ++stage.through;
      stage.free.insert(who);
      begin(now, at);
    }
    if (stage.through < spec_.items || stage.workers.empty()) continue;
    out.say(stage.workers.begin()->first, fmt::format("all {} items have gone through", spec_.items));
    for (const auto& [who, worker] : stage.workers) out.end(who, 0);
    stage.workers.clear();
    stage.free.clear();
  }
}

GroupStep Pipeline::join(TimePoint now, Member who, MemberState state) {
  GroupStep out;
  Stage& stage = stages_.at(static_cast<std::size_t>(who.role));
  if (stage.through >= spec_.items) {
    out.end(who, 0);
    return out;
  }
  account(now);
  stage.workers[who].speed = state.speed;
  stage.free.insert(who);
  settle(now, out);
  return out;
}

GroupStep Pipeline::leave(TimePoint now, Member who) {
  GroupStep out;
  Stage& stage = stages_.at(static_cast<std::size_t>(who.role));
  const auto found = stage.workers.find(who);
  if (found == stage.workers.end()) return out;
  account(now);
  Worker& worker = found->second;
  if (worker.item >= 0) {  // first in line again
    lost_ += worker.until ? now - worker.begun : worker.took;
    stage.waiting.push_front(worker.item);
    ++repeated_;
  }
  busy_.stop(who, worker.until);
  stage.free.erase(who);
  stage.blocked.erase(who);
  stage.workers.erase(found);
  settle(now, out);
  return out;
}

GroupStep Pipeline::setSpeed(TimePoint now, Member who, double speed) {
  Stage& stage = stages_.at(static_cast<std::size_t>(who.role));
  const auto found = stage.workers.find(who);
  if (found == stage.workers.end() || found->second.speed == speed) return {};
  Worker& worker = found->second;
  busy_.changeSpeed(now, who, worker.until, worker.speed, speed);
  worker.speed = speed;
  return {};
}

std::optional<TimePoint> Pipeline::wake() const { return busy_.next(); }

GroupStep Pipeline::tick(TimePoint now) {
  GroupStep out;
  account(now);
  while (const std::optional<Member> who = busy_.doneBy(now)) {
    Stage& stage = stages_[static_cast<std::size_t>(who->role)];
    Worker& worker = stage.workers.at(*who);
    busy_.stop(*who, worker.until);
    worker.took = now - worker.begun;
    stage.blocked.insert(*who);  // until it is moved on, at once where there is room
  }
  settle(now, out);
  return out;
}

GroupFigures Pipeline::figures(TimePoint now) const {
  Pipeline copy = *this;
  copy.account(now);
  GroupFigures out;
  out.model = "pipeline";
  out.unit = "items";
  out.done = stages_.back().through;
  out.wanted = spec_.items;
  out.repeated = repeated_;
  out.times.lost = lost_;
  for (std::size_t i = 0; i < copy.stages_.size(); ++i) {
    const Stage& stage = copy.stages_[i];
    out.times.useful += stage.busy;
    out.times.waiting += stage.without_room + stage.idle;
    const auto all = static_cast<double>((stage.busy + stage.without_room + stage.idle).count()) / 100;
    if (all <= 0) continue;
    const auto share = [&](Duration part) { return static_cast<double>(part.count()) / all; };
    const std::string& name = spec_.stages[i].name;
    out.more.emplace_back("stage " + (name.empty() ? std::to_string(i) : name),
                          fmt::format("{} items through; busy {:.1f} %, blocked {:.1f} %, idle {:.1f} %", stage.through,
                                      share(stage.busy), share(stage.without_room), share(stage.idle)));
  }
  out.times.useful -= lost_;
  return out;
}

}  // namespace jobset_twin::workload
