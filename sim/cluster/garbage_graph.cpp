// garbage_graph.cpp - the collector's graph: nodes, owners, and what their changes set off. See garbage_collector.hpp.
#include <algorithm>

#include <fmt/format.h>

#include "engine/api/kinds.hpp"
#include "sim/cluster/garbage_collector.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr std::size_t kAbsentOwners = 500;

bool sameOwners(const api::ObjectMeta& a, const api::ObjectMeta& b) {
  return a.ownerReferences.sameAs(b.ownerReferences) || *a.ownerReferences == *b.ownerReferences;
}

}  // namespace

bool GarbageCollector::hasFinalizer(const api::ObjectMeta& meta, std::string_view finalizer) {
  return std::find(meta.finalizers.begin(), meta.finalizers.end(), finalizer) != meta.finalizers.end();
}

GarbageCollector::Identity GarbageCollector::identityOf(const api::Object& object) {
  return {std::string(api::apiVersionOf(object)), std::string(api::kindNameOf(object)), object.meta.namespace_,
          object.meta.name};
}

// A kind that is not known is taken to live in namespaces.
GarbageCollector::Identity GarbageCollector::identityOf(const api::OwnerReference& owner,
                                                        const std::string& namespace_) {
  const api::KindInfo* info = api::findKind(owner.apiVersion, owner.kind);
  return {owner.apiVersion, owner.kind, !info || info->namespaced ? namespace_ : std::string(), owner.name};
}

api::ObjectKey GarbageCollector::Identity::key() const {
  const api::KindInfo* info = api::findKind(api_version, kind);
  if (info && info->kind != api::Kind::kGeneric) return {info->kind, namespace_, name};
  const std::string group = api::groupOf(api_version);
  return {api::Kind::kGeneric, namespace_, fmt::format("{}{}{}/{}", kind, group.empty() ? "" : ".", group, name)};
}

GarbageCollector::NodeId GarbageCollector::nodeOf(const std::string& uid) {
  const auto [at, fresh] = ids_.try_emplace(uid, next_id_);
  if (fresh) nodes_[next_id_++].uid = uid;
  return at->second;
}

void GarbageCollector::onWatch(Context& ctx, const apiserver::WatchEvent& event) {
  const api::ObjectMeta& meta = event.object->meta;
  if (event.type == apiserver::WatchType::kDeleted) {
    const auto known = ids_.find(meta.uid);
    if (known == ids_.end()) return;
    if (const auto emptied = emptying_.find(known->second); emptied != emptying_.end()) {
      ctx.kernel.cancel(emptied->second.timer);
      emptying_.erase(emptied);
    }
    if (nodes_[known->second].presence != Presence::kGone) remove(ctx, known->second);
    return;
  }
  const api::Object* previous = event.previous.get();
  if (previous && sameOwners(meta, previous->meta) && meta.finalizers == previous->meta.finalizers &&
      meta.deletionTimestamp.has_value() == previous->meta.deletionTimestamp.has_value()) {
    return;  // most changes: nothing that the graph knows of
  }
  const NodeId id = nodeOf(meta.uid);
  observe(ctx, id, *event.object);
  setOwners(ctx, id, *event.object);
  transitions(ctx, id, *event.object, previous);
  const bool is_namespace = event.object->kind() == api::Kind::kGeneric && nodes_[id].identity.kind == "Namespace";
  if (is_namespace && meta.deletionTimestamp && !emptying_.contains(id)) emptyNamespace(ctx, id);
}

void GarbageCollector::observe(Context& ctx, NodeId id, const api::Object& object) {
  Node& node = nodes_[id];
  if (node.presence == Presence::kObserved) return;
  node.presence = Presence::kObserved;
  Identity identity = identityOf(object);
  std::swap(identity, node.identity);  // identity: as dependents called it
  if (node.dependents.empty() || identity == node.identity) return;
  // Dependents that meant something else by this UID are looked at (K-API-34).
  for (const NodeId dependent : node.dependents) {
    const Node& other = nodes_[dependent];
    const bool elsewhere = !node.identity.namespace_.empty() && node.identity.namespace_ != other.identity.namespace_;
    if (elsewhere) reportWrongNamespace(ctx, other, identity, node.uid);
    if (elsewhere || identity.kind != node.identity.kind || identity.name != node.identity.name)
      enqueue(ctx, dependent);
  }
}

