#include "sim/faults/components.hpp"

#include <array>
#include <sstream>

#include <fmt/format.h>

#include "engine/api/ascii.hpp"
#include "engine/api/kinds.hpp"
#include "sim/cluster/component.hpp"

namespace jobset_twin::faults {
namespace {

using cluster::Component;

struct Row {
  std::string_view word;
  Component component;
};
constexpr std::array kComponents = {Row{"jobset-controller", Component::kJobSetController},
                                    Row{"job-controller", Component::kJobController},
                                    Row{"scheduler", Component::kScheduler},
                                    Row{"kubelet", Component::kKubelet},
                                    Row{"endpointslice-controller", Component::kEndpointSlices},
                                    Row{"coredns", Component::kDns},
                                    Row{"node-controller", Component::kNodeLifecycle},
                                    Row{"garbage-collector", Component::kGarbageCollector},
                                    Row{"ttl-controller", Component::kTtlController}};

constexpr std::array kErrors = {ErrorWord{"409", "Conflict", api::Reason::kConflict},
                                ErrorWord{"429", "TooManyRequests", api::Reason::kTooManyRequests, 1},
                                ErrorWord{"500", "InternalError", api::Reason::kInternalError},
                                ErrorWord{"503", "ServiceUnavailable", api::Reason::kServiceUnavailable},
                                ErrorWord{"403", "Forbidden", api::Reason::kForbidden}};

std::optional<api::Verb> verbNamed(std::string_view word) {
  for (const api::Verb verb : {api::Verb::kGet, api::Verb::kCreate, api::Verb::kUpdate, api::Verb::kUpdateStatus,
                               api::Verb::kPatch, api::Verb::kPatchStatus, api::Verb::kDelete, api::Verb::kBind}) {
    if (api::verbText(verb) == word) return verb;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> componentWords() {
  std::vector<std::string> out;
  for (const Row& row : kComponents) out.emplace_back(row.word);
  return out;
}

std::vector<std::uint32_t> componentTargets(std::string_view word) {
  std::vector<std::uint32_t> out;
  for (const Row& row : kComponents) {
    if (row.word == word) out.push_back(cluster::targetOf(row.component));
  }
  return out;
}

std::vector<std::string> controllerWords() {
  return {"jobset-controller", "job-controller", "scheduler", "controller-manager"};
}

std::optional<cluster::Controller> controllerNamed(std::string_view word) {
  if (word == "jobset-controller") return cluster::Controller::kJobSetManager;
  if (word == "job-controller") return cluster::Controller::kJobController;
  if (word == "scheduler") return cluster::Controller::kScheduler;
  if (word == "controller-manager") return cluster::Controller::kControllerManager;
  return std::nullopt;
}

std::optional<cluster::CrashPoint> crashPoint(std::string_view step, std::string* problem) {
  std::vector<std::string> words;
  std::istringstream in{std::string(step)};
  for (std::string word; in >> word;) words.push_back(word);
  const auto wrong = [&](std::string text) -> std::optional<cluster::CrashPoint> {
    if (problem) *problem = std::move(text);
    return std::nullopt;
  };
  if (words.empty() || (words[0] != "before" && words[0] != "after")) return wrong("must begin with before or after");
  cluster::CrashPoint point;
  point.after = words[0] == "after";
  const auto number = [](const std::string& word) -> std::uint64_t {
    const bool digits = !word.empty() && word.size() < 10 && word.find_first_not_of("0123456789") == std::string::npos;
    return digits ? std::stoull(word) : 0;
  };
  std::size_t i = 1;
  if (i < words.size() && number(words[i]) > 0) point.match = number(words[i++]);
  for (; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "request" && i + 1 < words.size() && number(words[i + 1]) > 0) {
      point.plan_request = number(words[++i]);
    } else if (word == "of" && i + 1 < words.size()) {
      point.object = words[++i];
    } else if (const std::optional<api::Verb> verb = verbNamed(word); verb && !point.verb) {
      point.verb = verb;
    } else if (const api::KindInfo* kind = api::findResource(api::lowerCase(word)); kind && !point.kind) {
      point.kind = kind->kind;
    } else {
      return wrong(fmt::format("\"{}\" is no number, verb or kind", word));
    }
  }
  return point;
}

const ErrorWord* errorWord(std::string_view word) {
  for (const ErrorWord& row : kErrors) {
    if (row.code == word || row.name == word) return &row;
  }
  return nullptr;
}

std::vector<std::string> errorWords() {
  std::vector<std::string> out;
  for (const ErrorWord& row : kErrors) out.emplace_back(row.code);
  for (const ErrorWord& row : kErrors) out.emplace_back(row.name);
  return out;
}

}  // namespace jobset_twin::faults
