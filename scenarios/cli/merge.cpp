#include "scenarios/cli/merge.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/usage_error.hpp"
#include "scenarios/study/merge.hpp"
#include "scenarios/study/results_file.hpp"

namespace jobset_twin::cli {
namespace {

using namespace scenarios::study;

struct MergeOptions {
  std::vector<std::string> files;
  std::string results;
};

// A folder stands for the files of results in it, but for the one that is to be written.
std::vector<std::string> expanded(const MergeOptions& options) {
  namespace fs = std::filesystem;
  std::vector<std::string> out;
  for (const std::string& file : options.files) {
    std::error_code problem;
    if (!fs::is_directory(file, problem)) {
      out.push_back(file);
      continue;
    }
    std::vector<std::string> inside;
    for (const fs::directory_entry& entry : fs::directory_iterator(file, problem)) {
      if (entry.path().extension() == ".sqlite" && !fs::equivalent(entry.path(), options.results, problem))
        inside.push_back(entry.path().string());
    }
    std::sort(inside.begin(), inside.end());
    out.insert(out.end(), inside.begin(), inside.end());
  }
  return out;
}

int mergeAll(const MergeOptions& options, const Invocation& invocation) {
  const Diagnostics& diagnostics = invocation.diagnostics;
  if (options.files.empty()) return usageError(invocation, "merge", "merge needs the files of the parts");
  if (options.results.empty()) return usageError(invocation, "merge", "merge needs --results: the file that it writes");
  std::vector<Part> parts;
  bool all = true;
  for (const std::string& file : expanded(options)) {
    api::Result<Results> results = readResults(file);
    if (!results) {
      diagnostics.errors(results.errors());
      all = false;
    } else {
      parts.push_back({file, std::move(*results)});
    }
  }
  if (!all) return kBadInput;
  if (parts.empty()) {
    diagnostics.error(fmt::format("there are no results in {}", fmt::join(options.files, ", ")));
    return kBadInput;
  }
  api::Result<Merged> merged = merge(std::move(parts));
  if (!merged) {
    diagnostics.errors(merged.errors());
    return kBadInput;
  }
  addCounterfactuals(merged->results);
  api::Result<ResultsFile> file = ResultsFile::create(options.results, merged->results);
  if (!file) {
    diagnostics.errors(file.errors());
    return kBadInput;
  }
  if (const std::string problem = file->finish(merged->results); !problem.empty()) {
    diagnostics.error(fmt::format("{}: cannot be written: {}", options.results, problem));
    return kBadInput;
  }
  Output out;
  out.write(fmt::format("{}: {} runs of study {}; whatif STUDY.yaml --resume --results {} shows what they say\n",
                        options.results, merged->results.runs.size(), merged->results.study, options.results));
  if (!merged->missing.empty()) {
    diagnostics.warning(fmt::format("{} runs are in no part, the first of them run {}; whatif --resume runs them",
                                    merged->missing.size(), merged->missing.front()));
  }
  return out.finish().empty() ? kDone : kBadInput;
}

}  // namespace

void addMerge(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("merge", "Put the parts of a study that were run apart into one file");
  command->footer("  jobset-twin merge part-*.sqlite --results all.sqlite\n");
  const auto options = std::make_shared<MergeOptions>();
  command->add_option("FILE", options->files, "Results of whatif --shard, or a folder that holds them")
      ->type_name("FILE")
      ->group("");
  command->add_option("--results", options->results, "The file that is written; it must not be there yet")
      ->type_name("FILE")
      ->group(kOutput);
  addGeneralFlags(*command, invocation);
  command->callback([&invocation, options] {
    invocation.command = [&invocation, options] { return mergeAll(*options, invocation); };
  });
}

}  // namespace jobset_twin::cli
