// ops.cpp - what each instruction does.
#include <algorithm>

#include <re2/re2.h>

#include "sim/workload/shell/known.hpp"
#include "sim/workload/shell/machine.hpp"
#include "sim/workload/shell/pattern.hpp"
#include "sim/workload/shell/quote.hpp"

namespace jobset_twin::workload::shell {
namespace {

constexpr std::size_t kNumberedJobs = 512;

// A background job without job control ignores what the keyboard sends (POSIX XCU 2.11).
void ignoreKeyboardSignals(Shell& shell) {
  for (const int signal : {kSigInt, kSigQuit}) {
    const auto same = [&](const Trap& trap) { return trap.signal == signal; };
    if (std::none_of(shell.traps.begin(), shell.traps.end(), same)) shell.traps.push_back({signal, ""});
  }
}

int failedRedirect(const Shell& shell) { return shell.dialect == Dialect::kDash ? 2 : 1; }

bool isExternal(const Shell& shell, const std::vector<std::string>& argv) {
  return !argv.empty() && !isBuiltin(argv[0], shell.dialect) &&
         std::none_of(shell.functions.begin(), shell.functions.end(),
                      [&](const Function& f) { return f.name == argv[0]; });
}

void markRedirects(Shell& shell, const Instruction& mark) {
  RedirectScope scope;
  scope.fail_to = mark.a;
  const bool own_process = mark.c == 2 || (mark.c == 1 && isExternal(shell, shell.args.back()));
  if (shell.dialect == Dialect::kBash && own_process) {
    scope.guarded = true;
    if (mark.b != 0) scope.restored = shell.variables;
  }
  shell.redirects.push_back(std::move(scope));
}

}  // namespace

void Machine::step(Task& task, const Instruction& ins) {
  auto& shell = shellOf(task);
  // The frame's code stays alive while the instruction runs: a frame may be popped by it.
  const std::shared_ptr<const Code> code = shell.frames.back().code.code;
  const auto index = static_cast<std::size_t>(ins.a);
  switch (ins.op) {
    case Op::kWord: shell.words.emplace_back(); return;
    case Op::kLiteral: {
      auto& word = shell.words.back();
      const auto& text = code->strings[index];
      word.text += text;
      word.marks.append(text.size(), static_cast<char>(ins.c));
      return;
    }
    case Op::kEmpty:
      shell.words.back().text += ' ';
      shell.words.back().marks += kMarkExists;
      return;
    case Op::kParam: return expandParam(task, code->params[index], ins.c != 0);
    case Op::kParamTest:
      if (paramTest(task, code->params[index], ins.c != 0)) shell.frames.back().pc = ins.b;
      return;
    case Op::kParamAssign: return paramAssign(task, code->params[index], ins.c != 0);
    case Op::kParamError: return paramError(task, code->params[index]);
    case Op::kArith: {
      const std::string text = popString(task);
      return appendValue(task, std::to_string(arithmetic(task, text)), ins.c != 0);
    }
    case Op::kField: return finishField(task);
    case Op::kArg: {
      std::string text = finishString(task, Op::kString);
      shell.args.back().push_back(std::move(text));
      return;
    }
    case Op::kString:
    case Op::kPattern:
    case Op::kRegex: {
      std::string text = finishString(task, ins.op);
      shell.strings.push_back(std::move(text));
      return;
    }
    case Op::kArgs: shell.args.emplace_back(); return;
    case Op::kAssign: {
      const AssignSpec& spec = code->assigns[index];
      std::string value = popString(task);
      if (spec.indexed) {
        const std::string subscript = popString(task);
        assignElement(task, spec.name, arithmetic(task, subscript), value, spec.append);
        trace(task, spec.name + "[" + subscript + "]" + (spec.append ? "+=" : "=") + quoteWord(value, shell.dialect));
      } else {
        assign(task, spec.name, value, spec.append);
        trace(task, spec.name + (spec.append ? "+=" : "=") + quoteWord(value, shell.dialect));
      }
      return;
    }
    case Op::kAssignArray: {
      const AssignSpec& spec = code->assigns[index];
      checkAssignable(task, spec.name);
      const std::vector<std::string> items = std::move(shell.args.back());
      shell.args.pop_back();
      Variable& v = variable(shell, spec.name);
      if (!v.array && v.set && spec.append) v.items.push_back({0, v.value});
      v.array = true;
      v.set = true;
      v.value.clear();
      if (!spec.append) v.items.clear();
      std::int64_t next = v.items.empty() ? 0 : v.items.back().index + 1;
      for (const auto& item : items) {
        v.items.push_back({next++, item});
        grow(item.size() + sizeof(Element));
      }
      trace(task, spec.source);
      return;
    }
    case Op::kPending: {
      const AssignSpec& spec = code->assigns[index];
      std::string value = popString(task);
      if (spec.indexed) (void)popString(task);
      if (shell.pending.size() < shell.args.size()) shell.pending.resize(shell.args.size());
      if (shell.dialect == Dialect::kBash)
        trace(task, spec.name + (spec.append ? "+=" : "=") + quoteWord(value, shell.dialect));
      shell.pending.back().push_back({spec.name, std::move(value), spec.append});
      return;
    }
    case Op::kTrace:
      dropExitTrap(shell);
      if (shell.xtrace && !shell.args.back().empty()) commandTrace(task, shell.args.back());
      return;
    case Op::kRedirMark:
      markRedirects(shell, ins);
      shell.redirects.back().depths = depths(shell);
      return;
    case Op::kRedirHere:
      if (shell.dialect != Dialect::kBash) shell.redirects.back().guarded = true;
      return;
    case Op::kRedirect: {
      const std::string target = popString(task);
      if (shell.dialect != Dialect::kBash) shell.redirects.back().guarded = false;
      return redirect(task, code->redirects[index], target);
    }
    case Op::kRedirPop: {
      RedirectScope& scope = shell.redirects.back();
      const bool failed = scope.failed;
      const int status = scope.status != 0 && shell.dialect == Dialect::kBash ? scope.status : failedRedirect(shell);
      if (!scope.restored.empty()) shell.variables = std::move(scope.restored);
      popRedirects(task, false);
      if (failed) shell.status = status;
      return;
    }
    case Op::kRedirSkip:
      endPart(shell);
      shell.redirects.back().guarded = false;
      if (shell.redirects.back().failed) shell.frames.back().pc = ins.a;
      return;
    case Op::kExec: {
      endPart(shell);
      std::vector<std::string> argv = std::move(shell.args.back());
      shell.args.pop_back();
      std::vector<PendingAssignment> pending;
      if (shell.pending.size() > shell.args.size()) {
        pending = std::move(shell.pending.back());
        shell.pending.pop_back();
      }
      const bool follows = code->instructions[static_cast<std::size_t>(shell.frames.back().pc)].op == Op::kRedirPop;
      if (follows && !shell.redirects.empty()) {
        RedirectScope& scope = shell.redirects.back();
        scope.guarded = false;
        if (scope.failed && shell.dialect != Dialect::kBash && !argv.empty() && isSpecialBuiltin(argv[0]))
          throw ExitTask{failedRedirect(shell)};
        if (scope.failed) return;
      }
      return execute(task, std::move(argv), std::move(pending));
    }
    case Op::kErrCheck: return checkError(task);
    case Op::kArithCommand: {
      const std::string text = popString(task);
      trace(task, "(( " + text + " ))");
      shell.status = 1;
      try {
        if (arithmetic(task, text) != 0) shellOf(task).status = 0;
      } catch (const AbortLine&) {
        // A wrong expression is a false one.
        if (ins.b != 0) shellOf(task).frames.back().pc = ins.b;
      }
      return;
    }
    case Op::kTraceText: return trace(task, code->strings[index]);
    case Op::kCondUnary:
    case Op::kCondBinary: return conditional(task, ins, ins.op == Op::kCondBinary);
    default: return control(task, ins);
  }
}

void Machine::control(Task& task, const Instruction& ins) {
  auto& shell = shellOf(task);
  const std::shared_ptr<const Code> code = shell.frames.back().code.code;
  std::int32_t& pc = shell.frames.back().pc;
  switch (ins.op) {
    case Op::kIgnore: shell.ignore_errors += ins.a; return;
    case Op::kJump: pc = ins.a; return;
    case Op::kJumpTrue:
      if (shell.status == 0) pc = ins.a;
      return;
    case Op::kJumpFalse:
      if (shell.status != 0) pc = ins.a;
      return;
    case Op::kNot: shell.status = ins.c != 0 && shell.status > 1 ? shell.status : shell.status == 0 ? 1 : 0; return;
    case Op::kStatus:
      // c: an assignment without a command; its status is that of its last command substitution.
      if (ins.c == 2) endPart(shell);
      if (ins.c == 1) {
        shell.substitution_ran = false;
      } else if (ins.c == 0 || !shell.substitution_ran) {
        shell.status = ins.a;
      } else {
        shell.status = shell.substitution_status;
      }
      return;
    case Op::kLoop: {
      Loop loop;
      loop.break_to = ins.a;
      loop.continue_to = ins.b;
      loop.depths = depths(shell);
      shell.loops.push_back(std::move(loop));
      ++shell.loops.back().depths.loops;
      return;
    }
    case Op::kLoopStatus: shell.loops.back().status = shell.status; return;
    case Op::kLoopResult: shell.status = shell.loops.back().status; return;
    case Op::kLoopEnd: shell.loops.pop_back(); return;
    case Op::kForItems: {
      auto& loop = shell.loops.back();
      if (ins.c != 0) {
        loop.items = shell.positional;
      } else {
        loop.items = std::move(shell.args.back());
        shell.args.pop_back();
        --loop.depths.args;  // the list was there when the loop began
      }
      return;
    }
    case Op::kForNext: {
      auto& loop = shell.loops.back();
      if (loop.next >= loop.items.size()) {
        pc = ins.b;
        return;
      }
      const std::string item = loop.items[loop.next++];
      return assign(task, code->strings[static_cast<std::size_t>(ins.a)], item);
    }
    case Op::kCaseMatch: {
      const std::string pattern = popString(task);
      if (matches(pattern, shell.strings.back())) pc = ins.a;
      return;
    }
    case Op::kCaseEnd: shell.strings.pop_back(); return;
    case Op::kFunction: {
      const std::string& name = code->strings[static_cast<std::size_t>(ins.a)];
      std::erase_if(shell.functions, [&](const Function& f) { return f.name == name; });
      shell.functions.push_back({name, shell.frames.back().code, pc});
      pc = ins.b;
      shell.status = 0;
      return;
    }
    case Op::kReturn: return returnFrom(task);
    case Op::kTaskEnd: return exitShell(task, shell.status);
    case Op::kCommand: {
      const auto [reader, writer] = makePipe(true);
      Task& child = fork(task);
      pc = ins.a;
      task.capture = reader;
      task.quoted = ins.c != 0;
      task.wait = Wait::kCapture;
      task.number = child.pid;
      setFd(child, 1, writer);
      release(writer);
      ++shellOf(child).trace_depth;
      if (shell.dialect == Dialect::kBash)
        shellOf(child).errexit = false;
      else
        shellOf(child).ignore_errors = 0;  // a substitution in a condition is none itself
      return;
    }
    case Op::kSubshell: {
      Task& child = fork(task);
      pc = ins.a;
      task.wait = Wait::kChild;
      task.number = child.pid;
      return;
    }
    case Op::kBackground: {
      Task& child = fork(task);
      pc = ins.a;
      OpenFile null;
      null.kind = FileKind::kNull;
      setFd(child, 0, newFile(null));
      shellOf(child).ignore_errors = 0;
      ignoreKeyboardSignals(shellOf(child));
      beginPart(shell, shellOf(child), ins.c);
      shell.last_job = child.pid;
      shell.jobs.push_back(child.pid);
      while (!shell.numbered.empty() && shell.numbered.back() == 0) shell.numbered.pop_back();
      shell.numbered.push_back(child.pid);
      if (shell.numbered.size() > kNumberedJobs) shell.numbered.erase(shell.numbered.begin());
      shell.status = 0;
      return;
    }
    case Op::kPipe: {
      Pipeline pipe;
      pipe.stages = ins.a;
      shell.pipes.push_back(std::move(pipe));
      return;
    }
    case Op::kPipeStage: {
      auto& pipe = shell.pipes.back();
      Task& child = fork(task);
      pc = ins.a;
      pipe.pids.push_back(child.pid);
      beginPart(shell, shellOf(child), ins.c);
      if (pipe.read_end >= 0) {
        setFd(child, 0, pipe.read_end);
        release(pipe.read_end);
        pipe.read_end = -1;
      }
      if (static_cast<std::int32_t>(pipe.pids.size()) < pipe.stages) {
        const auto [reader, writer] = makePipe(false);
        setFd(child, 1, writer);
        release(writer);
        pipe.read_end = reader;
      }
      return;
    }
    case Op::kPipeWait: task.wait = Wait::kPipeline; return;
    default: return;
  }
}

void Machine::checkError(Task& task) {
  auto& shell = shellOf(task);
  if (shell.status == 0 || shell.ignore_errors > 0) return;
  const auto trap =
      std::find_if(shell.traps.begin(), shell.traps.end(), [](const Trap& t) { return t.signal == kTrapErr; });
  const bool inside = std::any_of(shell.frames.begin(), shell.frames.end(), [](const Frame& f) {
    return f.kind == FrameKind::kFunction || f.kind == FrameKind::kTrap;
  });
  if (trap != shell.traps.end() && !trap->action.empty() && !inside) {
    if (shell.errexit) {
      // The trap runs first, then the shell ends: the frame that is left when the trap returns says so.
      Trap copy = *trap;
      copy.action += "\nexit " + std::to_string(shell.status);
      return runTrap(task, copy);
    }
    const Trap copy = *trap;
    return runTrap(task, copy);
  }
  if (shell.errexit) throw ExitTask{shell.status, true};
}

void Machine::returnFrom(Task& task) {
  auto& shell = shellOf(task);
  const Frame& frame = shell.frames.back();
  if (shell.frames.size() == 1) {
    if (frame.kind == FrameKind::kTrap && shell.exiting) return finishTask(task, frame.saved_status);
    if (frame.kind == FrameKind::kMain && frame.code.code->failed &&
        frame.code.code->instructions.size() <= static_cast<std::size_t>(frame.pc)) {
      const auto& error = frame.code.code->error;
      complain(task, "syntax error: " + error.text);
      throw ExitTask{shell.dialect == Dialect::kBash ? 2 : 2};
    }
    return exitShell(task, shell.status);
  }
  const bool failed = (frame.kind == FrameKind::kEval || frame.kind == FrameKind::kSource) && frame.code.code->failed;
  if (failed) {
    complain(task, "syntax error: " + frame.code.code->error.text);
    shell.status = 2;
    popFrame(task);
    if (shell.dialect != Dialect::kBash) throw ExitTask{2};
    shellOf(task).status = shell.status == 0 ? 2 : shell.status;
    return;
  }
  if (frame.kind == FrameKind::kEval && shell.xtrace) --shell.trace_depth;
  popFrame(task);
}

void Machine::breakLoop(Task& task, int levels, bool go_on) {
  auto& shell = shellOf(task);
  // Loops of the function that is running; eval and traps may leave the loop they stand in.
  std::size_t frame = shell.frames.size();
  while (frame > 1 && shell.frames[frame - 1].kind != FrameKind::kFunction &&
         shell.loops.size() <= shell.frames[frame - 1].depths.loops) {
    --frame;
  }
  std::size_t base = 0;
  for (std::size_t f = frame; f > 0; --f) {
    if (shell.frames[f - 1].kind == FrameKind::kFunction) {
      base = shell.frames[f - 1].depths.loops;
      break;
    }
  }
  if (shell.loops.size() <= base) {
    if (shell.dialect == Dialect::kBash && !shell.child) {
      complain(task,
               std::string(go_on ? "continue" : "break") + ": only meaningful in a `for', `while', or `until' loop");
    }
    return;
  }
  std::size_t target = shell.loops.size() - std::min(static_cast<std::size_t>(levels), shell.loops.size() - base);
  std::size_t keep = shell.frames.size();
  while (keep > 1 && shell.frames[keep - 1].depths.loops > target) --keep;
  const std::int32_t to = go_on ? shell.loops[target].continue_to : shell.loops[target].break_to;
  const Depths d = shell.loops[target].depths;
  unwindTo(task, keep);
  cutBack(task, d);
  shell.status = 0;
  shell.loops.back().status = 0;
  shell.frames.back().pc = to;
}

void Machine::conditional(Task& task, const Instruction& ins, bool binary) {
  auto& shell = shellOf(task);
  const auto& op = shell.frames.back().code.code->strings[static_cast<std::size_t>(ins.a)];
  const std::string right = binary ? popString(task) : "";
  const std::string left = popString(task);
  const auto shown = [](const std::string& text) { return text.empty() ? std::string("''") : text; };
  const std::string no = ins.c != 0 ? "! " : "";
  if (!binary) {
    trace(task, "[[ " + no + op + " " + shown(left) + " ]]");
    shell.status = (op == "-n" ? !left.empty() : op == "-z" ? left.empty() : fileTest(task, op[1], left)) ? 0 : 1;
    return;
  }
  trace(task, "[[ " + no + shown(left) + " " + op + " " + shown(right) + " ]]");
  bool result = false;
  if (op == "=" || op == "==") {
    result = matches(right, left);
  } else if (op == "!=") {
    result = !matches(right, left);
  } else if (op == "<") {
    result = left < right;
  } else if (op == ">") {
    result = left > right;
  } else if (op == "=~") {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_posix_syntax(true);
    options.set_perl_classes(true);
    options.set_word_boundary(true);
    options.set_never_nl(false);
    options.set_longest_match(true);
    options.set_one_line(true);
    options.set_encoding(RE2::Options::EncodingLatin1);
    options.set_max_mem(1 << 20);
    const RE2 regex(right, options);
    if (!regex.ok()) {
      shell.status = 2;
      return;
    }
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
    result = regex.Match(left, 0, left.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()));
    Variable& v = variable(shell, "BASH_REMATCH");
    v.array = true;
    v.set = true;
    v.items.clear();
    for (std::size_t i = 0; result && i < groups.size(); ++i) {
      v.items.push_back({static_cast<std::int64_t>(i),
                         std::string(groups[i].data() == nullptr ? "" : groups[i].data(), groups[i].size())});
    }
  } else if (op == "-nt" || op == "-ot" || op == "-ef") {
    complain(task, "[[ " + op + " ]]: the simulator keeps no file times");
    result = false;
  } else {
    std::int64_t a = 0, b = 0;
    try {
      a = arithmetic(task, left);
      b = arithmetic(task, right);
    } catch (const AbortLine& wrong) {
      shellOf(task).status = wrong.status;
      return;
    }
    result = op == "-eq"   ? a == b
             : op == "-ne" ? a != b
             : op == "-lt" ? a < b
             : op == "-le" ? a <= b
             : op == "-gt" ? a > b
                           : a >= b;
  }
  shell.status = result ? 0 : 1;
}