// The node of an owner that `id` has come to refer to. One that was never seen is looked for by a GET.
GarbageCollector::NodeId GarbageCollector::referTo(Context& ctx, NodeId id, const api::OwnerReference& owner) {
  const NodeId owner_id = nodeOf(owner.uid);
  const Node& node = nodes_[id];
  Node& owner_node = nodes_[owner_id];
  const Identity called = identityOf(owner, node.identity.namespace_);
  if (owner_node.identity.kind.empty() || owner_node.presence == Presence::kGone) {
    owner_node.presence = Presence::kVirtual;
    owner_node.identity = called;
    enqueue(ctx, owner_id);
    return owner_id;
  }
  const Identity& known = owner_node.identity;
  if (!known.namespace_.empty() && known.namespace_ != node.identity.namespace_) {
    if (owner_node.presence == Presence::kObserved) reportWrongNamespace(ctx, node, called, owner.uid);
    enqueue(ctx, id);
  } else if (known.kind != called.kind || known.name != called.name || known.api_version != called.api_version) {
    enqueue(ctx, id);
  }
  return owner_id;
}

void GarbageCollector::setOwners(Context& ctx, NodeId id, const api::Object& object) {
  std::map<std::string, bool> wanted;  // UID -> blocks
  for (const api::OwnerReference& owner : *object.meta.ownerReferences) {
    wanted[owner.uid] = wanted[owner.uid] || owner.blockOwnerDeletion.value_or(false);
  }
  const std::vector<Owner> before = nodes_[id].owners;
  std::vector<Owner> after;
  for (const Owner& owner : before) {
    Node& owner_node = nodes_[owner.id];
    const auto still = wanted.find(owner_node.uid);
    const bool blocks = still != wanted.end() && still->second;
    if (owner.blocks && !blocks && owner_node.deleting_dependents) enqueue(ctx, owner.id);  // one less in its way
    if (still == wanted.end()) {
      detach(id, owner);
      continue;
    }
    if (owner.blocks && !blocks) {
      --owner_node.blocking;
      owner_node.overlooked.erase(id);
    } else if (!owner.blocks && blocks) {
      ++owner_node.blocking;
    }
    after.push_back({owner.id, blocks});
    wanted.erase(still);
  }
  for (const api::OwnerReference& owner : *object.meta.ownerReferences) {
    const auto fresh = wanted.find(owner.uid);
    if (fresh == wanted.end()) continue;
    const NodeId owner_id = referTo(ctx, id, owner);
    Node& owner_node = nodes_[owner_id];
    owner_node.dependents.insert(id);
    if (fresh->second) ++owner_node.blocking;
    after.push_back({owner_id, fresh->second});
    wanted.erase(fresh);
  }
  nodes_[id].owners = std::move(after);
  if (!items_.contains(id * 2)) markOverlooked(id);
}

void GarbageCollector::detach(NodeId id, const Owner& owner) {
  Node& node = nodes_[owner.id];
  node.dependents.erase(id);
  node.overlooked.erase(id);
  if (owner.blocks) --node.blocking;
  eraseIfUnused(owner.id);
}

void GarbageCollector::transitions(Context& ctx, NodeId id, const api::Object& object, const api::Object* previous) {
  if (!object.meta.deletionTimestamp) return;
  Node& node = nodes_[id];
  if (!node.being_deleted) {
    node.being_deleted = true;
    for (const Owner& owner : node.owners) nodes_[owner.id].overlooked.erase(id);
  }
  const auto starts = [&](std::string_view finalizer) {
    return hasFinalizer(object.meta, finalizer) &&
           !(previous && previous->meta.deletionTimestamp && hasFinalizer(previous->meta, finalizer));
  };
  if (starts(kOrphanFinalizer)) {
    enqueue(ctx, id, true);
  } else if (starts(kForegroundFinalizer)) {
    node.deleting_dependents = true;
    for (const NodeId dependent : node.dependents) enqueue(ctx, dependent);
    enqueue(ctx, id);
  }
}

