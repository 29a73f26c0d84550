// Times that were measured: {empirical: {values: [10s, 12s]}}, or a column of a file of comma-separated values beside
// the scenario (csv.hpp); numbers are in `unit`, anything else is a duration ("90s").
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "scenarios/csv.hpp"
#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

constexpr std::size_t kTimesMost = 1'000'000;

struct Empirical {
  std::string file, column, unit = "s";
  std::vector<Duration> values;
};

void readValue(Reader& reader, const Place& place, Duration& out) { reader.duration(place, out); }

constexpr std::array<Field<Empirical>, 4> kEmpiricalFields = {{
    {"values", "[]duration", "the times",
     [](Reader& r, const Place& p, Empirical& e) { r.list(p, e.values, readValue); }},
    {"file", "string", "instead of them: a CSV file with a header; its path is relative to the scenario's file",
     [](Reader& r, const Place& p, Empirical& e) { r.text(p, e.file); }},
    {"column", "string", "which of its columns, by name; may be left out when it has one",
     [](Reader& r, const Place& p, Empirical& e) { r.text(p, e.column); }},
    {"unit", "string", "of plain numbers in it: ns, us, ms, s, m or h (s)",
     [](Reader& r, const Place& p, Empirical& e) {
       r.choice(p, e.unit, {"ns", "us", "ms", "s", "m", "h"});
     }},
}};

// Reads a column; an error names the line of that file.
class Column {
 public:
  Column(Reader& reader, const Place& place, const Empirical& wanted, std::string path)
      : reader_(reader), place_(place), wanted_(wanted), path_(std::move(path)) {}

  bool read(std::string_view text, std::vector<Duration>& out) {
    bool header = true;
    int line = 0;
    std::vector<std::string> cells;
    while (nextCsvLine(text, line, cells)) {
      if (header) {
        header = false;
        if (!find(line, cells)) return false;
        continue;
      }
      if (cells.size() != columns_)
        return wrong(line, fmt::format("has {} cells, the header has {}", cells.size(), columns_));
      const std::optional<Duration> time = csvTime(cells[at_], csvSecondsOf(wanted_.unit));
      if (!time)
        return wrong(line, fmt::format("column \"{}\": {} is not a time: a number of {} or a duration, such as 90s",
                                       name_, api::quoted(cells[at_]), wanted_.unit));
      if (out.size() == kTimesMost) return wrong(line, fmt::format("more than {} times", kTimesMost));
      out.push_back(*time);
    }
    if (header) return wrong(0, "has no header");
    if (out.empty()) return wrong(0, "has no times, only a header");
    return true;
  }

 private:
  bool find(int line, const std::vector<std::string>& cells) {
    columns_ = cells.size();
    if (wanted_.column.empty() && columns_ > 1)
      return wrong(line,
                   fmt::format("has {} columns: {}; say which one with column", columns_, fmt::join(cells, ", ")));
    if (!wanted_.column.empty()) {
      const auto found = std::find(cells.begin(), cells.end(), wanted_.column);
      at_ = static_cast<std::size_t>(found - cells.begin());
      if (found == cells.end()) {
        const std::string nearest = api::nearestName(wanted_.column, cells);
        return wrong(line, fmt::format("has no column {}{}", api::quoted(wanted_.column),
                                       nearest.empty() ? fmt::format(": its columns are {}", fmt::join(cells, ", "))
                                                       : fmt::format("; did you mean \"{}\"?", nearest)));
      }
    }
    name_ = cells[at_];
    return true;
  }

  bool wrong(int line, const std::string& what) {
    api::Error error = reader_.origin(place_);
    const std::string used_at = fmt::format("{}:{}", error.file, error.line);
    error.file = path_;
    error.line = line;
    error.column = 0;
    error.code = "Invalid";
    error.text = fmt::format("{} (read for {} at {})", what, place_.path, used_at);
    reader_.errors.push_back(std::move(error));
    return false;
  }

  Reader& reader_;
  const Place& place_;
  const Empirical& wanted_;
  std::string path_, name_;
  std::size_t columns_ = 0, at_ = 0;
};

}  // namespace

void readEmpirical(Reader& reader, const Place& place, workload::TimeDistribution& out) {
  Empirical wanted;
  const std::size_t before = reader.errors.size();
  reader.object<Empirical>(place, kEmpiricalFields, wanted);
  if (reader.errors.size() != before) return;
  if (wanted.file.empty() == wanted.values.empty())
    return reader.invalid(place, "must have exactly one of values and file, and at least one time");
  if (!wanted.file.empty()) {
    const std::string path = besides(reader.context().file, wanted.file);
    const std::optional<std::string> text = reader.context().read ? reader.context().read(path) : std::nullopt;
    if (!text) return reader.invalid(place.at(*place.node.findEntry("file")), fmt::format("{} cannot be read", path));
    if (!Column(reader, place, wanted, path).read(*text, wanted.values)) return;
  }
  std::sort(wanted.values.begin(), wanted.values.end());
  out.measured = std::make_shared<const workload::MeasuredTimes>(std::move(wanted.values));
}

void addEmpiricalFields(FieldTexts& out) { addFields<Empirical>(out, "Empirical", kEmpiricalFields); }

}  // namespace jobset_twin::scenarios
