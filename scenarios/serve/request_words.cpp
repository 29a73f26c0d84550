#include "scenarios/serve/request_words.hpp"

#include "engine/api/ascii.hpp"

namespace jobset_twin::scenarios {

std::string requestVerb(const apiserver::http::HttpRequest& request, const apiserver::http::ApiPath& path) {
  const std::string& method = request.method;
  if (path.api) {
    if (method == "GET") return path.flag("watch") ? "watch" : path.name.empty() ? "list" : "get";
    if (method == "POST") return "create";
    if (method == "PUT") return "update";
    if (method == "PATCH") return "patch";
    if (method == "DELETE") return path.name.empty() ? "deletecollection" : "delete";
  }
  return api::lowerCase(method);
}

}  // namespace jobset_twin::scenarios
