#include "scenarios/study/verdict.hpp"

#include <cmath>

#include <fmt/format.h>

namespace jobset_twin::scenarios::study {
namespace {

std::string secondsText(double seconds) {
  const double size = std::abs(seconds);
  const char* sign = seconds < 0 ? "-" : "";
  if (size < 1) return fmt::format("{}{:.0f} ms", sign, size * 1000);
  if (size < 60) return fmt::format("{}{:.1f} s", sign, size);
  const auto whole = static_cast<std::int64_t>(std::llround(size));
  if (whole < 3600) return fmt::format("{}{}m{:02}s", sign, whole / 60, whole % 60);
  const std::int64_t minutes = std::llround(size / 60);
  if (minutes < 48 * 60) return fmt::format("{}{}h{:02}m", sign, minutes / 60, minutes % 60);
  const std::int64_t hours = std::llround(size / 3600);
  return fmt::format("{}{}d{}h", sign, hours / 24, hours % 24);
}

// Of shares in per cent, without its sign: it stands once, behind the value, or as points.
std::string amountText(double value, Unit unit) {
  return unit == Unit::kShare ? fmt::format("{:.1f}", 100 * value + 0.0) : valueText(value, unit);  // no "-0.0"
}

// What is said of the one that has less, and of the one that has more.
struct Words {
  const char* metric;
  const char* verb;
  const char* less;
  const char* more;
};
constexpr Words kWords[] = {{"completed", "completes", "less often", "more often"},
                            {"makespan", "finishes", "earlier", "later"},
                            {"endTime", "ends", "earlier", "later"},
                            {"timeToReady", "is ready", "earlier", "later"},
                            {"queueing", "waits", "less", "longer"},
                            {"cost", "costs", "less", "more"},
                            {"lostWork", "loses", "less work", "more work"},
                            {"restarts", "has", "restarts less", "restarts more"}};

}  // namespace

std::string valueText(double value, Unit unit) {
  switch (unit) {
    case Unit::kSeconds: return secondsText(value);
    case Unit::kShare: return fmt::format("{:.1f} %", 100 * value);
    case Unit::kMoney: return fmt::format("{:.2f}", value);
    case Unit::kCount: break;
  }
  const double size = std::abs(value);
  if (value == std::floor(value) && size < 1e15) return fmt::format("{:.0f}", value);
  return size >= 100   ? fmt::format("{:.0f}", value)
         : size >= 0.1 ? fmt::format("{:.2f}", value)
                       : fmt::format("{:.3g}", value);
}

std::string reachText(double value, const Interval& interval, Unit unit) {
  constexpr double kEven = 0.05;  // of the half width
  const double middle = (interval.low + interval.high) / 2;
  if (std::abs(value - middle) <= kEven * interval.halfWidth())
    return fmt::format(" ± {}", amountText(interval.halfWidth(), unit));
  return fmt::format(" [{} .. {}]", amountText(interval.low, unit), amountText(interval.high, unit));
}

std::string differenceText(double mean, const Interval& interval, Unit unit, bool with_sign) {
  const bool turned = mean < 0 && !with_sign;
  const std::string text =
      turned ? amountText(-mean, unit) + reachText(-mean, {-interval.high, -interval.low}, unit)
             : (with_sign && mean >= 0 ? "+" : "") + amountText(mean, unit) + reachText(mean, interval, unit);
  return unit == Unit::kShare ? text + " points" : text;
}

std::string verdictText(const std::string& metric, const std::string& a, const std::string& b,
                        const Difference& difference) {
  const MetricInfo* info = findMetric(metric);
  const Unit unit = info ? info->unit : Unit::kCount;
  const std::string missing = difference.only_a + difference.only_b == 0
                                  ? ""
                                  : fmt::format(" (of {} pairs; {} more have no {} of one of the two)",
                                                difference.pairs, difference.only_a + difference.only_b, metric);
  if (difference.verdict == Verdict::kNothingToCompare)
    return fmt::format("{} and {}: nothing to compare, {} pairs have {}", b, a, difference.pairs, metric);
  if (difference.verdict == Verdict::kEqual)
    return fmt::format("{} and {}: the same {} in every pair{}", b, a, metric, missing);
  if (difference.verdict == Verdict::kNoDifference) {
    return fmt::format("{} and {}: no difference in {} seen ({}){}", b, a, metric,
                       differenceText(difference.mean, *difference.joint, unit, true), missing);
  }
  const std::string spread = differenceText(difference.mean, *difference.joint, unit, false);
  const bool b_more = difference.verdict == Verdict::kFirstIsLess;
  for (const Words& words : kWords) {
    if (metric == words.metric)
      return fmt::format("{} {} {} {} than {}{}", b, words.verb, spread, b_more ? words.more : words.less, a, missing);
  }
  return fmt::format("{} of {} is {} {} than that of {}{}", metric, b, spread, b_more ? "more" : "less", a, missing);
}

}  // namespace jobset_twin::scenarios::study
