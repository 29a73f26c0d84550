#include "tests/validation/tools/replications.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "scenarios/load.hpp"

namespace jobset_twin::validation {

std::string onePodSpec(int max_restarts) {
  return fmt::format(
      "{{network: {{enableDNSHostnames: false}}, failurePolicy: {{maxRestarts: {}}}, replicatedJobs: [{{name: w, "
      "template: {{spec: {{backoffLimit: 0, template: {{spec: {{restartPolicy: Never, containers: [{{name: c, image: "
      "x}}]}}}}}}}}}}]}}",
      max_restarts);
}

std::vector<scenarios::JobSetOutcome> runReplications(const Replications& what) {
  constexpr int kPodsANode = 1000;
  const int nodes = what.count * what.pods_each / kPodsANode + 1;
  std::string text = fmt::format(
      "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n"
      "  cluster: {{nodePools: [{{count: {}, capacity: {{cpu: 1000, pods: 2000}}}}]}}\n"
      "{}",
      nodes, what.scenario);
  for (int i = 0; i < what.count; ++i) {
    text += fmt::format("---\napiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {{name: r{}}}\nspec: {}\n",
                        i, what.jobset);
  }
  scenarios::LoadOptions options;
  options.seed = what.seed;
  scenarios::Loaded loaded =
      scenarios::load({{"-", text}}, options, [](const std::string&) { return std::optional<std::string>(); });
  if (!loaded.errors.empty()) throw std::runtime_error(api::describe(loaded.errors.front()));
  scenarios::Run run(std::move(loaded.plan));
  run.advance();
  return run.outcome().jobsets;
}

double secondsBetween(const std::optional<scenarios::TimePoint>& from, const std::optional<scenarios::TimePoint>& to) {
  if (!from || !to) throw std::runtime_error("a JobSet that did not get there");
  return std::chrono::duration<double>(*to - *from).count();
}

}  // namespace jobset_twin::validation
