#include "sim/cluster/network/endpoint_slices.hpp"

#include <algorithm>

namespace jobset_twin::cluster {
namespace {

constexpr std::size_t kWorkers = 5;                 // K-T-45
constexpr auto kBackoff = 1s, kBackoffMax = 1000s;  // K-T-92
constexpr std::int32_t kMaxRetries = 15;            // K-DNS-5
constexpr auto kUnexpectedDelay = 1s;               // K-DNS-5
constexpr std::int64_t kDeletion = -1;              // in Entry::expected
constexpr Component kSelf = Component::kEndpointSlices;
constexpr std::string_view kZoneLabel = "topology.kubernetes.io/zone";

using apiserver::WatchType;

bool selects(const api::Object& service, const api::StringMap& labels) {
  const auto& selector = api::as<api::Service>(service).spec.selector;
  return network::hasManagedSlices(service) && std::all_of(selector.begin(), selector.end(), [&](const auto& entry) {
           const std::string* value = labels.find(entry.first);
           return value && *value == entry.second;
         });
}

bool isStale(const network::SliceMap& slices, const std::map<std::string, std::int64_t>& expected) {
  std::map<std::string_view, std::int64_t> seen;
  for (const auto& [name, slice] : slices) seen.emplace(slice->meta.uid, slice->meta.generation);
  return std::any_of(expected.begin(), expected.end(), [&](const auto& own) {
    const auto at = seen.find(own.first);
    if (own.second == kDeletion) return at != seen.end();
    return at == seen.end() || at->second < own.second;
  });
}

}  // namespace

void EndpointSlices::start(Context& ctx) {
  queue_ = job::SyncQueue(ctx.self(kSelf), kSyncDue);
  const ClientTiming& clients = ctx.timing.clients;
  client_ = ctx.transport.addClient({"kube-controller-manager/endpointslice-controller", clients.controller_manager_qps,
                                     clients.controller_manager_burst});
  for (const api::Kind kind : {api::Kind::kNode, api::Kind::kService, api::Kind::kPod, api::Kind::kEndpointSlice})
    ctx.transport.subscribe(kind, ctx.self(kSelf));
}

void EndpointSlices::onWatch(Context& ctx, const apiserver::WatchEvent& event) {
  switch (event.object->kind()) {
    case api::Kind::kService: onService(event); break;
    case api::Kind::kPod: onPod(event); break;
    case api::Kind::kEndpointSlice: onSlice(ctx, event); break;
    case api::Kind::kNode:
      if (event.type == WatchType::kDeleted) {
        zones_.erase(event.object->meta.name);
      } else {
        zones_[event.object->meta.name] = event.object->meta.labels.get(kZoneLabel);
      }
      break;
    default: break;
  }
  startSyncs(ctx);
}

EndpointSlices::Id EndpointSlices::idOf(const Name& name) {
  const auto [at, fresh] = ids_.try_emplace(name, next_id_);
  if (fresh) entries_[next_id_++].name = name;
  return at->second;
}

void EndpointSlices::dropIfGone(Id id) {
  const auto at = entries_.find(id);
  if (at == entries_.end() || at->second.service || !at->second.slices.empty() || queue_.known(id)) return;
  ids_.erase(at->second.name);
  entries_.erase(at);
}

// A Service is found by the first label of its selector.
void EndpointSlices::index(Id id, const api::Object& service, bool add) {
  if (!network::hasManagedSlices(service)) return;
  const std::string& ns = service.meta.namespace_;
  const auto& [label, value] = *api::as<api::Service>(service).spec.selector.begin();
  const BucketKey key{ns, {label, value}};
  if (!add) {
    Bucket& bucket = buckets_[key];
    bucket.services.erase(id);
    if (bucket.services.empty() && bucket.pods.empty()) buckets_.erase(key);
    return;
  }
  if (keys_[ns].insert(label).second) {
    for (auto at = pod_ids_.lower_bound({ns, {}}); at != pod_ids_.end() && at->first.first == ns; ++at) {
      const std::string* own = pods_.at(at->second)->meta.labels.find(label);
      if (own) buckets_[{ns, {label, *own}}].pods.insert(at->second);
    }
  }
  buckets_[key].services.insert(id);
}

void EndpointSlices::onService(const apiserver::WatchEvent& event) {
  const api::ObjectPtr& service = event.object;
  const Id id = idOf({service->meta.namespace_, service->meta.name});
  Entry& entry = entries_.at(id);
  if (entry.service) index(id, *entry.service, false);
  entry.service = event.type == WatchType::kDeleted ? nullptr : service;
  if (entry.service) index(id, *service, true);
  entry.full = entry.relabel = true;
  queue_.add(id);
}

void EndpointSlices::indexPod(PodId pod, const api::Object& object, bool add) {
  const auto keys = keys_.find(object.meta.namespace_);
  if (keys == keys_.end()) return;
  for (const std::string& label : keys->second) {
    const std::string* value = object.meta.labels.find(label);
    if (!value) continue;
    const BucketKey key{object.meta.namespace_, {label, *value}};
    Bucket& bucket = buckets_[key];
    if (add) {
      bucket.pods.insert(pod);
    } else {
      bucket.pods.erase(pod);
      if (bucket.services.empty() && bucket.pods.empty()) buckets_.erase(key);
    }
  }
}

void EndpointSlices::markServices(const api::Object& pod) {
  const auto keys = keys_.find(pod.meta.namespace_);
  if (keys == keys_.end()) return;
  for (const std::string& label : keys->second) {
    const std::string* value = pod.meta.labels.find(label);
    const auto bucket = value ? buckets_.find({pod.meta.namespace_, {label, *value}}) : buckets_.end();
    if (bucket == buckets_.end()) continue;
    for (const Id service : bucket->second.services) {
      Entry& entry = entries_.at(service);
      if (!selects(*entry.service, pod.meta.labels)) continue;
      entry.dirty.insert(pod.meta.name);
      queue_.add(service);
    }
  }
}

void EndpointSlices::onPod(const apiserver::WatchEvent& event) {
  const api::ObjectPtr& pod = event.object;
  const Name name{pod->meta.namespace_, pod->meta.name};
  const auto known = pod_ids_.find(name);
  if (event.type == WatchType::kDeleted) {
    if (known == pod_ids_.end()) return;
    const api::ObjectPtr old = pods_.at(known->second);
    markServices(*old);
    indexPod(known->second, *old, false);
    pods_.erase(known->second);
    pod_ids_.erase(known);
    return;
  }
  if (known == pod_ids_.end()) {
    const PodId id = next_pod_++;
    pod_ids_.emplace(name, id);
    pods_.emplace(id, pod);
    indexPod(id, *pod, true);
    markServices(*pod);
    return;
  }
  const PodId id = known->second;
  const api::ObjectPtr old = std::exchange(pods_.at(id), pod);
  const bool relabelled = !(old->meta.labels == pod->meta.labels);
  if (relabelled) {
    markServices(*old);
    indexPod(id, *old, false);
    indexPod(id, *pod, true);
  }
  if (relabelled || !network::sameEndpoint(*old, *pod)) markServices(*pod);
}

void EndpointSlices::onSlice(Context& ctx, const apiserver::WatchEvent& event) {
  const api::ObjectPtr& slice = event.object;
  const std::string_view service = slice->meta.labels.get(network::kServiceNameLabel);
  if (service.empty() || slice->meta.labels.get(network::kManagedByLabel) != network::kManagedBy) return;
  const Id id = idOf({slice->meta.namespace_, std::string(service)});
  Entry& entry = entries_.at(id);
  const auto known = entry.slices.find(slice->meta.name);
  const api::ObjectPtr old = known == entry.slices.end() ? nullptr : known->second;
  const bool deleted = event.type == WatchType::kDeleted;
  const auto own = entry.expected.find(slice->meta.uid);
  bool unexpected = own == entry.expected.end() || slice->meta.generation > own->second;
  if (deleted) {
    unexpected = own != entry.expected.end() && own->second != kDeletion;
    if (own != entry.expected.end()) entry.expected.erase(own);
    if (known != entry.slices.end()) entry.slices.erase(known);
  } else {
    entry.slices.insert_or_assign(slice->meta.name, slice);
  }
  unexpected = unexpected && entry.service;
  replaceSlice(entry, old, deleted ? nullptr : slice, unexpected);
  if (unexpected) {
    entry.relabel = true;
    queue_.addAfter(ctx.kernel, id, kUnexpectedDelay, kernel::EventClass::kRetry);
  }
  dropIfGone(id);
}

// Brings `where` up to date with a slice that was and is now (null: not there), and marks the Pods whose endpoints
// differ. Endpoints that stay keep their order; whatever else happened to them, all differences are found.
void EndpointSlices::replaceSlice(Entry& entry, const api::ObjectPtr& old, const api::ObjectPtr& now, bool mark) {
  static const std::vector<api::Endpoint> kNone;
  const auto& before = old ? api::as<api::EndpointSlice>(old).endpoints : kNone;
  const auto& after = now ? api::as<api::EndpointSlice>(now).endpoints : kNone;
  const std::string& name = (old ? old : now)->meta.name;
  const bool other_ports =
      old && now && api::as<api::EndpointSlice>(old).ports != api::as<api::EndpointSlice>(now).ports;
  std::size_t next = 0;
  for (const api::Endpoint& endpoint : before) {
    const api::Endpoint* same = next < after.size() ? &after[next] : nullptr;
    const bool stays = same && same->targetRef.has_value() == endpoint.targetRef.has_value() &&
                       (!endpoint.targetRef || same->targetRef->name == endpoint.targetRef->name);
    if (stays) ++next;
    if (!endpoint.targetRef) continue;
    const std::string& pod = endpoint.targetRef->name;
    if (mark && (!stays || other_ports || !(*same == endpoint))) entry.dirty.insert(pod);
    if (stays) continue;
    const auto at = entry.where.find(pod);
    if (at != entry.where.end() && at->second == name) entry.where.erase(at);
  }
  for (; next < after.size(); ++next) {
    if (!after[next].targetRef) continue;
    const std::string& pod = after[next].targetRef->name;
    if (mark) entry.dirty.insert(pod);
    entry.where.insert_or_assign(pod, name);
  }
}

void EndpointSlices::endFault(Context& ctx, std::uint64_t number) {
  if (faults_.erase(number) == 0) return;
  ctx.kernel.noteEffect();
  startSyncs(ctx);
}

void EndpointSlices::startSyncs(Context& ctx) {
  Duration lag{};
  for (const auto& [number, fault] : faults_) {
    if (fault.paused) return;
    lag += fault.lag;
  }
  while (syncs_.size() < kWorkers) {
    const auto id = queue_.take();
    if (!id) return;
    const auto entry = entries_.find(*id);
    if (entry == entries_.end() || (!entry->second.full && !entry->second.relabel && entry->second.dirty.empty())) {
      queue_.forget(*id);
      queue_.done(*id);
      dropIfGone(*id);
      continue;
    }
    ++sync_count_;
    syncs_[*id];
    const Name& name = entry->second.name;
    const Duration wait = kernel::sample(ctx.timing.network.endpoint_sync, ctx.kernel.seed(),
                                         "endpointslices/" + name.first + "/" + name.second,
                                         static_cast<std::uint64_t>(ctx.now().time_since_epoch().count()));
    ctx.kernel.scheduleAfter(wait + lag, ctx.self(kSelf), kSyncRun, *id);
  }
}

std::vector<network::Wish> EndpointSlices::wishesOf(const Entry& entry, Sync& sync) {
  const api::Object& service = *entry.service;
  const std::string& ns = service.meta.namespace_;
  if (sync.full) {
    const auto& [label, value] = *api::as<api::Service>(service).spec.selector.begin();
    const auto bucket = buckets_.find({ns, {label, value}});
    if (bucket != buckets_.end()) {
      for (const PodId id : bucket->second.pods) sync.pods.insert(pods_.at(id)->meta.name);
    }
    for (const auto& [pod, slice] : entry.where) sync.pods.insert(pod);
  }
  std::vector<std::pair<PodId, network::Wish>> wishes;  // in order of appearance
  const bool even_without_node = api::as<api::Service>(service).spec.publishNotReadyAddresses;
  for (const std::string& name : sync.pods) {
    network::Wish wish{name, std::nullopt, {}};
    const auto at = pod_ids_.find({ns, name});
    const PodId id = at == pod_ids_.end() ? 0 : at->second;
    if (id != 0 && selects(service, pods_.at(id)->meta.labels)) {
      const api::Object& pod = *pods_.at(id);
      const auto zone = zones_.find(api::as<api::Pod>(pod).nodeName);
      wish.endpoint = network::endpointOf(pod, service, zone == zones_.end() ? nullptr : &zone->second);
      if (wish.endpoint && zone == zones_.end() && !even_without_node) {
        wish.endpoint.reset();
        sync.again.insert(name);
      }
      if (wish.endpoint) wish.ports = network::portsOf(pod, service);
    }
    wishes.emplace_back(id, std::move(wish));
  }
  std::stable_sort(wishes.begin(), wishes.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  pods_looked_ += wishes.size();
  std::vector<network::Wish> out;
  for (auto& [id, wish] : wishes) out.push_back(std::move(wish));
  return out;
}

void EndpointSlices::run(Context& ctx, Id id) {
  Entry& entry = entries_.at(id);
  Sync& sync = syncs_.at(id);
  if (!entry.service || !network::hasManagedSlices(*entry.service)) {
    // Without its Service the garbage collector removes the slices; without a selector they are somebody else's.
    entry.expected.clear();
    entry.dirty.clear();
    entry.full = entry.relabel = false;
    return finish(ctx, id, true);
  }
  if (isStale(entry.slices, entry.expected)) return finish(ctx, id, false);
  sync.pods = std::exchange(entry.dirty, {});
  sync.full = std::exchange(entry.full, false);
  sync.relabel = std::exchange(entry.relabel, false);
  std::vector<network::Wish> wishes = wishesOf(entry, sync);
  const network::SliceWrites writes =
      network::packEndpoints(*entry.service, entry.slices, entry.where, std::move(wishes), sync.relabel);
  if (!entry.service->meta.deletionTimestamp) {
    for (const api::ObjectPtr& slice : writes.create) sync.steps.push_back({api::Verb::kCreate, slice});
  }
  for (const api::ObjectPtr& slice : writes.update) sync.steps.push_back({api::Verb::kUpdate, slice});
  for (const api::ObjectPtr& slice : writes.remove) sync.steps.push_back({api::Verb::kDelete, slice});
  sendNext(ctx, id, sync);
}

void EndpointSlices::sendNext(Context& ctx, Id id, Sync& sync) {
  if (sync.next == sync.steps.size()) return finish(ctx, id, sync.again.empty());
  const Step& step = sync.steps[sync.next];
  api::Request request = step.verb == api::Verb::kCreate   ? api::createRequest(step.slice)
                         : step.verb == api::Verb::kUpdate ? api::updateRequest(step.slice)
                                                           : api::deleteRequest(api::keyOf(*step.slice), {});
  ctx.transport.send(ctx.kernel, client_, ctx.self(kSelf), std::move(request), id);
}

void EndpointSlices::onResponse(Context& ctx, const apiserver::Call& call) {
  const Id id = static_cast<Id>(call.tag);
  Sync& sync = syncs_.at(id);
  const Step& step = sync.steps[sync.next];
  if (!call.response.ok()) {
    if (ctx.trace.enabled) {
      ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kRequestFailed),
                     "service/" + entries_.at(id).name.first + "/" + entries_.at(id).name.second,
                     "endpointslice controller: " + call.response.message);
    }
    // Nothing can be made in a namespace that is going away.
    const bool give_up = step.verb == api::Verb::kCreate && call.response.reason == api::Reason::kForbidden;
    finish(ctx, id, give_up);
  } else {
    entries_.at(id).expected[call.response.object->meta.uid] =
        step.verb == api::Verb::kDelete ? kDeletion : call.response.object->meta.generation;
    ++sync.next;
    sendNext(ctx, id, sync);
  }
  startSyncs(ctx);
}

void EndpointSlices::onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a, std::uint64_t) {
  if (kind == kSyncDue) {
    queue_.due(static_cast<Id>(a));
  } else {
    run(ctx, static_cast<Id>(a));
  }
  startSyncs(ctx);
}

void EndpointSlices::finish(Context& ctx, Id id, bool ok) {
  Entry& entry = entries_.at(id);
  const Sync& sync = syncs_.at(id);
  if (ok) {
    entry.failures = 0;
    queue_.forget(id);
  } else {
    // What was to be done is still to be done, if only the rest of the writes.
    const bool written = sync.next == sync.steps.size();
    const std::set<std::string>& again = written ? sync.again : sync.pods;
    entry.dirty.insert(again.begin(), again.end());
    entry.full = entry.full || (sync.full && !written);
    entry.relabel = entry.relabel || (sync.relabel && !written);
    if (++entry.failures <= kMaxRetries) {
      queue_.addRateLimited(ctx.kernel, id, kBackoff, kBackoffMax);
    } else {
      entry.failures = 0;
      queue_.forget(id);
    }
  }
  syncs_.erase(id);
  queue_.done(id);
  dropIfGone(id);
}

}  // namespace jobset_twin::cluster
