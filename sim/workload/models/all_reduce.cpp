#include "sim/workload/models/all_reduce.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/kernel/variates.hpp"

namespace jobset_twin::workload {
namespace {

// Wakes are this far apart at most where there are no checkpoints.
constexpr std::int64_t kSegmentMost = 10'000;
// A step has its own 2^32 numbers of the stream: each speed that its ranks have, of 64 at most, 2^26 of them, as the
// slowest by a gamma law takes some for each rank.
constexpr std::uint64_t kSpeedsMost = 64;
constexpr int kStepBits = 32, kSpeedBits = 26;

template <class Part>
bool allAlike(const std::vector<MemberPlace>& members, Part part) {
  return std::all_of(members.begin(), members.end(), [&](const MemberPlace& place) {
    return !part(place).empty() && part(place) == part(members.front());
  });
}

double bandwidthOf(const Communication& c, const std::vector<MemberPlace>& members) {
  const double widths[] = {c.host, c.rack, c.block, c.zone, c.cluster};
  std::size_t level = 4;
  if (allAlike(members, [](const MemberPlace& p) -> const std::string& { return p.zone; })) level = 3;
  if (allAlike(members, [](const MemberPlace& p) -> const std::string& { return p.block; })) level = 2;
  if (allAlike(members, [](const MemberPlace& p) -> const std::string& { return p.rack; })) level = 1;
  if (allAlike(members, [](const MemberPlace& p) -> const std::string& { return p.host; })) level = 0;
  for (std::size_t at = level; at < 5; ++at) {
    if (widths[at] > 0) return widths[at];
  }
  // Nothing is said of ways that wide: as fast as the widest that is known.
  for (std::size_t at = level; at-- > 0;) {
    if (widths[at] > 0) return widths[at];
  }
  return 0;
}

}  // namespace

Duration exchangeTime(const Communication& communication, const std::vector<MemberPlace>& members) {
  if (members.size() < 2 || communication.bytes == 0) return {};
  const double bandwidth = bandwidthOf(communication, members);
  if (bandwidth <= 0) return {};
  const auto n = static_cast<double>(members.size());
  const double bytes = 2 * (n - 1) / n * static_cast<double>(communication.bytes);
  return kernel::saturatingDuration(std::ceil(bytes / bandwidth * 1e9));
}

AllReduce::Pace AllReduce::pace() const {
  Pace out;
  std::vector<MemberPlace> places;
  for (const auto& [who, rank] : members_) {
    ++out.speeds[rank.state.speed];
    places.push_back(rank.state.place);
  }
  out.exchange = exchangeTime(spec_.communication, places);
  return out;
}

// The slowest rank and the exchange; the same whenever it is asked for.
Duration AllReduce::stepTime(const Pace& pace, std::int64_t number) const {
  Duration slowest{};
  std::uint64_t at = 0;
  for (const auto& [speed, count] : pace.speeds) {
    kernel::Stream stream = stream_;
    stream.counter = static_cast<std::uint64_t>(number) << kStepBits | std::min(at++, kSpeedsMost - 1) << kSpeedBits;
    slowest = std::max(slowest, timeAtSpeed(slowestOf(spec_.step, count, stream), speed));
  }
  return sumOf(slowest, pace.exchange);
}

// The time since the last account, to what it went to. Steps are accounted when they are complete.
void AllReduce::account(TimePoint now) {
  if (since_) {
    const Duration passed = now - *since_;
    switch (state_) {
      case State::kGathering:
      case State::kBroken: times_.waiting += passed; break;
      case State::kRestoring: times_.restoring += passed; break;
      case State::kSaving: times_.saving += passed; break;
      case State::kStepping: unsaved_ += passed; break;
      case State::kDone: break;
    }
  }
  since_ = now;
}

GroupStep AllReduce::join(TimePoint now, Member who, MemberState state) {
  GroupStep out;
  if (state_ == State::kDone) {
    out.end(who, 0);
    return out;
  }
  account(now);
  members_[who] = {std::move(state), false, now};
  if (state_ == State::kGathering && !wake_) gather();
  beginIfComplete(now, out);
  return out;
}

void AllReduce::beginIfComplete(TimePoint now, GroupStep& out) {
  if (underWay() || members_.empty() || static_cast<std::int32_t>(members_.size()) != ranks_) return;
  if (std::any_of(members_.begin(), members_.end(), [](const auto& entry) { return entry.second.stale; })) return;
  const Member first = members_.begin()->first;
  lost_one_ = false;
  if (saved_ > 0) {
    state_ = State::kRestoring;
    wake_ = kernel::saturatingAdd(now, spec_.restore);
    out.say(first, fmt::format("all {} ranks are there: restoring the checkpoint of step {}", ranks_, saved_));
  } else {
    out.say(first, fmt::format("all {} ranks are there: beginning with step 0", ranks_));
    beginSegment(now);
  }
}

void AllReduce::beginSegment(TimePoint now) {
  const Pace at_this = pace();
  state_ = State::kStepping;
  begun_ = now;
  segment_ = std::min(spec_.steps - steps_, kSegmentMost);
  if (spec_.checkpoint_every > 0)
    segment_ = std::min(segment_, spec_.checkpoint_every - steps_ % spec_.checkpoint_every);
  TimePoint end = now;
  for (std::int64_t i = 0; i < segment_ && end < TimePoint::max(); ++i) {
    const Duration whole = stepTime(at_this, executed_ + i);
    end = kernel::saturatingAdd(end, i == 0 && carry_ > 0 ? timeAtSpeed(whole, 1 / (1 - carry_)) : whole);
  }
  wake_ = end;
}

// Up to now: whole steps are done, of the next one a share.
void AllReduce::cutSegment(TimePoint now) {
  const Pace at_this = pace();
  TimePoint at = *begun_;
  while (segment_ > 0) {
    const Duration whole = stepTime(at_this, executed_);
    const double before = carry_;
    const Duration left = before > 0 ? timeAtSpeed(whole, 1 / (1 - before)) : whole;
    if (left > now - at) {
      carry_ = before + (1 - before) * (static_cast<double>((now - at).count()) / static_cast<double>(left.count()));
      break;
    }
    at += left;
    carry_ = 0;
    --segment_;
    ++steps_;
    ++executed_;
  }
}

void AllReduce::lose(TimePoint now) {
  if (state_ == State::kStepping) cutSegment(now);
  account(now);
  if (carry_ > 0) ++executed_;  // its draws are used up
  carry_ = 0;
  repeated_ += steps_ - saved_;
  steps_ = saved_;
  times_.lost += unsaved_;
  unsaved_ = {};
  wake_.reset();
  for (auto& [who, rank] : members_) rank.since = now;
}

// Who has waited for `timeout` for a lost rank's return gives up too: as where ranks meet, with a watchdog.
void AllReduce::gather() {
  state_ = State::kGathering;
  wake_.reset();
  if (!lost_one_ || spec_.on_loss != PeerLoss::kExit) return;
  const auto first = std::min_element(members_.begin(), members_.end(),
                                      [](const auto& a, const auto& b) { return a.second.since < b.second.since; });
  if (first != members_.end() && first->second.since != TimePoint::max())
    wake_ = kernel::saturatingAdd(first->second.since, spec_.timeout);
}

GroupStep AllReduce::leave(TimePoint now, Member who) {
  GroupStep out;
  const auto found = members_.find(who);
  if (found == members_.end() || state_ == State::kDone) return out;
  const bool was_under_way = underWay();
  if (was_under_way) {
    lose(now);
  } else {
    account(now);
  }
  members_.erase(found);
  if (was_under_way) lost_one_ = true;
  if (was_under_way && !members_.empty()) {
    state_ = spec_.on_loss == PeerLoss::kRejoin ? State::kGathering : State::kBroken;
    if (state_ == State::kBroken) {
      for (auto& [other, rank] : members_) rank.stale = true;
      if (spec_.on_loss == PeerLoss::kExit) wake_ = kernel::saturatingAdd(now, spec_.timeout);
    }
    out.say(members_.begin()->first,
            fmt::format("rank {} does not answer: back to step {}, {}", who.text(), saved_,
                        state_ == State::kBroken ? "waiting for it in vain" : "waiting for it"));
  }
  if (std::none_of(members_.begin(), members_.end(), [](const auto& entry) { return entry.second.stale; })) {
    if (state_ == State::kBroken) {  // only now can those that are new meet
      for (auto& [other, rank] : members_) rank.since = now;
    }
    gather();
    beginIfComplete(now, out);
  }
  return out;
}

// An elastic JobSet has changed its numbers: all meet again, as many as there are to be now, at the last checkpoint.
GroupStep AllReduce::resize(TimePoint now, const std::vector<std::int32_t>& sizes) {
  GroupStep out;
  if (state_ == State::kDone || sizes[0] == ranks_) return out;
  ranks_ = sizes[0];
  if (underWay()) {
    lose(now);
    state_ = State::kGathering;
    out.say(members_.begin()->first, fmt::format("there are to be {} ranks: back to step {}", ranks_, saved_));
  }
  beginIfComplete(now, out);
  return out;
}

GroupStep AllReduce::setSpeed(TimePoint now, Member who, double speed) {
  const auto found = members_.find(who);
  if (found == members_.end() || found->second.state.speed == speed) return {};
  if (state_ == State::kStepping) {
    cutSegment(now);
    account(now);
  }
  found->second.state.speed = speed;
  if (state_ != State::kStepping) return {};
  if (segment_ > 0) {
    beginSegment(now);
  } else {
    wake_ = now;  // all of its steps are done just now: what follows is the tick's business
  }
  return {};
}

GroupStep AllReduce::tick(TimePoint now) {
  GroupStep out;
  if (!wake_ || now < *wake_) return out;
  wake_.reset();
  account(now);
  const Member first = members_.empty() ? Member{} : members_.begin()->first;
  switch (state_) {
    case State::kRestoring: beginSegment(now); break;
    case State::kStepping:
      steps_ += segment_;
      executed_ += segment_;
      segment_ = 0;
      carry_ = 0;
      if (steps_ >= spec_.steps) {
        state_ = State::kDone;
        times_.useful += unsaved_;
        unsaved_ = {};
        out.say(first, fmt::format("all {} steps are done", spec_.steps));
        for (const auto& [who, rank] : members_) out.end(who, 0);
      } else if (spec_.checkpoint_every > 0 && steps_ % spec_.checkpoint_every == 0) {
        state_ = State::kSaving;
        wake_ = kernel::saturatingAdd(now, spec_.checkpoint_cost);
      } else {
        beginSegment(now);
      }
      break;
    case State::kSaving:
      saved_ = steps_;
      times_.useful += unsaved_;
      unsaved_ = {};
      out.say(first, fmt::format("checkpoint written at step {}", saved_));
      beginSegment(now);
      break;
    case State::kBroken:
      for (const auto& [who, rank] : members_) {
        if (!rank.stale) continue;
        out.say(who, "a rank has not answered for too long: giving up");
        out.end(who, spec_.exit_code);
      }
      break;
    case State::kGathering:
      for (auto& [who, rank] : members_) {
        if (kernel::saturatingAdd(rank.since, spec_.timeout) > now) continue;
        rank.since = TimePoint::max();  // once
        out.say(who, "not all ranks have come back for too long: giving up");
        out.end(who, spec_.exit_code);
      }
      gather();
      break;
    case State::kDone: break;
  }
  return out;
}

GroupFigures AllReduce::figures(TimePoint now) const {
  AllReduce copy = *this;
  if (copy.state_ == State::kStepping) copy.cutSegment(now);
  copy.account(now);
  GroupFigures out;
  out.model = "allReduce";
  out.unit = "steps";
  out.done = copy.steps_;
  out.wanted = spec_.steps;
  out.repeated = repeated_;
  out.times = copy.times_;
  out.times.useful += copy.unsaved_;  // nothing has gone wrong with it yet
  return out;
}

}  // namespace jobset_twin::workload
