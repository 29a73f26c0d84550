// format.hpp - the text formats of echo, printf, date, seq and sleep's durations. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/workload/host.hpp"

namespace jobset_twin::workload::shell {

// Escapes of echo -e and printf %b; `stop` becomes true at \c.
[[nodiscard]] std::string echoEscapes(std::string_view text, bool& stop);
struct Printed {
  std::string text;
  std::vector<std::string> errors;  // "abc: invalid number"
  bool stop = false;
};
[[nodiscard]] Printed printfText(const std::string& format, const std::vector<std::string>& args, bool bash);
// 10, 1.5, 2m, infinity; nothing if malformed. Duration::max() is for ever.
[[nodiscard]] std::optional<Duration> sleepDuration(std::string_view text);
[[nodiscard]] std::string dateText(std::string_view format, TimePoint at);

}  // namespace jobset_twin::workload::shell
