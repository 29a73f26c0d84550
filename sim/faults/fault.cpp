#include "sim/faults/fault.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/api/time.hpp"
#include "sim/faults/classes.hpp"
#include "sim/faults/target.hpp"
#include "sim/faults/trigger.hpp"

namespace jobset_twin::faults {

namespace {

// All of them where they are few.
std::string measuredText(const workload::MeasuredTimes& times) {
  constexpr std::size_t kListed = 12;
  std::string out;
  if (times.size() <= kListed) {
    for (const Duration time : times) out += (out.empty() ? "" : ",") + api::formatDuration(time);
    return fmt::format("empirical({})", out);
  }
  double sum = 0;
  for (const Duration time : times) sum += static_cast<double>(time.count());
  return fmt::format("empirical({} times, {} to {}, mean {:.9f}s)", times.size(), api::formatDuration(times.front()),
                     api::formatDuration(times.back()), sum / static_cast<double>(times.size()) / 1e9);
}

}  // namespace

std::string distributionText(const TimeDistribution& d) {
  using Kind = TimeDistribution::Kind;
  switch (d.kind) {
    case Kind::kConstant: return api::formatDuration(d.a);
    case Kind::kUniform: return fmt::format("uniform({},{})", api::formatDuration(d.a), api::formatDuration(d.b));
    case Kind::kExponential: return fmt::format("exponential({})", api::formatDuration(d.a));
    case Kind::kLognormal: return fmt::format("lognormal({},{})", api::formatDuration(d.a), d.sigma);
    case Kind::kWeibull: return fmt::format("weibull({},{})", api::formatDuration(d.a), d.sigma);
    case Kind::kGamma: return fmt::format("gamma({},{})", api::formatDuration(d.a), d.sigma);
    case Kind::kEmpirical: return measuredText(*d.measured);
  }
  return {};
}

std::string faultText(const Fault& fault) {
  std::string out(classInfo(fault.class_).verb);
  const auto add = [&](std::string_view key, const std::string& value) {
    if (value.empty()) return;
    out +=
        value.find(' ') == std::string::npos ? fmt::format(" {}={}", key, value) : fmt::format(" {}='{}'", key, value);
  };
  if (const std::string target = targetText(fault.target); !target.empty()) out += " " + target;
  for (const auto& [name, value] : fieldsOf(fault)) {
    add(name, std::visit(
                  [](const auto& one) -> std::string {
                    using T = std::decay_t<decltype(one)>;
                    if constexpr (std::is_same_v<T, Duration>) {
                      return api::formatDuration(one);
                    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
                      return fmt::format("{}", fmt::join(one, ","));
                    } else {
                      return fmt::format("{}", one);
                    }
                  },
                  value));
  }
  if (fault.trigger.at) add("at", api::formatDuration(*fault.trigger.at));
  if (fault.trigger.after) add("after", eventText(*fault.trigger.after));
  if (fault.trigger.every) add("every", api::formatDuration(*fault.trigger.every));
  if (fault.trigger.times) add("times", std::to_string(*fault.trigger.times));
  if (fault.trigger.hazard) add("hazard", distributionText(*fault.trigger.hazard));
  if (fault.lasts) add("for", distributionText(*fault.lasts));
  return out;
}

}  // namespace jobset_twin::faults
