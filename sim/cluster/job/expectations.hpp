// expectations.hpp - what the controller has asked for and its cache has not shown yet (K-JOB-22).
//
// Source: kubernetes pkg/controller/controller_utils.go (ControllerExpectations), pkg/controller/job/tracking_utils.go.
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <set>
#include <string>

#include "engine/api/time.hpp"
#include "sim/kernel/time.hpp"

namespace jobset_twin::cluster::job {

struct Expectations {
  std::int32_t creations = 0, deletions = 0;
  api::TimePoint set_at{};
  std::set<std::string>
      finalizers;  // UIDs of Pods whose tracking finalizer was taken off, as far as the cache still shows it

  void expect(std::int32_t new_creations, std::int32_t new_deletions, api::TimePoint now) {
    creations = new_creations;
    deletions = new_deletions;
    set_at = now;
  }
  bool satisfied(api::TimePoint now, api::Duration timeout) const {
    return (creations <= 0 && deletions <= 0) || now - set_at > timeout;
  }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(creations, deletions, finalizers);
    kernel::serializeTime(ar, set_at);
  }
};

}  // namespace jobset_twin::cluster::job
