// columns.hpp - aligned columns as Go's tabwriter makes them for kubectl, and numbers with thousands separators.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "viz/printers.hpp"

namespace jobset_twin::viz {

// `kubectl get`: cells padded by 3, at least 6 wide, nothing after the last. Each line ends with a newline.
std::string formatTable(const Table& table);

// `kubectl describe`: text with tabs; cells of consecutive lines are aligned, padded by 2. Lines without a tab separate
// blocks.
std::string alignTabs(std::string_view text);

std::string withThousands(std::int64_t number);        // "9,998"
std::size_t displayWidth(std::string_view utf8_text);  // characters

}  // namespace jobset_twin::viz
