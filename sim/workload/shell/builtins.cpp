// builtins.cpp - the builtins that change the shell: control, options, traps, jobs.
#include <algorithm>
#include <array>

#include "sim/workload/shell/known.hpp"
#include "sim/workload/shell/machine.hpp"
#include "sim/workload/shell/quote.hpp"
#include "sim/workload/shell/scanner.hpp"

namespace jobset_twin::workload::shell {
namespace {

struct SignalName {
  int number;
  std::string_view name;
};
constexpr std::array<SignalName, 31> kSignals = {
    {{1, "HUP"},   {2, "INT"},     {3, "QUIT"},  {4, "ILL"},   {5, "TRAP"},    {6, "ABRT"},  {7, "BUS"},
     {8, "FPE"},   {9, "KILL"},    {10, "USR1"}, {11, "SEGV"}, {12, "USR2"},   {13, "PIPE"}, {14, "ALRM"},
     {15, "TERM"}, {16, "STKFLT"}, {17, "CHLD"}, {18, "CONT"}, {19, "STOP"},   {20, "TSTP"}, {21, "TTIN"},
     {22, "TTOU"}, {23, "URG"},    {24, "XCPU"}, {25, "XFSZ"}, {26, "VTALRM"}, {27, "PROF"}, {28, "WINCH"},
     {29, "IO"},   {30, "PWR"},    {31, "SYS"}}};

bool allDigits(std::string_view text) {
  return !text.empty() && text.size() < 10 && std::all_of(text.begin(), text.end(), isDigit);
}

// The pid of %1, %2…; 0 if there is none.
std::int32_t jobByNumber(const Shell& shell, const std::string& text) {
  const auto number = static_cast<std::size_t>(std::stoi(text.substr(1)));
  return number >= 1 && number <= shell.numbered.size() ? shell.numbered[number - 1] : 0;
}

}  // namespace

int signalNumber(std::string_view text) {
  if (allDigits(text)) {
    const int n = std::stoi(std::string(text));
    return n <= 64 ? n : -2;
  }
  if (text == "EXIT") return kTrapExit;
  if (text == "ERR") return kTrapErr;
  std::string name(text);
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  if (name.starts_with("SIG")) name.erase(0, 3);
  for (const auto& signal : kSignals) {
    if (signal.name == name) return signal.number;
  }
  return -2;
}

std::string signalName(int number) {
  if (number == kTrapExit) return "EXIT";
  if (number == kTrapErr) return "ERR";
  for (const auto& signal : kSignals) {
    if (signal.number == number) return std::string(signal.name);
  }
  return std::to_string(number);
}

std::int64_t Machine::numberOrFail(Task& task, const std::string& command, const std::string& text) {
  std::size_t at = text.find_first_not_of(" \t");
  if (at == std::string::npos) at = text.size();
  const std::size_t sign = at < text.size() && (text[at] == '-' || text[at] == '+') ? 1 : 0;
  const std::string digits = text.substr(at + sign);
  if (digits.empty() || digits.size() > 18 || !std::all_of(digits.begin(), digits.end(), isDigit)) {
    complain(task, shellOf(task).dialect == Dialect::kBash ? command + ": " + text + ": numeric argument required"
                                                           : command + ": Illegal number: " + text);
    throw SoftError{};
  }
  const std::int64_t value = std::stoll(digits);
  return sign != 0 && text[at] == '-' ? -value : value;
}

int Machine::builtin(Task& task, std::vector<std::string>& a, const std::vector<PendingAssignment>& pending,
                     bool& handled) {
  auto& shell = shellOf(task);
  const std::string name = a[0];
  const bool is_bash = shell.dialect == Dialect::kBash;
  try {
    if (name == ":" || name == "true") return 0;
    if (name == "false") return 1;
    if (name == "echo") return biEcho(task, a);
    if (name == "printf") return biPrintf(task, a);
    if (name == "test" || name == "[") return biTest(task, a);
    if (name == "exit") {
      if (a.size() > 2 && is_bash) {
        complain(task, "exit: too many arguments");
        return 1;
      }
      int status = shell.status;
      if (shell.in_trap || shell.exiting) {
        for (const auto& frame : shell.frames) {
          if (frame.kind == FrameKind::kTrap) status = a.size() > 1 ? status : frame.saved_status;
        }
      }
      if (a.size() > 1) {
        try {
          status = static_cast<int>(numberOrFail(task, "exit", a[1]) & 0xFF);
        } catch (const SoftError&) {
          status = 2;
        }
      }
      throw ExitTask{status};
    }
    if (name == "return") {
      handled = false;
      return biReturn(task, a);
    }
    if (name == "break" || name == "continue") {
      const std::int64_t levels = a.size() > 1 ? numberOrFail(task, name, a[1]) : 1;
      if (levels < 1) {
        complain(task, name + ": " + a[1] + ": loop count out of range");
        return 1;
      }
      breakLoop(task, static_cast<int>(std::min<std::int64_t>(levels, 1 << 20)), name == "continue");
      return 0;
    }
    if (name == "cd") return biCd(task, a);
    if (name == "pwd") {
      write(task, 1, task.directory + "\n");
      return 0;
    }
    if (name == "set") return biSet(task, a);
    if (name == "shift") return biShift(task, a);
    if (name == "unset") return biUnset(task, a);
    if (name == "export") return biExport(task, a);
    if (name == "readonly") return biReadonly(task, a);
    if (name == "local") return biLocal(task, a);
    if (name == "declare" || name == "typeset") return biDeclare(task, a);
    if (name == "read") return biRead(task, a);
    if (name == "mapfile" || name == "readarray") return biMapfile(task, a);
    if (name == "getopts") return biGetopts(task, a);
    if (name == "let") return biLet(task, a);
    if (name == "eval") {
      handled = false;
      return biEval(task, a);
    }
    if (name == "." || name == "source") {
      handled = false;
      return biSource(task, a);
    }
    if (name == "exec") {
      handled = false;
      return biExec(task, a, pending);
    }
    if (name == "trap") return biTrap(task, a);
    if (name == "wait") return biWait(task, a);
    if (name == "kill") return biKill(task, a);
    if (name == "shopt") return biShopt(task, a);
    if (name == "type") return biType(task, a);
    if (name == "umask" || name == "ulimit" || name == "hash") return 0;
    if (name == "command" || name == "builtin") {
      if (a.size() > 1 && (a[1] == "-v" || a[1] == "-V")) return biType(task, a);
      handled = false;
      std::vector<std::string> rest(a.begin() + 1, a.end());
      if (!rest.empty() && rest[0] == "--") rest.erase(rest.begin());
      if (rest.empty()) {
        shell.status = 0;
        return 0;
      }
      if (isBuiltin(rest[0], shell.dialect)) {
        handled = true;
        return builtin(task, a = rest, pending, handled);
      }
      runCommand(task, std::move(rest), true);
      return 0;
    }
  } catch (const SoftError&) {
    handled = true;
    if (!is_bash && isSpecialBuiltin(name)) throw ExitTask{2};
    return is_bash && name != "shift" && name != "return" && name != "break" && name != "continue" ? 2 : 1;
  }
  return 0;
}

int Machine::biReturn(Task& task, const Args& a) {
  auto& shell = shellOf(task);
  const int status = a.size() > 1 ? static_cast<int>(numberOrFail(task, "return", a[1]) & 0xFF) : shell.status;
  std::size_t at = shell.frames.size();
  while (at > 0 && shell.frames[at - 1].kind != FrameKind::kFunction && shell.frames[at - 1].kind != FrameKind::kSource)
    --at;
  if (at == 0) {
    if (shell.dialect == Dialect::kBash) {
      complain(task, "return: can only `return' from a function or sourced script");
      shell.status = 2;
      return 2;
    }
    throw ExitTask{status};
  }
  if (at == 1) throw ExitTask{status};  // a subshell inside the function
  // With set -e dash ends here, within the function, not where it was called.
  const bool ends = shell.dialect != Dialect::kBash && shell.errexit && status != 0 && shell.ignore_errors == 0;
  if (ends && shell.frames[at - 1].kind == FrameKind::kFunction) throw ExitTask{status};
  unwindTo(task, at - 1);
  shellOf(task).status = status;
  return status;
}

int Machine::biEval(Task& task, const Args& a) {
  std::string text;
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (i == 1 && a[i] == "--") continue;
    if (!text.empty()) text += ' ';
    text += a[i];
  }
  auto& shell = shellOf(task);
  const Frame& frame = shell.frames.back();
  const int line = frame.code.code->instructions[static_cast<std::size_t>(std::max(0, frame.pc - 1))].line;
  budget_ -= static_cast<int>(text.size() / 4);
  auto code = compileScript(text, shell.dialect, line);
  pushCode(task, FrameKind::kEval, std::move(code));
  if (shellOf(task).xtrace) ++shellOf(task).trace_depth;
  if (text.find_first_not_of(" \t\n") == std::string::npos) shellOf(task).status = 0;
  return 0;
}

