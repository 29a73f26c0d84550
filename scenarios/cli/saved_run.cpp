#include "scenarios/cli/saved_run.hpp"

#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "engine/api/saved_file.hpp"
#include "scenarios/cli/input.hpp"

namespace jobset_twin::cli {
namespace {

using nlohmann::json;

constexpr std::string_view kFrame = "run input";

json optionsJson(const scenarios::LoadOptions& options) {
  json out = {{"validation", static_cast<int>(options.validation)},
              {"featureGates", options.feature_gates},
              {"kubernetesVersion", options.kubernetes_version},
              {"namespace", options.default_namespace},
              {"faults", options.faults},
              {"changes", options.changes}};
  if (options.nodes) out["nodes"] = *options.nodes;
  if (options.seed) out["seed"] = *options.seed;
  return out;
}

scenarios::LoadOptions optionsFrom(const json& saved) {
  scenarios::LoadOptions options;
  options.validation = static_cast<api::Validation>(saved.at("validation").get<int>());
  options.feature_gates = saved.at("featureGates").get<std::string>();
  options.kubernetes_version = saved.at("kubernetesVersion").get<std::string>();
  options.default_namespace = saved.at("namespace").get<std::string>();
  options.faults = saved.at("faults").get<std::vector<std::string>>();
  options.changes = saved.at("changes").get<std::vector<std::string>>();
  if (saved.contains("nodes")) options.nodes = saved["nodes"].get<std::int32_t>();
  if (saved.contains("seed")) options.seed = saved["seed"].get<std::uint64_t>();
  return options;
}

}  // namespace

json inputJson(const RunInput& input) {
  json out = {{"options", optionsJson(input.options)}, {"files", json::array()}, {"named", input.named}};
  for (const scenarios::InputFile& file : input.files)
    out["files"].push_back({{"name", file.name}, {"text", file.text}});
  return out;
}

RunInput inputFrom(const json& saved) {
  RunInput out;
  out.options = optionsFrom(saved.at("options"));
  for (const json& file : saved.at("files"))
    out.files.push_back({file.at("name").get<std::string>(), file.at("text").get<std::string>()});
  out.named = saved.at("named").get<std::map<std::string, std::string>>();
  return out;
}

void writeSavedRun(const RunInput& input, const scenarios::Run& run, std::ostream& out) {
  api::writeFrame(out, kFrame, 0, inputJson(input).dump(-1, ' ', false, json::error_handler_t::strict));
  run.save(out);
}

api::Result<SavedRun> readSavedRun(const std::string& path) {
  api::Result<std::string> text = readFile(path);
  if (!text) return text.errors();
  SavedRun saved;
  try {
    std::istringstream in(*text);
    saved.input = inputFrom(json::parse(api::readFrame(in, kFrame, 0)));
    saved.state.assign(std::istreambuf_iterator<char>(in), {});
  } catch (const std::exception& error) {
    api::Error problem = api::plainError("Input", api::jsonProblem(error.what()));
    problem.file = path;
    problem.hint = "--from takes what run --until T --save FILE wrote";
    return problem;
  }
  return saved;
}

std::string takeFlags(RunInput& saved, const RunOptions& options) {
  const scenarios::LoadOptions& given = options.load;
  const scenarios::LoadOptions plain;
  for (const auto& [flag, changed] : {std::pair{"--nodes", given.nodes.has_value()},
                                      {"--seed", given.seed.has_value()},
                                      {"--fault", !given.faults.empty()},
                                      {"--set", !given.changes.empty()},
                                      {"--feature-gates", given.feature_gates != plain.feature_gates},
                                      {"--kubernetes-version", given.kubernetes_version != plain.kubernetes_version},
                                      {"--namespace", given.default_namespace != plain.default_namespace},
                                      {"--validate", given.validation != plain.validation}}) {
    if (changed) return fmt::format("{} would change the world of the saved run: it cannot be used with --from", flag);
  }
  saved.options.until = options.save.empty() ? given.until : std::nullopt;
  return {};
}

}  // namespace jobset_twin::cli
