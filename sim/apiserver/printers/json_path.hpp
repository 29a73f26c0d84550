// json_path.hpp - the JSONPath of printer columns: members (.a.b, ['a.b'], .a\.b), elements ([0], [-1], [*]) and
// filters by equality ([?(@.type=="Ready")]). Other expressions find nothing.
//
// Source: client-go util/jsonpath, as apiextensions uses it for additionalPrinterColumns (Kubernetes 1.36).
#pragma once

#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace jobset_twin::apiserver::printers {

// What the path finds, in order; with or without braces around it. Empty: nothing, or no such path.
std::vector<const nlohmann::json*> atJsonPath(const nlohmann::json& root, std::string_view path);

}  // namespace jobset_twin::apiserver::printers
