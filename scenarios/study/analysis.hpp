// analysis.hpp - what the results of a study say: summaries of each alternative, paired differences with a verdict,
// which is best and which cannot be told from it, and which factors matter.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "scenarios/study/results.hpp"
#include "scenarios/study/screening.hpp"
#include "scenarios/study/statistics.hpp"
#include "scenarios/study/study.hpp"

namespace jobset_twin::scenarios::study {

struct PointAnalysis {
  std::string label;
  std::size_t runs = 0, broken = 0;
  std::map<std::string, std::size_t> ends;  // by endReason
  std::map<std::string, Summary> metrics;
};

// Of b against a. With several factors, those are compared that differ in the first alone: `group` has the levels of
// the others ("mtbf=30m"), and the verdict names the level of the first.
struct PairAnalysis {
  std::size_t a = 0, b = 0;
  std::string group;
  std::string metric;
  Difference difference;
  std::string verdict;  // "b finishes 2h06m ± 18m earlier than a"
};

// The alternative with the best mean of a metric, of those that have it in all runs; and those that are not seen to be
// worse: the joint interval of the difference holds 0.
struct BestAnalysis {
  std::string metric;
  std::size_t point = 0;
  std::vector<std::size_t> alike;      // the same value in every pair
  std::vector<std::size_t> not_worse;  // others
};

struct ScreeningAnalysis {
  std::string metric;
  Screening screening;       // of the runs that have the metric
  std::size_t all_runs = 0;  // those that have it, and the others
};

struct Analysis {
  std::vector<std::string> metrics;  // that are shown, in order
  std::vector<PointAnalysis> points;
  std::vector<PairAnalysis> pairs;
  std::vector<BestAnalysis> best;
  std::vector<ScreeningAnalysis> screenings;  // of two factors or more
  std::vector<std::string> notes;             // what the reader should know: broken runs, few replications
};
// results: with counterfactuals.
Analysis analyse(const Study& study, const Results& results);

}  // namespace jobset_twin::scenarios::study
