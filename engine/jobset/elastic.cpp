#include "engine/jobset/elastic.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/jobset/names.hpp"

namespace jobset_twin::jobset {
namespace {

using Count = std::optional<std::int32_t>;

nlohmann::json jsonOrNull(const Count& count) { return count ? nlohmann::json(*count) : nlohmann::json(); }

}  // namespace

Scaling planScaling(const api::JobSetSpec& spec, const ReplicatedJobIndex& index, const ChildJobs& children,
                    Plan& plan) {
  Step step;
  step.name = "scale Jobs";
  step.mode = StepMode::kSequence;
  Scaling scaling;
  for (const api::Object* object : children.active) {
    const std::size_t at = index.find(object->meta.labels.get(kReplicatedJobNameKey));
    if (at == ReplicatedJobIndex::kNone) continue;
    const api::JobSpec& wanted = *spec.replicatedJobs[at].template_.spec;
    const api::JobSpec& job = *api::as<api::Job>(*object).spec;
    if (wanted.parallelism != wanted.completions) continue;
    if (job.parallelism == wanted.parallelism && job.completions == wanted.completions) continue;
    nlohmann::json changes = nlohmann::json::object();
    if (job.parallelism != wanted.parallelism) changes["parallelism"] = jsonOrNull(wanted.parallelism);
    if (job.completions != wanted.completions) changes["completions"] = jsonOrNull(wanted.completions);
    StepRequest request;
    request.request =
        api::patchRequest(api::keyOf(*object), api::MergePatch{api::Raw(nlohmann::json{{"spec", std::move(changes)}})});
    request.error_prefix = fmt::format("failed to patch job \"{}\" for scaling: ", object->meta.name);
    request.group = static_cast<std::int32_t>(step.requests.size());  // all are attempted
    scaling.jobs.push_back({object, step.requests.size(), wanted.parallelism, wanted.completions});
    step.requests.push_back(std::move(request));
  }
  if (step.requests.empty()) return scaling;
  scaling.step = plan.steps.size();
  plan.steps.push_back(std::move(step));
  return scaling;
}

}  // namespace jobset_twin::jobset
