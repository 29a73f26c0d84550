#include "sim/cluster/scheduler/hints.hpp"

#include <algorithm>

#include "sim/cluster/scheduler/node_affinity.hpp"
#include "sim/cluster/scheduler/pod_affinity.hpp"
#include "sim/cluster/scheduler/taints.hpp"

namespace jobset_twin::cluster {
namespace {

const api::Node& nodeOf(const api::ObjectPtr& object) { return api::as<api::Node>(object); }

// NodeResourcesFit: an empty node like this would do, and one of the wanted resources has grown.
bool fitHint(const ClusterView& view, const PodShape& shape, const ClusterChange& change) {
  if (change.kind == ChangeKind::kPodGone) return true;
  if (change.kind == ChangeKind::kPodUpdated) {
    const Amounts before = podRequests(*api::as<api::Pod>(change.before).spec).amounts;
    Amounts after = podRequests(*api::as<api::Pod>(change.after).spec).amounts;
    return std::any_of(before.begin(), before.end(), [&](const auto& entry) {
      const auto found = after.find(entry.first);
      return (found == after.end() ? 0 : found->second) < entry.second;
    });
  }
  Amounts now = amountsOf(nodeOf(change.after).status.allocatable);
  Amounts was = change.before ? amountsOf(nodeOf(change.before).status.allocatable) : Amounts{};
  if (now["pods"] < 1) return false;
  bool grown = now["pods"] > was["pods"];
  for (const auto& [row, amount] : shape.requests) {
    const std::string& name = view.nodes.rows.name(row);
    if (now[name] < amount) return false;
    grown = grown || now[name] > was[name];
  }
  return grown || !change.before;
}

bool portsHint(ClusterView& view, const PodShape& shape, const ClusterChange& change) {
  if (change.kind == ChangeKind::kNodeAdded) return true;
  const auto gone = view.shapes.of(change.before->meta, api::as<api::Pod>(change.before), view.nodes.rows);
  return std::any_of(shape.ports.begin(), shape.ports.end(), [&](const HostPort& wanted) {
    return std::any_of(gone->ports.begin(), gone->ports.end(),
                       [&](const HostPort& freed) { return conflict(wanted, freed); });
  });
}

bool spreadHint(const ViewPod& waiting, const ClusterChange& change) {
  const std::vector<SpreadConstraint>& constraints = waiting.shape->spread;
  if (constraints.empty()) return true;  // refused by its profile's default constraints, which go by Services
  if (change.kind == ChangeKind::kPodPlaced || change.kind == ChangeKind::kPodUpdated ||
      change.kind == ChangeKind::kPodGone) {
    const auto touches = [&](const api::ObjectPtr& pod) {
      return pod && pod->meta.namespace_ == waiting.object->meta.namespace_ &&
             std::any_of(constraints.begin(), constraints.end(),
                         [&](const SpreadConstraint& c) { return c.selector.matches(pod->meta.labels); });
    };
    return touches(change.before) || touches(change.after);
  }
  const auto domains = [&](const api::ObjectPtr& node) {
    std::vector<std::string> out;
    if (!node) return out;
    for (const SpreadConstraint& c : constraints) {
      const std::string* value = node->meta.labels.find(c.topology_key);
      if (!value) return std::vector<std::string>{};  // no part in the spread
      out.push_back(*value);
    }
    return out;
  };
  return domains(change.before) != domains(change.after);
}

bool podAffinityHint(ClusterView& view, const ViewPod& waiting, const ClusterChange& change) {
  const PodShape& shape = *waiting.shape;
  if (change.kind == ChangeKind::kNodeAdded || change.kind == ChangeKind::kNodeUpdated) {
    const auto value = [](const api::ObjectPtr& node, const std::string& key) {
      return node ? node->meta.labels.find(key) : nullptr;
    };
    const auto changed = [&](const AffinityTerm& term) {
      const std::string *before = value(change.before, term.topology_key),
                        *after = value(change.after, term.topology_key);
      return after && (!before || *before != *after);
    };
    // A new node may also lie in a domain from which no existing Pod's anti-affinity keeps the Pod away.
    return change.kind == ChangeKind::kNodeAdded ||
           std::any_of(shape.affinity.begin(), shape.affinity.end(), changed) ||
           std::any_of(shape.anti_affinity.begin(), shape.anti_affinity.end(), changed) ||
           !(change.before->meta.labels == change.after->meta.labels);
  }
  const auto allows = [&](const api::ObjectPtr& pod) {
    return pod && matchesAllTerms(shape.affinity, pod->meta, view.namespaces);
  };
  const auto blocks = [&](const api::ObjectPtr& pod) {
    if (!pod) return false;
    const auto matchesIt = [&](const AffinityTerm& term) { return matchesTerm(term, pod->meta, view.namespaces); };
    if (std::any_of(shape.anti_affinity.begin(), shape.anti_affinity.end(), matchesIt)) return true;
    const auto other = view.shapes.of(pod->meta, api::as<api::Pod>(pod), view.nodes.rows);
    return std::any_of(other->anti_affinity.begin(), other->anti_affinity.end(), [&](const AffinityTerm& term) {
      return matchesTerm(term, waiting.object->meta, view.namespaces);
    });
  };
  if (change.kind == ChangeKind::kPodPlaced) return allows(change.after);
  if (change.kind == ChangeKind::kPodGone) return blocks(change.before);
  return (allows(change.after) && !allows(change.before)) || (blocks(change.before) && !blocks(change.after));
}

bool asks(ClusterView& view, const ViewPod& waiting, Plugin plugin, const ClusterChange& change) {
  const PodShape& shape = *waiting.shape;
  const api::PodSpec& spec = *shape.spec;
  switch (plugin) {
    case Plugin::kNodeName: return true;
    case Plugin::kNodeUnschedulable: {
      const auto refuses = [&](const api::ObjectPtr& node) {
        return refusesUnschedulable(nodeOf(node), spec.tolerations);
      };
      return (!change.before || refuses(change.before)) && !refuses(change.after);
    }
    case Plugin::kTaintToleration: {
      const auto refuses = [&](const api::ObjectPtr& node) {
        return firstUntolerated(nodeOf(node).spec.taints, spec.tolerations) != nullptr;
      };
      return (!change.before || refuses(change.before)) && !refuses(change.after);
    }
    case Plugin::kNodeAffinity:
      return (!change.before || !matchesNodeAffinity(spec, *change.before)) && matchesNodeAffinity(spec, *change.after);
    case Plugin::kNodePorts: return portsHint(view, shape, change);
    case Plugin::kNodeResourcesFit: return fitHint(view, shape, change);
    case Plugin::kVolumeBinding: {
      if (change.kind == ChangeKind::kStorageClass || change.kind == ChangeKind::kVolume ||
          change.kind == ChangeKind::kNodeAdded)
        return true;
      if (change.kind == ChangeKind::kNodeUpdated) return !(change.before->meta.labels == change.after->meta.labels);
      const api::ObjectMeta& claim = (change.after ? change.after : change.before)->meta;
      return claim.namespace_ == shape.namespace_ &&
             std::find(shape.claims.begin(), shape.claims.end(), claim.name) != shape.claims.end();
    }
    case Plugin::kPodTopologySpread: return spreadHint(waiting, change);
    case Plugin::kInterPodAffinity: return podAffinityHint(view, waiting, change);
    case Plugin::kGang:
      return change.kind == ChangeKind::kNodeAdded || !(change.before->meta.labels == change.after->meta.labels);
  }
  return false;
}

}  // namespace

PluginMask listeners(ChangeKind kind) {
  constexpr PluginMask kRelations = maskOf(Plugin::kPodTopologySpread) | maskOf(Plugin::kInterPodAffinity);
  constexpr PluginMask kNode = maskOf(Plugin::kNodeUnschedulable) | maskOf(Plugin::kTaintToleration) |
                               maskOf(Plugin::kNodeAffinity) | maskOf(Plugin::kNodeResourcesFit) |
                               maskOf(Plugin::kVolumeBinding) | kRelations;
  switch (kind) {
    case ChangeKind::kNodeAdded:
      return kNode | maskOf(Plugin::kNodePorts) | maskOf(Plugin::kNodeName) | maskOf(Plugin::kGang);
    case ChangeKind::kNodeUpdated: return kNode | maskOf(Plugin::kGang);
    case ChangeKind::kNodeGone: return maskOf(Plugin::kPodTopologySpread);
    case ChangeKind::kPodPlaced: return kRelations;
    case ChangeKind::kPodUpdated: return kRelations | maskOf(Plugin::kNodeResourcesFit);
    case ChangeKind::kPodGone: return kRelations | maskOf(Plugin::kNodeResourcesFit) | maskOf(Plugin::kNodePorts);
    case ChangeKind::kClaim:
    case ChangeKind::kStorageClass:
    case ChangeKind::kVolume: return maskOf(Plugin::kVolumeBinding);
  }
  return 0;
}

bool hintFires(ClusterView& view, const ViewPod& waiting, PluginMask plugins, const ClusterChange& change) {
  const PluginMask asked = plugins & listeners(change.kind);
  for (unsigned bit = 0; asked >> bit != 0; ++bit) {
    if ((asked >> bit & 1) != 0 && asks(view, waiting, static_cast<Plugin>(bit), change)) return true;
  }
  return false;
}

bool ownUpdateHelps(PluginMask plugins, const api::Object& before, const api::Object& after) {
  constexpr PluginMask kTaints = maskOf(Plugin::kTaintToleration) | maskOf(Plugin::kNodeUnschedulable);
  constexpr PluginMask kRelations = maskOf(Plugin::kPodTopologySpread) | maskOf(Plugin::kInterPodAffinity);
  const api::PodSpec &was = *api::as<api::Pod>(before).spec, &is = *api::as<api::Pod>(after).spec;
  if ((plugins & kRelations) != 0 && !(before.meta.labels == after.meta.labels)) return true;
  if ((plugins & kTaints) != 0 && was.tolerations != is.tolerations) return true;
  if ((plugins & maskOf(Plugin::kNodeResourcesFit)) == 0) return false;
  const Amounts old = podRequests(was).amounts;
  Amounts now = podRequests(is).amounts;
  return std::any_of(old.begin(), old.end(), [&](const auto& entry) { return now[entry.first] < entry.second; });
}

bool nodeDiffers(const api::Object& before, const api::Object& after) {
  const api::Node &was = api::as<api::Node>(before), &is = api::as<api::Node>(after);
  if (!(before.meta.labels == after.meta.labels) || before.meta.uid != after.meta.uid) return true;
  if (was.spec.unschedulable != is.spec.unschedulable || was.spec.taints != is.spec.taints) return true;
  if (was.status.allocatable != is.status.allocatable || was.status.images.size() != is.status.images.size())
    return true;
  return !std::equal(was.status.images.begin(), was.status.images.end(), is.status.images.begin(),
                     [](const api::ContainerImage& a, const api::ContainerImage& b) {
                       return a.sizeBytes == b.sizeBytes && a.names == b.names;
                     });
}

}  // namespace jobset_twin::cluster
