// parameter_server.hpp - training with parameter servers: a worker computes a step, sends what it found to the servers
// and fetches what they have; the servers serve one exchange after the other, all of them together.
//
// Asynchronous workers go on by themselves: a lost worker costs its step, a slow one only itself. Synchronous ones wait
// for each other in each round, but for the slowest `backups`. Without all servers nobody can go on, and if one is
// lost, so is what was done since the last checkpoint. Servers run until they are told to end, unless `servers_end`.
// Times are those of all workers together.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "sim/workload/models/busy.hpp"
#include "sim/workload/models/group.hpp"

namespace jobset_twin::workload {

class ParameterServer {
 public:
  static constexpr std::int32_t kServers = 0, kWorkers = 1;  // roles

  ParameterServer() = default;
  ParameterServer(ParameterServerSpec spec, std::int32_t servers, std::int32_t workers, kernel::Stream stream)
      : spec_(std::move(spec)), servers_wanted_(servers), workers_wanted_(workers), stream_(stream) {}

  GroupStep join(TimePoint now, Member who, MemberState state);
  GroupStep leave(TimePoint now, Member who);
  GroupStep setSpeed(TimePoint now, Member who, double speed);
  GroupStep resize(TimePoint now, const std::vector<std::int32_t>& sizes);  // so many there are to be, by role
  GroupStep tick(TimePoint now);
  std::optional<TimePoint> wake() const;
  bool idle() const { return false; }
  bool done() const { return done_; }
  GroupFigures figures(TimePoint now) const;

  void attach(const ParameterServerSpec& spec) { spec_ = spec; }
  template <class Archive>
  void serialize(Archive& ar) {
    ar(servers_wanted_, workers_wanted_, stream_, servers_, workers_, queue_, steps_, saved_, drawn_, repeated_, late_,
       round_, in_round_, done_, lost_servers_, times_);
    for (std::optional<TimePoint>* at : {&serves_until_, &since_, &restored_}) archiveTime(ar, *at);
    for (Duration* time : {&worked_, &kept_, &not_kept_}) archiveDuration(ar, *time);
    busy_.clear();
    for (const auto& [who, worker] : workers_) busy_.add(who, worker.until);
  }

 private:
  struct Worker {
    double speed = 1;
    std::optional<TimePoint> until;  // computing until then
    bool queued = false;             // waits for the servers
    std::int64_t round = -1;         // synchronous: the last round that it has done
    TimePoint begun{};               // its step
    Duration took{};                 // its own work for it
    template <class Archive>
    void serialize(Archive& ar) {
      ar(speed, round, queued);
      archiveTime(ar, begun);
      archiveTime(ar, until);
      archiveDuration(ar, took);
    }
  };

  bool up() const;
  void account(TimePoint now);
  void compute(TimePoint now, Member who, Worker& worker);
  void goOn(TimePoint now, Member who, Worker& worker);
  void go(TimePoint now);
  bool countsInRound(Worker& worker);
  bool roundIsComplete();
  void stepped(Member who, GroupStep& out);
  void serve(TimePoint now);
  void served(TimePoint now, GroupStep& out);
  void loseServer();

  ParameterServerSpec spec_;
  std::int32_t servers_wanted_ = 1, workers_wanted_ = 1;
  kernel::Stream stream_;
  std::set<Member> servers_;
  std::map<Member, Worker> workers_;
  Busy busy_;                 // rebuilt from the workers
  std::deque<Member> queue_;  // workers that wait for the servers; the first is being served
  std::int64_t steps_ = 0, saved_ = 0, repeated_ = 0, late_ = 0;  // late_: results that came after their round
  std::uint64_t drawn_ = 0;
  std::int64_t round_ = 0;     // synchronous: the one under way
  std::int64_t in_round_ = 0;  // workers whose results it has
  bool done_ = false, lost_servers_ = false;
  std::optional<TimePoint> serves_until_, since_, restored_;
  // Of all workers together: at work; of that in a checkpoint, or exchanged since.
  Duration worked_{}, kept_{}, not_kept_{};
  GroupTimes times_;
};

}  // namespace jobset_twin::workload
