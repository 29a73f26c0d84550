// machine.hpp - moves the state of one container process: runs instructions, expands words, executes commands.
//
// Lives for the length of one Process::resume(). The files machine_*.cpp, expand.cpp, params.cpp, exec.cpp, files.cpp,
// builtins*.cpp and running.cpp implement it by subject.
#pragma once

#include <functional>
#include <map>

#include "sim/workload/process.hpp"
#include "sim/workload/shell/state.hpp"

namespace jobset_twin::workload::shell {

// Thrown inside the machine only, to leave a nest of calls; never crosses resume().
// The task ends (after its EXIT trap).
struct ExitTask {
  int status;
  bool error = false;  // of bash: it leaves the functions first, unless it is a subshell
};
struct AbortLine {
  int status;
};                    // an expansion error: the rest of the command line is dropped
struct Crash {};      // its stack is exhausted: the shell is killed by SIGSEGV
struct SoftError {};  // message printed: the command fails

class Machine {
 public:
  Machine(Process& process, Host& host) : p_(process), host_(host) {}

  Step run();
  // Prepares the first task of a process.
  static void begin(Process& p, Task& task, const Program& program,
                    const std::vector<std::pair<std::string, std::string>>& environment, TimePoint now);

  // -- used by commands, builtins and the arithmetic evaluator
  [[nodiscard]] Host& host() { return host_; }
  TimePoint now() {
    effect_ = clock_ = true;
    return host_.now();
  }
  [[nodiscard]] std::string parameter(Task& task, std::string_view name, bool* is_set = nullptr);
  void assign(Task& task, std::string_view name, std::string_view value, bool append = false);
  void assignElement(Task& task, std::string_view name, std::int64_t index, std::string_view value,
                     bool append = false);
  [[nodiscard]] std::string element(Task& task, std::string_view name, std::int64_t index, bool* is_set = nullptr);
  void complain(Task& task, const std::string& text);  // "bash: line 3: text" on its stderr
  void write(Task& task, int fd, std::string_view text);
  [[nodiscard]] static std::string absolute(const Task& task, std::string_view path);

 private:
  // machine.cpp: the scheduler
  bool runnable(Task& task);
  void runTask(Task& task);
  void interpret(Task& task);
  void step(Task& task, const Instruction& ins);
  void control(Task& task, const Instruction& ins);
  void finishTask(Task& task, int status);
  void killTask(Task& task, int signal);
  void killTree(std::int32_t pid, int signal);
  void exitShell(Task& task, int status, bool error = false);
  void raise(Task& task, int signal);
  bool deliverSignals(Task& task);
  void endBySignal(Task& task, int signal);
  void wake(Task& task);
  Task* findTask(std::int32_t pid);
  std::int32_t freePid();
  Task& fork(Task& parent);
  // bash starts a part of a pipeline or of the background before it expands the words of a simple command (kind 1) or
  // those of a compound command's redirections (kind 2): an error in them ends it with the status that it would end
  // its parent with, and the simple command's words with the parent's trap on EXIT. endPart: it is a subshell.
  static void beginPart(const Shell& parent, Shell& part, int kind);
  static void dropExitTrap(Shell& part);
  static void endPart(Shell& shell);
  bool failRedirect(Task& task, int status);
  void grow(std::size_t bytes);
  std::uint32_t request(Task& task, Request request);
  Step rest();
  void chargeTime();
  void detectIdle(const Step& step);
  void abortLine(Task& task, int status);
  void cutBack(Task& task, const Depths& depths);
  [[nodiscard]] static Depths depths(const Shell& shell);
  void unwindTo(Task& task, std::size_t frames);
  void popFrame(Task& task);
  void pushCode(Task& task, FrameKind kind, std::shared_ptr<const Code> code);
  void runTrap(Task& task, const Trap& trap);
  void breakLoop(Task& task, int levels, bool go_on);
  void checkError(Task& task);
  void returnFrom(Task& task);

  // files.cpp
  int newFile(OpenFile file);
  void retain(int file);
  void release(int file);
  void setFd(Task& task, int fd, int file);
  [[nodiscard]] static int getFd(const Task& task, int fd);
  void closeAll(Task& task);
  std::pair<int, int> makePipe(bool capture);
  void redirect(Task& task, const RedirectSpec& spec, const std::string& target);
  void popRedirects(Task& task, bool keep);
  enum class Read { kLine, kEnd, kBlocked };
  Read readLine(Task& task, int fd, char delimiter, std::string& line, bool& terminated, std::int64_t most = -1);
  enum class More { kData, kEnd, kBlocked };
  More readSome(Task& task, int fd, std::string& into);
  void writeFile(int file, std::string_view text, Task* writer);
  void logText(int stream, std::string_view text);
  void logLine(int stream, std::string text, bool whole);

