// indexes.hpp - a set of completion indexes and its text in a Job's status ("1,3-5,7", K-JOB-8).
//
// Source: kubernetes 1.32-1.36 pkg/controller/job/indexed_job_utils.go.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobset_twin::cluster::job {

class IndexSet {
 public:
  struct Interval {
    std::int32_t first = 0, last = 0;
    friend bool operator==(const Interval&, const Interval&) = default;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(first, last);
    }
  };

  // Reads the text; what is not below `completions` is left out, as is anything that is no index.
  static IndexSet parse(std::string_view text, std::int32_t completions);

  bool has(std::int32_t index) const;
  std::int64_t total() const { return total_; }
  bool empty() const { return intervals_.empty(); }
  // Runs of three and more become "a-b", shorter ones are listed.
  std::string text() const;
  const std::vector<Interval>& intervals() const { return intervals_; }  // ascending, not adjacent

  // Adds what is in `indexes`, in any order, repeats allowed. O((intervals + new) log new).
  void add(std::vector<std::int32_t> indexes);
  std::int64_t countCommon(const IndexSet& other) const;

  friend bool operator==(const IndexSet&, const IndexSet&) = default;
  template <class Archive>
  void serialize(Archive& ar) {
    ar(intervals_, total_);
  }

 private:
  void append(std::int32_t first, std::int32_t last);
  std::vector<Interval> intervals_;
  std::int64_t total_ = 0;
};

}  // namespace jobset_twin::cluster::job