// It is gone, or was never there: its dependents may go too.
void GarbageCollector::remove(Context& ctx, NodeId id) {
  Node& node = nodes_[id];
  node.presence = Presence::kGone;
  node.being_deleted = node.deleting_dependents = false;
  node.overlooked.clear();
  if (!node.dependents.empty()) addAbsent(node.uid, node.identity);
  for (const NodeId dependent : node.dependents) enqueue(ctx, dependent);
  const std::vector<Owner> owners = std::move(node.owners);
  node.owners.clear();
  for (const Owner& owner : owners) {
    if (nodes_[owner.id].deleting_dependents) enqueue(ctx, owner.id);
    detach(id, owner);
  }
  eraseIfUnused(id);
}

void GarbageCollector::eraseIfUnused(NodeId id) {
  const auto at = nodes_.find(id);
  if (at == nodes_.end() || at->second.presence != Presence::kGone || !at->second.dependents.empty()) return;
  ids_.erase(at->second.uid);
  nodes_.erase(at);
}

// The node keeps owners from going and nobody is at work on it.
void GarbageCollector::markOverlooked(NodeId id) {
  const auto at = nodes_.find(id);
  if (at == nodes_.end() || at->second.being_deleted) return;
  for (const Owner& owner : at->second.owners) {
    Node& node = nodes_[owner.id];
    if (owner.blocks && node.deleting_dependents) node.overlooked.insert(id);
  }
}

void GarbageCollector::reportWrongNamespace(Context& ctx, const Node& dependent, const Identity& owner,
                                            const std::string& uid) {
  api::Generic body;
  body.apiVersion = dependent.identity.api_version;
  body.kind = dependent.identity.kind;
  const api::MutableObjectPtr about = api::makeObject(std::move(body));
  about->meta.namespace_ = dependent.identity.namespace_;
  about->meta.name = dependent.identity.name;
  about->meta.uid = dependent.uid;
  recorder_.record(ctx, *about, EventType::kWarning, "OwnerRefInvalidNamespace",
                   fmt::format("ownerRef [{}/{}, namespace: {}, name: {}, uid: {}] does not exist in namespace \"{}\"",
                               owner.api_version, owner.kind, dependent.identity.namespace_, owner.name, uid,
                               dependent.identity.namespace_));
}

namespace {

std::string absentKey(const std::string& uid, const api::ObjectKey& key) {
  return fmt::format("{}|{}|{}|{}", uid, static_cast<int>(key.kind), key.namespace_, key.name);
}

}  // namespace

void GarbageCollector::addAbsent(const std::string& uid, const Identity& identity) {
  const std::string key = absentKey(uid, identity.key());
  const auto [at, fresh] = absent_.try_emplace(key, 0);
  if (!fresh) absent_order_.erase(at->second);
  at->second = ++absent_clock_;
  absent_order_.emplace(absent_clock_, key);
  if (absent_.size() <= kAbsentOwners) return;
  absent_.erase(absent_order_.begin()->second);
  absent_order_.erase(absent_order_.begin());
}

bool GarbageCollector::isAbsent(const std::string& uid, const Identity& identity) {
  api::ObjectKey key = identity.key();
  for (int scope = 0; scope < 2; ++scope) {
    if (absent_.contains(absentKey(uid, key))) {
      addAbsent(uid, {identity.api_version, identity.kind, key.namespace_, identity.name});  // it was of use again
      return true;
    }
    if (key.namespace_.empty()) break;
    key.namespace_.clear();
  }
  return false;
}

}  // namespace jobset_twin::cluster
