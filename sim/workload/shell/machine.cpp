// machine.cpp - the scheduler of a container's tasks: who can run, children, signals, ends.
#include "sim/workload/shell/machine.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace jobset_twin::workload::shell {
namespace {

constexpr std::size_t kMaxTasks = 512;
constexpr std::size_t kMaxFrames = 5000;  // real shells crash after some thousands or tens of thousands
constexpr std::size_t kRememberedJobs = 64;
constexpr std::size_t kPipeCapacity = 65536;

}  // namespace

Step Machine::run() {
  budget_ = Process::kBudget;
  if (!p_.exit_code_) {
    const auto signals = std::move(p_.incoming_);
    p_.incoming_.clear();
    for (const int signal : signals) {
      if (!p_.tasks_.empty()) raise(*p_.tasks_.front(), signal);
    }
    if (!signals.empty()) p_.busy_until_ = std::min(p_.busy_until_, host_.now());  // it notices at once
  }
  if (p_.fresh_ && !p_.exit_code_) {
    p_.fresh_ = false;
    const auto argv = std::move(p_.argv_);
    p_.argv_.clear();
    runCommand(*p_.tasks_.front(), argv, false);
  }
  if (p_.exit_code_ || host_.now() < p_.busy_until_) return rest();
  bool progress = true;
  while (progress && !exhausted_ && !p_.exit_code_) {
    progress = false;
    for (std::size_t i = 0; i < p_.tasks_.size() && !exhausted_ && !p_.exit_code_; ++i) {
      Task& task = *p_.tasks_[i];
      if (task.done || !runnable(task)) continue;
      runTask(task);
      progress = true;
    }
    std::erase_if(p_.tasks_, [&](const Box<Task>& box) {
      if (!box->done || box->pid == p_.tasks_.front()->pid) return false;
      const Task* parent = findTask(box->parent);
      if (parent == nullptr || parent->done) return true;
      if (!parent->running.empty() && parent->running[0].kind == RunKind::kTimeout) return false;
      if (parent->wait == Wait::kChild || parent->wait == Wait::kCapture) return parent->number != box->pid;
      if (!parent->shell.empty()) {
        for (const auto& pipe : shellOf(*parent).pipes) {
          if (std::find(pipe.pids.begin(), pipe.pids.end(), box->pid) != pipe.pids.end()) return false;
        }
      }
      return true;
    });
  }
  return rest();
}

Step Machine::rest() {
  Step step = std::move(out_);
  // What grows slowly is not seen by grow(), which counts within one run.
  if (!p_.exit_code_ && grown_ > 0 && p_.memory() > p_.max_memory_) p_.out_of_memory_ = true;
  if (p_.out_of_memory_) p_.exit_code_ = 137;
  if (p_.exit_code_) {
    for (int stream = 1; stream <= 2; ++stream) {
      auto& partial = p_.partial_[stream - 1];
      if (!partial.empty()) step.output.push_back({stream, std::move(partial), false});
      partial.clear();
    }
    p_.tasks_.clear();
    p_.files_.clear();
    p_.pipes_.clear();
    p_.answers_.clear();
    step.exit_code = p_.exit_code_;
    step.out_of_memory = p_.out_of_memory_;
    step.requests.clear();
    p_.idle_ = false;
    return step;
  }
  if (exhausted_) {
    chargeTime();
  } else if (host_.now() >= p_.busy_until_) {
    p_.busy_ns_ = p_.lines_ = p_.bytes_ = 0;
  }
  if (host_.now() < p_.busy_until_) {
    step.wake = p_.busy_until_;
    step.computing = true;
  } else {
    for (const auto& box : p_.tasks_) {
      const auto consider = [&](TimePoint at) {
        if (!step.wake || at < *step.wake) step.wake = at;
      };
      if (box->wait == Wait::kTime) consider(box->until);
      if (box->wait == Wait::kChild && !box->running.empty() && box->running[0].kind == RunKind::kTimeout &&
          !box->running[0].signalled && box->running[0].until != TimePoint{}) {
        consider(box->running[0].until);
      }
    }
  }
  detectIdle(step);
  return step;
}

