// Kubernetes manifests: documents to objects, with a namespace and a place for messages.
#include <fmt/format.h>

#include "engine/api/kinds.hpp"
#include "engine/api/yaml_reader.hpp"
#include "scenarios/load.hpp"
#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios {

api::Result<api::ObjectPtr> readManifestObject(const api::Tree& tree, api::Validation validation,
                                               const std::string& default_namespace, api::Errors& warnings) {
  api::Result<api::ObjectPtr> object = api::readObject(tree, validation, warnings);
  if (!object) return object;
  api::ObjectPtr made = *object;
  if (made->meta.name.empty() && made->meta.generateName.empty()) {
    api::Error error = api::requiredValue("metadata.name", "name or generateName is required");
    error.file = tree.file;
    error.line = tree.root.at.line;
    error.column = tree.root.at.column;
    return error;
  }
  if (made->meta.namespace_.empty() && api::isNamespaced(*made)) {
    const api::MutableObjectPtr placed = api::edit(made);
    placed->meta.namespace_ = default_namespace;
    made = placed;
  }
  return made;
}

Manifests readManifests(const InputFile& file, api::Validation validation, const std::string& default_namespace,
                        const std::function<void(api::Tree&, api::Errors&)>& edit) {
  Manifests out;
  api::ReadLimits limits;
  limits.duplicate_keys = validation == api::Validation::kIgnore;
  api::Documents documents = api::readDocuments(file.text, file.name, limits);
  out.errors = std::move(documents.errors);
  for (api::Tree& document : documents.trees) {
    if (edit) edit(document, out.errors);
    for (api::Tree& tree : api::expandList(std::move(document))) {
      if (tree.root.stringAt("apiVersion").starts_with("jobset-twin.dev/")) {
        out.own.push_back(std::move(tree));
        continue;
      }
      const api::Result<api::ObjectPtr> object = readManifestObject(tree, validation, default_namespace, out.warnings);
      if (!object) {
        out.errors.insert(out.errors.end(), object.errors().begin(), object.errors().end());
        continue;
      }
      out.origins.push_back(fmt::format("{}:{}", tree.file, tree.root.at.line));
      out.objects.push_back(*object);
      out.trees.push_back(std::move(tree));
    }
  }
  return out;
}

std::vector<api::Tree> documentsOf(const std::vector<InputFile>& files,
                                   const std::function<std::optional<std::string>(const std::string& path)>& read) {
  std::vector<api::Tree> out;
  const auto take = [&](const InputFile& file) {
    for (api::Tree& tree : api::readDocuments(file.text, file.name).trees) out.push_back(std::move(tree));
  };
  for (const InputFile& file : files) take(file);
  // What is applied holds no Scenario; one that does, itself perhaps, is refused when it is loaded.
  const std::size_t given = out.size();
  for (std::size_t i = 0; i < given; ++i) {
    const api::TreeNode* spec = out[i].root.stringAt("kind") == "Scenario" ? out[i].root.find("spec") : nullptr;
    if (!spec || !read) continue;
    std::vector<std::string> paths;
    for (const char* list : {"manifests", "actions"}) {
      const api::TreeNode* actions = spec->find(list);
      if (!actions) continue;
      for (const api::TreeNode& action : actions->items) {
        if (const std::string_view path = action.stringAt("apply"); !path.empty())
          paths.push_back(besides(out[i].file, std::string(path)));
      }
    }
    for (const std::string& path : paths) {
      if (const std::optional<std::string> text = read(path)) take({path, *text});
    }
  }
  return out;
}

}  // namespace jobset_twin::scenarios
