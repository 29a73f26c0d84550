// garbage_collector.hpp - deletes what has lost its owners, and carries out foreground and orphaning deletion (K-API-30
// to 34).
//
// A graph of all objects by UID, from watches on every kind but Event (as upstream), processed garbage.graph after the
// change reached the watch. An owner that is referred to but was never seen is a virtual node until a live GET says
// whether it is there. Of an item a worker reads the item itself, then each owner that is not known to be absent, then
// deletes or patches it: every step is one request of the collector's own rate-limited client. Source: kubernetes v1.36
// pkg/controller/garbagecollector. Owners are told apart by UID alone; of an owner of the wrong kind, name or namespace
// the live GET decides, as upstream. Not modelled: the resync of discovery (a new custom kind is known at once),
// breaking cycles of blocking references.
#pragma once

#include <cereal/cereal.hpp>
#include <cereal/types/deque.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/cluster/component.hpp"
#include "sim/cluster/events/event_recorder.hpp"

namespace jobset_twin::cluster {

class GarbageCollector {
 public:
  void start(Context& ctx);
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  // Objects and virtual owners in the graph.
  std::size_t graphSize() const { return nodes_.size(); }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(client_, recorder_, nodes_, ids_, next_id_, absent_, absent_order_, absent_clock_, changes_, items_, ready_,
       working_, orphaning_);
    kernel::serializeTime(ar, graph_at_);
    ar(timer_class_);
  }

 private:
  using Id = std::uint64_t;
  // What the graph knows of a UID.
  enum class Presence : std::uint8_t {
    kObserved,
    kVirtual,
    kGone
  };  // kGone: removed, but dependents still refer to it
  struct Identity {
    std::string api_version, kind;
    std::uint8_t key_kind = 0;  // api::Kind
    std::string namespace_, key_name;
    api::ObjectKey key() const { return {static_cast<api::Kind>(key_kind), namespace_, key_name}; }
    friend bool operator==(const Identity&, const Identity&) = default;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(api_version, kind, key_kind, namespace_, key_name);
    }
  };
  struct Owner {
    Id id = 0;
    bool blocks = false;  // blockOwnerDeletion
    friend bool operator==(const Owner&, const Owner&) = default;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(id, blocks);
    }
  };
  struct Node {
    std::string uid;
    Identity identity;
    std::uint8_t presence = 0;
    bool being_deleted = false, deleting_dependents = false;
    std::vector<Owner> owners;
    std::set<Id> dependents;
    std::size_t blocking = 0;  // dependents with blockOwnerDeletion
    std::set<Id> overlooked;   // while deleting dependents: those blocking ones that nobody is at work on
    template <class Archive>
    void serialize(Archive& ar) {
      ar(uid, identity, presence, being_deleted, deleting_dependents, owners, dependents, blocking, overlooked);
    }
  };
  enum class Step : std::uint8_t {
    kGetItem,
    kGetOwner,
    kDelete,
    kPatchOwners,
    kGetForFinalizer,
    kRemoveFinalizer,
    kOrphanDependents
  };
  // An item of the work queue, from being added until it is done.
  struct Item {
    bool dirty = false, working = false, orphan = false;
    std::uint8_t event_class = 0;
    std::int32_t failures = 0;
    kernel::EventHandle timer;
    // While a worker has it:
    std::uint8_t step = 0;
    api::ObjectPtr latest;
    std::size_t next_owner = 0;
    std::vector<std::string> lost;  // UIDs of owners that are absent or wait for their dependents
    bool solid = false, waiting = false;
    std::size_t patches = 0;  // of dependents, in flight
    bool failed = false;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(dirty, working, orphan, event_class, failures, timer, step, latest, next_owner, lost, solid, waiting, patches,
         failed);
    }
  };

  // The graph.
  static Identity identityOf(const api::Object& object);
  static Identity identityOf(const api::OwnerReference& owner, const std::string& namespace_);
  Id nodeOf(const api::Object& object);
  void observe(Context& ctx, Id id, const api::Object& object);
  void setOwners(Context& ctx, Id id, const api::Object& object, bool fresh);
  void detach(Context& ctx, Id id, const Owner& owner);
  void transitions(Context& ctx, Id id, const api::Object& object, const api::Object* previous);
  void remove(Context& ctx, Id id);
  void eraseIfUnused(Id id);
  void noteIdle(Id id);
  void reportWrongNamespace(Context& ctx, const Node& dependent);

  // Absent owners (the newest 500).
  static std::string absentKey(const std::string& uid, const Identity& identity);
  void addAbsent(const std::string& key);
  bool isAbsent(const std::string& key);

  // The work.
  void enqueue(Context& ctx, Id id, bool orphan = false);  // after garbage.graph
  void add(Context& ctx, std::uint64_t item);
  void startWork(Context& ctx);
  bool begin(Context& ctx, std::uint64_t item);  // false: nothing to do
  void send(Context& ctx, std::uint64_t item, Step step, api::Request request);
  void finish(Context& ctx, std::uint64_t item, bool retry);
  void onItem(Context& ctx, std::uint64_t item, const api::Response& response);
  void processDependents(Context& ctx, std::uint64_t item);
  void nextOwner(Context& ctx, std::uint64_t item);
  void onOwner(Context& ctx, std::uint64_t item, const apiserver::Call& call);
  void decide(Context& ctx, std::uint64_t item);
  void orphanDependents(Context& ctx, std::uint64_t item);
  void removeFinalizer(Context& ctx, std::uint64_t item, const api::Response& response);

  apiserver::ClientId client_ = 0;
  CoreEventRecorder recorder_{"garbage-collector-controller"};
  std::map<Id, Node> nodes_;
  std::map<std::string, Id> ids_;
  Id next_id_ = 1;
  std::map<std::string, std::uint64_t> absent_;
  std::map<std::uint64_t, std::string> absent_order_;
  std::uint64_t absent_clock_ = 0;
  std::deque<std::pair<std::int64_t, std::uint64_t>> changes_;  // due time (ns), item: what graph changes have set off
  kernel::TimePoint graph_at_{};                                // when the newest of them is due
  std::uint8_t timer_class_ = 0;                                // of the timer for it
  std::map<std::uint64_t, Item> items_;                         // by item: node id * 2 + (1 for orphaning)
  std::deque<std::uint64_t> ready_;
  std::int32_t working_ = 0, orphaning_ = 0;
};

}  // namespace jobset_twin::cluster
