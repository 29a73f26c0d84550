#include "sim/workload/models/leader_worker.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace jobset_twin::workload {
namespace {

std::string secondsText(std::int64_t nanoseconds) {
  return fmt::format("{:.3f} s", static_cast<double>(nanoseconds) / 1e9);
}

// The smallest value that at least this share of them do not exceed.
std::int64_t quantileOf(std::vector<std::int64_t> values, double share) {
  std::sort(values.begin(), values.end());
  auto at = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  if (static_cast<double>(at) < share * static_cast<double>(values.size())) ++at;
  return values[std::clamp<std::size_t>(at, 1, values.size()) - 1];
}

}  // namespace

LeaderWorker::LeaderWorker(LeaderWorkerSpec spec, kernel::Stream stream) : spec_(std::move(spec)), stream_(stream) {
  for (std::int64_t shard = 0; shard < spec_.shards; ++shard) left_.insert(left_.end(), shard);
  saved_ = pending_ = left_;
}

Duration LeaderWorker::workOf(std::int64_t shard) const {
  kernel::Stream stream = stream_;
  stream.counter = static_cast<std::uint64_t>(shard) << 16;
  return draw(spec_.shard, stream);
}

std::int64_t LeaderWorker::shardsOut() const {
  std::int64_t out = static_cast<std::int64_t>(results_.size());
  for (const auto& [who, worker] : workers_) out += static_cast<std::int64_t>(worker.shards.size());
  for (const Lost& lost : lost_) out += static_cast<std::int64_t>(lost.shards.size());
  return out;
}

void LeaderWorker::account(TimePoint now) {
  if (since_) {
    const Duration passed = now - *since_;
    if (leader_ && !workers_.empty()) {
      unsaved_ += passed;
    } else if (!done_) {
      times_.waiting += passed;
    }
    if (full_since_) {
      held_back_ += now - *full_since_;
      full_since_ = now;
    }
  }
  since_ = now;
}

GroupStep LeaderWorker::join(TimePoint now, Member who, MemberState state) {
  GroupStep out;
  if (done_) {
    out.end(who, 0);
    return out;
  }
  account(now);
  if (who.role == kLeader) {
    leader_ = who;
    begin(now, out);
  } else {
    workers_[who].speed = state.speed;
    if (!leader_ && !gives_up_ && spec_.timeout > Duration{}) gives_up_ = now + spec_.timeout;
    handOut(now);
  }
  return out;
}

// A leader that knows what was written down, and nothing else.
void LeaderWorker::begin(TimePoint now, GroupStep& out) {
  gives_up_.reset();
  left_ = pending_ = saved_;
  const auto known = spec_.shards - static_cast<std::int64_t>(left_.size());
  out.say(*leader_, known == 0 ? fmt::format("{} shards to do", spec_.shards)
                               : fmt::format("{} of {} shards were written down as done", known, spec_.shards));
  printed_ = known * 10 / std::max<std::int64_t>(spec_.shards, 1);
  if (spec_.elastic) {
    adjusts_ = now + spec_.elastic->every;
    adjust(out);
  }
  handOut(now);
}

void LeaderWorker::loseLeader(TimePoint now, GroupStep& out) {
  leader_.reset();
  const auto gone = static_cast<std::int64_t>(saved_.size()) - static_cast<std::int64_t>(left_.size());
  repeated_ += gone;
  times_.lost += unsaved_;
  unsaved_ = {};
  left_ = pending_ = saved_;
  results_.clear();
  lost_.clear();
  takes_until_.reset();
  adjusts_.reset();
  full_since_.reset();
  for (auto& [who, worker] : workers_) {
    worker.shards.clear();
    worker.until.reset();
  }
  if (workers_.empty()) return;
  if (spec_.timeout > Duration{}) gives_up_ = now + spec_.timeout;
  out.say(workers_.begin()->first, fmt::format("the leader does not answer: {} results are lost", gone));
}

GroupStep LeaderWorker::leave(TimePoint now, Member who) {
  GroupStep out;
  if (done_) return out;
  if (leader_ == who) {
    account(now);
    loseLeader(now, out);
    return out;
  }
  const auto found = workers_.find(who);
  if (found == workers_.end()) return out;
  account(now);
  if (!found->second.shards.empty()) {
    const auto& shards = found->second.shards;
    lost_.push_back({now + spec_.notice, {shards.begin(), shards.end()}});
    std::stable_sort(lost_.begin(), lost_.end(), [](const Lost& a, const Lost& b) { return a.at < b.at; });
  }
  workers_.erase(found);
  return out;
}

GroupStep LeaderWorker::setSpeed(TimePoint now, Member who, double speed) {
  const auto found = workers_.find(who);
  if (found == workers_.end() || found->second.speed == speed) return {};
  Worker& worker = found->second;
  if (worker.until) worker.until = now + timeAtSpeed(*worker.until - now, speed / worker.speed);
  worker.speed = speed;
  return {};
}

void LeaderWorker::work(TimePoint now, Worker& worker) {
  if (worker.until || worker.shards.empty()) return;
  worker.until = now + timeAtSpeed(workOf(worker.shards.front().number), worker.speed);
}

