#include "tests/validation/tools/report.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace jobset_twin::validation {
namespace {

std::string number(double value) { return fmt::format("{:.7g}", value); }

}  // namespace

bool Report::wants(const std::string& entry) const {
  if (only_.empty()) return true;
  return std::any_of(only_.begin(), only_.end(), [&](const std::string& one) {
    return entry.starts_with(one) || one.starts_with(entry);  // "A.1" wants section A, and A wants all of its entries
  });
}

void Report::add(Row row, bool pass, const std::string& why) {
  row.verdict = pass ? "pass" : "miss: " + (known_.empty() ? why : known_);
  if (!pass && known_.empty()) ++misses_;
  fmt::print("{} | {} | {} | {} | {} | {}\n", row.id, row.expected, row.got, row.half_width, row.seeds, row.verdict);
  std::fflush(stdout);
  rows_.push_back(std::move(row));
}

void Report::formula(const std::string& id, double expected, double got, double tolerance) {
  const double error = std::abs(got - expected) / std::max(std::abs(expected), 1e-300);
  add({id, number(expected), number(got), "-", "-", {}}, error <= tolerance,
      fmt::format("off by {:.2g}, {:.2g} allowed", error, tolerance));
}

void Report::mean(const std::string& id, double expected, const Estimate& got, double most, const std::string& seeds) {
  const double relative = got.halfWidth() / std::abs(expected);
  std::string why;
  if (!got.covers(expected)) why = fmt::format("not in {}..{}", number(got.low), number(got.high));
  if (relative > most) {
    why += fmt::format("{}half-width over {:.2g} %", why.empty() ? "" : "; ", most * 100);
  }
  add({id, number(expected), number(got.value), fmt::format("{:.2f} %", relative * 100), seeds, {}}, why.empty(), why);
}

void Report::band(const std::string& id, double low, double high, double got, const std::string& seeds) {
  add({id, fmt::format("{}..{}", number(low), number(high)), number(got), "-", seeds, {}}, low <= got && got <= high,
      "out of the band");
}

std::string seedsText(std::uint64_t first, std::uint64_t last) {
  return first == last ? std::to_string(first) : fmt::format("{}..{}", first, last);
}

}  // namespace jobset_twin::validation
