// The validation of docs/validation.md: simulations against exact formulas and published figures, one line each.
//
//   validation [--tier fast|slow] [--only ENTRY]... [--markdown FILE] [--page FILE]
//
// ENTRY is a section or an entry of it (A, B.3). --markdown writes the rows into FILE's table, in place of those with
// the same ids; the other rows stay. --page says which ids FILE's table lacks of the rows that were made, or has beside
// them. Exit code 1: a row missed for no known reason, or the page differs.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/validation/sections.hpp"
#include "tests/validation/tools/markdown.hpp"

namespace {

using namespace jobset_twin::validation;

int usage(const char* problem) {
  fmt::print(stderr,
             "validation: {}\nusage: validation [--tier fast|slow] [--only ENTRY]... [--markdown FILE] [--page FILE]\n",
             problem);
  return 64;
}

std::string pageText(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

bool writeMarkdown(const std::string& path, const Report& report, Tier tier) {
  const std::string page = pageText(path);
  if (page.empty()) return false;
  std::ofstream out(path);
  out << withRows(page, report.rows(), tier);
  return static_cast<bool>(out.flush());
}

}  // namespace

int main(int argc, char** argv) {
  Tier tier = Tier::kFast;
  std::vector<std::string> only;
  std::string markdown, page;
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
    } else if (option == "--page") {
      page = value;
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
  const std::vector<std::string> differs =
      page.empty() ? std::vector<std::string>() : pageDiffers(pageText(page), report.rows(), report, tier);
  for (const std::string& one : differs) fmt::print(stderr, "{}: {}\n", page, one);
  return report.misses() == 0 && differs.empty() ? 0 : 1;
}
