#include "sim/apiserver/http/resource_call.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "sim/apiserver/errors.hpp"
#include "sim/apiserver/http/list_pages.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http {

using nlohmann::json;

HttpAnswer ResourceCall::got() const {
  api::Request get;
  get.verb = api::Verb::kGet;
  get.key = key();
  return ofResponse(backend_.execute(get));
}

std::optional<Selection> ResourceCall::selection(HttpAnswer& failure) const {
  Selection out;
  out.kind = kind_.kind;
  out.type = storedType(kind_);
  out.namespace_ = path_.namespace_;
  if (const std::string* labels = path_.param("labelSelector"); labels && !labels->empty()) {
    const api::Result<api::LabelSelector> parsed = api::parseSelector(*labels);
    if (!parsed) {
      failure =
          refusal(badRequest(fmt::format("unable to parse requirement: {}", api::describe(parsed.errors().front()))));
      return std::nullopt;
    }
    out.labels = *parsed;
  }
  if (const std::string* fields = path_.param("fieldSelector"); fields && !fields->empty()) {
    const auto parsed = parseFieldSelector(*fields, out.kind, out.type);
    if (!parsed) {
      failure = refusal(badRequest(parsed.errors().front().text));
      return std::nullopt;
    }
    out.fields = *parsed;
  }
  if (!path_.name.empty()) out.fields.push_back({"metadata.name", path_.name});
  return out;
}

HttpAnswer ResourceCall::listed() const {
  if (path_.flag("watch")) return watched();
  HttpAnswer failure;
  const std::optional<Selection> wanted = selection(failure);
  if (!wanted) return failure;
  const std::optional<Page> page = listPage(*backend_.store, *wanted, path_, failure);
  if (!page) return failure;
  json out = viewed(view_, page->list, kind_, backend_.now());
  addPage(out["metadata"], *page);
  return document(out);
}

namespace {

// "": sendInitialEvents is not asked for, or with all that it needs (KEP-3157).
std::string initialEventsProblem(const ApiPath& path) {
  const std::string* match = path.param("resourceVersionMatch");
  if (!path.param("sendInitialEvents"))
    return match && !match->empty() ? "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch "
                                      "unless sendInitialEvents is provided"
                                    : "";
  if (!match || *match != "NotOlderThan")
    return "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
  if (path.flag("sendInitialEvents") && !path.flag("allowWatchBookmarks"))
    return "allowWatchBookmarks: Forbidden: sendInitialEvents requires allowWatchBookmarks";
  return {};
}

}  // namespace

HttpAnswer ResourceCall::watched() const {
  HttpAnswer failure;
  std::optional<Selection> wanted = selection(failure);
  if (!wanted) return failure;
  std::optional<std::int64_t> revision;
  if (const std::string* given = path_.param("resourceVersion"); given && !given->empty()) {
    revision = wholeNumber(*given);
    if (!revision || *revision < 0)
      return refusal(badRequest(fmt::format("Invalid value for query parameter resourceVersion: \"{}\"", *given)));
  }
  if (const std::string problem = initialEventsProblem(path_); !problem.empty())
    return refusal(422, "Invalid", fmt::format("ListOptions.meta.k8s.io \"\" is invalid: {}", problem));
  const bool initial = path_.flag("sendInitialEvents");
  if (initial) revision = 0;
  const bool from_now = !initial && path_.param("sendInitialEvents") && revision.value_or(0) == 0;
  if (from_now) revision = backend_.store->revision();
  HttpAnswer out;
  WatchAnswer answer{
      openWatch(*backend_.store, std::move(*wanted), revision, path_.flag("allowWatchBookmarks"), backend_.now()),
      &kind_, view_, initial, std::nullopt};
  if (const std::string* seconds = path_.param("timeoutSeconds")) {
    std::int64_t number = 0;
    std::from_chars(seconds->data(), seconds->data() + seconds->size(), number);
    constexpr std::int64_t kDay = 86400;
    if (number > 0) answer.timeout = std::chrono::seconds(std::min(number, kDay));
  }
  out.watch = std::move(answer);
  return out;
}

}  // namespace jobset_twin::apiserver::http
