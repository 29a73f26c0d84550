// report.hpp - what the validation prints and keeps: one row a comparison, with its verdict by the rules of
// docs/validation.md. A miss that is known and explained stays in the table, and does not fail the program.
#pragma once

#include <cstdint>
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "tests/validation/tools/statistics.hpp"

namespace jobset_twin::validation {

enum class Tier : std::uint8_t { kFast, kSlow };

struct Row {
  std::string id;        // "A.1 M/M/1 rho=0.8 Wq"
  std::string expected;  // a number, or a band "50..90"
  std::string got, half_width, seeds;
  std::string verdict;  // pass; miss: and why
};

class Report {
 public:
  Report(Tier tier, std::vector<std::string> only) : tier_(tier), only_(std::move(only)) {}

  bool fast() const { return tier_ == Tier::kFast; }
  // Whether a section ("A") or entry ("A.1") was asked for.
  bool wants(const std::string& entry) const;
  // Of two values, the one for this tier.
  template <class T>
  T byTier(T fast, T slow) const {
    return this->fast() ? fast : slow;
  }

  // A formula against its value, within a relative error.
  void formula(const std::string& id, double expected, double got, double tolerance);
  // A simulation against an exact value: the interval must cover it and be no wider than `most` of it on either side.
  void mean(const std::string& id, double expected, const Estimate& got, double most, const std::string& seeds);
  // A value that must lie in a band.
  void band(const std::string& id, double low, double high, double got, const std::string& seeds);
  // The rows that follow, if they miss, miss for this known reason; "": no longer.
  void known(std::string reason) { known_ = std::move(reason); }

  const std::vector<Row>& rows() const { return rows_; }
  int misses() const { return misses_; }  // without the known ones

 private:
  void add(Row row, bool pass, const std::string& why);

  Tier tier_;
  std::vector<std::string> only_;
  std::vector<Row> rows_;
  std::string known_;
  int misses_ = 0;
};

std::string seedsText(std::uint64_t first, std::uint64_t last);  // "1..40"

}  // namespace jobset_twin::validation
