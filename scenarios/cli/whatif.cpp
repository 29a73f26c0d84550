#include "scenarios/cli/whatif.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/interrupt.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/report.hpp"
#include "scenarios/cli/rerun.hpp"
#include "scenarios/cli/single_run.hpp"
#include "scenarios/cli/study_input.hpp"
#include "scenarios/cli/sweep_progress.hpp"
#include "scenarios/cli/usage_error.hpp"
#include "scenarios/cli/version.hpp"
#include "scenarios/study/emit_jobset.hpp"
#include "scenarios/study/results_file.hpp"
#include "scenarios/study/sweep.hpp"
#include "viz/columns.hpp"
#include "viz/study/study_report.hpp"

namespace jobset_twin::cli {
namespace {

using namespace scenarios::study;

constexpr const char* kWhatifExamples =
    "  jobset-twin whatif scenarios/studies/failure-policy.yaml\n"
    "  jobset-twin whatif study.yaml --replications 200 --html study.html --csv runs.csv\n"
    "  jobset-twin whatif study.yaml --list              # the alternatives, and each one's command\n"
    "  jobset-twin whatif study.yaml --resume            # go on after Ctrl-C, or with more replications\n"
    "  jobset-twin whatif study.yaml --run 17            # one run alone, told as `run` tells it\n"
    "  jobset-twin whatif study.yaml --shard 0 --shards 4 --results part-0.sqlite\n"
    "  jobset-twin whatif study.yaml --shards 100 --emit-jobset | kubectl apply --server-side -f -\n"
    "  mpirun -n 8 ./jobset-twin whatif study.yaml\n";

struct WhatifOptions {
  std::string file, format, output, results, csv, html, svg, image = "jobset-twin:latest";
  std::optional<std::uint32_t> replications;
  std::optional<std::uint64_t> seed, run, shard;
  std::uint32_t shards = 1;
  unsigned workers = 0;
  bool resume = false, overwrite = false, list = false, emit_jobset = false;

  bool forPeople() const { return format == "table" || format == "wide"; }
};

int listPoints(const StudyInput& input, const WhatifOptions& options) {
  Output out(options.output);
  viz::Table table;
  table.header = {"RUNS", "ALTERNATIVE", "COMMAND"};
  const std::size_t points = input.points.size();
  for (std::size_t p = 0; p < points; ++p) {
    table.rows.push_back(
        {fmt::format("{}, {}, …", p, p + points), input.points[p].label, commandText(runWords(input.points[p]))});
  }
  out.write(viz::formatTable(table));
  const Replications& replications = input.study.replications;
  out.write(fmt::format("\n{} alternatives, {} replication{}{}: {} runs, seeds from {} on\n", points,
                        replications.least, replications.least == 1 ? "" : "s",
                        replications.until.empty() ? "" : fmt::format(" at least, {} at most", replications.most),
                        points * replications.least, input.study.seed));
  return out.finish().empty() ? kDone : kBadInput;
}

int emit(const StudyInput& input, const WhatifOptions& options, const Invocation& invocation) {
  if (options.file == "-") {
    invocation.diagnostics.error("--emit-jobset needs the study as a file: its paths are relative to it");
    return kBadInput;
  }
  EmitOptions emit{
      input.study.name, options.file, {{options.file, input.text}}, options.shards, options.replications.value_or(0),
      options.seed,     options.image};
  for (const auto& [path, text] : input.texts->texts()) {
    if (text) emit.files.emplace(path, *text);
  }
  const api::Result<std::string> manifest = emitJobSet(emit);
  if (!manifest) {
    invocation.diagnostics.errors(manifest.errors());
    return kBadInput;
  }
  Output out(options.output);
  out.write(*manifest);
  const std::string problem = out.finish();
  if (!problem.empty()) invocation.diagnostics.error(problem);
  return problem.empty() ? kDone : kBadInput;
}

int runAlone(const StudyInput& input, const WhatifOptions& options, Invocation& invocation) {
  const std::size_t points = input.points.size();
  const Point& point = input.points[*options.run % points];
  const std::uint64_t seed = input.study.seed + *options.run / points;
  RunOptions run;
  run.format = options.format;
  run.output = options.output;
  run.timeline = "grouped";
  run.report = "none";
  run.objects = "all";
  run.load = optionsOf(point);
  run.load.seed = seed;
  RunInput one{filesOf(point, input.read()), run.load, {}};
  invocation.arguments = runWords(point);
  if (options.forPeople())
    invocation.diagnostics.note(
        fmt::format("run {} of the study: alternative \"{}\", seed {}", *options.run, point.label, seed));
  return runOnce(run, one, "", invocation);
}

class WhatifSession {
 public:
  WhatifSession(StudyInput& input, const WhatifOptions& options, Invocation& invocation)
      : input_(input),
        options_(options),
        invocation_(invocation),
        diagnostics_(invocation.diagnostics),
        output_(options.output),
        progress_(invocation.diagnostics.quiet == 0),
        results_(emptyResults(input)) {}

