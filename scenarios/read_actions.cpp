// spec.manifests and spec.actions of a Scenario.
#include <algorithm>
#include <array>
#include <initializer_list>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/api/ascii.hpp"
#include "engine/api/key_text.hpp"
#include "engine/api/kinds.hpp"
#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

void readAt(Reader& reader, const Place& place, Action& out) { reader.duration(place, out.at); }

void readObject(Reader& reader, const Place& place, Action& out) {
  if (!reader.isMap(place)) return;
  for (const api::Tree& tree : api::expandList({reader.context().file, place.node})) {
    const api::Result<api::ObjectPtr> object =
        readManifestObject(tree, reader.context().validation, reader.context().default_namespace, reader.warnings);
    if (!object) {
      for (const api::Error& error : object.errors()) reader.errors.push_back(error);
      continue;
    }
    out.objects.push_back(*object);
    out.origins.push_back(fmt::format("{}:{}", tree.file, tree.root.at.line));
  }
}

void readObjects(Reader& reader, const Place& place, Action& out) {
  if (!reader.isList(place)) return;
  for (std::size_t i = 0; i < place.node.items.size(); ++i) readObject(reader, place.at(i), out);
}

void readApply(Reader& reader, const Place& place, Action& out) {
  reader.text(place, out.apply);
  if (place.node.isString() && place.node.text.empty()) reader.invalid(place, "must be the path of a file");
}

constexpr std::array<Field<Action>, 4> kManifestFields = {{
    {"at", "duration", "when it is submitted, after the start (0s)", readAt},
    {"apply", "string", "a file of manifests; its path is relative to the scenario's file", readApply},
    {"object", "object", "a manifest in place", readObject},
    {"objects", "[]object", "several manifests in place", readObjects},
}};

void readTarget(Reader& reader, const Place& place, Action& out, std::string_view verb) {
  if (!out.verb.empty()) {
    api::Error error =
        api::forbiddenField(place.path, fmt::format("an action does one thing, and this one has {} already", out.verb));
    return reader.error(place, std::move(error));
  }
  std::string text;
  if (!reader.text(place, text)) return;
  const std::optional<api::ObjectKey> key = parseTarget(text, reader.context().default_namespace);
  if (!key) {
    return reader.invalid(place, "must be Kind/namespace/name, or Kind/name for objects without a namespace",
                          fmt::format("for example \"JobSet/{}/example\"", reader.context().default_namespace));
  }
  out.target = api::keyText(*key);
  out.verb = verb;
}

// What drain and taint are asked for is kept as it is: docs/scenario.md names the members.
void setOption(Action& action, const char* name, nlohmann::json value) {
  nlohmann::json options = action.patch.get();
  if (!options.is_object()) options = nlohmann::json::object();
  options[name] = std::move(value);
  action.patch.set(std::move(options));
}

void readFlag(Reader& reader, const Place& place, Action& out, const char* name) {
  bool on = false;
  if (reader.flag(place, on)) setOption(out, name, on);
}

template <bool kEffectRequired>
void readTaint(Reader& reader, const Place& place, api::Taint& out) {
  static constexpr std::array<Field<api::Taint>, 3> kFields = {{
      {"key", "string", "the taint's key", [](Reader& r, const Place& p, api::Taint& t) { r.text(p, t.key); }, true},
      {"value", "string", "the taint's value", [](Reader& r, const Place& p, api::Taint& t) { r.text(p, t.value); }},
      {"effect", "string", "NoSchedule, PreferNoSchedule or NoExecute",
       [](Reader& r, const Place& p, api::Taint& t) {
         r.choice(p, t.effect, {"NoSchedule", "PreferNoSchedule", "NoExecute"});
       },
       kEffectRequired},
  }};
  reader.object<api::Taint>(place, kFields, out);
}

void readTaints(Reader& reader, const Place& place, Action& out, const char* name,
                void (*read)(Reader&, const Place&, api::Taint&)) {
  std::vector<api::Taint> taints;
  reader.list<api::Taint>(place, taints, read);
  nlohmann::json list = nlohmann::json::array();
  for (const api::Taint& taint : taints) {
    nlohmann::json row = {{"key", taint.key}};
    if (!taint.value.empty()) row["value"] = taint.value;
    if (!taint.effect.empty()) row["effect"] = taint.effect;
    list.push_back(std::move(row));
  }
  setOption(out, name, std::move(list));
}

