// object_documents.hpp - objects as a client of a group and version sees them, alone, in lists and as events of
// watches; and what it sends, as an object.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/kinds.hpp"
#include "engine/api/read.hpp"
#include "sim/apiserver/http/api_path.hpp"
#include "sim/apiserver/http/message.hpp"
#include "sim/apiserver/http/object_texts.hpp"

namespace jobset_twin::apiserver::http {

nlohmann::json objectDocument(const api::ObjectPtr& object, const api::KindInfo& as);
nlohmann::json listDocument(const ObjectList& list, const api::KindInfo& as);
// One line of a watch, with its line feed.
std::string eventLine(const StreamEvent& event, WatchAnswer& watch, api::TimePoint now, ObjectTexts& texts);
// The bookmark that ends what was there when the watch began (sendInitialEvents, KEP-3157).
std::string initialEventsEnd(const WatchAnswer& watch);

// The body of a create or update as an object: JSON or YAML, completed by what the path says (apiVersion, kind,
// namespace). failure: a refusal, if there is none.
struct SentObject {
  api::ObjectPtr object;
  std::string name;  // as it is named, also when it is refused
  std::vector<std::string> warnings;
  api::Response failure;
};
SentObject sentObject(const std::string& body, const ApiPath& path, const api::KindInfo& as);
// What its query says of unknown fields; and the same request saying another thing.
api::Validation validationOf(const ApiPath& path);
ApiPath withValidation(ApiPath path, const char* validation);

}  // namespace jobset_twin::apiserver::http
