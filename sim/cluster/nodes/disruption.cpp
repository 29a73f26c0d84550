#include "sim/cluster/nodes/disruption.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/apiserver/kinds.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr std::uint16_t kRecheck = kFirstTimer;
constexpr auto kDeletionTimeout = 2min;

bool isReady(const api::Object& pod) {
  return api::conditionIs(api::as<api::Pod>(pod).status.conditions, "Ready", "True");
}

std::string resourceOf(const api::OwnerReference& owner) {
  const std::string group = api::groupOf(owner.apiVersion);
  const api::ObjectKey key{api::Kind::kGeneric, "-", owner.kind + (group.empty() ? "" : "." + group) + "/-"};
  return apiserver::namesOf(key).qualifiedResource();
}

// A share of a whole, rounded up; what is no percentage counts as none.
std::int64_t share(const std::string& percent, std::int64_t whole) {
  constexpr std::int64_t kHundred = 100;
  if (!percent.ends_with('%')) return 0;
  const std::int64_t value = std::atoll(percent.c_str());
  return (value * whole + kHundred - 1) / kHundred;
}

}  // namespace

void Disruption::start(Context& ctx) {
  const ClientTiming& clients = ctx.timing.clients;
  const apiserver::ClientConfig config{"kube-controller-manager/disruption-controller", clients.controller_manager_qps,
                                       clients.controller_manager_burst};
  client_ = ctx.transport.addClient(config);
  events_.start(ctx, {config.name + "/events", config.qps, config.burst}, Component::kDisruption);
}

void Disruption::synced(Context& ctx) {
  listing_ = false;
  for (const auto& [name, id] : ids_) sync(ctx, id);
}

void Disruption::stop(Context& ctx) {
  for (const auto& [id, budget] : budgets_) ctx.kernel.cancel(budget.recheck);
}

void Disruption::onBudget(Context& ctx, const NodeCache& cache, const apiserver::WatchEvent& event) {
  if (!apiserver::isDisruptionBudget(*event.object)) return;
  const std::string& namespace_ = event.object->meta.namespace_;
  const Name name{namespace_, event.object->meta.name};
  const auto known = ids_.find(name);
  if (event.type == apiserver::WatchType::kDeleted) {
    if (known == ids_.end()) return;
    ctx.kernel.cancel(budgets_.at(known->second).recheck);
    budgets_.erase(known->second);
    ids_.erase(known);
    return;
  }
  const std::uint64_t id = known == ids_.end() ? ids_.emplace(name, next_id_++).first->second : known->second;
  Budget& budget = budgets_[id];
  const api::LabelSelector before = budget.read.selector;
  const bool selected = budget.read.selects;
  budget.object = event.object;
  budget.read = apiserver::readBudget(*event.object);
  if (known == ids_.end() || !(before == budget.read.selector) || selected != budget.read.selects) {
    budget.pods.clear();
    const auto gather = [&](const std::string& node) {
      for (const auto& [pod_name, pod] : cache.podsOf(node))
        if (budget.read.covers(*pod, namespace_)) budget.pods[pod_name.name] = pod;
    };
    gather("");
    for (const std::string& node : cache.nodesWithPods()) gather(node);
  }
  sync(ctx, id);
}

void Disruption::onPod(Context& ctx, const apiserver::WatchEvent& event) {
  const api::Object& pod = *event.object;
  for (auto at = ids_.lower_bound({pod.meta.namespace_, {}});
       at != ids_.end() && at->first.first == pod.meta.namespace_; ++at) {
    Budget& budget = budgets_.at(at->second);
    const bool covered = event.type != apiserver::WatchType::kDeleted && budget.read.covers(pod, at->first.first);
    if (covered) {
      budget.pods[pod.meta.name] = event.object;
    } else if (budget.pods.erase(pod.meta.name) == 0) {
      continue;
    }
    sync(ctx, at->second);
  }
}