// It computes and does not wait: virtual time passes all the same. At first as much as a shell takes, later a part of
// the time that it has computed for, so that hours of it cost few rounds; a smaller part where it looks at the clock or
// another of its tasks waits for a time.
void Machine::chargeTime() {
  constexpr Duration kRound = std::chrono::milliseconds(20);
  constexpr Duration kRealistic = std::chrono::seconds(5);
  constexpr int kPart = 16;
  constexpr int kPartByTheClock = 256;
  const Duration spent(p_.busy_ns_);
  Duration charge = spent < kRealistic ? kRound : spent / (clock_ ? kPartByTheClock : kPart);
  Duration next = Duration::max();
  for (const auto& box : p_.tasks_) {
    if (box->wait == Wait::kTime && box->until > host_.now()) next = std::min(next, box->until - host_.now());
    if (box->wait == Wait::kChild && !box->running.empty() && box->running[0].until > host_.now())
      next = std::min(next, box->running[0].until - host_.now());
  }
  charge = std::max({kRound, spent / kPartByTheClock, std::min(charge, next)});
  p_.busy_ns_ += charge.count();
  p_.busy_until_ = host_.now() + charge;
}

bool Machine::runnable(Task& task) {
  const auto childDone = [&](std::int32_t pid) {
    const Task* child = findTask(pid);
    return child == nullptr || child->done;
  };
  const auto hasTrapped = [&] { return !task.signals.empty(); };
  switch (task.wait) {
    case Wait::kNone: return true;
    case Wait::kTime: return host_.now() >= task.until;
    case Wait::kForever: return false;
    case Wait::kRequest:
      return std::any_of(p_.answers_.begin(), p_.answers_.end(),
                         [&](const auto& a) { return a.first == task.request; });
    case Wait::kChild:
      if (!task.running.empty() && task.running[0].kind == RunKind::kTimeout) {
        const auto& timeout = task.running[0];
        return childDone(task.number) ||
               (!timeout.signalled && timeout.until != TimePoint{} && host_.now() >= timeout.until);
      }
      return childDone(task.number);
    case Wait::kCapture: {
      if (!childDone(task.number)) return false;
      return p_.pipes_[static_cast<std::size_t>(p_.files_[static_cast<std::size_t>(task.capture)].pipe)].writers == 0;
    }
    case Wait::kPipeline: {
      const auto& pids = shellOf(task).pipes.back().pids;
      return std::all_of(pids.begin(), pids.end(), childDone);
    }
    case Wait::kJobs: {
      if (hasTrapped()) return true;
      const auto& jobs = shellOf(task).jobs;
      if (task.wait_for.empty()) return jobs.empty();
      if (task.number == -1) return jobs.size() < task.wait_for.size();  // wait -n
      return std::none_of(task.wait_for.begin(), task.wait_for.end(),
                          [&](auto pid) { return std::find(jobs.begin(), jobs.end(), pid) != jobs.end(); });
    }
    case Wait::kReadable:
    case Wait::kWritable: {
      const int file = getFd(task, task.number);
      if (file < 0) return true;
      const auto& open = p_.files_[static_cast<std::size_t>(file)];
      if (open.kind != FileKind::kPipe) return true;
      const auto& pipe = p_.pipes_[static_cast<std::size_t>(open.pipe)];
      if (task.wait == Wait::kReadable) return pipe.data.size() > task.request || pipe.writers == 0;
      return pipe.data.size() < kPipeCapacity || pipe.readers == 0;
    }
  }
  return true;
}

