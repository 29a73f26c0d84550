#include "sim/cluster/scheduler/affinity_index.hpp"

#include <algorithm>

#include "engine/api/check.hpp"

namespace jobset_twin::cluster {
namespace {

// The key that splits a table: one with a complement (JobSet's "NotIn [mine]"), else the first.
std::size_t pivotOf(const LabelPredicate& selector) {
  for (std::size_t i = 0; i < selector.keys.size(); ++i) {
    if (selector.keys[i].complement && !selector.keys[i].values.empty()) return i;
  }
  return 0;
}

struct Split {
  KeyPredicate pivot;  // an empty key for the selector of everything: no Pod has it, and absent matches
  LabelPredicate rest;
};
Split split(const LabelPredicate& selector) {
  Split out;
  out.rest.nothing = selector.nothing;
  if (selector.keys.empty()) {
    out.pivot.absent = out.pivot.complement = true;
    return out;
  }
  const std::size_t at = pivotOf(selector);
  out.pivot = selector.keys[at];
  out.rest = selector;
  out.rest.keys.erase(out.rest.keys.begin() + static_cast<std::ptrdiff_t>(at));
  return out;
}

std::string keyOf(const CountRequest& request, const Split& parts) {
  std::string key = std::to_string(request.column) + (request.skip_terminating ? "t" : "a");
  for (const NamespaceScope& scope : request.scopes) key += scope.text() + "&";
  return key + "|" + parts.rest.text() + "|" + parts.pivot.key;
}

}  // namespace

void DomainSums::add(DomainId domain, std::int64_t delta) {
  total_ += delta;
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), domain, [](const auto& e, DomainId d) { return e.first < d; });
  if (at == entries_.end() || at->first != domain) {
    if (delta != 0) entries_.insert(at, {domain, delta});
  } else if ((at->second += delta) == 0) {
    entries_.erase(at);
  }
}

std::int64_t DomainSums::at(DomainId domain) const {
  const auto at =
      std::lower_bound(entries_.begin(), entries_.end(), domain, [](const auto& e, DomainId d) { return e.first < d; });
  return at == entries_.end() || at->first != domain ? 0 : at->second;
}

std::int64_t DomainQuery::at(DomainId domain) const {
  if (domain == kNoDomain) return 0;
  std::int64_t sum = 0;
  for (const auto& [sums, sign] : parts_) sum += sign * sums->at(domain);
  return sum;
}

std::int64_t DomainQuery::total() const {
  std::int64_t sum = 0;
  for (const auto& [sums, sign] : parts_) sum += sign * sums->total();
  return sum;
}

void DomainQuery::add(const DomainSums* sums, std::int64_t sign) {
  if (!sums->entries().empty()) parts_.emplace_back(sums, sign);
}

std::vector<std::pair<DomainId, std::int64_t>> DomainQuery::values() const {
  if (parts_.size() == 1 && parts_.front().second == 1) return parts_.front().first->entries();
  std::map<DomainId, std::int64_t> sum;
  for (const auto& [sums, sign] : parts_) {
    for (const auto& [domain, value] : sums->entries()) sum[domain] += sign * value;
  }
  return {sum.begin(), sum.end()};
}

void PodCounter::add(const api::StringMap& labels, DomainId domain, std::int64_t delta) {
  table.all.add(domain, delta);
  const std::string* value = labels.find(pivot);
  if (!value || pivot.empty()) return;
  table.present.add(domain, delta);
  DomainSums& sums = table.by_value[*value];
  sums.add(domain, delta);
  if (sums.entries().empty()) table.by_value.erase(*value);
}

DomainQuery PodCounter::query(const KeyPredicate& predicate) const {
  DomainQuery out(column);
  if (rest.nothing) return out;
  if (predicate.complement && predicate.absent) {
    out.add(&table.all, 1);
  } else if (predicate.complement) {
    out.add(&table.present, 1);
  } else if (predicate.absent) {
    out.add(&table.all, 1);
    out.add(&table.present, -1);
  }
  for (const std::string& value : predicate.values) {
    const auto found = table.by_value.find(value);
    if (found != table.by_value.end()) out.add(&found->second, predicate.complement ? -1 : 1);
  }
  return out;
}

KeyPredicate AffinityIndex::pivotPredicate(const CountRequest& request) { return split(request.selector).pivot; }

