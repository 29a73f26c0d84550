#include "viz/planning/answer_text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "scenarios/planning/spares.hpp"
#include "scenarios/planning/trials.hpp"
#include "viz/columns.hpp"
#include "viz/planning/answer_words.hpp"

namespace jobset_twin::viz {
namespace {

namespace planning = scenarios::planning;
using planning::Answer;
using planning::Outcome;
using planning::Tried;

std::string intervalText(const scenarios::study::Interval& interval) {
  return fmt::format("{:.1f} to {:.1f} %", interval.low * 100, interval.high * 100);
}

std::string priceText(double price) { return fmt::format("{:.2f}", price); }

std::string levelsTable(const Answer& answer, const planning::Judgement& judgement) {
  Table table;
  table.header = {"SERVICE LEVEL", "REACHED BY", "INTERVAL", "JOBSETS", "FINDING"};
  for (std::size_t i = 0; i < judgement.levels.size(); ++i) {
    const planning::LevelFinding& level = judgement.levels[i];
    table.rows.push_back({levelText(answer.plan.levels[i]), percentText(level.share), intervalText(level.interval),
                          withThousands(static_cast<std::int64_t>(level.judged)), findingWord(level.finding)});
  }
  return formatTable(table);
}

std::string sparesText(const Answer& answer) {
  std::string out;
  for (std::size_t i = 0; i < answer.spares.size(); ++i) {
    const planning::NodeType& type = answer.plan.nodes[i];
    if (!type.spares) continue;
    const planning::SpareRule& rule = *type.spares;
    out += fmt::format("spares: {} of {}, beside {} in use: of these, no more fail at once ", answer.spares[i],
                       type.pool.name, type.least - answer.spares[i]);
    out += rule.period ? fmt::format("in {} with {:g} %\n",
                                     hoursText(std::chrono::duration<double, std::ratio<3600>>(*rule.period).count()),
                                     rule.share * 100)
                       : fmt::format("in {:g} % of the time ({:g} % of nodes are down)\n", rule.share * 100,
                                     rule.down.value_or(1 - planning::availabilityOf(type)) * 100);
  }
  return out;
}

std::string escapesText(const planning::Bounds::Hopeless& one) {
  std::string out;
  for (const planning::Escape& escape : one.escapes) {
    if (escape.needed) {
      out += fmt::format("    {}: {:.3g} instead of {:.4g} {}\n", escape.what, *escape.needed, escape.now, escape.unit);
    } else {
      out +=
          fmt::format("    ({} alone does not do it: at nothing, ETTR is {:.3f})\n", escape.what, escape.ettr_at_none);
    }
  }
  return out;
}

std::string hopelessText(const Answer& answer) {
  std::string out;
  for (const planning::Bounds::Hopeless& one : answer.hopeless) {
    out += fmt::format(
        "{}: cannot be met, however many nodes there are.\n"
        "  A gang of {:.0f} nodes sees a failure each {}; with checkpoints each {}, which is best, its ETTR is {:.3f} "
        "by "
        "theory.\n  One of these alone would do:\n{}",
        levelText(answer.plan.levels[one.level]), one.steady.nodes, hoursText(one.steady.mttf()),
        hoursText(one.best.interval), one.best.ettr, escapesText(one));
  }
  return out;
}

std::string headText(const Answer& answer) {
  const planning::SearchResult& found = answer.search;
  if (answer.outcome == Outcome::kMet) {
    std::string out = fmt::format("answer: {}, {} an hour\n", countsText(answer.plan, found.best->counts),
                                  priceText(found.best->price));
    if (answer.settings) out += fmt::format("with    {}\n", answer.settings->combinations.front().text);
    out += sparesText(answer);
    if (answer.plan.levels.empty()) return out;
    out += "\n" + levelsTable(answer, found.best->judgement);
    if (found.least && found.least->counts != found.best->counts) {
      out += fmt::format(
          "\n{}, {} an hour, may do as well: {} runs did not tell. Without noise the answer lies between the two.\n",
          countsText(answer.plan, found.least->counts), priceText(found.least->price), found.least->judgement.runs);
    }
    return out;
  }
  if (answer.outcome == Outcome::kStopped) {
    if (!found.best) return "interrupted: there is no answer yet\n";
    return fmt::format(
        "interrupted: the cheapest that met the levels so far is {}, {} an hour; cheaper ones may do, too\n",
        countsText(answer.plan, found.best->counts), priceText(found.best->price));
  }
  if (!answer.hopeless.empty()) return hopelessText(answer);
  if (!found.closest) return fmt::format("cannot be met: {}\n", answer.why_not);
  const std::string closest =
      fmt::format("the closest is {}, {} an hour:\n\n", countsText(answer.plan, found.closest->counts),
                  priceText(found.closest->price));
  return (answer.outcome == Outcome::kCannot ? "cannot be met; " : "was not shown to be met; ") + closest +
         levelsTable(answer, found.closest->judgement);
}

std::string triedText(const Answer& answer) {
  if (answer.search.tried.empty()) return {};
  Table table;
  table.header = {"CANDIDATE", "AN HOUR", "RUNS", "WORST LEVEL", "REACHED BY", "INTERVAL", "FINDING"};
  for (const Tried& tried : answer.search.tried) {
    if (tried.judgement.runs == 0) continue;  // interrupted before the first
    const std::size_t worst = tried.judgement.worst();
    const planning::LevelFinding& level = tried.judgement.levels[worst];
    table.rows.push_back({countsText(answer.plan, tried.counts), priceText(tried.price),
                          std::to_string(tried.judgement.runs), levelText(answer.plan.levels[worst]),
                          percentText(level.share), intervalText(level.interval),
                          findingWord(tried.judgement.finding)});
  }
  return "\n" + formatTable(table);
}

std::string settingsText(const Answer& answer) {
  if (!answer.settings) return {};
  const planning::Merit merit = planning::meritOf(answer.plan);
  const bool time = merit != planning::Merit::kEttr;
  const auto shown = [&](double value) {
    return time ? fmt::format("{:.1f} %", 100 * std::abs(value)) : fmt::format("{:.4f}", value);
  };
  Table table;
  table.header = {"SETTINGS", "RUNS", time ? "OF PROMISED TIME" : "MEAN ETTR", "BEST IS BETTER BY", "FINDING"};
  for (std::size_t i = 0; i < answer.settings->combinations.size(); ++i) {
    const planning::Combination& one = answer.settings->combinations[i];
    std::string by;
    if (i > 0 && one.to_best.joint)
      by = time ? fmt::format("{:.1f} +- {:.1f} points", 100 * one.to_best.mean, 100 * one.to_best.joint->halfWidth())
                : fmt::format("{:.4f} +- {:.4f}", one.to_best.mean, one.to_best.joint->halfWidth());
    table.rows.push_back({one.text, std::to_string(one.runs.size()), shown(one.merit), by,
                          i == 0          ? (answer.outcome == Outcome::kStopped ? "best so far" : "chosen")
                          : one.separated ? "worse"
                                          : "not separated from the best"});
  }
  return "\n" + formatTable(table);
}

std::string useText(const Answer& answer) {
  if (answer.use.empty() || answer.search.tried.empty()) return {};
  std::string out;
  for (const auto& [resource, share] : answer.use)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", resource, percentText(share));
  const auto& [scarce, share] = answer.use.front();
  return fmt::format("\nbottleneck: {}, of which {} is in use on average (all: {})\n", scarce, percentText(share), out);
}

std::string variationsText(const Answer& answer) {
  if (answer.more_nodes.empty() && answer.more_load.empty() && !answer.variations_cut) return {};
  Table table;
  table.header = {"WHAT IF", "AN HOUR", "WORST LEVEL", "REACHED BY", "CHANGE", "FINDING"};
  const auto row = [&](const planning::Variation& one, bool gain) {
    const std::size_t worst = one.judgement.worst();
    std::string change;
    if (gain && one.gain.joint)
      change = fmt::format("{:+.1f} +- {:.1f} points", one.gain.mean * 100, one.gain.joint->halfWidth() * 100);
    table.rows.push_back({one.what, priceText(planning::priceOf(answer.plan, one.counts)),
                          levelText(answer.plan.levels[worst]), percentText(one.judgement.levels[worst].share), change,
                          findingWord(one.judgement.finding)});
  };
  for (const planning::Variation& one : answer.more_nodes) row(one, true);
  for (const planning::Variation& one : answer.more_load) row(one, false);
  std::string first;
  for (const planning::Variation& one : answer.more_load) {
    if (one.judgement.finding != planning::Finding::kMissed || !first.empty()) continue;
    first = fmt::format("\nwhat breaks first: at {}, \"{}\" is reached by {} only\n", one.what,
                        levelText(answer.plan.levels[one.judgement.worst()]),
                        percentText(one.judgement.levels[one.judgement.worst()].share));
  }
  if (answer.variations_cut) first += "\ninterrupted: what else might change or break was not tried\n";
  if (first.empty() && !answer.more_load.empty() && answer.outcome == Outcome::kMet)
    first = "\nwhat breaks first: nothing was shown to break at twice the load\n";
  return "\n" + formatTable(table) + first;
}

std::string amountText(const std::string& resource, double amount) {
  constexpr double kGi = 1024.0 * 1024 * 1024;
  if (resource == "memory" || resource == "ephemeral-storage")
    return fmt::format("{:.4g} Gi of {}", amount / kGi, resource);
  return amount < 1000 ? fmt::format("{:.4g} {}", amount, resource)
                       : fmt::format("{} {}", withThousands(std::llround(amount)), resource);
}

std::string boundsText(const Answer& answer) {
  std::string out;
  if (!answer.demand.empty()) {
    const bool manifests = std::any_of(answer.plan.workloads.begin(), answer.plan.workloads.end(),
                                       [](const planning::Workload& one) { return !one.shape.has_value(); });
    out +=
        manifests ? "\nasked for on average, if all Pods of a manifest stayed to its end:" : "\nasked for on average:";
    for (std::size_t i = 0; i < answer.demand.size(); ++i)
      out += (i == 0 ? " " : ", ") + amountText(answer.demand[i].first, answer.demand[i].second);
    out += "\n";
  }
  for (std::size_t i = 0; i < answer.loads.size(); ++i)
    out +=
        fmt::format("  {}: {:.4g} JobSets an hour, each for {}\n", answer.plan.workloads[i].name, answer.loads[i].rate,
                    answer.loads[i].hours > 0 ? hoursText(answer.loads[i].hours) : "a time that only runs can tell");
  for (std::size_t i = 0; i < answer.steady.size(); ++i) {
    if (!answer.steady[i] || !answer.hopeless.empty()) continue;
    const planning::BestCheckpoint best = planning::bestCheckpoint(*answer.steady[i]);
    out += fmt::format(
        "  {} by theory: a failure each {}; checkpoints are best each {}, its ETTR is at most {:.3f} then\n",
        answer.plan.workloads[i].name, hoursText(answer.steady[i]->mttf()), hoursText(best.interval), best.ettr);
  }
  if (answer.candidates > 1)
    out += fmt::format("candidates: {}, of which the bounds ruled out {}{}\n",
                       withThousands(static_cast<std::int64_t>(answer.candidates)),
                       withThousands(static_cast<std::int64_t>(answer.ruled_out)),
                       answer.guess ? "; theory says " + countsText(answer.plan, *answer.guess) : "");
  if (answer.runs > 0)
    out +=
        fmt::format("{} runs, seeds from {}; each finding holds with {:g} % confidence\n",
                    withThousands(static_cast<std::int64_t>(answer.runs)), answer.seed, answer.plan.confidence * 100);
  return out;
}

}  // namespace

std::string answerText(const Answer& answer) {
  return headText(answer) + settingsText(answer) + triedText(answer) + useText(answer) + variationsText(answer) +
         boundsText(answer);
}

}  // namespace jobset_twin::viz
