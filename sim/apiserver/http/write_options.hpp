// write_options.hpp - what the query of a write says beside the object: fieldManager, force, dryRun, fieldValidation
// (metav1.{Create,Update,Patch,Delete}Options), checked as the API server checks them.
#pragma once

#include <cstdint>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/request.hpp"
#include "sim/apiserver/http/api_path.hpp"
#include "sim/apiserver/http/message.hpp"

namespace jobset_twin::apiserver::http {

enum class OptionsOf : std::uint8_t { kCreate, kUpdate, kPatch, kApply, kDelete };

// The manager is named, or taken from the User-Agent up to its first slash. The response is a refusal if something is
// wrong.
api::Response readWriteOptions(const HttpRequest& request, const ApiPath& path, OptionsOf of, api::WriteOptions& out);

// A dryRun that is given in a body (DeleteOptions): a list that holds nothing but "All".
api::Response readDryRun(const nlohmann::json& values, api::WriteOptions& out);

}  // namespace jobset_twin::apiserver::http
