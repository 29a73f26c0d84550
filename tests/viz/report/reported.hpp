// reported.hpp - a run of manifests from text to its end with a ledger that watches it: what the tests of reports look
// at.
#pragma once

#include <memory>
#include <string>

#include "scenarios/load.hpp"
#include "scenarios/run.hpp"
#include "viz/report/ledger.hpp"
#include "viz/report/report.hpp"

namespace jobset_twin::viz::report::test {

std::string catalogueText(const std::string& name);  // of scenarios/catalogue/NAME.yaml

struct Reported {
  explicit Reported(const std::string& text, const scenarios::LoadOptions& options = {});
  double at(TimePoint when) const;  // seconds since the start of the run
  const StartRow& start(std::size_t index) const { return report.starts.at(index); }

  scenarios::Loaded loaded;
  std::unique_ptr<Ledger> ledger;
  scenarios::Outcome outcome;
  RunReport report;
};

double seconds(Duration duration);

// A JobSet "x" of "workers", `jobs` Jobs of `pods` Pods that run `script`; `more` goes into the JobSet's spec (indented
// by 2), `job_more` into the Job's (by 8).
std::string jobSetText(int jobs, int pods, const std::string& script, const std::string& more = {},
                       const std::string& job_more = {});

}  // namespace jobset_twin::viz::report::test
