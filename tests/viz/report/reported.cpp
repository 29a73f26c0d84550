#include "tests/viz/report/reported.hpp"

#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace jobset_twin::viz::report::test {

std::string catalogueText(const std::string& name) {
  std::ifstream in(TWIN_SOURCE_DIR "/scenarios/catalogue/" + name + ".yaml");
  EXPECT_TRUE(in.good()) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

Reported::Reported(const std::string& text, const scenarios::LoadOptions& options)
    : loaded(scenarios::load({{"-", text}}, options, [](const std::string&) { return std::optional<std::string>(); })) {
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error);
  ledger = std::make_unique<Ledger>(loaded.plan.world.start, loaded.plan.faults);
  scenarios::RunHooks hooks;
  hooks.observers.push_back(ledger.get());
  scenarios::Run run(loaded.plan, hooks);
  run.advance();
  outcome = run.outcome();
  ledger->finish(outcome.end);
  report = makeReport(*ledger);
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

double Reported::at(TimePoint when) const { return seconds(when - outcome.start); }

std::string jobSetText(int jobs, int pods, const std::string& script, const std::string& more,
                       const std::string& job_more) {
  return fmt::format(R"(apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata:
  name: x
spec:
{}  replicatedJobs:
  - name: workers
    replicas: {}
    template:
      spec:
        parallelism: {}
        completions: {}
        backoffLimit: 0
{}        template:
          spec:
            restartPolicy: Never
            containers:
            - name: main
              image: bash
              command: ["bash", "-c", {:?}]
)",
                     more, jobs, pods, pods, job_more, script);
}

}  // namespace jobset_twin::viz::report::test