  // expand.cpp, params.cpp
  void finishField(Task& task);
  std::string finishString(Task& task, Op how);
  std::vector<std::string> split(Task& task, const WordBuffer& word, bool glob);
  std::vector<std::string> globWord(Task& task, const std::string& pattern);
  void expandParam(Task& task, const ParamSpec& spec, bool quoted);
  bool paramTest(Task& task, const ParamSpec& spec, bool quoted);
  void paramAssign(Task& task, const ParamSpec& spec, bool quoted);
  void paramError(Task& task, const ParamSpec& spec);
  void appendValues(Task& task, const std::vector<std::string>& values, bool at, bool quoted);
  void appendValue(Task& task, std::string_view value, bool quoted);
  struct Values {
    std::vector<std::string> list;
    std::vector<std::int64_t> indices;  // of an array's elements
    bool many = false;                  // $@, $*, ${a[@]}
    bool at = false;
    bool set = false;
  };
  Values lookup(Task& task, const ParamSpec& spec, std::string* subscript);
  std::string transform(Task& task, const ParamSpec& spec, const std::string& value, const std::string& word,
                        const std::string& second);
  void substring(Task& task, const ParamSpec& spec, Values& values, const std::string& word, const std::string& second);
  [[nodiscard]] std::string ifs(Task& task);
  void unbound(Task& task, std::string_view name);
  std::int64_t arithmetic(Task& task, const std::string& text);
  std::string popString(Task& task);

  // exec.cpp
  void execute(Task& task, std::vector<std::string> argv, std::vector<PendingAssignment> pending);
  void runCommand(Task& task, std::vector<std::string> argv, bool fork_shells);
  void callFunction(Task& task, const Function& function, std::vector<std::string> argv,
                    const std::vector<PendingAssignment>& pending);
  static void startShell(Task& task, const Program& program,
                         const std::vector<std::pair<std::string, std::string>>& environment, TimePoint now);
  void becomeShell(Task& task, const Program& program);
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> exportedEnvironment(const Task& task) const;
  int builtin(Task& task, std::vector<std::string>& argv, const std::vector<PendingAssignment>& pending, bool& handled);
  void applyTemporary(Task& task, const std::vector<PendingAssignment>& pending, std::vector<SavedVariable>& saved);
  void restore(Task& task, std::vector<SavedVariable>& saved);
  void saveLocal(Task& task, std::string_view name);
  void trace(Task& task, const std::string& text);
  void traceDeclared(Task& task, const std::string& text);
  void commandTrace(Task& task, const std::vector<std::string>& argv);
  void conditional(Task& task, const Instruction& ins, bool binary);
  void checkAssignable(Task& task, std::string_view name);

  // running.cpp: external commands in the foreground
  void startRunning(Task& task, std::vector<std::string> argv);
  void proceed(Task& task);
  void endRunning(Task& task, int status);
  void runFilter(Task& task);
  void finishRequest(Task& task, const Answer& answer);
  void startTimeout(Task& task, const std::vector<std::string>& argv);
  void startRequest(Task& task, const std::vector<std::string>& argv);

  // builtins*.cpp
  using Args = std::vector<std::string>;
  int biCd(Task& task, const Args& a);
  int biDeclare(Task& task, const Args& a);
  int biEcho(Task& task, const Args& a);
  int biEval(Task& task, const Args& a);
  int biExec(Task& task, const Args& a, const std::vector<PendingAssignment>& pending);
  int biExport(Task& task, const Args& a);
  int biGetopts(Task& task, const Args& a);
  int biKill(Task& task, const Args& a);
  int biLet(Task& task, const Args& a);
  int biLocal(Task& task, const Args& a);
  int biMapfile(Task& task, const Args& a);
  int biPrintf(Task& task, const Args& a);
  int biRead(Task& task, const Args& a);
  int biReadonly(Task& task, const Args& a);
  int biReturn(Task& task, const Args& a);
  int biSet(Task& task, const Args& a);
  int biShift(Task& task, const Args& a);
  int biShopt(Task& task, const Args& a);
  int biSource(Task& task, const Args& a);
  int biTest(Task& task, const Args& a);
  int biTrap(Task& task, const Args& a);
  int biType(Task& task, const Args& a);
  int biUnset(Task& task, const Args& a);
  int biWait(Task& task, const Args& a);
  int declareOne(Task& task, const std::string& text, const std::string& command,
                 const std::function<void(Variable&)>& mark);
  bool fileTest(Task& task, char op, const std::string& path);
  friend class TestParser;
  std::int64_t numberOrFail(Task& task, const std::string& command, const std::string& text);

  Process& p_;
  Host& host_;
  Step out_;
  Task* current_ = nullptr;  // the task that runs
  bool clock_ = false;       // it looked at the clock
  bool effect_ = false;      // something others can see, or that may differ next time
  bool blocked_ = false;     // a builtin must be executed again when the task is woken
  int budget_ = 0;
  static constexpr int kSlice = Process::kBudget / 40;  // what one task may use of it before the next one's turn
  int slice_end_ = 0;
  std::int64_t grown_ = 0;  // bytes since memory was last summed up
  bool resumed_ = false;    // a builtin that waited is executed again
  bool exhausted_ = false;
};

inline Shell& shellOf(Task& task) { return task.shell.front(); }
inline const Shell& shellOf(const Task& task) { return task.shell.front(); }

inline constexpr int kSigHup = 1, kSigInt = 2, kSigQuit = 3, kSigKill = 9, kSigUsr1 = 10, kSigSegv = 11, kSigPipe = 13,
                     kSigTerm = 15, kSigChld = 17, kSigCont = 18, kSigStop = 19, kSigUrg = 23, kSigWinch = 28;
[[nodiscard]] int signalNumber(std::string_view text);  // -2 if there is none; 0 EXIT, -1 ERR
[[nodiscard]] std::string signalName(int number);       // without SIG

}  // namespace jobset_twin::workload::shell
