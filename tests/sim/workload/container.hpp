// container.hpp - one Process with the world around it: a clock, files, names that resolve, and the log with its times.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <cereal/archives/binary.hpp>

#include "sim/workload/memory_host.hpp"
#include "sim/workload/process_archive.hpp"

namespace jobset_twin::workload::testing {

struct Container {
  MemoryHost host;
  Process process;
  std::map<std::string, std::vector<std::string>> names;  // what resolves, to which addresses
  Duration look_up{};                                     // how long a look-up takes
  Duration unknown_run{};                                 // how long a program that is not known runs
  std::vector<Request> open;
  std::vector<TimePoint> due;                       // of `open`
  std::vector<std::pair<double, std::string>> log;  // seconds, line
  double ended = -1;                                // seconds
  std::int64_t resumes = 0;

  static Container start(const std::vector<std::string>& argv, const Options& options = {},
                         const std::vector<std::pair<std::string, std::string>>& environment = {});
  static Container bash(const std::string& script, const Options& options = {}) {
    return start({"bash", "-c", script}, options);
  }
  static Container dash(const std::string& script, const Options& options = {}) {
    return start({"dash", "-c", script}, options);
  }

  // Goes on until it has ended, until nothing but a signal moves it, or until that time (seconds since its start).
  void runUntil(double seconds);
  void signalAt(double seconds, int number) {
    runUntil(seconds);
    process.signal(number);
    step();
  }
  double now() const;
  std::string text() const;  // the log's lines
  int exitCode() const { return process.exitCode().value_or(-1); }

 private:
  Step step();
  std::optional<TimePoint> wake_;
};

}  // namespace jobset_twin::workload::testing
