// garbage_namespaces.cpp - the end of a Namespace (K-API-35; kubernetes pkg/controller/namespace): all that is in it is
// deleted, again after half of the longest grace period and a second, or a back-off, until nothing is left; then it
// goes. Its conditions say what is left (deletion/status_condition_utils.go), once something is. One DELETE for each
// object, where upstream sends one for all of a kind. Creations meanwhile are refused by the API server.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/key_text.hpp"
#include "engine/api/kinds.hpp"
#include "sim/cluster/garbage_collector.hpp"

namespace jobset_twin::cluster {
namespace {

using nlohmann::json;

constexpr auto kEmptyingBackoff = 5ms, kEmptyingBackoffMax = 60000ms;

// "pods. has 2 resource instances, jobs.batch has 1 resource instances"
std::string counted(const std::map<std::string, std::int32_t>& counts, std::string_view verb) {
  std::string out;
  for (const auto& [what, count] : counts)
    out += fmt::format("{}{} {} {} resource instances", out.empty() ? "" : ", ", what, verb, count);
  return out;
}

json condition(const char* type, bool status, const char* reason, std::string message) {
  return {{"type", type}, {"status", status ? "True" : "False"}, {"reason", reason}, {"message", std::move(message)}};
}

json conditionsOf(const std::map<std::string, std::int32_t>& left,
                  const std::map<std::string, std::int32_t>& finalizers) {
  const bool some = !left.empty(), held = !finalizers.empty();
  return {
      condition("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered",
                "All resources successfully discovered"),
      condition("NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions",
                "All legacy kube types successfully parsed"),
      condition("NamespaceDeletionContentFailure", false, "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization"),
      condition("NamespaceContentRemaining", some, some ? "SomeResourcesRemain" : "ContentRemoved",
                some ? "Some resources are remaining: " + counted(left, "has") : "All content successfully removed"),
      condition("NamespaceFinalizersRemaining", held, held ? "SomeFinalizersRemain" : "ContentHasNoFinalizers",
                held ? "Some content in the namespace has finalizers remaining: " + counted(finalizers, "in")
                     : "All content-preserving finalizers finished")};
}

}  // namespace

void GarbageCollector::emptyNamespace(Context& ctx, NodeId id) {
  Emptying& work = emptying_[id];
  const Identity own = nodes_.at(id).identity;
  api::DeleteOptions options;
  options.propagation = api::Propagation::kBackground;
  const auto remove = [&](const Identity& what) {
    ++work.open;
    ctx.transport.send(ctx.kernel, namespace_client_, ctx.self(Component::kGarbageCollector),
                       api::deleteRequest(what.key(), options), id);
  };
  ++work.rounds;
  work.timer = kernel::EventHandle{};
  work.grace = 0;
  work.left.clear();
  work.finalizers.clear();
  for (const auto& [other, node] : nodes_) {
    if (node.presence == Presence::kObserved && node.identity.namespace_ == own.name) remove(node.identity);
  }
  if (work.rounds == 1 && ctx.trace.enabled) {
    ctx.trace.note(ctx.now(), static_cast<std::uint16_t>(NoteKind::kDecision), "Namespace " + own.name,
                   "is being deleted: " + std::to_string(work.open) + " objects in it go first");
  }
  if (work.open == 0) remove(own);
}

void GarbageCollector::note(Emptying& work, const api::Object& deleted) {
  const api::ObjectMeta& meta = deleted.meta;
  if (meta.finalizers.empty() && meta.deletionGracePeriodSeconds.value_or(0) == 0) return;  // it is gone
  if (deleted.kind() == api::Kind::kPod) work.grace = std::max(work.grace, meta.deletionGracePeriodSeconds.value_or(0));
  const std::string version(api::apiVersionOf(deleted));
  const api::KindInfo* info = api::findKind(version, api::kindNameOf(deleted));
  ++work.left[fmt::format("{}.{}", info ? info->plural : api::kindNameOf(deleted), api::groupOf(version))];
  for (const std::string& finalizer : meta.finalizers) ++work.finalizers[finalizer];
}

bool GarbageCollector::tellWhatIsLeft(Context& ctx, NodeId id, Emptying& work) {
  if (work.left.empty() && work.told.empty()) return false;
  json conditions = conditionsOf(work.left, work.finalizers);
  const json before = work.told.empty() ? json() : json::parse(work.told);
  bool changed = before.is_null();
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    json& now = conditions[i];
    const bool same = before.is_array() && before[i].at("status") == now.at("status");
    now["lastTransitionTime"] = same ? before[i].at("lastTransitionTime") : json(api::formatTime(ctx.clock()));
    changed = changed || before[i] != now;
  }
  if (!changed) return false;
  work.told = conditions.dump();
  ++work.open;
  ctx.transport.send(
      ctx.kernel, namespace_client_, ctx.self(Component::kGarbageCollector),
      api::patchStatusRequest(nodes_.at(id).identity.key(),
                              api::MergePatch{api::Raw(json{{"status", {{"conditions", std::move(conditions)}}}})}),
      id);
  return true;
}

// Of the Namespace itself, too: if something has come or was not seen, it is still there.
void GarbageCollector::onEmptied(Context& ctx, const apiserver::Call& call) {
  const auto at = emptying_.find(call.tag);
  if (at == emptying_.end()) return;
  Emptying& work = at->second;
  const auto own = nodes_.find(call.tag);
  const bool of_content =
      call.request.verb == api::Verb::kDelete && own != nodes_.end() && call.request.key != own->second.identity.key();
  if (of_content && call.response.ok() && call.response.object) note(work, *call.response.object);
  if (--work.open > 0 || (of_content && tellWhatIsLeft(ctx, call.tag, work))) return;
  constexpr int kDoublings = 14;
  kernel::Duration wait =
      std::min<kernel::Duration>(kEmptyingBackoff * (1 << std::min(work.rounds - 1, kDoublings)), kEmptyingBackoffMax);
  if (work.grace > 0) wait = std::chrono::seconds(work.grace / 2 + 1);
  const bool again = work.rounds > 2;  // it may go on like this for ever
  work.timer =
      ctx.kernel.schedule(kernel::saturatingAdd(ctx.now(), wait), ctx.self(Component::kGarbageCollector), kEmptyAgain,
                          call.tag, 0, again ? kernel::EventClass::kRetry : ctx.kernel.currentClass());
}

}  // namespace jobset_twin::cluster
