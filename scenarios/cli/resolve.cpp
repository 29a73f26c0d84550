#include "scenarios/cli/resolve.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/cluster/network/dns.hpp"
#include "viz/run_result.hpp"
#include "viz/timeline.hpp"

namespace jobset_twin::cli {
namespace {

std::string withoutDot(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return name;
}

std::optional<scenarios::TimePoint> resolvableSince(const scenarios::Outcome& outcome, const std::string& name) {
  for (const scenarios::PodNames& pod : outcome.pod_names) {
    for (const std::string& own : pod.names) {
      if (withoutDot(own) == name) return pod.first_resolvable;
    }
  }
  return std::nullopt;
}

// A name that a Pod had while it ran, the nearest to what was asked for.
std::string nearestGone(const scenarios::Outcome& outcome, const std::string& name) {
  std::vector<std::string> names;
  for (const scenarios::PodNames& pod : outcome.pod_names) {
    for (const std::string& own : pod.names) {
      if (pod.first_resolvable) names.push_back(withoutDot(own));
    }
  }
  return cluster::nearestHost(name, names);
}

}  // namespace

std::vector<Resolution> resolveNames(scenarios::Run& run, const scenarios::Outcome& outcome,
                                     const std::vector<std::string>& names, const std::string& namespace_) {
  std::vector<Resolution> out;
  for (const std::string& name : names) {
    cluster::LookUp answer = run.world().dns().lookUp(name, namespace_, "", run.world().kernel().now());
    Resolution row;
    row.name = name;
    row.answered = answer.answered;
    row.exists = answer.exists;
    row.addresses = std::move(answer.addresses);
    row.answered_name = withoutDot(std::move(answer.answered_name));
    row.nearest = withoutDot(std::move(answer.nearest));
    if (row.exists) {
      row.since = resolvableSince(outcome, row.answered_name);
    } else if (row.answered && row.nearest.empty()) {
      row.formerly = nearestGone(outcome, withoutDot(name));
      if (!row.formerly.empty()) row.since = resolvableSince(outcome, row.formerly);
    }
    out.push_back(std::move(row));
  }
  return out;
}

std::string resolutionText(const Resolution& resolution, scenarios::TimePoint start) {
  if (!resolution.answered)
    return fmt::format("{} does not resolve at the end: no name server answers", resolution.name);
  if (!resolution.exists) {
    std::string text = fmt::format("{} does not resolve at the end: no such name (NXDOMAIN)", resolution.name);
    if (!resolution.nearest.empty()) return text + fmt::format("; the nearest that exists is {}", resolution.nearest);
    if (resolution.formerly.empty()) return text + "; no name like it exists";
    if (resolution.formerly == withoutDot(resolution.name)) {
      return text + fmt::format("; it did from {} until its Pod was over", viz::clockTime(*resolution.since - start));
    }
    return text + fmt::format("; the nearest that did is {}, from {} until its Pod was over", resolution.formerly,
                              viz::clockTime(*resolution.since - start));
  }
  std::string text = fmt::format("{} resolves at the end", resolution.name);
  if (!resolution.addresses.empty()) text += fmt::format(" to {}", fmt::join(resolution.addresses, ", "));
  if (resolution.since) text += fmt::format(", since {}", viz::clockTime(*resolution.since - start));
  if (resolution.answered_name != withoutDot(resolution.name)) text += fmt::format(" ({})", resolution.answered_name);
  return text;
}

nlohmann::json resolutionJson(const std::vector<Resolution>& resolutions, scenarios::TimePoint start) {
  nlohmann::json out = nlohmann::json::array();
  for (const Resolution& row : resolutions) {
    out.push_back(
        {{"name", row.name},
         {"answered", row.answered},
         {"exists", row.exists},
         {"addresses", row.addresses},
         {"answeredName", row.answered_name},
         {"sinceSeconds", row.since ? nlohmann::json(viz::secondsSince(start, *row.since)) : nlohmann::json(nullptr)},
         {"nearest", row.nearest},
         {"formerly", row.formerly}});
  }
  return out;
}

}  // namespace jobset_twin::cli
