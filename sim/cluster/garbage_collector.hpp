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
//
// It also stands for the namespace controller (garbage_namespaces.cpp), which has a client of its own but needs to know
// the same: what there is.
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
#include <string_view>
#include <utility>
#include <vector>

#include "sim/cluster/component.hpp"
#include "sim/cluster/events/event_recorder.hpp"

namespace jobset_twin::cluster {

class GarbageCollector {
 public:
  void start(Context& ctx);
  void stop(Context& ctx);
  void onWatch(Context& ctx, const apiserver::WatchEvent& event);
  void onResponse(Context& ctx, const apiserver::Call& call);
  void onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t b);

  // Objects and virtual owners in the graph.
  std::size_t graphSize() const { return nodes_.size(); }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(client_, recorder_, nodes_, ids_, next_id_, absent_, absent_order_, absent_clock_, changes_, timer_class_,
       items_, ready_[0], ready_[1], deleting_, orphaning_, namespace_client_, emptying_);
    kernel::serializeTime(ar, drawn_for_);
    kernel::serializeTime(ar, graph_at_);
  }

 private:
  static constexpr std::string_view kOrphanFinalizer = "orphan", kForegroundFinalizer = "foregroundDeletion";
  static constexpr std::uint16_t kEmptyAgain = kFirstTimer + 2;  // the timer of garbage_namespaces.cpp

  using NodeId = std::uint64_t;
  using ItemId = std::uint64_t;  // node id * 2, + 1 for orphaning its dependents

  struct Identity {
    std::string api_version, kind, namespace_, name;
    friend bool operator==(const Identity&, const Identity&) = default;
    api::ObjectKey key() const;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(api_version, kind, namespace_, name);
    }
  };
  struct Owner {
    NodeId id = 0;
    bool blocks = false;  // blockOwnerDeletion
    friend bool operator==(const Owner&, const Owner&) = default;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(id, blocks);
    }
  };
  // kGone: removed, but dependents still refer to it.
  enum class Presence : std::uint8_t { kObserved, kVirtual, kGone };
  struct Node {
    std::string uid;
    Identity identity;
    Presence presence = Presence::kVirtual;
    bool being_deleted = false, deleting_dependents = false;
    std::vector<Owner> owners;
    std::set<NodeId> dependents;
    std::uint64_t blocking = 0;   // dependents with blockOwnerDeletion
    std::set<NodeId> overlooked;  // of these, while it deletes its dependents: those that nobody is at work on
    template <class Archive>
    void serialize(Archive& ar) {
      ar(uid, identity, presence, being_deleted, deleting_dependents, owners, dependents, blocking, overlooked);
    }
  };
  struct Change {  // what a change of the graph has set off
    std::int64_t due = 0;
    ItemId item = 0;
    kernel::EventClass event_class = kernel::EventClass::kWork;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(due, item, event_class);
    }
  };
  enum class Step : std::uint8_t {
    kGetItem,
    kGetOwner,
    kDelete,
    kGetAgain,
    kPatchOwners,
    kOrphan,
    kGetForFinalizer,
    kRemoveFinalizer
  };
  // What is to be done to a node: in the queue, at work, or waiting to be tried again.
  struct Item {
    bool queued = false, working = false;
    kernel::EventClass event_class = kernel::EventClass::kWork;
    std::int32_t failures = 0;
    kernel::EventHandle timer;
    // While it is at work:
    Step step = Step::kGetItem;
    api::ObjectPtr latest;                // as the live GET gave it
    std::uint64_t next_owner = 0;         // of its owners, the one being read
    std::vector<std::string> lost;        // UIDs of owners that are absent, or wait until it is gone
    bool solid = false, waiting = false;  // some owner is there to stay; some owner waits
    std::uint64_t patches = 0;            // of its dependents, in flight
    bool failed = false;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(queued, working, event_class, failures, timer, step, latest, next_owner, lost, solid, waiting, patches,
         failed);
    }
  };

  // A Namespace that is being deleted, while its content is.
  struct Emptying {
    std::uint64_t open = 0;   // deletions that are not answered yet
    std::int64_t grace = 0;   // the longest of the Pods that they leave, in seconds
    std::int32_t rounds = 0;  // so far
    kernel::EventHandle timer;
    std::map<std::string, std::int32_t> left;        // of this round: objects that are still there, by "pods."
    std::map<std::string, std::int32_t> finalizers;  // and what they wait for
    std::string told;                                // the conditions that were written last
    template <class Archive>
    void serialize(Archive& ar) {
      ar(open, grace, rounds, timer, left, finalizers, told);
    }
  };

  // garbage_namespaces.cpp
  void emptyNamespace(Context& ctx, NodeId id);
  void onEmptied(Context& ctx, const apiserver::Call& call);
  static void note(Emptying& work, const api::Object& deleted);
  // The conditions, if they have changed. False: nothing is written.
  bool tellWhatIsLeft(Context& ctx, NodeId id, Emptying& work);

  // The graph (garbage_graph.cpp).
  static bool hasFinalizer(const api::ObjectMeta& meta, std::string_view finalizer);
  static Identity identityOf(const api::Object& object);
  static Identity identityOf(const api::OwnerReference& owner, const std::string& namespace_);
  NodeId nodeOf(const std::string& uid);
  void observe(Context& ctx, NodeId id, const api::Object& object);
  void setOwners(Context& ctx, NodeId id, const api::Object& object);
  NodeId referTo(Context& ctx, NodeId id, const api::OwnerReference& owner);
  void detach(NodeId id, const Owner& owner);
  void transitions(Context& ctx, NodeId id, const api::Object& object, const api::Object* previous);
  void remove(Context& ctx, NodeId id);
  void eraseIfUnused(NodeId id);
  void markOverlooked(NodeId id);
  void reportWrongNamespace(Context& ctx, const Node& dependent, const Identity& owner, const std::string& uid);
  void addAbsent(const std::string& uid, const Identity& identity);
  bool isAbsent(const std::string& uid, const Identity& identity);

  // The work.
  void enqueue(Context& ctx, NodeId id, bool orphan = false);  // garbage.graph later
  void add(ItemId id, kernel::EventClass event_class);
  void startWork(Context& ctx);
  bool begin(Context& ctx, ItemId id, Item& item);  // false: nothing to do
  void send(Context& ctx, ItemId id, Item& item, Step step, api::Request request);
  void finish(Context& ctx, ItemId id, bool retry);
  void onItem(Context& ctx, ItemId id, Item& item, const api::Response& response);
  void nextOwner(Context& ctx, ItemId id, Item& item);
  void onOwner(Context& ctx, ItemId id, Item& item, const api::Response& response);
  void decide(Context& ctx, ItemId id, Item& item, bool with_version);
  void deleteItem(Context& ctx, ItemId id, Item& item, api::Propagation propagation, bool with_version);
  void onDeleted(Context& ctx, ItemId id, Item& item, const apiserver::Call& call);
  void processDependents(Context& ctx, ItemId id, Item& item);
  void getForFinalizer(Context& ctx, ItemId id, Item& item);
  void removeFinalizer(Context& ctx, ItemId id, Item& item, const api::Response& response);

  apiserver::ClientId client_ = 0;
  CoreEventRecorder recorder_{"garbage-collector-controller"};
  std::map<NodeId, Node> nodes_;
  std::map<std::string, NodeId> ids_;  // by UID
  NodeId next_id_ = 1;
  std::map<std::string, std::uint64_t> absent_;  // owners that are known not to exist, and when that was last of use
  std::map<std::uint64_t, std::string> absent_order_;  // the other way round
  std::uint64_t absent_clock_ = 0;
  std::deque<Change> changes_;
  kernel::TimePoint drawn_for_{kernel::TimePoint::min()},
      graph_at_{kernel::TimePoint::min()};                              // when the newest change was made, and is due
  kernel::EventClass timer_class_ = kernel::EventClass::kHousekeeping;  // of the timer for that
  std::map<ItemId, Item> items_;
  std::deque<ItemId> ready_[2];                // to delete; to orphan
  std::int32_t deleting_ = 0, orphaning_ = 0;  // workers that are busy
  apiserver::ClientId namespace_client_ = 0;
  std::map<NodeId, Emptying> emptying_;  // by the Namespace's own node
};

}  // namespace jobset_twin::cluster