std::string Disruption::expect(Context& ctx, const Budget& budget, apiserver::DisruptionBudget& status) {
  const auto all = static_cast<std::int64_t>(budget.pods.size());
  const auto& minimum = budget.read.min_available;
  const auto& maximum = budget.read.max_unavailable;
  if (!maximum && minimum && !minimum->isString()) {
    status.desired = minimum->number();
    status.expected = all;
    return {};
  }
  if (!maximum && !minimum) return {};
  std::int64_t unmanaged = 0;
  for (const auto& [name, pod] : budget.pods) {
    const api::OwnerReference* owner = api::controllerOf(pod->meta);
    if (owner) return resourceOf(*owner) + " does not implement the scale subresource";
    ++unmanaged;
  }
  if (unmanaged > 0) {
    events_.record(
        ctx, *budget.object, EventType::kWarning, "UnmanagedPods",
        fmt::format("Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As "
                    "a result, the status of the PDB cannot be calculated correctly, which may result in "
                    "undefined behavior. To account for these pods please set \".spec.minAvailable\" field "
                    "of the PDB to an integer value.",
                    api::formatSelector(budget.read.selector)));
  }
  // What is left is a scale of nothing: no controller of these Pods says how many there should be.
  const api::IntOrString& bound = maximum ? *maximum : *minimum;
  const std::int64_t amount = bound.isString() ? share(bound.text(), 0) : bound.number();
  status.desired = maximum ? std::max<std::int64_t>(-amount, 0) : amount;
  status.expected = 0;
  return {};
}

void Disruption::sync(Context& ctx, std::uint64_t id) {
  Budget& budget = budgets_.at(id);
  if (listing_) return;
  if (budget.writing) {
    budget.dirty = true;
    return;
  }
  budget.dirty = false;
  apiserver::DisruptionBudget status = budget.read;
  if (budget.pods.empty()) events_.record(ctx, *budget.object, EventType::kNormal, "NoPods", "No matching pods found");
  const std::string error = expect(ctx, budget, status);
  ctx.kernel.cancel(budget.recheck);
  if (error.empty()) {
    std::optional<kernel::TimePoint> recheck;
    std::erase_if(status.disrupted, [&](const auto& entry) {
      const auto pod = budget.pods.find(entry.first);
      if (pod == budget.pods.end() || pod->second->meta.deletionTimestamp) return true;
      const kernel::TimePoint until = entry.second + kDeletionTimeout;
      if (until < ctx.clock()) {
        events_.record(ctx, *pod->second, EventType::kWarning, "NotDeleted",
                       fmt::format("Pod was expected by PDB {}/{} to be deleted but it wasn't",
                                   budget.object->meta.namespace_, budget.object->meta.name));
        return true;
      }
      recheck = std::min(recheck.value_or(until), until);
      return false;
    });
    if (recheck) {
      budget.recheck =
          ctx.kernel.schedule(std::max(*recheck - ctx.skew, ctx.now()) + kernel::Duration(1),
                              ctx.self(Component::kDisruption), kRecheck, id, 0, kernel::EventClass::kHousekeeping);
    }
    status.healthy = std::count_if(budget.pods.begin(), budget.pods.end(), [&](const auto& entry) {
      return !entry.second->meta.deletionTimestamp && !status.disrupted.contains(entry.first) && isReady(*entry.second);
    });
    status.allowed = status.expected > 0 ? std::max<std::int64_t>(status.healthy - status.desired, 0) : 0;
  } else {
    events_.record(ctx, *budget.object, EventType::kWarning, "CalculateExpectedPodCountFailed",
                   "Failed to calculate the number of expected pods: " + error);
    status.allowed = 0;
  }
  const api::MutableObjectPtr fresh = apiserver::withStatus(*budget.object, status, error.empty(), error, ctx.clock());
  if (api::as<api::Generic>(*fresh).content == api::as<api::Generic>(budget.object).content) return;
  budget.writing = true;
  ctx.transport.send(ctx.kernel, client_, ctx.self(Component::kDisruption), api::updateStatusRequest(fresh), id);
}

void Disruption::onResponse(Context& ctx, const apiserver::Call& call) {
  if (events_.owns(call)) return events_.onResponse(ctx, call);
  const auto found = budgets_.find(call.tag);
  if (found == budgets_.end()) return;
  found->second.writing = false;
  if (call.response.ok()) {
    found->second.object = call.response.object;
    found->second.read = apiserver::readBudget(*call.response.object);
  }
  // After a conflict the change that caused it comes by the watch, and with it the next attempt.
  if (found->second.dirty) sync(ctx, call.tag);
}

void Disruption::onTimer(Context& ctx, std::uint64_t a) {
  if (budgets_.contains(a)) sync(ctx, a);
}

}  // namespace jobset_twin::cluster
