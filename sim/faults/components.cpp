#include "sim/faults/components.hpp"

#include <array>

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
