#include "engine/jobset/ttl_after_finished.hpp"

#include <fmt/format.h>

#include "engine/jobset/conditions.hpp"

namespace jobset_twin::jobset {

std::string applyTtl(const api::Object& object, TimePoint now, Plan& plan) {
  const api::JobSet& jobset = api::as<api::JobSet>(object);
  if (!jobset.spec->ttlSecondsAfterFinished) return {};
  const api::Condition* finished = finishedCondition(jobset.status);
  if (!finished || !finished->lastTransitionTime) {
    return fmt::format("error checking if ttl expired: unable to find the {} {}/{} finished",
                       finished ? "time when the JobSet" : "status of the finished JobSet", object.meta.namespace_,
                       object.meta.name);
  }
  const Duration left =
      *finished->lastTransitionTime + std::chrono::seconds(*jobset.spec->ttlSecondsAfterFinished) - now;
  if (left > Duration::zero()) {
    plan.requeue_after = left;
    return {};
  }
  api::DeleteOptions options;
  options.propagation = api::Propagation::kForeground;
  Step step;
  step.name = "delete JobSet after its time to live";
  step.requests.emplace_back();
  step.requests.back().request = api::deleteRequest(api::keyOf(object), std::move(options));
  plan.steps.push_back(std::move(step));
  return {};
}

}  // namespace jobset_twin::jobset
