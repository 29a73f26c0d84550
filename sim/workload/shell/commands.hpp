// commands.hpp - the external programs that the interpreter imitates, as functions of their arguments and input.
//
// Programs that take time or ask the network (sleep, timeout, ping, …) are in running.cpp. Behaviour: GNU
// coreutils 9.1, grep 3.8 and sed 4.8 in the C locale, for the options in commands.cpp's table; other options are not
// known.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/workload/host.hpp"

namespace jobset_twin::workload::shell {

struct NeedInput {};  // thrown by a command that reads standard input before it is there

struct CommandContext {
  Host& host;
  const std::vector<std::string>& argv;
  std::string directory;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string_view input;
  bool ready = false;   // input is there
  bool first = true;    // of a stream: nothing was handled yet
  bool effect = false;  // it read the clock or a random number, or changed a file
  std::string out;
  std::string err;

  [[nodiscard]] std::string_view standardInput() const {
    if (!ready) throw NeedInput{};
    return input;
  }
  [[nodiscard]] std::string path(std::string_view name) const;
  // The content of an operand file, "-" meaning standard input. Says so and returns false if there is none.
  bool read(const std::string& name, std::string& content);
  void fail(const std::string& text) { err += argv[0] + ": " + text + "\n"; }
};

// Options and operands of a command line, by the table of known options.
struct CommandLine {
  std::vector<std::pair<char, std::string>> options;
  std::vector<std::string> operands;
  std::string unknown;  // the first option that is not in the table
  [[nodiscard]] bool has(char c) const;
  [[nodiscard]] std::string value(char c, std::string fallback = {}) const;
};

enum class Streaming { kWhole, kLines, kBytes, kHead, kFirstMatch };

[[nodiscard]] bool isProgram(std::string_view name);
[[nodiscard]] std::string whyNotProgram(std::span<const std::string> argv);
[[nodiscard]] Streaming streaming(const std::vector<std::string>& argv);
// Lines after which head has enough.
[[nodiscard]] std::int64_t headLines(const std::vector<std::string>& argv);
int runProgram(CommandContext& c);

[[nodiscard]] CommandLine parseOptions(std::span<const std::string> argv);
[[nodiscard]] std::vector<std::string_view> linesOf(std::string_view text);
// A POSIX basic regular expression in RE2's syntax.
[[nodiscard]] std::string fromBasic(std::string_view pattern);

// commands_text.cpp
int cmdGrep(CommandContext& c, const CommandLine& o);
int cmdSed(CommandContext& c, const CommandLine& o);
int cmdAwk(CommandContext& c, const CommandLine& o);
int cmdCut(CommandContext& c, const CommandLine& o);
int cmdTr(CommandContext& c, const CommandLine& o);
int cmdSort(CommandContext& c, const CommandLine& o);
int cmdUniq(CommandContext& c, const CommandLine& o);
int cmdExpr(CommandContext& c, const CommandLine& o);
[[nodiscard]] std::string whyNotSed(const CommandLine& o);
[[nodiscard]] bool sedStreams(const CommandLine& o);

}  // namespace jobset_twin::workload::shell
