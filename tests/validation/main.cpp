// The validation of docs/validation.md: simulations against exact formulas and published figures, one line each.
//
//   validation [--tier fast|slow] [--only ENTRY]... [--markdown FILE]
//
// ENTRY is a section or an entry of it (A, B.3). --markdown writes the rows into FILE's table, in place of those with
// the same ids; the other rows stay. Exit code 1: a row missed for no known reason.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "tests/validation/sections.hpp"
#include "tests/validation/tools/markdown.hpp"

namespace {

using namespace jobset_twin::validation;

int usage(const char* problem) {
  fmt::print(stderr, "validation: {}\nusage: validation [--tier fast|slow] [--only ENTRY]... [--markdown FILE]\n",
             problem);
  return 64;
}

bool writeMarkdown(const std::string& path, const Report& report, Tier tier) {
  std::ifstream in(path);
  const std::string page((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in) return false;
  in.close();
  std::ofstream out(path);
  out << withRows(page, report.rows(), tier);
  return static_cast<bool>(out.flush());
}

}  // namespace

int main(int argc, char** argv) {
  Tier tier = Tier::kFast;
  std::vector<std::string> only;
  std::string markdown;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (i + 1 == argc) return usage("a value is missing");
    const std::string value = argv[++i];
    if (option == "--tier" && (value == "fast" || value == "slow")) {
      tier = value == "fast" ? Tier::kFast : Tier::kSlow;
    } else if (option == "--only") {
      only.push_back(value);
    } else if (option == "--markdown") {
      markdown = value;
    } else {
      return usage("an option or value that it does not know");
    }
  }
  Report report(tier, only);
  fmt::print("id | expected | got | half-width | seeds | verdict\n");
  const auto began = std::chrono::steady_clock::now();
  if (report.wants("A")) sectionA(report);
  if (report.wants("B")) sectionB(report);
  if (report.wants("C")) sectionC(report);
  if (report.wants("D")) sectionD(report);
  if (report.wants("E")) sectionE(report);
  if (report.wants("F")) sectionF(report);
  if (report.wants("G")) sectionG(report);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  fmt::print("{} rows, {} missed, {:.1f} s\n", report.rows().size(), report.misses(), took.count());
  if (!markdown.empty() && !writeMarkdown(markdown, report, tier)) {
    fmt::print(stderr, "validation: cannot write {}\n", markdown);
    return 1;
  }
  return report.misses() == 0 ? 0 : 1;
}
