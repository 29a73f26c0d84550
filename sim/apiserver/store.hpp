// store.hpp - the object store: every object by key, one revision counter over all kinds (K-API-2), and for each kind the
// recent changes in revision order (the watch window, K-T-85). Knows nothing of requests, admission or time passing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "sim/apiserver/watch_event.hpp"

namespace jobset_twin::apiserver {

class Store {
 public:
  api::ObjectPtr find(const api::ObjectKey& key) const;  // null: absent
  // All objects of a kind, ascending by (namespace, name). O(objects of the kind).
  const std::map<std::pair<std::string, std::string>, api::ObjectPtr>& all(api::Kind kind) const;
  // Dependents by owner UID, of any kind, ascending by key: for garbage collection and Job-to-Pod look-ups.
  std::vector<api::ObjectKey> dependents(const std::string& owner_uid) const;

  // Each takes the object as it is to be stored except for meta.resourceVersion, which the store sets, and returns it as stored.
  api::ObjectPtr insert(api::MutableObjectPtr object, api::TimePoint now);   // asserts the key is free
  api::ObjectPtr replace(api::MutableObjectPtr object, api::TimePoint now);  // asserts the key is there
  api::ObjectPtr erase(const api::ObjectKey& key, api::TimePoint now);       // returns the last state, new revision

  std::int64_t revision() const;
  std::uint64_t changes(api::Kind kind) const;      // how many changes of the kind there ever were: the cursor after the newest
  std::uint64_t oldestChange(api::Kind kind) const;  // first cursor still in the window
  const WatchEvent& change(api::Kind kind, std::uint64_t cursor) const;  // asserts it is in the window
  // Forgets changes before `cursor` and, of the rest, all but the newest `keep` ones and those younger than `since`.
  void trim(api::Kind kind, std::uint64_t cursor, std::size_t keep, api::TimePoint since);
  std::size_t size(api::Kind kind) const;

  template <class Archive>
  void serialize(Archive& ar);  // defined in store_archive.hpp

 private:
  struct Log {
    std::uint64_t first = 0;  // cursor of events.front()
    std::deque<WatchEvent> events;
  };
  std::map<std::pair<std::string, std::string>, api::ObjectPtr> objects_[api::kKindCount];
  std::map<std::string, std::map<api::ObjectKey, int>> dependents_;
  Log logs_[api::kKindCount];
  std::int64_t revision_ = 0;
  api::ObjectPtr record(WatchType type, api::ObjectPtr object, api::ObjectPtr previous, api::TimePoint now);
  void index(const api::Object& object, int delta);
};

}  // namespace jobset_twin::apiserver
