#include "scenarios/cli/plan.hpp"

#include <charconv>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/yaml_reader.hpp"
#include "scenarios/cli/admission_check.hpp"
#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/input.hpp"
#include "scenarios/cli/interrupt.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/report.hpp"
#include "scenarios/cli/usage_error.hpp"
#include "scenarios/planning/build_scenario.hpp"
#include "scenarios/planning/planner.hpp"
#include "scenarios/write_scenario.hpp"
#include "viz/planning/answer_json.hpp"
#include "viz/planning/answer_text.hpp"

namespace jobset_twin::cli {
namespace {

namespace planning = scenarios::planning;

constexpr const char* kPlanExamples =
    "  jobset-twin plan scenarios/plans/erlang.yaml\n"
    "  jobset-twin plan plan.yaml --workers 8 -o json -O answer.json\n"
    "  jobset-twin plan scenarios/plans/trace.yaml --trace jobs.csv\n"
    "  jobset-twin plan plan.yaml --print-scenario 12 | jobset-twin run - --report text\n"
    "  jobset-twin plan scenarios/plans/quotas.yaml --print-scenario 17 --with \"experiments' GPUs=64\"\n";

struct PlanOptions {
  std::vector<std::string> files;
  std::string format, output, trace, print_scenario, validation;
  std::vector<std::string> with;
  std::uint64_t seed = 1, workers = 0;
  bool no_sensitivity = false;
};

// What the planner is at, on standard error: on a terminal one line, rewritten; elsewhere a line each.
class PlanProgress {
 public:
  explicit PlanProgress(bool on) : on_(on), terminal_(isTerminal(Stream::kErr)) {}
  ~PlanProgress() { clear(); }
  PlanProgress(const PlanProgress&) = delete;
  PlanProgress& operator=(const PlanProgress&) = delete;
  void show(const std::string& what) {
    if (!on_) return;
    const std::string line = printable(what);
    fmt::print(stderr, "{}{}{}", terminal_ ? "\r\x1b[K" : "", line, terminal_ ? "" : "\n");
    std::fflush(stderr);
    shown_ = terminal_;
  }
  void clear() {
    if (shown_) fmt::print(stderr, "\r\x1b[K");
    shown_ = false;
  }

 private:
  bool on_, terminal_, shown_ = false;
};

// The one document of kind CapacityPlan; errors are shown.
std::optional<api::Tree> readTree(const scenarios::InputFile& file, Diagnostics& diagnostics) {
  diagnostics.addSource(file.name, file.text);
  api::Documents documents = api::readDocuments(file.text, file.name);
  if (documents.errors.empty() && documents.trees.size() != 1) {
    api::Error error = api::plainError(
        "Invalid", fmt::format("must have one document, of kind CapacityPlan, and has {}", documents.trees.size()));
    error.file = file.name;
    documents.errors.push_back(std::move(error));
  }
  if (!documents.errors.empty()) {
    diagnostics.errors(documents.errors);
    return std::nullopt;
  }
  return std::move(documents.trees.front());
}

// "12" or "4,8": a count for each node type.
std::optional<planning::Counts> countsOf(const planning::CapacityPlan& plan, const std::string& text) {
  planning::Counts counts;
  std::string_view rest = text;
  while (true) {
    const std::string word(rest.substr(0, rest.find(',')));
    std::int32_t count = 0;
    const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), count);
    if (problem != std::errc() || end != word.data() + word.size() || count < 0) return std::nullopt;
    counts.push_back(count);
    if (rest.find(',') == std::string_view::npos) break;
    rest.remove_prefix(rest.find(',') + 1);
  }
  return counts.size() == plan.nodes.size() ? std::optional(counts) : std::nullopt;
}

int finish(Output& out, const std::string& text, const Diagnostics& diagnostics, int code) {
  out.write(text);
  if (const std::string problem = out.finish(); !problem.empty()) {
    diagnostics.error(problem);
    return kBadInput;
  }
  return code;
}

// What the API server refuses in the manifests of the workloads is better said now.
bool admitted(const planning::CapacityPlan& plan, Diagnostics& diagnostics) {
  const api::Result<planning::Prepared> prepared = planning::prepare(plan);
  if (!prepared) {
    diagnostics.errors(prepared.errors());
    return false;
  }
  const AdmissionReport report = admit(prepared->base, {});
  diagnostics.errors(report.errors);
  return report.errors.empty();
}

planning::PlanReadOptions readOptions(const PlanOptions& options) {
  planning::PlanReadOptions read;
  if (!options.trace.empty()) read.trace = std::filesystem::absolute(options.trace).string();
  read.read = [](const std::string& path) -> std::optional<std::string> {
    api::Result<std::string> text = readFile(path);
    return text ? std::optional(std::move(*text)) : std::nullopt;
  };
  return read;
}

// "NAME=VALUE" for some of the settings; the others have their first value. The problem, or "".
std::string choose(const PlanOptions& options, const planning::CapacityPlan& plan, std::vector<std::size_t>& chosen) {
  chosen.assign(plan.settings.size(), 0);
  for (const std::string& text : options.with) {
    bool found = false;
    std::string all;
    for (std::size_t i = 0; i < plan.settings.size(); ++i) {
      const planning::Setting& setting = plan.settings[i];
      for (std::size_t k = 0; k < setting.values.size(); ++k) {
        const std::string one = fmt::format("{}={}", setting.name, setting.values[k].first);
        all += fmt::format("{}'{}'", all.empty() ? "" : ", ", one);
        if (one != text) continue;
        chosen[i] = k;
        found = true;
      }
    }
    if (!found)
      return all.empty() ? "--with is for plans with settings"
                         : fmt::format("--with '{}': must be one of {}", text, all);
  }
  return {};
}

