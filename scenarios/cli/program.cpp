#include "scenarios/cli/program.hpp"

#include <exception>
#include <new>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "scenarios/cli/clock.hpp"
#include "scenarios/cli/compare.hpp"
#include "scenarios/cli/completion.hpp"
#include "scenarios/cli/diff.hpp"
#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/explain.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/help.hpp"
#include "scenarios/cli/interrupt.hpp"
#include "scenarios/cli/merge.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/plan.hpp"
#include "scenarios/cli/replay.hpp"
#include "scenarios/cli/rerun.hpp"
#include "scenarios/cli/run.hpp"
#include "scenarios/cli/serve.hpp"
#include "scenarios/cli/usage_error.hpp"
#include "scenarios/cli/validate.hpp"
#include "scenarios/cli/version.hpp"
#include "scenarios/cli/whatif.hpp"

namespace jobset_twin::cli {
namespace {

void addCommands(CLI::App& app, Invocation& invocation) {
  app.description("Simulates Kubernetes JobSets: replays manifests in a simulated cluster, in virtual time.");
  app.footer(
      "  jobset-twin run jobset.yaml\n  jobset-twin run jobset.yaml -o json\n  jobset-twin validate jobset.yaml\n");
  app.require_subcommand(0, 1);
  addRun(app, invocation);
  addWhatif(app, invocation);
  addMerge(app, invocation);
  addCompare(app, invocation);
  addValidate(app, invocation);
  addDiff(app, invocation);

  addPlan(app, invocation);
  addServe(app, invocation);
  addClock(app, invocation);
  addReplay(app, invocation);
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

int runCommand(const std::vector<std::string>& arguments, const Spread& spread) {
  Invocation invocation;
  invocation.spread = spread;
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
  // Of several processes one does what is asked for; the others help with whatif.
  if (spread.serve && chosen(app).get_name() != "whatif") return kDone;
  applyColor(invocation);
  if (!invocation.command) {
    explainMissingCommand(app, invocation);
    return kBadInput;
  }
  return invocation.command();
}

}  // namespace

int runProgram(const std::vector<std::string>& arguments, const Spread& spread) {
  const std::string command = commandText(arguments);
  catchOwnFaults(command);
  try {
    return runCommand(arguments, spread);
  } catch (const std::bad_alloc&) {
    Diagnostics().error("there is not enough memory for this run");
    return kBadInput;
  } catch (const std::exception& error) {
    Diagnostics().error(fmt::format("{}\n{}", error.what(), reportRequest(command)));
    return kInternalError;
  }
}

}  // namespace jobset_twin::cli