constexpr std::array<Field<Action>, 24> kActionFields = {{
    {"at", "duration", "when, after the start (0s)", readAt},
    {"apply", "string", "a file of manifests, submitted then", readApply},
    {"object", "object", "a manifest in place, submitted then", readObject},
    {"objects", "[]object", "several of them", readObjects},
    {"delete", "target", "deletes the object",
     [](Reader& r, const Place& p, Action& a) { readTarget(r, p, a, "delete"); }},
    {"propagation", "string", "of delete: Background, Foreground or Orphan; Background when left out",
     [](Reader& r, const Place& p, Action& a) {
       r.choice(p, a.propagation, {"Background", "Foreground", "Orphan"});
     }},
    {"gracePeriodSeconds", "integer", "of delete, evict and drain, for Pods; the Pod's own when left out",
     [](Reader& r, const Place& p, Action& a) {
       std::int64_t seconds = 0;
       if (r.integer(p, seconds, 0)) a.grace_seconds = seconds;
     }},
    {"patch", "target", "changes the object by `merge`",
     [](Reader& r, const Place& p, Action& a) { readTarget(r, p, a, "patch"); }},
    {"merge", "object", "of patch: a JSON merge patch",
     [](Reader& r, const Place& p, Action& a) {
       if (r.isMap(p)) a.patch = api::Raw(api::toJson(p.node));
     }},
    {"suspend", "target", "sets spec.suspend of a JobSet or Job",
     [](Reader& r, const Place& p, Action& a) { readTarget(r, p, a, "suspend"); }},
    {"resume", "target", "unsets it", [](Reader& r, const Place& p, Action& a) { readTarget(r, p, a, "resume"); }},
    {"scale", "target", "changes replicas or parallelism of a JobSet's replicated job, or parallelism of a Job",
     [](Reader& r, const Place& p, Action& a) { readTarget(r, p, a, "scale"); }},
    {"evict", "target", "asks for the eviction of a Pod, which a PodDisruptionBudget may refuse",
     [](Reader& r, const Place& p, Action& a) { readTarget(r, p, a, "evict"); }},
    {"cordon", "target", "makes a Node unschedulable",
     [](Reader& r, const Place& p, Action& a) { readTarget(r, p, a, "cordon"); }},
    {"uncordon", "target", "makes it schedulable again",
     [](Reader& r, const Place& p, Action& a) { readTarget(r, p, a, "uncordon"); }},
    {"drain", "target", "cordons a Node and evicts its Pods",
     [](Reader& r, const Place& p, Action& a) { readTarget(r, p, a, "drain"); }},
    {"force", "boolean", "of drain: Pods without a controller too (false)",
     [](Reader& r, const Place& p, Action& a) { readFlag(r, p, a, "force"); }},
    {"deleteEmptyDirData", "boolean", "of drain: Pods with emptyDir volumes too (false)",
     [](Reader& r, const Place& p, Action& a) { readFlag(r, p, a, "deleteEmptyDirData"); }},
    {"timeout", "duration", "of drain: it is given up after that; never when left out",
     [](Reader& r, const Place& p, Action& a) {
       Duration timeout{};
       if (r.positiveDuration(p, timeout)) setOption(a, "timeout", api::formatDuration(timeout));
     }},
    {"taint", "target", "changes the taints of a Node",
     [](Reader& r, const Place& p, Action& a) { readTarget(r, p, a, "taint"); }},
    {"add", "[]Taint", "of taint: put on; replaces one with the same key and effect",
     [](Reader& r, const Place& p, Action& a) { readTaints(r, p, a, "add", readTaint<true>); }},
    {"remove", "[]Taint", "of taint: taken off; by key, and effect if given",
     [](Reader& r, const Place& p, Action& a) { readTaints(r, p, a, "remove", readTaint<false>); }},
    {"replicatedJob", "string", "of scale, for a JobSet: which",
     [](Reader& r, const Place& p, Action& a) { r.text(p, a.replicated_job); }},
    {"to", "Scale", "of scale: replicas, parallelism or both",
     [](Reader& r, const Place& p, Action& a) {
       static constexpr std::array<Field<Action>, 2> kScaleFields = {{
           {"replicas", "integer", "Jobs of the replicated job",
            [](Reader& r2, const Place& p2, Action& a2) {
              std::int32_t n = 0;
              if (r2.integer(p2, n, 0)) a2.replicas = n;
            }},
           {"parallelism", "integer", "Pods of each Job at once",
            [](Reader& r2, const Place& p2, Action& a2) {
              std::int32_t n = 0;
              if (r2.integer(p2, n, 0)) a2.parallelism = n;
            }},
       }};
       r.object<Action>(p, kScaleFields, a);
     }},
}};

void checkNodeAction(Reader& reader, const Place& place, const Action& a, std::string_view kind) {
  const bool of_node = a.verb == "cordon" || a.verb == "uncordon" || a.verb == "drain" || a.verb == "taint";
  if (of_node && kind != "Node") reader.invalid(place.at(*place.node.findEntry(a.verb)), "must be a Node");
  if (a.verb == "evict" && kind != "Pod") reader.invalid(place.at(*place.node.findEntry(a.verb)), "must be a Pod");
  if (a.verb == "taint" && !a.patch.present()) reader.missing(place, "add", "add, remove or both");
}

