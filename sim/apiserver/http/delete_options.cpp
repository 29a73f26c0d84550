#include "sim/apiserver/http/delete_options.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/apiserver/http/bounded_json.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

std::string setPolicy(const std::string& policy, api::DeleteOptions& out) {
  if (policy == "Background") {
    out.propagation = api::Propagation::kBackground;
  } else if (policy == "Foreground") {
    out.propagation = api::Propagation::kForeground;
  } else if (policy == "Orphan") {
    out.propagation = api::Propagation::kOrphan;
  } else {
    return fmt::format(
        "propagationPolicy: Unsupported value: \"{}\": supported values: \"Foreground\", "
        "\"Background\", \"Orphan\"",
        policy);
  }
  return {};
}

std::string readBody(const json& body, api::DeleteOptions& out) {
  if (!body.is_object()) return "DeleteOptions must be an object";
  if (const auto policy = body.find("propagationPolicy"); policy != body.end() && !policy->is_null()) {
    if (!policy->is_string()) return "propagationPolicy must be a string";
    if (std::string problem = setPolicy(*policy, out); !problem.empty()) return problem;
  }
  if (const auto orphan = body.find("orphanDependents"); orphan != body.end() && orphan->is_boolean())
    out.propagation = orphan->get<bool>() ? api::Propagation::kOrphan : api::Propagation::kBackground;
  if (const auto grace = body.find("gracePeriodSeconds"); grace != body.end() && !grace->is_null()) {
    if (!grace->is_number_integer()) return "gracePeriodSeconds must be a whole number";
    out.gracePeriodSeconds = grace->get<std::int64_t>();
  }
  const auto preconditions = body.find("preconditions");
  if (preconditions == body.end() || !preconditions->is_object()) return {};
  if (const auto uid = preconditions->find("uid"); uid != preconditions->end() && uid->is_string())
    out.preconditionUid = *uid;
  if (const auto version = preconditions->find("resourceVersion");
      version != preconditions->end() && version->is_string()) {
    const std::optional<std::int64_t> number = wholeNumber(version->get_ref<const std::string&>());
    if (!number) return "preconditions.resourceVersion must be a number";
    out.preconditionResourceVersion = *number;
  }
  return {};
}

}  // namespace

std::string readDeleteOptions(const std::string& body, const ApiPath& path, api::DeleteOptions& out, json& dry_run) {
  if (!body.empty()) {
    std::string problem;
    const std::optional<json> parsed = boundedJson(body, problem);
    if (!parsed) return fmt::format("error decoding DeleteOptions: {}", problem);
    if (problem = readBody(*parsed, out); !problem.empty()) return problem;
    if (const auto given = parsed->find("dryRun"); given != parsed->end()) dry_run = *given;
  }
  if (const std::string* policy = path.param("propagationPolicy"))
    if (std::string problem = setPolicy(*policy, out); !problem.empty()) return problem;
  if (const std::string* grace = path.param("gracePeriodSeconds")) {
    out.gracePeriodSeconds = wholeNumber(*grace);
    if (!out.gracePeriodSeconds) return "gracePeriodSeconds must be a whole number";
  }
  return {};
}

}  // namespace jobset_twin::apiserver::http
