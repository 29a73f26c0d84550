// results_file.hpp - the results of a study in one SQLite file. docs/what-if.md describes its tables; any tool that
// reads SQLite can ask it. Runs are added as they end, in transactions, so that what is finished is kept whatever
// happens. The same results give the same rows, in the same order.
#pragma once

#include <memory>
#include <string>

#include "engine/api/result.hpp"
#include "scenarios/study/results.hpp"

namespace jobset_twin::scenarios::study {

class ResultsFile {
 public:
  // A new file, with the study and its points, and those runs that there are. An error if it is there already.
  static api::Result<ResultsFile> create(const std::string& path, const Results& results);
  // An existing one, to add runs to.
  static api::Result<ResultsFile> open(const std::string& path);
  ~ResultsFile();
  ResultsFile(ResultsFile&&) noexcept;
  ResultsFile& operator=(ResultsFile&&) noexcept;
  ResultsFile(const ResultsFile&) = delete;
  ResultsFile& operator=(const ResultsFile&) = delete;

  // Kept in a transaction until flush(), or until there are many. "" or why not.
  std::string add(const RunRow& run);
  std::string flush();
  // Makes the table of summaries anew from the runs, counterfactual metrics included.
  std::string finish(const Results& results);

 private:
  struct Handle;
  explicit ResultsFile(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

// All of it, or why it cannot be read (no such file, no SQLite, not ours, a newer schema).
api::Result<Results> readResults(const std::string& path);

inline constexpr int kResultsSchema = 1;

}  // namespace jobset_twin::scenarios::study
