#include "scenarios/cli/help.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/output.hpp"

namespace jobset_twin::cli {
namespace {

constexpr std::string_view kExitCodes =
    R"(Exit codes of jobset-twin:

    0  it ran, and every expectation held; a JobSet that fails is still 0
    1  bad input or usage, or what was asked for cannot be done; a message on standard error, nothing half-written
    2  it ran to its end, but an expectation did not hold; diff: the results differ; compare: a metric got worse by
       more than its tolerance; plan: the service levels cannot be met, or were not shown to be
   70  a bug in jobset-twin; the message asks for a report
  130  interrupted (Ctrl-C); what is whole was written. A second Ctrl-C ends the program at once
)";

constexpr std::string_view kEnds =
    R"(A run ends at the first of:

  finished     everything submitted is terminal, deletions and TTLs have run out, and only housekeeping remains
  stuck        nothing but housekeeping or retries without effect can happen any more; each stuck object is named
  until        the time of --until, or the scenario's duration, has come
  horizon      30 simulated days have passed and no other end was asked for (with a warning)
  interrupted  Ctrl-C

All but the last exit with 0 if every expectation holds.
)";

struct Topic {
  const char* name;
  const char* text;
  std::string_view body;
};
constexpr Topic kTopics[] = {{"exit-codes", "What the exit codes mean", kExitCodes},
                             {"ends", "When a run ends", kEnds}};

std::string usage(const CLI::App& command) {
  if (!command.get_parent()) return fmt::format("{} COMMAND [FLAG…]", kProgram);
  std::string line = fmt::format("{} {} [FLAG…]", kProgram, command.get_name());
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = option->get_name(true, false);
    // One without a group has no name of its own: it is not among the options below.
    const bool named = wordsOf(*option).empty() && !name.empty();
    line +=
        fmt::format(" {}{}", named ? name : option->get_type_name(), option->get_items_expected_max() > 1 ? "…" : "");
  }
  return line;
}

// "-o, --output FORM"; flags without a short name are indented so that the long ones align.
std::string spelled(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  const bool has_short = !names.empty();
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  std::string text = fmt::format("{}{}", has_short ? "" : "    ", fmt::join(names, ", "));
  if (option.get_items_expected_max() > 0) text += " " + option.get_type_name();
  return text;
}

std::string row(const std::string& left, const std::string& right) {
  constexpr std::size_t kLeft = 34;
  if (left.size() <= kLeft) return fmt::format("  {:<{}}  {}\n", left, kLeft, right);
  return fmt::format("  {}\n  {:<{}}  {}\n", left, "", kLeft, right);
}

std::string flagRows(const CLI::App& command, const std::string& group) {
  std::string rows;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group() != group || (option->get_lnames().empty() && option->get_snames().empty())) continue;
    std::string text = option->get_description();
    if (!option->get_default_str().empty()) text += fmt::format(" (default {})", option->get_default_str());
    rows += row(spelled(*option), text);
  }
  return rows.empty() ? rows : fmt::format("\n{}:\n{}", group, rows);
}

int printTopic(const Invocation& invocation, const std::string& name) {
  Output out;
  std::vector<std::string> names;
  if (name.empty()) {
    out.write(helpText(*invocation.app));
    out.finish();
    return kDone;
  }
  for (const Topic& topic : kTopics) {
    if (name == topic.name) {
      out.write(topic.body);
      out.finish();
      return kDone;
    }
    names.emplace_back(topic.name);
  }
  for (const CLI::App* command : invocation.app->get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) {
      out.write(helpText(*command));
      out.finish();
      return kDone;
    }
    names.push_back(command->get_name());
  }
  const std::string nearest = api::nearestName(name, names);
  invocation.diagnostics.error(fmt::format("there is no command or help topic '{}'{}", name,
                                           nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)),
                               "jobset-twin help lists them");
  return kBadInput;
}

}  // namespace

std::string helpText(const CLI::App& command) {
  std::string text = fmt::format("{}\n\nUsage: {}\n", command.get_description(), usage(command));
  if (const std::string footer = command.get_footer(); !footer.empty()) text += fmt::format("\nExamples:\n{}", footer);
  if (!command.get_parent()) {
    text += "\nCommands:\n";
    for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; })) {
      text += row(sub->get_name(), sub->get_description());
    }
    text += "\nHelp topics (jobset-twin help TOPIC):\n";
    for (const Topic& topic : kTopics) text += row(topic.name, topic.text);
  }
  for (const char* group : {kInput, kWorld, kOutput, kGeneral}) text += flagRows(command, group);
  return text;
}

void addHelp(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("help", "Explain a command or a topic");
  command->footer("  jobset-twin help run\n  jobset-twin help exit-codes\n");
  const auto topic = std::make_shared<std::string>();
  command->add_option("TOPIC", *topic, "A command, or a topic")->group("");
  addGeneralFlags(*command, invocation);
  command->callback(
      [&invocation, topic] { invocation.command = [&invocation, topic] { return printTopic(invocation, *topic); }; });
}

}  // namespace jobset_twin::cli
