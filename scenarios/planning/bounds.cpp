#include "scenarios/planning/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "scenarios/planning/spares.hpp"
#include "scenarios/theory/queueing.hpp"
#include "sim/cluster/kueue/specs.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

constexpr std::uint64_t kAnySeed = 1;
constexpr double kManyFailures = 20;  // a run that sees so many of them is as good as endless

double hoursOf(Duration time) { return std::chrono::duration<double, std::ratio<3600>>(time).count(); }

// Of one Pod or node; a Pod takes one of a node's places.
double each(const PlacedGroup& group, const std::string& resource) {
  return resource == "pods" ? 1 : amountOf(group.each, resource);
}

// JobSets of the same size, as many hours of a node as they hold together.
struct SizeClass {
  Arrival arrival;
  double count = 0, hours = 0, squares = 0;
};

// Of shapes, the run time and its checkpoints; what is known from runs counts where there is none.
double heldHours(const Workload& workload, const Arrival& arrival, double known) {
  if (!workload.shape || !arrival.run_time) return known;
  const double hours = hoursOf(*arrival.run_time);
  const std::optional<workload::CheckpointSpec>& checkpoint = workload.shape->checkpoint;
  if (!checkpoint || checkpoint->every <= Duration{}) return hours;
  // None is written at the end. In whole nanoseconds: 100m by 20m are five intervals, not a little more.
  const std::int64_t written = (arrival.run_time->count() - 1) / checkpoint->every.count();
  return hours + static_cast<double>(written) * hoursOf(checkpoint->cost);
}

std::vector<SizeClass> sizesOf(const CapacityPlan& plan, std::size_t index, const std::vector<Arrival>& arrivals,
                               double known) {
  const Workload& workload = plan.workloads[index];
  std::vector<SizeClass> out;
  for (const Arrival& arrival : arrivals) {
    if (arrival.workload != index || arrival.at < plan.warm_up) continue;
    auto found = std::find_if(out.begin(), out.end(), [&](const SizeClass& one) {
      return one.arrival.pods == arrival.pods && one.arrival.gpus == arrival.gpus;
    });
    if (found == out.end()) found = out.insert(out.end(), SizeClass{arrival, 0, 0, 0});
    const double hours = heldHours(workload, arrival, known);
    found->count += 1;
    found->hours += hours;
    found->squares += hours * hours;
  }
  return out;
}

std::vector<PlacedGroup> groupsOf(const CapacityPlan& plan, const Arrival& arrival,
                                  const std::vector<NodeKind>& kinds) {
  std::vector<PlacedGroup> out;
  for (const api::ObjectPtr& object : objectsOf(plan, arrival)) {
    if (object->kind() != api::Kind::kJobSet) continue;
    for (const PodGroup& group : podsOf(*object)) out.push_back(placedGroup(group, kinds));
  }
  return out;
}

// Failures of nodes come at any moment alike.
bool failsAtRandom(const CapacityPlan& plan) {
  return std::all_of(plan.nodes.begin(), plan.nodes.end(), [](const NodeType& type) {
    return !type.fails || type.fails->kind == TimeDistribution::Kind::kExponential;
  });
}

WorkloadLoad loadOf(const CapacityPlan& plan, std::size_t index, const std::vector<Arrival>& arrivals, double known,
                    const std::vector<NodeKind>& kinds) {
  const Workload& workload = plan.workloads[index];
  WorkloadLoad out;
  double count = 0, hours = 0, largest = -1;
  for (const SizeClass& size : sizesOf(plan, index, arrivals, known)) {
    std::vector<PlacedGroup> gang = groupsOf(plan, size.arrival, kinds);
    double weight = 0;
    for (const PlacedGroup& group : gang) weight += group.pods * (1 + static_cast<double>(group.each.size()));
    if (weight > largest) {
      largest = weight;
      out.gang = gang;
    }
    count += size.count;
    hours += size.hours;
    for (PlacedGroup& group : gang) {
      group.pods *= size.hours;  // hours of Pods; divided by the time below
      out.held.push_back(std::move(group));
    }
  }
  if (count > 0) {
    out.hours = hours / count;
    // Drawn run times of one seed: what they come to on average is known better.
    if (workload.shape && workload.shape->run_time) {
      Arrival usual;
      usual.run_time = Duration(static_cast<std::int64_t>(meanSeconds(*workload.shape->run_time) * 1e9));
      out.hours = heldHours(workload, usual, known);
    }
    out.rate = arrivalRate(plan, workload, out.hours);
    for (PlacedGroup& group : out.held) group.pods *= hours > 0 ? out.rate * out.hours / hours : 0;
  }
  return out;
}

