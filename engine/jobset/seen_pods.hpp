// seen_pods.hpp - what in-place restart reads of a JobSet's Pods (JS-I1, JS-I2): counts that are kept up to date Pod by
// Pod, so that a pass costs the same however many Pods there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

#include "engine/api/object.hpp"

namespace jobset_twin::jobset {

class SeenPods {
 public:
  SeenPods() = default;
  explicit SeenPods(std::span<const api::ObjectPtr> pods);

  void add(const api::Object& pod);
  void remove(const api::Object& pod);  // as it was when it was added
  // Two states of a Pod that count the same: most changes of a Pod.
  static bool alike(const api::Object& a, const api::Object& b);

  std::size_t size() const { return pods_; }
  std::int32_t largestRestartCount() const;  // of any container; 0: none

  // Of the Pods that have not failed and say which attempt they are in.
  struct Attempts {
    std::size_t count = 0;
    std::int32_t smallest = 0, largest = 0;
  };
  Attempts attempts() const;
  bool anyInvalidAttempt() const { return invalid_ > 0; }  // of them: one says what is no attempt

  friend bool operator==(const SeenPods&, const SeenPods&) = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(pods_, invalid_, restart_counts_, attempts_);
  }

 private:
  std::size_t pods_ = 0, invalid_ = 0;
  std::map<std::int32_t, std::size_t> restart_counts_, attempts_;  // how many Pods have it
  void count(const api::Object& pod, bool more);
};

}  // namespace jobset_twin::jobset
