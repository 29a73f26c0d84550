#include "scenarios/cli/single_run.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/writer.hpp"
#include "scenarios/cli/admission_check.hpp"
#include "scenarios/cli/exit_codes.hpp"
#include "scenarios/cli/flags.hpp"
#include "scenarios/cli/interrupt.hpp"
#include "scenarios/cli/output.hpp"
#include "scenarios/cli/progress.hpp"
#include "scenarios/cli/report.hpp"
#include "scenarios/cli/rerun.hpp"
#include "scenarios/cli/resolve.hpp"
#include "scenarios/cli/saved_run.hpp"
#include "scenarios/write_scenario.hpp"
#include "viz/report/ledger.hpp"
#include "viz/report/placements.hpp"
#include "viz/report/report.hpp"
#include "viz/timeline.hpp"
#include "viz/trace.hpp"

namespace jobset_twin::cli {
namespace {

viz::TimelineMode timelineMode(const std::string& word) {
  if (word == "full") return viz::TimelineMode::kFull;
  if (word == "decisions") return viz::TimelineMode::kDecisions;
  return word == "none" ? viz::TimelineMode::kNone : viz::TimelineMode::kGrouped;
}

std::vector<std::string> podsAsked(const RunOptions& options) {
  std::vector<std::string> pods;
  for (const std::string& asked : options.why) {
    if (std::string pod = viz::report::askedPod(asked, options.load.default_namespace); !pod.empty())
      pods.push_back(std::move(pod));
  }
  return pods;
}

class RunSession {
 public:
  RunSession(const RunOptions& options, const RunInput& input, const scenarios::Loaded& loaded, Invocation& invocation)
      : options_(options),
        input_(input),
        loaded_(loaded),
        invocation_(invocation),
        output_(options.output),
        progress_(invocation.diagnostics.quiet == 0) {}

