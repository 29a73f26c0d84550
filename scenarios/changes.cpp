#include "scenarios/changes.hpp"

#include <algorithm>
#include <charconv>
#include <functional>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"
#include "engine/api/yaml_reader.hpp"

namespace jobset_twin::scenarios {
namespace {

using api::TreeNode;

// "~1" is a slash, "~0" a tilde (RFC 6901).
std::string unescaped(std::string_view segment) {
  std::string out;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '~' && i + 1 < segment.size() && (segment[i + 1] == '0' || segment[i + 1] == '1')) {
      out += segment[++i] == '0' ? '~' : '/';
    } else {
      out += segment[i];
    }
  }
  return out;
}

std::vector<std::string> segmentsOf(std::string_view pointer) {
  std::vector<std::string> out;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);  // the slash
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    out.push_back(unescaped(pointer.substr(0, end)));
    pointer.remove_prefix(end);
  }
  return out;
}

bool isIndex(const std::string& segment, std::size_t& index) {
  const auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), index);
  return error == std::errc() && end == segment.data() + segment.size();
}

// What a change has set stands in no file. Its place is the change: an error about it says which (tellWhatSet).
api::Position placeOf(std::size_t change) { return {-1 - static_cast<int>(change), 0}; }

void placeAt(TreeNode& node, api::Position at) {
  node.at = at;
  for (TreeNode& item : node.items) placeAt(item, at);
  for (api::TreeEntry& entry : node.entries) {
    entry.at = at;
    placeAt(entry.value, at);
  }
}

struct Setter {
  const Change& change;
  api::Position place;
  std::vector<std::string> path;
  std::size_t hits = 0;
  std::string problem;

  void put(TreeNode& node) {
    node = change.value;
    placeAt(node, place);
    ++hits;
  }

  void intoMap(TreeNode& node, std::size_t depth) {
    const std::string& key = path[depth];
    const bool last = depth + 1 == path.size();
    const auto found = std::find_if(node.entries.begin(), node.entries.end(),
                                    [&](const api::TreeEntry& entry) { return entry.key == key; });
    if (last && change.value.isNull()) {
      if (found == node.entries.end()) return;
      node.entries.erase(found);
      ++hits;
      return;
    }
    if (found != node.entries.end() && !(found->value.isNull() && !last)) return go(found->value, depth + 1);
    if (change.place.only_present || (!last && path[depth + 1] == "*")) return;  // no list: no items
    TreeNode made;
    made.at = place;
    const bool list = !last && (path[depth + 1] == "0" || path[depth + 1] == "-");
    if (!last) made.kind = list ? TreeNode::Kind::kList : TreeNode::Kind::kMap;
    go(made, depth + 1);
    if (hits == 0) return;
    if (found != node.entries.end()) {
      found->value = std::move(made);
    } else {
      node.entries.push_back({key, place, std::move(made)});
    }
  }

  void intoList(TreeNode& node, std::size_t depth) {
    const std::string& key = path[depth];
    const bool last = depth + 1 == path.size();
    if (key == "*") {
      for (TreeNode& item : node.items) go(item, depth + 1);
      return;
    }
    std::size_t index = 0;
    if (key == "-" || (isIndex(key, index) && index == node.items.size())) {
      if (change.place.only_present || change.value.isNull()) return;
      node.items.emplace_back();
      node.items.back().at = place;
      if (!last) node.items.back().kind = TreeNode::Kind::kMap;
      return go(node.items.back(), depth + 1);
    }
    if (!isIndex(key, index)) {
      index = static_cast<std::size_t>(
          std::find_if(node.items.begin(), node.items.end(),
                       [&](const TreeNode& item) { return item.isMap() && item.stringAt("name") == key; }) -
          node.items.begin());
    }
    if (index >= node.items.size()) {
      if (!change.place.only_present)
        problem = fmt::format("the list has {} items, and none is {}", node.items.size(), api::quoted(key));
      return;
    }
    if (last && change.value.isNull()) {
      node.items.erase(node.items.begin() + static_cast<std::ptrdiff_t>(index));
      ++hits;
      return;
    }
    go(node.items[index], depth + 1);
  }

