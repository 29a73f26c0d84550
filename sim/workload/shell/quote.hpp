// quote.hpp - a word as `set -x` shows it.
#pragma once

#include <string>
#include <string_view>

#include "sim/workload/shell/ast.hpp"

namespace jobset_twin::workload::shell {

[[nodiscard]] std::string quoteWord(std::string_view word, Dialect dialect);
// As printf %q and `trap` print it: always readable again.
[[nodiscard]] std::string backslashQuote(std::string_view word);
[[nodiscard]] std::string singleQuote(std::string_view word);

}  // namespace jobset_twin::workload::shell
