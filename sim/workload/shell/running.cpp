// running.cpp - external commands in a task's foreground: those that take time, ask the network, or read a pipe.
#include <algorithm>

#include <fmt/format.h>

#include "sim/workload/shell/commands.hpp"
#include "sim/workload/shell/format.hpp"
#include "sim/workload/shell/known.hpp"
#include "sim/workload/shell/machine.hpp"
#include "sim/workload/shell/network.hpp"
#include "sim/workload/shell/scanner.hpp"

namespace jobset_twin::workload::shell {

void Machine::endRunning(Task& task, int status) {
  task.running.clear();
  if (task.shell.empty()) {
    task.exit_status = status;
  } else {
    shellOf(task).status = status;
  }
}

void Machine::startRunning(Task& task, std::vector<std::string> argv) {
  budget_ -= 10;
  Running running;
  running.argv = argv;
  const std::string_view name = commandName(argv[0]);
  if (!whyUnknown(argv).empty()) {
    Request unknown;
    unknown.kind = RequestKind::kUnknown;
    unknown.name = name;
    unknown.argv = std::move(argv);
    running.kind = RunKind::kRequest;
    task.running.push_back(std::move(running));
    request(task, std::move(unknown));
    return;
  }
  if (name == "sleep") {
    running.kind = RunKind::kSleep;
    Duration total{};
    bool forever = false;
    for (std::size_t i = 1; i < argv.size(); ++i) {
      const auto part = sleepDuration(argv[i]);
      if (!part) {
        write(task, 2, "sleep: invalid time interval '" + argv[i] + "'\nTry 'sleep --help' for more information.\n");
        return endRunning(task, 1);
      }
      forever |= *part > std::chrono::hours(24 * 365 * 100) || total > std::chrono::hours(24 * 365 * 100);
      if (!forever) total += *part;
    }
    if (argv.size() < 2) {
      write(task, 2, "sleep: missing operand\nTry 'sleep --help' for more information.\n");
      return endRunning(task, 1);
    }
    task.running.push_back(std::move(running));
    task.until = forever ? TimePoint{} : host_.now() + total;
    task.wait = forever ? Wait::kForever : Wait::kTime;
    return;
  }
  if (name == "tail" && argv.size() > 1 && (argv[1] == "-f" || argv[1] == "-F")) {
    running.kind = RunKind::kSleep;  // of /dev/null, which never grows: what is used to keep a container up
    task.running.push_back(std::move(running));
    task.wait = Wait::kForever;
    return;
  }
  if (name == "env" || name == "nohup" || name == "nice" || name == "setsid" || name == "stdbuf") {
    std::size_t at = 1;
    while (at < argv.size() && argv[at].size() > 1 && argv[at][0] == '-')
      at += argv[at] == "-n" || argv[at] == "-u" ? 2U : 1U;
    std::vector<PendingAssignment> changes;
    for (; name == "env" && at < argv.size() && argv[at].find('=') != std::string::npos; ++at) {
      const auto equals = argv[at].find('=');
      changes.push_back({argv[at].substr(0, equals), argv[at].substr(equals + 1), false});
    }
    if (at < argv.size() || !changes.empty()) {
      const bool clear = argv.size() > 1 && (argv[1] == "-i" || argv[1] == "-");
      Task& child = fork(task);
      child.environment = clear ? decltype(child.environment){} : exportedEnvironment(task);
      for (const auto& change : changes) {
        std::erase_if(child.environment, [&](const auto& e) { return e.first == change.name; });
        child.environment.emplace_back(change.name, change.value);
      }
      std::vector<std::string> rest(argv.begin() + static_cast<long>(std::min(at, argv.size())), argv.end());
      if (rest.empty()) rest = {"env"};
      child.shell.clear();
      task.wait = Wait::kChild;
      task.number = child.pid;
      return runCommand(child, std::move(rest), false);
    }
  }
  if (name == "timeout") return startTimeout(task, argv);
  if (isNetworkProgram(name)) return startRequest(task, argv);
  if (name == "kill") {
    const std::int32_t pid = task.pid;
    const int status = biKill(task, argv);
    if (findTask(pid) != nullptr && !task.done) endRunning(task, status);
    return;
  }
  if (name == "test" || name == "[") {
    // Run directly as a container's command: there is no shell that it could be a builtin of.
    Task shell_task;
    Program program;
    program.dialect = Dialect::kAsh;
    program.name = argv[0];
    program.code = compileScript("", Dialect::kAsh);
    shell_task.fds = task.fds;
    shell_task.directory = task.directory;
    startShell(shell_task, program, {}, host_.now());
    return endRunning(task, biTest(shell_task, argv));
  }
  running.kind = name == "yes" ? RunKind::kYes : RunKind::kFilter;
  task.running.push_back(std::move(running));
  proceed(task);
}

void Machine::proceed(Task& task) {
  switch (task.running.front().kind) {
    case RunKind::kBuiltin: {
      const Running running = std::move(task.running.front());
      task.running.clear();
      resumed_ = true;
      execute(task, running.argv, running.pending);
      resumed_ = false;
      return;
    }
    case RunKind::kSleep: return endRunning(task, 0);
    case RunKind::kRequest: return;  // finishRequest has ended it
    case RunKind::kTimeout: {
      Running& running = task.running.front();
      Task* child = findTask(running.child);
      if (child == nullptr || child->done) {
        const int status = child == nullptr ? 0 : child->exit_status;
        return endRunning(task, running.signalled ? running.status : status);
      }
      if (!running.signalled && running.until != TimePoint{} && host_.now() >= running.until) {
        running.signalled = true;
        const int signal = running.status == 137    ? kSigKill
                           : running.buffer.empty() ? kSigTerm
                                                    : signalNumber(running.buffer);
        const auto pid = running.child;
        task.wait = Wait::kChild;
        task.number = pid;
        killTree(pid, signal);
        return;
      }
      task.wait = Wait::kChild;
      task.number = running.child;
      return;
    }
    case RunKind::kYes: {
      std::string line;
      const auto& argv = task.running.front().argv;
      for (std::size_t i = 1; i < argv.size(); ++i) line += (i > 1 ? " " : "") + argv[i];
      if (argv.size() < 2) line = "y";
      line += '\n';
      std::string text;
      while (text.size() < 4096) text += line;
      const int file = getFd(task, 1);
      if (file < 0 || p_.files_[static_cast<std::size_t>(file)].kind == FileKind::kNull) budget_ -= kSlice;
      return write(task, 1, text);
    }
    case RunKind::kFilter: return runFilter(task);
  }
}

namespace {

// Counts what a command reads of files: that takes time too.
class CountingHost : public Host {
 public:
  explicit CountingHost(Host& host) : host_(host) {}
  std::size_t bytes = 0;

