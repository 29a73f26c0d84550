// affinity_index.hpp - sums over placed Pods by topology domain, kept up to date as Pods come and go:
//   counts of Pods that match a selector (the incoming Pod's own affinity, anti-affinity and spread terms), and
//   sums over the terms of placed Pods that match an incoming Pod (their anti-affinity; their share in scores).
//
// Selectors that differ only in the values of one key (their pivot) share a table of sums by that key's value, so that
// a thousand Jobs, each with its own "job-key In [mine]" and "NotIn [mine]", are one table: K-SCH-28, 29, 30; JS-P2.
// Everything here follows from the placed Pods; a table that was forgotten is counted again when it is needed.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/cluster/scheduler/label_predicate.hpp"
#include "sim/cluster/scheduler/topology.hpp"

namespace jobset_twin::cluster {

// Sums by domain; most tables of this kind are small.
class DomainSums {
 public:
  void add(DomainId domain, std::int64_t delta);
  std::int64_t at(DomainId domain) const;
  std::int64_t total() const { return total_; }
  const std::vector<std::pair<DomainId, std::int64_t>>& entries() const { return entries_; }  // ascending, no zeros

 private:
  std::vector<std::pair<DomainId, std::int64_t>> entries_;
  std::int64_t total_ = 0;
};

// A value by domain, composed of tables: good until the next change of the index.
class DomainQuery {
 public:
  explicit DomainQuery(int column = Topology::kNodeItself) : column_(column) {}
  int column() const { return column_; }
  std::int64_t at(DomainId domain) const;  // 0 for kNoDomain
  std::int64_t total() const;
  bool empty() const { return parts_.empty(); }
  void add(const DomainSums* sums, std::int64_t sign);
  // Every domain with an entry in some part, ascending, with its value.
  std::vector<std::pair<DomainId, std::int64_t>> values() const;

 private:
  int column_;
  std::vector<std::pair<const DomainSums*, std::int64_t>> parts_;
};

// Sums of items by domain, split by a value.
struct PivotTable {
  DomainSums all, present;                               // present: items with some value
  std::unordered_map<std::string, DomainSums> by_value;  // looked up only
};

// Counts of placed Pods.
struct PodCounter {
  std::string key;                     // what it is found by
  std::vector<NamespaceScope> scopes;  // in all of them
  LabelPredicate rest;                 // all keys but the pivot
  std::string pivot;
  bool skip_terminating = false;
  int column = 0;
  std::uint64_t used = 0;  // for forgetting
  PivotTable table;

  void add(const api::StringMap& labels, DomainId domain, std::int64_t delta);
  DomainQuery query(const KeyPredicate& predicate) const;
};

// Sums over terms of placed Pods.
enum class TermUse : std::uint8_t {
  kForbid,    // required anti-affinity
  kRequired,  // required affinity: scores by the profile's hardPodAffinityWeight
  kScore      // preferred, with its weight
};
struct TermGroup {
  TermUse use = TermUse::kForbid;
  NamespaceScope scope;
  LabelPredicate rest;
  std::string pivot;
  bool absent = false, complement = false;
  int column = 0;
  DomainSums all;
  std::unordered_map<std::string, DomainSums> by_value;
};

struct CountRequest {
  std::vector<NamespaceScope> scopes;
  LabelPredicate selector;
  int column = Topology::kNodeItself;
  bool skip_terminating = false;
};

class AffinityIndex {
 public:
  // The counter for a request: null if it has to be made, by addCounter and then add() of every placed Pod.
  PodCounter* find(const CountRequest& request);
  PodCounter& addCounter(const CountRequest& request);
  static KeyPredicate pivotPredicate(const CountRequest& request);

  // A Pod's labels into one counter, or into all of them.
  void count(PodCounter& counter, const std::string& namespace_, const api::StringMap& labels, bool terminating,
             NodeSlot node, const Topology& topology, const NamespaceLabels& namespaces, std::int64_t delta) const;
  void countEverywhere(const std::string& namespace_, const api::StringMap& labels, bool terminating, NodeSlot node,
                       const Topology& topology, const NamespaceLabels& namespaces, std::int64_t delta);
  // One term of a Pod that is placed in `domain`.
  void addTerm(TermUse use, const NamespaceScope& scope, const LabelPredicate& selector, int column, DomainId domain,
               std::int64_t weight);
  // The sums of the terms that match a Pod.
  std::vector<DomainQuery> matching(TermUse use, const std::string& namespace_, const api::StringMap& labels,
                                    const NamespaceLabels& namespaces) const;
  bool anyTerms(TermUse use) const;
  void clear();

 private:
  static constexpr std::size_t kCounters = 128;
  std::map<std::string, PodCounter> counters_;
  std::map<std::string, TermGroup> groups_;
  std::uint64_t uses_ = 0;
};

}  // namespace jobset_twin::cluster