// To those with the fewest shards first, so that all begin before any has a second one.
void LeaderWorker::handOut(TimePoint now) {
  if (!leader_) return;
  std::int64_t out = shardsOut();
  bool wanted = false;
  for (std::int32_t depth = 0; depth < spec_.each; ++depth) {
    for (auto& [who, worker] : workers_) {
      if (static_cast<std::int32_t>(worker.shards.size()) != depth) continue;
      if (pending_.empty()) break;
      if (spec_.most_out > 0 && out >= spec_.most_out) {
        wanted = wanted || depth == 0;
        continue;
      }
      worker.shards.push_back({*pending_.begin(), now});
      pending_.erase(pending_.begin());
      ++out;
      work(now, worker);
    }
  }
  if (!wanted) {
    full_since_.reset();
  } else if (!full_since_) {
    full_since_ = now;
  }
}

void LeaderWorker::takeIn(TimePoint now) {
  if (!takes_until_ && !results_.empty()) takes_until_ = now + spec_.take_in;
}

void LeaderWorker::tookIn(TimePoint now, GroupStep& out) {
  const Shard shard = results_.front();
  results_.pop_front();
  takes_until_.reset();
  left_.erase(shard.number);
  shard_times_.push_back((now - shard.out).count());
  const auto done = spec_.shards - static_cast<std::int64_t>(left_.size());
  if (left_.empty()) {
    done_ = true;
    times_.useful += unsaved_;
    unsaved_ = {};
    out.say(*leader_, fmt::format("all {} shards are done, the 95th percentile of their times is {}", spec_.shards,
                                  secondsText(quantileOf(shard_times_, 0.95))));
    out.end(*leader_, 0);
    for (const auto& [who, worker] : workers_) out.end(who, 0);
    return;
  }
  if (done * 10 / spec_.shards > printed_) {
    printed_ = done * 10 / spec_.shards;
    out.say(*leader_, fmt::format("{} of {} shards are done", done, spec_.shards));
  }
  if (spec_.checkpoint_every > 0 && static_cast<std::int64_t>(saved_.size() - left_.size()) >= spec_.checkpoint_every) {
    saved_ = left_;
    times_.useful += unsaved_;
    unsaved_ = {};
  }
}

void LeaderWorker::adjust(GroupStep& out) const {
  const ElasticSpec& elastic = *spec_.elastic;
  const auto left = static_cast<std::int64_t>(left_.size());
  const std::int64_t each = std::max<std::int64_t>(elastic.shards_each, 1);
  out.wanted_workers =
      static_cast<std::int32_t>(std::clamp<std::int64_t>((left + each - 1) / each, elastic.least, elastic.most));
}

std::optional<TimePoint> LeaderWorker::wake() const {
  std::optional<TimePoint> next;
  const auto earlier = [&](const std::optional<TimePoint>& at) {
    if (at && (!next || *at < *next)) next = at;
  };
  if (done_) return next;
  earlier(takes_until_);
  earlier(gives_up_);
  earlier(adjusts_);
  for (const auto& [who, worker] : workers_) earlier(worker.until);
  if (!lost_.empty()) earlier(lost_.front().at);
  return next;
}

GroupStep LeaderWorker::tick(TimePoint now) {
  GroupStep out;
  const auto due = [&](const std::optional<TimePoint>& at) { return at && *at <= now; };
  account(now);
  while (!lost_.empty() && lost_.front().at <= now) {
    for (const Shard& shard : lost_.front().shards) {
      pending_.insert(shard.number);
      ++reassigned_;
    }
    lost_.erase(lost_.begin());
  }
  for (auto& [who, worker] : workers_) {
    if (!due(worker.until)) continue;
    worker.until.reset();
    results_.push_back(worker.shards.front());
    worker.shards.pop_front();
    work(now, worker);
  }
  deepest_ = std::max(deepest_, static_cast<std::int64_t>(results_.size()));
  while (!done_ && (takeIn(now), due(takes_until_))) tookIn(now, out);
  if (done_) return out;
  if (due(adjusts_)) {
    adjusts_ = now + spec_.elastic->every;
    adjust(out);
  }
  if (due(gives_up_)) {
    gives_up_.reset();
    for (const auto& [who, worker] : workers_) {
      out.say(who, "no leader for too long: giving up");
      out.end(who, spec_.exit_code);
    }
  }
  handOut(now);
  return out;
}

GroupFigures LeaderWorker::figures(TimePoint now) const {
  LeaderWorker copy = *this;
  copy.account(now);
  GroupFigures out;
  out.model = "leaderWorker";
  out.unit = "shards";
  out.done = spec_.shards - static_cast<std::int64_t>(left_.size());
  out.wanted = spec_.shards;
  out.repeated = repeated_;
  out.times = copy.times_;
  out.times.useful += copy.unsaved_;
  if (!shard_times_.empty()) {
    out.more.emplace_back("shard time, median", secondsText(quantileOf(shard_times_, 0.5)));
    out.more.emplace_back("shard time, 95th percentile", secondsText(quantileOf(shard_times_, 0.95)));
    out.more.emplace_back("shard time, 99th percentile", secondsText(quantileOf(shard_times_, 0.99)));
  }
  out.more.emplace_back("shards handed out again", std::to_string(reassigned_));
  out.more.emplace_back("most results that waited for the leader", std::to_string(deepest_));
  if (spec_.most_out > 0) out.more.emplace_back("held back", secondsText(copy.held_back_.count()));
  return out;
}

}  // namespace jobset_twin::workload
