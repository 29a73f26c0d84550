#include "scenarios/default_cluster.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"
#include "scenarios/queue_flavors.hpp"
#include "sim/cluster/scheduler/gangs.hpp"
#include "sim/cluster/scheduler/pod_requests.hpp"
#include "sim/faults/effects.hpp"

namespace jobset_twin::scenarios {
namespace {

constexpr std::int64_t kPodsPerNode = 110;

// A group of like Pods that the manifests will make.
struct Demand {
  api::Shared<api::PodSpec> spec;
  std::int64_t groups = 1;     // Jobs
  std::int64_t per_group = 1;  // Pods of a Job at once
  std::string exclusive_key;   // topology key of which each Job wants a domain for itself
  std::string owner;
  std::vector<FlavorNodes> flavors;  // of its queue
};

api::Quantity whole(std::int64_t value) { return api::Quantity(value); }

api::ResourceList ordinaryCapacity() {
  api::ResourceList capacity;
  capacity["cpu"] = whole(64);
  capacity["memory"] = *api::Quantity::parse("256Gi");
  capacity["ephemeral-storage"] = *api::Quantity::parse("500Gi");
  capacity["pods"] = whole(kPodsPerNode);
  return capacity;
}

void addDemand(std::vector<Demand>& demands, const api::PodTemplateSpec& pod, const api::JobSpec& job,
               std::int64_t replicas, std::string exclusive, std::string owner) {
  Demand demand;
  demand.spec = pod.spec;
  demand.groups = replicas;
  demand.per_group = job.parallelism.value_or(1);
  if (job.completions) demand.per_group = std::min<std::int64_t>(demand.per_group, *job.completions);
  demand.exclusive_key = std::move(exclusive);
  demand.owner = std::move(owner);
  demands.push_back(std::move(demand));
}

// The API server fills in requests from limits; what the manifests leave out counts all the same.
void fillRequests(Demand& demand) {
  api::PodSpec& spec = demand.spec.mut();
  for (std::vector<api::Container>* containers : {&spec.initContainers, &spec.containers}) {
    for (api::Container& container : *containers) {
      for (const auto& [resource, limit] : container.resources.limits) {
        container.resources.requests.try_emplace(resource, limit);
      }
    }
  }
}

std::vector<Demand> demandsOf(const std::vector<api::ObjectPtr>& manifests) {
  std::vector<Demand> demands;
  for (const api::ObjectPtr& object : manifests) {
    const std::size_t before = demands.size();
    if (object->kind() == api::Kind::kJobSet) {
      const api::JobSet& jobset = api::as<api::JobSet>(object);
      for (const api::ReplicatedJob& job : jobset.spec->replicatedJobs) {
        std::string exclusive(object->meta.annotations.get(jobset::kExclusiveKey));
        if (const auto own = job.template_.metadata.annotations.get(jobset::kExclusiveKey); !own.empty())
          exclusive = own;
        addDemand(demands, job.template_.spec->template_, *job.template_.spec, job.replicas.value_or(1), exclusive,
                  fmt::format("{}/{}", object->meta.name, job.name));
      }
    } else if (object->kind() == api::Kind::kJob) {
      const api::Job& job = api::as<api::Job>(object);
      addDemand(demands, job.spec->template_, *job.spec, 1, {}, object->meta.name);
    } else if (object->kind() == api::Kind::kPod) {
      Demand demand;
      demand.spec = api::as<api::Pod>(object).spec;
      demand.owner = object->meta.name;
      demands.push_back(std::move(demand));
    }
    for (std::size_t i = before; i < demands.size(); ++i) demands[i].flavors = flavorNodes(manifests, *object);
  }
  for (Demand& demand : demands) fillRequests(demand);
  return demands;
}

// Labels that a node must have for the Pod: its selector, and what its required node affinity asks for first.
std::map<std::string, std::string> wantedLabels(const api::PodSpec& spec) {
  std::map<std::string, std::string> labels;
  for (const auto& [key, value] : spec.nodeSelector) labels[key] = value;
  if (spec.affinity && spec.affinity->nodeAffinity &&
      spec.affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution) {
    const auto& terms = spec.affinity->nodeAffinity->requiredDuringSchedulingIgnoredDuringExecution->nodeSelectorTerms;
    if (!terms.empty()) {
      for (const api::NodeSelectorRequirement& wanted : terms.front().matchExpressions) {
        if (wanted.operator_ == "In" && !wanted.values.empty()) labels[wanted.key] = wanted.values.front();
        if (wanted.operator_ == "Exists") labels.try_emplace(wanted.key, "true");
        if (wanted.operator_ == "Gt" && !wanted.values.empty())
          labels[wanted.key] = std::to_string(std::atoll(wanted.values.front().c_str()) + 1);
        if (wanted.operator_ == "Lt" && !wanted.values.empty())
          labels[wanted.key] = std::to_string(std::atoll(wanted.values.front().c_str()) - 1);
      }
    }
  }
  for (const std::string_view given : {kZoneKey, kRackKey, kBlockKey, kHostnameKey}) labels.erase(std::string(given));
  return labels;
}

bool agrees(const std::map<std::string, std::string>& labels, const std::map<std::string, std::string>& others) {
  return std::all_of(others.begin(), others.end(), [&](const auto& other) {
    const auto found = labels.find(other.first);
    return found == labels.end() || found->second == other.second;
  });
}

std::set<std::string> topologyKeys(const api::PodSpec& spec) {
  std::set<std::string> keys;
  const auto terms = [&](const std::optional<api::PodAffinity>& affinity) {
    if (!affinity) return;
    for (const api::PodAffinityTerm& term : affinity->requiredDuringSchedulingIgnoredDuringExecution)
      keys.insert(term.topologyKey);
    for (const api::WeightedPodAffinityTerm& term : affinity->preferredDuringSchedulingIgnoredDuringExecution)
      keys.insert(term.podAffinityTerm.topologyKey);
  };
  if (spec.affinity) {
    terms(spec.affinity->podAffinity);
    terms(spec.affinity->podAntiAffinity);
  }
  for (const api::TopologySpreadConstraint& constraint : spec.topologySpreadConstraints)
    keys.insert(constraint.topologyKey);
  return keys;
}

bool isStandardKey(std::string_view key) {
  return key == kZoneKey || key == kRackKey || key == kBlockKey || key == kHostnameKey || key == kRegionKey;
}

// How many such Pods one node of this capacity holds; grows the capacity of resources that one Pod alone exceeds.
std::int64_t podsPerNode(const api::PodSpec& spec, api::ResourceList& capacity) {
  std::int64_t fit = capacity["pods"].value();
  for (const auto& [resource, want] : cluster::podRequests(spec).amounts) {  // cpu in thousandths
    if (want <= 0) continue;
    const auto amount = [&](const api::Quantity& quantity) {
      return resource == "cpu" ? quantity.milliValue() : quantity.value();
    };
    api::Quantity& have = capacity[resource];
    if (amount(have) < want) {
      const bool extended = resource.find('/') != std::string::npos;
      have = resource == "cpu" ? api::Quantity::milli(want) : whole(extended ? std::max<std::int64_t>(8, want) : want);
    }
    fit = std::min(fit, amount(have) / want);
  }
  return std::max<std::int64_t>(fit, 1);
}

std::int64_t plusTenPercent(std::int64_t n) { return n + (n + 9) / 10; }

std::vector<TopologyLevel> standardTopology() {
  // Racks r0 and r1 are in zone z0, r2 and r3 in z1.
  return {{std::string(kZoneKey), "zone-", 2, false}, {std::string(kRackKey), "rack-", 4, false}};
}

struct Pool {
  NodePool pool;
  double nodes = 0;                                                      // ordinary demand, in nodes
  std::int64_t exclusive = 0;                                            // nodes for exclusive domains
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> domains;  // exclusive key -> domains, nodes in each
};

void addDemandTo(Pool& pool, const Demand& demand) {
  const std::int64_t fit = podsPerNode(*demand.spec, pool.pool.capacity);
  const std::int64_t per_group = (demand.per_group + fit - 1) / fit;
  if (!demand.exclusive_key.empty() && demand.exclusive_key != kHostnameKey) {
    auto& [domains, size] = pool.domains[demand.exclusive_key];
    domains += demand.groups;
    size = std::max(size, std::max<std::int64_t>(per_group, 1));
    return;
  }
  if (demand.exclusive_key == kHostnameKey) {
    pool.exclusive += demand.groups;
    return;
  }
  pool.nodes += static_cast<double>(demand.groups * demand.per_group) / static_cast<double>(fit);
}

std::set<std::string> podGroupKeys(const std::vector<api::ObjectPtr>& manifests) {
  std::set<std::string> keys;
  for (const api::ObjectPtr& object : manifests) {
    if (object->kind() != api::Kind::kGeneric || api::kindNameOf(*object) != "PodGroup") continue;
    const std::string key = cluster::topologyKeyOf(object);
    if (!key.empty() && !isStandardKey(key)) keys.insert(key);
  }
  return keys;
}

}  // namespace

DefaultCluster deriveCluster(const std::vector<api::ObjectPtr>& manifests, std::optional<std::int32_t> nodes) {
  const std::vector<Demand> demands = demandsOf(manifests);
  std::map<std::map<std::string, std::string>, Pool> pools;
  std::set<std::string> keys;
  for (const Demand& demand : demands) {
    for (const FlavorNodes& flavor : demand.flavors) {
      std::map<std::string, std::string> labels = wantedLabels(*demand.spec);
      if (!agrees(labels, flavor.labels)) continue;
      labels.insert(flavor.labels.begin(), flavor.labels.end());
      Pool& pool = pools[labels];
      if (pool.pool.capacity.empty()) pool.pool.capacity = ordinaryCapacity();
      pool.pool.taints = flavor.taints;
      addDemandTo(pool, demand);
    }
    for (const std::string& key : topologyKeys(*demand.spec)) {
      if (!isStandardKey(key)) keys.insert(key);
    }
  }
  if (pools.empty()) pools[{}].pool.capacity = ordinaryCapacity();
  const std::set<std::string> group_keys = podGroupKeys(manifests);
  DefaultCluster out;
  for (auto& [labels, pool] : pools) {
    NodePool made = pool.pool;
    made.name = labels.empty() ? "node" : fmt::format("pool-{}", out.pools.size());
    for (const auto& [key, value] : labels) made.labels.set(key, value);
    std::int64_t count = static_cast<std::int64_t>(pool.nodes) +
                         (pool.nodes > static_cast<double>(static_cast<std::int64_t>(pool.nodes)) ? 1 : 0);
    count = plusTenPercent(count + pool.exclusive);
    made.topology = standardTopology();
    for (const auto& [key, wanted] : pool.domains) {
      const std::int64_t domains = plusTenPercent(wanted.first);
      count = std::max(count, domains * wanted.second);
      TopologyLevel level{key, fmt::format("{}-", key.substr(key.rfind('/') + 1)), static_cast<std::int32_t>(domains),
                          true};
      std::erase_if(made.topology, [&](const TopologyLevel& standard) { return standard.key == key; });
      made.topology.push_back(level);
    }
    for (const std::string& key : keys) {
      if (!pool.domains.contains(key))
        made.topology.push_back({key, fmt::format("{}-", key.substr(key.rfind('/') + 1)), 4, false});
    }
    for (const std::string& key : group_keys) {  // one domain for all: a group fits
      if (!pool.domains.contains(key) && !keys.contains(key))
        made.topology.push_back({key, fmt::format("{}-", key.substr(key.rfind('/') + 1)), 1, true});
    }
    count = std::max<std::int64_t>(count, 4);
    if (nodes && out.pools.empty()) count = *nodes;
    made.count = static_cast<std::int32_t>(std::min<std::int64_t>(count, 100'000));
    std::string extended;
    for (const auto& [resource, amount] : made.capacity) {
      if (resource.find('/') != std::string::npos) extended += fmt::format(", {} {}", amount.toString(), resource);
    }
    std::string topology;
    for (const TopologyLevel& level : made.topology)
      topology += fmt::format("{}{} {}", topology.empty() ? "" : ", ", level.domains, level.key);
    std::string chosen;
    for (const auto& [key, value] : labels)
      chosen += fmt::format("{}{}={}", chosen.empty() ? " with label " : ", ", key, value);
    out.invented.push_back(fmt::format("{} node{}{} ({} CPUs, {} of memory{}; domains: {})", made.count,
                                       made.count == 1 ? "" : "s", chosen, made.capacity["cpu"].toString(),
                                       made.capacity["memory"].toString(), extended, topology));
    out.pools.push_back(std::move(made));
  }
  return out;
}

std::vector<api::ObjectPtr> makeNodes(const std::vector<NodePool>& pools, TimePoint created) {
  std::vector<api::ObjectPtr> nodes;
  std::int64_t address = 2;
  for (const NodePool& pool : pools) {
    for (std::int32_t i = 0; i < pool.count; ++i) {
      api::Node node;
      node.spec.taints = pool.taints;
      node.status.capacity = ordinaryCapacity();
      for (const auto& [resource, amount] : pool.capacity) node.status.capacity[resource] = amount;
      node.status.allocatable = node.status.capacity;
      node.status.addresses = {
          {"InternalIP", fmt::format("192.{}.{}.{}", 168 + (address >> 16), (address >> 8) & 255, address & 255)},
          {"Hostname", fmt::format("{}-{}", pool.name, i)}};
      ++address;
      api::Condition ready;
      ready.type = "Ready";
      ready.status = "True";
      ready.reason = "KubeletReady";
      ready.message = "kubelet is posting ready status";
      ready.lastTransitionTime = ready.lastHeartbeatTime = created;
      node.status.conditions.push_back(std::move(ready));
      const api::MutableObjectPtr object = api::makeObject(std::move(node));
      object->meta.name = fmt::format("{}-{}", pool.name, i);
      object->meta.labels.set("kubernetes.io/os", "linux");
      object->meta.labels.set("kubernetes.io/arch", "amd64");
      object->meta.labels.set(kHostnameKey, object->meta.name);
      object->meta.labels.set(kRegionKey, "region-0");
      for (const TopologyLevel& level : pool.topology) {
        const std::int64_t domains = std::max(level.domains, 1);
        const std::int64_t size = std::max<std::int64_t>((pool.count + domains - 1) / domains, 1);
        std::int64_t value = level.contiguous ? std::min(i / size, domains - 1) : i % domains;
        // Racks follow their zone: with 2 zones and 4 racks, racks 0 and 2 would alternate zones; keep r0, r1 in z0.
        if (!level.contiguous && level.key == kZoneKey) {
          const auto racks = std::find_if(pool.topology.begin(), pool.topology.end(),
                                          [](const TopologyLevel& l) { return l.key == kRackKey; });
          if (racks != pool.topology.end() && !racks->contiguous && racks->domains >= domains)
            value = (i % racks->domains) * domains / racks->domains;
        }
        object->meta.labels.set(level.key, fmt::format("{}{}", level.prefix, value));
      }
      for (const auto& [key, value] : pool.labels) object->meta.labels.set(key, value);
      nodes.push_back(object);
    }
  }
  return nodes;
}

std::string poolOf(const std::string& node) {
  const std::string first = faults::firstName(node);
  const std::size_t dash = first.rfind('-');
  const bool numbered = dash != std::string::npos && dash > 0 && dash + 1 < first.size() &&
                        first.find_first_not_of("0123456789", dash + 1) == std::string::npos;
  return numbered ? first.substr(0, dash) : first;
}

}  // namespace jobset_twin::scenarios
