#include "sim/workload/models/leader_worker.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace jobset_twin::workload {
namespace {

std::string secondsText(std::int64_t nanoseconds) {
  return fmt::format("{:.3f} s", static_cast<double>(nanoseconds) / 1e9);
}

// The smallest value that at least this share of them do not exceed.
std::int64_t quantileOf(const std::vector<std::int64_t>& sorted, double share) {
  auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  if (static_cast<double>(at) < share * static_cast<double>(sorted.size())) ++at;
  return sorted[std::clamp<std::size_t>(at, 1, sorted.size()) - 1];
}

std::vector<std::int64_t> inOrder(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace

LeaderWorker::LeaderWorker(LeaderWorkerSpec spec, kernel::Stream stream) : spec_(std::move(spec)), stream_(stream) {
  left_ = spec_.shards;
  taken_.resize(static_cast<std::size_t>(spec_.shards));
}

// What is found faster by time or by number of shards.
void LeaderWorker::index() {
  busy_.clear();
  ready_.clear();
  for (const auto& [who, worker] : workers_) {
    busy_.add(who, worker.until);
    if (sizeOf(worker) < static_cast<std::size_t>(spec_.each)) ready_.emplace(sizeOf(worker), who);
  }
}

Duration LeaderWorker::workOf(std::int64_t shard) const {
  kernel::Stream stream = stream_;
  stream.counter = static_cast<std::uint64_t>(shard) << 16;
  return draw(spec_.shard, stream);
}

void LeaderWorker::account(TimePoint now) {
  if (since_ && !done_) {
    const Duration passed = now - *since_;
    worked_ = sumOf(worked_, timesMany(passed, busy_.size()));
    waiting_ = sumOf(waiting_, timesMany(passed, workers_.size() - busy_.size()));
    if (!leader_ || workers_.empty()) alone_ += passed;
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
    ready_.emplace(0, who);
    if (!leader_ && !gives_up_ && spec_.timeout > Duration{}) gives_up_ = kernel::saturatingAdd(now, spec_.timeout);
    handOut(now);
  }
  return out;
}

// A leader that knows what was written down, and nothing else.
void LeaderWorker::begin(TimePoint now, GroupStep& out) {
  gives_up_.reset();
  const auto known = spec_.shards - left_;
  out.say(*leader_, known == 0 ? fmt::format("{} shards to do", spec_.shards)
                               : fmt::format("{} of {} shards were written down as done", known, spec_.shards));
  printed_ = known * 10 / spec_.shards;
  if (spec_.elastic) {
    adjusts_ = kernel::saturatingAdd(now, spec_.elastic->every);
    adjust(out);
  }
  handOut(now);
}

void LeaderWorker::loseLeader(TimePoint now, GroupStep& out) {
  leader_.reset();
  const auto gone = static_cast<std::int64_t>(unwritten_.size());
  repeated_ += gone;
  lost_ = worked_ - kept_;
  not_kept_ = {};
  for (const std::int64_t shard : unwritten_) taken_[static_cast<std::size_t>(shard)] = 0;
  left_ += gone;
  unwritten_.clear();
  fresh_ = out_ = 0;
  again_.clear();
  results_.clear();
  lost_shards_.clear();
  takes_until_.reset();
  adjusts_.reset();
  full_since_.reset();
  for (auto& [who, worker] : workers_) {
    worker.shards.clear();
    worker.until.reset();
  }
  index();
  if (workers_.empty()) return;
  if (spec_.timeout > Duration{}) gives_up_ = kernel::saturatingAdd(now, spec_.timeout);
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
  Worker& worker = found->second;
  if (worker.until) lost_ += now - worker.begun;
  busy_.stop(who, worker.until);
  ready_.erase({sizeOf(worker), who});
  if (!worker.shards.empty())
    lost_shards_.push_back({kernel::saturatingAdd(now, spec_.notice), {worker.shards.begin(), worker.shards.end()}});
  workers_.erase(found);
  if (workers_.empty()) gives_up_.reset();
  return out;
}

GroupStep LeaderWorker::setSpeed(TimePoint now, Member who, double speed) {
  const auto found = workers_.find(who);
  if (found == workers_.end() || found->second.speed == speed) return {};
  Worker& worker = found->second;
  account(now);
  busy_.changeSpeed(now, who, worker.until, worker.speed, speed);
  worker.speed = speed;
  return {};
}

void LeaderWorker::work(TimePoint now, Member who, Worker& worker) {
  if (worker.until || worker.shards.empty()) return;
  worker.begun = now;
  busy_.start(now, who, worker.until, workOf(worker.shards.front().number), worker.speed);
}

// Those that came back first, as they have waited longest.
std::optional<std::int64_t> LeaderWorker::nextShard() {
  if (!again_.empty()) return again_.extract(again_.begin()).value();
  while (fresh_ < spec_.shards && taken_[static_cast<std::size_t>(fresh_)] != 0) ++fresh_;
  if (fresh_ == spec_.shards) return std::nullopt;
  return fresh_++;
}

// To those with the fewest shards first, so that all begin before any has a second one.
void LeaderWorker::handOut(TimePoint now) {
  bool wanted = false;
  while (leader_ && !ready_.empty()) {
    const auto [has, who] = *ready_.begin();
    if (spec_.most_out > 0 && out_ >= spec_.most_out) {
      wanted = has == 0;
      break;
    }
    const std::optional<std::int64_t> shard = nextShard();
    if (!shard) break;
    ready_.erase(ready_.begin());
    Worker& worker = workers_.at(who);
    worker.shards.push_back({*shard, now, {}});
    ++out_;
    if (sizeOf(worker) < static_cast<std::size_t>(spec_.each)) ready_.emplace(sizeOf(worker), who);
    work(now, who, worker);
  }
  if (!wanted) {
    full_since_.reset();
  } else if (!full_since_) {
    full_since_ = now;
  }
}

// Its result goes to the leader.
void LeaderWorker::finish(TimePoint now, Member who, Worker& worker) {
  busy_.stop(who, worker.until);
  ready_.erase({sizeOf(worker), who});
  Shard shard = worker.shards.front();
  worker.shards.pop_front();
  shard.took = now - worker.begun;
  results_.push_back(shard);
  ready_.emplace(sizeOf(worker), who);
  work(now, who, worker);
}

void LeaderWorker::takeIn(TimePoint now) {
  if (!takes_until_ && !results_.empty()) takes_until_ = kernel::saturatingAdd(now, spec_.take_in);
}

void LeaderWorker::tookIn(TimePoint now, GroupStep& out) {
  const Shard shard = results_.front();
  results_.pop_front();
  takes_until_.reset();
  taken_[static_cast<std::size_t>(shard.number)] = 1;
  unwritten_.push_back(shard.number);
  --left_;
  --out_;
  not_kept_ += shard.took;
  shard_times_.push_back((now - shard.out).count());
  if (left_ == 0) {
    done_ = true;
    out.say(*leader_, fmt::format("all {} shards are done, the 95th percentile of their times is {}", spec_.shards,
                                  secondsText(quantileOf(inOrder(shard_times_), 0.95))));
    out.end(*leader_, 0);
    for (const auto& [who, worker] : workers_) out.end(who, 0);
    return;
  }
  const auto done = spec_.shards - left_;
  if (done * 10 / spec_.shards > printed_) {
    printed_ = done * 10 / spec_.shards;
    out.say(*leader_, fmt::format("{} of {} shards are done", done, spec_.shards));
  }
  if (spec_.checkpoint_every > 0 && static_cast<std::int64_t>(unwritten_.size()) >= spec_.checkpoint_every) {
    unwritten_.clear();
    kept_ += not_kept_;
    not_kept_ = {};
  }
}

void LeaderWorker::adjust(GroupStep& out) const {
  const ElasticSpec& elastic = *spec_.elastic;
  const std::int64_t each = std::max<std::int64_t>(elastic.shards_each, 1);
  out.wanted_workers =
      static_cast<std::int32_t>(std::clamp<std::int64_t>((left_ + each - 1) / each, elastic.least, elastic.most));
}

std::optional<TimePoint> LeaderWorker::wake() const {
  if (done_) return std::nullopt;
  std::optional<TimePoint> next = earlier(earlier(takes_until_, gives_up_), earlier(adjusts_, busy_.next()));
  if (!lost_shards_.empty()) next = earlier(next, lost_shards_.front().at);
  return next;
}

bool LeaderWorker::idle() const { return !takes_until_ && !gives_up_ && busy_.size() == 0 && lost_shards_.empty(); }

GroupStep LeaderWorker::tick(TimePoint now) {
  GroupStep out;
  const auto due = [&](const std::optional<TimePoint>& at) { return at && *at <= now; };
  account(now);
  while (!lost_shards_.empty() && lost_shards_.front().at <= now) {
    for (const Shard& shard : lost_shards_.front().shards) {
      again_.insert(shard.number);
      ++reassigned_;
      --out_;
    }
    lost_shards_.pop_front();
  }
  while (const std::optional<Member> who = busy_.doneBy(now)) finish(now, *who, workers_.at(*who));
  deepest_ = std::max(deepest_, static_cast<std::int64_t>(results_.size()));
  while (!done_ && (takeIn(now), due(takes_until_))) tookIn(now, out);
  if (done_) return out;
  if (due(adjusts_)) {
    adjusts_ = kernel::saturatingAdd(now, spec_.elastic->every);
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
  out.done = spec_.shards - left_;
  out.wanted = spec_.shards;
  out.repeated = repeated_;
  out.times.useful = copy.worked_ - copy.lost_;
  out.times.lost = copy.lost_;
  out.times.waiting = copy.waiting_;
  if (!shard_times_.empty()) {
    const std::vector<std::int64_t> times = inOrder(shard_times_);
    out.more.emplace_back("shard time, median", secondsText(quantileOf(times, 0.5)));
    out.more.emplace_back("shard time, 95th percentile", secondsText(quantileOf(times, 0.95)));
    out.more.emplace_back("shard time, 99th percentile", secondsText(quantileOf(times, 0.99)));
  }
  out.more.emplace_back("shards handed out again", std::to_string(reassigned_));
  out.more.emplace_back("most results that waited for the leader", std::to_string(deepest_));
  if (spec_.most_out > 0) out.more.emplace_back("held back", secondsText(copy.held_back_.count()));
  out.more.emplace_back("without a leader or a worker", secondsText(copy.alone_.count()));
  return out;
}

}  // namespace jobset_twin::workload