// What all Pods of a workload's JobSet, or all that it holds on average, ask for.
double askedFor(const std::vector<PlacedGroup>& groups, const std::string& resource) {
  double sum = 0;
  for (const PlacedGroup& group : groups) sum += group.pods * each(group, resource);
  return sum;
}

double quotaOf(const api::ResourceList& quotas, const std::string& resource) {
  const auto found = quotas.find(resource);
  return found == quotas.end() ? 0 : static_cast<double>(cluster::kueue::amountOf(resource, found->second));
}

}  // namespace

std::optional<SteadyCase> steadyCase(const CapacityPlan& plan, const Workload& workload) {
  if (!workload.shape || !workload.shape->checkpoint || workload.arrivals.kind == Arrivals::Kind::kTrace) return {};
  const std::vector<NodeKind> kinds = nodeKinds(plan);
  Arrival arrival;
  arrival.workload = static_cast<std::size_t>(&workload - plan.workloads.data());
  arrival.pods = workload.shape->pods;
  const std::vector<PlacedGroup> groups = groupsOf(plan, arrival, kinds);
  // The type on which the gang meets the fewest failures.
  std::optional<SteadyCase> best;
  for (std::size_t t = 0; t < plan.nodes.size(); ++t) {
    double nodes = 0;
    bool fits = true;
    for (const PlacedGroup& group : groups) {
      fits = fits && group.slots[t] > 0;
      if (group.slots[t] > 0) nodes += std::ceil(group.pods / static_cast<double>(group.slots[t]));
    }
    if (!fits) continue;
    if (!plan.nodes[t].fails) return {};
    SteadyCase one;
    one.nodes = nodes;
    one.failures = 24000 * 3600 / meanSeconds(*plan.nodes[t].fails);
    one.write = hoursOf(workload.shape->checkpoint->cost);
    one.restart = hoursOf(workload.shape->checkpoint->restore);
    if (!best || one.mttf() > best->mttf()) best = one;
  }
  return best;
}

Bounds::Bounds(const CapacityPlan& plan, const std::vector<double>& held) : plan_(plan), kinds_(nodeKinds(plan)) {
  const std::vector<Arrival> arrivals = arrivalsOf(plan, kAnySeed);
  std::set<std::string> resources = {"pods"};
  double rate = 0;
  for (std::size_t i = 0; i < plan.workloads.size(); ++i) {
    loads_.push_back(loadOf(plan, i, arrivals, i < held.size() ? held[i] : 0, kinds_));
    rate += loads_[i].rate;
    mean_hours_ += loads_[i].rate * loads_[i].hours;
    steady_ = steady_ && plan.workloads[i].arrivals.kind == Arrivals::Kind::kPoisson;
    for (const PlacedGroup& group : loads_[i].held) {
      for (const auto& [resource, amount] : group.each)
        if (amount > 0) resources.insert(resource);
    }
  }
  if (rate > 0) mean_hours_ /= rate;
  resources_.assign(resources.begin(), resources.end());
  const auto rows = static_cast<Eigen::Index>(resources_.size()), types = static_cast<Eigen::Index>(kinds_.size());
  capacity_ = Eigen::MatrixXd::Zero(rows, types);
  demand_ = size_ = Eigen::VectorXd::Zero(rows);
  for (Eigen::Index r = 0; r < rows; ++r) {
    const std::string& resource = resources_[static_cast<std::size_t>(r)];
    for (Eigen::Index t = 0; t < types; ++t) {
      const auto type = static_cast<std::size_t>(t);
      capacity_(r, t) = amountOf(kinds_[type].amounts, resource) * availabilityOf(plan.nodes[type], plan.end);
    }
    // A JobSet that asks for much waits for much to be free: the mean weighted by itself.
    double squares = 0;
    for (const WorkloadLoad& load : loads_) {
      double one = 0;
      for (const PlacedGroup& group : load.gang) one += group.pods * each(group, resource);
      for (const PlacedGroup& group : load.held) {
        demand_(r) += group.pods * each(group, resource);
        squares += group.pods * each(group, resource) * one;
      }
    }
    size_(r) = demand_(r) > 0 ? squares / demand_(r) : 0;
  }
  addQuotas();
  no_quota_ = whyNoQuota();
  compareTypes();
  // How long each Pod of a manifest stays only a run can tell: only the short form is known to hold all to the end.
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    if (plan.workloads[i].shape) lasting_.insert(lasting_.end(), loads_[i].held.begin(), loads_[i].held.end());
  }
}

