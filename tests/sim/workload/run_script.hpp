// run_script.hpp - runs one script: through the interpreter, and through a shell of this machine.
//
// Both get the same arguments, environment, directory and an empty standard input. The machine's `sleep` returns at
// once (only `sleep infinity` waits, for scripts that kill it).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/workload/memory_host.hpp"
#include "sim/workload/process.hpp"

namespace jobset_twin::workload::testing {

using Environment = std::vector<std::pair<std::string, std::string>>;

struct ScriptRun {
  std::string out;
  std::string err;
  int status = -1;      // -1: it did not end
  std::string problem;  // why it could not run or end
  std::string unknown;  // commands that the interpreter does not know
  Duration took{};      // virtual
};

struct Place {
  std::string directory = "/tmp/place";
  Environment environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/home"}, {"LC_ALL", "C"}};
  bool pid1 = false;
};

// The interpreter. Commands that it does not know do not exist in the image: the shell says so.
ScriptRun interpret(const std::vector<std::string>& argv, const Place& place);

// Makes a directory for the scripts of one test, with a `sleep` that does not; removed at the end.
class Machine {
 public:
  Machine();
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // An empty directory and the environment to give to both sides.
  Place freshPlace();
  ScriptRun run(const std::vector<std::string>& argv, const Place& place) const;
  // Whether this machine lets us start a PID namespace.
  static bool hasNamespaces();

 private:
  std::string root_;
  int places_ = 0;
};

}  // namespace jobset_twin::workload::testing
