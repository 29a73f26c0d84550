// view.hpp - how a client wants to see objects: as they are, as rows of a table, or their metadata alone
// (meta.k8s.io/v1 Table, PartialObjectMetadata, PartialObjectMetadataList; Kubernetes 1.36).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/kinds.hpp"
#include "sim/apiserver/http/api_path.hpp"
#include "sim/apiserver/printers/table.hpp"
#include "sim/apiserver/watch.hpp"

namespace jobset_twin::apiserver::http {

enum class Form : std::uint8_t { kObject, kTable, kMetadata };
enum class Included : std::uint8_t { kNone, kMetadata, kObject };  // in a row, beside its cells

struct View {
  Form form = Form::kObject;
  Included included = Included::kMetadata;
  std::shared_ptr<const printers::Printer> printer{};  // of a kind whose columns are defined; null: the kind's own
};

// From the Accept header and the query (includeObject). Nothing: no form is accepted that this server has.
std::optional<View> viewOf(const std::string& accept, const ApiPath& path);
// "": the query asks for nothing that cannot be.
std::string viewProblem(const ApiPath& path);

// with_columns: without them the rows alone, as in all but the first table of a watch.
nlohmann::json viewed(const View& view, const api::ObjectPtr& object, const api::KindInfo& as, api::TimePoint now,
                      bool with_columns = true);
nlohmann::json viewed(const View& view, const ObjectList& list, const api::KindInfo& as, api::TimePoint now);
// A bookmark, which has metadata alone.
nlohmann::json viewedBookmark(const View& view, nlohmann::json metadata, const api::KindInfo& as);

}  // namespace jobset_twin::apiserver::http
