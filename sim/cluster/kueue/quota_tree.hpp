// quota_tree.hpp - who may use how much: ClusterQueues and Cohorts as trees, their quotas and what is used of them
// (K-KUE-30 to 32). A value; whoever wants to know "what if" adds and takes usage, asks, and puts it back.
//
// Source: Kueue pkg/cache/scheduler/resource_node.go.
#pragma once

#include <string>
#include <vector>

#include "sim/cluster/kueue/specs.hpp"

namespace jobset_twin::cluster::kueue {

class QuotaTree {
 public:
  // New or changed; usage stays. A Cohort that is only named has no quota of its own and no parent.
  void setClusterQueue(const std::string& name, const std::string& cohort, Quotas quotas);
  void removeClusterQueue(const std::string& name);
  void setCohort(const std::string& name, const std::string& parent, Quotas quotas);
  void removeCohort(const std::string& name);

  void add(const std::string& cluster_queue, const Usage& usage);
  void take(const std::string& cluster_queue, const Usage& usage);

  Amount used(const std::string& cluster_queue, const FlavorResource& of) const;
  Amount nominal(const std::string& cluster_queue, const FlavorResource& of) const;
  const Usage& usage(const std::string& cluster_queue) const;
  // What could be added now; may be negative.
  Amount available(const std::string& cluster_queue, const FlavorResource& of) const;
  // What it could have at most, if nobody else used anything.
  Amount capacity(const std::string& cluster_queue, const FlavorResource& of) const;
  bool fits(const std::string& cluster_queue, const Usage& more) const;
  bool borrows(const std::string& cluster_queue, const FlavorResource& of) const;
  bool borrowsWith(const std::string& cluster_queue, const FlavorResource& of, Amount more) const;
  // How far up the tree it must borrow for so much more: 0 not at all (K-KUE-22).
  int borrowLevel(const std::string& cluster_queue, const FlavorResource& of, Amount more) const;

  bool has(const std::string& cluster_queue) const { return cluster_queues_.contains(cluster_queue); }
  // Names the tree that it is in: "cohort/<root>", or "queue/<name>" of one that stands alone.
  std::string root(const std::string& cluster_queue) const;
  std::string path(const std::string& cluster_queue) const;                // "/cohort/…/name"
  const std::vector<std::string>& members(const std::string& root) const;  // ClusterQueues of a tree, by name

 private:
  struct Node {
    std::string parent;  // a Cohort; "": none
    Quotas quotas;
    Usage subtree, usage;
    std::vector<std::string> cohorts, queues;  // children
    bool declared = false;                     // of a Cohort: there is such an object
  };
  Node& cohort(const std::string& name) { return cohorts_[name]; }
  const Node* parentOf(const Node& node) const;
  Amount availableAt(const Node& node, const FlavorResource& of) const;
  Amount capacityAt(const Node& node, const FlavorResource& of) const;
  void addAt(Node& node, const FlavorResource& of, Amount amount);
  void takeAt(Node& node, const FlavorResource& of, Amount amount);
  bool cycles(const std::string& name) const;
  void rebuild();
  void sumUp(Node& node);

  std::map<std::string, Node> cluster_queues_, cohorts_;
  std::map<std::string, std::vector<std::string>> members_;  // by root
};

}  // namespace jobset_twin::cluster::kueue
