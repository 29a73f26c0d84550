#include "sim/apiserver/http/object_documents.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "engine/api/yaml_reader.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/served_kinds.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

// Events are one kind in two groups, whose fields have other names in each.
api::ObjectPtr seenAs(const api::ObjectPtr& object, const api::KindInfo& as) {
  if (object->kind() != api::Kind::kEvent) return object;
  const bool core = as.api_version == "v1";
  if (api::as<api::Event>(object).core == core) return object;
  const api::MutableObjectPtr copy = api::edit(object);
  api::as<api::Event>(*copy).core = core;
  return copy;
}

api::TreeNode stringNode(std::string_view text) {
  api::TreeNode out;
  out.kind = api::TreeNode::Kind::kString;
  out.text = std::string(text);
  return out;
}

// Adds the field in front unless it is there.
void complete(api::TreeNode& map, const char* key, std::string_view value) {
  if (map.find(key) && !map.find(key)->isNull()) return;
  std::erase_if(map.entries, [&](const api::TreeEntry& entry) { return entry.key == key; });
  map.entries.insert(map.entries.begin(), {key, {}, stringNode(value)});
}

json bookmarkMeta(std::int64_t revision) {
  return {{"resourceVersion", std::to_string(revision)}, {"creationTimestamp", nullptr}};
}

std::string refusedText(const api::Errors& errors) {
  std::string out;
  for (const api::Error& error : errors) out += (out.empty() ? "" : ", ") + error.text;
  return out;
}

}  // namespace

json objectDocument(const api::ObjectPtr& object, const api::KindInfo& as) {
  json out = api::toJson(*seenAs(object, as));
  // Versions of a custom resource differ in their name only (conversion None).
  if (object->kind() == api::Kind::kGeneric) out["apiVersion"] = as.api_version;
  // The tables do not write them: of what an object holds they are no part.
  if (object->meta.managedFields.present()) out["metadata"]["managedFields"] = object->meta.managedFields.get();
  return out;
}

json listDocument(const ObjectList& list, const api::KindInfo& as) {
  json items = json::array();
  for (const api::ObjectPtr& object : list.objects) {
    json item = objectDocument(object, as);
    if (!as.custom) {  // lists of built-in kinds say once what they hold
      item.erase("kind");
      item.erase("apiVersion");
    }
    items.push_back(std::move(item));
  }
  json metadata = {{"resourceVersion", std::to_string(list.revision)}};
  if (as.custom) metadata["continue"] = "";  // as unstructured lists say it
  return {{"kind", fmt::format("{}List", as.name)},
          {"apiVersion", as.api_version},
          {"metadata", metadata},
          {"items", std::move(items)}};
}

std::string eventLine(const StreamEvent& event, WatchAnswer& watch, api::TimePoint now, ObjectTexts& texts) {
  constexpr const char* kTypes[] = {"ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"};
  const char* type = kTypes[static_cast<std::size_t>(event.type)];
  if (event.object && watch.view.form == Form::kObject)
    return fmt::format("{{\"type\":\"{}\",\"object\":{}}}\n", type, texts.of(event.object, *watch.as));
  json object;
  if (event.type == StreamType::kError) {
    object = statusDocument(event.error);
  } else if (event.type == StreamType::kBookmark) {
    object = viewedBookmark(watch.view, bookmarkMeta(event.revision), *watch.as);
  } else {
    object = viewed(watch.view, event.object, *watch.as, now, !watch.columns_sent);
    watch.columns_sent = true;
  }
  return json{{"type", type}, {"object", std::move(object)}}.dump(-1, ' ', false, json::error_handler_t::replace) +
         "\n";
}

std::string initialEventsEnd(const WatchAnswer& watch) {
  json metadata = bookmarkMeta(watch.watch.revision);
  metadata["annotations"] = {{"k8s.io/initial-events-end", "true"}};
  return json{{"type", "BOOKMARK"}, {"object", viewedBookmark(watch.view, std::move(metadata), *watch.as)}}.dump() +
         "\n";
}

api::Validation validationOf(const ApiPath& path) {
  const std::string* wanted = path.param("fieldValidation");
  if (wanted && *wanted == "Strict") return api::Validation::kStrict;
  if (wanted && *wanted == "Ignore") return api::Validation::kIgnore;
  return api::Validation::kWarn;
}

ApiPath withValidation(ApiPath path, const char* validation) {
  path.query["fieldValidation"] = validation;
  return path;
}

SentObject sentObject(const std::string& body, const ApiPath& path, const api::KindInfo& as) {
  SentObject out;
  api::Documents documents = api::readDocuments(body, "");
  if (!documents.errors.empty() || documents.trees.size() != 1 || !documents.trees.front().root.isMap()) {
    out.failure = badRequest(documents.errors.empty()
                                 ? "the request body must be one object"
                                 : fmt::format("error decoding the request body: {}", refusedText(documents.errors)));
    return out;
  }
  api::Tree& tree = documents.trees.front();
  complete(tree.root, "kind", as.name);
  complete(tree.root, "apiVersion", as.api_version);
  if (tree.root.stringAt("kind") != as.name || tree.root.stringAt("apiVersion") != as.api_version) {
    out.failure =
        badRequest(fmt::format("the API version in the data ({}, {}) does not match the expected API version ({}, {})",
                               tree.root.stringAt("apiVersion"), tree.root.stringAt("kind"), as.api_version, as.name));
    return out;
  }
  api::Errors warnings;
  const api::Result<api::ObjectPtr> read = api::readObject(tree, validationOf(path), warnings);
  for (const api::Error& warning : warnings) out.warnings.push_back(warning.text);
  if (!read) {
    // A custom resource is decoded whatever it holds; then its schema refuses it.
    const bool decoded = as.custom && std::none_of(read.errors().begin(), read.errors().end(), [](const auto& error) {
                           return error.code == "UnknownField" || error.field.starts_with("metadata");
                         });
    out.name = path.name;
    if (const api::TreeEntry* meta = tree.root.findEntry("metadata"); out.name.empty() && meta && meta->value.isMap())
      out.name = meta->value.stringAt("name");
    out.failure = decoded
                      ? invalidError(namesOf(keyFor(as, path.namespace_, "")).qualifiedKind(), out.name, read.errors())
                      : badRequest(fmt::format("{} in version \"{}\" cannot be handled as a {}: {}", as.name,
                                               path.version, as.name, refusedText(read.errors())));
    return out;
  }
  out.object = *read;
  if (const api::TreeNode* metadata = tree.root.find("metadata")) {
    if (const api::TreeNode* owners = metadata->find("managedFields")) {  // readers pass it over
      const api::MutableObjectPtr with = api::edit(out.object);
      with->meta.managedFields.set(api::toJson(*owners));
      out.object = with;
    }
  }
  const std::string& given = out.object->meta.namespace_;
  if (!as.namespaced || given == path.namespace_) return out;
  if (!given.empty()) {
    out.object = nullptr;
    out.failure = badRequest("the namespace of the provided object does not match the namespace sent on the request");
    return out;
  }
  const api::MutableObjectPtr placed = api::edit(out.object);
  placed->meta.namespace_ = path.namespace_;
  out.object = placed;
  return out;
}

}  // namespace jobset_twin::apiserver::http