void Bounds::addQuotas() {
  for (const Queue& queue : plan_.queues) {
    for (const auto& [resource, amount] : queue.nominal) {
      const std::string name(resource);
      double asked = 0;
      for (std::size_t i = 0; i < loads_.size(); ++i)
        if (plan_.workloads[i].queue == queue.name) asked += askedFor(loads_[i].held, name);
      const double quota = quotaOf(queue.nominal, name);
      if (asked > 0)
        quotas_.emplace_back(fmt::format("quota of {} for {}", queue.name, name), quota > 0 ? asked / quota : HUGE_VAL);
    }
  }
}

// Kueue admits a JobSet as a whole, or never: where even all of the cohort's quota is too little.
std::string Bounds::whyNoQuota() const {
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    const Queue* queue = plan_.queue(plan_.workloads[i].queue);
    if (!queue) continue;
    for (const auto& [resource, amount] : queue->nominal) {
      const std::string name(resource);
      double most = quotaOf(queue->nominal, name), lent = 0;
      for (const Queue& other : plan_.queues)
        if (!queue->cohort.empty() && other.cohort == queue->cohort && &other != queue)
          lent += quotaOf(other.nominal, name);
      most += queue->borrowing.contains(resource) ? std::min(lent, quotaOf(queue->borrowing, name)) : lent;
      const double one = askedFor(loads_[i].gang, name), held = askedFor(loads_[i].held, name);
      if (one > most)
        return fmt::format("one JobSet of {} asks for more {} than queue {} may ever use: {:.0f} % of it",
                           plan_.workloads[i].name, name, queue->name, std::floor(100 * most / one));
      if (steady_ && plan_.workloads[i].shape && held > most)
        return fmt::format("{} asks for more {} on average than queue {} may use: {:.0f} % of it can be given",
                           plan_.workloads[i].name, name, queue->name, std::floor(100 * most / held));
    }
  }
  return {};
}

std::vector<double> Bounds::up(const Counts& counts) const {
  std::vector<double> out;
  for (std::size_t t = 0; t < counts.size(); ++t) out.push_back(counts[t] * availabilityOf(plan_.nodes[t], plan_.end));
  return out;
}

void Bounds::compareTypes() {
  for (const WorkloadLoad& load : loads_) {
    for (const PlacedGroup& group : load.gang) {
      if (!slots_) slots_ = group.slots;
      for (std::size_t t = 1; t < group.slots.size(); ++t) {
        if (group.slots[0] * (*slots_)[t] != group.slots[t] * (*slots_)[0]) return slots_.reset();
      }
    }
  }
}

std::vector<double> Bounds::room(const Counts& counts) const {
  const std::vector<double> nodes = up(counts);
  if (!slots_) return nodes;
  double all = 0;
  for (std::size_t t = 0; t < nodes.size(); ++t) all += static_cast<double>((*slots_)[t]) * nodes[t];
  return {all};
}

// All Pods of a JobSet need room at once where a level waits for that, or none starts alone.
std::string Bounds::whyNotAlone(std::size_t workload, const Counts& counts) const {
  const std::string& name = plan_.workloads[workload].name;
  for (const PlacedGroup& group : loads_[workload].gang) {
    bool fits = group.pods <= 0;
    for (std::size_t t = 0; t < counts.size(); ++t) fits = fits || (counts[t] > 0 && group.slots[t] > 0);
    if (!fits) return fmt::format("no node has room for a Pod of {}", name);
  }
  const std::optional<Shape>& shape = plan_.workloads[workload].shape;
  if (shape && shape->run_time && shape->run_time->kind == TimeDistribution::Kind::kConstant) {
    for (const Level& level : plan_.levels) {
      if (level.finish_within && *level.finish_within < shape->run_time->a &&
          (level.workload.empty() ? plan_.workloads.size() == 1 : level.workload == name))
        return fmt::format("{} runs for longer than it may take", name);
    }
  }
  const bool together = plan_.scenario.scheduler.gangs.scope == cluster::GangScope::kJobSet ||
                        std::any_of(plan_.levels.begin(), plan_.levels.end(),
                                    [&](const Level& level) { return level.start_within && level.isAbout(name); });
  if (!together) return {};
  const std::vector<double> whole(counts.begin(), counts.end());
  const PlacementBound alone = placementBound(loads_[workload].gang, kinds_, whole);
  if (alone.scarce.empty()) return {};
  return fmt::format("one JobSet of {} alone needs more {} than there is: {:.0f} % of it can be placed", name,
                     alone.scarce, std::floor(alone.share * 100));
}