  int go() {
    if (const std::string problem = output_.problem(); !problem.empty()) return wrong(problem);
    for (const std::string& path : {options_.csv, options_.html, options_.svg}) {  // rather now than after all runs
      if (path.empty()) continue;
      if (const std::string problem = WholeFile(path).problem(); !problem.empty()) return wrong(problem);
    }
    if (!openResults()) return kBadInput;
    const Interruptible guard;
    SweepHooks hooks;
    std::string write_problem;
    hooks.stopped = [&] { return *Interruptible::flag() != 0 || !write_problem.empty(); };
    hooks.tick = [&](std::size_t done, std::size_t planned) {
      progress_.show(done, planned);
      if (file_ && write_problem.empty()) write_problem = file_->flush();
    };
    hooks.done = [&](const RunRow& run) {
      if (file_ && write_problem.empty()) write_problem = file_->add(run);
    };
    const Shard shard{static_cast<std::uint32_t>(options_.shard.value_or(0)), options_.shards};
    const Work work = workOf(input_.points, input_.study.figures, input_.read());
    const Farm& spread = invocation_.spread.farm;
    end_ = sweep(input_.study, work, spread ? spread : processFarm(options_.workers), shard, hooks, results_);
    progress_.clear();
    if (!write_problem.empty()) return wrong(fmt::format("{}: cannot be written: {}", path_, write_problem));
    return report();
  }

 private:
  int wrong(const std::string& text, const std::string& hint = {}) {
    diagnostics_.error(text, hint);
    return kBadInput;
  }

  bool openResults() {
    path_ = options_.results.empty() ? input_.study.name + ".sqlite" : options_.results;
    if (path_ == "none") return true;
    std::error_code ignored;
    const bool there = std::filesystem::exists(path_, ignored);
    if (there && options_.overwrite) {
      // Only what is ours is thrown away.
      if (const api::Result<Results> old = readResults(path_); !old) {
        diagnostics_.errors(old.errors());
        return false;
      }
      std::filesystem::remove(path_, ignored);
    } else if (there) {
      return goOn();
    }
    return take(ResultsFile::create(path_, results_));
  }

  bool goOn() {
    api::Result<Results> old = readResults(path_);
    if (!old) {
      diagnostics_.errors(old.errors());
      return false;
    }
    const bool same = old->hash == results_.hash;
    if (!same || !options_.resume) {
      wrong(fmt::format("{} is there already, with {} runs of {}", path_, old->runs.size(),
                        same ? "this study"
                             : fmt::format("another study, or of this one before it was changed ({})", old->study)),
            same ? "--resume goes on with it, --overwrite begins anew, --results FILE writes another"
                 : "--overwrite begins anew, --results FILE writes another");
      return false;
    }
    if (old->version != results_.version)
      diagnostics_.warning(fmt::format("{} was begun by version {}: the runs of both may differ", path_, old->version));
    results_.runs = std::move(old->runs);
    std::erase_if(results_.runs, [](const RunRow& run) { return !run.problem.empty(); });  // tried again
    kept_ = results_.runs.size();
    if (options_.replications && results_.replications() > *options_.replications)
      diagnostics_.warning(
          fmt::format("{} has {} replications already: all of them count", path_, results_.replications()));
    return take(ResultsFile::open(path_));
  }

  bool take(api::Result<ResultsFile> file) {
    if (!file) {
      diagnostics_.errors(file.errors());
      return false;
    }
    file_.emplace(std::move(*file));
    return true;
  }

