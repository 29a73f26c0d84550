// docs.hpp - what schemas say where the tables of engine/api do not: kinds, types, and fields that mean the same
// wherever they stand.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/kinds.hpp"

namespace jobset_twin::apiserver::http {

std::string docOfKind(const api::KindInfo& kind);
std::string docOfType(std::string_view table);  // "": none
std::string docOf(std::string_view field);      // "": none

}  // namespace jobset_twin::apiserver::http