// What the end of a wait brings, before the task goes on.
void Machine::wake(Task& task) {
  const Wait why = task.wait;
  task.wait = Wait::kNone;
  const auto childStatus = [&](std::int32_t pid) {
    const Task* child = findTask(pid);
    return child == nullptr ? 0 : child->exit_status;
  };
  switch (why) {
    case Wait::kChild:
      if (task.running.empty())
        (task.shell.empty() ? task.exit_status : shellOf(task).status) = childStatus(task.number);
      return;
    case Wait::kCapture: {
      auto& shell = shellOf(task);
      // bash has it in $? at once, also for the words that follow; the others when the command is done.
      shell.substitution_status = childStatus(task.number);
      if (shell.dialect == Dialect::kBash) shell.status = shell.substitution_status;
      shell.substitution_ran = true;
      std::string data;
      auto& pipe = p_.pipes_[static_cast<std::size_t>(p_.files_[static_cast<std::size_t>(task.capture)].pipe)];
      data = std::move(pipe.data);
      pipe.data.clear();
      release(task.capture);
      task.capture = -1;
      std::erase(data, '\0');
      while (!data.empty() && data.back() == '\n') data.pop_back();
      appendValue(task, data, task.quoted);
      return;
    }
    case Wait::kPipeline: {
      auto& shell = shellOf(task);
      auto& pipe = shell.pipes.back();
      shell.pipe_statuses.clear();
      for (const auto pid : pipe.pids) shell.pipe_statuses.push_back(childStatus(pid));
      shell.status = shell.pipe_statuses.back();
      if (shell.pipefail) {
        for (const auto status : shell.pipe_statuses) {
          if (status != 0) shell.status = status;
        }
      }
      shell.pipes.pop_back();
      return;
    }
    case Wait::kRequest: {
      const auto found =
          std::find_if(p_.answers_.begin(), p_.answers_.end(), [&](const auto& a) { return a.first == task.request; });
      const Answer answer = found->second;
      p_.answers_.erase(found);
      task.request = 0;
      finishRequest(task, answer);
      return;
    }
    default: return;
  }
}

void Machine::runTask(Task& task) {
  current_ = &task;
  slice_end_ = budget_ - kSlice;
  try {
    if (task.wait != Wait::kNone) wake(task);
    interpret(task);
  } catch (const ExitTask& exit) {
    finishTask(task, exit.status);
  }
  current_ = nullptr;
}

void Machine::interpret(Task& task) {
  while (!task.done && task.wait == Wait::kNone && !p_.exit_code_) {
    if (--budget_ < 0) {
      exhausted_ = true;
      return;
    }
    if (budget_ < slice_end_ && p_.tasks_.size() > 1) return;  // the others' turn
    try {
      if (!task.running.empty()) {
        proceed(task);
        continue;
      }
      if (task.shell.empty() || task.fatal) {
        finishTask(task, task.shell.empty() ? task.exit_status : shellOf(task).status);
        return;
      }
      Frame& frame = shellOf(task).frames.back();
      const Instruction& ins = frame.code.code->instructions[static_cast<std::size_t>(frame.pc)];
      const bool boundary = ins.op == Op::kUnit || ins.op == Op::kArgs || ins.op == Op::kErrCheck ||
                            ins.op == Op::kJump || ins.op == Op::kReturn;
      if (boundary && !task.signals.empty() && deliverSignals(task)) continue;
      ++frame.pc;
      step(task, ins);
    } catch (const ExitTask& exit) {
      if (!failRedirect(task, exit.status)) exitShell(task, exit.status, exit.error);
    } catch (const AbortLine& abort) {
      if (!failRedirect(task, abort.status)) abortLine(task, abort.status);
    } catch (const Crash&) {
      killTask(task, kSigSegv);
    }
  }
}

Task* Machine::findTask(std::int32_t pid) {
  for (auto& box : p_.tasks_) {
    if (box->pid == pid) return &*box;
  }
  return nullptr;
}

// The lowest number that neither a task nor a remembered job has: so that a loop that starts jobs comes back to a
// state that it had.
std::int32_t Machine::freePid() {
  for (std::int32_t pid = p_.tasks_.front()->pid + 1;; ++pid) {
    bool taken = false;
    for (const auto& box : p_.tasks_) {
      taken |= box->pid == pid;
      if (box->shell.empty()) continue;
      for (const auto& finished : shellOf(*box).finished) taken |= finished.pid == pid;
    }
    if (!taken) return pid;
  }
}

