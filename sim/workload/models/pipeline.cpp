#include "sim/workload/models/pipeline.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/kernel/variates.hpp"

namespace jobset_twin::workload {

Pipeline::Pipeline(PipelineSpec spec, kernel::Stream stream)
    : spec_(std::move(spec)), stream_(stream), stages_(spec_.stages.size()) {
  for (std::int64_t item = 0; item < spec_.items; ++item) stages_.front().waiting.push_back(item);
}

Duration Pipeline::workOf(std::size_t stage, std::int64_t item) const {
  const StageSpec& spec = spec_.stages[stage];
  kernel::Stream stream = stream_;
  stream.counter = (static_cast<std::uint64_t>(item) * spec_.stages.size() + stage) << 16;
  Duration time = draw(spec.item, stream);
  if (spec.bandwidth > 0)
    time += kernel::saturatingDuration(std::ceil(static_cast<double>(spec.bytes) / spec.bandwidth * 1e9));
  return time;
}

void Pipeline::account(TimePoint now) {
  if (since_ && !done()) {
    const Duration passed = now - *since_;
    bool anybody = false;
    for (Stage& stage : stages_) {
      for (const auto& [who, worker] : stage.workers) {
        anybody = anybody || worker.until;
        (worker.until ? stage.busy_ns : worker.item >= 0 ? stage.blocked_ns : stage.idle_ns) += passed.count();
      }
    }
    (anybody ? times_.useful : times_.waiting) += passed;
  }
  since_ = now;
}

bool Pipeline::hasRoom(std::size_t stage) const {
  const std::int64_t buffer = spec_.stages[stage].buffer;
  return stage + 1 == stages_.size() || buffer == 0 ||
         static_cast<std::int64_t>(stages_[stage + 1].waiting.size()) < buffer;
}

// From the last stage to the first, as room is made from behind. False: nothing could be moved.
bool Pipeline::moveOnce(TimePoint now, GroupStep& out) {
  bool moved = false;
  for (std::size_t at = stages_.size(); at-- > 0;) {
    Stage& stage = stages_[at];
    const auto role = static_cast<std::int32_t>(at);
    for (auto& [who, worker] : stage.workers) {
      if (worker.until && *worker.until <= now) worker.until.reset();
      if (worker.item >= 0 && !worker.until && hasRoom(at)) {
        if (at + 1 < stages_.size()) stages_[at + 1].waiting.push_back(worker.item);
        worker.item = -1;
        ++stage.through;
        moved = true;
      }
      if (worker.item < 0 && !stage.waiting.empty()) {
        worker.item = stage.waiting.front();
        stage.waiting.pop_front();
        worker.until = now + timeAtSpeed(workOf(at, worker.item), worker.speed);
        moved = true;
      }
    }
    if (stage.through < spec_.items || stage.workers.empty()) continue;
    out.say({role, stage.workers.begin()->first.rank}, fmt::format("all {} items have gone through", spec_.items));
    for (const auto& [who, worker] : stage.workers) out.end(who, 0);
    stage.workers.clear();
  }
  return moved;
}

void Pipeline::move(TimePoint now, GroupStep& out) {
  while (moveOnce(now, out)) {
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
  stage.workers[who] = Worker{state.speed, -1, {}};
  move(now, out);
  return out;
}

GroupStep Pipeline::leave(TimePoint now, Member who) {
  GroupStep out;
  Stage& stage = stages_.at(static_cast<std::size_t>(who.role));
  const auto found = stage.workers.find(who);
  if (found == stage.workers.end()) return out;
  account(now);
  if (found->second.item >= 0) {  // first in line again
    stage.waiting.push_front(found->second.item);
    ++repeated_;
  }
  stage.workers.erase(found);
  move(now, out);
  return out;
}

GroupStep Pipeline::setSpeed(TimePoint now, Member who, double speed) {
  Stage& stage = stages_.at(static_cast<std::size_t>(who.role));
  const auto found = stage.workers.find(who);
  if (found == stage.workers.end() || found->second.speed == speed) return {};
  Worker& worker = found->second;
  if (worker.until) worker.until = now + timeAtSpeed(*worker.until - now, speed / worker.speed);
  worker.speed = speed;
  return {};
}

std::optional<TimePoint> Pipeline::wake() const {
  std::optional<TimePoint> next;
  for (const Stage& stage : stages_) {
    for (const auto& [who, worker] : stage.workers) {
      if (worker.until && (!next || *worker.until < *next)) next = worker.until;
    }
  }
  return next;
}

GroupStep Pipeline::tick(TimePoint now) {
  GroupStep out;
  account(now);
  move(now, out);
  return out;
}

bool Pipeline::done() const {
  return std::all_of(stages_.begin(), stages_.end(), [&](const Stage& stage) { return stage.through >= spec_.items; });
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
  out.times = copy.times_;
  for (std::size_t i = 0; i < copy.stages_.size(); ++i) {
    const Stage& stage = copy.stages_[i];
    const double all = static_cast<double>(stage.busy_ns + stage.blocked_ns + stage.idle_ns) / 100;
    if (all <= 0) continue;
    out.more.emplace_back(
        fmt::format("stage {}", i),
        fmt::format("{} items through; busy {:.1f} %, blocked {:.1f} %, idle {:.1f} %", stage.through,
                    static_cast<double>(stage.busy_ns) / all, static_cast<double>(stage.blocked_ns) / all,
                    static_cast<double>(stage.idle_ns) / all));
  }
  return out;
}

}  // namespace jobset_twin::workload
