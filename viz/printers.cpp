#include "viz/printers.hpp"

#include <cctype>

namespace jobset_twin::viz {
namespace {

using apiserver::printers::Printer;

bool isShown(const apiserver::printers::Column& column, bool wide) { return wide || column.priority == 0; }

std::string headerCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

Table objectTable(const std::vector<api::ObjectPtr>& objects, api::TimePoint now, bool wide, bool namespaces) {
  Table table;
  if (objects.empty()) return table;
  const Printer& printer = apiserver::printers::printerOf(*objects.front());
  if (namespaces) table.header.emplace_back("NAMESPACE");
  for (const auto& column : printer.columns)
    if (isShown(column, wide)) table.header.push_back(headerCase(column.name));
  for (const api::ObjectPtr& object : objects) {
    Row row;
    if (namespaces) row.push_back(object->meta.namespace_);
    const apiserver::printers::Cells cells = printer.cells(*object, now);
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (isShown(printer.columns[i], wide)) row.push_back(apiserver::printers::cellText(cells[i]));
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace jobset_twin::viz
