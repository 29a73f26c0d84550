// consultation.hpp - how far the webhooks have been asked about the writes of one request. The request is gone through
// again after each call, from the beginning and with what is known by then: so nothing stands between calls that the
// world, going on meanwhile, could make wrong.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/object.hpp"
#include "sim/apiserver/http/message.hpp"
#include "sim/apiserver/http/view.hpp"
#include "sim/apiserver/http/webhooks/book.hpp"

namespace jobset_twin::apiserver::http::webhooks {

// Of one write.
struct Progress {
  std::vector<WebhookPtr> asked;  // in this order
  std::size_t next = 0;           // the first that has not answered
  std::int64_t version = 0;       // of what is stored, which they were asked about; 0: nothing
  int begun = 0;                  // how often: again if something else was stored meanwhile
  std::string uid;                // of the call under way
  api::ObjectPtr admitted;        // as they left it
  std::uint64_t draw = 0;         // of its UID, and its name if that is generated
  int names = 0;                  // how many have been drawn for it
};

struct Consultation {
  std::shared_ptr<const HttpRequest> request;
  User user;
  std::map<api::ObjectKey, Progress> writes;
  std::optional<ObjectList> collection;  // that is to be deleted, as it was at first
  std::size_t reached = 0;               // of it: the first that not all have been asked about
  std::optional<CallResult> reply;       // to the call that was under way
  std::optional<HttpAnswer> instead;     // of what the request would be answered
  std::vector<std::string> warnings;
  std::string admitted;  // the object of the last write as webhooks left it, as JSON
};

}  // namespace jobset_twin::apiserver::http::webhooks
