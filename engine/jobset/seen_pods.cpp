#include "engine/jobset/seen_pods.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "engine/api/pod.hpp"
#include "engine/jobset/names.hpp"

namespace jobset_twin::jobset {
namespace {

std::int32_t largestRestartCountOf(const api::PodStatus& status) {
  std::int32_t largest = 0;
  for (const api::ContainerStatus& container : status.initContainerStatuses)
    largest = std::max(largest, container.restartCount);
  for (const api::ContainerStatus& container : status.containerStatuses)
    largest = std::max(largest, container.restartCount);
  return largest;
}

// What one Pod adds to the counts.
struct Facts {
  std::int32_t restarts = 0;
  std::optional<std::int32_t> attempt;
  bool invalid = false;
  friend bool operator==(const Facts&, const Facts&) = default;
};

Facts factsOf(const api::Object& pod) {
  const api::PodStatus& status = api::as<api::Pod>(pod).status;
  Facts out;
  out.restarts = largestRestartCountOf(status);
  if (status.phase == "Failed") return out;  // may persist beside its successor
  const std::string* text = pod.meta.annotations.find(kInPlaceRestartAttemptKey);
  if (!text) return out;  // its agent has not started yet
  std::string error;
  const auto number = parseInteger(*text, error);
  out.invalid = !number || *number < 0;
  if (!out.invalid) out.attempt = static_cast<std::int32_t>(*number);
  return out;
}

void change(std::map<std::int32_t, std::size_t>& counts, std::int32_t value, bool more) {
  if (more) {
    ++counts[value];
    return;
  }
  const auto found = counts.find(value);
  TWIN_ASSERT(found != counts.end(), "a Pod is removed as it was added", value);
  if (--found->second == 0) counts.erase(found);
}

}  // namespace

SeenPods::SeenPods(std::span<const api::ObjectPtr> pods) {
  for (const api::ObjectPtr& pod : pods) add(*pod);
}

void SeenPods::add(const api::Object& pod) { count(pod, true); }
void SeenPods::remove(const api::Object& pod) { count(pod, false); }

bool SeenPods::alike(const api::Object& a, const api::Object& b) { return factsOf(a) == factsOf(b); }

void SeenPods::count(const api::Object& pod, bool more) {
  const Facts facts = factsOf(pod);
  more ? ++pods_ : --pods_;
  change(restart_counts_, facts.restarts, more);
  if (facts.attempt) change(attempts_, *facts.attempt, more);
  if (facts.invalid) more ? ++invalid_ : --invalid_;
}

std::int32_t SeenPods::largestRestartCount() const {
  return restart_counts_.empty() ? 0 : restart_counts_.rbegin()->first;
}

SeenPods::Attempts SeenPods::attempts() const {
  Attempts out;
  if (attempts_.empty()) return out;
  for (const auto& [attempt, pods] : attempts_) out.count += pods;
  out.smallest = attempts_.begin()->first;
  out.largest = attempts_.rbegin()->first;
  return out;
}

}  // namespace jobset_twin::jobset
