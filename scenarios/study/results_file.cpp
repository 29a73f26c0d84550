#include "scenarios/study/results_file.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <sqlite3.h>

#include "scenarios/study/metric_statistics.hpp"

namespace jobset_twin::scenarios::study {

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

namespace {

constexpr const char* kSchema = R"(
CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE factors (factor INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE points (point INTEGER PRIMARY KEY, label TEXT NOT NULL, command TEXT NOT NULL);
CREATE TABLE levels (point INTEGER NOT NULL, factor INTEGER NOT NULL, level TEXT NOT NULL, number REAL,
                     PRIMARY KEY (point, factor)) WITHOUT ROWID;
CREATE TABLE runs (run INTEGER PRIMARY KEY, point INTEGER NOT NULL, replication INTEGER NOT NULL, seed TEXT NOT NULL,
                   fingerprint TEXT NOT NULL, end_reason TEXT NOT NULL, events INTEGER NOT NULL, problem TEXT NOT NULL);
CREATE TABLE metrics (run INTEGER NOT NULL, metric TEXT NOT NULL, value REAL NOT NULL,
                      PRIMARY KEY (run, metric)) WITHOUT ROWID;
CREATE TABLE summaries (point INTEGER NOT NULL, metric TEXT NOT NULL, count INTEGER NOT NULL, mean REAL NOT NULL,
                        low REAL, high REAL, deviation REAL NOT NULL, least REAL NOT NULL, p5 REAL NOT NULL,
                        p50 REAL NOT NULL, p95 REAL NOT NULL, most REAL NOT NULL,
                        PRIMARY KEY (point, metric)) WITHOUT ROWID;
)";

api::Error fileError(const std::string& path, std::string text, std::string hint = {}) {
  api::Error error = api::plainError("Input", std::move(text));
  error.file = path;
  error.hint = std::move(hint);
  return error;
}

// A prepared statement; what is bound is copied.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql) : database_(database) {
    if (sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) != SQLITE_OK) statement_ = nullptr;
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& integer(std::int64_t value) {
    sqlite3_bind_int64(statement_, ++bound_, value);
    return *this;
  }
  Statement& real(double value) {
    sqlite3_bind_double(statement_, ++bound_, value);
    return *this;
  }
  Statement& real(const std::optional<double>& value) {
    if (value) return real(*value);
    sqlite3_bind_null(statement_, ++bound_);
    return *this;
  }
  Statement& text(const std::string& value) {
    sqlite3_bind_text64(statement_, ++bound_, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
  }
  // Runs it; "" or why not. Ready for the next values then.
  std::string run() {
    const int code = statement_ ? sqlite3_step(statement_) : SQLITE_ERROR;
    std::string problem = code == SQLITE_DONE || code == SQLITE_ROW ? "" : sqlite3_errmsg(database_);
    sqlite3_reset(statement_);
    bound_ = 0;
    return problem;
  }
  bool next() { return statement_ && sqlite3_step(statement_) == SQLITE_ROW; }
  std::int64_t integerAt(int column) const { return sqlite3_column_int64(statement_, column); }
  double realAt(int column) const { return sqlite3_column_double(statement_, column); }
  bool nullAt(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::string textAt(int column) const {
    const unsigned char* text = sqlite3_column_text(statement_, column);
    return text ? std::string(reinterpret_cast<const char*>(text),
                              static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
                : std::string();
  }

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

std::string execute(sqlite3* database, const char* sql) {
  return sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK ? "" : sqlite3_errmsg(database);
}

api::Result<Database> openDatabase(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database(raw);
  if (code != SQLITE_OK)
    return fileError(path, fmt::format("cannot be opened: {}", raw ? sqlite3_errmsg(raw) : "no memory"));
  sqlite3_busy_timeout(raw, 5000);
  return database;
}

std::string addRun(sqlite3* database, const RunRow& run, std::size_t points) {
  const auto number = static_cast<std::int64_t>(run.number(points));
  Statement insert(database, "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  std::string problem = insert.integer(number)
                            .integer(run.point)
                            .integer(run.replication)
                            .text(std::to_string(run.seed))
                            .text(run.fingerprint)
                            .text(run.end_reason)
                            .integer(static_cast<std::int64_t>(run.events))
                            .text(run.problem)
                            .run();
  Statement metric(database, "INSERT OR REPLACE INTO metrics VALUES (?, ?, ?)");
  for (const auto& [name, value] : run.metrics) {
    if (problem.empty()) problem = metric.integer(number).text(name).real(value).run();
  }
  return problem;
}

std::string addHead(sqlite3* database, const Results& results) {
  std::string problem = execute(database, kSchema);
  Statement key(database, "INSERT INTO study VALUES (?, ?)");
  for (const auto& [name, value] : {std::pair{"name", results.study},
                                    {"hash", results.hash},
                                    {"version", results.version},
                                    {"schema", std::to_string(kResultsSchema)},
                                    {"text", results.text}}) {
    if (problem.empty()) problem = key.text(name).text(value).run();
  }
  Statement factor(database, "INSERT INTO factors VALUES (?, ?)");
  for (std::size_t f = 0; f < results.factors.size() && problem.empty(); ++f)
    problem = factor.integer(static_cast<std::int64_t>(f)).text(results.factors[f]).run();
  Statement point(database, "INSERT INTO points VALUES (?, ?, ?)");
  Statement level(database, "INSERT INTO levels VALUES (?, ?, ?, ?)");
  for (std::size_t p = 0; p < results.points.size() && problem.empty(); ++p) {
    const PointRow& row = results.points[p];
    const auto number = static_cast<std::int64_t>(p);
    problem = point.integer(number).text(row.label).text(row.command).run();
    for (std::size_t f = 0; f < row.levels.size() && problem.empty(); ++f) {
      problem = level.integer(number)
                    .integer(static_cast<std::int64_t>(f))
                    .text(row.levels[f])
                    .real(f < row.numbers.size() ? row.numbers[f] : std::nullopt)
                    .run();
    }
  }
  return problem;
}

}  // namespace

struct ResultsFile::Handle {
  Database database;
  std::size_t points = 0;
  std::size_t pending = 0;  // runs in the open transaction
};

ResultsFile::ResultsFile(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
ResultsFile::ResultsFile(ResultsFile&&) noexcept = default;
ResultsFile& ResultsFile::operator=(ResultsFile&&) noexcept = default;
ResultsFile::~ResultsFile() {
  if (handle_) flush();
}

api::Result<ResultsFile> ResultsFile::create(const std::string& path, const Results& results) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return fileError(path, "is there already");
  api::Result<Database> database = openDatabase(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!database) return database.errors();
  auto handle = std::make_unique<Handle>();
  handle->database = std::move(*database);
  handle->points = results.points.size();
  sqlite3* raw = handle->database.get();
  std::string problem = execute(raw, "BEGIN");
  if (problem.empty()) problem = addHead(raw, results);
  for (const RunRow& run : results.runs) {
    if (problem.empty()) problem = addRun(raw, run, handle->points);
  }
  if (problem.empty()) problem = execute(raw, "COMMIT");
  if (problem.empty()) return ResultsFile(std::move(handle));
  handle.reset();
  std::filesystem::remove(path, ignored);
  return fileError(path, fmt::format("cannot be written: {}", problem));
}

api::Result<ResultsFile> ResultsFile::open(const std::string& path) {
  const api::Result<Results> results = readResults(path);
  if (!results) return results.errors();
  api::Result<Database> database = openDatabase(path, SQLITE_OPEN_READWRITE);
  if (!database) return database.errors();
  auto handle = std::make_unique<Handle>();
  handle->database = std::move(*database);
  handle->points = results->points.size();
  return ResultsFile(std::move(handle));
}

std::string ResultsFile::add(const RunRow& run) {
  constexpr std::size_t kPendingMax = 1000;
  if (handle_->pending == 0) {
    if (std::string problem = execute(handle_->database.get(), "BEGIN"); !problem.empty()) return problem;
  }
  ++handle_->pending;
  if (std::string problem = addRun(handle_->database.get(), run, handle_->points); !problem.empty()) return problem;
  return handle_->pending >= kPendingMax ? flush() : "";
}

std::string ResultsFile::flush() {
  if (handle_->pending == 0) return {};
  handle_->pending = 0;
  return execute(handle_->database.get(), "COMMIT");
}

std::string ResultsFile::finish(const Results& results) {
  if (std::string problem = flush(); !problem.empty()) return problem;
  sqlite3* database = handle_->database.get();
  std::string problem = execute(database, "BEGIN; DELETE FROM summaries");
  std::map<std::pair<std::uint32_t, std::string>, std::vector<double>> values;
  for (const RunRow& run : results.runs) {
    if (problem.empty()) problem = addRun(database, run, results.points.size());
    for (const auto& [name, value] : run.metrics) values[{run.point, name}].push_back(value);
  }
  Statement insert(database, "INSERT INTO summaries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  for (const auto& [key, all] : values) {
    if (!problem.empty()) break;
    const Summary row = summariseMetric(key.second, all, {});
    std::vector<double> sorted = all;
    std::sort(sorted.begin(), sorted.end());
    const auto bound = [&](bool low) -> std::optional<double> {
      if (!row.mean_interval) return std::nullopt;
      return low ? row.mean_interval->low : row.mean_interval->high;
    };
    problem = insert.integer(key.first)
                  .text(key.second)
                  .integer(static_cast<std::int64_t>(row.count))
                  .real(row.mean)
                  .real(bound(true))
                  .real(bound(false))
                  .real(row.deviation)
                  .real(row.least)
                  .real(percentileOf(sorted, 0.05))
                  .real(percentileOf(sorted, 0.5))
                  .real(percentileOf(sorted, 0.95))
                  .real(row.most)
                  .run();
  }
  if (!problem.empty()) {
    execute(database, "ROLLBACK");
    return problem;
  }
  return execute(database, "COMMIT");
}

api::Result<Results> readResults(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return fileError(path, "there is no such file");
  api::Result<Database> opened = openDatabase(path, SQLITE_OPEN_READONLY);
  if (!opened) return opened.errors();
  sqlite3* database = opened->get();
  Results out;
  std::map<std::string, std::string> keys;
  Statement key(database, "SELECT key, value FROM study");
  while (key.next()) keys[key.textAt(0)] = key.textAt(1);
  if (!keys.contains("schema") || !keys.contains("hash"))
    return fileError(path, "holds no results of a study", "whatif STUDY.yaml --results FILE writes them");
  if (keys["schema"] != std::to_string(kResultsSchema))
    return fileError(path, fmt::format("has schema {}, and this program reads {}", keys["schema"], kResultsSchema));
  out.study = keys["name"];
  out.hash = keys["hash"];
  out.version = keys["version"];
  out.text = keys["text"];
  Statement factor(database, "SELECT name FROM factors ORDER BY factor");
  while (factor.next()) out.factors.push_back(factor.textAt(0));
  Statement point(database, "SELECT label, command FROM points ORDER BY point");
  while (point.next()) out.points.push_back({point.textAt(0), {}, {}, point.textAt(1)});
  Statement level(database, "SELECT point, level, number FROM levels ORDER BY point, factor");
  while (level.next()) {
    const auto number = static_cast<std::size_t>(level.integerAt(0));
    if (number >= out.points.size()) return fileError(path, "is damaged: a level of a point that is not there");
    out.points[number].levels.push_back(level.textAt(1));
    out.points[number].numbers.push_back(level.nullAt(2) ? std::nullopt : std::optional(level.realAt(2)));
  }
  std::map<std::int64_t, std::size_t> index;
  Statement run(
      database,
      "SELECT run, point, replication, seed, fingerprint, end_reason, events, problem FROM runs ORDER BY run");
  while (run.next()) {
    RunRow row;
    row.point = static_cast<std::uint32_t>(run.integerAt(1));
    row.replication = static_cast<std::uint32_t>(run.integerAt(2));
    row.seed = std::strtoull(run.textAt(3).c_str(), nullptr, 10);
    row.fingerprint = run.textAt(4);
    row.end_reason = run.textAt(5);
    row.events = static_cast<std::uint64_t>(run.integerAt(6));
    row.problem = run.textAt(7);
    if (row.point >= out.points.size()) return fileError(path, "is damaged: a run of a point that is not there");
    index[run.integerAt(0)] = out.runs.size();
    out.runs.push_back(std::move(row));
  }
  Statement metric(database, "SELECT run, metric, value FROM metrics ORDER BY run, metric");
  while (metric.next()) {
    const auto found = index.find(metric.integerAt(0));
    if (found == index.end()) return fileError(path, "is damaged: a metric of a run that is not there");
    out.runs[found->second].metrics.emplace_back(metric.textAt(1), metric.realAt(2));
  }
  return out;
}

}  // namespace jobset_twin::scenarios::study
