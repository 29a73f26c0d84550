#include "scenarios/cli/admission_check.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "engine/api/yaml_reader.hpp"
#include "sim/apiserver/server.hpp"
#include "sim/apiserver/webhook_view.hpp"

namespace jobset_twin::cli {
namespace {

// The documents of the files by file:line, as origins name them.
using Trees = std::map<std::string, api::Tree>;

Trees treesOf(const std::vector<scenarios::InputFile>& files) {
  Trees trees;
  api::ReadLimits limits;
  limits.duplicate_keys = true;  // whether they are mistakes has been decided before
  for (const scenarios::InputFile& file : files) {
    for (api::Tree& document : api::readDocuments(file.text, file.name, limits).trees) {
      for (api::Tree& tree : api::expandList(std::move(document))) {
        const std::string origin = fmt::format("{}:{}", tree.file, tree.root.at.line);
        trees.emplace(origin, std::move(tree));
      }
    }
  }
  return trees;
}

api::Errors errorsOf(const api::Response& refusal, const api::Tree* tree, const std::string& origin) {
  api::Errors errors;
  for (const api::Cause& cause : refusal.causes) {
    if (cause.field.empty()) continue;
    api::Error error = api::plainError(cause.reason, fmt::format("{}: {}", cause.field, cause.message));
    error.field = cause.field;
    if (std::find(errors.begin(), errors.end(), error) == errors.end()) errors.push_back(std::move(error));
  }
  if (errors.empty()) errors.push_back(api::plainError(std::string(api::reasonText(refusal.reason)), refusal.message));
  if (tree) {
    api::locateErrors(*tree, errors);
    for (api::Error& error : errors) {
      if (!error.file.empty() && error.line > 0) continue;
      error.file = tree->file;
      error.line = tree->root.at.line;
      error.column = tree->root.at.column;
    }
  } else {
    for (api::Error& error : errors) error.text = fmt::format("{}: {}", origin, error.text);
  }
  return errors;
}

apiserver::ServerConfig serverConfig(const cluster::WorldConfig& config) {
  apiserver::ServerConfig server;
  server.seed = config.seed;
  server.kubernetes_minor = config.kubernetes_minor;
  server.jobset_gates = config.jobset.gates;
  return server;
}

api::ObjectPtr namespaceObject(const std::string& name) {
  api::Generic body;
  body.apiVersion = "v1";
  body.kind = "Namespace";
  const api::MutableObjectPtr made = api::makeObject(std::move(body));
  made->meta.name = name;
  return made;
}

}  // namespace

AdmissionReport admit(const cluster::WorldConfig& config, const std::vector<api::ObjectPtr>& objects,
                      const std::vector<std::string>& origins, const std::vector<scenarios::InputFile>& files) {
  AdmissionReport report;
  const Trees trees = treesOf(files);
  const apiserver::EmptyWebhookView webhooks;
  apiserver::Server server(serverConfig(config));
  server.bootstrap(config.start);
  std::set<std::string> namespaces;
  for (const api::ObjectPtr& object : objects) {
    if (!object->meta.namespace_.empty()) namespaces.insert(object->meta.namespace_);
    if (api::kindNameOf(*object) == "Namespace") namespaces.erase(object->meta.name);
  }
  for (const std::string& name : namespaces) {
    server.execute(api::createRequest(namespaceObject(name)), config.start, webhooks);  // those that exist are refused
  }
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const api::Response response = server.execute(api::createRequest(objects[i]), config.start, webhooks);
    const auto tree = trees.find(origins[i]);
    const api::Tree* found = tree == trees.end() ? nullptr : &tree->second;
    for (const std::string& text : response.warnings) {
      api::Error warning = api::plainError("Warning", text);
      if (found) {
        warning.file = found->file;
        warning.line = found->root.at.line;
      }
      report.warnings.push_back(std::move(warning));
    }
    if (response.ok()) {
      const api::MutableObjectPtr shown = api::edit(response.object);
      shown->meta.resourceVersion = 0;
      report.admitted.push_back({origins[i], shown});
    } else {
      const api::Errors errors = errorsOf(response, found, origins[i]);
      report.errors.insert(report.errors.end(), errors.begin(), errors.end());
    }
  }
  return report;
}

AdmissionReport admit(const scenarios::RunPlan& plan, const std::vector<scenarios::InputFile>& files) {
  std::vector<api::ObjectPtr> objects;
  std::vector<std::string> origins;
  for (const cluster::Submission& submission : plan.submissions) {
    if (submission.at != plan.world.start || submission.request.verb != api::Verb::kCreate) continue;
    objects.push_back(submission.request.object);
    origins.push_back(submission.origin);
  }
  return admit(plan.world, objects, origins, files);
}

}  // namespace jobset_twin::cli
