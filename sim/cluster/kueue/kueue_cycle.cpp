// One scheduling cycle of Kueue (K-KUE-20 to 25, 43). See kueue.hpp.
#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/label_selector.hpp"
#include "sim/cluster/kueue/kueue.hpp"
#include "sim/cluster/kueue/names.hpp"

namespace jobset_twin::cluster {

using kueue::Assignment;
using kueue::Fit;

struct Kueue::Cycle {
  std::vector<Entry> entries;
  std::set<std::string> again;                                    // trees with more to do
  std::set<std::string> victims;                                  // of this cycle
  std::map<std::string, std::vector<kueue::Candidate>> admitted;  // by tree, as the cycle found them
  std::vector<std::pair<std::string, kueue::Usage>> reserved;     // against later entries, until the cycle ends
  std::set<std::string> passing;                                  // trees where one that was parked has reserved
};

void Kueue::cycle(Context& ctx) {
  cycling_ = false;
  Cycle all;
  for (const std::string& root : std::exchange(dirty_, {})) {
    for (const std::string& name : quotas_.members(root)) {
      ClusterQueue& queue = cluster_queues_.at(name);
      if (queue.active) nominate(ctx, name, queue, all);
    }
  }
  // K-KUE-22.
  std::stable_sort(all.entries.begin(), all.entries.end(), [](const Entry& a, const Entry& b) {
    const int left = a.assignment.borrow_level, right = b.assignment.borrow_level;
    return left != right ? left < right : a.rank < b.rank;
  });
  for (Entry& entry : all.entries) process(ctx, entry, all);
  for (const auto& [queue, usage] : all.reserved) quotas_.take(queue, usage);
  const std::size_t heads = all.entries.size();
  if (all.again.empty()) return;
  // The next cycle begins when the work of this one is done.
  for (const std::string& root : all.again) dirty_.insert(root);
  if (std::exchange(cycling_, true)) return;
  const Duration time = kernel::sample(ctx.timing.kueue.cycle, ctx.kernel.seed(), "kueue/cycle",
                                       static_cast<std::uint64_t>(ctx.now().time_since_epoch().count())) +
                        ctx.timing.kueue.per_head * static_cast<std::int64_t>(heads);
  ctx.kernel.scheduleAfter(time, ctx.self(Component::kKueue), kCycle);
}

bool Kueue::namespaceMatches(const Item& item, const ClusterQueue& queue) const {
  if (!queue.spec.namespaces) return false;
  const auto labels = namespaces_.find(item.view.object->meta.namespace_);
  return labels != namespaces_.end() && api::matches(*queue.spec.namespaces, labels->second);
}

const std::vector<kueue::Candidate>& Kueue::admitted(const std::string& root, Cycle& cycle) const {
  const auto [known, fresh] = cycle.admitted.try_emplace(root);
  std::vector<kueue::Candidate>& out = known->second;
  if (!fresh) return out;
  for (const std::string& name : quotas_.members(root)) {
    for (const std::string& key : cluster_queues_.at(name).charged) {
      const Item& item = items_.at(key);
      const api::Condition* reserved = api::findCondition(item.view.conditions, kueue::kQuotaReserved);
      out.push_back({&item.view, name, item.usage,
                     reserved && reserved->lastTransitionTime ? *reserved->lastTransitionTime : api::TimePoint::max()});
    }
  }
  return out;
}

// The head of a queue, with the flavors that it would get.
void Kueue::nominate(Context& ctx, const std::string& name, ClusterQueue& queue, Cycle& out) {
  const kueue::Rank* head = queue.waiting.head();
  if (!head) return;
  Entry entry;
  entry.rank = *head;
  entry.cluster_queue = name;
  entry.item = &items_.at(head->key);
  if (entry.item->writing) {  // its answer brings the next cycle
    awaited_.insert(head->key);
    return;
  }
  if (!namespaceMatches(*entry.item, queue)) {
    tell(ctx, *entry.item, "Misconfigured", "Workload namespace doesn't match ClusterQueue selector");
    return park(ctx, entry, out, true);
  }
  const kueue::Preemption& policy = queue.spec.preemption;
  const bool preempts = policy.within_cluster_queue != kueue::PreemptionPolicy::kNever ||
                        policy.reclaim_within_cohort != kueue::PreemptionPolicy::kNever;
  static const std::vector<kueue::Candidate> none;
  const std::vector<kueue::Candidate>& all = preempts ? admitted(quotas_.root(name), out) : none;
  const auto oracle = [&](const kueue::FlavorResource& of, kueue::Amount amount) {
    if (!preempts) return Fit::kNoCandidates;
    const kueue::Preemptor preemptor{entry.item->view.priority, entry.rank, name, {{of, amount}}, {of}};
    const auto victims =
        kueue::victimsFor(preemptor, policy, quotas_, kueue::candidatesFor(preemptor, policy, quotas_, all));
    if (victims.empty()) return Fit::kNoCandidates;
    const bool own = std::any_of(victims.begin(), victims.end(),
                                 [&](const auto& victim) { return items_.at(victim.key).charged == name; });
    return own ? Fit::kPreempt : Fit::kReclaim;
  };
  entry.assignment = kueue::assignFlavors(entry.item->view, name, queue.spec, quotas_, flavors_, oracle);
  const Fit fit = entry.assignment.fit;
  if (preempts && fit != Fit::kNo && fit != Fit::kYes) {
    const kueue::Preemptor preemptor{entry.item->view.priority, entry.rank, name, entry.assignment.usage,
                                     entry.assignment.short_of};
    entry.victims =
        kueue::victimsFor(preemptor, policy, quotas_, kueue::candidatesFor(preemptor, policy, quotas_, all));
  }
  out.entries.push_back(std::move(entry));
}

bool Kueue::blocked() const {
  const WaitForPodsReady& wait = config_.wait_for_pods_ready;
  return wait.enable && wait.block_admission && !not_ready_.empty();
}

void Kueue::process(Context& ctx, Entry& entry, Cycle& out) {
  const Assignment& assignment = entry.assignment;
  if (assignment.fit == Fit::kNo) {
    tell(ctx, *entry.item, assignment.reason, assignment.message);
    return park(ctx, entry, out, false);
  }
  if (assignment.fit != Fit::kYes) {
    if (!entry.victims.empty()) return preempt(ctx, entry, out);
    tell(ctx, *entry.item, assignment.reason, assignment.message);
    // So that others of its cohort do not take what it waits for, in this cycle (K-KUE-43).
    const kueue::ClusterQueueSpec& spec = cluster_queues_.at(entry.cluster_queue).spec;
    if (spec.preemption.reclaim_within_cohort != kueue::PreemptionPolicy::kAny) {
      reserve(entry, out);
      if (!spec.strict_fifo) out.passing.insert(quotas_.root(entry.cluster_queue));
    }
    return park(ctx, entry, out, false);
  }
  if (!quotas_.fits(entry.cluster_queue, assignment.usage)) {
    return skip(ctx, entry, out, "Workload no longer fits after processing another workload");
  }
  if (blocked()) {
    tell(ctx, *entry.item, "WaitingForPodsReady", "waiting for all admitted workloads to be in PodsReady condition");
    return;  // tried again when they are
  }
  admit(ctx, entry);
  out.again.insert(quotas_.root(entry.cluster_queue));
}

// What it counted on was taken in this cycle (K-KUE-23); it stays where it is. An admission brings the next cycle, and
// so does quota that is freed for a preemptor or a head of StrictFIFO: until then they would reserve again. What one
// that was parked has reserved is free as soon as the cycle ends, and nothing else would tell.
void Kueue::skip(Context& ctx, Entry& entry, Cycle& out, const std::string& message) {
  cluster_queues_.at(entry.cluster_queue).waiting.release(entry.item->view.key);
  const std::string root = quotas_.root(entry.cluster_queue);
  if (out.passing.contains(root)) out.again.insert(root);
  tell(ctx, *entry.item, "WaitingForQuota", message);
}

// What it lacks is kept from later entries of the cycle.
void Kueue::reserve(Entry& entry, Cycle& out) {
  kueue::Usage kept;
  const kueue::ClusterQueueSpec& spec = cluster_queues_.at(entry.cluster_queue).spec;
  for (const auto& [of, amount] : entry.assignment.usage) {
    const kueue::Amount used = quotas_.used(entry.cluster_queue, of);
    const auto quota = spec.quotas.find(of);
    kueue::Amount most = amount;
    if (quota != spec.quotas.end()) {
      const kueue::ResourceQuota& limits = quota->second;
      if (entry.assignment.borrow_level == 0)
        most = std::min(amount, limits.nominal - used);
      else if (limits.borrowing_limit)
        most = std::min(amount, limits.nominal + *limits.borrowing_limit - used);
    }
    if (most > 0) kept[of] = most;
  }
  quotas_.add(entry.cluster_queue, kept);
  out.reserved.emplace_back(entry.cluster_queue, std::move(kept));
}

// Out of the way until something has changed; a head of StrictFIFO stays where it is and blocks the others.
void Kueue::park(Context& ctx, Entry& entry, Cycle& out, bool alone) {
  ClusterQueue& queue = cluster_queues_.at(entry.cluster_queue);
  if (queue.spec.strict_fifo && !alone) return;
  if (alone) {
    queue.waiting.park(entry.item->view.key);
  } else {
    queue.waiting.parkShape(entry.item->view.key);
  }
  noteStatus(ctx, "ClusterQueue/" + entry.cluster_queue);
  if (queue.waiting.head()) out.again.insert(quotas_.root(entry.cluster_queue));
}

void Kueue::admit(Context& ctx, Entry& entry) {
  Item& item = *entry.item;
  kueue::Workload wanted = item.view;
  const std::string& queue = entry.cluster_queue;
  wanted.admission = entry.assignment.admission;
  const auto previously = [&](std::string_view type) {
    if (!wanted.is(type)) return;
    const std::string message = "Previously: " + api::findCondition(wanted.conditions, type)->message;
    setCondition(wanted, type, false, "QuotaReserved", message, ctx.clock());
  };
  setCondition(wanted, kueue::kQuotaReserved, true, "QuotaReserved", "Quota reserved in ClusterQueue " + queue,
               ctx.clock());
  setCondition(wanted, kueue::kAdmitted, true, "Admitted", "The workload is admitted", ctx.clock());
  previously(kueue::kEvicted);
  previously(kueue::kPreempted);
  const api::TimePoint since = std::max(entry.rank.since, wanted.object->meta.creationTimestamp.value_or(ctx.clock()));
  const auto waited = std::chrono::duration_cast<std::chrono::seconds>(ctx.clock() - since).count();
  std::string considered;
  for (const kueue::PodSetAssignment& podset : entry.assignment.admission.podsets) {
    std::set<std::string> names;
    for (const auto& [resource, flavor] : podset.flavors) names.insert(flavor);
    for (const std::string& name : names)
      considered += fmt::format("{}{}: {}(Fit;borrow={})", considered.empty() ? "" : ", ", podset.name, name,
                                entry.assignment.borrow_level);
  }
  item.assumed = true;
  item.charged = queue;
  item.usage = entry.assignment.usage;
  quotas_.add(queue, item.usage);
  not_ready_.insert(item.view.key);
  cluster_queues_.at(queue).charged.insert(item.view.key);
  cluster_queues_.at(queue).waiting.remove(item.view.key);
  item.pending.clear();
  tally(ctx, item);
  noteStatus(ctx, "ClusterQueue/" + queue);
  send(ctx, Write::kAdmission, item, statusPatch(wanted),
       {{true, false, "QuotaReserved",
         fmt::format("Quota reserved in ClusterQueue {}, wait time since queued was {}s; Flavors considered: {}", queue,
                     waited, considered)},
        {true, false, "Admitted",
         fmt::format("Admitted by ClusterQueue {}, wait time since reservation was 0s", queue)}});
}

void Kueue::preempt(Context& ctx, Entry& entry, Cycle& out) {
  const bool overlaps = std::any_of(entry.victims.begin(), entry.victims.end(),
                                    [&](const auto& victim) { return out.victims.contains(victim.key); });
  if (overlaps) return skip(ctx, entry, out, "Workload has overlapping preemption targets with another workload");
  if (!fitsWithout(entry)) return skip(ctx, entry, out, "Workload no longer fits after processing another workload");
  ClusterQueue& queue = cluster_queues_.at(entry.cluster_queue);
  if (!queue.spec.strict_fifo) queue.waiting.stick(entry.item->view.key);
  reserve(entry, out);
  bool busy = false;  // the answer brings the next cycle
  for (const kueue::Victim& victim : entry.victims) {
    if (!items_.at(victim.key).writing) continue;
    awaited_.insert(victim.key);
    busy = true;
  }
  if (busy) return;
  for (const kueue::Victim& victim : entry.victims) {
    out.victims.insert(victim.key);
    if (!items_.at(victim.key).view.is(kueue::kEvicted)) evictVictim(ctx, victim, entry);
  }
  tell(ctx, *entry.item, "WaitingForPreemptedWorkloads",
       fmt::format("{}. Pending the preemption of {} workload(s)", entry.assignment.message, entry.victims.size()));
}

// Whether it fits once its victims are gone, after what the cycle has given to others.
bool Kueue::fitsWithout(const Entry& entry) {
  for (const kueue::Victim& victim : entry.victims)
    quotas_.take(items_.at(victim.key).charged, items_.at(victim.key).usage);
  const bool fits = quotas_.fits(entry.cluster_queue, entry.assignment.usage);
  for (const kueue::Victim& victim : entry.victims)
    quotas_.add(items_.at(victim.key).charged, items_.at(victim.key).usage);
  return fits;
}

void Kueue::evictVictim(Context& ctx, const kueue::Victim& victim, const Entry& entry) {
  Item& item = items_.at(victim.key);
  const kueue::Workload& by = entry.item->view;
  kueue::Workload wanted = item.view;
  const std::string message = fmt::format(
      "Preempted to accommodate a workload (UID: {}, JobUID: {}) due to {}; preemptor path: {}; preemptee "
      "path: {}",
      by.object->meta.uid, by.object->meta.labels.get(kueue::kJobUid), kueue::whyText(victim.reason),
      quotas_.path(entry.cluster_queue), quotas_.path(item.charged));
  kueue::evict(wanted, kueue::kPreempted, message, ctx.clock());
  setCondition(wanted, kueue::kPreempted, true, victim.reason, message, ctx.clock());
  send(ctx, Write::kEviction, item, statusPatch(wanted),
       {{true, false, "EvictedDueToPreempted", message}, {true, false, "Preempted", message}});
  admission_events_.record(ctx, *by.object, EventType::kNormal, "PreemptedWorkload",
                           fmt::format("Preempted workload {} (UID: {}) due to {}", victim.key,
                                       item.view.object->meta.uid, kueue::whyText(victim.reason)));
}

// Why it is not admitted, once for each reason.
void Kueue::tell(Context& ctx, Item& item, const std::string& reason, const std::string& message) {
  kueue::Workload wanted = item.view;
  if (item.writing || !setCondition(wanted, kueue::kQuotaReserved, false, reason, message, ctx.clock())) return;
  send(ctx, Write::kPending, item, statusPatch(wanted), {{true, true, reason, message}});
}

void Kueue::send(Context& ctx, Write what, Item& item, api::Request request, std::vector<kueue::Said> said) {
  item.writing = true;
  scheduled_[next_write_] = {what, item.view.key, std::move(said)};
  ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kKueue), std::move(request),
                     static_cast<std::uint64_t>(kScheduler) << 56 | next_write_);
  ++next_write_;
}

void Kueue::answered(Context& ctx, std::uint64_t number, const apiserver::Call& call) {
  const auto found = scheduled_.find(number);
  if (found == scheduled_.end()) return;
  const Scheduled write = std::move(found->second);
  scheduled_.erase(found);
  const auto at = items_.find(write.workload);
  if (at == items_.end()) return;
  if (write.what == Write::kAdmission) at->second.assumed = false;
  written(ctx, write.workload, call);
  const auto still = items_.find(write.workload);
  if (still == items_.end()) return;
  Item& item = still->second;
  if (call.response.ok()) {
    for (const kueue::Said& one : write.said) say(ctx, one, nullptr, write.workload);
    return;
  }
  if (write.what == Write::kAdmission) account(ctx, item);
  place(ctx, item);
  const std::string queue = item.pending.empty() ? item.charged : item.pending;
  if (!queue.empty()) freed(ctx, queue);
}

}  // namespace jobset_twin::cluster
