#include "engine/api/request.hpp"

#include <array>

namespace jobset_twin::api {
namespace {

struct ReasonRow {
  std::int32_t code;
  std::string_view text;
};
constexpr std::array<ReasonRow, 15> kReasons = {{{200, "Success"},
                                                 {400, "BadRequest"},
                                                 {401, "Unauthorized"},
                                                 {403, "Forbidden"},
                                                 {404, "NotFound"},
                                                 {405, "MethodNotAllowed"},
                                                 {409, "AlreadyExists"},
                                                 {409, "Conflict"},
                                                 {410, "Expired"},
                                                 {422, "Invalid"},
                                                 {429, "TooManyRequests"},
                                                 {500, "InternalError"},
                                                 {504, "Timeout"},
                                                 {0, "UnknownOutcome"},
                                                 {503, "ServiceUnavailable"}}};
constexpr std::array<std::string_view, 9> kVerbs = {"get",          "create", "update", "update status", "patch",
                                                    "patch status", "delete", "bind",   "evict"};

Request of(Verb verb, ObjectKey key) {
  Request request;
  request.verb = verb;
  request.key = std::move(key);
  return request;
}

Request withObject(Verb verb, ObjectPtr object) {
  Request request = of(verb, keyOf(*object));
  request.object = std::move(object);
  return request;
}

}  // namespace

std::int32_t httpCode(Reason reason) { return kReasons[static_cast<std::size_t>(reason)].code; }
std::string_view reasonText(Reason reason) { return kReasons[static_cast<std::size_t>(reason)].text; }
std::string_view verbText(Verb verb) { return kVerbs[static_cast<std::size_t>(verb)]; }

Request createRequest(ObjectPtr object) { return withObject(Verb::kCreate, std::move(object)); }
Request updateRequest(ObjectPtr object) { return withObject(Verb::kUpdate, std::move(object)); }
Request updateStatusRequest(ObjectPtr object) { return withObject(Verb::kUpdateStatus, std::move(object)); }
Request deleteRequest(ObjectKey key, DeleteOptions options) {
  Request request = of(Verb::kDelete, std::move(key));
  request.delete_options = std::move(options);
  return request;
}
Request patchRequest(ObjectKey key, Patch patch) {
  Request request = of(Verb::kPatch, std::move(key));
  request.patch = std::move(patch);
  return request;
}
Request patchStatusRequest(ObjectKey key, Patch patch) {
  Request request = of(Verb::kPatchStatus, std::move(key));
  request.patch = std::move(patch);
  return request;
}

}  // namespace jobset_twin::api
