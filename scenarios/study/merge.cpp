#include "scenarios/study/merge.hpp"

#include <map>

#include <fmt/format.h>

namespace jobset_twin::scenarios::study {
namespace {

api::Error partError(const Part& part, std::string text, std::string hint = {}) {
  api::Error error = api::plainError("Invalid", std::move(text));
  error.file = part.file;
  error.hint = std::move(hint);
  return error;
}

}  // namespace

api::Result<Merged> merge(std::vector<Part> parts) {
  const std::string first_file = parts.front().file, hash = parts.front().results.hash;
  const std::string version = parts.front().results.version;
  const std::size_t points = parts.front().results.points.size();
  api::Errors errors;
  struct From {
    RunRow run;
    const Part* part;
  };
  std::map<std::uint64_t, From> runs;
  for (Part& part : parts) {
    if (part.results.hash != hash) {
      errors.push_back(partError(part, fmt::format("is of study {} ({}), and {} is of another ({})", part.results.study,
                                                   part.results.hash, first_file, hash)));
      continue;
    }
    if (part.results.version != version) {
      errors.push_back(partError(part, fmt::format("is of version {}, and {} is of {}: their runs may differ",
                                                   part.results.version, first_file, version)));
      continue;
    }
    for (RunRow& run : part.results.runs) {
      const std::uint64_t number = run.number(points);
      const auto found = runs.find(number);
      if (found == runs.end()) {
        runs.emplace(number, From{std::move(run), &part});
      } else if (found->second.run.problem.empty() && run.problem.empty() &&
                 found->second.run.fingerprint != run.fingerprint) {
        errors.push_back(partError(part, fmt::format("run {} has fingerprint {}, and {} in {}", number, run.fingerprint,
                                                     found->second.run.fingerprint, found->second.part->file)));
      } else if (!found->second.run.problem.empty()) {
        found->second = {std::move(run), &part};
      }
    }
  }
  if (!errors.empty()) return errors;
  Merged out;
  out.results = std::move(parts.front().results);
  out.results.runs.clear();
  for (auto& [number, from] : runs) out.results.runs.push_back(std::move(from.run));
  const std::uint64_t all = std::uint64_t{out.results.replications()} * points;
  for (std::uint64_t number = 0; number < all; ++number) {
    if (!runs.contains(number)) out.missing.push_back(number);
  }
  return out;
}

}  // namespace jobset_twin::scenarios::study
