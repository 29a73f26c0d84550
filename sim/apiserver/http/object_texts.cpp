#include "sim/apiserver/http/object_texts.hpp"

#include <nlohmann/json.hpp>

#include "sim/apiserver/http/object_documents.hpp"

namespace jobset_twin::apiserver::http {

const std::string& ObjectTexts::of(const api::ObjectPtr& object, const api::KindInfo& as) {
  const Key key{object.get(), &as};
  if (const auto found = places_.find(key); found != places_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().text;
  }
  entries_.push_front(
      {key, object, objectDocument(object, as).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
  places_[key] = entries_.begin();
  bytes_ += entries_.front().text.size();
  while (bytes_ > most_bytes_ && entries_.size() > 1) {
    bytes_ -= entries_.back().text.size();
    places_.erase(entries_.back().key);
    entries_.pop_back();
  }
  return entries_.front().text;
}

}  // namespace jobset_twin::apiserver::http
