#include "scenarios/cli/usage_error.hpp"

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "scenarios/cli/exit_codes.hpp"

namespace jobset_twin::cli {
namespace {

std::string meant(const std::string& nearest) {
  return nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest);
}

std::vector<std::string> flagsOf(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> commandsOf(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

// The first argument that nothing takes.
std::string explainExtra(const CLI::App& app, const CLI::App& command) {
  const std::vector<std::string> extra = command.remaining(true);
  const std::string word = extra.empty() ? "" : extra.front();
  if (word.size() > 1 && word.front() == '-') {
    const std::string flag = word.substr(0, word.find('='));
    const std::string of = &command == &app ? "" : fmt::format(" of {}", command.get_name());
    return fmt::format("unknown flag {}{}{}", flag, of, meant(api::nearestName(flag, flagsOf(command))));
  }
  if (&command == &app)
    return fmt::format("unknown command '{}'{}", word, meant(api::nearestName(word, commandsOf(app))));
  return fmt::format("{} does not take the argument '{}'", command.get_name(), word);
}

}  // namespace

void applyColor(Invocation& invocation) {
  invocation.diagnostics.color = invocation.color == "always"  ? ColorMode::kAlways
                                 : invocation.color == "never" ? ColorMode::kNever
                                                               : ColorMode::kAuto;
}

void explainUsageError(const CLI::App& app, const CLI::App& command, const CLI::ParseError& error,
                       Invocation& invocation) {
  applyColor(invocation);
  const bool extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  usageError(invocation, &command == &app ? "" : command.get_name(), extra ? explainExtra(app, command) : error.what());
}

void explainMissingCommand(const CLI::App& app, Invocation& invocation) {
  usageError(invocation, "", fmt::format("no command is given; there are {}", fmt::join(commandsOf(app), ", ")));
}

int usageError(const Invocation& invocation, const std::string& command, const std::string& text) {
  invocation.diagnostics.error(text);
  invocation.diagnostics.usage(fmt::format("see {}{}{} --help", kProgram, command.empty() ? "" : " ", command));
  return kBadInput;
}

}  // namespace jobset_twin::cli
