// empty_document.hpp - the document of an object of a kind before anything was set: what a Go program writes of a zero
// value. A new object differs from it in what its creator sets; a struct that is always written has no owner.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/api/object.hpp"

namespace jobset_twin::apiserver::apply {

// Of the object's kind, with its apiVersion and kind. Custom resources have nothing else.
nlohmann::json emptyDocument(const api::Object& object);

// The object as the API server's Go types write it: with all that they always write.
nlohmann::json fullDocument(const api::Object& object);

}  // namespace jobset_twin::apiserver::apply
