// list_pages.hpp - lists in pages: limit, the token with which the next page is asked for, and which past a list may be
// of (resourceVersion, resourceVersionMatch; K-API-43; apiserver storage/continue.go, validation of ListOptions).
//
// All pages of a list are of the revision of the first: the log of changes tells what was there then. Once it has moved
// past that revision, the next page is 410.
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