  void go(TreeNode& node, std::size_t depth) {
    if (depth == path.size()) return put(node);
    if (node.isMap()) return intoMap(node, depth);
    if (node.isList()) return intoList(node, depth);
    if (change.place.only_present) return;
    problem = fmt::format("{} is within a {}, which holds no fields", api::quoted(path[depth]),
                          api::openApiTypeWord(node.kind));
  }
};

struct ObjectName {
  std::string kind, namespace_, name;
};

ObjectName parsedObject(std::string_view object) {
  ObjectName out;
  const std::size_t first = object.find('/');
  out.kind = std::string(object.substr(0, first));
  if (first == std::string_view::npos) return out;
  const std::string_view rest = object.substr(first + 1);
  const std::size_t second = rest.find('/');
  if (second == std::string_view::npos) {
    out.name = std::string(rest);
  } else {
    out.namespace_ = std::string(rest.substr(0, second));
    out.name = std::string(rest.substr(second + 1));
  }
  return out;
}

bool isFor(const std::string& object, const TreeNode& document) {
  const ObjectName wanted = parsedObject(object);
  if (document.stringAt("kind") != wanted.kind) return false;
  if (wanted.name.empty()) return true;
  const TreeNode* meta = document.find("metadata");
  if (!meta || meta->stringAt("name") != wanted.name) return false;
  const std::string_view space = meta->stringAt("namespace");
  return wanted.namespace_.empty() || (space.empty() ? "default" : space) == wanted.namespace_;
}

// The document, those of a List, and the manifests that a Scenario holds.
void forEachDocument(TreeNode& document, const std::function<void(TreeNode&)>& call) {
  call(document);
  const auto child = [](TreeNode& node, std::string_view key) -> TreeNode* {
    for (api::TreeEntry& entry : node.entries) {
      if (entry.key == key) return &entry.value;
    }
    return nullptr;
  };
  const std::string_view kind = document.stringAt("kind");
  if (kind.ends_with("List")) {
    if (TreeNode* items = child(document, "items")) {
      for (TreeNode& item : items->items) forEachDocument(item, call);
    }
  }
  TreeNode* spec = kind == "Scenario" ? child(document, "spec") : nullptr;
  if (!spec) return;
  for (const char* list : {"manifests", "actions"}) {
    TreeNode* actions = child(*spec, list);
    if (!actions) continue;
    for (TreeNode& action : actions->items) {
      if (TreeNode* object = child(action, "object")) forEachDocument(*object, call);
      if (TreeNode* objects = child(action, "objects")) {
        for (TreeNode& object : objects->items) forEachDocument(object, call);
      }
    }
  }
}

struct KnownField {
  const char* name;
  const char* object;
  const char* pointer;
  bool only_present = false;
};
constexpr KnownField kKnown[] = {
    {"maxRestarts", "JobSet", "/spec/failurePolicy/maxRestarts"},
    {"failurePolicy", "JobSet", "/spec/failurePolicy"},
    {"failurePolicyRules", "JobSet", "/spec/failurePolicy/rules"},
    {"restartStrategy", "JobSet", "/spec/failurePolicy/restartStrategy"},
    {"startupPolicy", "JobSet", "/spec/startupPolicy"},
    {"successPolicy", "JobSet", "/spec/successPolicy"},
    {"replicas", "JobSet", "/spec/replicatedJobs/*/replicas"},
    {"backoffLimit", "JobSet", "/spec/replicatedJobs/*/template/spec/backoffLimit"},
    {"parallelism", "JobSet", "/spec/replicatedJobs/*/template/spec/parallelism"},
    {"completions", "JobSet", "/spec/replicatedJobs/*/template/spec/completions"},
    {"restartPolicy", "JobSet", "/spec/replicatedJobs/*/template/spec/template/spec/restartPolicy"},
    {"nodes", "Scenario", "/spec/cluster/nodePools/0/count"},
    {"spareNodes", "Scenario", "/spec/cluster/nodePools/spare/count"},
    {"schedulerProfile", "Scenario", "/spec/scheduler/profile"},
    {"gangs", "Scenario", "/spec/scheduler/gangs"},
    {"timingProfile", "Scenario", "/spec/timing/profile"},
    {"runTime", "Scenario", "/spec/behaviors/*/runTime", true},
    {"checkpointInterval", "Scenario", "/spec/behaviors/*/checkpoint/every", true},
    {"checkpointCost", "Scenario", "/spec/behaviors/*/checkpoint/cost", true},
    {"mtbf", "Scenario", "/spec/faults/*/mtbf", true},
    {"repair", "Scenario", "/spec/faults/*/repair", true},
    {"mtbf", "Fault", "/spec/mtbf", true},
    {"repair", "Fault", "/spec/repair", true},
    {"quota", "ClusterQueue", "/spec/resourceGroups/*/flavors/*/resources/*/nominalQuota", true},
};