Task& Machine::fork(Task& parent) {
  if (p_.tasks_.size() >= kMaxTasks) {
    complain(parent, "fork: retry: Resource temporarily unavailable");
    throw ExitTask{254};
  }
  budget_ -= 20;
  const std::int32_t pid = freePid();
  Box<Task> box;
  Task& child = *box;
  child.pid = pid;
  child.parent = parent.pid;
  child.fds = parent.fds;
  child.directory = parent.directory;
  child.environment = parent.environment;
  for (const int file : child.fds) retain(file);
  if (!parent.shell.empty()) {
    const Shell& from = shellOf(parent);
    Shell shell;
    shell.dialect = from.dialect;
    shell.errexit = from.errexit;
    shell.nounset = from.nounset;
    shell.xtrace = from.xtrace;
    shell.pipefail = from.pipefail;
    shell.noglob = from.noglob;
    shell.nullglob = from.nullglob;
    shell.allexport = from.allexport;
    shell.name = from.name;
    shell.variables = from.variables;
    shell.functions = from.functions;
    shell.positional = from.positional;
    shell.status = from.status;
    shell.trace_depth = from.trace_depth;
    shell.ignore_errors = from.ignore_errors;
    shell.last_job = from.last_job;
    shell.pipe_statuses = from.pipe_statuses;
    shell.main_pid = from.main_pid;
    shell.started = from.started;
    shell.child = true;
    for (const auto& trap : from.traps) {
      if (trap.action.empty() && trap.signal > 0) shell.traps.push_back(trap);
    }
    Frame frame = from.frames.back();
    frame.depths = {};
    frame.depths.ignore = from.ignore_errors;
    frame.locals.clear();
    frame.has_positional = false;
    if (frame.kind == FrameKind::kTrap || frame.kind == FrameKind::kEval) frame.kind = FrameKind::kMain;
    shell.frames.push_back(std::move(frame));
    child.shell.push_back(std::move(shell));
  }
  p_.tasks_.push_back(std::move(box));
  return *p_.tasks_.back();
}

void Machine::beginPart(const Shell& parent, Shell& part, int kind) {
  if (part.dialect != Dialect::kBash || kind == 0) return;
  part.part = true;
  part.child = parent.child;
  if (kind != 1) return;
  for (const auto& trap : parent.traps) {
    if (trap.signal == kTrapExit) part.traps.push_back(trap);
  }
}

void Machine::dropExitTrap(Shell& part) {
  if (part.part) std::erase_if(part.traps, [](const Trap& trap) { return trap.signal == kTrapExit; });
}

void Machine::endPart(Shell& shell) {
  if (!shell.part) return;
  dropExitTrap(shell);
  shell.part = false;
  shell.child = true;
}

void Machine::finishTask(Task& task, int status) {
  if (task.done) return;
  task.done = true;
  task.exit_status = status & 0xFF;
  if (!task.shell.empty() && shellOf(task).killed_by != 0) task.exit_status = 128 + shellOf(task).killed_by;
  task.wait = Wait::kNone;
  task.running.clear();
  closeAll(task);
  task.shell.clear();
  if (task.pid == p_.tasks_.front()->pid) {
    p_.exit_code_ = task.exit_status;
    return;
  }
  Task* parent = findTask(task.parent);
  if (parent == nullptr || parent->shell.empty()) return;
  auto& shell = shellOf(*parent);
  if (std::erase(shell.jobs, task.pid) == 0) return;
  shell.finished.push_back({task.pid, task.exit_status});
  if (shell.finished.size() > kRememberedJobs) shell.finished.erase(shell.finished.begin());
  for (const auto& trap : shell.traps) {
    if (trap.signal == kSigChld) raise(*parent, kSigChld);
  }
}

void Machine::killTask(Task& task, int signal) {
  if (task.done) return;
  if (task.capture >= 0) {
    release(task.capture);
    task.capture = -1;
  }
  finishTask(task, 128 + signal);
}

void Machine::killTree(std::int32_t pid, int signal) {
  std::vector<std::int32_t> children;
  for (const auto& box : p_.tasks_) {
    if (box->parent == pid && !box->done) children.push_back(box->pid);
  }
  if (Task* task = findTask(pid)) raise(*task, signal);
  for (const auto child : children) killTree(child, signal);
}

