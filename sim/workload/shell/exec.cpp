// exec.cpp - a simple command: functions, builtins, shells within shells, external commands.
#include <algorithm>

#include "sim/workload/shell/known.hpp"
#include "sim/workload/shell/machine.hpp"

namespace jobset_twin::workload::shell {

void Machine::saveLocal(Task& task, std::string_view name) {
  auto& shell = shellOf(task);
  for (auto it = shell.frames.rbegin(); it != shell.frames.rend(); ++it) {
    if (it->kind != FrameKind::kFunction) continue;
    for (const auto& saved : it->locals) {
      if (saved.variable.name == name) return;
    }
    SavedVariable saved;
    if (const Variable* v = findVariable(shell, name)) {
      saved.existed = true;
      saved.variable = *v;
    }
    saved.variable.name = name;
    it->locals.push_back(std::move(saved));
    return;
  }
}

void Machine::restore(Task& task, std::vector<SavedVariable>& saved) {
  auto& shell = shellOf(task);
  for (auto it = saved.rbegin(); it != saved.rend(); ++it) {
    if (it->existed) {
      variable(shell, it->variable.name) = it->variable;
    } else {
      eraseVariable(shell, it->variable.name);
    }
  }
  saved.clear();
}

void Machine::applyTemporary(Task& task, const std::vector<PendingAssignment>& pending,
                             std::vector<SavedVariable>& saved) {
  auto& shell = shellOf(task);
  for (const auto& p : pending) {
    SavedVariable old;
    if (const Variable* v = findVariable(shell, p.name)) {
      old.existed = true;
      old.variable = *v;
    }
    old.variable.name = p.name;
    saved.push_back(std::move(old));
    assign(task, p.name, p.value, p.append);
    variable(shell, p.name).exported = true;
  }
}

void Machine::callFunction(Task& task, const Function& function, std::vector<std::string> argv,
                           const std::vector<PendingAssignment>& pending) {
  const auto code = function.code.code;
  const auto entry = function.entry;
  const std::string name = function.name;
  pushCode(task, FrameKind::kFunction, code);
  auto& shell = shellOf(task);
  Frame& frame = shell.frames.back();
  frame.pc = entry;
  frame.function = name;
  frame.has_positional = true;
  frame.positional = std::move(shell.positional);
  argv.erase(argv.begin());
  shell.positional = std::move(argv);
  std::vector<SavedVariable> saved;
  applyTemporary(task, pending, saved);
  shellOf(task).frames.back().locals = std::move(saved);
}

void Machine::execute(Task& task, std::vector<std::string> argv, std::vector<PendingAssignment> pending) {
  auto& shell = shellOf(task);
  budget_ -= 2;
  if (argv.empty()) {
    for (const auto& p : pending) assign(task, p.name, p.value, p.append);
    shell.status = shell.substitution_ran ? shell.substitution_status : 0;
    return;
  }
  const bool special = isSpecialBuiltin(argv[0]);
  if (!special || shell.dialect == Dialect::kBash) {
    const auto function = std::find_if(shell.functions.begin(), shell.functions.end(),
                                       [&](const Function& f) { return f.name == argv[0]; });
    if (function != shell.functions.end()) {
      const Function copy = *function;
      return callFunction(task, copy, std::move(argv), pending);
    }
  }
  if (isBuiltin(argv[0], shell.dialect)) {
    std::vector<SavedVariable> saved;
    const bool keep = special && shell.dialect != Dialect::kBash;
    const bool is_exec = argv[0] == "exec";
    if (!is_exec) applyTemporary(task, pending, saved);
    bool handled = true;
    int status = 0;
    try {
      blocked_ = false;
      status = builtin(task, argv, pending, handled);
    } catch (...) {
      if (!task.done && !task.shell.empty() && !keep) restore(task, saved);
      throw;
    }
    if (task.done || task.shell.empty()) return;
    if (blocked_) {
      restore(task, saved);
      blocked_ = false;
      Running running;
      running.kind = RunKind::kBuiltin;
      running.argv = std::move(argv);
      running.pending = std::move(pending);
      task.running.push_back(std::move(running));
      return;
    }
    if (!keep) restore(task, saved);
    if (handled) shellOf(task).status = status & 0xFF;
    return;
  }
  if (pending.empty()) return runCommand(task, std::move(argv), true);
  std::vector<SavedVariable> saved;
  applyTemporary(task, pending, saved);
  // The environment that the command sees is taken when it starts.
  runCommand(task, std::move(argv), true);
  if (!task.shell.empty()) restore(task, saved);
}

std::vector<std::pair<std::string, std::string>> Machine::exportedEnvironment(const Task& task) const {
  if (task.shell.empty()) return task.environment;
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& v : shellOf(task).variables) {
    if (v.exported && v.set && !v.array) out.emplace_back(v.name, v.value);
  }
  return out;
}

// An external command in the task's foreground. A shell becomes a child, so that its state is its own.
void Machine::runCommand(Task& task, std::vector<std::string> argv, bool fork_shells) {
  std::string problem;
  const auto dialect = task.shell.empty() ? Dialect::kAsh : shellOf(task).dialect;
  const auto program = shellProgram(argv, dialect == Dialect::kBash ? Dialect::kBash : dialect, problem);
  if (program != nullptr && problem.empty()) {
    if (!fork_shells) return becomeShell(task, *program);
    Task& child = fork(task);
    becomeShell(child, *program);
    task.wait = Wait::kChild;
    task.number = child.pid;
    return;
  }
  startRunning(task, std::move(argv));
}

void Machine::becomeShell(Task& task, const Program& program) {
  const auto environment = exportedEnvironment(task);
  if (!task.shell.empty()) {
    for (auto& scope : shellOf(task).redirects) {
      for (const auto& saved : scope.saved) release(saved.file);
    }
    for (auto& pipe : shellOf(task).pipes) release(pipe.read_end);
  }
  task.shell.clear();
  task.fatal = false;
  startShell(task, program, environment, host_.now());
}

void Machine::startShell(Task& task, const Program& program,
                         const std::vector<std::pair<std::string, std::string>>& environment, TimePoint now) {
  Shell shell;
  shell.dialect = program.dialect;
  shell.name = program.name;
  shell.positional = program.positional;
  shell.main_pid = task.pid;
  shell.started = now;
  for (const char flag : program.flags) {
    switch (flag) {
      case 'e': shell.errexit = true; break;
      case 'u': shell.nounset = true; break;
      case 'x': shell.xtrace = true; break;
      case 'f': shell.noglob = true; break;
      case 'a': shell.allexport = true; break;
      case 'p': shell.pipefail = true; break;
      default: break;
    }
  }
  for (const auto& [name, value] : environment) {
    if (!isName(name)) continue;
    Variable& v = variable(shell, name);
    v.value = value;
    v.set = true;
    v.exported = true;
  }
  const auto preset = [&](std::string_view name, const std::string& value, bool exported) {
    Variable& v = variable(shell, name);
    if (!v.set || name == "IFS" || name == "PWD") v.value = value;
    v.set = true;
    v.exported |= exported;
  };
  preset("IFS", " \t\n", false);
  preset("OPTIND", "1", false);
  preset("PWD", task.directory, true);
  preset("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", false);
  if (program.dialect == Dialect::kBash) {
    preset("SHLVL", "1", true);
    Variable& v = variable(shell, "_");
    v.set = true;
    v.value = "/bin/bash";
  }
  Frame frame;
  frame.code.code = program.code;
  shell.frames.push_back(std::move(frame));
  task.shell.push_back(std::move(shell));
}

}  // namespace jobset_twin::workload::shell
