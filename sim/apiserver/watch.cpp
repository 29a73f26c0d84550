#include "sim/apiserver/watch.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "sim/apiserver/errors.hpp"

namespace jobset_twin::apiserver {
namespace {

constexpr api::Duration kBookmarkInterval = std::chrono::minutes(1);  // K-T-83

// The place in the log after everything up to `revision`.
std::uint64_t cursorAfter(const Store& store, api::Kind kind, std::int64_t revision) {
  std::uint64_t low = store.oldestChange(kind), high = store.changes(kind);
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (store.change(kind, middle).revision <= revision) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// What a change is to a watcher that sees only what matches (K-API-42); nullopt: nothing.
std::optional<StreamEvent> seen(const Selection& selection, const WatchEvent& change) {
  const bool now = change.type != WatchType::kDeleted && selection.matches(*change.object);
  const bool before = change.previous && selection.matches(*change.previous);
  if (!now && !before) return std::nullopt;
  StreamEvent event;
  event.revision = change.revision;
  event.object = change.object;
  if (now) {
    event.type = before ? StreamType::kModified : StreamType::kAdded;
    return event;
  }
  event.type = StreamType::kDeleted;
  if (change.type != WatchType::kDeleted) {  // it left the selection: the state before, with the revision of the change
    api::MutableObjectPtr last = api::edit(change.previous);
    last->meta.resourceVersion = change.revision;
    event.object = last;
  }
  return event;
}

}  // namespace

bool Selection::matches(const api::Object& object) const {
  if (!namespace_.empty() && object.meta.namespace_ != namespace_) return false;
  if (kind == api::Kind::kGeneric) {
    const std::string key = api::keyOf(object).name;
    if (!key.starts_with(type) || key.size() <= type.size() || key[type.size()] != '/') return false;
  }
  if (labels && !api::matches(*labels, object.meta.labels)) return false;
  return apiserver::matches(fields, object);
}

ObjectList list(const Store& store, const Selection& selection) {
  ObjectList out;
  out.revision = store.revision();
  const Store::Objects& all = store.all(selection.kind);
  for (auto at = selection.namespace_.empty() ? all.begin() : all.lower_bound({selection.namespace_, {}});
       at != all.end(); ++at) {
    if (!selection.namespace_.empty() && at->first.first != selection.namespace_) break;
    if (selection.matches(*at->second)) out.objects.push_back(at->second);
  }
  return out;
}

ObjectList listAt(const Store& store, const Selection& selection, std::int64_t revision) {
  // What the first change after it found is what was there.
  std::map<std::pair<std::string, std::string>, api::ObjectPtr> then;
  for (std::uint64_t at = cursorAfter(store, selection.kind, revision); at < store.changes(selection.kind); ++at) {
    const WatchEvent& change = store.change(selection.kind, at);
    const api::ObjectKey key = api::keyOf(*change.object);
    then.try_emplace({key.namespace_, key.name}, change.previous);
  }
  Store::Objects all;
  for (const auto& [key, object] : store.all(selection.kind))
    if (!then.contains(key)) all.emplace(key, object);
  for (const auto& [key, object] : then)
    if (object) all.emplace(key, object);
  ObjectList out;
  out.revision = revision;
  for (const auto& [key, object] : all)
    if (selection.matches(*object)) out.objects.push_back(object);
  return out;
}

Watch openWatch(const Store& store, Selection selection, std::optional<std::int64_t> revision, bool bookmarks,
                api::TimePoint now) {
  Watch watch;
  watch.bookmarks = bookmarks;
  watch.next_bookmark = now + kBookmarkInterval;
  const std::int64_t forgotten = store.forgottenRevision(selection.kind);
  if (revision.value_or(0) == 0) {
    watch.initial = true;
    watch.revision = store.revision();
    watch.cursor = store.changes(selection.kind);
  } else {
    const std::uint64_t oldest = store.oldestChange(selection.kind);
    const std::int64_t first =
        oldest < store.changes(selection.kind) ? store.change(selection.kind, oldest).revision : store.revision() + 1;
    if (forgotten > 0 &&
        *revision < first - 1) {  // watch_cache.go: by the oldest change kept, though none may have been missed
      watch.refused = expiredError(*revision, first - 1);
    }
    watch.revision = *revision;
    watch.cursor = cursorAfter(store, selection.kind, *revision);
  }
  watch.selection = std::move(selection);
  return watch;
}

namespace {

StreamEvent errorEvent(Watch& watch, api::Response error) {
  watch.over = true;
  StreamEvent event;
  event.type = StreamType::kError;
  event.error = std::move(error);
  return event;
}

}  // namespace

std::vector<StreamEvent> nextEvents(const Store& store, Watch& watch, api::TimePoint now, std::size_t limit) {
  std::vector<StreamEvent> events;
  if (watch.over) return events;
  if (!watch.refused.ok()) return {errorEvent(watch, std::exchange(watch.refused, {}))};
  const api::Kind kind = watch.selection.kind;
  if (watch.initial) {
    // What has changed since the watch was opened comes on top of this list, so it is taken at once: see openWatch.
    ObjectList present = list(store, watch.selection);
    watch.initial = false;
    watch.cursor = store.changes(kind);
    watch.revision = present.revision;
    for (api::ObjectPtr& object : present.objects) {
      StreamEvent event;
      event.object = std::move(object);
      event.revision = event.object->meta.resourceVersion;
      events.push_back(std::move(event));
    }
    return events;
  }
  if (watch.cursor < store.oldestChange(kind)) {
    return {errorEvent(watch, expiredError(watch.revision, store.forgottenRevision(kind)))};
  }
  while (watch.cursor < store.changes(kind) && events.size() < limit) {
    const WatchEvent& change = store.change(kind, watch.cursor++);
    watch.revision = change.revision;
    if (std::optional<StreamEvent> event = seen(watch.selection, change)) events.push_back(std::move(*event));
  }
  if (watch.bookmarks && now >= watch.next_bookmark && events.size() < limit) {
    if (watch.cursor == store.changes(kind)) watch.revision = store.revision();
    StreamEvent event;
    event.type = StreamType::kBookmark;
    event.revision = watch.revision;
    events.push_back(std::move(event));
    watch.next_bookmark = now + kBookmarkInterval;
  }
  return events;
}

}  // namespace jobset_twin::apiserver
