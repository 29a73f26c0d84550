// command.hpp - what a container's command line is, decided at load: known to the interpreter or not, and where not.
//
// Does not run anything (process.hpp does) and knows no image: the entry point of an image is never a known command.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/workload/shell/ast.hpp"

namespace jobset_twin::workload {

namespace shell {
struct Code;
class Machine;
}  // namespace shell

// A construct or a command that the interpreter does not know, or a syntax error. Lines and columns count from 1 and
// are positions in the script; both are 0 for the command line itself.
struct Diagnostic {
  int line = 0;
  int column = 0;
  std::string text;
  std::string command;        // the name, if it is an unknown command
  bool syntax_error = false;  // the shell would refuse the script: exit code 2
};

enum class ProgramKind { kCommand, kShell };

struct Program {
  ProgramKind kind = ProgramKind::kCommand;
  std::vector<std::string> argv;
  // of a shell
  std::shared_ptr<const shell::Code> code;
  shell::Dialect dialect = shell::Dialect::kBash;
  std::string name;                     // $0
  std::vector<std::string> positional;  // $1…
  std::string flags;                    // of e, u, x, f, a, p (pipefail)
};

struct Compiled {
  std::shared_ptr<const Program> program;
  std::vector<Diagnostic> unknown;
  bool known = false;  // unknown is empty
  // It cannot be run at all: a program that is not known, or a script that the interpreter cannot read though a shell
  // could. What is known but for some commands runs, and asks for those.
  bool runnable = false;
};

// `argv`: command and args of the container, with $(VAR) already substituted as Kubernetes does.
// `sh` says what `sh` is in this image; a program that is not known can still be run: it asks with kUnknown.
[[nodiscard]] Compiled compile(std::span<const std::string> argv, shell::Dialect sh = shell::Dialect::kAsh);

// Recognises sh, bash, dash, ash (also by path, busybox sh) with -c, options and arguments. Used for programs started
// by scripts too. Empty code pointer if it is no shell with a -c script.
[[nodiscard]] std::shared_ptr<const Program> shellProgram(std::span<const std::string> argv, shell::Dialect sh,
                                                          std::string& problem);

}  // namespace jobset_twin::workload