  int go(const std::string& saved_state) {
    for (const std::string& asked : options_.why) {
      if (const std::string problem = viz::report::whyProblem(asked); !problem.empty()) {
        invocation_.diagnostics.error(problem);
        return kBadInput;
      }
    }
    if (!openFiles()) return kBadInput;
    scenarios::RunHooks hooks;
    // A report as JSON stands alone on standard output.
    const bool told = options_.forPeople() && options_.report != "json" && invocation_.diagnostics.quiet == 0;
    if (told) watch(hooks);
    if (trace_file_) {
      trace_ = std::make_unique<viz::TraceFile>(trace_file_->stream(), loaded_.plan.world.start);
      hooks.observers.push_back(trace_.get());
    }
    if (options_.report != "none" || !options_.why.empty()) {
      ledger_ = std::make_unique<viz::report::Ledger>(loaded_.plan.world.start, loaded_.plan.faults);
      hooks.observers.push_back(ledger_.get());
    }
    if (options_.scores) hooks.observers.push_back(&placements_);
    hooks.interrupted = Interruptible::flag();
    hooks.progress = [this](const scenarios::Run& run) { progress_.show(run); };
    const Interruptible guard;
    scenarios::Run run(loaded_.plan, hooks);
    // The nearest existing name is kept at hand only while somebody reads notes.
    if (!options_.resolve.empty()) run.world().trace().enabled = true;
    if (!saved_state.empty() && !restore(run, saved_state)) return kBadInput;
    if (ledger_ && !saved_state.empty()) tellKnown(run);
    if (told) writeHead();
    const auto started = std::chrono::steady_clock::now();
    run.advance(options_.save.empty() ? std::nullopt : std::optional(loaded_.plan.world.start + *options_.load.until));
    progress_.clear();
    if (save_file_) writeSavedRun(input_, run, save_file_->stream());
    return finish(run, std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  }

 private:
  bool openFiles() {
    if (!options_.trace.empty()) trace_file_ = std::make_unique<WholeFile>(options_.trace);
    if (!options_.save.empty()) save_file_ = std::make_unique<WholeFile>(options_.save);
    bool all = true;
    for (const std::string& problem :
         {output_.problem(), trace_file_ ? trace_file_->problem() : "", save_file_ ? save_file_->problem() : ""}) {
      if (problem.empty()) continue;
      invocation_.diagnostics.error(problem);
      all = false;
    }
    return all;
  }

  bool colored() const { return !output_.toFile() && usesColor(Stream::kOut, invocation_.diagnostics.color); }

  void writeHead() {
    for (const std::string& line : loaded_.invented)
      output_.write(styled("invented: ", Style::kDim, colored()) + line + "\n");
    if (!loaded_.invented.empty()) output_.write("\n");
  }

  void watch(scenarios::RunHooks& hooks) {
    viz::TimelineOptions timeline;
    timeline.mode = timelineMode(options_.timeline);
    timeline.logs = options_.logs;
    timeline.color = colored();
    timeline.utf8 = usesUtf8();
    timeline.start = loaded_.plan.world.start;
    if (timeline.mode == viz::TimelineMode::kNone && !timeline.logs) return;
    timeline_ = std::make_unique<viz::Timeline>(timeline, [this](std::string_view line) {
      progress_.clear();
      output_.write(line);
      output_.write("\n");
    });
    hooks.observers.push_back(timeline_.get());
  }

  bool restore(scenarios::Run& run, const std::string& state) {
    std::istringstream in(state);
    try {
      run.load(in);
    } catch (const std::runtime_error& error) {
      invocation_.diagnostics.error(fmt::format("{}: {}", options_.from, error.what()));
      return false;
    }
    return true;
  }

  void tellKnown(const scenarios::Run& run) {
    const auto& world = run.world();
    for (const api::Kind kind : {api::Kind::kJobSet, api::Kind::kJob, api::Kind::kNode, api::Kind::kPod}) {
      for (const auto& [key, object] : world.server().store().all(kind)) ledger_->known(object, world.kernel().now());
    }
  }

  int finish(scenarios::Run& run, double wall_seconds) {
    const scenarios::Outcome outcome = run.outcome();
    if (timeline_) timeline_->finish(outcome);
    if (trace_) trace_->finish(outcome.end);
    if (ledger_) ledger_->finish(outcome.end);
    const bool all_known = answerWhy();
    if (!all_known && (!options_.forPeople() || why_.empty())) return kBadInput;
    writeOutcome(outcome, resolveNames(run, outcome, options_.resolve, options_.load.default_namespace));
    // All files become visible together, once everything could be made.
    bool whole = true;
    for (const std::string& problem :
         {trace_file_ ? trace_file_->keep() : "", save_file_ ? save_file_->keep() : "", output_.finish()}) {
      if (problem.empty()) continue;
      invocation_.diagnostics.error(problem);
      whole = false;
    }
    sayWarnings(outcome);
    if (invocation_.verbose > 0) {
      invocation_.diagnostics.note(
          fmt::format("{} events in {:.3f} s, {:.0f} a second", outcome.events_processed, wall_seconds,
                      static_cast<double>(outcome.events_processed) / std::max(wall_seconds, 1e-9)));
    }
    if (!whole || !all_known) return kBadInput;
    if (outcome.end_reason == scenarios::EndReason::kInterrupted) {
      invocation_.diagnostics.error(
          fmt::format("interrupted at {} of virtual time", viz::clockTime(outcome.end - outcome.start)));
      return kInterrupted;
    }
    return checkExpectations(outcome);
  }

  bool answerWhy() {
    bool all = true;
    for (const std::string& asked : options_.why) {
      viz::report::WhyAnswer answer = viz::report::why(*ledger_, asked, options_.load.default_namespace);
      if (answer.problem.empty()) {
        why_.push_back(std::move(answer));
      } else {
        invocation_.diagnostics.error(answer.problem, answer.hint);
        all = false;
      }
    }
    return all;
  }

  void writeOutcome(const scenarios::Outcome& outcome, const std::vector<Resolution>& resolutions) {
    ReportOptions report;
    report.format = options_.format;
    report.objects = objectsShown(options_.objects);
    report.only_last_line = options_.watch_only;
    report.color = colored();
    report.scenario_hash = scenarioHash(input_.files, input_.options);
    report.rerun = rerunText(invocation_.arguments, outcome.seed);
    report.report = options_.report;
    std::optional<viz::report::RunReport> causes;
    if (!why_.empty()) report.why = &why_;
    if (options_.scores) {
      report.placements = &placements_;
      report.pods = podsAsked(options_);
    }
    if (options_.report != "none") {
      report.causes = &causes.emplace(viz::report::makeReport(*ledger_));
    }
    output_.write(reportText(outcome, resolutions, report));
  }

  void sayWarnings(const scenarios::Outcome& outcome) const {
    const std::vector<std::string>& said = loaded_.plan.warnings;
    for (const std::string& warning : outcome.warnings) {
      if (std::find(said.begin(), said.end(), warning) == said.end()) invocation_.diagnostics.warning(warning);
    }
  }

  // A run that is stopped on purpose, to go on later, is not over yet: nothing is judged.
  int checkExpectations(const scenarios::Outcome& outcome) const {
    if (!options_.save.empty() && outcome.end_reason == scenarios::EndReason::kUntil) return kDone;
    int unmet = 0;
    // The tables have them one by one.
    const bool told =
        options_.forPeople() && options_.report != "json" && !options_.watch_only && options_.output.empty();
    for (const scenarios::ExpectationResult& expectation : outcome.expectations) {
      if (expectation.met) continue;
      ++unmet;
      if (told) continue;
      invocation_.diagnostics.error(fmt::format("expectation not met: {}: {}", expectation.text, expectation.found));
    }
    if (unmet == 0) return kDone;
    invocation_.diagnostics.error(fmt::format("{} of {} expectations not met", unmet, outcome.expectations.size()),
                                  fmt::format("run it again: {}", rerunText(invocation_.arguments, outcome.seed)));
    return kUnmet;
  }

  const RunOptions& options_;
  const RunInput& input_;
  const scenarios::Loaded& loaded_;
  Invocation& invocation_;
  Output output_;
  Progress progress_;
  std::unique_ptr<WholeFile> trace_file_, save_file_;
  std::unique_ptr<viz::Timeline> timeline_;
  std::unique_ptr<viz::TraceFile> trace_;
  std::unique_ptr<viz::report::Ledger> ledger_;
  std::vector<viz::report::WhyAnswer> why_;
  viz::report::Placements placements_;
};

}  // namespace

bool loadForRun(RunInput& input, scenarios::Loaded& loaded, Diagnostics& diagnostics) {
  for (const scenarios::InputFile& file : input.files) diagnostics.addSource(file.name, file.text);
  diagnostics.addSource(kFaultSource, faultSource(input.options));
  loaded = input.load();
  diagnostics.warnings(loaded.warnings);
  for (const std::string& warning : loaded.plan.warnings) {
    const bool said = std::any_of(loaded.warnings.begin(), loaded.warnings.end(),
                                  [&](const api::Error& error) { return api::describe(error) == warning; });
    if (!said) diagnostics.warning(warning);
  }
  if (!loaded.errors.empty()) {
    diagnostics.errors(loaded.errors);
    return false;
  }
  if (loaded.plan.submissions.empty()) {
    diagnostics.error("there is nothing to run: no file holds an object");
    return false;
  }
  const AdmissionReport admission = admit(loaded.plan, input.files);
  diagnostics.errors(admission.errors);
  return admission.errors.empty();
}

int printScenario(const RunOptions& options, const scenarios::Loaded& loaded, const Invocation& invocation) {
  Output out(options.output);
  out.write(options.format == "json" ? documentText(scenarios::scenarioJson(loaded.scenario), "json")
                                     : scenarios::writeScenario(loaded.scenario));
  if (const std::string problem = out.finish(); !problem.empty()) {
    invocation.diagnostics.error(problem);
    return kBadInput;
  }
  return kDone;
}

int runOnce(const RunOptions& options, RunInput& input, const std::string& saved_state, Invocation& invocation) {
  scenarios::Loaded loaded;
  if (!loadForRun(input, loaded, invocation.diagnostics)) return kBadInput;
  if (options.print_scenario) return printScenario(options, loaded, invocation);
  if (options.scores) loaded.plan.world.scheduler.explained = podsAsked(options);
  return RunSession(options, input, loaded, invocation).go(saved_state);
}

}  // namespace jobset_twin::cli
