// printers.hpp - the rows of `kubectl get`: columns and cells of JobSets, Jobs, Pods and, plainly, of other kinds.
//
// Source: kubernetes 1.36 pkg/printers/internalversion (Job, Pod, Node, Service), the printer columns of the JobSet CRD
// (v0.12.0), apiextensions' table convertor (an absent value is an empty cell).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/object.hpp"

namespace jobset_twin::viz {

using Row = std::vector<std::string>;

struct Table {
  Row header;
  std::vector<Row> rows;
};

// The STATUS column: "Running", "Completed", "Init:0/1", "CrashLoopBackOff", "Terminating".
std::string podStatusText(const api::Object& pod);
std::string jobStatusText(const api::Object& job);
std::string ageText(const api::ObjectMeta& meta, api::TimePoint now);

// Objects of one kind. `namespaces` puts a NAMESPACE column first.
Table objectTable(const std::vector<api::ObjectPtr>& objects, api::TimePoint now, bool wide, bool namespaces);

}  // namespace jobset_twin::viz