std::string Bounds::whyNever(const Counts& counts) const {
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    if (std::string why = whyNotAlone(i, counts); !why.empty()) return why;
  }
  if (!no_quota_.empty() || !steady_) return no_quota_;
  const PlacementBound together = placementBound(lasting_, kinds_, up(counts));
  if (!together.scarce.empty())
    return fmt::format("more {} is asked for on average than nodes have: {:.0f} % of it can be given", together.scarce,
                       std::floor(together.share * 100));
  return {};
}

std::vector<std::pair<std::string, double>> Bounds::use(const Counts& counts, double growth) const {
  Eigen::VectorXd nodes(static_cast<Eigen::Index>(counts.size()));
  for (std::size_t t = 0; t < counts.size(); ++t) nodes(static_cast<Eigen::Index>(t)) = counts[t];
  const Eigen::VectorXd have = capacity_ * nodes;
  std::vector<std::pair<std::string, double>> out;
  for (Eigen::Index r = 0; r < have.size(); ++r) {
    if (demand_(r) > 0)
      out.emplace_back(resources_[static_cast<std::size_t>(r)], have(r) > 0 ? growth * demand_(r) / have(r) : HUGE_VAL);
  }
  for (const auto& [quota, share] : quotas_) out.emplace_back(quota, growth * share);
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

std::vector<std::pair<std::string, double>> Bounds::demand() const {
  std::vector<std::pair<std::string, double>> out;
  for (Eigen::Index r = 0; r < demand_.size(); ++r) {
    const std::string& resource = resources_[static_cast<std::size_t>(r)];
    if (demand_(r) > 0) out.emplace_back(resource, resource == "cpu" ? demand_(r) / 1000 : demand_(r));
  }
  return out;
}

double Bounds::likelyShare(const Counts& counts, std::size_t level) const {
  const Level& wanted = plan_.levels[level];
  double patience = HUGE_VAL;
  if (wanted.start_within) patience = hoursOf(*wanted.start_within);
  if (wanted.finish_within) {
    double alone = mean_hours_;
    for (std::size_t i = 0; i < plan_.workloads.size(); ++i)
      if (plan_.workloads[i].name == wanted.workload) alone = loads_[i].hours;
    patience = std::min(patience, std::max(0.0, hoursOf(*wanted.finish_within) - alone));
  }
  if (std::isinf(patience) || mean_hours_ <= 0) return 1;
  double share = 1;
  Eigen::VectorXd nodes(static_cast<Eigen::Index>(counts.size()));
  for (std::size_t t = 0; t < counts.size(); ++t) nodes(static_cast<Eigen::Index>(t)) = counts[t];
  const Eigen::VectorXd have = capacity_ * nodes;
  for (Eigen::Index r = 0; r < have.size(); ++r) {
    if (size_(r) <= 0) continue;
    const int servers = static_cast<int>(have(r) / size_(r) + 1e-9);
    const double load = demand_(r) / size_(r);
    if (servers <= load) return 0;
    share = std::min(share, 1 - theory::waitLongerThan(patience, servers, load / mean_hours_, 1 / mean_hours_));
  }
  return share;
}

bool Bounds::likely(const Counts& counts) const {
  for (std::size_t i = 0; i < plan_.levels.size(); ++i)
    if (likelyShare(counts, i) < plan_.levels[i].share) return false;
  return true;
}

std::vector<Bounds::Hopeless> Bounds::hopeless() const {
  std::vector<Hopeless> out;
  for (std::size_t i = 0; i < plan_.levels.size(); ++i) {
    const Level& level = plan_.levels[i];
    for (std::size_t w = 0; w < plan_.workloads.size(); ++w) {
      const Workload& workload = plan_.workloads[w];
      if (!level.ettr || !level.isAbout(workload.name)) continue;
      const std::optional<SteadyCase> steady = steadyCase(plan_, workload);
      // Of other laws, and of the few that have luck, the formula says nothing.
      if (level.share < 0.5 || !failsAtRandom(plan_)) continue;
      if (!steady || loads_[w].hours < kManyFailures * steady->mttf()) continue;
      const BestCheckpoint best = bestCheckpoint(*steady);
      if (best.ettr < *level.ettr)
        out.push_back({i, *steady, best, *level.ettr, planning::escapes(*steady, *level.ettr)});
    }
  }
  return out;
}

}  // namespace jobset_twin::scenarios::planning
