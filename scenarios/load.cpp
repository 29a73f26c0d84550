#include "scenarios/load.hpp"

#include <set>

#include <fmt/format.h>

#include "engine/api/kinds.hpp"
#include "engine/api/yaml_reader.hpp"
#include "scenarios/default_cluster.hpp"

namespace jobset_twin::scenarios {
namespace {

void append(api::Errors& to, const api::Errors& from) {
  to.insert(to.end(), from.begin(), from.end());
}

bool hasName(const api::Object& object) {
  return !object.meta.name.empty() || !object.meta.generateName.empty();
}

}  // namespace

Manifests readManifests(const InputFile& file, api::Validation validation, const std::string& default_namespace) {
  Manifests out;
  api::ReadLimits limits;
  limits.duplicate_keys = validation == api::Validation::kIgnore;
  api::Documents documents = api::readDocuments(file.text, file.name, limits);
  append(out.errors, documents.errors);
  for (api::Tree& document : documents.trees) {
    for (api::Tree& tree : api::expandList(std::move(document))) {
      if (tree.root.stringAt("apiVersion").starts_with("jobset-twin.dev/")) {
        out.own.push_back(std::move(tree));
        continue;
      }
      api::Result<api::ObjectPtr> object = api::readObject(tree, validation, out.warnings);
      if (!object) {
        append(out.errors, object.errors());
        continue;
      }
      if (!hasName(**object)) {
        api::Error error = api::plainError("Required", "metadata.name: Required value: name or generateName is required");
        error.file = tree.file;
        error.line = tree.root.at.line;
        error.column = tree.root.at.column;
        error.field = "metadata.name";
        out.errors.push_back(std::move(error));
        continue;
      }
      api::ObjectPtr made = std::move(*object);
      if (made->meta.namespace_.empty() && api::isNamespaced(*made)) {
        const api::MutableObjectPtr placed = api::edit(made);
        placed->meta.namespace_ = default_namespace;
        made = placed;
      }
      out.origins.push_back(fmt::format("{}:{}", tree.file, tree.root.at.line));
      out.objects.push_back(std::move(made));
    }
  }
  return out;
}

Loaded load(const std::vector<InputFile>& files, const LoadOptions& options,
            const std::function<std::optional<std::string>(const std::string& path)>& read) {
  static_cast<void>(read);
  Loaded out;
  std::vector<api::ObjectPtr> objects;
  std::vector<std::string> origins;
  for (const InputFile& file : files) {
    Manifests manifests = readManifests(file, options.validation, options.default_namespace);
    append(out.errors, manifests.errors);
    append(out.warnings, manifests.warnings);
    objects.insert(objects.end(), manifests.objects.begin(), manifests.objects.end());
    origins.insert(origins.end(), manifests.origins.begin(), manifests.origins.end());
  }
  if (!out.errors.empty()) return out;
  Scenario& scenario = out.scenario;
  if (const std::string problem = jobset::parseFeatureGates(options.feature_gates, scenario.feature_gates); !problem.empty()) {
    out.errors.push_back(api::plainError("Invalid", "--feature-gates: " + problem));
    return out;
  }
  DefaultCluster cluster = deriveCluster(objects, options.nodes);
  scenario.node_pools = std::move(cluster.pools);
  out.invented = std::move(cluster.invented);

  RunPlan& plan = out.plan;
  plan.world.seed = options.seed.value_or(scenario.seed.value_or(1));
  plan.world.timing = scenario.timing;
  plan.world.jobset.gates = scenario.feature_gates;
  plan.world.kubelet.behaviors = scenario.behaviors;
  plan.until = options.until ? options.until : scenario.duration;
  std::set<std::string> namespaces;
  for (const api::ObjectPtr& object : objects) {
    if (!object->meta.namespace_.empty()) namespaces.insert(object->meta.namespace_);
  }
  for (const char* present : {"default", "kube-system", "kube-public", "kube-node-lease"}) namespaces.erase(present);
  for (const std::string& name : namespaces) {
    api::Generic body;
    body.apiVersion = "v1";
    body.kind = "Namespace";
    const api::MutableObjectPtr made = api::makeObject(std::move(body));
    made->meta.name = name;
    plan.setup.push_back(made);
    out.invented.push_back(fmt::format("namespace {}", name));
  }
  for (const api::ObjectPtr& node : makeNodes(scenario.node_pools, plan.world.start)) plan.setup.push_back(node);
  for (std::size_t i = 0; i < objects.size(); ++i) {
    plan.submissions.push_back({plan.world.start, api::createRequest(objects[i]), origins[i]});
  }
  return out;
}

}  // namespace jobset_twin::scenarios
