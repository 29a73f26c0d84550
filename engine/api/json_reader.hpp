// json_reader.hpp - JSON text to trees with positions: one value, or several in a row. Used by yaml_reader.hpp.
#pragma once

#include "engine/api/yaml_reader.hpp"

namespace jobset_twin::api {

// `text` must be valid UTF-8. Lines count from first_line.
Documents readJsonValues(std::string_view text, const std::string& file, int first_line, const ReadLimits& limits);

}  // namespace jobset_twin::api
