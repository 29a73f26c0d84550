// store.hpp - the object store: every object by key, one revision counter over all kinds (K-API-2), and for each kind
// the recent changes in revision order (the watch window, K-T-85). Knows nothing of requests, admission or time
// passing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "sim/apiserver/watch_event.hpp"

namespace jobset_twin::apiserver {

// How much of the past is kept for watchers that come back (K-T-85).
struct WindowLimits {
  api::Duration age = std::chrono::seconds(75);
  std::uint32_t keep_min = 100, keep_max = 10'000;  // of each kind; upstream's maximum is 102,400

  template <class Archive>
  void serialize(Archive& ar) {
    auto count = age.count();
    ar(count, keep_min, keep_max);
    age = api::Duration(count);
  }
};

class Store {
 public:
  api::ObjectPtr find(const api::ObjectKey& key) const;  // null: absent
  // All objects of a kind, ascending by (namespace, name in the key).
  using Objects = std::map<std::pair<std::string, std::string>, api::ObjectPtr>;
  const Objects& all(api::Kind kind) const { return objects_[static_cast<std::size_t>(kind)]; }

  // Each takes the object as it is to be stored except for meta.resourceVersion, which the store sets, and returns it
  // as stored.
  api::ObjectPtr insert(api::MutableObjectPtr object, api::TimePoint now);   // asserts the key is free
  api::ObjectPtr replace(api::MutableObjectPtr object, api::TimePoint now);  // asserts the key is there
  api::ObjectPtr erase(const api::ObjectKey& key, api::TimePoint now);       // returns the last state, new revision

  std::int64_t revision() const { return revision_; }
  // How many changes of the kind there ever were: the cursor after the newest.
  std::uint64_t changes(api::Kind kind) const { return log(kind).first + log(kind).events.size(); }
  std::uint64_t oldestChange(api::Kind kind) const;  // first cursor still in the window
  std::int64_t forgottenRevision(
      api::Kind kind) const;  // of the newest change before the window; 0: none was forgotten
  const WatchEvent& change(api::Kind kind, std::uint64_t cursor) const;  // asserts it is in the window
  // Forgets changes before `cursor` that lie outside the window: more than `keep_max` newer ones (EndpointSlices, a
  // hundred Pods each: a tenth of it), or more than `keep_min` newer ones and stored before `since`. O(1) amortised.
  void trim(api::Kind kind, std::uint64_t cursor, const WindowLimits& window, api::TimePoint since);
  std::size_t size(api::Kind kind) const { return objects_[static_cast<std::size_t>(kind)].size(); }

  template <class Archive>
  void serialize(Archive& ar);  // defined in store_archive.hpp

 private:
  struct Log {
    std::uint64_t first = 0;     // cursor of events.front()
    std::int64_t forgotten = 0;  // revision of the newest change before it
    std::deque<WatchEvent> events;
  };
  Objects objects_[api::kKindCount];
  Log logs_[api::kKindCount];
  std::int64_t revision_ = 0;
  Log& log(api::Kind kind) { return logs_[static_cast<std::size_t>(kind)]; }
  const Log& log(api::Kind kind) const { return logs_[static_cast<std::size_t>(kind)]; }
  api::ObjectPtr record(WatchType type, api::MutableObjectPtr object, api::ObjectPtr previous, api::TimePoint now);
};

}  // namespace jobset_twin::apiserver
