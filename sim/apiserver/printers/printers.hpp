// printers.hpp - the printer of each kind: the columns that the API server answers tables with, and that everything
// here shows of objects.
//
// Source: kubernetes 1.36 pkg/printers/internalversion for built-in kinds, apiserver's default table convertor for
// those that it leaves out; the printer columns of the CRDs of JobSet (v0.12.0) and Kueue (v1beta2), and apiextensions'
// table convertor for other custom resources.
#pragma once

#include <string_view>

#include "sim/apiserver/printers/table.hpp"

namespace jobset_twin::apiserver::printers {

// By apiVersion (of which the group counts) and kind. Kinds that are not known have a name and an age, built-in ones
// without columns of their own a name and the time of creation.
const Printer& printerOf(std::string_view api_version, std::string_view kind);
const Printer& printerOf(const api::Object& object);

// The STATUS columns: "Running", "Completed", "Init:0/1", "CrashLoopBackOff", "Terminating"; "Complete", "Suspended".
std::string podStatusText(const api::Object& pod);
std::string jobStatusText(const api::Object& job);
std::string ageText(const api::ObjectMeta& meta, api::TimePoint now);

}  // namespace jobset_twin::apiserver::printers
