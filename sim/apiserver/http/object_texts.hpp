// object_texts.hpp - objects as JSON text, kept for a while: of a change that a thousand clients watch, or a list that
// they all begin with, each object is written once. A memo, not state: nothing is different without it.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <utility>

#include "engine/api/kinds.hpp"

namespace jobset_twin::apiserver::http {

class ObjectTexts {
 public:
  explicit ObjectTexts(std::size_t most_bytes = 64 << 20) : most_bytes_(most_bytes) {}

  // As objectDocument() shows it; valid until the next call. `as` must stay where it is.
  const std::string& of(const api::ObjectPtr& object, const api::KindInfo& as);

 private:
  using Key = std::pair<const api::Object*, const api::KindInfo*>;
  struct Entry {
    Key key;
    api::ObjectPtr object;  // held, so that no other comes to its place
    std::string text;
  };
  std::list<Entry> entries_;  // the last used first
  std::map<Key, std::list<Entry>::iterator> places_;
  std::size_t most_bytes_, bytes_ = 0;
};

}  // namespace jobset_twin::apiserver::http