int Machine::biSource(Task& task, const Args& a) {
  auto& shell = shellOf(task);
  if (a.size() < 2) {
    complain(task, a[0] + ": filename argument required");
    shell.status = 2;
    return 2;
  }
  const auto text = host_.readFile(absolute(task, a[1]));
  if (!text) {
    if (shell.dialect != Dialect::kBash) {
      complain(task, a[0] + ": cannot open " + a[1] + ": No such file");
      throw ExitTask{2};
    }
    complain(task, a[1] + ": No such file or directory");
    shell.status = 1;
    return 1;
  }
  pushCode(task, FrameKind::kSource, compileScript(*text, shell.dialect, 1));
  if (a.size() > 2 && shell.dialect == Dialect::kBash) {
    auto& frame = shellOf(task).frames.back();
    frame.has_positional = true;
    frame.positional = std::move(shellOf(task).positional);
    shellOf(task).positional.assign(a.begin() + 2, a.end());
  }
  return 0;
}

int Machine::biExec(Task& task, const Args& a, const std::vector<PendingAssignment>& pending) {
  auto& shell = shellOf(task);
  std::size_t first = 1;
  std::string as;
  while (first < a.size() && a[first].size() > 1 && a[first][0] == '-') {
    if (a[first] == "-a" && first + 1 < a.size()) ++first;
    ++first;
  }
  if (first >= a.size()) {
    // Its redirections stay.
    if (!shell.redirects.empty()) {
      auto& scope = shell.redirects.back();
      for (const auto& saved : scope.saved) release(saved.file);
      scope.saved.clear();
    }
    shell.status = 0;
    return 0;
  }
  for (const auto& p : pending) {
    assign(task, p.name, p.value, p.append);
    variable(shell, p.name).exported = true;
  }
  Args argv(a.begin() + static_cast<long>(first), a.end());
  shell.traps.clear();
  shell.status = 0;
  std::string problem;
  const auto program = shellProgram(argv, shell.dialect, problem);
  if (program != nullptr && problem.empty()) {
    becomeShell(task, *program);
    return 0;
  }
  task.fatal = true;
  startRunning(task, std::move(argv));
  return 0;
}

