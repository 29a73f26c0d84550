#include "tests/validation/tools/fault_model.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "scenarios/load.hpp"

namespace jobset_twin::validation {
namespace {

scenarios::InputFile fileOf(const std::string& profile) {
  const std::string path = TWIN_SOURCE_DIR "/scenarios/faults/" + profile + ".yaml";
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (text.empty()) throw std::runtime_error("cannot read " + path);
  return {path, std::move(text)};
}

scenarios::Loaded loadAll(const std::vector<scenarios::InputFile>& files, std::uint64_t seed) {
  scenarios::LoadOptions options;
  options.seed = seed;
  scenarios::Loaded loaded =
      scenarios::load(files, options, [](const std::string&) { return std::optional<std::string>(); });
  if (!loaded.errors.empty()) throw std::runtime_error(api::describe(loaded.errors.front()));
  return loaded;
}

}  // namespace

scenarios::RunPlan planWith(const std::string& spec, const std::string& documents,
                            const std::vector<std::string>& profiles, std::uint64_t seed) {
  std::vector<scenarios::InputFile> files = {
      {"-", "apiVersion: jobset-twin.dev/v1alpha1\nkind: Scenario\nspec:\n" + spec + documents}};
  for (const std::string& profile : profiles) files.push_back(fileOf(profile));
  return loadAll(files, seed).plan;
}

std::vector<faults::Fault> profileOf(const std::string& name) { return loadAll({fileOf(name)}, 1).scenario.faults; }

scenarios::Outcome runPlan(scenarios::RunPlan plan, const std::vector<scenarios::Observer*>& observers) {
  scenarios::RunHooks hooks;
  hooks.observers = observers;
  scenarios::Run run(std::move(plan), hooks);
  run.advance();
  return run.outcome();
}

std::string gangDocument(const std::string& name, int pods, int max_restarts, const std::string& pod_spec,
                         const std::string& more) {
  return fmt::format(
      "---\napiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {{name: {0}}}\n"
      "spec: {{network: {{enableDNSHostnames: false}}, failurePolicy: {{maxRestarts: {2}}}, replicatedJobs: [{{name: "
      "w, "
      "template: {{spec: {{backoffLimit: 0, completions: {1}, parallelism: {1}, template: {{spec: {{restartPolicy: "
      "Never, {3}containers: [{{name: c, image: x, resources: {{requests: {{cpu: 1{4}}}, limits: {{cpu: "
      "1{4}}}}}}}]}}}}}}}}}}]}}\n",
      name, pods, max_restarts, pod_spec, more);
}

std::vector<double> timeAt(const std::vector<scenarios::FaultOutcome>& faults, scenarios::TimePoint from,
                           scenarios::TimePoint to) {
  std::map<scenarios::TimePoint, int> steps;
  for (const scenarios::FaultOutcome& fault : faults) {
    const scenarios::TimePoint begin = std::max(fault.at, from), end = std::min(fault.until.value_or(to), to);
    if (begin >= end) continue;
    ++steps[begin];
    --steps[end];
  }
  std::vector<double> out(1, 0.0);
  const auto whole = static_cast<double>((to - from).count());
  std::size_t now = 0;
  scenarios::TimePoint last = from;
  const auto passed = [&](scenarios::TimePoint at) {
    if (out.size() <= now) out.resize(now + 1);
    out[now] += static_cast<double>((at - last).count()) / whole;
    last = at;
  };
  for (const auto& [at, step] : steps) {
    passed(at);
    now = static_cast<std::size_t>(static_cast<int>(now) + step);
  }
  passed(to);
  return out;
}

}  // namespace jobset_twin::validation
