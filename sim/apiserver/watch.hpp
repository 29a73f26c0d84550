// watch.hpp - list and watch as clients over HTTP see them: a consistent list with its revision, and a stream of
// changes from a revision on, with selectors, bookmarks and the end of the window (K-API-40 to 43). Components of the
// cluster use transport.hpp instead.
//
// A watch is a value: nextEvents() says what has come since. It is the caller's to ask often enough: a watch whose
// place was forgotten answers 410 and is over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/label_selector.hpp"
#include "engine/api/request.hpp"
#include "sim/apiserver/field_selector.hpp"
#include "sim/apiserver/store.hpp"

namespace jobset_twin::apiserver {

// What is listed or watched. For kGeneric `type` is needed: "<kind>.<group>", as keys have it before the slash.
struct Selection {
  api::Kind kind = api::Kind::kGeneric;
  std::string type;
  std::string namespace_;  // "": all
  std::optional<api::LabelSelector> labels;
  std::vector<FieldTerm> fields;

  bool matches(const api::Object& object) const;
};
struct ObjectList {
  std::vector<api::ObjectPtr> objects;  // by namespace and name
  std::int64_t revision = 0;            // of the whole store: where a watch goes on
};
ObjectList list(const Store& store, const Selection& selection);
// As it was at that revision, which must be within the window (Store::forgottenRevision).
ObjectList listAt(const Store& store, const Selection& selection, std::int64_t revision);

enum class StreamType : std::uint8_t { kAdded, kModified, kDeleted, kBookmark, kError };
struct StreamEvent {
  StreamType type = StreamType::kAdded;
  api::ObjectPtr object;      // kAdded, kModified, kDeleted
  std::int64_t revision = 0;  // kBookmark
  api::Response error;        // kError: the watch is over
};

struct Watch {
  Selection selection;
  bool bookmarks = false;
  std::uint64_t cursor = 0;   // in the log of the kind
  std::int64_t revision = 0;  // up to which everything was delivered
  bool initial = false;       // the present objects come first (no revision, or 0)
  bool over = false;
  api::TimePoint next_bookmark{};
  api::Response refused;  // no success: the one event to come, an error
};

// From `revision` on (exclusive); 0 or none: everything present first, as ADDED. If the window has moved past it, the
// watch's one event is the error 410 (cacher.go: a watch that is allowed fails by an event).
Watch openWatch(const Store& store, Selection selection, std::optional<std::int64_t> revision, bool bookmarks,
                api::TimePoint now);
// What has come since the last call, at most `limit` events; a bookmark about every minute (K-T-83).
std::vector<StreamEvent> nextEvents(const Store& store, Watch& watch, api::TimePoint now, std::size_t limit);

}  // namespace jobset_twin::apiserver