  int report() {
    const bool part = options_.shards > 1;
    if (!part) addCounterfactuals(results_);
    if (file_) {
      if (const std::string problem = file_->finish(results_); !problem.empty())
        return wrong(fmt::format("{}: cannot be written: {}", path_, problem));
    }
    if (end_.stopped && results_.runs.empty()) {
      diagnostics_.error("interrupted before the first run was over");
      return kInterrupted;
    }
    if (part) {
      output_.write(fmt::format("part {} of {}: {} runs in {}\n", options_.shard.value_or(0), options_.shards,
                                results_.runs.size(), path_));
    } else if (const int code = writeAll(); code != kDone) {
      return code;
    }
    if (const std::string problem = output_.finish(); !problem.empty()) return wrong(problem);
    for (const std::string& text : end_.not_reached)
      diagnostics_.warning(
          fmt::format("not as precise as was asked for after {} replications: {}", end_.replications, text));
    if (end_.stopped) {
      diagnostics_.error(fmt::format("interrupted: {} runs are kept{}", results_.runs.size(),
                                     file_ ? fmt::format(" in {}", path_) : ""),
                         file_ ? "go on with --resume" : "");
      return kInterrupted;
    }
    return kDone;
  }

  int writeAll() {
    const Analysis analysis = analyse(input_.study, results_);
    const viz::StudyView view{input_.study, results_, analysis};
    if (options_.forPeople()) {
      viz::StudyTextOptions text;
      text.wide = options_.format == "wide";
      text.utf8 = usesUtf8();
      output_.write(viz::studyText(view, text));
      output_.write(fmt::format("\njobset-twin {}, study {}, seeds {} to {}{}\n", kVersion, results_.hash,
                                input_.study.seed, input_.study.seed + results_.replications() - 1,
                                file_ ? fmt::format("; all runs are in {}", path_) : ""));
    } else {
      output_.write(documentText(viz::studyJson(view), options_.format));
    }
    const auto write = [&](const std::string& path, const std::function<std::string()>& make) {
      if (path.empty()) return true;
      WholeFile file(path);
      if (file.problem().empty()) file.stream() << make();
      const std::string problem = file.problem().empty() ? file.keep() : file.problem();
      if (!problem.empty()) diagnostics_.error(problem);
      return problem.empty();
    };
    bool whole = write(options_.csv, [&] { return viz::studyCsv(results_); });
    whole = write(options_.html, [&] { return viz::studyPage(view, commandText(invocation_.arguments)); }) && whole;
    whole = write(options_.svg,
                  [&] {
                    const std::vector<viz::Chart> charts = viz::studyCharts(view);
                    const std::size_t first = charts.size() > 1 && analysis.metrics.front() == "completed" ? 1 : 0;
                    return charts.empty() ? std::string() : viz::svgOf(charts[first]);
                  }) &&
            whole;
    return whole ? kDone : kBadInput;
  }

