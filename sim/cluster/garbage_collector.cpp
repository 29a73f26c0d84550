#include "sim/cluster/garbage_collector.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/kernel/check.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr std::uint16_t kGraph = kFirstTimer, kAgain = kFirstTimer + 1;
constexpr Component kSelf = Component::kGarbageCollector;
constexpr auto kItemBackoff = 5ms, kItemBackoffMax = 1000000ms;  // K-T-70

constexpr bool isOrphaning(std::uint64_t item) { return item % 2 == 1; }

api::Request getRequest(api::ObjectKey key) {
  api::Request request;
  request.verb = api::Verb::kGet;
  request.key = std::move(key);
  return request;
}

// {"metadata":{"ownerReferences":[{"$patch":"delete","uid":…}],"uid":…}}
api::Request withoutOwners(api::ObjectKey key, const std::string& uid, const std::vector<std::string>& owners) {
  nlohmann::json list = nlohmann::json::array();
  for (const std::string& owner : owners) list.push_back({{"$patch", "delete"}, {"uid", owner}});
  nlohmann::json metadata;
  metadata["ownerReferences"] = std::move(list);
  metadata["uid"] = uid;
  nlohmann::json body;
  body["metadata"] = std::move(metadata);
  return api::patchRequest(std::move(key), api::StrategicMergePatch{api::Raw(std::move(body))});
}

}  // namespace

void GarbageCollector::start(Context& ctx) {
  const ClientTiming& clients = ctx.timing.clients;
  client_ = ctx.transport.addClient({"kube-controller-manager/garbage-collector", clients.gc_qps, clients.gc_burst});
  constexpr int kMoreQps = 20, kMoreBurst = 100;  // K-API-35
  namespace_client_ = ctx.transport.addClient({"kube-controller-manager/namespace-controller",
                                               kMoreQps * clients.controller_manager_qps,
                                               kMoreBurst * clients.controller_manager_burst});
  recorder_.start(ctx,
                  {"kube-controller-manager/garbage-collector-events", clients.controller_manager_qps,
                   clients.controller_manager_burst},
                  Component::kGarbageCollector);
  for (std::size_t kind = 0; kind < api::kKindCount; ++kind) {
    if (static_cast<api::Kind>(kind) != api::Kind::kEvent)
      ctx.transport.subscribe(static_cast<api::Kind>(kind), ctx.self(kSelf));
  }
}

void GarbageCollector::stop(Context& ctx) {
  for (auto& [id, item] : items_) ctx.kernel.cancel(item.timer);
  for (auto& [id, emptying] : emptying_) ctx.kernel.cancel(emptying.timer);
}

// --- the queue ---

void GarbageCollector::enqueue(Context& ctx, NodeId id, bool orphan) {
  const kernel::EventClass event_class = ctx.kernel.currentClass();
  const bool fresh = drawn_for_ != ctx.now();
  if (fresh) {
    drawn_for_ = ctx.now();
    const auto index = static_cast<std::uint64_t>(ctx.now().time_since_epoch().count());
    const kernel::Duration lag =
        kernel::sample(ctx.timing.garbage.graph, ctx.kernel.seed(), "garbage-collector/graph", index);
    graph_at_ = std::max(graph_at_, kernel::saturatingAdd(ctx.now(), lag));
  }
  if (fresh || changes_.empty() || event_class < timer_class_) {  // empty: without lag, this instant's timer is over
    timer_class_ = event_class;
    ctx.kernel.schedule(graph_at_, ctx.self(kSelf), kGraph, 0, 0, event_class);
  }
  changes_.push_back({graph_at_.time_since_epoch().count(), id * 2 + (orphan ? 1 : 0), event_class});
}

void GarbageCollector::add(ItemId id, kernel::EventClass event_class) {
  Item& item = items_[id];
  if (item.queued) {
    item.event_class = std::min(item.event_class, event_class);
    return;
  }
  item.queued = true;
  item.event_class = event_class;
  if (!item.working) ready_[id % 2].push_back(id);
}

void GarbageCollector::onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t) {
  if (kind == kEmptyAgain) return emptyNamespace(ctx, a);
  if (kind == kAgain) {
    items_[a].timer = kernel::EventHandle{};
    add(a, ctx.kernel.currentClass());
  } else {
    const std::int64_t now = ctx.now().time_since_epoch().count();
    for (; !changes_.empty() && changes_.front().due <= now; changes_.pop_front())
      add(changes_.front().item, changes_.front().event_class);
  }
  startWork(ctx);
}

// What waits for a worker is as important as what put it there, not as what made the worker free.
void GarbageCollector::startWork(Context& ctx) {
  const kernel::EventClass before = ctx.kernel.currentClass();
  for (int queue = 0; queue < 2; ++queue) {
    std::int32_t& busy = queue == 0 ? deleting_ : orphaning_;
    while (busy < ctx.timing.garbage.workers && !ready_[queue].empty()) {
      const ItemId id = ready_[queue].front();
      ready_[queue].pop_front();
      Item& item = items_[id];
      item.queued = false;
      item.working = true;
      ++busy;
      ctx.kernel.setCurrentClass(item.event_class);
      if (!begin(ctx, id, item)) finish(ctx, id, false);
    }
  }
  ctx.kernel.setCurrentClass(before);
}

