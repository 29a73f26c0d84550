// main.cpp - the program jobset-twin: reads the command line, runs one command, returns its exit code (exit_codes.hpp).

#include <exception>
#include <new>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "scenarios/cli/completion.hpp"
#include "scenarios/cli/diff.hpp"
#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/explain.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/help.hpp"
#include "scenarios/cli/interrupt.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/plan.hpp"
#include "scenarios/cli/rerun.hpp"
#include "scenarios/cli/run.hpp"
#include "scenarios/cli/usage_error.hpp"
#include "scenarios/cli/validate.hpp"
#include "scenarios/cli/version.hpp"

namespace jobset_twin::cli {
namespace {

void addCommands(CLI::App& app, Invocation& invocation) {
  app.description("Simulates Kubernetes JobSets: replays manifests in a simulated cluster, in virtual time.");
  app.footer(
      "  jobset-twin run jobset.yaml\n  jobset-twin run jobset.yaml -o json\n  jobset-twin validate jobset.yaml\n");
  app.require_subcommand(0, 1);
  addRun(app, invocation);
  addValidate(app, invocation);
  addDiff(app, invocation);
  addPlan(app, invocation);
  addExplain(app, invocation);
  addCompletion(app, invocation);
  addVersion(app, invocation);
  addHelp(app, invocation);
  app.add_flag_callback(
         "-V,--version", [&invocation] { invocation.command = [] { return printVersion(false); }; },
         "Print the version")
      ->group(kGeneral);
  addGeneralFlags(app, invocation);
}

// The innermost command that was named.
const CLI::App& chosen(const CLI::App& app) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  return parsed.empty() ? app : *parsed.back();
}

int runCommand(const std::vector<std::string>& arguments) {
  Invocation invocation;
  invocation.arguments = arguments;
  CLI::App app("", kProgram);
  addCommands(app, invocation);
  invocation.app = &app;
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    Output out;
    out.write(helpText(chosen(app)));
    return out.finish().empty() ? kDone : kBadInput;
  } catch (const CLI::ParseError& error) {
    explainUsageError(app, chosen(app), error, invocation);
    return kBadInput;
  }
  applyColor(invocation);
  if (!invocation.command) {
    explainMissingCommand(app, invocation);
    return kBadInput;
  }
  return invocation.command();
}

}  // namespace
}  // namespace jobset_twin::cli

int main(int argc, char** argv) {
  using namespace jobset_twin;
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const std::string command = cli::commandText(arguments);
  cli::catchOwnFaults(command);
  try {
    return cli::runCommand(arguments);
  } catch (const std::bad_alloc&) {
    cli::Diagnostics().error("there is not enough memory for this run");
    return cli::kBadInput;
  } catch (const std::exception& error) {
    cli::Diagnostics().error(fmt::format("{}\n{}", error.what(), cli::reportRequest(command)));
    return cli::kInternalError;
  }
}
