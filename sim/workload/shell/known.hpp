// known.hpp - which commands the interpreter knows, and with which options.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/workload/shell/ast.hpp"
#include "sim/workload/shell/parser.hpp"

namespace jobset_twin::workload::shell {

[[nodiscard]] bool isSpecialBuiltin(std::string_view name);
[[nodiscard]] bool isBuiltin(std::string_view name, Dialect dialect);
[[nodiscard]] bool isKnownCommand(std::string_view name);
// The last component of a path such as /bin/sleep, for the usual directories of programs.
[[nodiscard]] std::string_view commandName(std::string_view argv0);
// Why the interpreter cannot run this command line, or "" if it can. `argv` is literal.
[[nodiscard]] std::string whyUnknown(std::span<const std::string> argv);

struct UnknownCommand {
  Note where;
  std::string command;
};
// Walks a script: commands that are named in it literally and are not known, constructs that are.
[[nodiscard]] std::vector<UnknownCommand> unknownCommands(const std::vector<std::shared_ptr<Node>>& units,
                                                          Dialect dialect);

}  // namespace jobset_twin::workload::shell
