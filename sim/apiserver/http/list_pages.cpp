#include "sim/apiserver/http/list_pages.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/base64.hpp"
#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

std::optional<std::int64_t> countOf(const std::string& text) {
  const std::optional<std::int64_t> number = wholeNumber(text);
  return number && *number >= 0 ? number : std::nullopt;
}

struct Token {
  std::int64_t revision = 0;
  std::pair<std::string, std::string> after;  // namespace and name of the last object that was shown
};

std::string textOf(const Token& token) {
  return api::base64(
      json{{"rv", token.revision}, {"namespace", token.after.first}, {"name", token.after.second}}.dump());
}

std::optional<Token> tokenOf(const std::string& text) {
  const json read = json::parse(api::fromBase64(text).value_or(""), nullptr, false);
  Token out;
  if (!read.is_object() || !read.contains("rv") || !read.at("rv").is_number_integer()) return std::nullopt;
  for (const char* key : {"namespace", "name"})
    if (!read.contains(key) || !read.at(key).is_string()) return std::nullopt;
  out.revision = read.at("rv");
  out.after = {read.at("namespace"), read.at("name")};
  return out;
}

HttpAnswer invalid(const std::string& what) {
  return refusal(422, "Invalid", fmt::format("ListOptions.meta.k8s.io \"\" is invalid: {}", what));
}

// What ListOptions may not say together.
std::optional<HttpAnswer> contradiction(const ApiPath& path, bool continued) {
  const std::string* match = path.param("resourceVersionMatch");
  const std::string* version = path.param("resourceVersion");
  const bool versioned = version && !version->empty();
  if (versioned && !countOf(*version))
    return refusal(badRequest(fmt::format("Invalid value: \"{}\": resourceVersion must be a number", *version)));
  if (continued && versioned && *version != "0")
    return refusal(badRequest("specifying resource version is not allowed when using continue"));
  if (!match || match->empty()) return std::nullopt;
  if (!versioned)
    return invalid(
        "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is "
        "provided");
  if (continued)
    return invalid("resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided");
  if (*match != "Exact" && *match != "NotOlderThan")
    return invalid(
        fmt::format("resourceVersionMatch: Unsupported value: \"{}\": supported values: \"Exact\", "
                    "\"NotOlderThan\"",
                    *match));
  if (*match == "Exact" && *version == "0")
    return invalid(
        "resourceVersionMatch: Forbidden: resourceVersionMatch \"Exact\" is forbidden for resourceVersion "
        "\"0\"");
  return std::nullopt;
}

// Of what is not there any more, or not yet.
std::optional<HttpAnswer> outOfTime(const Store& store, const Selection& selection, const ApiPath& path) {
  const std::string* version = path.param("resourceVersion");
  if (!version || version->empty() || *version == "0") return std::nullopt;
  const std::int64_t asked = *countOf(*version);
  if (asked > store.revision())
    return refusal(504, "Timeout", fmt::format("Too large resource version: {}, current: {}", asked, store.revision()));
  const std::string* match = path.param("resourceVersionMatch");
  const bool exact = match && *match == "Exact";
  if (exact && asked < store.forgottenRevision(selection.kind))
    return refusal(expiredError(asked, store.forgottenRevision(selection.kind)));
  return std::nullopt;
}

}  // namespace

std::optional<Page> listPage(const Store& store, const Selection& selection, const ApiPath& path, HttpAnswer& refused) {
  const std::string* limit_text = path.param("limit");
  std::int64_t limit = 0;
  if (limit_text && !limit_text->empty()) {
    const std::optional<std::int64_t> read = countOf(*limit_text);
    if (!read) {
      refused = refusal(
          badRequest(fmt::format("limit: Invalid value: \"{}\": must be a number that is not negative", *limit_text)));
      return std::nullopt;
    }
    limit = *read;
  }
  const std::string* token_text = path.param("continue");
  const bool continued = token_text && !token_text->empty();
  if (std::optional<HttpAnswer> problem = contradiction(path, continued)) {
    refused = std::move(*problem);
    return std::nullopt;
  }
  if (std::optional<HttpAnswer> problem = outOfTime(store, selection, path)) {
    refused = std::move(*problem);
    return std::nullopt;
  }
  Page out;
  const std::string* match = path.param("resourceVersionMatch");
  out.list = match && *match == "Exact" ? listAt(store, selection, *countOf(*path.param("resourceVersion")))
                                        : list(store, selection);
  std::vector<api::ObjectPtr>& objects = out.list.objects;
  const auto placeOf = [](const api::ObjectPtr& object) {
    return std::pair(object->meta.namespace_, object->meta.name);
  };
  if (continued) {
    const std::optional<Token> token = tokenOf(*token_text);
    if (!token) {
      refused = refusal(badRequest("continue key is not valid"));
      return std::nullopt;
    }
    if (token->revision < store.forgottenRevision(selection.kind)) {
      api::Response expired;
      expired.reason = api::Reason::kExpired;
      expired.message =
          "The provided continue parameter is too old to display a consistent list result. You can "
          "start a new list without the continue parameter.";
      refused = refusal(expired);
      return std::nullopt;
    }
    out.list = listAt(store, selection, token->revision);
    objects.erase(objects.begin(), std::find_if(objects.begin(), objects.end(), [&](const api::ObjectPtr& object) {
                    return placeOf(object) > token->after;
                  }));
  }
  if (limit == 0 || objects.size() <= static_cast<std::size_t>(limit)) return out;
  if (!selection.labels && selection.fields.empty()) out.remaining = static_cast<std::int64_t>(objects.size()) - limit;
  objects.resize(static_cast<std::size_t>(limit));
  out.token = textOf({out.list.revision, placeOf(objects.back())});
  return out;
}

void addPage(json& list_metadata, const Page& page) {
  if (page.token.empty()) return;
  list_metadata["continue"] = page.token;
  if (page.remaining) list_metadata["remainingItemCount"] = *page.remaining;
}

}  // namespace jobset_twin::apiserver::http
