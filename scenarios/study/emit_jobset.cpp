#include "scenarios/study/emit_jobset.hpp"

#include <filesystem>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"
#include "engine/api/writer.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kStudyFolder = "/study";
constexpr const char* kResultsFolder = "/results";

// The folder that holds all of them, so that paths between them stay what they are.
fs::path commonFolder(const std::map<std::string, std::string>& files) {
  fs::path common;
  bool first = true;
  for (const auto& [path, text] : files) {
    const fs::path folder = fs::absolute(path).lexically_normal().parent_path();
    if (first) {
      common = folder;
      first = false;
      continue;
    }
    fs::path shared;
    for (auto a = common.begin(), b = folder.begin(); a != common.end() && b != folder.end() && *a == *b; ++a, ++b)
      shared /= *a;
    common = shared;
  }
  return common;
}

std::string within(const std::string& path, const fs::path& common) {
  return fs::absolute(path).lexically_normal().lexically_relative(common).generic_string();
}

// A key of a ConfigMap holds no slash.
std::string keyOf(std::size_t number, const std::string& path) {
  return fmt::format("{:02}-{}", number, fs::path(path).filename().generic_string());
}

json container(const EmitOptions& options, const char* name, json arguments, bool study) {
  json mounts = json::array({{{"name", "results"}, {"mountPath", kResultsFolder}}});
  if (study) mounts.push_back({{"name", "study"}, {"mountPath", kStudyFolder}, {"readOnly", true}});
  return {{"name", name},
          {"image", options.image},
          {"command", json::array({"jobset-twin"})},
          {"args", std::move(arguments)},
          {"resources", {{"requests", {{"cpu", study ? "1" : "100m"}, {"memory", "1Gi"}}}}},
          {"volumeMounts", std::move(mounts)}};
}

json podSpec(json one, json volumes) {
  return {{"restartPolicy", "Never"}, {"containers", json::array({std::move(one)})}, {"volumes", std::move(volumes)}};
}

json jobSet(const EmitOptions& options, const std::string& study_path, const json& items) {
  const json results = {{"name", "results"}, {"persistentVolumeClaim", {{"claimName", options.name + "-results"}}}};
  const json study = {{"name", "study"}, {"configMap", {{"name", options.name + "-study"}, {"items", items}}}};
  json part = {"whatif",    fmt::format("{}/{}", kStudyFolder, study_path),
               "--shards",  std::to_string(options.shards),
               "--results", fmt::format("{}/part-$(JOB_COMPLETION_INDEX).sqlite", kResultsFolder),
               "--resume",  "--workers",
               "1",         "-q"};
  if (options.replications > 0) {
    part.push_back("--replications");
    part.push_back(std::to_string(options.replications));
  }
  if (options.seed) {
    part.push_back("--seed");
    part.push_back(std::to_string(*options.seed));
  }
  const json merge = {"merge", kResultsFolder, "--results", fmt::format("{}/{}.sqlite", kResultsFolder, options.name)};
  const json parts_job = {
      {"name", "parts"},
      {"template",
       {{"spec",
         {{"completionMode", "Indexed"},
          {"completions", options.shards},
          {"parallelism", options.shards},
          {"backoffLimitPerIndex", 3},
          {"template",
           {{"spec", podSpec(container(options, "whatif", part, true), json::array({results, study}))}}}}}}}};
  const json merge_job = {
      {"name", "merge"},
      {"dependsOn", json::array({{{"name", "parts"}, {"status", "Complete"}}})},
      {"template",
       {{"spec",
         {{"backoffLimit", 3},
          {"template", {{"spec", podSpec(container(options, "merge", merge, false), json::array({results}))}}}}}}}};
  return {{"apiVersion", "jobset.x-k8s.io/v1alpha2"},
          {"kind", "JobSet"},
          {"metadata", {{"name", options.name}}},
          {"spec", {{"replicatedJobs", json::array({parts_job, merge_job})}}}};
}

}  // namespace

api::Result<std::string> emitJobSet(const EmitOptions& options) {
  for (const std::string& problem : api::dns1123LabelErrors(options.name + "-results"))
    return api::plainError(
        "Invalid", fmt::format("metadata.name of the study is to be the JobSet's: \"{}\": {}", options.name, problem));
  const fs::path common = commonFolder(options.files);
  constexpr std::size_t kConfigMapMax = 1024 * 1024;
  json data = json::object(), items = json::array();
  std::size_t bytes = 0;
  for (const auto& [path, text] : options.files) {
    const std::string key = keyOf(items.size(), path);
    data[key] = text;
    items.push_back({{"key", key}, {"path", within(path, common)}});
    bytes += text.size();
  }
  if (bytes > kConfigMapMax)
    return api::plainError("Invalid", fmt::format("the study's files are {} bytes, and a ConfigMap holds {}: put them "
                                                  "into the image instead",
                                                  bytes, kConfigMapMax));
  const json config = {
      {"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", options.name + "-study"}}}, {"data", data}};
  const json claim = {
      {"apiVersion", "v1"},
      {"kind", "PersistentVolumeClaim"},
      {"metadata", {{"name", options.name + "-results"}}},
      {"spec", {{"accessModes", json::array({"ReadWriteMany"})}, {"resources", {{"requests", {{"storage", "1Gi"}}}}}}}};
  return fmt::format(
      "# {} parts of the study {}: each Pod runs its part, a last Job merges them into {}/{}.sqlite.\n"
      "# The claim is shared by all Pods (ReadWriteMany); the image holds the program jobset-twin.\n"
      "{}---\n{}---\n{}",
      options.shards, options.name, kResultsFolder, options.name, api::writeYaml(config), api::writeYaml(claim),
      api::writeYaml(jobSet(options, within(options.study, common), items)));
}

}  // namespace jobset_twin::scenarios::study
