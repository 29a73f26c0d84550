#include "sim/cluster/scheduler/pod_shape.hpp"

#include <algorithm>

#include "engine/api/check.hpp"

namespace jobset_twin::cluster {
namespace {

class Signature {
 public:
  Signature& operator<<(std::string_view text) {
    out_ += std::to_string(text.size());
    out_ += ':';
    out_ += text;
    return *this;
  }
  Signature& operator<<(std::int64_t number) {
    out_ += std::to_string(number);
    out_ += ';';
    return *this;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

void write(Signature& out, const std::vector<api::NodeSelectorRequirement>& requirements) {
  out << static_cast<std::int64_t>(requirements.size());
  for (const api::NodeSelectorRequirement& r : requirements) {
    out << r.key << r.operator_ << static_cast<std::int64_t>(r.values.size());
    for (const std::string& value : r.values) out << value;
  }
}
void write(Signature& out, const api::NodeSelectorTerm& term) {
  write(out, term.matchExpressions);
  write(out, term.matchFields);
}
void write(Signature& out, const AffinityTerm& term) {
  out << term.scope.text() << term.selector.text() << term.topology_key << std::int64_t{term.weight};
}
void write(Signature& out, const SpreadConstraint& c) {
  out << c.topology_key << c.selector.text() << std::int64_t{c.max_skew} << std::int64_t{c.min_domains}
      << std::int64_t{c.honor_affinity} << std::int64_t{c.honor_taints};
}
template <class T>
void writeAll(Signature& out, const std::vector<T>& values) {
  out << static_cast<std::int64_t>(values.size());
  for (const T& value : values) {
    if constexpr (std::is_same_v<T, std::string>) {
      out << value;
    } else {
      write(out, value);
    }
  }
}

std::string localSignature(const PodShape& shape) {
  const api::PodSpec& spec = *shape.spec;
  Signature out;
  out << shape.scored_milli_cpu << shape.scored_memory << static_cast<std::int64_t>(shape.requests.size());
  for (const auto& [row, amount] : shape.requests) out << std::int64_t{row} << amount;
  out << spec.nodeName << static_cast<std::int64_t>(spec.nodeSelector.size());
  for (const auto& [key, value] : spec.nodeSelector) out << key << value;
  out << static_cast<std::int64_t>(spec.tolerations.size());
  for (const api::Toleration& t : spec.tolerations) out << t.key << t.operator_ << t.value << t.effect;
  out << static_cast<std::int64_t>(shape.ports.size());
  for (const HostPort& port : shape.ports) out << port.ip << port.protocol << std::int64_t{port.port};
  if (spec.affinity && spec.affinity->nodeAffinity) {
    const api::NodeAffinity& affinity = *spec.affinity->nodeAffinity;
    if (const auto& required = affinity.requiredDuringSchedulingIgnoredDuringExecution) {
      writeAll(out, required->nodeSelectorTerms);
    } else {
      out << std::int64_t{-1};
    }
    for (const api::PreferredSchedulingTerm& term : affinity.preferredDuringSchedulingIgnoredDuringExecution) {
      out << std::int64_t{term.weight};
      write(out, term.preference);
    }
  }
  return out.take();
}

std::string fullSignature(const PodShape& shape) {
  Signature out;
  out << shape.local_signature << shape.namespace_ << std::int64_t{shape.priority} << std::int64_t{shape.preempts}
      << std::int64_t{shape.containers} << std::int64_t{shape.depends_on_labels};
  writeAll(out, shape.claims);
  writeAll(out, shape.images);
  writeAll(out, shape.affinity);
  writeAll(out, shape.anti_affinity);
  writeAll(out, shape.preferred);
  writeAll(out, shape.spread);
  writeAll(out, shape.spread_preferred);
  return out.take();
}

// `In` or `NotIn` the Pod's own value, as the API server merges it into the selector; idempotent.
LabelPredicate withOwnValues(LabelPredicate selector, const std::vector<std::string>& keys,
                             const api::StringMap& labels, bool in) {
  for (const std::string& key : keys) {
    if (const std::string* value = labels.find(key)) {
      LabelPredicate own;
      own.keys.push_back({key, !in, !in, {*value}});
      selector = conjunction(selector, own);
    }
  }
  return selector;
}

AffinityTerm compileTerm(const api::PodAffinityTerm& term, const api::ObjectMeta& meta, std::int32_t weight) {
  AffinityTerm out;
  out.selector = withOwnValues(compileSelector(term.labelSelector), term.matchLabelKeys, meta.labels, true);
  out.selector = withOwnValues(std::move(out.selector), term.mismatchLabelKeys, meta.labels, false);
  out.topology_key = term.topologyKey;
  out.weight = weight;
  out.scope.names = term.namespaces;
  std::sort(out.scope.names.begin(), out.scope.names.end());
  if (term.namespaceSelector) {
    out.scope.selector = compileSelector(term.namespaceSelector);
    out.scope.all = !out.scope.selector.nothing && out.scope.selector.keys.empty();
  } else if (out.scope.names.empty()) {
    out.scope.names.push_back(meta.namespace_);
  }
  return out;
}

void readPodAffinity(PodShape& shape, const std::optional<api::PodAffinity>& affinity, const api::ObjectMeta& meta,
                     bool anti) {
  if (!affinity) return;
  for (const api::PodAffinityTerm& term : affinity->requiredDuringSchedulingIgnoredDuringExecution) {
    (anti ? shape.anti_affinity : shape.affinity).push_back(compileTerm(term, meta, 1));
    shape.depends_on_labels |= !term.matchLabelKeys.empty() || !term.mismatchLabelKeys.empty();
  }
  for (const api::WeightedPodAffinityTerm& weighted : affinity->preferredDuringSchedulingIgnoredDuringExecution) {
    const api::PodAffinityTerm& term = weighted.podAffinityTerm;
    shape.preferred.push_back(compileTerm(term, meta, anti ? -weighted.weight : weighted.weight));
    shape.depends_on_labels |= !term.matchLabelKeys.empty() || !term.mismatchLabelKeys.empty();
  }
}

void readSpread(PodShape& shape, const api::ObjectMeta& meta) {
  for (const api::TopologySpreadConstraint& given : shape.spec->topologySpreadConstraints) {
    SpreadConstraint c;
    c.topology_key = given.topologyKey;
    c.selector = withOwnValues(compileSelector(given.labelSelector), given.matchLabelKeys, meta.labels, true);
    shape.depends_on_labels |= !given.matchLabelKeys.empty();
    c.max_skew = given.maxSkew;
    c.min_domains = given.minDomains.value_or(1);
    c.honor_affinity = given.nodeAffinityPolicy.value_or("Honor") == "Honor";
    c.honor_taints = given.nodeTaintsPolicy.value_or("Ignore") == "Honor";
    (given.whenUnsatisfiable == "ScheduleAnyway" ? shape.spread_preferred : shape.spread).push_back(std::move(c));
  }
}

void readContainers(PodShape& shape) {
  const api::PodSpec& spec = *shape.spec;
  const auto read = [&](const api::Container& container, bool running) {
    ++shape.containers;
    shape.images.push_back(imageWithTag(container.image));
    if (!running) return;
    for (const api::ContainerPort& port : container.ports) {
      const std::int32_t number = port.hostPort != 0 ? port.hostPort : (spec.hostNetwork ? port.containerPort : 0);
      if (number <= 0) continue;
      shape.ports.push_back(
          {port.hostIP.empty() ? "0.0.0.0" : port.hostIP, port.protocol.empty() ? "TCP" : port.protocol, number});
    }
  };
  for (const api::Container& container : spec.initContainers) read(container, container.restartPolicy == "Always");
  for (const api::Container& container : spec.containers) read(container, true);
  for (const api::Volume& volume : spec.volumes) {
    if (volume.persistentVolumeClaim) shape.claims.push_back(volume.persistentVolumeClaim->claimName);
  }
}

}  // namespace

int ResourceRows::find(const std::string& name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  return found == names_.end() ? -1 : static_cast<int>(found - names_.begin());
}

int ResourceRows::row(const std::string& name) {
  if (const int found = find(name); found >= 0) return found;
  TWIN_ASSERT(size() < kMax, "at most 64 distinct resources can be scheduled", name);
  names_.push_back(name);
  return size() - 1;
}

bool conflict(const HostPort& left, const HostPort& right) {
  if (left.port != right.port || left.protocol != right.protocol) return false;
  return left.ip == "0.0.0.0" || right.ip == "0.0.0.0" || left.ip == right.ip;
}

std::int64_t PodShape::request(int row) const {
  for (const auto& [at, amount] : requests) {
    if (at == row) return amount;
  }
  return 0;
}

std::string imageWithTag(const std::string& image) {
  const std::size_t colon = image.rfind(':');
  const std::size_t slash = image.rfind('/');
  const bool tagged = colon != std::string::npos && (slash == std::string::npos || colon > slash);
  return tagged || image.find('@') != std::string::npos ? image : image + ":latest";
}

api::Shared<PodShape> ShapeTable::of(const api::ObjectMeta& meta, const api::Pod& pod, ResourceRows& rows) {
  if (last_.present() && last_->spec.sameAs(pod.spec) && last_->namespace_ == meta.namespace_ &&
      !last_->depends_on_labels)
    return last_;
  PodShape shape;
  shape.spec = pod.spec;
  shape.namespace_ = meta.namespace_;
  const PodRequests requests = podRequests(*pod.spec);
  for (const auto& [name, amount] : requests.amounts) {
    if (const int row = rows.row(name); row != ResourceRows::kPods) shape.requests.emplace_back(row, amount);
  }
  std::sort(shape.requests.begin(), shape.requests.end());
  shape.scored_milli_cpu = requests.scored_milli_cpu;
  shape.scored_memory = requests.scored_memory;
  shape.priority = pod.spec->priority.value_or(0);
  shape.preempts = pod.spec->preemptionPolicy != "Never";
  readContainers(shape);
  if (const auto& affinity = pod.spec->affinity) {
    readPodAffinity(shape, affinity->podAffinity, meta, false);
    readPodAffinity(shape, affinity->podAntiAffinity, meta, true);
  }
  readSpread(shape, meta);
  shape.local_signature = localSignature(shape);
  std::string signature = fullSignature(shape);
  if (known_.size() >= kRemembered) known_.clear();
  const auto [at, fresh] = known_.try_emplace(std::move(signature));
  if (fresh) at->second = api::Shared<PodShape>(std::move(shape));
  last_ = at->second;
  return last_;
}

}  // namespace jobset_twin::cluster
