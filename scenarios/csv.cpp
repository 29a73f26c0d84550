#include "scenarios/csv.hpp"

#include <algorithm>
#include <charconv>

namespace jobset_twin::scenarios {
namespace {

constexpr double kSecondsMost = 9e9;  // durations are nanoseconds in 64 bits

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r"), end = text.find_last_not_of(" \t\r");
  return begin == std::string_view::npos ? std::string() : std::string(text.substr(begin, end - begin + 1));
}

void split(std::string_view line, std::vector<std::string>& out) {
  out.assign(1, {});
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      out.back() += line[++i];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      out.emplace_back();
    } else {
      out.back() += line[i];
    }
  }
  for (std::string& cell : out) cell = trimmed(cell);
}

}  // namespace

bool nextCsvLine(std::string_view& text, int& line, std::vector<std::string>& cells) {
  while (!text.empty()) {
    ++line;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view content = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string plain = trimmed(content);
    if (plain.empty() || plain.starts_with('#')) continue;
    split(content, cells);
    return true;
  }
  return false;
}

double csvSecondsOf(const std::string& unit) {
  return unit == "ns" ? 1e-9 : unit == "us" ? 1e-6 : unit == "ms" ? 1e-3 : unit == "m" ? 60 : unit == "h" ? 3600 : 1;
}

std::optional<api::Duration> csvTime(const std::string& cell, double unit_seconds) {
  double number = 0;
  const auto [end, problem] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  if (problem == std::errc() && end == cell.data() + cell.size()) {
    const double seconds = number * unit_seconds;
    if (!(seconds >= 0 && seconds <= kSecondsMost)) return std::nullopt;
    return api::Duration(static_cast<std::int64_t>(seconds * 1e9 + 0.5));
  }
  const api::Result<api::Duration> parsed = api::parseDuration(cell);
  if (!parsed || *parsed < api::Duration{}) return std::nullopt;
  return *parsed;
}

}  // namespace jobset_twin::scenarios
