// errors.hpp - the API server's refusals: reason and message of each (K-API-13), as the response to a request.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/request.hpp"
#include "sim/apiserver/kinds.hpp"

namespace jobset_twin::apiserver {

api::Response refusal(api::Reason reason, std::string message);
api::Response badRequest(std::string message);
api::Response notFoundError(const ResourceNames& names);                      // jobs.batch "x" not found
api::Response alreadyExists(const ResourceNames& names, bool being_deleted);  // K-API-25
api::Response nameNotUnique(const ResourceNames& names);                      // generateName ran out of tries (K-API-4)
api::Response modifiedConflict(const ResourceNames& names);                   // "the object has been modified; …"
api::Response conflictError(std::string_view resource, std::string_view name, std::string_view why);
api::Response forbiddenError(const ResourceNames& names, std::string_view why);  // pods "x" is forbidden: <why>
api::Response invalidError(std::string_view qualified_kind, std::string_view name, const api::Errors& errors);
api::Response methodNotAllowed(const ResourceNames& names, std::string_view action);
api::Response expiredError(std::int64_t asked, std::int64_t oldest);  // too old resource version
api::Response internalError(std::string_view why);
api::Response webhookDenied(std::string_view webhook, const api::Response& result);

// "must be …" of one error or "[a, b]" of several, without duplicates, in order (utilerrors.Aggregate).
std::string joinErrors(const api::Errors& errors);

}  // namespace jobset_twin::apiserver