void Machine::raise(Task& task, int signal) {
  if (task.done || signal == 0) return;
  const bool main = task.pid == p_.tasks_.front()->pid;
  if (signal != kSigKill && !task.shell.empty() && !task.fatal) {
    for (const auto& trap : shellOf(task).traps) {
      if (trap.signal != signal) continue;
      if (!trap.action.empty() && std::find(task.signals.begin(), task.signals.end(), signal) == task.signals.end()) {
        task.signals.push_back(signal);
      }
      return;
    }
  }
  if (signal == kSigChld || signal == kSigCont || signal == kSigUrg || signal == kSigWinch || signal == kSigStop)
    return;
  if (signal != kSigKill && !task.shell.empty() && !task.fatal) {
    Shell& shell = shellOf(task);
    const bool is_bash = shell.dialect == Dialect::kBash;
    if (is_bash && signal == kSigQuit) return;
    if (is_bash && shell.catches) {
      if (shell.killed_by == 0) endBySignal(task, signal);
      return;
    }
    // `sh -c` of dash and busybox has a handler for SIGINT, which ends it once the foreground command has ended.
    if (!is_bash && main && p_.pid1_ && signal == kSigInt) return task.signals.push_back(signal);
  }
  if (main && p_.pid1_) return;  // K-POD-5: also SIGKILL from inside the container
  // timeout passes the signals it gets on to its command.
  if (!task.running.empty() && task.running[0].kind == RunKind::kTimeout) killTree(task.running[0].child, signal);
  killTask(task, signal);
}

// bash that has (had) a trap on EXIT, even as PID 1: it runs it now, whatever is in its foreground, and ends by the
// signal.
void Machine::endBySignal(Task& task, int signal) {
  Shell& shell = shellOf(task);
  shell.killed_by = signal;
  if (&task == current_) {
    shell.status = 0;  // of the kill
    throw ExitTask{0};
  }
  if (task.capture >= 0) {
    release(task.capture);
    task.capture = -1;
  }
  task.wait = Wait::kNone;
  exitShell(task, shell.status);
}

bool Machine::deliverSignals(Task& task) {
  auto& shell = shellOf(task);
  if (shell.in_trap) return false;
  const int signal = task.signals.front();
  task.signals.erase(task.signals.begin());
  for (const auto& trap : shell.traps) {
    if (trap.signal == signal && !trap.action.empty()) {
      const Trap copy = trap;
      shell.in_trap = true;
      runTrap(task, copy);
      return true;
    }
  }
  if (signal == kSigInt && shell.dialect != Dialect::kBash) {
    exitShell(task, 128 + signal);
    return true;
  }
  return false;
}

void Machine::runTrap(Task& task, const Trap& trap) {
  budget_ -= 20 + static_cast<int>(trap.action.size());
  const auto code = compileScript(trap.action, shellOf(task).dialect, 1);
  const int status = shellOf(task).status;
  pushCode(task, FrameKind::kTrap, code);
  shellOf(task).frames.back().saved_status = status;
  shellOf(task).ignore_errors = 0;
}

void Machine::pushCode(Task& task, FrameKind kind, std::shared_ptr<const Code> code) {
  auto& shell = shellOf(task);
  if (shell.frames.size() >= kMaxFrames) {
    complain(task, fmt::format("functions called more than {} deep: segmentation fault", kMaxFrames));
    throw Crash{};
  }
  Frame frame;
  frame.kind = kind;
  frame.code.code = std::move(code);
  frame.depths = depths(shell);
  shell.frames.push_back(std::move(frame));
}

Depths Machine::depths(const Shell& shell) {
  Depths d;
  d.words = static_cast<std::uint32_t>(shell.words.size());
  d.strings = static_cast<std::uint32_t>(shell.strings.size());
  d.args = static_cast<std::uint32_t>(shell.args.size());
  d.loops = static_cast<std::uint32_t>(shell.loops.size());
  d.redirects = static_cast<std::uint32_t>(shell.redirects.size());
  d.pipes = static_cast<std::uint32_t>(shell.pipes.size());
  d.pending = static_cast<std::uint32_t>(shell.pending.size());
  d.ignore = shell.ignore_errors;
  return d;
}

