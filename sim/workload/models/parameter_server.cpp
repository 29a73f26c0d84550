#include "sim/workload/models/parameter_server.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace jobset_twin::workload {

bool ParameterServer::up() const { return static_cast<std::int32_t>(servers_.size()) >= servers_wanted_; }

void ParameterServer::account(TimePoint now) {
  if (since_ && !done_) {
    const Duration passed = now - *since_;
    const std::size_t at_work = busy_.size() + (serves_until_ ? 1 : 0);
    worked_ = sumOf(worked_, timesMany(passed, at_work));
    Duration& rest = restored_ ? times_.restoring : times_.waiting;
    rest = sumOf(rest, timesMany(passed, workers_.size() - at_work));
  }
  since_ = now;
}

void ParameterServer::compute(TimePoint now, Member who, Worker& worker) {
  kernel::Stream stream = stream_;
  stream.counter = drawn_++ << 16;
  worker.begun = now;
  busy_.start(now, who, worker.until, draw(spec_.step, stream), worker.speed);
}

void ParameterServer::goOn(TimePoint now, Member who, Worker& worker) {
  if (worker.until || worker.queued || (spec_.synchronous && worker.round >= round_)) return;
  compute(now, who, worker);
}

// Sets everybody to work who can and does nothing.
void ParameterServer::go(TimePoint now) {
  if (!up() || restored_ || done_) return;
  if (spec_.synchronous && static_cast<std::int32_t>(workers_.size()) < workers_wanted_ - spec_.backups) return;
  for (auto& [who, worker] : workers_) goOn(now, who, worker);
}

GroupStep ParameterServer::join(TimePoint now, Member who, MemberState state) {
  GroupStep out;
  if (done_) {
    if (who.role == kWorkers || spec_.servers_end) out.end(who, 0);
    return out;
  }
  account(now);
  if (who.role == kServers) {
    servers_.insert(who);
    if (up() && lost_servers_) {
      lost_servers_ = false;
      if (saved_ > 0) {
        restored_ = kernel::saturatingAdd(now, spec_.restore);
        out.say(who, fmt::format("all servers are there: restoring the checkpoint of step {}", saved_));
      }
    }
  } else {
    workers_[who] = Worker{state.speed, {}, false, round_ - 1, {}, {}};
  }
  go(now);
  return out;
}

// What the servers know is gone but for the last checkpoint.
void ParameterServer::loseServer() {
  lost_servers_ = true;
  repeated_ += steps_ - saved_;
  steps_ = saved_;
  times_.lost = worked_ - kept_;
  not_kept_ = {};
  in_round_ = 0;
  queue_.clear();
  serves_until_.reset();
  restored_.reset();
  for (auto& [who, worker] : workers_) {
    busy_.stop(who, worker.until);
    worker.queued = false;
    worker.round = round_ - 1;
  }
}

GroupStep ParameterServer::leave(TimePoint now, Member who) {
  GroupStep out;
  if (done_) {
    servers_.erase(who);
    return out;
  }
  account(now);
  if (servers_.erase(who) > 0) {
    if (up()) return out;
    if (!lost_servers_ && !workers_.empty())
      out.say(workers_.begin()->first, fmt::format("server {} does not answer: back to step {}", who.text(), saved_));
    if (!lost_servers_) loseServer();
    return out;
  }
  const auto found = workers_.find(who);
  if (found == workers_.end()) return out;
  Worker& worker = found->second;
  if (worker.until) times_.lost += now - worker.begun;
  if (worker.queued) times_.lost += worker.took;
  if (worker.round >= round_) --in_round_;
  busy_.stop(who, worker.until);
  if (!queue_.empty() && queue_.front() == who && serves_until_) {
    times_.lost += spec_.exchange - (*serves_until_ - now);
    serves_until_.reset();
  }
  workers_.erase(found);
  std::erase(queue_, who);
  serve(now);
  return out;
}

GroupStep ParameterServer::setSpeed(TimePoint now, Member who, double speed) {
  const auto found = workers_.find(who);
  if (found == workers_.end() || found->second.speed == speed) return {};
  Worker& worker = found->second;
  account(now);
  busy_.changeSpeed(now, who, worker.until, worker.speed, speed);
  worker.speed = speed;
  return {};
}

