// csv.hpp - files of comma-separated values as users give them: a header with the columns' names, then a line each.
// Empty lines and lines that begin with # are passed over; a cell in double quotes may have commas, and "" in it is one
// quote.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/time.hpp"

namespace jobset_twin::scenarios {

// Takes the next line with cells off the text; the number of the line, from 1. Start with `line` 0. False: none is
// left.
bool nextCsvLine(std::string_view& text, int& line, std::vector<std::string>& cells);

// ns, us, ms, s, m or h in seconds.
double csvSecondsOf(const std::string& unit);

// A number of such units, or a duration ("90s"). Absent: not a time that there can be.
std::optional<api::Duration> csvTime(const std::string& cell, double unit_seconds);

}  // namespace jobset_twin::scenarios
