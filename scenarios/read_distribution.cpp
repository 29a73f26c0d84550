// Distributions of times: "100s", {exponential: {mean: 1h}} or, short, "exponential(1h)".
#include <array>
#include <charconv>

#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using workload::TimeDistribution;
using DistributionKind = TimeDistribution::Kind;

constexpr double kSigmaMost = 10, kShapeLeast = 0.05, kShapeMost = 1000;

constexpr std::array<Field<TimeDistribution>, 2> kUniformFields = {{
    {"min", "duration", "the shortest", [](Reader& r, const Place& p, TimeDistribution& d) { r.duration(p, d.a); },
     true},
    {"max", "duration", "the longest", [](Reader& r, const Place& p, TimeDistribution& d) { r.duration(p, d.b); },
     true},
}};
constexpr std::array<Field<TimeDistribution>, 1> kExponentialFields = {{
    {"mean", "duration", "the mean", [](Reader& r, const Place& p, TimeDistribution& d) { r.positiveDuration(p, d.a); },
     true},
}};
constexpr std::array<Field<TimeDistribution>, 2> kShapedFields = {{
    {"scale", "duration", "the scale",
     [](Reader& r, const Place& p, TimeDistribution& d) { r.positiveDuration(p, d.a); }, true},
    {"shape", "number", "the shape; 1 is exponential",
     [](Reader& r, const Place& p, TimeDistribution& d) { r.number(p, d.sigma, kShapeLeast, kShapeMost); }, true},
}};
constexpr std::array<Field<TimeDistribution>, 2> kLognormalFields = {{
    {"median", "duration", "the median",
     [](Reader& r, const Place& p, TimeDistribution& d) { r.positiveDuration(p, d.a); }, true},
    {"sigma", "number", "of the underlying normal distribution",
     [](Reader& r, const Place& p, TimeDistribution& d) { r.number(p, d.sigma, 0, kSigmaMost); }, true},
}};

template <DistributionKind kind>
void readShaped(Reader& r, const Place& p, TimeDistribution& d) {
  d.kind = kind;
  r.object<TimeDistribution>(p, kShapedFields, d);
}

constexpr std::array<Field<TimeDistribution>, 7> kDistributionFields = {{
    {"constant", "duration", "always the same",
     [](Reader& r, const Place& p, TimeDistribution& d) {
       d.kind = DistributionKind::kConstant;
       r.duration(p, d.a);
     }},
    {"uniform", "Uniform", "anything from min to max",
     [](Reader& r, const Place& p, TimeDistribution& d) {
       d.kind = DistributionKind::kUniform;
       r.object<TimeDistribution>(p, kUniformFields, d);
       if (d.a > d.b && p.node.find("max")) r.invalid(p, "max must not be less than min");
     }},
    {"exponential", "Exponential", "without memory, about a mean",
     [](Reader& r, const Place& p, TimeDistribution& d) {
       d.kind = DistributionKind::kExponential;
       r.object<TimeDistribution>(p, kExponentialFields, d);
     }},
    {"lognormal", "Lognormal", "about a median, with a long tail",
     [](Reader& r, const Place& p, TimeDistribution& d) {
       d.kind = DistributionKind::kLognormal;
       r.object<TimeDistribution>(p, kLognormalFields, d);
     }},
    {"weibull", "Shaped", "a hazard that grows (shape above 1) or falls (below 1) with age",
     readShaped<DistributionKind::kWeibull>},
    {"gamma", "Shaped", "the sum of `shape` exponential times of mean `scale`", readShaped<DistributionKind::kGamma>},
    {"empirical", "Empirical", "times that were measured, each as likely as any other",
     [](Reader& r, const Place& p, TimeDistribution& d) {
       d.kind = DistributionKind::kEmpirical;
       readEmpirical(r, p, d);
     }},
}};

// "lognormal(3m, 0.2)" as {lognormal: {median: 3m, sigma: 0.2}}: the parameters in the order of the table.
bool expand(const std::string& text, const api::TreeNode& node, api::TreeNode& out) {
  const std::size_t open = text.find('(');
  if (open == std::string::npos || !text.ends_with(')')) return false;
  const std::string name = text.substr(0, open);
  std::vector<std::string_view> keys;
  if (name == "uniform") keys = {"min", "max"};
  if (name == "exponential") keys = {"mean"};
  if (name == "lognormal") keys = {"median", "sigma"};
  if (name == "weibull" || name == "gamma") keys = {"scale", "shape"};
  if (keys.empty()) return false;
  api::TreeNode inner;
  inner.kind = api::TreeNode::Kind::kMap;
  inner.at = node.at;
  std::string_view rest = std::string_view(text).substr(open + 1, text.size() - open - 2);
  for (const std::string_view key : keys) {
    const std::size_t comma = rest.find(',');
    std::string value(rest.substr(0, comma));
    value.erase(0, value.find_first_not_of(' '));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    api::TreeNode leaf;
    leaf.kind = api::TreeNode::Kind::kString;
    leaf.text = value;
    leaf.at = node.at;
    if (key == "sigma" || key == "shape") {
      const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), leaf.number);
      if (problem == std::errc() && end == value.data() + value.size()) leaf.kind = api::TreeNode::Kind::kDouble;
    }
    inner.entries.push_back({std::string(key), node.at, std::move(leaf)});
  }
  if (!rest.empty()) return false;
  out.kind = api::TreeNode::Kind::kMap;
  out.at = node.at;
  out.entries.push_back({name, node.at, std::move(inner)});
  return true;
}

}  // namespace

bool readDistribution(Reader& reader, const Place& place, TimeDistribution& out) {
  api::TreeNode expanded;
  if (place.node.isString() && expand(place.node.text, place.node, expanded))
    return readDistribution(reader, {expanded, place.path}, out);
  if (!place.node.isMap()) return reader.duration(place, out.a);
  if (place.node.entries.size() != 1) {
    reader.invalid(place,
                   "must be a duration or exactly one of constant, uniform, exponential, lognormal, weibull, gamma, "
                   "empirical");
    return false;
  }
  const std::size_t before = reader.errors.size();
  reader.object<TimeDistribution>(place, kDistributionFields, out);
  return reader.errors.size() == before;
}

void addDistributionFields(FieldTexts& out) {
  addFields<TimeDistribution>(out, "Distribution", kDistributionFields);
  addFields<TimeDistribution>(out, "Uniform", kUniformFields);
  addFields<TimeDistribution>(out, "Exponential", kExponentialFields);
  addFields<TimeDistribution>(out, "Lognormal", kLognormalFields);
  addFields<TimeDistribution>(out, "Shaped", kShapedFields);
  addEmpiricalFields(out);
}

}  // namespace jobset_twin::scenarios