bool GarbageCollector::begin(Context& ctx, ItemId id, Item& item) {
  const auto at = nodes_.find(id / 2);
  if (at == nodes_.end() || at->second.presence == Presence::kGone) return false;
  const Node& node = at->second;
  item.latest = nullptr;
  item.next_owner = 0;
  item.lost.clear();
  item.solid = item.waiting = item.failed = false;
  if (!isOrphaning(id)) {
    if (node.being_deleted && !node.deleting_dependents) return false;  // it goes by itself
    send(ctx, id, item, Step::kGetItem, getRequest(node.identity.key()));
    return true;
  }
  item.patches = node.dependents.size();
  if (item.patches == 0) {
    getForFinalizer(ctx, id, item);
    return true;
  }
  for (const NodeId dependent : node.dependents) {
    const Node& other = nodes_[dependent];
    send(ctx, id, item, Step::kOrphan, withoutOwners(other.identity.key(), other.uid, {node.uid}));
  }
  return true;
}

void GarbageCollector::send(Context& ctx, ItemId id, Item& item, Step step, api::Request request) {
  item.step = step;
  ctx.transport.send(ctx.kernel, client_, ctx.self(kSelf), std::move(request), id);
}

void GarbageCollector::finish(Context& ctx, ItemId id, bool retry) {
  Item& item = items_[id];
  item.working = false;
  item.latest = nullptr;
  --(isOrphaning(id) ? orphaning_ : deleting_);
  if (item.queued) ready_[id % 2].push_back(id);
  if (retry) {
    kernel::Duration delay = kItemBackoff;
    for (std::int32_t i = 0; i < item.failures && delay < kItemBackoffMax; ++i) delay *= 2;
    ++item.failures;
    if (!ctx.kernel.isPending(item.timer)) {
      item.timer = ctx.kernel.scheduleAfter(std::min<kernel::Duration>(delay, kItemBackoffMax), ctx.self(kSelf), kAgain,
                                            id, 0, kernel::EventClass::kRetry);
    }
    return;
  }
  item.failures = 0;
  if (item.queued || ctx.kernel.isPending(item.timer)) return;
  items_.erase(id);
  if (!isOrphaning(id)) markOverlooked(id / 2);
}

void GarbageCollector::onResponse(Context& ctx, const apiserver::Call& call) {
  if (recorder_.owns(call)) return recorder_.onResponse(ctx, call);
  if (call.client == namespace_client_) return onEmptied(ctx, call);
  const ItemId id = call.tag;
  Item& item = items_[id];
  const api::Response& response = call.response;
  const bool gone = response.reason == api::Reason::kNotFound;
  switch (item.step) {
    case Step::kGetItem: onItem(ctx, id, item, response); break;
    case Step::kGetOwner: onOwner(ctx, id, item, response); break;
    case Step::kDelete:
    case Step::kGetAgain: onDeleted(ctx, id, item, call); break;
    case Step::kOrphan:
      item.failed = item.failed || (!response.ok() && !gone);
      if (--item.patches > 0) break;
      if (item.failed) {
        finish(ctx, id, true);
      } else {
        getForFinalizer(ctx, id, item);
      }
      break;
    case Step::kGetForFinalizer: removeFinalizer(ctx, id, item, response); break;
    case Step::kPatchOwners:
    case Step::kRemoveFinalizer: finish(ctx, id, !response.ok() && !gone); break;
  }
  startWork(ctx);
}

// --- one item ---

void GarbageCollector::onItem(Context& ctx, ItemId id, Item& item, const api::Response& response) {
  const auto at = nodes_.find(id / 2);
  if (at == nodes_.end() || at->second.presence == Presence::kGone) return finish(ctx, id, false);  // went meanwhile
  const Node& node = at->second;
  const bool absent =
      response.reason == api::Reason::kNotFound || (response.ok() && response.object->meta.uid != node.uid);
  if (absent) {
    remove(ctx, id / 2);
    return finish(ctx, id, false);
  }
  // A virtual owner that is there will be seen by its watch; until then it is asked for again.
  if (!response.ok() || node.presence == Presence::kVirtual) return finish(ctx, id, true);
  item.latest = response.object;
  if (node.deleting_dependents) return processDependents(ctx, id, item);
  if (item.latest->meta.ownerReferences->empty()) return finish(ctx, id, false);
  nextOwner(ctx, id, item);
}

void GarbageCollector::nextOwner(Context& ctx, ItemId id, Item& item) {
  const api::ObjectMeta& meta = item.latest->meta;
  for (; item.next_owner < meta.ownerReferences->size(); ++item.next_owner) {
    const api::OwnerReference& owner = (*meta.ownerReferences)[item.next_owner];
    Identity identity = identityOf(owner, meta.namespace_);
    if (!isAbsent(owner.uid, identity)) {
      const auto known = ids_.find(owner.uid);  // tells the scope of a custom kind
      if (known != ids_.end() && nodes_[known->second].presence == Presence::kObserved &&
          nodes_[known->second].identity.namespace_.empty()) {
        identity.namespace_.clear();
      }
      return send(ctx, id, item, Step::kGetOwner, getRequest(identity.key()));
    }
    item.lost.push_back(owner.uid);
  }
  decide(ctx, id, item, true);
}

