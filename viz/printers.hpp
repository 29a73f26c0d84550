// printers.hpp - the rows of `kubectl get`: the API server's printers (sim/apiserver/printers), as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/object.hpp"
#include "sim/apiserver/printers/printers.hpp"

namespace jobset_twin::viz {

using apiserver::printers::ageText;
using apiserver::printers::jobStatusText;
using apiserver::printers::podStatusText;

using Row = std::vector<std::string>;

struct Table {
  Row header;
  std::vector<Row> rows;
};

// Objects of one kind. `namespaces` puts a NAMESPACE column first.
Table objectTable(const std::vector<api::ObjectPtr>& objects, api::TimePoint now, bool wide, bool namespaces);

}  // namespace jobset_twin::viz
