#include "tests/sim/workload/run_script.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace jobset_twin::workload::testing {
namespace {

constexpr unsigned kPatienceSeconds = 20;  // of wall time, after which a script of the machine hangs

std::string slurp(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

int statusOf(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

struct Pointers {
  std::vector<char*> list;
  explicit Pointers(std::vector<std::string>& texts) {
    for (std::string& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
  }
};

// The child's side of a fork; never returns.
[[noreturn]] void become(const std::string& directory, const std::string& out, const std::string& err, char** argv,
                         char** environment, bool pid1) {
  setsid();
  alarm(kPatienceSeconds);
  const int null = open("/dev/null", O_RDONLY);
  const int out_fd = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  const int err_fd = open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  if (null < 0 || out_fd < 0 || err_fd < 0 || chdir(directory.c_str()) != 0) _exit(199);
  dup2(null, 0);
  dup2(out_fd, 1);
  dup2(err_fd, 2);
  for (int fd = 3; fd < 64; ++fd) close(fd);
  if (pid1) {
    if (unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) _exit(198);
    const pid_t first = fork();
    if (first < 0) _exit(199);
    if (first > 0) {
      int status = 0;
      waitpid(first, &status, 0);
      _exit(statusOf(status));
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  execve(argv[0], argv, environment);
  _exit(127);
}

}  // namespace

ScriptRun interpret(const std::vector<std::string>& argv, const Place& place) {
  ScriptRun outcome;
  const Compiled compiled = compile(argv, shell::Dialect::kAsh);
  for (const Diagnostic& d : compiled.unknown) {
    if (!d.syntax_error && d.command.empty())
      outcome.problem += std::to_string(d.line) + ":" + std::to_string(d.column) + ": " + d.text + "\n";
  }
  MemoryHost host;
  for (std::size_t slash = 1; slash != std::string::npos;) {
    slash = place.directory.find('/', slash + 1);
    host.makeDirectory(place.directory.substr(0, slash));
  }
  Options options;
  options.pid1 = place.pid1;
  options.directory = place.directory;
  const TimePoint start = host.now();
  Process process = Process::start(compiled.program, place.environment, options, start);
  for (int round = 0; round < 100'000 && outcome.status < 0; ++round) {
    const Step step = process.resume(host);
    for (const LogLine& line : step.output) {
      (line.stream == 1 ? outcome.out : outcome.err) += line.text + (line.whole ? "\n" : "");
    }
    for (const Request& request : step.requests) {
      (request.kind == RequestKind::kUnknown ? outcome.unknown : outcome.problem) += "asks for " + request.name + "\n";
      process.answer(request.id, {Outcome::kNoSuchName, {}, 127, true, ""});
    }
    if (step.exit_code) {
      outcome.status = *step.exit_code;
    } else if (step.requests.empty()) {
      if (!step.wake) {
        outcome.problem += "waits for ever\n";
        break;
      }
      host.now_value = *step.wake;
    }
  }
  if (outcome.status < 0 && outcome.problem.empty()) outcome.problem = "does not end\n";
  outcome.took = host.now() - start;
  return outcome;
}

Machine::Machine() {
  std::string name = std::filesystem::temp_directory_path().string() + "/twin-shell-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  root_ = name;
  std::filesystem::create_directory(root_ + "/bin");
  std::ofstream(root_ + "/bin/sleep") << "#!/bin/dash\ncase $1 in infinity) exec /bin/sleep infinity ;; esac\n";
  std::filesystem::permissions(root_ + "/bin/sleep", std::filesystem::perms::owner_all);
}

Machine::~Machine() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

Place Machine::freshPlace() {
  Place place;
  place.directory = root_ + "/" + std::to_string(places_++);
  std::filesystem::create_directory(place.directory);
  place.environment = {{"PATH", root_ + "/bin:/usr/bin:/bin"}, {"HOME", "/home"}, {"LC_ALL", "C"}};
  return place;
}

ScriptRun Machine::run(const std::vector<std::string>& argv, const Place& place) const {
  ScriptRun outcome;
  std::vector<std::string> arguments = argv;
  if (arguments[0].find('/') == std::string::npos) arguments[0] = "/bin/" + arguments[0];
  std::vector<std::string> variables;
  for (const auto& [name, value] : place.environment) variables.push_back(name + "=" + value);
  Pointers argument_list(arguments), variable_list(variables);
  const std::string out = place.directory + ".out", err = place.directory + ".err";
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) become(place.directory, out, err, argument_list.list.data(), variable_list.list.data(), place.pid1);
  int status = 0;
  waitpid(child, &status, 0);
  kill(-child, SIGKILL);  // what it left in the background
  outcome.status = statusOf(status);
  outcome.out = slurp(out);
  outcome.err = slurp(err);
  if (outcome.status == 128 + SIGALRM) outcome.problem = "hangs on this machine\n";
  return outcome;
}

bool Machine::hasNamespaces() {
  Machine machine;
  Place place = machine.freshPlace();
  place.pid1 = true;
  return machine.run({"/bin/dash", "-c", "exit $$"}, place).status == 1;
}

}  // namespace jobset_twin::workload::testing
