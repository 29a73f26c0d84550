// tables.hpp - the end of a run as tables: what kubectl would print, which names resolve, what is stuck, what was
// expected.
//
// The rows of kubectl are in printers.hpp. Tables of more than `max_rows` rows are summarised by state; rows in a state
// that few share, or that went wrong, are still listed.
#pragma once

#include <string>

#include "scenarios/outcome.hpp"

namespace jobset_twin::viz {

struct TableOptions {
  std::size_t max_rows = 40;
  bool wide = true;  // get pods -o wide
  bool color = false;
  bool utf8 = true;
  bool names = true;  // under which names Pods were resolvable
};

// All of them, each with its heading, separated by empty lines; ends with a newline. "" if there is nothing to show.
std::string tables(const scenarios::Outcome& outcome, const TableOptions& options = {});

}  // namespace jobset_twin::viz