void Machine::cutBack(Task& task, const Depths& d) {
  auto& shell = shellOf(task);
  while (shell.redirects.size() > d.redirects) popRedirects(task, false);
  const auto cut = [](auto& stack, std::uint32_t size) {
    while (stack.size() > size) stack.pop_back();
  };
  cut(shell.words, d.words);
  cut(shell.strings, d.strings);
  cut(shell.args, d.args);
  cut(shell.loops, d.loops);
  cut(shell.pipes, d.pipes);
  cut(shell.pending, d.pending);
  shell.ignore_errors = d.ignore;
}

void Machine::popFrame(Task& task) {
  auto& shell = shellOf(task);
  Frame frame = std::move(shell.frames.back());
  cutBack(task, frame.depths);
  shell.frames.pop_back();
  restore(task, frame.locals);
  if (frame.has_positional) shell.positional = std::move(frame.positional);
  if (frame.kind == FrameKind::kTrap) {
    shell.status = frame.saved_status;
    shell.in_trap = false;
  }
}

void Machine::unwindTo(Task& task, std::size_t frames) {
  while (shellOf(task).frames.size() > frames) popFrame(task);
}

void Machine::exitShell(Task& task, int status, bool error) {
  if (task.shell.empty() || task.done) return finishTask(task, status);
  auto& shell = shellOf(task);
  task.running.clear();
  const auto trap =
      std::find_if(shell.traps.begin(), shell.traps.end(), [](const Trap& t) { return t.signal == kTrapExit; });
  if (trap == shell.traps.end() || trap->action.empty()) return finishTask(task, status);
  const std::string action = trap->action;
  shell.traps.erase(trap);
  // The trap sees the variables of the function that ended the shell; not if bash found an error there.
  if (shell.dialect == Dialect::kBash && error && !shell.child) unwindTo(task, 1);
  cutBack(task, {});
  shell.frames.clear();
  shell.in_trap = false;
  shell.exiting = true;
  shell.status = status & 0xFF;
  pushCode(task, FrameKind::kTrap, compileScript(action, shell.dialect, 1));
  shell.frames.back().saved_status = shell.status;
}

// An expansion error: bash drops the rest of the complete command and goes on with the next line, but leaves a
// subshell; the other shells exit.
void Machine::abortLine(Task& task, int status) {
  auto& shell = shellOf(task);
  task.running.clear();
  shell.status = status;
  if (shell.dialect != Dialect::kBash) return exitShell(task, 2);
  if (shell.child || shell.part || shell.exiting) return exitShell(task, status);
  unwindTo(task, 1);
  cutBack(task, {});
  Frame& frame = shell.frames.front();
  const auto& instructions = frame.code.code->instructions;
  auto pc = static_cast<std::size_t>(frame.pc);
  while (pc + 1 < instructions.size() && instructions[pc].op != Op::kUnit) ++pc;
  frame.pc = static_cast<std::int32_t>(pc);
  shell.status = status;
}

// An error while a word of a redirection is expanded. bash expands it in the process of an external command or of a
// subshell; dash survives an error in a here-document. Then only the command fails.
bool Machine::failRedirect(Task& task, int status) {
  if (task.shell.empty()) return false;
  auto& shell = shellOf(task);
  if (shell.redirects.empty() || !shell.redirects.back().guarded) return false;
  RedirectScope& scope = shell.redirects.back();
  cutBack(task, Depths(scope.depths));
  scope.guarded = false;
  scope.failed = true;
  scope.status = status;
  shell.frames.back().pc = scope.fail_to;
  return true;
}

std::uint32_t Machine::request(Task& task, Request request) {
  request.id = p_.next_request_++;
  task.request = request.id;
  task.wait = Wait::kRequest;
  out_.requests.push_back(std::move(request));
  return task.request;
}

void Machine::grow(std::size_t bytes) {
  grown_ += static_cast<std::int64_t>(bytes);
  if (grown_ < (1 << 20)) return;
  grown_ = 0;
  if (p_.memory() > p_.max_memory_) {
    p_.out_of_memory_ = true;
    p_.exit_code_ = 137;
  }
}

}  // namespace jobset_twin::workload::shell