int Machine::biSet(Task& task, const Args& a) {
  auto& shell = shellOf(task);
  if (a.size() == 1) {
    std::string text;
    for (const auto& v : shell.variables) {
      if (v.set && !v.array) text += v.name + "=" + quoteWord(v.value, Dialect::kBash) + "\n";
    }
    write(task, 1, text);
    return 0;
  }
  const auto option = [&](std::string_view name, bool on) {
    if (name == "errexit")
      shell.errexit = on;
    else if (name == "nounset")
      shell.nounset = on;
    else if (name == "xtrace")
      shell.xtrace = on;
    else if (name == "noglob")
      shell.noglob = on;
    else if (name == "allexport")
      shell.allexport = on;
    else if (name == "pipefail" && shell.dialect != Dialect::kDash)
      shell.pipefail = on;
    else if (name != "monitor" && name != "noclobber" && name != "verbose" && name != "errtrace" &&
             name != "functrace" && name != "posix" && name != "hashall" && name != "braceexpand" &&
             name != "histexpand" && name != "noexec")
      return false;
    return true;
  };
  for (std::size_t i = 1; i < a.size(); ++i) {
    const auto& arg = a[i];
    if (arg == "--" || arg == "-" || arg.empty() || (arg[0] != '-' && arg[0] != '+')) {
      if (arg == "--" || arg == "-") ++i;
      if (arg == "-") shell.xtrace = false;
      if (arg != "-" || i < a.size()) shell.positional.assign(a.begin() + static_cast<long>(i), a.end());
      return 0;
    }
    const bool on = arg[0] == '-';
    for (std::size_t c = 1; c < arg.size(); ++c) {
      switch (arg[c]) {
        case 'e': option("errexit", on); break;
        case 'u': option("nounset", on); break;
        case 'x': option("xtrace", on); break;
        case 'f': option("noglob", on); break;
        case 'a': option("allexport", on); break;
        case 'o':
          if (i + 1 >= a.size()) break;
          if (!option(a[++i], on)) {
            if (shell.dialect == Dialect::kBash) {
              complain(task, "set: " + a[i] + ": invalid option name");
              return 2;
            }
            complain(task, "set: Illegal option -o " + a[i]);
            throw ExitTask{2};
          }
          c = arg.size();
          break;
        default:
          if (std::string_view("bhkmnptvBCEHPT").find(arg[c]) == std::string_view::npos) {
            if (shell.dialect != Dialect::kBash) {
              complain(task, std::string("set: Illegal option -") + arg[c]);
              throw ExitTask{2};
            }
            complain(task, std::string("set: ") + arg[0] + arg[c] + ": invalid option");
            return 2;
          }
      }
    }
  }
  return 0;
}

