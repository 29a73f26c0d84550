// node_lifecycle.hpp - the node lifecycle controller: learns that a node is silent, says so in its conditions and those
// of its Pods, and taints it (K-NODE-2 to 7, 12).
//
// Source: kubernetes pkg/controller/nodelifecycle/node_lifecycle_controller.go. It looks at every node each monitor
// period; here only the passes that find something to do are events. When a silent node would be found out follows from
// its last renewal (Heartbeats) and the passes' times. Differences: docs/fidelity.md.
#pragma once

#include <array>
#include <cereal/cereal.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/cluster/component.hpp"
#include "sim/cluster/events/event_recorder.hpp"
#include "sim/cluster/nodes/node_cache.hpp"
#include "sim/cluster/nodes/node_taints.hpp"
#include "sim/cluster/nodes/pass_clock.hpp"
#include "sim/cluster/nodes/zone_queue.hpp"

namespace jobset_twin::cluster {

class NodeLifecycle {
 public:
  void start(Context& ctx);
  void synced(Context& ctx);  // a fresh process has its lists and begins: the first pass is now
  void stop(Context& ctx);    // the process ends: its timers are cancelled
  // After the change is in the cache.
  void onNode(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event);
  void onPod(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const NodeCache& cache, const apiserver::Call& call);
  void onTimer(Context& ctx, const NodeCache& cache, std::uint16_t kind, std::uint64_t a);

  // As the last pass left it; Normal for a zone it does not know.
  ZoneState zoneState(const std::string& zone) const;

  template <class Archive>
  void serialize(Archive& ar);  // node_lifecycle_archive.hpp

 private:
  enum Timer : std::uint16_t { kPass = Heartbeats::kHeartbeatChanged + 1, kPoll };

  static constexpr std::uint32_t kNoAgenda = 2;
  struct Health {  // what is known of a node beyond the cache
    bool silent = true;
    bool starting = false;      // Ready was never posted
    kernel::TimePoint probe{};  // of a silent node: when its last sign of life was observed
    std::string ready;          // status of Ready, as last seen or written
    std::string zone;
    bool counted = false;              // in its zone's numbers
    api::TimePoint posted{};           // heartbeat time of Ready, as last seen
    std::uint32_t agenda = kNoAgenda;  // where it is planned for, and when its grace is over
    kernel::TimePoint due{};
    template <class Archive>
    void serialize(Archive& ar) {
      ar(silent, starting, ready, zone, counted, agenda);
      kernel::serializeTime(ar, probe);
      kernel::serializeTime(ar, posted);
      kernel::serializeTime(ar, due);
    }
  };
  struct Zone {
    std::int64_t ready = 0, not_ready = 0;
    ZoneState state = ZoneState::kNormal;
    ZoneQueue queue;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(ready, not_ready, state, queue);
    }
  };
  enum class WorkKind : std::uint8_t {
    kUpdate,   // NoSchedule taints after a change of the Node
    kHealth,   // the node's part of a pass
    kRelease,  // takes the NoExecute taints off: every zone is down
    kExecute   // its turn in the queue of NoExecute taints
  };
  enum class Stage : std::uint8_t { kStatus, kLive, kTaints, kPods };
  struct Work {
    WorkKind kind = WorkKind::kUpdate;
    Stage stage = Stage::kTaints;
    std::string node;
    api::ObjectPtr object;  // kHealth: the Node, as cached or answered
    bool was_ready = false, flipped = false;
    std::int32_t tries = 0;
    TaintChange taints;
    std::deque<PodName> pods;
    template <class Archive>
    void serialize(Archive& ar) {
      auto kind_number = static_cast<std::uint8_t>(kind);
      auto stage_number = static_cast<std::uint8_t>(stage);
      ar(kind_number, stage_number, node, object, was_ready, flipped, tries, taints, pods);
      kind = static_cast<WorkKind>(kind_number);
      stage = static_cast<Stage>(stage_number);
    }
  };
  // What a later pass is to do, apart for what concerns running Pods and what does not: only the former may hold up the
  // end of a run.
  struct Agenda {
    std::set<std::pair<kernel::TimePoint, std::string>> silent;  // grace is over then -> node
    std::set<std::string> nodes;                                 // something is to be done at the next pass
    kernel::EventHandle timer;
    template <class Archive>
    void serialize(Archive& ar) {
      auto count = static_cast<std::uint64_t>(silent.size());
      ar(count, nodes, timer);
      if constexpr (Archive::is_loading::value) {
        for (std::uint64_t i = 0; i < count; ++i) {
          std::pair<kernel::TimePoint, std::string> entry;
          kernel::serializeTime(ar, entry.first);
          ar(entry.second);
          silent.insert(std::move(entry));
        }
      } else {
        for (auto entry : silent) {
          kernel::serializeTime(ar, entry.first);
          ar(entry.second);
        }
      }
    }
  };