PodCounter* AffinityIndex::find(const CountRequest& request) {
  const auto found = counters_.find(keyOf(request, split(request.selector)));
  if (found == counters_.end()) return nullptr;
  found->second.used = ++uses_;
  return &found->second;
}

PodCounter& AffinityIndex::addCounter(const CountRequest& request) {
  if (counters_.size() >= kCounters) {
    const auto oldest = std::min_element(counters_.begin(), counters_.end(),
                                         [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
    counters_.erase(oldest);
  }
  const Split parts = split(request.selector);
  PodCounter counter;
  counter.key = keyOf(request, parts);
  counter.scopes = request.scopes;
  counter.rest = parts.rest;
  counter.pivot = parts.pivot.key;
  counter.skip_terminating = request.skip_terminating;
  counter.column = request.column;
  counter.used = ++uses_;
  const std::string key = counter.key;
  return counters_.emplace(key, std::move(counter)).first->second;
}

void AffinityIndex::count(PodCounter& counter, const std::string& namespace_, const api::StringMap& labels,
                          bool terminating, NodeSlot node, const Topology& topology, const NamespaceLabels& namespaces,
                          std::int64_t delta) const {
  if (counter.skip_terminating && terminating) return;
  const DomainId domain = topology.domain(counter.column, node);
  if (domain == kNoDomain || !counter.rest.matches(labels)) return;
  for (const NamespaceScope& scope : counter.scopes) {
    if (!scope.contains(namespace_, namespaces)) return;
  }
  counter.add(labels, domain, delta);
}

void AffinityIndex::countEverywhere(const std::string& namespace_, const api::StringMap& labels, bool terminating,
                                    NodeSlot node, const Topology& topology, const NamespaceLabels& namespaces,
                                    std::int64_t delta) {
  for (auto& [key, counter] : counters_)
    count(counter, namespace_, labels, terminating, node, topology, namespaces, delta);
}

void AffinityIndex::addTerm(TermUse use, const NamespaceScope& scope, const LabelPredicate& selector, int column,
                            DomainId domain, std::int64_t weight) {
  if (domain == kNoDomain || selector.nothing || weight == 0) return;
  Split parts = split(selector);
  const std::string key = std::to_string(static_cast<int>(use)) + "," + std::to_string(column) +
                          (parts.pivot.absent ? "?" : "!") + (parts.pivot.complement ? "~" : "=") + scope.text() + "|" +
                          parts.rest.text() + "|" + parts.pivot.key;
  const auto [at, fresh] = groups_.try_emplace(key);
  TermGroup& group = at->second;
  if (fresh) {
    group.use = use;
    group.scope = scope;
    group.rest = std::move(parts.rest);
    group.pivot = parts.pivot.key;
    group.absent = parts.pivot.absent;
    group.complement = parts.pivot.complement;
    group.column = column;
  }
  group.all.add(domain, weight);
  for (const std::string& value : parts.pivot.values) {
    DomainSums& sums = group.by_value[value];
    sums.add(domain, weight);
    if (sums.entries().empty()) group.by_value.erase(value);
  }
  if (group.all.entries().empty() && group.by_value.empty()) groups_.erase(at);
}

std::vector<DomainQuery> AffinityIndex::matching(TermUse use, const std::string& namespace_,
                                                 const api::StringMap& labels,
                                                 const NamespaceLabels& namespaces) const {
  std::vector<DomainQuery> out;
  for (const auto& [key, group] : groups_) {
    if (group.use != use || !group.rest.matches(labels)) continue;
    DomainQuery query(group.column);
    const std::string* value = group.pivot.empty() ? nullptr : labels.find(group.pivot);
    if (!value) {
      if (group.absent) query.add(&group.all, 1);
    } else {
      if (group.complement) query.add(&group.all, 1);
      const auto found = group.by_value.find(*value);
      if (found != group.by_value.end()) query.add(&found->second, group.complement ? -1 : 1);
    }
    if (!query.empty() && group.scope.contains(namespace_, namespaces)) out.push_back(std::move(query));
  }
  return out;
}

bool AffinityIndex::anyTerms(TermUse use) const {
  return std::any_of(groups_.begin(), groups_.end(), [&](const auto& entry) { return entry.second.use == use; });
}

void AffinityIndex::clear() {
  counters_.clear();
  groups_.clear();
}

}  // namespace jobset_twin::cluster
