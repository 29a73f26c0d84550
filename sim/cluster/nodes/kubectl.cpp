#include "sim/cluster/nodes/kubectl.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"

namespace jobset_twin::cluster {
namespace {

using nlohmann::json;

constexpr std::uint32_t kTarget = targetOf(Component::kSubmitter);
constexpr double kQps = 50;
constexpr std::int32_t kBurst = 300;
constexpr auto kPollEvery = 1s;
constexpr std::int32_t kCommandTries = 5;

const json& optionsOf(const api::Request& command) { return std::get<api::MergePatch>(command.patch).body.get(); }

bool flag(const api::Request& command, const char* name) { return optionsOf(command).value(name, false); }

bool finished(const api::Object& pod) { return isTerminal(pod); }

bool hasLocalData(const api::Object& pod) {
  const std::vector<api::Volume>& volumes = api::as<api::Pod>(pod).spec->volumes;
  return std::any_of(volumes.begin(), volumes.end(),
                     [](const api::Volume& volume) { return volume.emptyDir.present(); });
}

}  // namespace

api::Request drainCommand(const std::string& node, const DrainOptions& options) {
  api::Request command;
  command.verb = api::Verb::kEvict;
  command.key = {api::Kind::kNode, "", node};
  command.delete_options.gracePeriodSeconds = options.grace_seconds;
  command.patch = api::MergePatch{api::Raw(json{{"command", "drain"},
                                                {"force", options.force},
                                                {"deleteEmptyDirData", options.delete_empty_dir_data},
                                                {"timeout", options.timeout.count()}})};
  return command;
}

api::Request taintCommand(const std::string& node, const std::vector<api::Taint>& add,
                          const std::vector<TaintName>& remove) {
  api::Request command;
  command.verb = api::Verb::kEvict;
  command.key = {api::Kind::kNode, "", node};
  json added = json::array(), removed = json::array();
  for (const api::Taint& taint : add)
    added.push_back({{"key", taint.key}, {"value", taint.value}, {"effect", taint.effect}});
  for (const TaintName& taint : remove) removed.push_back({{"key", taint.key}, {"effect", taint.effect}});
  command.patch =
      api::MergePatch{api::Raw(json{{"command", "taint"}, {"add", std::move(added)}, {"remove", std::move(removed)}})};
  return command;
}

// A Node is not evicted by the API server: its Pods are, one by one, by a client.
bool isCommand(const api::Request& request) {
  return request.verb == api::Verb::kEvict && request.key.kind == api::Kind::kNode;
}

void Kubectl::start(Context& ctx) { client_ = ctx.transport.addClient({"kubectl", kQps, kBurst}); }

void Kubectl::say(Context& ctx, const std::string& subject, std::string text) {
  if (ctx.trace.enabled)
    ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kDecision), subject, std::move(text));
}

void Kubectl::read(Context& ctx, api::ObjectKey key, std::uint64_t id) {
  api::Request get;
  get.verb = api::Verb::kGet;
  get.key = std::move(key);
  ctx.transport.send(ctx.kernel, client_, kTarget, std::move(get), id);
}

void Kubectl::begin(Context& ctx, const api::Request& command, std::uint64_t tag) {
  const std::uint64_t id = next_++;
  Command& entry = commands_[id];
  entry.tag = tag;
  entry.request = command;
  entry.drain = optionsOf(command).at("command") == "drain";
  if (entry.drain) {
    const kernel::Duration timeout(optionsOf(command).at("timeout").get<std::int64_t>());
    if (timeout > kernel::Duration{})
      entry.timeout = ctx.kernel.scheduleAfter(timeout, kTarget, kTimeout, id, 0, kernel::EventClass::kRetry);
  }
  read(ctx, command.key, id);
}

std::optional<Kubectl::Failure> Kubectl::fail(Context& ctx, std::uint64_t id, std::string message) {
  Failure failure{commands_.at(id).tag, std::move(message)};
  finish(ctx, id);
  return failure;
}

void Kubectl::finish(Context& ctx, std::uint64_t id) {
  ctx.kernel.cancel(commands_.at(id).timeout);
  commands_.erase(id);
  for (auto at = pods_.begin(); at != pods_.end();) {
    if (at->second.command != id) {
      ++at;
      continue;
    }
    ctx.kernel.cancel(at->second.timer);
    at = pods_.erase(at);
  }
}

