// parser.hpp - reads the text of a shell script into the tree of ast.hpp.
//
// Never guesses: what is not a part of the language raises SyntaxError, and what is valid but not run by the
// simulator is listed in Parsed::unsupported. Does not look at command names (known.hpp does).
// Source: POSIX.1-2017 XCU 2.2-2.10, bash 5.2 manual 3.1-3.5.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/workload/shell/ast.hpp"

namespace jobset_twin::workload::shell {

struct Note {
  int line = 0;
  int column = 0;
  std::string text;
};

struct Parsed {
  std::vector<std::shared_ptr<Node>> units;  // one per complete command line, in order
  std::vector<Note> unsupported;
  bool failed = false;  // a syntax error; units holds the lines before it
  Note error;
  bool unreadable = false;  // what failed is not the script but this reader: the shell would read it
};

[[nodiscard]] Parsed parseScript(std::string_view text, Dialect dialect, int first_line = 1);

[[nodiscard]] bool isName(std::string_view text);

}  // namespace jobset_twin::workload::shell
