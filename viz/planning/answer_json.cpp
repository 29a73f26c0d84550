#include "viz/planning/answer_json.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "scenarios/planning/trials.hpp"
#include "viz/planning/answer_words.hpp"

namespace jobset_twin::viz {
namespace {

namespace planning = scenarios::planning;
using nlohmann::json;
using planning::Answer;

json countsJson(const planning::CapacityPlan& plan, const planning::Counts& counts) {
  json out = json::object();
  for (std::size_t i = 0; i < counts.size(); ++i) out[plan.nodes[i].pool.name] = counts[i];
  return out;
}

json intervalJson(const std::optional<scenarios::study::Interval>& interval) {
  return interval ? json::array({interval->low, interval->high}) : json(nullptr);
}

json judgementJson(const planning::CapacityPlan& plan, const planning::Judgement& judgement) {
  json levels = json::array();
  for (std::size_t i = 0; i < judgement.levels.size(); ++i) {
    const planning::LevelFinding& level = judgement.levels[i];
    levels.push_back({{"level", levelText(plan.levels[i])},
                      {"wanted", level.wanted},
                      {"share", level.share},
                      {"interval", intervalJson(level.interval)},
                      {"met", level.met},
                      {"judged", level.judged},
                      {"finding", findingWord(level.finding)}});
  }
  return {{"finding", findingWord(judgement.finding)}, {"runs", judgement.runs}, {"levels", std::move(levels)}};
}

json triedJson(const planning::CapacityPlan& plan, const planning::Tried& tried) {
  json out = judgementJson(plan, tried.judgement);
  out["nodes"] = countsJson(plan, tried.counts);
  out["pricePerHour"] = tried.price;
  return out;
}

json variationJson(const planning::CapacityPlan& plan, const planning::Variation& one) {
  json out = judgementJson(plan, one.judgement);
  out["what"] = one.what;
  out["nodes"] = countsJson(plan, one.counts);
  out["pricePerHour"] = planning::priceOf(plan, one.counts);
  out["load"] = one.growth;
  if (one.gain.pairs > 0) out["change"] = {{"mean", one.gain.mean}, {"interval", intervalJson(one.gain.joint)}};
  return out;
}

json settingsJson(const Answer& answer) {
  json out = json::array();
  for (const planning::Combination& one : answer.settings->combinations) {
    json values = json::object();
    for (std::size_t i = 0; i < one.values.size(); ++i) {
      const planning::Setting& setting = answer.plan.settings[i];
      values[setting.name] = api::toJson(setting.values[one.values[i]].second);
    }
    out.push_back({{"values", std::move(values)},
                   {"runs", one.runs.size()},
                   {"merit", one.merit},
                   {"bestIsBetterBy", one.to_best.mean},
                   {"interval", intervalJson(one.to_best.joint)},
                   {"separated", one.separated}});
  }
  return {{"by", planning::meritName(planning::meritOf(answer.plan))}, {"combinations", std::move(out)}};
}

json hopelessJson(const Answer& answer) {
  json out = json::array();
  for (const planning::Bounds::Hopeless& one : answer.hopeless) {
    json escapes = json::array();
    for (const planning::Escape& escape : one.escapes)
      escapes.push_back({{"what", escape.what},
                         {"unit", escape.unit},
                         {"now", escape.now},
                         {"needed", escape.needed ? json(*escape.needed) : json(nullptr)}});
    out.push_back({{"level", levelText(answer.plan.levels[one.level])},
                   {"nodes", one.steady.nodes},
                   {"hoursBetweenFailures", one.steady.mttf()},
                   {"bestCheckpointHours", one.best.interval},
                   {"ettr", one.best.ettr},
                   {"escapes", std::move(escapes)}});
  }
  return out;
}

json boundsJson(const Answer& answer) {
  json demand = json::object(), workloads = json::array();
  for (const auto& [resource, amount] : answer.demand) demand[resource] = amount;
  for (std::size_t i = 0; i < answer.loads.size(); ++i) {
    json row = {{"name", answer.plan.workloads[i].name},
                {"jobSetsPerHour", answer.loads[i].rate},
                {"hoursEach", answer.loads[i].hours}};
    if (answer.steady[i]) {
      const planning::BestCheckpoint best = planning::bestCheckpoint(*answer.steady[i]);
      row["theory"] = {{"hoursBetweenFailures", answer.steady[i]->mttf()},
                       {"bestCheckpointHours", best.interval},
                       {"ettr", best.ettr}};
    }
    workloads.push_back(std::move(row));
  }
  json out = {{"demand", std::move(demand)},
              {"workloads", std::move(workloads)},
              {"candidates", answer.candidates},
              {"ruledOut", answer.ruled_out}};
  if (answer.guess) out["guess"] = countsJson(answer.plan, *answer.guess);
  return out;
}

}  // namespace

json answerJson(const Answer& answer) {
  const planning::CapacityPlan& plan = answer.plan;
  json out = {{"apiVersion", "jobset-twin.dev/v1alpha1"},
              {"kind", "PlanResult"},
              {"metadata", {{"name", plan.name}}},
              {"outcome", outcomeWord(answer.outcome)},
              {"confidence", plan.confidence},
              {"seed", answer.seed},
              {"runs", answer.runs},
              {"bounds", boundsJson(answer)}};
  const planning::SearchResult& found = answer.search;
  if (found.best) out["answer"] = triedJson(plan, *found.best);
  if (found.least && found.least->counts != found.best->counts) out["mayDo"] = triedJson(plan, *found.least);
  if (found.closest) out["closest"] = triedJson(plan, *found.closest);
  if (!answer.why_not.empty()) out["whyNot"] = answer.why_not;
  if (!answer.hopeless.empty()) out["cannotByTheory"] = hopelessJson(answer);
  for (std::size_t i = 0; i < answer.spares.size(); ++i)
    if (plan.nodes[i].spares) out["spares"][plan.nodes[i].pool.name] = answer.spares[i];
  if (answer.settings) out["settings"] = settingsJson(answer);
  out["tried"] = json::array();
  for (const planning::Tried& tried : found.tried) out["tried"].push_back(triedJson(plan, tried));
  for (const auto& [resource, share] : answer.use)
    out["use"][resource] = std::isfinite(share) ? json(share) : json(nullptr);
  for (const planning::Variation& one : answer.more_nodes) out["oneMoreNode"].push_back(variationJson(plan, one));
  if (answer.variations_cut) out["interrupted"] = true;
  for (const planning::Variation& one : answer.more_load) out["moreLoad"].push_back(variationJson(plan, one));
  return out;
}

}  // namespace jobset_twin::viz
