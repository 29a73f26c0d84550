#include "scenarios/cli/completion.hpp"

#include <memory>

#include <fmt/format.h>

#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/usage_error.hpp"

namespace jobset_twin::cli {
namespace {

// What all three shells need of a flag or argument.
struct Item {
  std::vector<std::string> shorts, longs;  // without dashes; none: an argument
  std::string text;
  bool takes_value = false;
  std::vector<std::string> words;  // that its value can be; none: a file if `file`, else anything
  bool file = false;
};
struct CommandItems {
  std::string name, text;
  std::vector<Item> items;
};

CommandItems itemsOf(const CLI::App& command) {
  CommandItems out{command.get_name(), command.get_description(), {}};
  for (const CLI::Option* option : command.get_options()) {
    Item item;
    item.shorts = option->get_snames();
    item.longs = option->get_lnames();
    item.text = option->get_description();
    item.takes_value = option->get_items_expected_max() > 0;
    item.words = wordsOf(*option);
    item.file = option->get_type_name() == "FILE";
    out.items.push_back(item);
    if (option->get_positional() && !item.longs.empty()) {  // also an argument
      item.shorts.clear();
      item.longs.clear();
      out.items.push_back(std::move(item));
    }
  }
  return out;
}

std::vector<CommandItems> tableOf(const CLI::App& app) {
  std::vector<CommandItems> table = {itemsOf(app)};
  table.front().name.clear();
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    table.push_back(itemsOf(*command));
  return table;
}

std::vector<std::string> flagsOf(const Item& item) {
  std::vector<std::string> flags;
  for (const std::string& name : item.shorts) flags.push_back("-" + name);
  for (const std::string& name : item.longs) flags.push_back("--" + name);
  return flags;
}

// In single quotes, for all three shells.
std::string inQuotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string commandNames(const std::vector<CommandItems>& table) {
  std::string names;
  for (const CommandItems& command : table) {
    if (!command.name.empty()) names += (names.empty() ? "" : " ") + command.name;
  }
  return names;
}

std::string bash(const std::vector<CommandItems>& table) {
  std::string values, lists;
  for (const CommandItems& command : table) {
    std::vector<std::string> flags, words;
    bool file = false;
    for (const Item& item : command.items) {
      const std::vector<std::string> names = flagsOf(item);
      flags.insert(flags.end(), names.begin(), names.end());
      if (names.empty()) {
        words.insert(words.end(), item.words.begin(), item.words.end());
        file = file || item.file;
      } else if (item.takes_value) {
        const std::string reply =
            !item.words.empty() ? fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$word\"))", fmt::join(item.words, " "))
            : item.file         ? "COMPREPLY=($(compgen -f -- \"$word\"))"
                                : "COMPREPLY=()";
        for (const std::string& name : names)
          values += fmt::format("    '{} {}') {}; return ;;\n", command.name, name, reply);
      }
    }
    if (command.name.empty()) words = {commandNames(table)};
    lists += fmt::format("    '{}') flags='{}' words='{}' files={} ;;\n", command.name, fmt::join(flags, " "),
                         fmt::join(words, " "), file ? 1 : 0);
  }
  return fmt::format(R"(# bash completion of jobset-twin; load it with: source <(jobset-twin completion bash)
_jobset_twin() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command= i flags words files
  for ((i = 1; i < COMP_CWORD; ++i)); do
    if [[ ${{COMP_WORDS[i]}} != -* ]]; then command=${{COMP_WORDS[i]}}; break; fi
  done
  case "$command $before" in
{}  esac
  case "$command" in
{}    *) return ;;
  esac
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$word")); return; fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if ((files)); then COMPREPLY+=($(compgen -f -- "$word")); fi
}}
complete -o filenames -F _jobset_twin jobset-twin ./jobset-twin
)",
                     values, lists);
}

std::string zshAction(const Item& item) {
  if (!item.words.empty()) return fmt::format(":({})", fmt::join(item.words, " "));
  return item.file ? ":_files" : ": ";
}

// Text in a zsh specification: brackets and colons have a meaning there.
std::string zshText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh(const std::vector<CommandItems>& table) {
  std::string commands, cases;
  for (const CommandItems& command : table) {
    std::string specifications;
    for (const Item& item : command.items) {
      const std::vector<std::string> names = flagsOf(item);
      for (const std::string& name : names) {
        specifications += " " + inQuotes(fmt::format("*{}[{}]{}", name, zshText(item.text),
                                                     item.takes_value ? ":value" + zshAction(item) : ""));
      }
      if (names.empty()) specifications += " " + inQuotes("*:argument" + zshAction(item));
    }
    if (command.name.empty()) continue;
    commands += fmt::format("    {}\n", inQuotes(fmt::format("{}:{}", command.name, zshText(command.text))));
    cases += fmt::format("    {}) _arguments -s{} ;;\n", command.name, specifications);
  }
  return fmt::format(R"(#compdef jobset-twin
# zsh completion of jobset-twin; put it as _jobset-twin into a folder of $fpath
_jobset_twin() {{
  local -a commands
  commands=(
{}  )
  if ((CURRENT == 2)); then _describe command commands; return; fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
{}  esac
}}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _jobset_twin "$@"; else compdef _jobset_twin jobset-twin; fi
)",
                     commands, cases);
}

std::string fish(const std::vector<CommandItems>& table) {
  std::string text = "# fish completion of jobset-twin; load it with: jobset-twin completion fish | source\n";
  for (const CommandItems& command : table) {
    const std::string when =
        command.name.empty() ? "__fish_use_subcommand" : fmt::format("__fish_seen_subcommand_from {}", command.name);
    if (!command.name.empty()) {
      text += fmt::format("complete -c jobset-twin -f -n __fish_use_subcommand -a {} -d {}\n", command.name,
                          inQuotes(command.text));
    }
    for (const Item& item : command.items) {
      std::string line = fmt::format("complete -c jobset-twin -n {}", inQuotes(when));
      for (const std::string& name : item.shorts) line += " -s " + name;
      for (const std::string& name : item.longs) line += " -l " + name;
      const bool argument = item.shorts.empty() && item.longs.empty();
      if (!item.words.empty()) {
        line +=
            fmt::format(" -f{} -a {}", argument ? "" : " -r", inQuotes(fmt::format("{}", fmt::join(item.words, " "))));
      } else if (item.file) {
        line += argument ? " -F" : " -r -F";
      } else if (item.takes_value) {
        line += argument ? " -f" : " -x";
      }
      if (!item.text.empty()) line += " -d " + inQuotes(item.text);
      text += line + "\n";
    }
  }
  return text;
}

int complete(const std::string& shell, const Invocation& invocation) {
  if (shell.empty()) return usageError(invocation, "completion", "completion needs a shell: bash, zsh or fish");
  const std::vector<CommandItems> table = tableOf(*invocation.app);
  Output out;
  out.write(shell == "bash" ? bash(table) : shell == "zsh" ? zsh(table) : fish(table));
  if (const std::string problem = out.finish(); !problem.empty()) {
    invocation.diagnostics.error(problem);
    return kBadInput;
  }
  return kDone;
}

}  // namespace

void addCompletion(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("completion", "Print a completion script for a shell");
  command->footer("  source <(jobset-twin completion bash)\n");
  const auto shell = std::make_shared<std::string>();
  addWord(*command, "SHELL", *shell, {"bash", "zsh", "fish"}, "The shell")->group("");
  shell->clear();
  addGeneralFlags(*command, invocation);
  command->callback(
      [&invocation, shell] { invocation.command = [&invocation, shell] { return complete(*shell, invocation); }; });
}

}  // namespace jobset_twin::cli