void Machine::trace(Task& task, const std::string& text) {
  auto& shell = shellOf(task);
  if (!shell.xtrace) return;
  bool set = false;
  std::string prefix = parameter(task, "PS4", &set);
  if (!set) prefix = "+ ";
  if (shell.dialect == Dialect::kBash && !prefix.empty())
    prefix.insert(0, static_cast<std::size_t>(std::min(shell.trace_depth, 99)), prefix[0]);
  write(task, 2, prefix + text + "\n");
}

void Machine::commandTrace(Task& task, const std::vector<std::string>& argv) {
  std::string text;
  const Shell& shell = shellOf(task);
  if (shell.dialect != Dialect::kBash && shell.pending.size() >= shell.args.size()) {
    // On the command's own line, not on lines before it.
    for (const auto& p : shell.pending.back())
      text += (text.empty() ? "" : " ") + p.name + "=" + quoteWord(p.value, shell.dialect);
  }
  for (const auto& word : argv) {
    if (!text.empty()) text += ' ';
    text += quoteWord(word, shellOf(task).dialect);
  }
  trace(task, text);
}

void Machine::complain(Task& task, const std::string& text) {
  if (task.shell.empty()) return write(task, 2, text + "\n");
  auto& shell = shellOf(task);
  int line = 1;
  // A trap's or eval's own lines count from where they run, as the shells have it.
  for (auto it = shell.frames.rbegin(); it != shell.frames.rend(); ++it) {
    if (it->kind == FrameKind::kTrap && it + 1 != shell.frames.rend()) continue;
    line = it->code.code->instructions[static_cast<std::size_t>(std::max(0, it->pc - 1))].line;
    break;
  }
  if (shell.dialect == Dialect::kBash) {
    write(task, 2, shell.name + ": line " + std::to_string(line) + ": " + text + "\n");
  } else {
    write(task, 2,
          shell.name + ": " + (shell.dialect == Dialect::kAsh ? "line " : "") + std::to_string(line) + ": " + text +
              "\n");
  }
}

}  // namespace jobset_twin::workload::shell
