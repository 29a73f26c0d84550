// custom_columns.hpp - printers of custom resources, made of the columns that a CRD names (additionalPrinterColumns).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sim/apiserver/printers/table.hpp"

namespace jobset_twin::apiserver::printers {

struct CustomColumn {
  Column column;
  std::vector<std::string> paths;  // where the value is: the first path that finds one
  std::string absent;              // shown when none does; "": nothing
};

// The name comes first. Columns of type date show how long ago it was.
Printer customPrinter(std::vector<CustomColumn> columns);
// Of additionalPrinterColumns as a CustomResourceDefinition has them.
Printer definedPrinter(const nlohmann::json& columns);

}  // namespace jobset_twin::apiserver::printers
