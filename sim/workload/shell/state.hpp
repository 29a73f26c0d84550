// state.hpp - everything that a running container command is: a plain value.
//
// Tasks are what processes are in a real container: shells, subshells, pipeline stages, background jobs. An external
// command that runs in the foreground is no task of its own but the `running` of the shell that waits for it.
// Does not know how any of it moves; that is machine.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <cereal/cereal.hpp>

#include "sim/workload/host.hpp"
#include "sim/workload/shell/code.hpp"

namespace jobset_twin::workload::shell {

// A pointer that copies what it points to: a stable address inside a value.
template <class T>
class Box {
 public:
  Box() : value_(std::make_unique<T>()) {}
  Box(const Box& other) : value_(std::make_unique<T>(*other.value_)) {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box& other) {
    if (this != &other) value_ = std::make_unique<T>(*other.value_);
    return *this;
  }
  Box& operator=(Box&&) noexcept = default;
  ~Box() = default;
  T& operator*() const { return *value_; }
  T* operator->() const { return value_.get(); }
  template <class Archive>
  void serialize(Archive& ar) {
    ar(*value_);
  }

 private:
  std::unique_ptr<T> value_;
};

// Shared code; saved once for all that run it (process_archive.hpp).
struct CodeRef {
  std::shared_ptr<const Code> code;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(code);
  }
};

struct WordBuffer {
  std::string text;
  std::string marks;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(text, marks);
  }
};

struct Element {
  std::int64_t index = 0;
  std::string value;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(index, value);
  }
};

struct Variable {
  std::string name;
  std::string value;
  std::vector<Element> items;  // of an array, by index
  bool set = false;
  bool exported = false;
  bool readonly = false;
  bool array = false;
  bool integer = false;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(name, value, items, set, exported, readonly, array, integer);
  }
};

struct SavedVariable {
  bool existed = false;
  Variable variable;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(existed, variable);
  }
};

struct Function {
  std::string name;
  CodeRef code;
  std::int32_t entry = 0;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(name, code, entry);
  }
};

inline constexpr int kTrapExit = 0;
inline constexpr int kTrapErr = -1;

struct Trap {
  int signal = 0;
  std::string action;  // empty: ignored
  template <class Archive>
  void serialize(Archive& ar) {
    ar(signal, action);
  }
};

// How deep each stack is; what break, return and errors cut back to.
struct Depths {
  std::uint32_t words = 0, strings = 0, args = 0, loops = 0, redirects = 0, pipes = 0, pending = 0;
  std::int32_t ignore = 0;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(words, strings, args, loops, redirects, pipes, pending, ignore);
  }
};

struct Loop {
  std::int32_t break_to = 0;
  std::int32_t continue_to = 0;
  std::vector<std::string> items;
  std::uint64_t next = 0;
  std::int32_t status = 0;
  Depths depths;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(break_to, continue_to, items, next, status, depths);
  }
};

struct SavedFd {
  std::int32_t fd = 0;
  std::int32_t file = -1;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(fd, file);
  }
};

struct RedirectScope {
  std::vector<SavedFd> saved;
  bool failed = false;
  bool guarded = false;  // an error in the words of a redirection is the command's alone: it goes on at fail_to
  std::int32_t fail_to = 0;
  std::int32_t status = 0;         // of such an error
  Depths depths;                   // where it began
  std::vector<Variable> restored;  // of the shell, when its process does not see what the redirections assign
  template <class Archive>
  void serialize(Archive& ar) {
    ar(saved, failed, guarded, fail_to, status, depths, restored);
  }
};

struct Pipeline {
  std::int32_t stages = 0;
  std::int32_t read_end = -1;  // file that the next stage reads
  std::vector<std::int32_t> pids;
  std::vector<std::int32_t> statuses;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(stages, read_end, pids, statuses);
  }
};

struct PendingAssignment {
  std::string name;
  std::string value;
  bool append = false;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(name, value, append);
  }
};

enum class FrameKind : std::uint8_t { kMain, kFunction, kEval, kSource, kTrap };

struct Frame {
  FrameKind kind = FrameKind::kMain;
  CodeRef code;
  std::int32_t pc = 0;
  Depths depths;
  bool has_positional = false;
  std::vector<std::string> positional;  // the caller's
  std::vector<SavedVariable> locals;
  std::int32_t saved_status = 0;  // of a trap: $? before it
  std::string function;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(kind, code, pc, depths, has_positional, positional, locals, saved_status, function);
  }
};

struct Finished {
  std::int32_t pid = 0;
  std::int32_t status = 0;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(pid, status);
  }
};

