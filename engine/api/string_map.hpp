// string_map.hpp - labels, annotations, node selectors: a small sorted map from string to string, shared between
// copies.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/api/shared.hpp"

namespace jobset_twin::api {

class StringMap {
 public:
  using Entry = std::pair<std::string, std::string>;
  StringMap() = default;
  StringMap(std::initializer_list<Entry> entries) {
    for (const Entry& entry : entries) set(entry.first, entry.second);
  }

  const std::vector<Entry>& entries() const { return *entries_; }  // ascending by key
  auto begin() const { return entries_->begin(); }
  auto end() const { return entries_->end(); }
  bool empty() const { return entries_->empty(); }
  std::size_t size() const { return entries_->size(); }

  const std::string* find(std::string_view key) const;  // nullptr: absent
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  std::string_view get(std::string_view key) const {  // "" when absent
    const std::string* value = find(key);
    return value ? std::string_view(*value) : std::string_view();
  }
  void set(std::string_view key, std::string_view value);  // no copy when nothing changes
  bool erase(std::string_view key);
  void setAll(const StringMap& other);  // other's values win
  void clear() { entries_.reset(); }

  bool sameAs(const StringMap& other) const { return entries_.sameAs(other.entries_); }
  friend bool operator==(const StringMap& a, const StringMap& b) {
    return a.entries_.sameAs(b.entries_) || a.entries() == b.entries();
  }
  const Shared<std::vector<Entry>>& shared() const { return entries_; }

 private:
  Shared<std::vector<Entry>> entries_;
};

}  // namespace jobset_twin::api
