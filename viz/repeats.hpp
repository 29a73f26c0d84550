// repeats.hpp - tells what is new of a JobSet that restarts again and again, and counts the rest.
//
// From its kFoldAfter-th restart on, a fact in words that this JobSet's facts had before (names and numbers aside) says
// nothing new. Knows nothing of lines and time (timeline.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "viz/facts.hpp"

namespace jobset_twin::viz {

class Repeats {
 public:
  static constexpr std::int64_t kFoldAfter = 5;

  // True: it is counted instead of told.
  bool swallow(const Fact& fact);
  // What is to be said before `fact` is told: that lines of its JobSet were left out; "": nothing.
  std::string before(const Fact& fact);
  // The same at the end, of every JobSet that has such lines.
  std::vector<std::string> rest();

 private:
  struct Family {
    std::int64_t restarts = 0, first_folded = 0, folded = 0;
    std::set<std::string> words;
  };
  std::string summary(const std::string& name, Family& family) const;
  std::map<std::string, Family> families_;  // by the JobSet's namespace/name
};

}  // namespace jobset_twin::viz