  // node_lifecycle.cpp
  void observe(Context& ctx, const NodeCache& cache, const std::string& node);
  void plan(Context& ctx, const NodeCache& cache, const std::string& node);
  void unplan(const std::string& node, Health& health);
  bool wantsPass(const api::Object& node, const Health& health) const;
  void arm(Context& ctx);
  void countReady(const std::string& node, const std::string& ready);
  bool zonesWouldChange(const NodeTiming& timing) const;
  void startUpdates(Context& ctx, const NodeCache& cache);

  // monitor_pass.cpp
  void beginPass(Context& ctx, const NodeCache& cache);
  void fillPass(Context& ctx, const NodeCache& cache);
  void beginHealth(Context& ctx, const NodeCache& cache, const std::string& node);
  bool flip(Context& ctx, Work& work, std::uint64_t id);
  void decideTaints(Context& ctx, const NodeCache& cache, std::uint64_t id);
  void markPods(Context& ctx, const NodeCache& cache, std::uint64_t id);
  void markNextPod(Context& ctx, const NodeCache& cache, std::uint64_t id);
  void endPass(Context& ctx, const NodeCache& cache);
  void handleDisruption(Context& ctx, const NodeCache& cache);

  // taint_queue.cpp
  void armPoll(Context& ctx, const NodeCache& cache);
  void poll(Context& ctx, const NodeCache& cache);

  void send(Context& ctx, std::uint64_t id, api::Request request);
  void finish(Context& ctx, const NodeCache& cache, std::uint64_t id, bool ok);
  void onAnswer(Context& ctx, const NodeCache& cache, std::uint64_t id, const apiserver::Call& call);
  void decide(Context& ctx, const std::string& node, std::string text);

  apiserver::ClientId client_ = 0;
  CoreEventRecorder events_{"node-controller"};
  PassClock clock_, polls_;
  std::map<std::string, Health> health_;
  std::map<std::string, Zone> zones_;
  std::array<Agenda, 2> agenda_;  // work, housekeeping
  std::set<std::string> retry_;   // nodes of which not all Pods could be marked
  bool zones_changed_ = false;
  bool all_down_ = false;

  std::uint64_t next_work_ = 1;
  std::map<std::uint64_t, Work> works_;  // at an exchange
  bool passing_ = false;
  kernel::TimePoint pass_began_{};
  std::deque<std::string> pass_nodes_, release_nodes_;
  std::set<std::string> passed_;  // nodes of the pass under way, and those of them that it found to be tainted
  std::vector<std::string> marked_;
  std::int32_t pass_workers_ = 0;
  bool filling_ = false;  // within an event only
  std::deque<std::string> updates_;
  std::map<std::string, bool> updating_;  // at work -> changed since
  std::int32_t update_workers_ = 0;
  bool tainting_ = false;
  kernel::EventHandle poll_timer_;
};

}  // namespace jobset_twin::cluster
