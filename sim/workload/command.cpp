#include "sim/workload/command.hpp"

#include "sim/workload/shell/code.hpp"
#include "sim/workload/shell/known.hpp"

namespace jobset_twin::workload {

using shell::Dialect;

std::shared_ptr<const Program> shellProgram(std::span<const std::string> argv, Dialect sh, std::string& problem) {
  if (argv.empty()) return nullptr;
  std::size_t at = 1;
  std::string_view name = shell::commandName(argv[0]);
  if (name == "busybox" && argv.size() > 1) name = argv[at++];
  Dialect dialect = sh;
  if (name == "bash")
    dialect = Dialect::kBash;
  else if (name == "dash")
    dialect = Dialect::kDash;
  else if (name == "ash")
    dialect = Dialect::kAsh;
  else if (name != "sh")
    return nullptr;
  auto program = std::make_shared<Program>();
  program->kind = ProgramKind::kShell;
  program->argv.assign(argv.begin(), argv.end());
  program->dialect = dialect;
  program->name = argv[0];
  bool command = false;
  for (; at < argv.size() && argv[at].size() > 1 && (argv[at][0] == '-' || argv[at][0] == '+'); ++at) {
    const std::string& option = argv[at];
    if (option == "--") {
      ++at;
      break;
    }
    if (option.starts_with("--")) {
      if (option == "--norc" || option == "--noprofile" || option == "--posix" || option == "--login") continue;
      problem = std::string(name) + " with the option " + option;
      return program;
    }
    bool name_follows = false;
    for (const char c : option.substr(1)) {
      if (c == 'c')
        command = true;
      else if (std::string_view("euxfa").find(c) != std::string_view::npos)
        program->flags += option[0] == '-' ? std::string(1, c) : "";
      else if (c == 'o')
        name_follows = true;
      else if (std::string_view("lhBvmE").find(c) == std::string_view::npos) {
        problem = std::string(name) + " with the option -" + c;
        return program;
      }
    }
    if (!name_follows || at + 1 >= argv.size()) continue;
    const std::string& long_name = argv[++at];
    if (option[0] == '+') continue;
    if (long_name == "errexit")
      program->flags += 'e';
    else if (long_name == "nounset")
      program->flags += 'u';
    else if (long_name == "xtrace")
      program->flags += 'x';
    else if (long_name == "noglob")
      program->flags += 'f';
    else if (long_name == "pipefail")
      program->flags += 'p';
    else if (long_name == "allexport")
      program->flags += 'a';
  }
  if (!command) {
    problem = at < argv.size() ? std::string(name) + " with a script from a file"
                               : std::string(name) + " without -c: it reads commands from its input";
    return program;
  }
  if (at >= argv.size()) {
    problem = std::string(name) + " -c without a script";
    return program;
  }
  program->code = shell::compileScript(argv[at++], dialect);
  if (at < argv.size()) {
    program->name = argv[at++];
    program->positional.assign(argv.begin() + static_cast<long>(at), argv.end());
  }
  return program;
}

Compiled compile(std::span<const std::string> argv, Dialect sh) {
  Compiled compiled;
  std::string problem;
  compiled.program = shellProgram(argv, sh, problem);
  if (compiled.program != nullptr && problem.empty()) {
    const auto& code = *compiled.program->code;
    if (code.failed) {
      const std::string text = (code.unreadable ? "" : "syntax error: ") + code.error.text;
      compiled.unknown.push_back({code.error.line, code.error.column, text, "", !code.unreadable});
    }
    for (const auto& note : code.unsupported)
      compiled.unknown.push_back({note.line, note.column, note.text, "", false});
    const auto parsed = shell::parseScript(code.text, code.dialect);
    for (auto& unknown : shell::unknownCommands(parsed.units, code.dialect)) {
      compiled.unknown.push_back(
          {unknown.where.line, unknown.where.column, unknown.where.text, unknown.command, false});
    }
    compiled.known = compiled.unknown.empty();
    compiled.runnable = !code.unreadable;
    return compiled;
  }
  auto program = std::make_shared<Program>();
  program->argv.assign(argv.begin(), argv.end());
  if (argv.empty()) {
    problem = "no command: the image's entry point runs";
  } else if (problem.empty()) {
    // Programs that run another one are checked with it.
    auto word = [](const std::string& text) {
      shell::Word w;
      w.source = text;
      w.parts.resize(1);
      w.parts[0].kind = shell::PartKind::kQuoted;
      w.parts[0].text = text;
      return w;
    };
    auto node = std::make_shared<shell::Node>();
    for (const auto& arg : argv) node->words.push_back(word(arg));
    const std::string name(shell::commandName(argv[0]));
    const bool runnable = name == "echo" || name == "printf" || name == "true" || name == "false" || name == "test" ||
                          name == "[" || name == "pwd" || name == "kill";
    if (!runnable) {
      if (shell::isBuiltin(name, Dialect::kBash)) {
        problem = "unknown command " + name;
      } else if (const auto unknown = shell::unknownCommands({node}, sh); !unknown.empty()) {
        compiled.unknown.push_back({0, 0, unknown[0].where.text, unknown[0].command, false});
      }
    }
  }
  if (!problem.empty())
    compiled.unknown.push_back({0, 0, problem, argv.empty() ? "" : std::string(shell::commandName(argv[0])), false});
  compiled.program = program;
  compiled.known = compiled.runnable = compiled.unknown.empty();
  return compiled;
}

}  // namespace jobset_twin::workload
