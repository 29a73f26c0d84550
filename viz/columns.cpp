#include "viz/columns.hpp"

#include <algorithm>

namespace jobset_twin::viz {
namespace {

// Splits at every `separator`; always at least one part.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  parts.push_back(text);
  return parts;
}

// Lays out rows whose last cell is not part of a column. As in a tabwriter, a column is a run of consecutive rows that
// have it; its width is that of the run alone.
std::string layOut(const std::vector<std::vector<std::string_view>>& rows, std::size_t padding, std::size_t min_width) {
  std::vector<std::vector<std::size_t>> widths(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    while (widths[i].size() + 1 < rows[i].size()) {
      const std::size_t column = widths[i].size();
      std::size_t width = min_width, end = i;
      for (; end < rows.size() && column + 1 < rows[end].size() && widths[end].size() == column; ++end) {
        width = std::max(width, displayWidth(rows[end][column]) + padding);
      }
      for (std::size_t j = i; j < end; ++j) widths[j].push_back(width);
    }
  }
  std::string out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t column = 0; column < rows[i].size(); ++column) {
      out += rows[i][column];
      if (column + 1 < rows[i].size()) out.append(widths[i][column] - displayWidth(rows[i][column]), ' ');
    }
    out += '\n';
  }
  return out;
}

}  // namespace

std::string formatTable(const Table& table) {
  constexpr std::size_t kPadding = 3, kMinWidth = 6;
  std::vector<std::vector<std::string_view>> rows;
  rows.reserve(table.rows.size() + 1);
  rows.emplace_back(table.header.begin(), table.header.end());
  for (const Row& row : table.rows) rows.emplace_back(row.begin(), row.end());
  return layOut(rows, kPadding, kMinWidth);
}

std::string alignTabs(std::string_view text) {
  constexpr std::size_t kPadding = 2;
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::vector<std::vector<std::string_view>> rows;
  for (const std::string_view line : split(text, '\n')) rows.push_back(split(line, '\t'));
  return layOut(rows, kPadding, 0);
}

std::string withThousands(std::int64_t number) {
  constexpr std::size_t kGroup = 3;
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + kGroup;) {
    at -= kGroup;
    digits.insert(at, ",");
  }
  return digits;
}

std::size_t displayWidth(std::string_view utf8_text) {
  constexpr unsigned kContinuationMask = 0xC0, kContinuation = 0x80;
  return static_cast<std::size_t>(std::count_if(utf8_text.begin(), utf8_text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & kContinuationMask) != kContinuation;
  }));
}

}  // namespace jobset_twin::viz
