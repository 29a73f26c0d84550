#include <nlohmann/json.hpp>

#include "scenarios/write_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using nlohmann::json;
using workload::TimeDistribution;

}  // namespace

std::string durationText(Duration duration) { return api::formatDuration(duration); }

json distributionJson(const TimeDistribution& distribution) {
  switch (distribution.kind) {
    case TimeDistribution::Kind::kConstant: return durationText(distribution.a);
    case TimeDistribution::Kind::kUniform:
      return {{"uniform", {{"min", durationText(distribution.a)}, {"max", durationText(distribution.b)}}}};
    case TimeDistribution::Kind::kExponential: return {{"exponential", {{"mean", durationText(distribution.a)}}}};
    case TimeDistribution::Kind::kLognormal:
      return {{"lognormal", {{"median", durationText(distribution.a)}, {"sigma", distribution.sigma}}}};
    case TimeDistribution::Kind::kWeibull:
      return {{"weibull", {{"scale", durationText(distribution.a)}, {"shape", distribution.sigma}}}};
    case TimeDistribution::Kind::kGamma:
      return {{"gamma", {{"scale", durationText(distribution.a)}, {"shape", distribution.sigma}}}};
    case TimeDistribution::Kind::kEmpirical: {
      json values = json::array();
      for (const Duration time : *distribution.measured) values.push_back(durationText(time));
      return {{"empirical", {{"values", std::move(values)}}}};
    }
  }
  return {};
}

}  // namespace jobset_twin::scenarios
