#include <nlohmann/json.hpp>

#include "scenarios/write_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using nlohmann::json;
using workload::TimeDistribution;

std::string text(Duration duration) { return api::formatDuration(duration); }

}  // namespace

json distributionJson(const TimeDistribution& distribution) {
  switch (distribution.kind) {
    case TimeDistribution::Kind::kConstant: return text(distribution.a);
    case TimeDistribution::Kind::kUniform:
      return {{"uniform", {{"min", text(distribution.a)}, {"max", text(distribution.b)}}}};
    case TimeDistribution::Kind::kExponential: return {{"exponential", {{"mean", text(distribution.a)}}}};
    case TimeDistribution::Kind::kLognormal:
      return {{"lognormal", {{"median", text(distribution.a)}, {"sigma", distribution.sigma}}}};
    case TimeDistribution::Kind::kWeibull:
      return {{"weibull", {{"scale", text(distribution.a)}, {"shape", distribution.sigma}}}};
    case TimeDistribution::Kind::kGamma:
      return {{"gamma", {{"scale", text(distribution.a)}, {"shape", distribution.sigma}}}};
    case TimeDistribution::Kind::kEmpirical: {
      json values = json::array();
      for (const Duration time : *distribution.measured) values.push_back(text(time));
      return {{"empirical", {{"values", std::move(values)}}}};
    }
  }
  return {};
}

}  // namespace jobset_twin::scenarios
