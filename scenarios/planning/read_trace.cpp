// arrivals.trace of a workload: a CSV file with a line for each JobSet, its columns named by the plan.
#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "scenarios/csv.hpp"
#include "scenarios/planning/read_plan_parts.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

constexpr std::size_t kRowsMost = 1'000'000;

struct TraceSource {
  std::string file, submit, submit_unit = "s", run_time, run_time_unit = "s", pods, gpus;
  api::StringMap where;
};

void readUnit(Reader& reader, const Place& place, std::string& out) {
  reader.choice(place, out, {"ns", "us", "ms", "s", "m", "h"});
}

constexpr std::array<Field<TraceSource>, 8> kTraceFields = {{
    {"file", "string", "a CSV file with a header; its path is relative to the plan's file",
     [](Reader& r, const Place& p, TraceSource& t) { r.text(p, t.file); }, true},
    {"submit", "string", "column of the time of submission",
     [](Reader& r, const Place& p, TraceSource& t) { r.text(p, t.submit); }, true},
    {"submitUnit", "string", "of plain numbers in it: ns, us, ms, s, m or h (s)",
     [](Reader& r, const Place& p, TraceSource& t) { readUnit(r, p, t.submit_unit); }},
    {"runTime", "string", "column of the run time; that of the workload when left out",
     [](Reader& r, const Place& p, TraceSource& t) { r.text(p, t.run_time); }},
    {"runTimeUnit", "string", "of plain numbers in it (s)",
     [](Reader& r, const Place& p, TraceSource& t) { readUnit(r, p, t.run_time_unit); }},
    {"pods", "string", "column of the number of Pods; that of the workload when left out",
     [](Reader& r, const Place& p, TraceSource& t) { r.text(p, t.pods); }},
    {"gpus", "string", "column of the number of GPUs of all Pods together, which need not be whole nodes",
     [](Reader& r, const Place& p, TraceSource& t) { r.text(p, t.gpus); }},
    {"where", "map[string]string", "only lines that have these values in these columns",
     [](Reader& r, const Place& p, TraceSource& t) { r.stringMap(p, t.where); }},
}};

std::optional<std::int64_t> wholeOf(const std::string& cell) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (problem != std::errc() || end != cell.data() + cell.size() || value < 0) return std::nullopt;
  return value;
}

class TraceFile {
 public:
  TraceFile(Reader& reader, const Place& place, const TraceSource& source, std::string path)
      : reader_(reader), place_(place), source_(source), path_(std::move(path)) {}

  bool read(std::string_view text, std::vector<TraceRow>& out) {
    if (!nextCsvLine(text, line_, cells_)) return wrong("has no header");
    if (!findColumns()) return false;
    while (nextCsvLine(text, line_, cells_)) {
      if (cells_.size() != names_.size())
        return wrong(fmt::format("has {} cells, the header has {}", cells_.size(), names_.size()));
      if (!wanted()) continue;
      TraceRow row;
      if (!readRow(row)) return false;
      if (out.size() == kRowsMost) return wrong(fmt::format("more than {} lines", kRowsMost));
      out.push_back(row);
    }
    if (out.empty())
      return wrong(source_.where.empty() ? "has no lines, only a header" : "has no line that `where` fits");
    std::stable_sort(out.begin(), out.end(), [](const TraceRow& a, const TraceRow& b) { return a.at < b.at; });
    return true;
  }

 private:
  bool find(const std::string& name, std::size_t& at) {
    at = names_.size();
    if (name.empty()) return true;
    at = static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
    if (at < names_.size()) return true;
    const std::string nearest = api::nearestName(name, names_);
    return wrong(fmt::format("has no column {}{}", api::quoted(name),
                             nearest.empty() ? fmt::format(": its columns are {}", fmt::join(names_, ", "))
                                             : fmt::format("; did you mean \"{}\"?", nearest)));
  }

  bool findColumns() {
    names_ = cells_;
    for (const auto& [name, value] : source_.where) {
      std::size_t at = 0;
      if (!find(std::string(name), at)) return false;
      where_.emplace_back(at, value);
    }
    return find(source_.submit, submit_) && find(source_.run_time, run_time_) && find(source_.pods, pods_) &&
           find(source_.gpus, gpus_);
  }

  bool wanted() const {
    return std::all_of(where_.begin(), where_.end(), [&](const auto& one) { return cells_[one.first] == one.second; });
  }

  bool readTime(std::size_t column, const std::string& unit, Duration& out) {
    const std::optional<Duration> time = csvTime(cells_[column], csvSecondsOf(unit));
    if (!time)
      return wrong(fmt::format("column \"{}\": {} is not a time: a number of {} or a duration, such as 90s",
                               names_[column], api::quoted(cells_[column]), unit));
    out = *time;
    return true;
  }

  bool readWhole(std::size_t column, std::int64_t least, std::int64_t& out) {
    const std::optional<std::int64_t> value = wholeOf(cells_[column]);
    if (!value || *value < least)
      return wrong(fmt::format("column \"{}\": {} is not a whole number of {} or more", names_[column],
                               api::quoted(cells_[column]), least));
    out = *value;
    return true;
  }

  bool readRow(TraceRow& row) {
    if (!readTime(submit_, source_.submit_unit, row.at)) return false;
    if (run_time_ < names_.size()) {
      Duration time{};
      if (!readTime(run_time_, source_.run_time_unit, time)) return false;
      row.run_time = time;
    }
    std::int64_t whole = 0;
    if (pods_ < names_.size()) {
      if (!readWhole(pods_, 1, whole)) return false;
      row.pods = static_cast<std::int32_t>(std::min<std::int64_t>(whole, 100'000));
    }
    if (gpus_ < names_.size()) {
      if (!readWhole(gpus_, 0, whole)) return false;
      row.gpus = whole;
    }
    return true;
  }

  bool wrong(const std::string& what) {
    api::Error error = reader_.origin(place_);
    const std::string used_at = fmt::format("{}:{}", error.file, error.line);
    error.file = path_;
    error.line = line_;
    error.column = 0;
    error.code = "Invalid";
    error.text = fmt::format("{} (read for {} at {})", what, place_.path, used_at);
    reader_.errors.push_back(std::move(error));
    return false;
  }

  Reader& reader_;
  const Place& place_;
  const TraceSource& source_;
  std::string path_;
  int line_ = 0;
  std::vector<std::string> cells_, names_;
  std::vector<std::pair<std::size_t, std::string>> where_;
  std::size_t submit_ = 0, run_time_ = 0, pods_ = 0, gpus_ = 0;
};

}  // namespace

void readTrace(Reader& reader, const Place& place, Arrivals& out) {
  TraceSource source;
  const std::size_t before = reader.errors.size();
  reader.object<TraceSource>(place, kTraceFields, source);
  if (reader.errors.size() != before) return;
  const std::string path = besides(reader.context().file, source.file);
  const std::optional<std::string> text = reader.context().read ? reader.context().read(path) : std::nullopt;
  if (!text) return reader.invalid(place.at(*place.node.findEntry("file")), fmt::format("{} cannot be read", path));
  out.kind = Arrivals::Kind::kTrace;
  TraceFile(reader, place, source, path).read(*text, out.rows);
}

void addTraceFields(FieldTexts& out) { addFields<TraceSource>(out, "Trace", kTraceFields); }

}  // namespace jobset_twin::scenarios::planning
