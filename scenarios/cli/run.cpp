#include "scenarios/cli/run.hpp"

#include <fmt/format.h>

#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/input.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/replications.hpp"
#include "scenarios/cli/saved_run.hpp"
#include "scenarios/cli/single_run.hpp"
#include "scenarios/cli/usage_error.hpp"
#include "viz/report/why.hpp"

namespace jobset_twin::cli {
namespace {

constexpr const char* kRunExamples =
    "  jobset-twin run jobset.yaml\n"
    "  jobset-twin run jobset.yaml --seed 7 --until 10m -o json\n"
    "  kubectl get jobset x -o yaml | jobset-twin run - --nodes 8 --timeline=decisions\n"
    "  jobset-twin run jobset.yaml --report text --watch-only --timeline=decisions\n"
    "  jobset-twin run jobset.yaml --why Pod/x-workers-0-1 --why Node/node-3\n"
    "  jobset-twin run scenario.yaml --replications 100\n"
    "  jobset-twin run jobset.yaml --fault 'kill pod=train/workers/0/1 at=30s'\n"
    "  jobset-twin run jobset.yaml --fault 'node-fail any mtbf=2000h repair=4h'\n"
    "  jobset-twin run jobset.yaml --set maxRestarts=3 --set 'Job/x:/spec/backoffLimit=0'\n";

// What the flags contradict themselves in; "" if nothing.
std::string contradiction(const RunOptions& options) {
  if (options.files.empty() && options.from.empty()) return "run needs a file (or - for standard input)";
  if (!options.files.empty() && !options.from.empty())
    return "--from goes on with a saved run, files and all: give either files or --from";
  if (!options.save.empty() && !options.load.until) return "--save needs --until: the time at which the run is saved";
  if (options.scores && std::none_of(options.why.begin(), options.why.end(), [](const std::string& asked) {
        return !viz::report::askedPod(asked, "default").empty();
      }))
    return "--scores tells about a Pod: say which with --why Pod/NAME";
  if (options.watch_only && !options.forPeople())
    return fmt::format("--watch-only shows the timeline, which -o {} has not", options.format);
  if (options.replications > 1) {
    for (const auto& [flag, given] : {std::pair{"--save", !options.save.empty()},
                                      {"--from", !options.from.empty()},
                                      {"--trace", !options.trace.empty()},
                                      {"--print-scenario", options.print_scenario},
                                      {"--watch-only", options.watch_only},
                                      {"--resolve", !options.resolve.empty()},
                                      {"--report", options.report != "none"},
                                      {"--why", !options.why.empty()}}) {
      if (given) return fmt::format("{} is of one run: it cannot be used with --replications", flag);
    }
    if (options.format == "name") return "-o name is of one run: it cannot be used with --replications";
  }
  return {};
}

api::Validation validationOf(const std::string& word) {
  if (word == "warn") return api::Validation::kWarn;
  return word == "ignore" ? api::Validation::kIgnore : api::Validation::kStrict;
}

int runAll(RunOptions& options, Invocation& invocation) {
  Diagnostics& diagnostics = invocation.diagnostics;
  if (const std::string problem = contradiction(options); !problem.empty())
    return usageError(invocation, "run", problem);
  options.load.validation = validationOf(options.validation);
  if (options.objects.empty()) options.objects = options.format == "name" ? "workloads" : "all";

  std::string saved_state;
  RunInput input;
  if (options.from.empty()) {
    api::Result<std::vector<scenarios::InputFile>> files = readInputs(options.files);
    if (!files) {
      diagnostics.errors(files.errors());
      return kBadInput;
    }
    input = {std::move(*files), options.load, {}};
    if (!options.save.empty()) input.options.until.reset();  // the run would end there; it is to go on
  } else {
    api::Result<SavedRun> saved = readSavedRun(options.from);
    if (!saved) {
      diagnostics.errors(saved.errors());
      return kBadInput;
    }
    input = std::move(saved->input);
    saved_state = std::move(saved->state);
    if (const std::string problem = takeFlags(input, options); !problem.empty())
      return usageError(invocation, "run", problem);
  }
  if (options.replications > 1) return runReplications(options, input, invocation);
  return runOnce(options, input, saved_state, invocation);
}

void addInputFlags(CLI::App& command, RunOptions& options) {
  command.add_option("-f,--filename,FILE", options.files, "Manifests and at most one Scenario; - is standard input")
      ->type_name("FILE")
      ->group(kInput);
  command.add_option("-n,--namespace", options.load.default_namespace, "Namespace of objects that name none")
      ->type_name("NAME")
      ->default_str("default")
      ->group(kInput);
  addWord(command, "--validate", options.validation, {"strict", "warn", "ignore"},
          "Unknown and duplicate fields: refuse, warn, ignore")
      ->group(kInput);
  command.add_option("--from", options.from, "Go on with a run that --save wrote")->type_name("FILE")->group(kInput);
}

void addWorldFlags(CLI::App& command, RunOptions& options) {
  constexpr std::uint64_t kMostNodes = 200'000, kMostReplications = 100'000;
  addNumber(
      command, "--nodes", [&options](std::uint64_t n) { options.load.nodes = static_cast<std::int32_t>(n); }, 1,
      kMostNodes, "Number of nodes of the derived cluster")
      ->group(kWorld);
  addNumber(
      command, "--seed", [&options](std::uint64_t n) { options.load.seed = n; }, 0,
      std::numeric_limits<std::uint64_t>::max(), "Seed of all randomness (default: the scenario's, else 1)")
      ->group(kWorld);
  addFaultFlag(command, options.load)->group(kWorld);
  addSetFlag(command, options.load)->group(kWorld);
  addDuration(command, "--until", options.load.until, "Stop at this virtual time")->group(kWorld);
  addNumber(
      command, "--replications", [&options](std::uint64_t n) { options.replications = n; }, 1, kMostReplications,
      "Run with N seeds, from --seed on, and show the statistics")
      ->group(kWorld);
  command.add_option("--feature-gates", options.load.feature_gates, "JobSet's feature gates")
      ->type_name("NAME=BOOL,…")
      ->group(kWorld);
  addWord(command, "--kubernetes-version", options.load.kubernetes_version, {"1.36", "1.35", "1.34"},
          "Kubernetes release")
      ->default_str("the scenario's, else 1.36")
      ->group(kWorld);
  options.load.kubernetes_version.clear();
}

void addOutputFlags(CLI::App& command, RunOptions& options) {
  addFormat(command, options.format, {"table", "wide", "json", "yaml", "name"});
  command.add_option("-O,--output-file", options.output, "Write the result to a file, whole or not at all")
      ->type_name("FILE")
      ->group(kOutput);
  addWord(command, "--timeline", options.timeline, {"grouped", "full", "decisions", "none"},
          "How much the timeline tells")
      ->group(kOutput);
  command.add_flag("--logs", options.logs, "Also what the containers print")->group(kOutput);
  command.add_flag("--watch-only", options.watch_only, "Only the timeline, no tables")->group(kOutput);
  addWord(command, "--objects", options.objects, {"all", "workloads", "none"}, "Objects in -o json, yaml and name")
      ->default_str("all; with -o name workloads")
      ->group(kOutput);
  options.objects.clear();
  command
      .add_option("--resolve", options.resolve,
                  "Say whether this name resolves at the end, and since when (may repeat)")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->group(kOutput);
  addWord(command, "--report", options.report, {"none", "text", "json"},
          "What caused each restart, what it cost, how long the start took")
      ->group(kOutput);
  command
      .add_option("--why", options.why,
                  "Say what became of this object and why: Pod, Job, JobSet or Node, / and its name (may repeat)")
      ->type_name("KIND/NAME")
      ->allow_extra_args(false)
      ->group(kOutput);
  command
      .add_flag("--scores", options.scores,
                "With --why Pod/NAME: the nodes that the scheduler refused, and the scores of the others")
      ->group(kOutput);
  command.add_option("--trace", options.trace, "Write the run as trace-event JSON, for ui.perfetto.dev")
      ->type_name("FILE")
      ->group(kOutput);
  command.add_option("--save", options.save, "Save the run at --until, for --from")->type_name("FILE")->group(kOutput);
  command
      .add_flag("--print-scenario", options.print_scenario,
                "Run nothing: print the whole scenario, with what was invented")
      ->group(kOutput);
}

}  // namespace

void addRun(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("run", "Run manifests or a scenario in a simulated cluster");
  command->footer(kRunExamples);
  const auto options = std::make_shared<RunOptions>();
  addInputFlags(*command, *options);
  addWorldFlags(*command, *options);
  addOutputFlags(*command, *options);
  addGeneralFlags(*command, invocation);
  command->callback(
      [&invocation, options] { invocation.command = [&invocation, options] { return runAll(*options, invocation); }; });
}

}  // namespace jobset_twin::cli
