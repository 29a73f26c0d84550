// stored_types.hpp - the fields of kinds that are stored as trees (Kind::kGeneric), and of what else goes over HTTP:
// clients are told of them, and what they send is held to them (table_fields.hpp). Field lists: Kubernetes 1.36.
#pragma once

#include "engine/api/kinds.hpp"
#include "engine/api/reflect.hpp"

namespace jobset_twin::apiserver::http {

// The table of what stands beside apiVersion, kind and metadata in objects of the kind; nullptr: nothing is known.
const api::TypeInfo* bodyTable(const api::KindInfo& kind);

// A type by name: of those above, their parts, and what requests are made of (DeleteOptions, Status, ListMeta).
const api::TypeInfo* storedTable(std::string_view name);

}  // namespace jobset_twin::apiserver::http