void checkAction(Reader& reader, const Place& place, const Action& a) {
  const auto belongs = [&](std::string_view field, std::initializer_list<std::string_view> verbs) {
    if (place.node.find(field) && std::find(verbs.begin(), verbs.end(), a.verb) == verbs.end()) {
      api::Error error = api::forbiddenField(fmt::format("{}.{}", place.path, field),
                                             fmt::format("belongs to {}", fmt::join(verbs, ", ")));
      reader.error(place.at(*place.node.findEntry(field)), std::move(error));
    }
  };
  belongs("propagation", {"delete"});
  belongs("gracePeriodSeconds", {"delete", "evict", "drain"});
  belongs("merge", {"patch"});
  belongs("replicatedJob", {"scale"});
  belongs("to", {"scale"});
  for (const std::string_view field : {"force", "deleteEmptyDirData", "timeout"}) belongs(field, {"drain"});
  for (const std::string_view field : {"add", "remove"}) belongs(field, {"taint"});
  const bool applies = !a.apply.empty() || !a.objects.empty();
  if (a.verb.empty() == !applies) {
    return reader.error(
        place,
        api::requiredValue(place.path,
                           "exactly one of apply, object, objects, delete, patch, suspend, resume, scale, evict, "
                           "cordon, uncordon, drain and taint"));
  }
  const std::string kind = a.target.substr(0, a.target.find('/'));
  checkNodeAction(reader, place, a, kind);
  if (a.verb == "patch" && !a.patch.present()) reader.missing(place, "merge", "the patch");
  if ((a.verb == "suspend" || a.verb == "resume" || a.verb == "scale") && kind != "JobSet" && kind != "Job") {
    reader.invalid(place.at(*place.node.findEntry(a.verb)), "must be a JobSet or a Job");
  }
  if (a.verb != "scale") return;
  if (!a.replicas && !a.parallelism) reader.missing(place, "to", "replicas or parallelism");
  if (kind == "JobSet" && a.replicated_job.empty())
    reader.missing(place, "replicatedJob", "a JobSet is scaled by its replicated jobs");
  if (kind == "Job" && a.replicas) {
    reader.error(place, api::forbiddenField(place.path + ".to.replicas",
                                            "a Job has no replicas: parallelism is its number of Pods"));
  }
}

}  // namespace

std::optional<api::ObjectKey> parseTarget(std::string_view text, const std::string& default_namespace) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const std::string_view kind = text.substr(0, slash);
  std::string_view rest = text.substr(slash + 1);
  std::string namespace_;
  if (const std::size_t second = rest.find('/'); second != std::string_view::npos) {
    namespace_ = rest.substr(0, second);
    rest = rest.substr(second + 1);
    if (namespace_.empty()) return std::nullopt;
  }
  if (rest.empty() || rest.find('/') != std::string_view::npos) return std::nullopt;
  const api::KindInfo* info = api::findResource(api::lowerCase(kind));
  if (!info) return api::ObjectKey{api::Kind::kGeneric, namespace_, fmt::format("{}/{}", kind, rest)};
  if (info->namespaced && namespace_.empty()) namespace_ = default_namespace;
  if (!info->namespaced && !namespace_.empty()) return std::nullopt;
  if (info->kind != api::Kind::kGeneric) return api::ObjectKey{info->kind, namespace_, std::string(rest)};
  const std::string group = api::groupOf(info->api_version);
  return api::ObjectKey{api::Kind::kGeneric, namespace_,
                        fmt::format("{}{}{}/{}", info->name, group.empty() ? "" : ".", group, rest)};
}

std::string nameOf(const api::Object& object) {
  const std::string& name = object.meta.name.empty() ? object.meta.generateName : object.meta.name;
  if (object.meta.namespace_.empty()) return fmt::format("{}/{}", api::kindNameOf(object), name);
  return fmt::format("{}/{}/{}", api::kindNameOf(object), object.meta.namespace_, name);
}

void readManifest(Reader& reader, const Place& place, Action& out) {
  out.origin = reader.where(place);
  out.place = reader.origin(place);
  const std::size_t before = reader.errors.size();
  reader.object<Action>(place, kManifestFields, out);
  if (reader.errors.size() == before && out.apply.empty() && out.objects.empty()) {
    reader.error(place, api::requiredValue(place.path, "one of apply, object and objects"));
  }
}

void readAction(Reader& reader, const Place& place, Action& out) {
  out.origin = reader.where(place);
  out.place = reader.origin(place);
  const std::size_t before = reader.errors.size();
  reader.object<Action>(place, kActionFields, out);
  if (reader.errors.size() == before && place.node.isMap()) checkAction(reader, place, out);
}

void addActionFields(FieldTexts& out) {
  addFields<Action>(out, "Manifest", kManifestFields);
  addFields<Action>(out, "Action", kActionFields);
}

}  // namespace jobset_twin::scenarios
