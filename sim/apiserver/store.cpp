#include "sim/apiserver/store.hpp"

namespace jobset_twin::apiserver {

api::ObjectPtr Store::find(const api::ObjectKey& key) const {
  const Objects& objects = all(key.kind);
  const auto at = objects.find({key.namespace_, key.name});
  return at == objects.end() ? nullptr : at->second;
}

api::ObjectPtr Store::record(WatchType type, api::MutableObjectPtr object, api::ObjectPtr previous,
                             api::TimePoint now) {
  object->meta.resourceVersion = ++revision_;
  WatchEvent event;
  event.type = type;
  event.object = object;
  event.previous = std::move(previous);
  event.at = now;
  event.revision = revision_;
  log(object->kind()).events.push_back(std::move(event));
  return object;
}

api::ObjectPtr Store::insert(api::MutableObjectPtr object, api::TimePoint now) {
  api::ObjectKey key = api::keyOf(*object);
  Objects& objects = objects_[static_cast<std::size_t>(key.kind)];
  const auto [at, fresh] = objects.try_emplace({std::move(key.namespace_), std::move(key.name)});
  TWIN_ASSERT(fresh, "insert of a key that is taken", at->first.first, at->first.second);
  at->second = record(WatchType::kAdded, std::move(object), nullptr, now);
  return at->second;
}

api::ObjectPtr Store::replace(api::MutableObjectPtr object, api::TimePoint now) {
  api::ObjectKey key = api::keyOf(*object);
  Objects& objects = objects_[static_cast<std::size_t>(key.kind)];
  const auto at = objects.find({std::move(key.namespace_), std::move(key.name)});
  TWIN_ASSERT(at != objects.end(), "replace of a key that is free", object->meta.namespace_, object->meta.name);
  at->second = record(WatchType::kModified, std::move(object), std::move(at->second), now);
  return at->second;
}

api::ObjectPtr Store::erase(const api::ObjectKey& key, api::TimePoint now) {
  Objects& objects = objects_[static_cast<std::size_t>(key.kind)];
  const auto at = objects.find({key.namespace_, key.name});
  TWIN_ASSERT(at != objects.end(), "erase of a key that is free", key.namespace_, key.name);
  api::ObjectPtr previous = std::move(at->second);
  objects.erase(at);
  api::MutableObjectPtr last = api::edit(previous);
  return record(WatchType::kDeleted, std::move(last), std::move(previous), now);
}

std::uint64_t Store::oldestChange(api::Kind kind) const { return log(kind).first; }

std::int64_t Store::forgottenRevision(api::Kind kind) const { return log(kind).forgotten; }

const WatchEvent& Store::change(api::Kind kind, std::uint64_t cursor) const {
  const Log& changes = log(kind);
  TWIN_ASSERT(cursor >= changes.first && cursor < changes.first + changes.events.size(), "a change outside the window",
              kind, cursor, changes.first, changes.events.size());
  return changes.events[cursor - changes.first];
}

void Store::trim(api::Kind kind, std::uint64_t cursor, const WindowLimits& window, api::TimePoint since) {
  Log& changes = log(kind);
  const std::uint32_t keep_max = kind == api::Kind::kEndpointSlice ? window.keep_max / 10 : window.keep_max;
  while (!changes.events.empty() && changes.first < cursor) {
    const std::size_t newer = changes.events.size() - 1;
    const WatchEvent& oldest = changes.events.front();
    const bool outside = newer >= keep_max || (newer >= window.keep_min && oldest.at < since);
    if (!outside) break;
    changes.forgotten = oldest.revision;
    changes.events.pop_front();
    ++changes.first;
  }
}

}  // namespace jobset_twin::apiserver