struct Shell {
  Dialect dialect = Dialect::kBash;
  bool errexit = false, nounset = false, xtrace = false, pipefail = false, noglob = false, allexport = false;
  bool nullglob = false, child = false, exiting = false, in_trap = false;
  bool part = false;                // bash: see Machine::beginPart
  bool catches = false;             // bash, once it had a trap on EXIT: signals that end it run that trap first
  std::int32_t killed_by = 0;       // the signal that does
  std::string name = "bash";        // $0
  std::vector<Variable> variables;  // by name
  std::vector<Function> functions;
  std::vector<std::string> positional;
  std::vector<Trap> traps;
  std::int32_t status = 0;
  std::int32_t trace_depth = 0;
  std::int32_t ignore_errors = 0;
  std::int32_t last_job = 0;      // $!
  bool substitution_ran = false;  // for the status of `x=$(…)` and `$(…)`
  std::int32_t substitution_status = 0;
  std::vector<std::int32_t> jobs;      // background children that run
  std::vector<std::int32_t> numbered;  // pids of jobs by number, from %1; 0: waited for
  std::vector<Finished> finished;
  std::vector<std::int32_t> pipe_statuses;
  std::vector<Frame> frames;
  std::vector<WordBuffer> words;
  std::vector<std::string> strings;
  std::vector<std::vector<std::string>> args;
  std::vector<Loop> loops;
  std::vector<RedirectScope> redirects;
  std::vector<Pipeline> pipes;
  std::vector<std::vector<PendingAssignment>> pending;
  std::int32_t getopts_offset = 1;
  std::int32_t main_pid = 1;  // $$
  TimePoint started{};
  template <class Archive>
  void serialize(Archive& ar) {
    ar(dialect, errexit, nounset, xtrace, pipefail, noglob, allexport, nullglob, child, exiting, in_trap, part, catches,
       killed_by, name);
    ar(variables, functions, positional, traps, status, trace_depth, ignore_errors, last_job, substitution_ran,
       substitution_status, jobs, numbered);
    ar(finished, pipe_statuses, frames, words, strings, args, loops, redirects, pipes, pending);
    ar(getopts_offset, main_pid, started);
  }
};

enum class Wait : std::uint8_t {
  kNone,
  kTime,  // until
  kForever,
  kRequest,  // request
  kChild,    // a foreground child, number
  kCapture,  // a command substitution: child `number`, and its pipe is closed
  kPipeline,
  kJobs,      // the wait builtin: jobs in wait_for, empty: all
  kReadable,  // a pipe has data or no writer
  kWritable,
};

enum class RunKind : std::uint8_t { kBuiltin, kFilter, kSleep, kRequest, kTimeout, kYes };

// An external command that the task executes in its foreground.
struct Running {
  RunKind kind = RunKind::kFilter;
  std::vector<std::string> argv;
  std::string buffer;  // of a filter: input not yet handled
  bool eof = false;
  bool first = true;
  std::int32_t status = 0;
  std::int32_t child = 0;  // of timeout
  TimePoint until{};
  bool signalled = false;                  // timeout has sent its signal
  std::vector<PendingAssignment> pending;  // of a builtin that waits
  template <class Archive>
  void serialize(Archive& ar) {
    ar(kind, argv, buffer, eof, first, status, child, until, signalled, pending);
  }
};

struct Task {
  std::int32_t pid = 1;
  std::int32_t parent = 0;
  Wait wait = Wait::kNone;
  TimePoint until{};
  std::uint32_t request = 0;
  std::int32_t number = 0;
  bool done = false;
  bool fatal = false;  // ends when its running command ends (exec, or no shell)
  std::int32_t exit_status = 0;
  std::vector<std::int32_t> fds;  // by number: index of an open file, or -1
  std::vector<std::int32_t> wait_for;
  std::vector<std::int32_t> signals;                             // pending
  std::vector<std::pair<std::string, std::string>> environment;  // of a task without shell
  std::string directory = "/";
  std::vector<Shell> shell;      // none or one
  std::vector<Running> running;  // none or one
  std::int32_t capture = -1;     // open file that a command substitution reads
  bool quoted = false;           // its result is
  template <class Archive>
  void serialize(Archive& ar) {
    ar(pid, parent, wait, until, request, number, done, fatal, exit_status, fds, wait_for, signals, environment);
    ar(directory, shell, running, capture, quoted);
  }
};

enum class FileKind : std::uint8_t { kFree, kNull, kLog, kFile, kText, kPipe };

// An open file description: shared by all descriptors that were copied from one another.
struct OpenFile {
  FileKind kind = FileKind::kFree;
  std::int32_t references = 0;
  std::int32_t stream = 0;  // of the log: 1 or 2; of a pipe end: 0 reads, 1 writes
  std::int32_t pipe = -1;
  std::string path;
  std::string text;  // what is read
  std::uint64_t offset = 0;
  bool append = false;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(kind, references, stream, pipe, path, text, offset, append);
  }
};

struct Pipe {
  bool used = false;
  bool capture = false;  // read by a command substitution: without limit
  std::string data;
  std::int32_t readers = 0;
  std::int32_t writers = 0;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(used, capture, data, readers, writers);
  }
};

[[nodiscard]] Variable* findVariable(Shell& shell, std::string_view name);
[[nodiscard]] const Variable* findVariable(const Shell& shell, std::string_view name);
// The variable of that name, created unset if there is none.
Variable& variable(Shell& shell, std::string_view name);
void eraseVariable(Shell& shell, std::string_view name);

}  // namespace jobset_twin::workload::shell
