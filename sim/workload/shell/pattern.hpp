// pattern.hpp - shell patterns: * ? [a-z] [!x] [[:digit:]], with backslash for what was quoted. Bytes, C locale.
#pragma once

#include <string>
#include <string_view>

namespace jobset_twin::workload::shell {

[[nodiscard]] bool matches(std::string_view pattern, std::string_view text);
// Whether a pattern has an active *, ? or [.
[[nodiscard]] bool isPattern(std::string_view pattern);
// Without the backslashes.
[[nodiscard]] std::string unescaped(std::string_view pattern);
[[nodiscard]] bool inClass(std::string_view name, unsigned char c);  // "digit", "alpha", …

}  // namespace jobset_twin::workload::shell
