#include "sim/faults/target.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "engine/jobset/names.hpp"
#include "sim/kernel/check.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::faults {
namespace {

// Parts that are left out at the left fit everything.
template <std::size_t N>
bool fitsFromTheRight(const std::vector<std::string_view>& wanted, const std::array<std::string_view, N>& have) {
  if (wanted.size() > N) return false;
  const std::size_t skipped = N - wanted.size();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!matchesPattern(wanted[i], have[skipped + i])) return false;
  }
  return true;
}

bool ended(const api::Pod& pod) { return pod.status.phase == "Succeeded" || pod.status.phase == "Failed"; }

// Whether something in the target narrows Pods, so that a node is meant by what runs on it.
bool byPods(const Target& target) { return !target.pod.empty() || !target.job.empty(); }

}  // namespace

std::vector<std::string_view> pathParts(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t slash = text.find('/');
    parts.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text = text.substr(slash + 1);
  }
}

PodPath podPath(const api::Object& pod) {
  const api::StringMap& labels = pod.meta.labels;
  PodPath path;
  path.namespace_ = pod.meta.namespace_;
  path.jobset = labels.get(jobset::kJobSetNameKey);
  path.replicated_job = labels.get(jobset::kReplicatedJobNameKey);
  path.job_index = labels.get(jobset::kJobIndexKey);
  path.pod_index = labels.get(jobset::kCompletionIndexKey);
  path.name = pod.meta.name;
  const std::string& prefix = pod.meta.generateName;
  if (!prefix.empty()) path.shared_name = prefix.substr(0, prefix.size() - (prefix.ends_with('-') ? 1 : 0));
  if (const api::OwnerReference* owner = api::controllerOf(pod.meta); owner && owner->kind == "Job")
    path.job = owner->name;
  return path;
}

std::string identityOf(const PodPath& path) {
  if (!path.jobset.empty()) {
    return fmt::format("{}/{}/{}/{}/{}", path.namespace_, path.jobset, path.replicated_job, path.job_index,
                       path.pod_index);
  }
  return fmt::format("{}/{}", path.namespace_, path.shared_name.empty() ? path.name : path.shared_name);
}

std::string podIdentity(const api::Object& pod) { return identityOf(podPath(pod)); }

bool matchesPod(const std::string& pattern, const PodPath& path) {
  const std::vector<std::string_view> wanted = pathParts(pattern);
  if (!path.jobset.empty() && fitsFromTheRight<5>(wanted, {path.namespace_, path.jobset, path.replicated_job,
                                                           path.job_index, path.pod_index})) {
    return true;
  }
  return fitsFromTheRight<2>(wanted, {path.namespace_, path.name}) ||
         (!path.shared_name.empty() && fitsFromTheRight<2>(wanted, {path.namespace_, path.shared_name}));
}

bool matchesJob(const std::string& pattern, const PodPath& path) {
  return !path.job.empty() && fitsFromTheRight<2>(pathParts(pattern), {path.namespace_, path.job});
}

bool matchesDomain(const std::string& pattern, const api::StringMap& labels, std::string* value) {
  const std::size_t slash = pattern.rfind('/');
  const std::string_view key = std::string_view(pattern).substr(0, slash);
  const std::string_view wanted =
      slash == std::string::npos ? std::string_view("*") : std::string_view(pattern).substr(slash + 1);
  for (const auto& [label, have] : labels) {
    if (label != key && std::string_view(label).substr(label.rfind('/') + 1) != key) continue;
    if (!matchesPattern(wanted, have)) continue;
    if (value) *value = have;
    return true;
  }
  return false;
}

bool nodeFits(const Target& target, Scope scope, const api::Object& node) {
  if (!target.node.empty() && !matchesPattern(target.node, node.meta.name)) return false;
  if (!target.domain.empty() && !matchesDomain(target.domain, node.meta.labels)) return false;
  const bool selects_nodes = scope == Scope::kNodes && !byPods(target);
  return !selects_nodes || !target.selector || api::matches(*target.selector, node.meta.labels);
}

bool podFits(const Target& target, const api::Object& pod, const apiserver::Store& store) {
  const PodPath path = podPath(pod);
  if (!target.pod.empty() && !matchesPod(target.pod, path)) return false;
  if (!target.job.empty() && !matchesJob(target.job, path)) return false;
  if (target.selector && !api::matches(*target.selector, pod.meta.labels)) return false;
  if (target.node.empty() && target.domain.empty()) return true;
  const api::ObjectPtr node = store.find({api::Kind::kNode, "", api::as<api::Pod>(pod).nodeName});
  return node && nodeFits(target, Scope::kPods, *node);
}

