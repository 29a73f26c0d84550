#include "sim/cluster/scheduler/pod_requests.hpp"

#include <algorithm>

namespace jobset_twin::cluster {
namespace {

void add(Amounts& to, const Amounts& more) {
  for (const auto& [name, amount] : more) to[name] += amount;
}
void raise(Amounts& to, const Amounts& other) {
  for (const auto& [name, amount] : other) {
    std::int64_t& value = to[name];
    value = std::max(value, amount);
  }
}

// `missing`: what a container that does not name the resource counts as.
Amounts total(const api::PodSpec& spec, const Amounts& missing) {
  const auto of = [&](const api::Container& container) {
    Amounts amounts = amountsOf(container.resources.requests);
    for (const auto& [name, amount] : missing) amounts.try_emplace(name, amount);
    return amounts;
  };
  Amounts sum, init_max, sidecars;
  for (const api::Container& container : spec.containers) add(sum, of(container));
  for (const api::Container& container : spec.initContainers) {
    Amounts own = of(container);
    if (container.restartPolicy == "Always") {
      add(sum, own);
      add(sidecars, own);
      own = sidecars;
    } else {
      add(own, sidecars);
    }
    raise(init_max, own);
  }
  raise(sum, init_max);
  if (spec.resources) {
    for (const auto& [name, amount] : amountsOf(spec.resources->requests)) {
      if (name == "cpu" || name == "memory" || name.starts_with("hugepages-")) sum[name] = amount;
    }
  }
  add(sum, amountsOf(spec.overhead));
  return sum;
}

}  // namespace

Amounts amountsOf(const api::ResourceList& list) {
  Amounts out;
  for (const auto& [name, quantity] : list) out[name] = name == "cpu" ? quantity.milliValue() : quantity.value();
  return out;
}

PodRequests podRequests(const api::PodSpec& spec) {
  PodRequests out;
  out.amounts = total(spec, {});
  std::erase_if(out.amounts, [](const auto& entry) { return entry.second == 0; });
  Amounts scored = total(spec, {{"cpu", kDefaultScoredMilliCpu}, {"memory", kDefaultScoredMemory}});
  out.scored_milli_cpu = scored["cpu"];
  out.scored_memory = scored["memory"];
  return out;
}

}  // namespace jobset_twin::cluster
