// node_cache.hpp - what the node controllers of kube-controller-manager know of Nodes and Pods: their shared informers,
// fed once for all of them.
#pragma once

#include <cereal/cereal.hpp>
#include <compare>
#include <map>
#include <string>
#include <vector>

#include "sim/apiserver/watch_event.hpp"

namespace jobset_twin::cluster {

struct PodName {
  std::string namespace_, name;
  static PodName of(const api::Object& pod) { return {pod.meta.namespace_, pod.meta.name}; }
  api::ObjectKey key() const { return {api::Kind::kPod, namespace_, name}; }
  std::string text() const { return namespace_ + "/" + name; }
  friend auto operator<=>(const PodName&, const PodName&) = default;
  friend bool operator==(const PodName&, const PodName&) = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(namespace_, name);
  }
};

class NodeCache {
 public:
  using Pods = std::map<PodName, api::ObjectPtr>;
  using Nodes = std::map<std::string, api::ObjectPtr>;

  // A change of a Node or a Pod; other kinds are ignored.
  void apply(const apiserver::WatchEvent& change);

  const Nodes& nodes() const { return nodes_; }
  const api::Object* node(const std::string& name) const;  // null: not there
  const Pods& podsOf(const std::string& node) const;       // ascending by name; "": Pods without a node
  const api::Object* pod(const std::string& node, const PodName& name) const;
  std::vector<std::string> nodesWithPods() const;   // also of nodes that are not there
  bool hasLivePods(const std::string& node) const;  // one that has not finished

  template <class Archive>
  void serialize(Archive& ar) {
    ar(nodes_, pods_);
  }

 private:
  Nodes nodes_;
  std::map<std::string, Pods> pods_;  // by node
};

bool isTerminal(const api::Object& pod);  // phase Succeeded or Failed

}  // namespace jobset_twin::cluster
