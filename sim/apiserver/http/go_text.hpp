// go_text.hpp - values as Go programs print them in messages.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace jobset_twin::apiserver::http {

// As %+v prints what was decoded: map[spec:map[replicas:2]].
std::string goText(const nlohmann::json& value);
// That the decoder cannot put the value, which is not null, into a field of a type.
std::string cannotUnmarshal(const nlohmann::json& value, const std::string& field, const char* type);

}  // namespace jobset_twin::apiserver::http