int Machine::biShift(Task& task, const Args& a) {
  auto& positional = shellOf(task).positional;
  const std::int64_t n = a.size() > 1 ? numberOrFail(task, "shift", a[1]) : 1;
  if (n < 0 || static_cast<std::size_t>(n) > positional.size()) {
    if (shellOf(task).dialect == Dialect::kDash) {
      complain(task, "shift: can't shift that many");
      throw ExitTask{2};
    }
    return 1;
  }
  positional.erase(positional.begin(), positional.begin() + static_cast<long>(n));
  return 0;
}

int Machine::biTrap(Task& task, const Args& a) {
  auto& shell = shellOf(task);
  std::size_t first = 1;
  bool print = a.size() == 1;
  if (first < a.size() && a[first] == "-p") {
    print = true;
    ++first;
  }
  if (first < a.size() && a[first] == "--") ++first;
  if (print) {
    std::string text;
    for (const auto& trap : shell.traps) {
      const auto named = [&](const std::string& name) { return signalNumber(name) == trap.signal; };
      if (first < a.size() && std::none_of(a.begin() + static_cast<long>(first), a.end(), named)) continue;
      const std::string shown = trap.signal <= 0 || shell.dialect != Dialect::kBash ? signalName(trap.signal)
                                                                                    : "SIG" + signalName(trap.signal);
      text += "trap -- " + singleQuote(trap.action) + " " + shown + "\n";
    }
    write(task, 1, text);
    return 0;
  }
  if (first >= a.size()) return 0;
  bool reset = a[first] == "-";
  std::size_t names = first + 1;
  if (names >= a.size() || allDigits(a[first])) {
    reset = true;
    if (!allDigits(a[first]) && names >= a.size() && signalNumber(a[first]) == -2) {
      complain(task, "trap: usage: trap [-lp] [[arg] signal_spec ...]");
      return 2;
    }
    if (a[first] != "-") names = first;
  }
  int status = 0;
  for (std::size_t i = names; i < a.size(); ++i) {
    const int signal = signalNumber(a[i]);
    if (signal == -2 || (signal == kTrapErr && shell.dialect != Dialect::kBash)) {
      complain(task, shell.dialect == Dialect::kBash ? "trap: " + a[i] + ": invalid signal specification"
                                                     : "trap: " + a[i] + ": bad trap");
      if (a[i] == "DEBUG" || a[i] == "RETURN") continue;
      status = 1;
      continue;
    }
    std::erase_if(shell.traps, [&](const Trap& t) { return t.signal == signal; });
    shell.catches |= signal == kTrapExit && shell.dialect == Dialect::kBash;
    if (reset) continue;
    const auto at =
        std::find_if(shell.traps.begin(), shell.traps.end(), [&](const Trap& t) { return t.signal > signal; });
    shell.traps.insert(at, {signal, a[first]});
  }
  return status;
}