namespace {

// Whether the fault can hit it now.
bool canHit(const Fault& fault, const api::Object& object, bool running, const apiserver::Store& store) {
  const api::Pod& pod = api::as<api::Pod>(object);
  if (object.meta.deletionTimestamp || ended(pod) || (running && pod.status.phase != "Running")) return false;
  return podFits(fault.target, object, store);
}

std::vector<Unit> podUnits(const Fault& fault, const apiserver::Store& store) {
  const bool running = classInfo(fault.class_).running;
  std::vector<Unit> units;
  for (const auto& [key, object] : store.all(api::Kind::kPod)) {
    if (canHit(fault, *object, running, store)) units.push_back({podIdentity(*object), {api::keyOf(*object)}});
  }
  std::stable_sort(units.begin(), units.end());
  return units;
}

std::vector<Unit> nodeUnits(const Fault& fault, const apiserver::Store& store) {
  const Target& target = fault.target;
  std::map<std::string, std::vector<api::ObjectKey>> found;
  const auto add = [&](const api::ObjectPtr& node) {
    if (!node || !nodeFits(target, Scope::kNodes, *node)) return;
    std::string name = node->meta.name;
    if (!target.domain.empty()) {
      matchesDomain(target.domain, node->meta.labels, &name);
      name = fmt::format("{}/{}", target.domain.substr(0, target.domain.rfind('/')), name);
    }
    std::vector<api::ObjectKey>& nodes = found[name];
    const api::ObjectKey key = api::keyOf(*node);
    if (std::find(nodes.begin(), nodes.end(), key) == nodes.end()) nodes.push_back(key);
  };
  if (byPods(target)) {
    for (const auto& [key, object] : store.all(api::Kind::kPod)) {
      const api::Pod& pod = api::as<api::Pod>(object);
      if (pod.nodeName.empty() || ended(pod) || !podFits(target, *object, store)) continue;
      add(store.find({api::Kind::kNode, "", pod.nodeName}));
    }
  } else {
    for (const auto& [key, node] : store.all(api::Kind::kNode)) add(node);
  }
  std::vector<Unit> units;
  for (auto& [name, nodes] : found) units.push_back({name, std::move(nodes)});
  return units;
}

}  // namespace

const std::set<api::ObjectKey>& PodIndex::find(const std::string& identity, const apiserver::Store& store) {
  if (!made_) {
    for (const auto& [key, pod] : store.all(api::Kind::kPod)) pods_[podIdentity(*pod)].insert(api::keyOf(*pod));
    made_ = true;
  }
  static const std::set<api::ObjectKey> kNone;
  const auto found = pods_.find(identity);
  return found == pods_.end() ? kNone : found->second;
}

void PodIndex::onChange(const apiserver::WatchEvent& change) {
  if (!made_) return;
  if (change.type == apiserver::WatchType::kAdded) {
    pods_[podIdentity(*change.object)].insert(api::keyOf(*change.object));
  } else if (change.type == apiserver::WatchType::kDeleted) {
    const auto found = pods_.find(podIdentity(*change.object));
    if (found == pods_.end()) return;
    found->second.erase(api::keyOf(*change.object));
    if (found->second.empty()) pods_.erase(found);
  }
}

std::vector<Unit> unitNamed(const Fault& fault, const std::string& name, const apiserver::Store& store,
                            PodIndex& pods) {
  const ClassInfo& info = classInfo(fault.class_);
  if (info.scope == Scope::kPods) {
    for (const api::ObjectKey& key : pods.find(name, store)) {
      const api::ObjectPtr pod = store.find(key);
      if (pod && canHit(fault, *pod, info.running, store)) return {{name, {key}}};
    }
    return {};
  }
  if (info.scope == Scope::kNodes && fault.target.domain.empty() && !byPods(fault.target)) {
    const api::ObjectPtr node = store.find({api::Kind::kNode, "", name});
    if (!node || !nodeFits(fault.target, Scope::kNodes, *node)) return {};
    return {{name, {api::keyOf(*node)}}};
  }
  std::vector<Unit> units = unitsOf(fault, store);
  std::erase_if(units, [&](const Unit& unit) { return unit.name != name; });
  if (units.size() > 1) units.resize(1);
  return units;
}

std::vector<Unit> unitsOf(const Fault& fault, const apiserver::Store& store) {
  switch (classInfo(fault.class_).scope) {
    case Scope::kPods: return podUnits(fault, store);
    case Scope::kNodes: return nodeUnits(fault, store);
    case Scope::kGroup:
    case Scope::kCluster: break;
  }
  return {{"", {}}};
}

std::size_t chooseUnit(const std::vector<Unit>& units, std::uint64_t seed, const std::string& fault,
                       std::uint64_t occurrence) {
  TWIN_ASSERT(!units.empty(), "something to choose from", fault);
  std::size_t best = 0;
  std::uint64_t least = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::uint64_t drawn =
        kernel::bitsAt(seed, fmt::format("fault/{}/choice/{}", fault, units[i].name), occurrence);
    if (i == 0 || drawn < least) {
      best = i;
      least = drawn;
    }
  }
  return best;
}

std::vector<std::string> namesInOrder(const std::vector<Unit>& units) {
  // By what stands before the last number, then by the number, which is longer when it is larger.
  using Key = std::tuple<std::string_view, std::size_t, std::string_view>;
  std::vector<Key> keys;
  for (const Unit& unit : units) {
    const std::string_view name = unit.name;
    const std::size_t last = name.find_last_not_of("0123456789");
    const std::size_t digits = last == std::string_view::npos ? 0 : last + 1;
    keys.emplace_back(name.substr(0, digits), name.size(), name);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<std::string> names;
  for (const Key& key : keys) names.emplace_back(std::get<2>(key));
  return names;
}

std::string targetText(const Target& target) {
  std::string out;
  const auto add = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) out += fmt::format("{}{}={}", out.empty() ? "" : " ", key, value);
  };
  add("pod", target.pod);
  add("node", target.node);
  add("job", target.job);
  add("domain", target.domain);
  if (target.selector) add("selector", api::formatSelector(*target.selector));
  if (target.choice == Choice::kInTurn) add("inTurn", std::to_string(target.at_once));
  if (target.choice == Choice::kAny || target.choice == Choice::kAll)
    out += fmt::format("{}{}", out.empty() ? "" : " ", target.choice == Choice::kAny ? "any" : "all");
  return out;
}

}  // namespace jobset_twin::faults
