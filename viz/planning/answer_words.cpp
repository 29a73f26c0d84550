#include "viz/planning/answer_words.hpp"

#include <cmath>

#include <fmt/format.h>

namespace jobset_twin::viz {
namespace {

namespace planning = scenarios::planning;

// Go's form without the parts that are nothing: "30m0s" is 30m.
std::string shortDuration(api::Duration duration) {
  std::string text = api::formatDuration(duration);
  if (text.ends_with("m0s")) text.resize(text.size() - 2);
  if (text.ends_with("h0m")) text.resize(text.size() - 2);
  return text;
}

}  // namespace

std::string countsText(const planning::CapacityPlan& plan, const planning::Counts& counts) {
  std::string out;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0) out += fmt::format("{}{} {}", out.empty() ? "" : " + ", counts[i], plan.nodes[i].pool.name);
  return out.empty() ? "no nodes" : out;
}

std::string levelText(const planning::Level& level) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : " and ") + part; };
  if (level.start_within) add("start within " + shortDuration(*level.start_within));
  if (level.finish_within) add("complete within " + shortDuration(*level.finish_within));
  if (level.ettr) add(fmt::format("reach ETTR {}", *level.ettr));
  return fmt::format("{:g} % of {} {}", level.share * 100, level.workload.empty() ? "all JobSets" : level.workload,
                     out);
}

std::string findingWord(planning::Finding finding) {
  return finding == planning::Finding::kMet ? "met" : finding == planning::Finding::kMissed ? "missed" : "open";
}

std::string outcomeWord(planning::Outcome outcome) {
  switch (outcome) {
    case planning::Outcome::kMet: return "met";
    case planning::Outcome::kNotShown: return "notShown";
    case planning::Outcome::kCannot: return "cannotBeMet";
    case planning::Outcome::kStopped: return "interrupted";
  }
  return {};
}

std::string percentText(double share) { return fmt::format("{:.1f} %", share * 100); }

std::string hoursText(double hours) {
  // Whole seconds, and none of them from an hour on.
  const double seconds = hours >= 1 ? std::round(hours * 60) * 60 : std::round(hours * 3600);
  return shortDuration(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

}  // namespace jobset_twin::viz