void ParameterServer::serve(TimePoint now) {
  if (!serves_until_ && !queue_.empty()) serves_until_ = kernel::saturatingAdd(now, spec_.exchange);
}

// Synchronous: whether this result completes the round. One that comes after its round helps nobody.
bool ParameterServer::countsInRound(Worker& worker) {
  if (worker.round + 1 < round_) {
    ++late_;
    worker.round = round_ - 1;
    return false;
  }
  worker.round = round_;
  ++in_round_;
  return roundIsComplete();
}

bool ParameterServer::roundIsComplete() {
  if (in_round_ == 0 || in_round_ < workers_wanted_ - spec_.backups) return false;
  ++round_;
  in_round_ = 0;
  return true;
}

// One more step, or round, is done; `who` brought its last part.
void ParameterServer::stepped(Member who, GroupStep& out) {
  if (++steps_ >= spec_.steps) {
    done_ = true;
    out.say(who, fmt::format("all {} {} are done", spec_.steps, spec_.synchronous ? "rounds" : "steps"));
    for (const auto& [other, state] : workers_) out.end(other, 0);
    if (spec_.servers_end) {
      for (const Member& server : servers_) out.end(server, 0);
    }
  } else if (spec_.checkpoint_every > 0 && steps_ % spec_.checkpoint_every == 0) {
    saved_ = steps_;
    kept_ += not_kept_;
    not_kept_ = {};
    out.say(*servers_.begin(), fmt::format("checkpoint written at step {}", saved_));
  }
}

void ParameterServer::served(TimePoint now, GroupStep& out) {
  const Member who = queue_.front();
  queue_.pop_front();
  serves_until_.reset();
  Worker& worker = workers_.at(who);
  worker.queued = false;
  const std::int64_t late_before = late_;
  const bool counts = !spec_.synchronous || countsInRound(worker);
  (late_ > late_before ? times_.lost : not_kept_) += sumOf(worker.took, spec_.exchange);
  if (counts) stepped(who, out);
  if (done_) return;
  if (spec_.synchronous && counts) {
    go(now);
  } else {
    goOn(now, who, worker);
  }
}

std::optional<TimePoint> ParameterServer::wake() const {
  if (done_) return std::nullopt;
  return earlier(earlier(serves_until_, restored_), busy_.next());
}

// An elastic JobSet has changed its numbers. Whoever is not there any more leaves by itself.
GroupStep ParameterServer::resize(TimePoint now, const std::vector<std::int32_t>& sizes) {
  GroupStep out;
  if (done_ || (sizes[0] == servers_wanted_ && sizes[1] == workers_wanted_)) return out;
  account(now);
  servers_wanted_ = sizes[0];
  workers_wanted_ = sizes[1];
  if (!up() && !lost_servers_) loseServer();
  if (spec_.synchronous && up() && roundIsComplete()) stepped(workers_.begin()->first, out);
  go(now);
  return out;
}

GroupStep ParameterServer::tick(TimePoint now) {
  GroupStep out;
  if (done_) return out;
  account(now);
  if (restored_ && *restored_ <= now) {
    restored_.reset();
    go(now);
  }
  while (const std::optional<Member> who = busy_.doneBy(now)) {
    Worker& worker = workers_.at(*who);
    busy_.stop(*who, worker.until);
    worker.took = now - worker.begun;
    worker.queued = true;
    queue_.push_back(*who);
  }
  while (!done_ && (serve(now), serves_until_ && *serves_until_ <= now)) served(now, out);
  return out;
}

GroupFigures ParameterServer::figures(TimePoint now) const {
  ParameterServer copy = *this;
  copy.account(now);
  GroupFigures out;
  out.model = "parameterServer";
  out.unit = spec_.synchronous ? "rounds" : "steps";
  out.done = steps_;
  out.wanted = spec_.steps;
  out.repeated = repeated_;
  out.times = copy.times_;
  out.times.useful = copy.worked_ - copy.times_.lost;
  if (spec_.synchronous) out.more.emplace_back("results that came too late", std::to_string(late_));
  return out;
}

}  // namespace jobset_twin::workload
