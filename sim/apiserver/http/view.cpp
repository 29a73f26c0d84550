#include "sim/apiserver/http/view.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "sim/apiserver/http/media_type.hpp"
#include "sim/apiserver/http/object_documents.hpp"
#include "sim/apiserver/printers/printers.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

constexpr const char* kMetaVersion = "meta.k8s.io/v1";

json metadataOf(const api::Object& object) { return api::toJson(*api::typeTables().object_meta, &object.meta); }

json partial(json metadata) {
  return {{"kind", "PartialObjectMetadata"}, {"apiVersion", kMetaVersion}, {"metadata", std::move(metadata)}};
}

json cellValue(const printers::Cell& cell) {
  return std::visit(
      [](const auto& value) -> json {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>)
          return nullptr;
        else
          return value;
      },
      cell);
}

json columnsOf(const printers::Printer& printer) {
  json out = json::array();
  for (const printers::Column& column : printer.columns) {
    out.push_back({{"name", column.name},
                   {"type", column.type},
                   {"format", column.format},
                   {"description", column.description},
                   {"priority", column.priority}});
  }
  return out;
}

json table(const std::string& revision, json columns, json rows) {
  return {{"kind", "Table"},
          {"apiVersion", kMetaVersion},
          {"metadata", {{"resourceVersion", revision}}},
          {"columnDefinitions", std::move(columns)},
          {"rows", std::move(rows)}};
}

const printers::Printer& printerOf(const View& view, const api::KindInfo& as) {
  return view.printer ? *view.printer : printers::printerOf(as.api_version, as.name);
}

json rowOf(const View& view, const api::ObjectPtr& object, const api::KindInfo& as, const printers::Printer& printer,
           api::TimePoint now) {
  json cells = json::array();
  for (const printers::Cell& cell : printer.cells(*object, now)) cells.push_back(cellValue(cell));
  json out = {{"cells", std::move(cells)}};
  if (view.included == Included::kMetadata) out["object"] = partial(metadataOf(*object));
  if (view.included == Included::kObject) out["object"] = objectDocument(object, as);
  return out;
}

}  // namespace

std::optional<View> viewOf(const std::string& accept, const ApiPath& path) {
  View out;
  if (const std::string* included = path.param("includeObject")) {
    if (*included == "None") out.included = Included::kNone;
    if (*included == "Object") out.included = Included::kObject;
  }
  for (const MediaType& type : acceptedTypes(accept)) {
    if (!type.isJson()) continue;
    if (!type.params.contains("as")) return out;
    if (type.asks("Table", "meta.k8s.io", "v1")) {
      out.form = Form::kTable;
      return out;
    }
    if (type.asks("PartialObjectMetadata", "meta.k8s.io", "v1") ||
        type.asks("PartialObjectMetadataList", "meta.k8s.io", "v1")) {
      out.form = Form::kMetadata;
      return out;
    }
  }
  return std::nullopt;
}

std::string viewProblem(const ApiPath& path) {
  const std::string* included = path.param("includeObject");
  if (!included || included->empty() || *included == "None" || *included == "Metadata" || *included == "Object")
    return {};
  return fmt::format("includeObject: Invalid value: \"{}\": must be 'Metadata', 'Object', 'None', or empty", *included);
}

json viewed(const View& view, const api::ObjectPtr& object, const api::KindInfo& as, api::TimePoint now,
            bool with_columns) {
  if (view.form == Form::kMetadata) return partial(metadataOf(*object));
  if (view.form == Form::kObject) return objectDocument(object, as);
  const printers::Printer& printer = printerOf(view, as);
  return table(std::to_string(object->meta.resourceVersion), with_columns ? columnsOf(printer) : json(),
               json::array({rowOf(view, object, as, printer, now)}));
}

json viewed(const View& view, const ObjectList& list, const api::KindInfo& as, api::TimePoint now) {
  if (view.form == Form::kObject) return listDocument(list, as);
  if (view.form == Form::kMetadata) {
    json items = json::array();
    for (const api::ObjectPtr& object : list.objects) items.push_back(partial(metadataOf(*object)));
    return {{"kind", "PartialObjectMetadataList"},
            {"apiVersion", kMetaVersion},
            {"metadata", {{"resourceVersion", std::to_string(list.revision)}}},
            {"items", std::move(items)}};
  }
  const printers::Printer& printer = printerOf(view, as);
  json rows = json::array();
  for (const api::ObjectPtr& object : list.objects) rows.push_back(rowOf(view, object, as, printer, now));
  return table(std::to_string(list.revision), columnsOf(printer), std::move(rows));
}

json viewedBookmark(const View& view, json metadata, const api::KindInfo& as) {
  const std::string revision = metadata.at("resourceVersion");
  if (view.form == Form::kObject)
    return {{"kind", as.name}, {"apiVersion", as.api_version}, {"metadata", std::move(metadata)}};
  if (view.form == Form::kMetadata) return partial(std::move(metadata));
  const std::size_t width = printerOf(view, as).columns.size();
  const json row = {{"cells", std::vector<json>(width, "")}, {"object", partial(std::move(metadata))}};
  return table(revision, nullptr, json::array({row}));
}

}  // namespace jobset_twin::apiserver::http