  StudyInput& input_;
  const WhatifOptions& options_;
  Invocation& invocation_;
  const Diagnostics& diagnostics_;
  Output output_;
  SweepProgress progress_;
  Results results_;
  std::optional<ResultsFile> file_;
  std::string path_;
  std::size_t kept_ = 0;
  SweepEnd end_;
};

// What the flags contradict themselves in; "" if nothing. Takes the part from the environment of an Indexed Job.
std::string settle(WhatifOptions& options) {
  if (options.resume && options.overwrite) return "--resume and --overwrite contradict each other";
  if (options.resume && options.results == "none") return "--resume needs the results of the runs before";
  if (options.shard && options.shards == 1) return "--shard needs --shards: how many parts there are";
  if (options.emit_jobset) {
    return options.shard ? "--shard is of one part: --emit-jobset writes a manifest of all of them" : "";
  }
  if (options.shards > 1 && !options.shard) {
    const char* index = std::getenv("JOB_COMPLETION_INDEX");
    if (!index) return "--shards needs --shard, or JOB_COMPLETION_INDEX in the environment";
    char* end = nullptr;
    options.shard = std::strtoull(index, &end, 10);
    if (*index == '\0' || *end != '\0') return fmt::format("JOB_COMPLETION_INDEX is no number: '{}'", index);
  }
  if (options.run && !(options.csv + options.html + options.svg).empty())
    return "--csv, --html and --svg are of a whole study, and --run is one run";
  if (options.shard && *options.shard >= options.shards)
    return fmt::format("--shard counts from 0: of {} parts the last is {}", options.shards, options.shards - 1);
  if (options.shards > 1 && !(options.csv + options.html + options.svg).empty())
    return "--csv, --html and --svg are of a whole study: merge its parts first";
  return {};
}

int whatif(WhatifOptions& options, Invocation& invocation) {
  if (options.file.empty()) return usageError(invocation, "whatif", "whatif needs the file of a study");
  if (const std::string problem = settle(options); !problem.empty()) return usageError(invocation, "whatif", problem);
  std::optional<StudyInput> input = readStudyInput(options.file, invocation);
  if (!input) return kBadInput;
  Replications& replications = input->study.replications;
  if (options.replications) replications = {*options.replications, *options.replications, {}};
  if (options.seed) input->study.seed = *options.seed;
  if (options.shards > 1 && !replications.until.empty())
    return usageError(invocation, "whatif",
                      "parts of a study need a fixed number of replications: give --replications");
  if (invocation.spread.serve) {
    if (!options.list && !options.run)
      invocation.spread.serve(workOf(input->points, input->study.figures, input->read()));
    return kDone;
  }
  if (options.run) {
    const std::uint64_t runs = std::uint64_t{replications.most} * input->points.size();
    if (*options.run >= runs)
      return usageError(invocation, "whatif",
                        fmt::format("--run counts from 0: of {} runs the last is {}", runs, runs - 1));
    return runAlone(*input, options, invocation);
  }
  if (!checkPoints(*input, invocation)) return kBadInput;
  if (options.list) return listPoints(*input, options);
  if (options.emit_jobset) return emit(*input, options, invocation);
  return WhatifSession(*input, options, invocation).go();
}

void addStudyFlags(CLI::App& command, WhatifOptions& options) {
  constexpr std::uint64_t kMany = 1'000'000, kWorkersMax = 1024;
  command.add_option("FILE", options.file, "A document of kind Study; - is standard input")
      ->type_name("FILE")
      ->group("");
  addNumber(
      command, "--replications", [&options](std::uint64_t n) { options.replications = static_cast<std::uint32_t>(n); },
      1, kMany, "Runs of each alternative, instead of the study's own number")
      ->group(kWorld);
  addNumber(
      command, "--seed", [&options](std::uint64_t n) { options.seed = n; }, 0,
      std::numeric_limits<std::uint64_t>::max() / 2, "Of the first replication (default: the study's, else 1)")
      ->group(kWorld);
  addNumber(
      command, "-j,--workers", [&options](std::uint64_t n) { options.workers = static_cast<unsigned>(n); }, 1,
      kWorkersMax, "Runs at a time (default: one for each processor)")
      ->group(kWorld);
  addNumber(
      command, "--shards", [&options](std::uint64_t n) { options.shards = static_cast<std::uint32_t>(n); }, 1, kMany,
      "Run one of so many parts; `merge` puts them together")
      ->group(kWorld);
  addNumber(
      command, "--shard", [&options](std::uint64_t n) { options.shard = n; }, 0, kMany,
      "Which part, from 0 (default: $JOB_COMPLETION_INDEX)")
      ->group(kWorld);
  command.add_flag("--list", options.list, "Run nothing: list the alternatives, with the command of each")
      ->group(kWorld);
  addNumber(
      command, "--run", [&options](std::uint64_t n) { options.run = n; }, 0, kMany * 1000,
      "Only this run, as `run` shows it: replication times alternatives, plus the alternative's number")
      ->group(kWorld);
  command
      .add_flag("--emit-jobset", options.emit_jobset,
                "Run nothing: write a JobSet that runs the study in --shards parts on a cluster")
      ->group(kWorld);
  command.add_option("--image", options.image, "Of --emit-jobset: an image that holds this program")
      ->type_name("IMAGE")
      ->default_str(options.image)
      ->group(kWorld);
}

}  // namespace

void addWhatif(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("whatif", "Compare alternatives: run a study, with intervals and verdicts");
  command->footer(kWhatifExamples);
  const auto options = std::make_shared<WhatifOptions>();
  addStudyFlags(*command, *options);
  addFormat(*command, options->format, {"table", "wide", "json", "yaml"});
  const auto path = [&](const char* flag, std::string& target, const char* text) {
    command->add_option(flag, target, text)->type_name("FILE")->group(kOutput);
  };
  path("-O,--output-file", options->output, "Write the report to a file, whole or not at all");
  path("--results", options->results, "Keep all runs in this SQLite file (default: NAME.sqlite; none: nowhere)");
  command->add_flag("--resume", options->resume, "Go on with what the file of results has")->group(kOutput);
  command->add_flag("--overwrite", options->overwrite, "Begin anew if the file of results is there")->group(kOutput);
  path("--csv", options->csv, "Write a row for each run");
  path("--html", options->html, "Write the report as a page with charts");
  path("--svg", options->svg, "Write the chart of the first metric");
  addGeneralFlags(*command, invocation);
  command->callback(
      [&invocation, options] { invocation.command = [&invocation, options] { return whatif(*options, invocation); }; });
}

}  // namespace jobset_twin::cli