int Machine::biWait(Task& task, const Args& a) {
  auto& shell = shellOf(task);
  std::size_t first = 1;
  const bool any = a.size() > 1 && a[1] == "-n";
  if (any) ++first;
  std::vector<std::int32_t> pids;
  for (std::size_t i = first; i < a.size(); ++i) {
    std::string text = a[i];
    if (text.size() > 1 && text[0] == '%' && allDigits(text.substr(1))) {
      text = std::to_string(jobByNumber(shell, text));
    }
    if (!allDigits(text)) {
      complain(task, "wait: `" + text + "': not a pid or valid job spec");
      return 1;
    }
    pids.push_back(std::stoi(text));
  }
  for (const int signal : task.signals) {
    for (const auto& trap : shell.traps) {
      // A signal with a trap ends the wait at once; the trap runs right after it.
      if (trap.signal == signal && !trap.action.empty()) return 128 + signal;
    }
  }
  const auto block = [&](std::vector<std::int32_t> list, int number) {
    task.wait = Wait::kJobs;
    task.wait_for = std::move(list);
    task.number = number;
    blocked_ = true;
    return 0;
  };
  const auto take = [&](std::int32_t pid, int& status) {
    const auto at =
        std::find_if(shell.finished.begin(), shell.finished.end(), [&](const Finished& f) { return f.pid == pid; });
    if (at == shell.finished.end()) return false;
    status = at->status;
    shell.finished.erase(at);
    std::replace(shell.numbered.begin(), shell.numbered.end(), pid, 0);
    return true;
  };
  int status = 0;
  if (any) {
    for (const auto& finished : shell.finished) {
      if (pids.empty() || std::find(pids.begin(), pids.end(), finished.pid) != pids.end()) {
        take(finished.pid, status);
        return status;
      }
    }
    if (shell.jobs.empty()) return 127;
    return block(shell.jobs, -1);
  }
  if (pids.empty()) {
    if (!shell.jobs.empty()) return block({}, 0);
    shell.finished.clear();
    shell.numbered.clear();
    return 0;
  }
  for (const auto pid : pids) {
    if (std::find(shell.jobs.begin(), shell.jobs.end(), pid) != shell.jobs.end()) return block(pids, 0);
  }
  for (const auto pid : pids) {
    if (!take(pid, status)) {
      if (shell.dialect == Dialect::kBash)
        complain(task, "wait: pid " + std::to_string(pid) + " is not a child of this shell");
      status = 127;
    }
  }
  return status;
}