int printScenario(const PlanOptions& options, const api::Tree& tree, const planning::PlanReadOptions& read,
                  const planning::CapacityPlan& as_read, Output& out, const Invocation& invocation) {
  std::vector<std::size_t> chosen;
  if (const std::string problem = choose(options, as_read, chosen); !problem.empty())
    return usageError(invocation, "plan", problem);
  const planning::CapacityPlan plan =
      as_read.settings.empty() ? as_read : planning::withSettings(tree, read, chosen).plan;
  for (std::size_t i = 0; i < chosen.size() && invocation.diagnostics.quiet == 0; ++i)
    fmt::print(stderr, "with {} {}\n", plan.settings[i].name, plan.settings[i].values[chosen[i]].first);
  const std::optional<planning::Counts> counts = countsOf(plan, options.print_scenario);
  if (!counts)
    return usageError(invocation, "plan",
                      fmt::format("--print-scenario needs the counts of {} node types, as in {}", plan.nodes.size(),
                                  plan.nodes.size() > 1 ? "4,8" : "4"));
  return finish(out, scenarios::writeScenario(planning::scenarioOf(plan, {*counts, 1, options.seed})),
                invocation.diagnostics, kDone);
}

int search(const PlanOptions& options, const api::Tree& tree, const planning::PlanReadOptions& read,
           const planning::CapacityPlan& plan, Output& out, const Diagnostics& diagnostics) {
  PlanProgress progress(diagnostics.quiet == 0);
  const Interruptible guard;
  planning::PlannerOptions planner;
  planner.seed = options.seed;
  planner.sensitivity = !options.no_sensitivity;
  planner.farm = scenarios::study::processFarm(static_cast<unsigned>(options.workers));
  planner.progress = [&](const std::string& what) { progress.show(what); };
  planner.stopped = [] { return *Interruptible::flag() != 0; };
  const planning::PlannerResult result = planning::answerPlan(tree, read, plan, planner);
  progress.clear();
  if (!result.errors.empty()) {
    diagnostics.errors(result.errors);
    return kBadInput;
  }
  const int code = *Interruptible::flag() != 0                            ? kInterrupted
                   : result.answer.outcome == planning::Outcome::kMet     ? kDone
                   : result.answer.outcome == planning::Outcome::kStopped ? kInterrupted
                                                                          : kUnmet;
  const std::string text = options.format == "table" ? viz::answerText(result.answer)
                                                     : documentText(viz::answerJson(result.answer), options.format);
  return finish(out, text, diagnostics, code);
}

int runPlan(const PlanOptions& options, Invocation& invocation) {
  Diagnostics& diagnostics = invocation.diagnostics;
  if (options.files.size() != 1) return usageError(invocation, "plan", "plan needs one file (or - for standard input)");
  const api::Result<std::vector<scenarios::InputFile>> files = readInputs(options.files);
  if (!files) {
    diagnostics.errors(files.errors());
    return kBadInput;
  }
  const std::optional<api::Tree> tree = readTree(files->front(), diagnostics);
  if (!tree) return kBadInput;
  const planning::PlanReadOptions read = readOptions(options);
  const planning::PlanRead plan = planning::readCapacityPlan(*tree, read);
  diagnostics.warnings(plan.warnings);
  if (!plan.errors.empty()) {
    diagnostics.errors(plan.errors);
    return kBadInput;
  }
  Output out(options.output);
  if (const std::string problem = out.problem(); !problem.empty()) {
    diagnostics.error(problem);
    return kBadInput;
  }
  if (!options.print_scenario.empty()) return printScenario(options, *tree, read, plan.plan, out, invocation);
  if (!plan.plan.workloads.empty() && !admitted(plan.plan, diagnostics)) return kBadInput;
  return search(options, *tree, read, plan.plan, out, diagnostics);
}

}  // namespace

void addPlan(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("plan", "Find the cheapest nodes that meet the service levels of a plan");
  command->footer(kPlanExamples);
  const auto options = std::make_shared<PlanOptions>();
  command->add_option("-f,--filename,FILE", options->files, "A document of kind CapacityPlan; - is standard input")
      ->type_name("FILE")
      ->group(kInput);
  command->add_option("--trace", options->trace, "Read the plan's traces from this CSV file instead")
      ->type_name("FILE")
      ->group(kInput);
  addNumber(
      *command, "--seed", [options](std::uint64_t n) { options->seed = n; }, 0,
      std::numeric_limits<std::uint64_t>::max() / 2, "Seed of the first run; the others follow (default 1)")
      ->group(kWorld);
  addNumber(
      *command, "--workers", [options](std::uint64_t n) { options->workers = n; }, 1, 1024,
      "Runs at a time (default: one for each processor)")
      ->group(kWorld);
  command
      ->add_flag("--no-sensitivity", options->no_sensitivity,
                 "Only the answer: not what one more node buys, nor what more load does")
      ->group(kWorld);
  addFormat(*command, options->format, {"table", "json", "yaml"});
  command->add_option("-O,--output-file", options->output, "Write the result to a file, whole or not at all")
      ->type_name("FILE")
      ->group(kOutput);
  command
      ->add_option("--print-scenario", options->print_scenario,
                   "Search nothing: print the run of so many nodes of each type, as a Scenario")
      ->type_name("N,…")
      ->group(kOutput);
  command
      ->add_option("--with", options->with,
                   "With --print-scenario: the value of a setting, as NAME=VALUE (default: the first)")
      ->type_name("NAME=VALUE")
      ->group(kOutput);
  addGeneralFlags(*command, invocation);
  command->callback([&invocation, options] {
    invocation.command = [&invocation, options] { return runPlan(*options, invocation); };
  });
}

}  // namespace jobset_twin::cli
