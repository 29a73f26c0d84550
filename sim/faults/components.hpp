// components.hpp - what faults call the components of the cluster and the errors of its API server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/api/request.hpp"
#include "sim/cluster/election/election.hpp"

namespace jobset_twin::faults {

// "jobset-controller", "scheduler", "kubelet", … : those that have caches of their own.
std::vector<std::string> componentWords();
// kernel::Event::target of those meant by a word; empty: there is none.
std::vector<std::uint32_t> componentTargets(std::string_view word);

// Those that can end and be replaced, and which they are.
std::vector<std::string> controllerWords();
std::optional<cluster::Controller> controllerNamed(std::string_view word);
// "after create Job", "before 3 patch", "before request 2 of default/train"; nothing, and why: not of that form.
std::optional<cluster::CrashPoint> crashPoint(std::string_view step, std::string* problem = nullptr);

struct ErrorWord {
  std::string_view code, name;  // "429", "TooManyRequests"
  api::Reason reason;
  std::int32_t retry_after_seconds = 0;
};
// By its code or name; null: there is none.
const ErrorWord* errorWord(std::string_view word);
std::vector<std::string> errorWords();

}  // namespace jobset_twin::faults
