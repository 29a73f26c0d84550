#include "scenarios/cli/replay.hpp"

#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/json_at.hpp"
#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/input.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/served_input.hpp"
#include "scenarios/cli/version.hpp"
#include "scenarios/serve/recording.hpp"

namespace jobset_twin::cli {
namespace {

constexpr const char* kReplayExamples =
    "  jobset-twin serve scenario.yaml --record session.jsonl\n"
    "  jobset-twin replay session.jsonl\n";

int replayFile(const std::string& path, Invocation& invocation) {
  Diagnostics& diagnostics = invocation.diagnostics;
  const api::Result<std::string> text = readFile(path);
  const api::Result<scenarios::Recording> read =
      text ? scenarios::readRecording(*text, path) : api::Result<scenarios::Recording>(text.errors());
  if (!read) {
    diagnostics.errors(read.errors());
    return kBadInput;
  }
  ServedInput input;
  try {
    input = servedFrom(read->input);
  } catch (const std::exception& error) {
    diagnostics.error(fmt::format("{}:1: {}", path, api::jsonProblem(error.what())));
    return kBadInput;
  }
  if (const std::string program = read->input.value("program", ""); program != kVersion)
    diagnostics.warning(fmt::format("{} was made by version {}; this is {}", path, program, kVersion));
  std::optional<ServedPlan> plan = planOf(input, diagnostics);
  if (!plan) return kBadInput;
  const apiserver::http::ServerIdentity identity{plan->run.world.kubernetes_minor, kVersion};
  scenarios::ServedRun run(std::move(plan->run), identity, {});
  for (const std::string& difference : scenarios::replay(*read, run))
    diagnostics.warning(fmt::format("{}: {}", path, difference));
  const std::string fingerprint = run.run().outcome().fingerprint;
  Output out;
  out.write(fmt::format("requests     {}\nvirtual time {}\nfingerprint  {}\n", read->requests.size(),
                        api::formatMicroTime(run.now()), fingerprint));
  if (!out.finish().empty()) return kBadInput;
  if (!read->end) {
    diagnostics.note(fmt::format("{} ends early, without an end to compare with", path));
  } else if (read->end->fingerprint != fingerprint) {
    diagnostics.error(fmt::format("{} ended with the fingerprint {}", path, read->end->fingerprint));
    return kUnmet;
  }
  return kDone;
}

}  // namespace

void addReplay(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("replay", "Play again what was done to a served cluster (serve --record)");
  command->footer(kReplayExamples);
  const auto path = std::make_shared<std::string>();
  command->add_option("FILE", *path, "What serve --record wrote")->type_name("FILE")->required()->group(kInput);
  addGeneralFlags(*command, invocation);
  command->callback(
      [&invocation, path] { invocation.command = [&invocation, path] { return replayFile(*path, invocation); }; });
}

}  // namespace jobset_twin::cli
