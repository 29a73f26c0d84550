// What changes mean to Kueue: who is queued where, what is used, who has to be looked at. See kueue.hpp.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/cluster/kueue/kueue.hpp"
#include "sim/cluster/kueue/names.hpp"

namespace jobset_twin::cluster {

using kueue::kindOf;

namespace {

std::string nameOf(const api::Object& object) { return object.meta.namespace_ + "/" + object.meta.name; }
std::string jobKey(std::string_view kind, std::string_view namespace_, std::string_view name) {
  return fmt::format("{}/{}/{}", kind, namespace_, name);
}
bool isDeleted(const apiserver::WatchEvent& event) { return event.type == apiserver::WatchType::kDeleted; }

}  // namespace

void Kueue::start(Context& ctx) {
  const auto& clients = ctx.timing.clients;
  const auto client = [&](const char* name) {
    return apiserver::ClientConfig{name, clients.kueue_qps, clients.kueue_burst};
  };
  client_ = ctx.transport.addClient(client("kueue-controller-manager"));
  const std::uint32_t self = ctx.self(Component::kKueue);
  workers_.resize(kWorkers);
  const std::int32_t most[kWorkers] = {1, ctx.timing.kueue.workers, ctx.timing.kueue.workers, 1};
  for (std::size_t i = 0; i < kWorkers; ++i) {
    workers_[i].queue = job::SyncQueue(self, static_cast<std::uint16_t>(kDueJobSet + i));
    workers_[i].most = most[i];
  }
  admission_events_ = CoreEventRecorder("kueue-admission");
  jobset_events_ = CoreEventRecorder("jobset.x-k8s.io/jobset-kueue-controller");
  job_events_ = CoreEventRecorder("batch/job-kueue-controller");
  admission_events_.start(ctx, client("kueue-controller-manager/admission-events"), Component::kKueue);
  jobset_events_.start(ctx, client("kueue-controller-manager/jobset-events"), Component::kKueue);
  job_events_.start(ctx, client("kueue-controller-manager/job-events"), Component::kKueue);
  for (const api::Kind kind : {api::Kind::kJobSet, api::Kind::kJob, api::Kind::kGeneric, api::Kind::kPriorityClass})
    ctx.transport.subscribe(kind, self);
}

void Kueue::derive() {
  const auto isTree = [](const api::ObjectPtr& object) { return object && object->kind() == api::Kind::kGeneric; };
  flavors_.clear();
  quotas_ = {};
  for (const auto& [name, object] : flavor_objects_) {
    if (isTree(object)) flavors_[name] = kueue::flavorOf(*object);
  }
  for (const auto& [name, object] : cohort_objects_) {
    if (!isTree(object)) continue;
    const kueue::CohortSpec spec = kueue::cohortOf(*object);
    quotas_.setCohort(name, spec.parent, spec.quotas);
  }
  for (auto& [name, queue] : cluster_queues_) {
    if (!isTree(queue.object)) continue;
    queue.spec = kueue::clusterQueueOf(*queue.object);
    quotas_.setClusterQueue(name, queue.spec.cohort, queue.spec.quotas);
  }
  for (auto& [key, queue] : local_queues_) {
    if (isTree(queue.object)) queue.spec = kueue::localQueueOf(*queue.object);
  }
  for (auto& [key, item] : items_) {
    if (isTree(item.view.object)) item.view = kueue::readWorkload(item.view.object, nullptr);
    if (!item.charged.empty()) quotas_.add(item.charged, item.usage);
  }
}

void Kueue::onWatch(Context& ctx, const apiserver::WatchEvent& event) {
  switch (event.object->kind()) {
    case api::Kind::kJobSet:
    case api::Kind::kJob: return onJob(ctx, event);
    case api::Kind::kGeneric: return onSetup(ctx, event);
    case api::Kind::kPriorityClass:
      if (isDeleted(event)) {
        priority_classes_.erase(event.object->meta.name);
      } else {
        priority_classes_[event.object->meta.name] = event.object;
      }
      return;
    default: return;
  }
}

// K-KUE-2 and 19: it names a queue, and nobody above it is queued already.
bool Kueue::isManaged(const api::Object& object) const {
  if (object.meta.labels.get(kueue::kQueueName).empty()) return false;
  const api::OwnerReference* owner = api::controllerOf(object.meta);
  return !owner || !jobs_.contains(jobKey(owner->kind, object.meta.namespace_, owner->name));
}

void Kueue::onJob(Context& ctx, const apiserver::WatchEvent& event) {
  const api::Object& object = *event.object;
  const std::string key = jobKey(api::kindNameOf(object), object.meta.namespace_, object.meta.name);
  const Which which = object.kind() == api::Kind::kJob ? kJobs : kJobSets;
  const auto known = jobs_.find(key);
  if (isDeleted(event)) {
    if (known == jobs_.end()) return;
    jobs_.erase(known);
    enqueue(ctx, which, key);
    return;
  }
  if (!isManaged(object)) {
    if (known != jobs_.end()) jobs_.erase(known);  // its label was taken away: it goes on by itself
    return;
  }
  jobs_[key] = event.object;
  enqueue(ctx, which, key);
}

void Kueue::onSetup(Context& ctx, const apiserver::WatchEvent& event) {
  const api::Object& object = *event.object;
  const std::string_view kind = kindOf(object);
  const std::string& name = object.meta.name;
  if (kind == "Workload") return isDeleted(event) ? dropWorkload(ctx, object) : setWorkload(ctx, event.object);
  if (kind == "ResourceFlavor") return setFlavor(ctx, event);
  if (kind == "ClusterQueue") return setClusterQueue(ctx, event);
  if (kind == "LocalQueue") return setLocalQueue(ctx, event);
  if (kind == "Cohort") return setCohort(ctx, event);
  if (kind == "WorkloadPriorityClass") {
    if (isDeleted(event)) {
      workload_classes_.erase(name);
    } else {
      workload_classes_[name] = kueue::priorityOf(object);
    }
  } else if (api::apiVersionOf(object) == "v1" && api::kindNameOf(object) == "Namespace") {
    const auto known = namespaces_.find(name);
    const bool changed = isDeleted(event) || (known != namespaces_.end() && known->second != object.meta.labels);
    if (isDeleted(event)) {
      namespaces_.erase(name);
    } else {
      namespaces_[name] = object.meta.labels;
    }
    if (!changed) return;
    for (const auto& [queue, state] : cluster_queues_) freed(ctx, queue);
  }
}

void Kueue::setFlavor(Context& ctx, const apiserver::WatchEvent& event) {
  const std::string& name = event.object->meta.name;
  if (isDeleted(event)) {
    flavors_.erase(name);
    flavor_objects_.erase(name);
  } else {
    flavors_[name] = kueue::flavorOf(*event.object);
    flavor_objects_[name] = event.object;
  }
  for (auto& [queue, state] : cluster_queues_) {
    const bool uses = std::any_of(state.spec.groups.begin(), state.spec.groups.end(), [&](const auto& group) {
      return std::find(group.flavors.begin(), group.flavors.end(), name) != group.flavors.end();
    });
    if (!uses) continue;
    checkActive(ctx, queue, state);
    freed(ctx, queue);
  }
}

void Kueue::setCohort(Context& ctx, const apiserver::WatchEvent& event) {
  const std::string& name = event.object->meta.name;
  if (isDeleted(event)) {
    quotas_.removeCohort(name);
    cohort_objects_.erase(name);
  } else {
    const kueue::CohortSpec spec = kueue::cohortOf(*event.object);
    quotas_.setCohort(name, spec.parent, spec.quotas);
    cohort_objects_[name] = event.object;
  }
  for (const auto& [queue, state] : cluster_queues_) {
    if (!state.spec.cohort.empty()) freed(ctx, queue);
  }
}

void Kueue::setClusterQueue(Context& ctx, const apiserver::WatchEvent& event) {
  const std::string& name = event.object->meta.name;
  ClusterQueue& queue = cluster_queues_[name];
  if (isDeleted(event)) {
    queue.object = nullptr;
    queue.active = false;
    quotas_.removeClusterQueue(name);
    replaceWorkloads(ctx, name);
    return;
  }
  const bool fresh = !queue.object;
  const kueue::StopPolicy stopped = queue.spec.stop;
  queue.object = event.object;
  if (!fresh && event.previous && kueue::sameSpec(*event.object, *event.previous)) return;  // its status
  queue.spec = kueue::clusterQueueOf(*event.object);
  quotas_.setClusterQueue(name, queue.spec.cohort, queue.spec.quotas);
  if (fresh) {
    for (const std::string& key : queue.charged) quotas_.add(name, items_.at(key).usage);
  }
  checkActive(ctx, name, queue);
  if (fresh || stopped != queue.spec.stop) replaceWorkloads(ctx, name);
  freed(ctx, name);
  noteStatus(ctx, "ClusterQueue/" + name);
}

void Kueue::checkActive(Context& ctx, const std::string& name, ClusterQueue& queue) {
  std::vector<std::string> missing;
  for (const kueue::ResourceGroup& group : queue.spec.groups) {
    for (const std::string& flavor : group.flavors) {
      if (!flavors_.contains(flavor)) missing.push_back(flavor);
    }
  }
  const bool before = queue.active;
  queue.active = queue.object && missing.empty() && queue.spec.stop == kueue::StopPolicy::kNone;
  queue.inactive_reason = queue.spec.stop != kueue::StopPolicy::kNone ? "Stopped" : "FlavorNotFound";
  queue.inactive_message = queue.spec.stop != kueue::StopPolicy::kNone
                               ? std::string("Can't admit new workloads: is stopped.")
                               : fmt::format("Can't admit new workloads: references missing ResourceFlavor(s): {}.",
                                             fmt::join(missing, ","));
  if (before == queue.active) return;
  noteStatus(ctx, "ClusterQueue/" + name);
  if (queue.object) replaceWorkloads(ctx, name);
}

void Kueue::setLocalQueue(Context& ctx, const apiserver::WatchEvent& event) {
  const std::string key = nameOf(*event.object);
  LocalQueue& queue = local_queues_[key];
  queue.object = isDeleted(event) ? nullptr : event.object;
  if (queue.object) {
    const kueue::LocalQueueSpec spec = kueue::localQueueOf(*event.object);
    const bool same = event.type == apiserver::WatchType::kModified && spec.cluster_queue == queue.spec.cluster_queue &&
                      spec.stop == queue.spec.stop;
    queue.spec = spec;
    if (same) return;
  }
  for (const std::string& workload : std::set<std::string>(queue.workloads)) {
    Item& item = items_.at(workload);
    count(ctx, item, true);
    place(ctx, item);
    enqueue(ctx, kWorkloads, "Workload/" + workload);
  }
  noteStatus(ctx, "LocalQueue/" + key);
  if (!queue.spec.cluster_queue.empty()) freed(ctx, queue.spec.cluster_queue);
}

// All that name it, in its LocalQueues or by their quota.
void Kueue::replaceWorkloads(Context& ctx, const std::string& cluster_queue) {
  for (const auto& [key, local] : local_queues_) {
    if (local.spec.cluster_queue != cluster_queue) continue;
    for (const std::string& workload : std::set<std::string>(local.workloads)) {
      place(ctx, items_.at(workload));
      enqueue(ctx, kWorkloads, "Workload/" + workload);
    }
  }
}

void Kueue::setWorkload(Context& ctx, const api::ObjectPtr& object) {
  const std::string key = nameOf(*object);
  const auto known = items_.find(key);
  const kueue::Workload* before = known == items_.end() ? nullptr : &known->second.view;
  if (before && before->object->meta.uid == object->meta.uid &&
      before->object->meta.resourceVersion >= object->meta.resourceVersion)
    return;
  kueue::Workload view = kueue::readWorkload(object, before);
  Item& item = items_[key];
  item.view = std::move(view);
  workload_of_[std::string(object->meta.labels.get(kueue::kJobUid))] = key;
  count(ctx, item, !item.view.is(kueue::kFinished));
  account(ctx, item);
  place(ctx, item);
  enqueueJobOf(ctx, item.view);
  enqueue(ctx, kWorkloads, "Workload/" + key);
}

void Kueue::dropWorkload(Context& ctx, const api::Object& object) {
  const std::string key = nameOf(object);
  const auto known = items_.find(key);
  if (known == items_.end()) return;
  Item& item = known->second;
  item.view.admission.reset();
  item.view.conditions.clear();
  item.view.active = false;
  item.assumed = false;
  account(ctx, item);
  place(ctx, item);
  count(ctx, item, false);
  enqueueJobOf(ctx, item.view);
  workload_of_.erase(std::string(object.meta.labels.get(kueue::kJobUid)));
  items_.erase(known);
  enqueue(ctx, kWorkloads, "Workload/" + key);  // it waits for nothing any more
}

// Which queues it counts for.
void Kueue::count(Context& ctx, Item& item, bool present) {
  const std::string local = present ? item.view.object->meta.namespace_ + "/" + item.view.queue : std::string();
  if (local == item.local) return;
  if (!item.local.empty()) {
    LocalQueue& old = local_queues_[item.local];
    old.workloads.erase(item.view.key);
    old.pending -= std::exchange(item.counted_pending, false) ? 1 : 0;
    old.reserving -= std::exchange(item.counted_reserving, false) ? 1 : 0;
    noteStatus(ctx, "LocalQueue/" + item.local);
  }
  item.local = local;
  if (!local.empty()) local_queues_[local].workloads.insert(item.view.key);
  tally(ctx, item);
}

// Keeps its LocalQueue's numbers in step.
void Kueue::tally(Context& ctx, Item& item) {
  const bool pending = !item.pending.empty(), reserving = !item.charged.empty();
  if (item.local.empty() || (pending == item.counted_pending && reserving == item.counted_reserving)) return;
  LocalQueue& queue = local_queues_[item.local];
  queue.pending = queue.pending - (item.counted_pending ? 1 : 0) + (pending ? 1 : 0);
  queue.reserving = queue.reserving - (item.counted_reserving ? 1 : 0) + (reserving ? 1 : 0);
  item.counted_pending = pending;
  item.counted_reserving = reserving;
  noteStatus(ctx, "LocalQueue/" + item.local);
}

// The quota that it has, by its status or because it is being admitted.
void Kueue::account(Context& ctx, Item& item) {
  if (item.assumed && !item.view.is(kueue::kQuotaReserved)) return;
  const bool has = item.view.is(kueue::kQuotaReserved) && item.view.admission && !item.view.is(kueue::kFinished);
  const std::string queue = has ? item.view.admission->cluster_queue : std::string();
  kueue::Usage usage = has ? kueue::usageOf(item.view) : kueue::Usage();
  const bool ready = !has || item.view.is(kueue::kPodsReady);
  const bool was_waited_for = not_ready_.contains(item.view.key);
  if (ready) {
    not_ready_.erase(item.view.key);
  } else {
    not_ready_.insert(item.view.key);
  }
  if (config_.wait_for_pods_ready.block_admission && was_waited_for && not_ready_.empty()) {
    for (const auto& [name, state] : cluster_queues_) freed(ctx, name);
  }
  if (queue == item.charged && usage == item.usage) return;
  const std::string before = std::exchange(item.charged, queue);
  if (!before.empty()) {
    quotas_.take(before, item.usage);
    cluster_queues_[before].charged.erase(item.view.key);
  }
  if (!queue.empty()) {
    quotas_.add(queue, usage);
    cluster_queues_[queue].charged.insert(item.view.key);
    noteStatus(ctx, "ClusterQueue/" + queue);
  }
  tally(ctx, item);
  const bool less = !before.empty() && (before != queue || usage != item.usage);
  item.usage = std::move(usage);
  if (!less) return;
  noteStatus(ctx, "ClusterQueue/" + before);
  freed(ctx, before);
}

bool Kueue::mayWait(const Item& item) const {
  const kueue::Workload& view = item.view;
  if (!view.active || item.assumed || !item.charged.empty() || view.is(kueue::kQuotaReserved) ||
      view.is(kueue::kFinished) || view.isNot(kueue::kRequeued) || view.object->meta.deletionTimestamp)
    return false;
  const auto local = local_queues_.find(item.local);
  if (local == local_queues_.end() || !local->second.object || local->second.spec.stop != kueue::StopPolicy::kNone)
    return false;
  const auto queue = cluster_queues_.find(local->second.spec.cluster_queue);
  return queue != cluster_queues_.end() && queue->second.object;
}

void Kueue::place(Context& ctx, Item& item) {
  const std::string wanted = mayWait(item) ? local_queues_.at(item.local).spec.cluster_queue : std::string();
  if (!item.pending.empty() && item.pending != wanted) {
    cluster_queues_[item.pending].waiting.remove(item.view.key);
    noteStatus(ctx, "ClusterQueue/" + item.pending);
    dirty(ctx, quotas_.root(item.pending));  // another one is the head
  }
  item.pending = wanted;
  tally(ctx, item);
  if (wanted.empty()) return;
  kueue::PendingQueue& waiting = cluster_queues_.at(wanted).waiting;
  kueue::Rank rank = kueue::rankOf(item.view, config_.wait_for_pods_ready.by_eviction);
  if (waiting.isAt(rank, item.view.shape)) return;
  waiting.push(std::move(rank), item.view.shape);
  noteStatus(ctx, "ClusterQueue/" + wanted);
  dirty(ctx, quotas_.root(wanted));
}

// A head that is blocked is tried at once; what was parked comes back after a while, all of the tree together.
void Kueue::freed(Context& ctx, const std::string& cluster_queue) {
  const std::string root = quotas_.root(cluster_queue);
  dirty(ctx, root);
  const auto& members = quotas_.members(root);
  const bool parked = std::any_of(members.begin(), members.end(), [&](const std::string& name) {
    return cluster_queues_.at(name).waiting.hasParked();
  });
  if (!parked || !requeueing_.insert(root).second) return;
  ctx.kernel.scheduleAfter(ctx.timing.kueue.requeue_batch, ctx.self(Component::kKueue), kRequeue, idOf(root));
}

void Kueue::dirty(Context& ctx, const std::string& root) {
  dirty_.insert(root);
  if (std::exchange(cycling_, true)) return;
  const Duration cycle = kernel::sample(ctx.timing.kueue.cycle, ctx.kernel.seed(), "kueue/cycle",
                                        static_cast<std::uint64_t>(ctx.now().time_since_epoch().count()));
  ctx.kernel.scheduleAfter(cycle, ctx.self(Component::kKueue), kCycle);
}

void Kueue::noteStatus(Context& ctx, const std::string& key) {
  workers_[kStatuses].queue.addAfter(ctx.kernel, idOf(key), ctx.timing.kueue.status_batch, kernel::EventClass::kWork);
}

void Kueue::enqueueJobOf(Context& ctx, const kueue::Workload& workload) {
  const api::OwnerReference* owner = api::controllerOf(workload.object->meta);
  if (!owner) return;
  const std::string key = jobKey(owner->kind, workload.object->meta.namespace_, owner->name);
  enqueue(ctx, owner->kind == "Job" ? kJobs : kJobSets, key);
}

void Kueue::enqueue(Context& ctx, Which which, const std::string& key) {
  workers_[which].queue.add(idOf(key));
  startWork(ctx, which);
}

Kueue::Id Kueue::idOf(const std::string& key) {
  const auto [at, fresh] = ids_.try_emplace(key, next_id_);
  if (fresh) keys_[next_id_++] = key;
  return at->second;
}

}  // namespace jobset_twin::cluster
