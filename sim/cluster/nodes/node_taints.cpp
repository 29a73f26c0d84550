#include "sim/cluster/nodes/node_taints.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"

namespace jobset_twin::cluster {
namespace {

constexpr std::int32_t kConflictTries = 5;  // client-go's retry on conflict

struct ConditionTaint {
  std::string_view condition, status, key;
};
constexpr std::array<ConditionTaint, 6> kConditionTaints = {{
    {"Ready", "False", kTaintNotReady},
    {"Ready", "Unknown", kTaintUnreachable},
    {"MemoryPressure", "True", "node.kubernetes.io/memory-pressure"},
    {"DiskPressure", "True", "node.kubernetes.io/disk-pressure"},
    {"NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"},
    {"PIDPressure", "True", "node.kubernetes.io/pid-pressure"},
}};

bool ownNoScheduleKey(std::string_view key) {
  return key == kTaintUnschedulable || std::any_of(kConditionTaints.begin(), kConditionTaints.end(),
                                                   [&](const ConditionTaint& row) { return row.key == key; });
}

bool contains(const std::vector<TaintName>& taints, std::string_view key, std::string_view effect) {
  return std::any_of(taints.begin(), taints.end(),
                     [&](const TaintName& taint) { return taint.key == key && taint.effect == effect; });
}

}  // namespace

bool hasTaint(const api::Object& node, std::string_view key, std::string_view effect) {
  const std::vector<api::Taint>& taints = api::as<api::Node>(node).spec.taints;
  return std::any_of(taints.begin(), taints.end(),
                     [&](const api::Taint& taint) { return taint.key == key && taint.effect == effect; });
}

bool hasTaintKey(const api::Object& node, std::string_view key) {
  const std::vector<api::Taint>& taints = api::as<api::Node>(node).spec.taints;
  return std::any_of(taints.begin(), taints.end(), [&](const api::Taint& taint) { return taint.key == key; });
}

std::string readyStatus(const api::Object& node) {
  const api::Condition* ready = api::findCondition(api::as<api::Node>(node).status.conditions, "Ready");
  return ready ? ready->status : std::string();
}

std::string zoneOf(const api::Object& node) {
  const std::string_view region = node.meta.labels.get("topology.kubernetes.io/region");
  const std::string_view zone = node.meta.labels.get("topology.kubernetes.io/zone");
  std::string key(region);
  if (!region.empty() || !zone.empty()) key.append("/").append(zone);
  return key;
}

TaintChange noScheduleChange(const api::Object& node) {
  const api::Node& body = api::as<api::Node>(node);
  std::vector<TaintName> wanted;
  for (const api::Condition& condition : body.status.conditions) {
    for (const ConditionTaint& row : kConditionTaints) {
      if (condition.type == row.condition && condition.status == row.status)
        wanted.push_back({std::string(row.key), std::string(kNoSchedule)});
    }
  }
  if (body.spec.unschedulable) wanted.push_back({std::string(kTaintUnschedulable), std::string(kNoSchedule)});
  TaintChange change;
  for (const TaintName& taint : wanted) {
    if (!hasTaint(node, taint.key, taint.effect)) change.add.push_back(taint);
  }
  std::vector<TaintName> stale;
  const bool unknown = readyStatus(node).empty();  // a new one keeps the taint of its creation
  for (const api::Taint& taint : body.spec.taints) {
    if (unknown && taint.key == kTaintNotReady) continue;
    if (taint.effect == kNoSchedule && ownNoScheduleKey(taint.key) && !contains(wanted, taint.key, taint.effect))
      stale.push_back({taint.key, taint.effect});
  }
  if (!stale.empty()) change.remove.push_back(std::move(stale));
  return change;
}

std::optional<api::Request> TaintChange::read() {
  api::Request get;
  get.verb = api::Verb::kGet;
  get.key = {api::Kind::kNode, "", node_};
  return get;
}

// The first step from step_ on that has something to do on the Node as it is known.
std::optional<api::Request> TaintChange::advance(const api::Object& node) {
  tries_ = 0;
  if (step_ == 0 && !add.empty()) return read();
  if (step_ == 0) step_ = 1;
  for (; step_ <= remove.size(); ++step_) {
    const std::vector<TaintName>& group = remove[step_ - 1];
    if (std::any_of(group.begin(), group.end(), [&](const TaintName& t) { return hasTaint(node, t.key, t.effect); }))
      return read();
  }
  return std::nullopt;
}

std::optional<api::Request> TaintChange::begin(const api::Object& node) {
  node_ = node.meta.name;
  step_ = 0;
  ok_ = true;
  return advance(node);
}

std::optional<api::Request> TaintChange::next(const api::Request& request, const api::Response& response,
                                              api::TimePoint now) {
  if (!response.ok()) {
    const bool again = response.reason != api::Reason::kNotFound && ++tries_ < kConflictTries;
    ok_ = again;
    return again ? read() : std::nullopt;
  }
  if (request.verb == api::Verb::kPatch) {
    ++step_;
    return advance(*response.object);
  }
  const api::MutableObjectPtr fresh = api::edit(response.object);
  std::vector<api::Taint>& taints = api::as<api::Node>(*fresh).spec.taints;
  if (step_ == 0) {
    for (const TaintName& name : add) {
      std::erase_if(taints, [&](const api::Taint& t) { return t.key == name.key && t.effect == name.effect; });
      taints.push_back({name.key, "", name.effect, api::truncateToSeconds(now)});
    }
  } else {
    std::erase_if(taints, [&](const api::Taint& t) { return contains(remove[step_ - 1], t.key, t.effect); });
  }
  if (taints == api::as<api::Node>(response.object).spec.taints) {
    ++step_;
    return advance(*response.object);
  }
  const nlohmann::json whole = api::toJson(*fresh);
  nlohmann::json list;  // null: none are left
  if (!taints.empty()) list = whole.at("spec").at("taints");
  api::Request patch = api::patchRequest(
      request.key, api::MergePatch{api::Raw(nlohmann::json{{"spec", {{"taints", std::move(list)}}}})});
  patch.patch_resource_version = response.object->meta.resourceVersion;
  return patch;
}

}  // namespace jobset_twin::cluster
