// why.hpp - what became of one object and why, told from a ledger: each thing that happened to it, and below it the
// chain of causes.
//
//   pod/x-w-0-1-abcde, on node-3, of job/x-w-0
//   51:35.160  deleted by the garbage collector
//                because job/x-w-0 is deleted, at 51:35.126
//                  because jobset/x: restart 1, at 51:35.115
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "viz/report/ledger.hpp"

namespace jobset_twin::viz::report {

struct WhyLine {
  int depth = 0;  // 0: happened to the object; n: the n-th cause of it
  std::optional<TimePoint> at;
  std::string text;
};

struct Explanation {
  std::string object;  // "pod/x-w-0-1-abcde"
  std::string about;   // ", on node-3, of job/x-w-0"
  std::vector<WhyLine> lines;
};

struct WhyAnswer {
  std::string asked;
  std::vector<Explanation> found;  // the last that had this name first
  std::size_t left_out = 0;        // earlier ones of the name
  std::string problem, hint;       // if nothing was found
};

// `asked`: "Pod/x", "job/ns/x", "node/n-1"; of Pods that Jobs make also the name without its random end.
// What is wrong with a question whatever the run; "" if nothing.
std::string whyProblem(const std::string& asked);
// The Pod that is asked about, as namespace/name; "" if it is about something else.
std::string askedPod(const std::string& asked, const std::string& default_namespace);
WhyAnswer why(const Ledger& ledger, const std::string& asked, const std::string& default_namespace);

std::string whyText(const WhyAnswer& answer, TimePoint start);

}  // namespace jobset_twin::viz::report