int Machine::biKill(Task& task, const Args& a) {
  int signal = kSigTerm;
  std::size_t i = 1;
  if (i < a.size() && (a[i] == "-s" || a[i] == "-n") && i + 1 < a.size()) {
    signal = signalNumber(a[i + 1]);
    i += 2;
  } else if (i < a.size() && a[i] == "-l") {
    if (i + 1 < a.size() && allDigits(a[i + 1])) write(task, 1, signalName(std::stoi(a[i + 1]) & 127) + "\n");
    return 0;
  } else if (i < a.size() && a[i].size() > 1 && a[i][0] == '-' && a[i] != "--") {
    signal = signalNumber(std::string_view(a[i]).substr(1));
    ++i;
  }
  if (i < a.size() && a[i] == "--") ++i;
  if (signal < 0) {
    complain(task, "kill: invalid signal specification");
    return 1;
  }
  int status = 0;
  const bool has_shell = !task.shell.empty();
  if (i >= a.size()) {
    if (has_shell)
      complain(task, "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]");
    return 2;
  }
  for (; i < a.size(); ++i) {
    std::string text = a[i];
    std::int32_t pid = 0;
    if (has_shell && text.size() > 1 && text[0] == '%' && allDigits(text.substr(1))) {
      pid = jobByNumber(shellOf(task), text);
    } else if (allDigits(text)) {
      pid = std::stoi(text);
    } else if (text.size() > 1 && text[0] == '-' && allDigits(text.substr(1))) {
      pid = std::stoi(text.substr(1));
      if (findTask(pid) != nullptr) killTree(pid, signal);
      continue;
    }
    if (pid == 0 && text == "0") {
      killTree(p_.tasks_.front()->pid, signal);
      continue;
    }
    Task* target = pid > 0 ? findTask(pid) : nullptr;
    if (target == nullptr || target->done) {
      complain(task, shellOf(task).dialect == Dialect::kBash ? "kill: (" + text + ") - No such process"
                                                             : "kill: No such process");
      status = 1;
      continue;
    }
    raise(*target, signal);
    if (task.done || task.shell.empty()) return 0;
  }
  return status;
}

int Machine::biShopt(Task& task, const Args& a) {
  bool on = true;
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (a[i] == "-s")
      on = true;
    else if (a[i] == "-u")
      on = false;
    else if (a[i] == "nullglob")
      shellOf(task).nullglob = on;
  }
  return 0;
}

int Machine::biType(Task& task, const Args& a) {
  const bool quiet = a[0] == "command" && a[1] == "-v";
  auto& shell = shellOf(task);
  std::size_t first = a[0] == "command" ? 2 : 1;
  bool kind_only = false;
  if (a[0] == "type" && a.size() > 1 && (a[1] == "-t" || a[1] == "-p" || a[1] == "-P")) {
    kind_only = a[1] == "-t";
    ++first;
  }
  int status = 0;
  for (std::size_t i = first; i < a.size(); ++i) {
    const auto& name = a[i];
    const bool function =
        std::any_of(shell.functions.begin(), shell.functions.end(), [&](const Function& f) { return f.name == name; });
    if (function || isBuiltin(name, shell.dialect)) {
      if (quiet) {
        write(task, 1, name + "\n");
      } else if (kind_only) {
        write(task, 1, function ? "function\n" : "builtin\n");
      } else {
        write(task, 1, name + (function ? " is a function\n" : " is a shell builtin\n"));
      }
    } else if (isKnownCommand(name)) {
      const std::string path = name[0] == '/' ? name : "/usr/bin/" + name;
      write(task, 1, kind_only ? "file\n" : quiet ? path + "\n" : name + " is " + path + "\n");
    } else {
      if (!quiet && !kind_only) complain(task, (a[0] == "type" ? "type: " : "") + name + ": not found");
      status = shell.dialect == Dialect::kBash ? 1 : 127;
    }
  }
  return status;
}

}  // namespace jobset_twin::workload::shell
