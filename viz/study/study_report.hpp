// study_report.hpp - what `whatif` shows of an analysed study: text for terminals, a JSON document, charts, and a page
// with all of it (page.hpp).
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "scenarios/study/analysis.hpp"
#include "viz/study/chart.hpp"

namespace jobset_twin::viz {

// Everything that a report of a study is made from.
struct StudyView {
  const scenarios::study::Study& study;
  const scenarios::study::Results& results;  // with counterfactuals
  const scenarios::study::Analysis& analysis;
};

struct StudyTextOptions {
  bool wide = false;  // also percentiles, and the differences of all metrics
  bool utf8 = true;
  int columns = 100;  // of charts
};
std::string studyText(const StudyView& view, const StudyTextOptions& options);

// "a, by its mean; the same in every pair: b; not seen to be worse: c"
std::string bestText(const StudyView& view, const scenarios::study::BestAnalysis& best);

// "makespan: 28 % of what differs within replications is explained, of the 43 of 60 runs that have it"
std::string screeningText(const scenarios::study::ScreeningAnalysis& one);

// docs/what-if.md describes it.
nlohmann::json studyJson(const StudyView& view);
// One row a run: run, point, replication, seed, a column for each factor and each metric. RFC 4180.
std::string studyCsv(const scenarios::study::Results& results);

// A chart for each shown metric: lines over the last factor if that is a quantity of three values or more, with a
// series for each combination of the others; else a row for each alternative. Means with their 95 % intervals.
std::vector<Chart> studyCharts(const StudyView& view);
// A page that stands alone (page.hpp).
std::string studyPage(const StudyView& view, const std::string& command);

}  // namespace jobset_twin::viz
