#include "sim/apiserver/errors.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/api/names.hpp"

namespace jobset_twin::apiserver {
namespace {

using api::Reason;

std::string quotedName(std::string_view name) { return api::quoted(name); }

}  // namespace

api::Response refusal(api::Reason reason, std::string message) {
  api::Response response;
  response.reason = reason;
  response.message = std::move(message);
  return response;
}

api::Response badRequest(std::string message) { return refusal(Reason::kBadRequest, std::move(message)); }

api::Response notFoundError(const ResourceNames& names) {
  return refusal(Reason::kNotFound, fmt::format("{} {} not found", names.qualifiedResource(), quotedName(names.name)));
}

api::Response alreadyExists(const ResourceNames& names, bool being_deleted) {
  return refusal(Reason::kAlreadyExists,
                 fmt::format("{}{} {} already exists", being_deleted ? "object is being deleted: " : "",
                             names.qualifiedResource(), quotedName(names.name)));
}

api::Response nameNotUnique(const ResourceNames& names) {
  return refusal(Reason::kAlreadyExists,
                 fmt::format("{} {} already exists, the server was not able to generate a unique name for the object",
                             names.qualifiedResource(), quotedName(names.name)));
}

api::Response conflictError(std::string_view resource, std::string_view name, std::string_view why) {
  return refusal(Reason::kConflict,
                 fmt::format("Operation cannot be fulfilled on {} {}: {}", resource, quotedName(name), why));
}

api::Response modifiedConflict(const ResourceNames& names) {
  return conflictError(names.qualifiedResource(), names.name,
                       "the object has been modified; please apply your changes to the latest version and try again");
}

api::Response forbiddenError(const ResourceNames& names, std::string_view why) {
  if (names.name.empty())
    return refusal(Reason::kForbidden, fmt::format("{} is forbidden: {}", names.qualifiedResource(), why));
  return refusal(Reason::kForbidden,
                 fmt::format("{} {} is forbidden: {}", names.qualifiedResource(), quotedName(names.name), why));
}

std::string joinErrors(const api::Errors& errors) {
  std::vector<std::string_view> texts;
  for (const api::Error& error : errors) {
    if (std::find(texts.begin(), texts.end(), error.text) == texts.end()) texts.push_back(error.text);
  }
  if (texts.size() == 1) return std::string(texts.front());
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

api::Response invalidError(std::string_view qualified_kind, std::string_view name, const api::Errors& errors) {
  api::Response response = refusal(
      Reason::kInvalid, fmt::format("{} {} is invalid: {}", qualified_kind, quotedName(name), joinErrors(errors)));
  for (const api::Error& error : errors) {
    std::string_view detail = error.text;  // the cause names its field apart
    if (detail.starts_with(error.field + ": ")) detail.remove_prefix(error.field.size() + 2);
    response.causes.push_back({"FieldValue" + error.code, std::string(detail), error.field});
  }
  return response;
}

api::Response methodNotAllowed(const ResourceNames& names, std::string_view action) {
  return refusal(Reason::kMethodNotAllowed, fmt::format("{} is not supported on resources of kind {}", action,
                                                        quotedName(names.qualifiedResource())));
}

api::Response expiredError(std::int64_t asked, std::int64_t oldest) {
  return refusal(Reason::kExpired, fmt::format("too old resource version: {} ({})", asked, oldest));
}

api::Response internalError(std::string_view why) {
  return refusal(Reason::kInternalError, fmt::format("Internal error occurred: {}", why));
}

api::Response webhookDenied(std::string_view webhook, const api::Response& result) {
  api::Response response = result;
  response.message = fmt::format("admission webhook {} denied the request: {}", quotedName(webhook), result.message);
  return response;
}

}  // namespace jobset_twin::apiserver
