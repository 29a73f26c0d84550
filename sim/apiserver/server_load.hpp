// server_load.hpp - the seats of the API server (K-T-87, K-API-50): a request holds one while it is served; those that
// find all taken wait, first come first served. One queue for all: priority levels and flows are not told apart.
//
// A plain value without events of its own: who enters says when it will be there, and is asked for in that order.
// While there are seats enough nobody waits, and nothing is late by it.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "engine/api/time.hpp"

namespace jobset_twin::apiserver {

class ServerLoad {
 public:
  // `call` will be at the server at `at`, which is not before the present.
  void enter(api::TimePoint at, std::uint64_t call);
  // The next in order that is there at `until` or before: it has to be given its seat, or sent away.
  std::optional<std::pair<api::TimePoint, std::uint64_t>> next(api::TimePoint until);
  // When one of `seats` is free for who is there at `at`. Then take() it, or nobody does. Never asked for earlier
  // times than before.
  api::TimePoint freeAt(api::TimePoint at, std::int32_t seats);
  void take(api::TimePoint from, api::TimePoint until, std::int32_t seats);

  template <class Archive>
  void serialize(Archive& ar);  // api_faults_archive.hpp

 private:
  // Heaps with the earliest in front.
  std::vector<std::pair<api::TimePoint, std::uint64_t>> coming_;
  std::vector<api::TimePoint> busy_until_;
};

}  // namespace jobset_twin::apiserver
