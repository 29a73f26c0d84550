// list_pages.hpp - lists in pages: limit, the token with which the next page is asked for, and which past a list may be
// of (resourceVersion, resourceVersionMatch; K-API-43; apiserver storage/continue.go, validation of ListOptions).
//
// The store keeps no past states: a page shows what is there now from where the last one ended, as upstream's
// "inconsistent continuation" does, and says the revision of its first page.
#pragma once

#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "sim/apiserver/http/api_path.hpp"
#include "sim/apiserver/http/message.hpp"

namespace jobset_twin::apiserver::http {

struct Page {
  ObjectList list;
  std::string token;                      // "": it is the last
  std::optional<std::int64_t> remaining;  // known where nothing is selected
};
// Nothing: refused.
std::optional<Page> listPage(const Store& store, const Selection& selection, const ApiPath& path, HttpAnswer& refused);

// The metadata of a list document, from the page.
void addPage(nlohmann::json& list_metadata, const Page& page);

}  // namespace jobset_twin::apiserver::http
