#include "sim/workload/shell/known.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "sim/workload/command.hpp"
#include "sim/workload/shell/commands.hpp"
#include "sim/workload/shell/network.hpp"

namespace jobset_twin::workload::shell {
namespace {

constexpr std::array kSpecial = {":",      ".",        "break",  "continue", "eval",  "exec", "exit",
                                 "export", "readonly", "return", "set",      "shift", "trap", "unset"};
constexpr std::array kCommon = {"true",    "false", "echo", "printf", "test",    "[",     "cd",     "pwd",  "read",
                                "getopts", "wait",  "kill", "type",   "command", "umask", "ulimit", "hash", "local"};
constexpr std::array kBashOnly = {"source", "declare", "typeset", "let", "shopt", "mapfile", "readarray", "builtin"};
constexpr std::array kTimed = {"sleep", "timeout", "yes", "kill", "test", "[", "nohup", "nice", "setsid", "stdbuf"};

template <class List>
bool in(const List& list, std::string_view name) {
  return std::any_of(list.begin(), list.end(), [&](std::string_view n) { return n == name; });
}

// The text of a word without expansions; nothing if it has any.
std::optional<std::string> literal(const std::vector<Part>& parts) {
  std::string out;
  for (const auto& part : parts) {
    if (part.kind == PartKind::kText || part.kind == PartKind::kQuoted) {
      out += part.text;
    } else if (part.kind == PartKind::kDouble) {
      const auto inner = literal(part.parts);
      if (!inner) return std::nullopt;
      out += *inner;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

class Walker {
 public:
  Walker(std::vector<UnknownCommand>& out, Dialect dialect) : out_(out), dialect_(dialect) {}

  void collectFunctions(const Node& node) {
    if (node.kind == NodeKind::kFunction) functions_.insert(node.name);
    for (const auto& child : node.children) collectFunctions(*child);
    for (const auto& item : node.cases) collectFunctions(*item.body);
  }

  void walk(const Node& node) {
    for (const auto& word : node.words) visit(word.parts);
    for (const auto& a : node.assignments) assignment(a);
    for (const auto& a : node.declared) assignment(a);
    for (const auto& r : node.redirects) {
      visit(r.target.parts);
      if (r.here) visit(r.here->parts);
    }
    for (const auto& item : node.cases) {
      for (const auto& pattern : item.patterns) visit(pattern.parts);
      walk(*item.body);
    }
    if (node.cond) condition(*node.cond);
    if (node.kind == NodeKind::kSimple && !node.words.empty()) command(node.words);
    for (const auto& child : node.children) walk(*child);
  }

 private:
  void assignment(const Assignment& a) {
    visit(a.subscript.parts);
    visit(a.value.parts);
    for (const auto& element : a.elements) visit(element.parts);
  }

  void condition(const Cond& cond) {
    visit(cond.left.parts);
    visit(cond.right.parts);
    if (cond.a) condition(*cond.a);
    if (cond.b) condition(*cond.b);
  }

  void visit(const std::vector<Part>& parts) {
    for (const auto& part : parts) {
      visit(part.parts);
      if (part.body) {
        collectFunctions(*part.body);
        walk(*part.body);
      }
      if (!part.param) continue;
      visit(part.param->subscript.parts);
      visit(part.param->word.parts);
      visit(part.param->second.parts);
    }
  }

  void report(const Word& word, const std::string& text, const std::string& name) {
    out_.push_back({{word.line, word.column, text}, name});
  }

  void command(const std::vector<Word>& words) {
    const auto name = literal(words[0].parts);
    if (!name) return;  // known when it runs; what is not known then is asked for
    if (functions_.contains(*name)) return;
    std::vector<std::string> argv;
    bool all = true;
    for (const auto& word : words) {
      const auto text = literal(word.parts);
      all &= text.has_value();
      // An expansion stands for any operand; no option is seen in it.
      argv.push_back(text.value_or("1"));
    }
    // An array subscript, option or condition of a builtin that the interpreter would ignore.
    if (isBuiltin(*name, dialect_)) return builtin(words, argv);
    if ((dialect_ == Dialect::kBash ? false : in(kBashOnly, *name)) || *name == "jobs" || *name == "disown" ||
        *name == "fg" || *name == "bg" || *name == "alias" || *name == "history" || *name == "pushd" ||
        *name == "popd" || *name == "times") {
      return report(words[0], *name + " is not supported", *name);
    }
    std::string problem;
    const auto program = shellProgram(argv, dialect_, problem);
    if (program != nullptr) {
      if (!problem.empty()) return report(words[0], problem, *name);
      if (!all || program->code == nullptr) return;
      if (program->code->failed) report(words[0], "in its script: " + program->code->error.text, "");
      const Parsed parsed = parseScript(program->code->text, program->dialect);
      for (auto& inner : unknownCommands(parsed.units, program->dialect))
        report(words[0], "in its script: " + inner.where.text, inner.command);
      return;
    }
    const auto base = commandName(*name);
    if (base == "timeout" || base == "nohup" || base == "nice" || base == "env" || base == "setsid" || base == "stdbuf")
      return wrapper(words, argv, std::string(base));
    if (const std::string why = whyUnknown(argv); !why.empty()) report(words[0], why, std::string(base));
  }

  void builtin(const std::vector<Word>& words, const std::vector<std::string>& argv) {
    if (argv[0] == "exec" || argv[0] == "command" || argv[0] == "builtin") {
      std::size_t at = 1;
      if (argv.size() > 1 && (argv[1] == "-v" || argv[1] == "-V")) return;
      while (at < argv.size() && argv[at].size() > 1 && argv[at][0] == '-') ++at;
      if (at < words.size()) command({words.begin() + static_cast<long>(at), words.end()});
      return;
    }
    if ((argv[0] == "declare" || argv[0] == "typeset" || argv[0] == "local") && argv.size() > 1 && argv[1].size() > 1 &&
        argv[1][0] == '-' && argv[1].find_first_of("Anulcft") != std::string::npos) {
      report(words[0], argv[0] + " " + argv[1] + " is not supported", "");
    }
    if (argv[0] == "read" && argv.size() > 1 && argv[1][0] == '-' && argv[1].find('t') != std::string::npos) {
      report(words[0], "read -t is not supported", "");
    }
    if (argv[0] == "shopt") {
      for (std::size_t i = 1; i < argv.size(); ++i) {
        if (argv[i][0] != '-' && argv[i] != "nullglob" && argv[i] != "expand_aliases" && argv[i] != "inherit_errexit")
          report(words[0], "shopt " + argv[i] + " is not supported", "");
      }
    }
    if (argv[0] == "trap" && argv.size() > 1) {
      if (argv.back() == "DEBUG" || argv.back() == "RETURN")
        report(words[0], "trap on " + argv.back() + " is not supported", "");
      if (const auto action = literal(words[1].parts); action && argv.size() > 2 && !action->starts_with("-")) {
        const Parsed parsed = parseScript(*action, dialect_);
        if (parsed.failed) return;
        for (auto& inner : unknownCommands(parsed.units, dialect_)) {
          if (!functions_.contains(inner.command)) report(words[1], "in the trap: " + inner.where.text, inner.command);
        }
      }
    }
  }

  void wrapper(const std::vector<Word>& words, const std::vector<std::string>& argv, const std::string& name) {
    std::size_t at = 1;
    for (; at < argv.size() && argv[at].size() > 1 && argv[at][0] == '-'; ++at) {
      if (argv[at] == "-s" || argv[at] == "-k" || argv[at] == "-n" || argv[at] == "-u") ++at;
    }
    if (name == "timeout") ++at;
    while (name == "env" && at < argv.size() && argv[at].find('=') != std::string::npos) ++at;
    if (const std::string why = whyUnknown(argv); !why.empty()) return report(words[0], why, name);
    if (at < words.size()) command({words.begin() + static_cast<long>(at), words.end()});
  }

  std::vector<UnknownCommand>& out_;
  Dialect dialect_;
  std::set<std::string> functions_;
};

}  // namespace

bool isSpecialBuiltin(std::string_view name) { return in(kSpecial, name); }

bool isBuiltin(std::string_view name, Dialect dialect) {
  if (isSpecialBuiltin(name) || in(kCommon, name)) return true;
  if (dialect == Dialect::kBash) return in(kBashOnly, name);
  return dialect == Dialect::kAsh && (name == "source" || name == "let");
}

std::string_view commandName(std::string_view argv0) {
  for (const std::string_view directory : {"/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/"}) {
    if (argv0.starts_with(directory)) return argv0.substr(directory.size());
  }
  return argv0;
}

bool isKnownCommand(std::string_view name) {
  name = commandName(name);
  return isProgram(name) || in(kTimed, name) || isNetworkProgram(name) || name == "sh" || name == "bash" ||
         name == "dash" || name == "ash";
}

std::string whyUnknown(std::span<const std::string> argv) {
  const std::string name(commandName(argv[0]));
  if (isNetworkProgram(name)) return whyNotNetwork({argv.begin(), argv.end()});
  if (name == "timeout" || name == "nice" || name == "nohup" || name == "setsid" || name == "stdbuf" || name == "env") {
    for (std::size_t i = 1; i < argv.size() && argv[i].size() > 1 && argv[i][0] == '-'; ++i) {
      if (name == "timeout" && (argv[i] == "-k" || argv[i].starts_with("--kill-after")))
        return "timeout with a second signal (-k)";
      if (name == "timeout" && (argv[i] == "-s" || argv[i] == "--signal")) ++i;
      if (name == "env" && argv[i] != "-i" && argv[i] != "-") return "env with the option " + argv[i];
    }
    return "";
  }
  if (in(kTimed, name)) return "";
  if (name == "tail" && argv.size() == 3 && (argv[1] == "-f" || argv[1] == "-F") && argv[2] == "/dev/null") return "";
  if (isProgram(name)) return whyNotProgram(argv);
  return "unknown command " + name;
}

std::vector<UnknownCommand> unknownCommands(const std::vector<std::shared_ptr<Node>>& units, Dialect dialect) {
  std::vector<UnknownCommand> out;
  Walker walker(out, dialect);
  for (const auto& unit : units) walker.collectFunctions(*unit);
  for (const auto& unit : units) walker.walk(*unit);
  return out;
}

}  // namespace jobset_twin::workload::shell
