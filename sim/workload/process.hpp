// process.hpp - the command of one container, running in virtual time.
//
// A plain value: copy it and both copies go on alike. It never waits itself: resume() runs it until everything in it
// waits, and says for what. Knows nothing of Pods, logs or restarts. Signals to PID 1: K-POD-5.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/workload/command.hpp"
#include "sim/workload/shell/state.hpp"

namespace jobset_twin::workload {

// A line of the container's output, without its newline. `whole` is false for the last one if it had none.
struct LogLine {
  int stream = 1;  // 1 stdout, 2 stderr
  std::string text;
  bool whole = true;
  friend bool operator==(const LogLine&, const LogLine&) = default;
};

enum class RequestKind : std::uint8_t {
  kResolve,  // look `name` up
  kConnect,  // look `name` up and connect to `port` (nc -z, wget, curl)
  kPing,     // look `name` up and exchange `count` echoes
  kUnknown,  // run `argv`, which the interpreter does not know
};

// What the process waits for and only the simulated world can give. Answer it when its time has come.
struct Request {
  std::uint32_t id = 0;
  RequestKind kind = RequestKind::kResolve;
  std::string name;
  int port = 0;
  int count = 1;
  Duration patience{};  // after which the program itself would give up; zero: never
  std::vector<std::string> argv;
};

enum class Outcome : std::uint8_t { kDone, kNoSuchName, kRefused, kTimedOut, kNoServer };  // kNoServer: no DNS answers

struct Answer {
  Outcome outcome = Outcome::kDone;
  std::vector<std::string> addresses;
  int exit_code = 0;       // of an unknown command
  bool not_found = false;  // an unknown command does not exist in the image: the shell says so, status 127
  std::string output;      // what an unknown command or a server's page prints
  template <class Archive>
  void serialize(Archive& ar) {
    ar(outcome, addresses, exit_code, not_found, output);
  }
};

struct Step {
  std::vector<LogLine> output;
  std::vector<Request> requests;  // new ones
  std::optional<TimePoint> wake;  // call resume() then; nothing: only an answer or a signal moves it
  std::optional<int> exit_code;   // it has ended
  bool computing = false;         // it did not wait: `wake` is what the instructions so far cost
  bool out_of_memory = false;     // it ended because it exceeded kMaxMemory (exit code 137)
};

struct Options {
  bool pid1 = true;  // signals without a handler are ignored, except SIGKILL
  std::string directory = "/";
  std::int64_t max_memory = 64 << 20;  // bytes of variables, pipes and files read
};

class Process {
 public:
  // Instructions between two waits before virtual time is charged; see Step::computing. A shell does about a million
  // of them in a second. After some seconds more is charged, in proportion to the time that it has computed for
  // (machine.cpp): a loop without end takes few rounds.
  static constexpr int kBudget = 20'000;
  // What it prints without ever waiting is cut there, with a line that says so.
  static constexpr std::int64_t kMaxLines = 20'000;
  static constexpr std::int64_t kMaxLogBytes = 4 << 20;

  Process() = default;
  static Process start(std::shared_ptr<const Program> program,
                       const std::vector<std::pair<std::string, std::string>>& environment, const Options& options,
                       TimePoint now);

  // Runs everything that can run at host.now().
  [[nodiscard]] Step resume(Host& host);
  // Gives an answer; call resume() after it. Unknown or repeated ids are ignored: the asker may have been killed.
  void answer(std::uint32_t request, const Answer& answer);
  // Sends a signal to PID 1; call resume() after it.
  void signal(int number);

  [[nodiscard]] bool exited() const { return exit_code_.has_value(); }
  [[nodiscard]] std::optional<int> exitCode() const { return exit_code_; }
  // The process goes round in a circle: its whole state has recurred, and nothing that others can see happened since.
  // Only the world (another answer, another file, a signal) can change what it does.
  [[nodiscard]] bool idle() const { return idle_; }
  // Makes a loaded process share the code of `program` again.
  void attach(const Program& program);
  // Bytes on the heap, roughly; for limits and reports.
  [[nodiscard]] std::int64_t memory() const;

  // Include sim/workload/process_archive.hpp to use it.
  template <class Archive>
  void serialize(Archive& ar) {
    ar(tasks_, files_, pipes_, answers_, partial_[0], partial_[1], next_request_, busy_ns_, pid1_, idle_);
    ar(out_of_memory_, max_memory_, exit_code_, busy_until_, mark_[0], mark_[1], rests_, limit_, incoming_, argv_,
       fresh_, lines_, bytes_);
  }

 private:
  friend class shell::Machine;

  std::vector<shell::Box<shell::Task>> tasks_;
  std::vector<shell::OpenFile> files_;
  std::vector<shell::Pipe> pipes_;
  std::vector<std::pair<std::uint32_t, Answer>> answers_;
  std::string partial_[2];  // lines begun on stdout and stderr
  std::uint32_t next_request_ = 1;
  std::vector<std::int32_t> incoming_;  // signals from outside, for the next resume()
  std::vector<std::string> argv_;       // a command without a shell, until it has begun
  bool fresh_ = false;
  std::int64_t busy_ns_ = 0;  // virtual time charged since it last waited
  std::int64_t lines_ = 0;    // printed since then
  std::int64_t bytes_ = 0;
  bool pid1_ = true;
  bool idle_ = false;
  bool out_of_memory_ = false;
  std::int64_t max_memory_ = 0;
  std::optional<int> exit_code_;
  TimePoint busy_until_{};
  // Idle detection: the fingerprint of an earlier rest and how many rests until it is replaced (Brent).
  std::uint64_t mark_[2] = {0, 0};
  std::uint64_t rests_ = 0;
  std::uint64_t limit_ = 1;
};

}  // namespace jobset_twin::workload
