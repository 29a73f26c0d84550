#include "tests/validation/tools/markdown.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>
#include <sstream>
#include <utility>

#include <fmt/format.h>

namespace jobset_twin::validation {
namespace {

constexpr std::string_view kMarker = "<!-- results -->";

struct Line {
  std::string id, tier, text;
};

std::string cellAt(const std::string& line, int index) {
  std::size_t from = 0;
  for (int i = 0; i <= index; ++i) {
    from = line.find('|', from);
    if (from == std::string::npos) return {};
    ++from;
  }
  const std::size_t to = line.find('|', from);
  std::string cell = line.substr(from, to == std::string::npos ? to : to - from);
  cell.erase(0, cell.find_first_not_of(' '));
  cell.erase(cell.find_last_not_of(' ') + 1);
  return cell;
}

// "B.3 …" and "F10 …": section and number.
std::pair<char, int> entryOf(const std::string& id) {
  std::size_t digit = 1;
  while (digit < id.size() && std::isdigit(static_cast<unsigned char>(id[digit])) == 0) ++digit;
  return {id.empty() ? ' ' : id[0], digit < id.size() ? std::atoi(id.c_str() + digit) : 0};
}

std::vector<Line> linesOf(const std::string& page) {
  const std::size_t marker = page.find(kMarker);
  std::vector<Line> lines;
  std::istringstream rest(marker == std::string::npos ? std::string() : page.substr(marker));
  for (std::string line; std::getline(rest, line);) {
    const std::string id = cellAt(line, 0);
    if (!id.empty() && id != "id" && !id.starts_with("-")) lines.push_back({id, cellAt(line, 1), line});
  }
  return lines;
}

}  // namespace

std::string withRows(const std::string& page, const std::vector<Row>& rows, Tier tier) {
  const std::size_t marker = page.find(kMarker);
  std::string out = page.substr(0, marker);
  if (marker == std::string::npos) out += "\n";
  std::vector<Line> lines = linesOf(page);
  const std::string name = tier == Tier::kFast ? "fast" : "slow";
  for (const Row& row : rows) {
    const std::string text = fmt::format("| {} | {} | {} | {} | {} | {} | {} |", row.id, name, row.expected, row.got,
                                         row.half_width, row.seeds, row.verdict);
    const auto old = std::find_if(lines.begin(), lines.end(),
                                  [&](const Line& line) { return line.id == row.id && line.tier == name; });
    if (old != lines.end()) {
      old->text = text;
    } else {
      lines.push_back({row.id, name, text});
    }
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Line& a, const Line& b) { return entryOf(a.id) < entryOf(b.id); });
  out += kMarker;
  out += "\n\n| id | tier | expected | got | half-width | seeds | verdict |\n|---|---|---|---|---|---|---|\n";
  for (const Line& line : lines) out += line.text + "\n";
  return out;
}

std::vector<std::string> pageDiffers(const std::string& page, const std::vector<Row>& rows, const Report& report,
                                     Tier tier) {
  const std::string name = tier == Tier::kFast ? "fast" : "slow";
  std::set<std::string> there, here;
  for (const Line& line : linesOf(page)) {
    // Of "B.3 …" the entry is "B.3".
    if (line.tier == name && report.wants(line.id.substr(0, line.id.find(' ')))) there.insert(line.id);
  }
  for (const Row& row : rows) here.insert(row.id);
  std::vector<std::string> out;
  for (const std::string& id : here)
    if (!there.contains(id)) out.push_back("not in the table: " + id);
  for (const std::string& id : there)
    if (!here.contains(id)) out.push_back("in the table, but no row any more: " + id);
  return out;
}

}  // namespace jobset_twin::validation
