// shape_text.hpp - shapes (reflect.hpp) written down as text, one line per type; shapes.cpp explains the notation.
#pragma once

#include <functional>
#include <string_view>

#include "engine/api/reflect.hpp"

namespace jobset_twin::api {

using TableLookup = std::function<const TypeInfo*(std::string_view name)>;

std::string_view shapeName(std::string_view text);
// Makes the indexes by which fields are found; after any change of the fields.
void finishType(TypeInfo& info);
// Adds the fields that the text lists; `tables` finds the types that it refers to. The type is finished then.
void readShape(std::string_view text, const TableLookup& tables, TypeInfo& out);

}  // namespace jobset_twin::api
