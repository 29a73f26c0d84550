// result_diff.hpp - where two documents of runs part first: RunResults (docs/output.md) or trace files.
//
// Every difference of a RunResult has a virtual time: that of the timestamp that differs, of the condition or event it
// is in, else of its object's creation. The earliest is the first. Knows nothing of files.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace jobset_twin::cli {

struct Difference {
  double seconds = 0;  // virtual time since the start
  std::string object;  // "Job/default/x"; "" : the run as a whole
  std::string field;   // "status.conditions[Failed].reason"; "" : the object is in one of them only
  std::string a, b;    // the values as text
};

enum class DocumentKind { kRunResult, kTrace, kOther };
DocumentKind kindOfDocument(const nlohmann::json& document);

// All of them, the earliest first; ties in the order of objects and fields. Fingerprints, and what follows from time
// passed (simulatedSeconds, eventsProcessed), come last. a and b are of the same kind.
std::vector<Difference> differencesOf(const nlohmann::json& a, const nlohmann::json& b);
// "at 12.300 s: Job/default/x: status.failed is 1 in A and 0 in B".
std::string differenceText(const Difference& difference);

}  // namespace jobset_twin::cli
