#include "engine/api/string_map.hpp"

#include <algorithm>

namespace jobset_twin::api {
namespace {

auto lowerBound(const std::vector<StringMap::Entry>& entries, std::string_view key) {
  return std::lower_bound(entries.begin(), entries.end(), key,
                          [](const StringMap::Entry& entry, std::string_view k) { return entry.first < k; });
}

}  // namespace

const std::string* StringMap::find(std::string_view key) const {
  const auto at = lowerBound(*entries_, key);
  return at != entries_->end() && at->first == key ? &at->second : nullptr;
}

void StringMap::set(std::string_view key, std::string_view value) {
  const auto at = lowerBound(*entries_, key);
  const auto index = at - entries_->begin();
  if (at != entries_->end() && at->first == key) {
    if (at->second != value) entries_.mut()[static_cast<std::size_t>(index)].second = value;
    return;
  }
  Entry entry{std::string(key), std::string(value)};
  std::vector<Entry>& entries = entries_.mut();
  entries.insert(entries.begin() + index, std::move(entry));
}

bool StringMap::erase(std::string_view key) {
  const auto at = lowerBound(*entries_, key);
  if (at == entries_->end() || at->first != key) return false;
  const auto index = at - entries_->begin();
  std::vector<Entry>& entries = entries_.mut();
  entries.erase(entries.begin() + index);
  return true;
}

void StringMap::setAll(const StringMap& other) {
  if (empty()) {
    *this = other;
    return;
  }
  const StringMap keep_alive = other;  // `other` may be this map
  for (const Entry& entry : keep_alive) set(entry.first, entry.second);
}

}  // namespace jobset_twin::api
