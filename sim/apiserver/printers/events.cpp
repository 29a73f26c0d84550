// events.cpp - the columns of Events, of both groups.
#include <algorithm>

#include <fmt/format.h>

#include "engine/api/ascii.hpp"
#include "sim/apiserver/printers/cells.hpp"
#include "sim/apiserver/printers/kinds.hpp"

namespace jobset_twin::apiserver::printers {
namespace {

std::string objectText(const api::ObjectReference& regarding) {
  const std::string kind = api::lowerCase(regarding.kind);
  return regarding.name.empty() ? kind : kind + "/" + regarding.name;
}

std::string sourceText(const api::Event& event) {
  const bool named = !event.source.component.empty() || !event.source.host.empty();
  const std::string& component = named ? event.source.component : event.reportingController;
  const std::string& host = named ? event.source.host : event.reportingInstance;
  return host.empty() ? component : fmt::format("{}, {}", component, host);
}

std::string trimmedNote(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kSpace);
  return from == std::string::npos ? "" : text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

Cells eventCells(const api::Object& object, api::TimePoint now) {
  const api::Event& event = api::as<api::Event>(object);
  const std::string first = since(event.firstTimestamp ? event.firstTimestamp : event.eventTime, now);
  std::string last = event.lastTimestamp ? since(event.lastTimestamp, now) : first;
  std::int64_t count = std::max(event.count, 1);
  if (event.series) {
    last = since(event.series->lastObservedTime, now);
    count = event.series->count;
  }
  return {last,
          event.type,
          event.reason,
          objectText(event.regarding),
          event.regarding.fieldPath,
          sourceText(event),
          trimmedNote(event.note),
          first,
          count,
          object.meta.name};
}

}  // namespace

Printer eventPrinter() {
  Column name = nameColumn();
  name.priority = 1;
  return {{{"Last Seen", "string", "How long ago it happened the last time.", 0, ""},
           {"Type", "string", "Normal or Warning.", 0, ""},
           {"Reason", "string", "Why, in one word.", 0, ""},
           {"Object", "string", "What the event is about.", 0, ""},
           {"Subobject", "string", "Part of that object.", 1, ""},
           {"Source", "string", "Who reports it.", 1, ""},
           {"Message", "string", "What happened.", 0, ""},
           {"First Seen", "string", "How long ago it happened first.", 1, ""},
           {"Count", "string", "How often it happened.", 1, ""},
           name},
          eventCells};
}

}  // namespace jobset_twin::apiserver::printers