std::optional<Kubectl::Failure> Kubectl::onResponse(Context& ctx, const apiserver::Server& server,
                                                    const apiserver::Call& call) {
  if (commands_.contains(call.tag)) return onNode(ctx, server, call.tag, call);
  const auto found = pods_.find(call.tag);
  if (found == pods_.end()) return std::nullopt;
  Evicting& pod = found->second;
  const api::Response& response = call.response;
  if (call.request.verb == api::Verb::kGet) {  // waits for the end of it
    if (response.reason == api::Reason::kNotFound || (response.ok() && response.object->meta.uid != pod.uid)) {
      gone(ctx, call.tag);
      return std::nullopt;
    }
    pod.timer = ctx.kernel.scheduleAfter(kPollEvery, kTarget, kPoll, call.tag, 0, kernel::EventClass::kRetry);
    return std::nullopt;
  }
  if (response.ok()) {
    pod.evicted = true;
    read(ctx, pod.pod.key(), call.tag);
  } else if (response.reason == api::Reason::kNotFound) {
    gone(ctx, call.tag);
  } else if (response.reason == api::Reason::kTooManyRequests) {
    const std::string why = response.causes.empty() ? response.message : response.causes.front().message;
    say(ctx, "Pod/" + pod.pod.text(),
        fmt::format("is not evicted now, kubectl asks again in {}: {}",
                    api::humanDuration(ctx.timing.nodes.drain_retry), why));
    pod.timer = ctx.kernel.scheduleAfter(ctx.timing.nodes.drain_retry, kTarget, kRetry, call.tag, 0,
                                         kernel::EventClass::kRetry);
  } else {
    return fail(ctx, pod.command,
                fmt::format("error when evicting pods/\"{}\" -n \"{}\": {}", pod.pod.name, pod.pod.namespace_,
                            response.message));
  }
  return std::nullopt;
}

std::optional<Kubectl::Failure> Kubectl::onNode(Context& ctx, const apiserver::Server& server, std::uint64_t id,
                                                const apiserver::Call& call) {
  Command& command = commands_.at(id);
  const api::Response& response = call.response;
  if (!response.ok()) {
    if (response.reason == api::Reason::kConflict && ++command.tries < kCommandTries) {
      read(ctx, command.request.key, id);
      return std::nullopt;
    }
    return fail(ctx, id, response.message);
  }
  if (!command.drain) return taint(ctx, id, call);
  if (call.request.verb == api::Verb::kGet && !api::as<api::Node>(response.object).spec.unschedulable) {
    ctx.transport.send(
        ctx.kernel, client_, kTarget,
        api::patchRequest(command.request.key, api::MergePatch{api::Raw(json{{"spec", {{"unschedulable", true}}}})}),
        id);
    return std::nullopt;
  }
  return evictAll(ctx, server, id);
}

std::optional<Kubectl::Failure> Kubectl::taint(Context& ctx, std::uint64_t id, const apiserver::Call& call) {
  Command& command = commands_.at(id);
  if (call.request.verb == api::Verb::kPatch) {
    finish(ctx, id);
    return std::nullopt;
  }
  const api::MutableObjectPtr fresh = api::edit(call.response.object);
  std::vector<api::Taint>& taints = api::as<api::Node>(*fresh).spec.taints;
  const json& options = optionsOf(command.request);
  for (const json& name : options.at("remove")) {
    const auto key = name.at("key").get<std::string>(), effect = name.at("effect").get<std::string>();
    const auto removed = std::erase_if(taints, [&](const api::Taint& taint) {
      return taint.key == key && (effect.empty() || taint.effect == effect);
    });
    if (removed == 0)
      return fail(ctx, id, fmt::format("taint \"{}{}{}\" not found", key, effect.empty() ? "" : ":", effect));
  }
  for (const json& added : options.at("add")) {
    const api::Taint taint{added.at("key").get<std::string>(), added.at("value").get<std::string>(),
                           added.at("effect").get<std::string>(), std::nullopt};
    std::erase_if(taints, [&](const api::Taint& t) { return t.key == taint.key && t.effect == taint.effect; });
    taints.push_back(taint);
  }
  json list;  // null: none are left
  if (!taints.empty()) list = api::toJson(*fresh).at("spec").at("taints");
  api::Request patch =
      api::patchRequest(command.request.key, api::MergePatch{api::Raw(json{{"spec", {{"taints", std::move(list)}}}})});
  patch.patch_resource_version = call.response.object->meta.resourceVersion;
  ctx.transport.send(ctx.kernel, client_, kTarget, std::move(patch), id);
  return std::nullopt;
}