std::string escaped(const std::string& segment) {
  std::string out;
  for (const char c : segment) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

void findFields(const TreeNode& node, const std::string& name, const std::string& pointer,
                std::vector<std::string>& out) {
  for (const api::TreeEntry& entry : node.entries) {
    const std::string inner = pointer + "/" + escaped(entry.key);
    if (entry.key == name) out.push_back(inner);
    findFields(entry.value, name, inner, out);
  }
  for (const TreeNode& item : node.items) findFields(item, name, pointer + "/*", out);
}

}  // namespace

api::Result<Change> parseChange(std::string_view text) {
  const auto wrong = [&](std::string what) {
    api::Error error = api::plainError("Invalid", fmt::format("{}: {}", api::quoted(text), what));
    error.hint =
        "for example 'JobSet/logs:/spec/failurePolicy/maxRestarts=3', '/spec/faults/0/mtbf=1000h' (of the "
        "Scenario), or 'maxRestarts=3'";
    return error;
  };
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return wrong("has no '=' before the value");
  const std::string_view where = text.substr(0, equals);
  Change out;
  out.text = std::string(text);
  const std::size_t colon = where.find(":/");
  if (where.starts_with('/')) {
    out.place = {"Scenario", std::string(where), false};
  } else if (colon != std::string_view::npos) {
    out.place = {std::string(where.substr(0, colon)), std::string(where.substr(colon + 1)), false};
    if (out.place.object.ends_with('?')) {  // changed only where it is
      out.place.object.pop_back();
      out.place.only_present = true;
    }
  } else {
    out.place.object = std::string(where);
  }
  if (out.place.object.empty()) return wrong("names neither an object nor a field");
  api::Documents value = api::readDocuments(text.substr(equals + 1), "");
  if (!value.errors.empty()) return wrong(fmt::format("the value is no YAML: {}", value.errors.front().text));
  if (value.trees.size() > 1) return wrong("the value is more than one document");
  if (!value.trees.empty()) out.value = std::move(value.trees.front().root);
  return out;
}

