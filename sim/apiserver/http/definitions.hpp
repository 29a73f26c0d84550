// definitions.hpp - CustomResourceDefinitions: what they must say, what is said of them once they are there, and what
// an object of theirs must be like before it is stored (apiextensions v1, Kubernetes 1.36).
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/read.hpp"
#include "sim/apiserver/http/served_kinds.hpp"

namespace jobset_twin::apiserver::http {

bool isDefinition(const api::KindInfo& kind);
// What of its schemas is of a wrong type, as the decoder says it; "": nothing.
std::string undecodable(const nlohmann::json& definition);
void fillDefinition(nlohmann::json& definition);  // its defaults
api::Errors definitionErrors(const nlohmann::json& definition);
// NamesAccepted and Established, accepted names and stored versions, at once: nobody else defines anything. What else
// its status says stays.
nlohmann::json withEstablishedStatus(nlohmann::json definition, const std::string& now);

// Only the status endpoint writes a status, and nothing else there. old: what is stored, null for a create.
void keepStatus(nlohmann::json& object, const nlohmann::json* old, bool status);

// What is wrong with an object of a defined kind; unknown fields are gone afterwards and defaults are there.
struct DefinedFindings {
  std::vector<std::string> unknown;
  api::Errors wrong;
};
// status: it is the status that is written.
DefinedFindings makeFit(nlohmann::json& object, const Resource& resource, const nlohmann::json* old, bool status);

}  // namespace jobset_twin::apiserver::http