void GarbageCollector::onOwner(Context& ctx, ItemId id, Item& item, const api::Response& response) {
  const api::ObjectMeta& meta = item.latest->meta;
  const api::OwnerReference& owner = (*meta.ownerReferences)[item.next_owner];
  if (response.reason == api::Reason::kNotFound || (response.ok() && response.object->meta.uid != owner.uid)) {
    addAbsent(owner.uid, identityOf(owner, meta.namespace_));
    item.lost.push_back(owner.uid);
  } else if (!response.ok()) {
    return finish(ctx, id, true);
  } else if (response.object->meta.deletionTimestamp && hasFinalizer(response.object->meta, kForegroundFinalizer)) {
    item.waiting = true;
    item.lost.push_back(owner.uid);
  } else {
    item.solid = true;
  }
  ++item.next_owner;
  nextOwner(ctx, id, item);
}

void GarbageCollector::decide(Context& ctx, ItemId id, Item& item, bool with_version) {
  const api::ObjectMeta& meta = item.latest->meta;
  if (item.solid) {
    if (item.lost.empty()) return finish(ctx, id, false);
    return send(ctx, id, item, Step::kPatchOwners, withoutOwners(api::keyOf(*item.latest), meta.uid, item.lost));
  }
  const auto node = nodes_.find(id / 2);
  const bool has_dependents = node != nodes_.end() && !node->second.dependents.empty();
  api::Propagation propagation = api::Propagation::kBackground;
  if (item.waiting && has_dependents) {
    propagation = api::Propagation::kForeground;
  } else if (hasFinalizer(meta, kOrphanFinalizer)) {
    propagation = api::Propagation::kOrphan;
  } else if (hasFinalizer(meta, kForegroundFinalizer)) {
    propagation = api::Propagation::kForeground;
  }
  deleteItem(ctx, id, item, propagation, with_version);
}

void GarbageCollector::deleteItem(Context& ctx, ItemId id, Item& item, api::Propagation propagation,
                                  bool with_version) {
  api::DeleteOptions options;
  options.propagation = propagation;
  options.preconditionUid = item.latest->meta.uid;
  if (with_version) options.preconditionResourceVersion = item.latest->meta.resourceVersion;
  send(ctx, id, item, Step::kDelete, api::deleteRequest(api::keyOf(*item.latest), options));
}

// An object that was changed meanwhile, but not its owners, is deleted all the same.
void GarbageCollector::onDeleted(Context& ctx, ItemId id, Item& item, const apiserver::Call& call) {
  const api::Response& response = call.response;
  if (item.step == Step::kDelete) {
    const bool outdated =
        response.reason == api::Reason::kConflict && call.request.delete_options.preconditionResourceVersion != 0;
    if (!outdated) return finish(ctx, id, !response.ok() && response.reason != api::Reason::kNotFound);
    return send(ctx, id, item, Step::kGetAgain, getRequest(call.request.key));
  }
  const bool same = response.ok() && response.object->meta.uid == item.latest->meta.uid &&
                    *response.object->meta.ownerReferences == *item.latest->meta.ownerReferences;
  if (!same) return finish(ctx, id, response.reason != api::Reason::kNotFound);
  decide(ctx, id, item, false);
}

// K-API-32: the owner goes when no dependent keeps it.
void GarbageCollector::processDependents(Context& ctx, ItemId id, Item& item) {
  Node& node = nodes_[id / 2];
  if (node.blocking == 0) return getForFinalizer(ctx, id, item);
  for (const NodeId dependent : std::exchange(node.overlooked, {})) add(dependent * 2, ctx.kernel.currentClass());
  finish(ctx, id, false);
}

void GarbageCollector::getForFinalizer(Context& ctx, ItemId id, Item& item) {
  const auto node = nodes_.find(id / 2);
  if (node == nodes_.end()) return finish(ctx, id, false);
  send(ctx, id, item, Step::kGetForFinalizer, getRequest(node->second.identity.key()));
}

void GarbageCollector::removeFinalizer(Context& ctx, ItemId id, Item& item, const api::Response& response) {
  if (!response.ok()) return finish(ctx, id, response.reason != api::Reason::kNotFound);
  const std::string_view finalizer = isOrphaning(id) ? kOrphanFinalizer : kForegroundFinalizer;
  const auto node = nodes_.find(id / 2);
  if (node == nodes_.end() || response.object->meta.uid != node->second.uid ||
      !hasFinalizer(response.object->meta, finalizer))
    return finish(ctx, id, false);
  api::Request request = api::patchRequest(api::keyOf(*response.object), api::RemoveFinalizer{std::string(finalizer)});
  request.patch_resource_version = response.object->meta.resourceVersion;
  send(ctx, id, item, Step::kRemoveFinalizer, std::move(request));
}

}  // namespace jobset_twin::cluster
