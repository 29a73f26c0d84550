#include "sim/apiserver/apply/field_manager.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/yaml_reader.hpp"

namespace jobset_twin::apiserver::apply {
namespace {

using nlohmann::json;

// kubectl keeps what it applied before there was server-side apply in an annotation, and goes over by itself.
constexpr const char *kKubectl = "kubectl", *kLastApplied = "kubectl.kubernetes.io/last-applied-configuration",
                     *kBeforeFirstApply = "before-first-apply";

// Never owned: the server sets them, or they say which object it is.
const FieldSet& neverOwned() {
  static const FieldSet set = [] {
    FieldSet out;
    for (const char* name : {"apiVersion", "kind", "metadata"}) out.insert({fieldElement(name)});
    for (const char* name : {"name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation",
                             "managedFields", "resourceVersion"})
      out.insert({fieldElement("metadata"), fieldElement(name)});
    return out;
  }();
  return set;
}

FieldSet ofWriter(const FieldSet& set, const Writer& writer) {
  if (writer.status) return set.only("status");
  return writer.status_apart ? set.except("status") : set;
}

Differences ofWriter(const Differences& all, const Writer& writer) {
  return {ofWriter(all.added, writer), ofWriter(all.modified, writer), ofWriter(all.removed, writer)};
}

ManagerId idOf(const Writer& writer, bool applies) {
  return {writer.manager, applies, applies ? std::string() : writer.api_version, writer.status ? "status" : ""};
}

// Takes what changed from all but one; those who are left with nothing go.
void take(Managers& managers, const Differences& changes, const ManagerId* but) {
  const FieldSet set = changes.added.united(changes.modified).united(changes.removed);
  for (auto& [id, owned] : managers) {
    if (!but || id != *but) owned.fields = owned.fields.without(set);
  }
  std::erase_if(managers, [](const auto& one) { return one.second.fields.empty(); });
}

std::vector<Conflict> conflictsOf(const Managers& managers, const Differences& changes, const ManagerId& but) {
  std::vector<Conflict> out;
  const FieldSet set = changes.added.united(changes.modified);
  for (const auto& [id, owned] : managers) {
    if (id == but) continue;
    owned.fields.common(set).forEach([&, &who = id](const Path& path) { out.push_back({who, shown(path)}); });
  }
  return out;
}

// Takes out what the manager applied last, wants no longer, and no other owns. Fields without an owner stay.
json pruned(const json& document, const Managers& managers, const FieldSet& last, const Place& root) {
  if (last.empty()) return document;
  FieldSet owned;
  for (const auto& [id, one] : managers) owned = owned.united(one.fields);
  const FieldSet all = withNamedFields(fieldsOf(document, root), root), was = withNamedFields(last, root);
  const auto setOf = [&](const json& of) { return withNamedFields(fieldsOf(of, root), root); };
  const json bare = withoutItems(document, was, root);
  const json kept = withoutItems(document, all.without(setOf(bare).united(withNamedFields(owned, root))), root);
  return withoutItems(document, all.without(setOf(kept)).common(was), root);
}

const std::string* lastApplied(const json& document) {
  const auto metadata = document.find("metadata");
  if (metadata == document.end() || !metadata->is_object()) return nullptr;
  const auto annotations = metadata->find("annotations");
  if (annotations == metadata->end() || !annotations->is_object()) return nullptr;
  const auto found = annotations->find(kLastApplied);
  if (found == annotations->end() || !found->is_string()) return nullptr;
  const std::string& text = found->get_ref<const std::string&>();
  return text.empty() ? nullptr : &text;
}

// Fields that are as client-side apply left them: kubectl's own, whoever they are said to belong to.
FieldSet leftByClientSideApply(const json& live, const Writer& writer, const Place& root) {
  const std::string* text = lastApplied(live);
  if (!text) return {};
  const api::Documents documents = api::readDocuments(*text, "");
  if (!documents.errors.empty() || documents.trees.size() != 1) return {};
  const json last = api::toJson(documents.trees.front().root);
  if (!last.is_object() || last.value("apiVersion", json()) != writer.api_version) return {};
  if (!problemsOf(last, root).empty()) return {};
  const Differences since = differences(last, live, root);
  return fieldsOf(last, root).without(since.modified).without(since.added).without(since.removed);
}

void renewLastApplied(json& document, const json& wanted) {
  if (!lastApplied(document)) return;
  json kept = wanted;
  if (lastApplied(kept)) kept["metadata"]["annotations"].erase(kLastApplied);
  document["metadata"]["annotations"][kLastApplied] = kept.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

Applied tried(const json& live, const json& wanted, const Managers& managers, const Writer& writer, bool force,
              const Place& root) {
  Applied out;
  const ManagerId self = idOf(writer, true);
  const auto known = managers.find(self);
  const FieldSet last = known == managers.end() ? FieldSet() : known->second.fields;
  out.managers = managers;
  Owned& mine = out.managers[self];
  mine.fields = ofWriter(fieldsOf(wanted, root), writer);
  mine.api_version = writer.api_version;
  out.document = pruned(merged(live, wanted, root), out.managers, last, root);
  if (out.document != live) mine.time = writer.time;
  const Differences changes = ofWriter(differences(live, out.document, root), writer);
  if (!force) out.conflicts = conflictsOf(out.managers, changes, self);
  if (!out.conflicts.empty()) return out;
  take(out.managers, changes, &self);
  if (const auto left = out.managers.find(self); left != out.managers.end()) {
    left->second.fields = left->second.fields.without(neverOwned());
    if (left->second.fields.empty()) out.managers.erase(left);
  }
  return out;
}

}  // namespace

Managers afterUpdate(const json& live, const json& fresh, Managers managers, const Writer& writer, const Place& root) {
  const Differences changes = ofWriter(differences(live, fresh, root), writer);
  take(managers, changes, nullptr);
  const FieldSet taken = changes.modified.united(changes.added).without(neverOwned());
  if (!taken.empty()) {
    Owned& owned = managers[idOf(writer, false)];
    owned.fields = owned.fields.united(taken);
    owned.api_version = writer.api_version;
    owned.time = writer.time;
  }
  capUpdates(managers);
  return managers;
}

Applied afterApply(const json& live, const json& empty, const json& wanted, const Managers& managers,
                   const Writer& writer, bool force, const Place& root) {
  Managers before = managers;
  if (before.empty()) {  // what is there was set by nobody known
    Writer nobody = writer;
    nobody.manager = kBeforeFirstApply;
    before = afterUpdate(empty, live, {}, nobody, root);
  }
  Applied out = tried(live, wanted, before, writer, force, root);
  if (writer.manager != kKubectl) return out;
  if (!out.conflicts.empty()) {
    const FieldSet own = leftByClientSideApply(live, writer, root);
    std::vector<std::string> fields;
    own.forEach([&](const Path& path) { fields.push_back(shown(path)); });
    std::erase_if(out.conflicts, [&](const Conflict& one) {
      return std::find(fields.begin(), fields.end(), one.field) != fields.end();
    });
    if (!out.conflicts.empty()) return out;
    out = tried(live, wanted, before, writer, true, root);
  }
  renewLastApplied(out.document, wanted);
  return out;
}

std::string conflictMessage(const std::vector<Conflict>& conflicts) {
  if (conflicts.size() == 1) {
    return fmt::format("Apply failed with 1 conflict: conflict with {}: {}", shown(conflicts.front().manager),
                       conflicts.front().field);
  }
  std::string out = fmt::format("Apply failed with {} conflicts: ", conflicts.size());
  const ManagerId* of = nullptr;
  for (const Conflict& one : conflicts) {  // by manager
    if (!of || *of != one.manager) out += fmt::format("{}conflicts with {}:", of ? "\n" : "", shown(one.manager));
    of = &one.manager;
    out += fmt::format("\n- {}", one.field);
  }
  return out;
}

}  // namespace jobset_twin::apiserver::apply
