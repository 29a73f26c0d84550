// script_table.hpp - the scripts of scripts/*.sh: many to a file, each under a line `#= SHELLS… | what it shows`.
//
// SHELLS: bash, dash, both. What is for dash is also read as the shell of busybox, which does as dash does, but for
// `noash`. `pid1` runs the script as the first process of a PID namespace; `trace` compares standard error to the
// letter (what set -x writes), `noisy` does not compare it; `unknown` says that a command exists in no image.
#pragma once

#include <string>
#include <vector>

namespace jobset_twin::workload::testing {

struct ScriptCase {
  std::string file;
  std::string name;
  std::string text;
  bool bash = false, dash = false, ash = false, pid1 = false, trace = false, noisy = false, unknown = false;
};

// All scripts, by file name and order in the file. Throws std::runtime_error that names the line of a mistake.
std::vector<ScriptCase> readScripts();

}  // namespace jobset_twin::workload::testing