std::optional<Kubectl::Failure> Kubectl::evictAll(Context& ctx, const apiserver::Server& server, std::uint64_t id) {
  Command& command = commands_.at(id);
  const std::string& node = command.request.key.name;
  std::vector<api::ObjectPtr> pods;
  std::string unmanaged, local;
  for (const api::ObjectPtr& pod : server.list(api::Kind::kPod)) {
    if (api::as<api::Pod>(pod).nodeName != node) continue;
    const api::OwnerReference* owner = api::controllerOf(pod->meta);
    if (owner && owner->kind == "DaemonSet") continue;  // --ignore-daemonsets
    const std::string name = PodName::of(*pod).text();
    if (!finished(*pod) && !owner && !flag(command.request, "force"))
      unmanaged += (unmanaged.empty() ? "" : ", ") + name;
    if (!finished(*pod) && hasLocalData(*pod) && !flag(command.request, "deleteEmptyDirData"))
      local += (local.empty() ? "" : ", ") + name;
    pods.push_back(pod);
  }
  std::string refused;
  if (!local.empty())
    refused = "cannot delete Pods with local storage (use --delete-emptydir-data to override): " + local;
  if (!unmanaged.empty()) {
    refused += fmt::format("{}cannot delete Pods that declare no controller (use --force to override): {}",
                           refused.empty() ? "" : ", ", unmanaged);
  }
  if (!refused.empty())
    return fail(ctx, id, fmt::format("unable to drain node \"{}\" due to error: {}", node, refused));
  say(ctx, "Node/" + node, fmt::format("is drained: {} Pod{} to evict", pods.size(), pods.size() == 1 ? "" : "s"));
  command.left = pods.size();
  if (pods.empty()) {
    finish(ctx, id);
    return std::nullopt;
  }
  for (const api::ObjectPtr& pod : pods) {
    Evicting& entry = pods_[next_];
    entry.command = id;
    entry.pod = PodName::of(*pod);
    entry.uid = pod->meta.uid;
    evict(ctx, next_++);
  }
  return std::nullopt;
}

void Kubectl::evict(Context& ctx, std::uint64_t id) {
  const Evicting& pod = pods_.at(id);
  api::Request request;
  request.verb = api::Verb::kEvict;
  request.key = pod.pod.key();
  request.delete_options.gracePeriodSeconds = commands_.at(pod.command).request.delete_options.gracePeriodSeconds;
  ctx.transport.send(ctx.kernel, client_, kTarget, std::move(request), id);
}

void Kubectl::gone(Context& ctx, std::uint64_t id) {
  const std::uint64_t command = pods_.at(id).command;
  pods_.erase(id);
  if (--commands_.at(command).left > 0) return;
  say(ctx, "Node/" + commands_.at(command).request.key.name, "drained");
  finish(ctx, command);
}

std::optional<Kubectl::Failure> Kubectl::onTimer(Context& ctx, std::uint16_t kind, std::uint64_t a) {
  if (kind == kTimeout) {
    const auto command = commands_.find(a);
    if (command == commands_.end()) return std::nullopt;
    std::string left;
    for (const auto& [id, pod] : pods_) {
      if (pod.command == a) left += (left.empty() ? "" : ", ") + pod.pod.text();
    }
    return fail(ctx, a,
                fmt::format("unable to drain node \"{}\" due to error: global timeout reached{}{}",
                            command->second.request.key.name, left.empty() ? "" : "; still there: ", left));
  }
  const auto pod = pods_.find(a);
  if (pod == pods_.end()) return std::nullopt;
  if (kind == kRetry) {
    evict(ctx, a);
  } else {
    read(ctx, pod->second.pod.key(), a);
  }
  return std::nullopt;
}

}  // namespace jobset_twin::cluster
