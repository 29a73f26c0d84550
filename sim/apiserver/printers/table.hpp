// table.hpp - what tables of objects are made of: columns, and the cells of one object. A printer has both for the
// objects of one kind; which columns are shown is the client's choice (those of priority 0 without -o wide).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::apiserver::printers {

struct Column {
  std::string name, type, description;  // type: string, integer, number, boolean, date
  std::int32_t priority = 0;            // 0: always shown; else with -o wide
  std::string format;                   // "name": the object's name stands here
};

using Cell = std::variant<std::monostate, std::string, std::int64_t, bool, double>;  // monostate: nothing is known
using Cells = std::vector<Cell>;
std::string cellText(const Cell& cell);  // as kubectl shows it; "" for nothing

struct Printer {
  std::vector<Column> columns;
  std::function<Cells(const api::Object& object, api::TimePoint now)> cells;  // as many as there are columns
};

}  // namespace jobset_twin::apiserver::printers