  TimePoint now() override { return host_.now(); }
  std::uint32_t random15() override { return host_.random15(); }
  std::string hostname() override { return host_.hostname(); }
  int processors() override { return host_.processors(); }
  std::optional<std::string> readFile(std::string_view path) override {
    auto text = host_.readFile(path);
    if (text) bytes += text->size();
    return text;
  }
  bool writeFile(std::string_view path, std::string_view content, bool append) override {
    return host_.writeFile(path, content, append);
  }
  bool isFile(std::string_view path) override { return host_.isFile(path); }
  bool isDirectory(std::string_view path) override { return host_.isDirectory(path); }
  std::vector<std::string> list(std::string_view directory) override { return host_.list(directory); }
  bool remove(std::string_view path) override { return host_.remove(path); }
  bool makeDirectory(std::string_view path) override { return host_.makeDirectory(path); }

 private:
  Host& host_;
};

}  // namespace

void Machine::runFilter(Task& task) {
  const auto call = [&](std::string_view input, bool ready, bool first, int& status) {
    const std::vector<std::string> argv = task.running.front().argv;
    CountingHost host(host_);
    CommandContext c{host, argv, task.directory, exportedEnvironment(task), input, ready, first, false, {}, {}};
    budget_ -= static_cast<int>(input.size() / 64) + 5;
    try {
      status = runProgram(c);
    } catch (const NeedInput&) {
      return false;
    }
    budget_ -= static_cast<int>(host.bytes / 64);
    effect_ |= c.effect;
    clock_ |= commandName(argv[0]) == "date";
    write(task, 2, c.err);
    write(task, 1, c.out);
    return true;
  };
  Running* running = &task.running.front();
  int status = 0;
  if (running->first && running->buffer.empty() && !running->eof && running->child == 0) {
    if (call({}, false, true, status)) return endRunning(task, status);
    running->child = 1;  // it reads standard input
    const auto name = commandName(running->argv[0]);
    running->status = name.ends_with("grep") ? 1 : 0;
  }
  const Streaming mode = streaming(running->argv);
  for (;;) {
    running = &task.running.front();
    if (!running->eof) {
      std::string more;
      const More got = readSome(task, 0, more);
      if (got == More::kBlocked) return;
      grow(more.size());
      running->buffer += more;
      running->eof = got == More::kEnd;
    }
    if (running->eof) {
      const bool again =
          running->first || !running->buffer.empty() || mode == Streaming::kWhole || mode == Streaming::kHead;
      status = running->status;
      if (again) {
        const std::string input = std::move(running->buffer);
        int last = 0;
        call(input, true, running->first, last);
        const bool merge =
            !running->first && mode == Streaming::kLines && commandName(running->argv[0]).ends_with("grep");
        status = merge ? std::min(status, last) : last;
      }
      return endRunning(task, status);
    }
    if (mode == Streaming::kWhole) continue;
    const auto lines = std::count(running->buffer.begin(), running->buffer.end(), '\n');
    if (mode == Streaming::kHead) {
      if (lines < headLines(running->argv)) continue;
      const std::string input = std::move(running->buffer);
      call(input, true, true, status);
      return endRunning(task, status);
    }
    const auto cut = mode == Streaming::kBytes ? running->buffer.size() : running->buffer.rfind('\n') + 1;
    if (cut == 0) continue;
    const std::string input = running->buffer.substr(0, cut);
    if (mode == Streaming::kFirstMatch) {
      call(input, true, true, status);
      if (status == 0) return endRunning(task, 0);
      running->buffer.erase(0, cut);
      running->first = false;
      running->status = status;
      continue;
    }
    running->buffer.erase(0, cut);
    call(input, true, running->first, status);
    running = &task.running.front();
    const bool grep = commandName(running->argv[0]).ends_with("grep");
    running->status =
        grep ? (running->first ? status : std::min(running->status, status)) : std::max(running->status, status);
    running->first = false;
    if (task.wait != Wait::kNone) return;
  }
}

void Machine::startTimeout(Task& task, const std::vector<std::string>& argv) {
  Running running;
  running.kind = RunKind::kTimeout;
  running.argv = argv;
  running.status = 124;
  std::size_t at = 1;
  for (; at < argv.size() && argv[at].size() > 1 && argv[at][0] == '-'; ++at) {
    if ((argv[at] == "-s" || argv[at] == "--signal") && at + 1 < argv.size())
      running.buffer = argv[++at];
    else if (argv[at].starts_with("--signal="))
      running.buffer = argv[at].substr(9);
    else if (argv[at] == "-k" || argv[at] == "-t")
      at += argv[at] == "-k" ? 1U : 0U;
  }
  if (signalNumber(running.buffer) == kSigKill) running.status = 137;
  const auto limit = at < argv.size() ? sleepDuration(argv[at]) : std::nullopt;
  if (!limit || at + 1 >= argv.size()) {
    write(task, 2,
          at + 1 >= argv.size()
              ? "timeout: missing operand\nTry 'timeout --help' for more information.\n"
              : "timeout: invalid time interval '" + argv[at] + "'\nTry 'timeout --help' for more information.\n");
    return endRunning(task, 125);
  }
  if (*limit != Duration::zero() && *limit < std::chrono::hours(24 * 365 * 100)) running.until = host_.now() + *limit;
  const auto environment = exportedEnvironment(task);
  Task& child = fork(task);
  child.shell.clear();
  child.environment = environment;
  running.child = child.pid;
  task.running.push_back(std::move(running));
  task.wait = Wait::kChild;
  task.number = child.pid;
  runCommand(child, {argv.begin() + static_cast<long>(at) + 1, argv.end()}, false);
}

void Machine::startRequest(Task& task, const std::vector<std::string>& argv) {
  Running running;
  running.kind = RunKind::kRequest;
  running.argv = argv;
  Request wanted;
  std::string problem;
  if (!networkRequest(argv, wanted, problem)) {
    write(task, 2, problem + "\n");
    return endRunning(task, 1);
  }
  task.running.push_back(std::move(running));
  request(task, std::move(wanted));
}

void Machine::finishRequest(Task& task, const Answer& answer) {
  if (task.running.empty()) return;
  const std::vector<std::string> argv = task.running.front().argv;
  if (!whyUnknown(argv).empty()) {
    if (answer.not_found) {
      const bool is_bash = !task.shell.empty() && shellOf(task).dialect == Dialect::kBash;
      complain(task, argv[0] + (argv[0].find('/') != std::string::npos && is_bash ? ": No such file or directory"
                                : is_bash                                         ? ": command not found"
                                                                                  : ": not found"));
      return endRunning(task, 127);
    }
    endRunning(task, answer.exit_code);
    return write(task, 1, answer.output);
  }
  const NetworkResult result = networkResult(argv, answer);
  endRunning(task, result.status);
  write(task, 2, result.err);
  write(task, 1, result.out);
}

}  // namespace jobset_twin::workload::shell