std::string changeText(const FieldPlace& place, const api::TreeNode& value) {
  const std::string json = api::toJson(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (place.pointer.empty()) return fmt::format("{}={}", place.object, json);
  return fmt::format("{}{}:{}={}", place.object, place.only_present ? "?" : "", place.pointer, json);
}

std::vector<std::string> knownFieldNames() {
  std::vector<std::string> out;
  for (const KnownField& field : kKnown) {
    if (out.empty() || std::find(out.begin(), out.end(), field.name) == out.end()) out.emplace_back(field.name);
  }
  return out;
}

api::Result<std::vector<FieldPlace>> placesOf(const std::string& name, const std::vector<api::Tree>& documents) {
  std::vector<FieldPlace> found;
  for (const KnownField& field : kKnown) {
    if (name == field.name) found.push_back({field.object, field.pointer, field.only_present});
  }
  if (!found.empty()) return found;
  std::vector<FieldPlace> shapes;
  for (const api::Tree& document : documents) {
    api::Tree copy = document;
    forEachDocument(copy.root, [&](TreeNode& node) {
      std::vector<std::string> pointers;
      findFields(node, name, "", pointers);
      for (std::string& pointer : pointers) {
        // Manifests in a Scenario are documents of their own.
        if (node.stringAt("kind") == "Scenario" && pointer.find("/object") != std::string::npos) continue;
        const FieldPlace place{std::string(node.stringAt("kind")), std::move(pointer), true};
        if (std::find(shapes.begin(), shapes.end(), place) == shapes.end()) shapes.push_back(place);
      }
    });
  }
  if (shapes.size() == 1) return shapes;
  if (shapes.empty()) {
    api::Error error = api::plainError("NotFound", fmt::format("no document has a field {}", api::quoted(name)));
    const std::string nearest = api::nearestName(name, knownFieldNames());
    error.hint = nearest.empty() ? "say where it is: object and field, a JSON pointer"
                                 : fmt::format("did you mean {}?", api::quoted(nearest));
    return error;
  }
  std::string list;
  for (std::size_t i = 0; i < std::min<std::size_t>(shapes.size(), 6); ++i)
    list += fmt::format("{}{}:{}", i == 0 ? "" : ", ", shapes[i].object, shapes[i].pointer);
  api::Error error = api::plainError(
      "Ambiguous", fmt::format("{} is the name of {} fields: {}", api::quoted(name), shapes.size(), list));
  error.hint = "say which: object and field";
  return error;
}

void applyChanges(const std::vector<Change>& changes, api::Tree& document, std::vector<std::size_t>& hits,
                  api::Errors& errors) {
  hits.resize(changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    forEachDocument(document.root, [&](TreeNode& node) {
      if (!isFor(changes[i].place.object, node)) return;
      Setter setter{changes[i], placeOf(i), segmentsOf(changes[i].place.pointer), 0, {}};
      setter.go(node, 0);
      hits[i] += setter.hits;
      if (setter.problem.empty()) return;
      api::Error error =
          api::plainError("Invalid", fmt::format("cannot set {}: {}", changes[i].place.pointer, setter.problem));
      error.file = document.file;
      error.line = node.at.line;
      error.column = node.at.column;
      error.hint = fmt::format("set by {}", api::quoted(changes[i].text));
      errors.push_back(std::move(error));
      ++hits[i];  // said what is wrong with it
    });
  }
}

void tellWhatSet(const std::vector<Change>& changes, api::Errors& errors) {
  for (api::Error& error : errors) {
    if (error.line >= 0) continue;
    const auto change = static_cast<std::size_t>(-1 - error.line);
    error.line = error.column = 0;
    if (change >= changes.size()) continue;
    error.hint += fmt::format("{}set by {}", error.hint.empty() ? "" : "; ", api::quoted(changes[change].text));
  }
}

api::Errors withoutHit(const std::vector<Change>& changes, const std::vector<std::size_t>& hits,
                       const std::vector<std::string>& objects) {
  api::Errors out;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (i < hits.size() && hits[i] > 0) continue;
    const Change& change = changes[i];
    if (change.value.isNull()) continue;  // to take away what is not there is no mistake
    api::Error error =
        api::plainError("NotFound", fmt::format("nothing to set by {}: no document {}", api::quoted(change.text),
                                                change.place.only_present ? "has that field" : "is for it"));
    const std::string nearest = api::nearestName(change.place.object, objects);
    if (!nearest.empty() && nearest != change.place.object) error.hint = fmt::format("did you mean {}?", nearest);
    if (error.hint.empty() && !objects.empty()) {
      std::string list;
      for (std::size_t k = 0; k < std::min<std::size_t>(objects.size(), 8); ++k)
        list += (k == 0 ? "" : ", ") + objects[k];
      error.hint = fmt::format("there are {}", list);
    }
    out.push_back(std::move(error));
  }
  return out;
}

}  // namespace jobset_twin::scenarios
