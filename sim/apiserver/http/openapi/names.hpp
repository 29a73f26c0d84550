// names.hpp - what schemas are called in OpenAPI documents: "io.k8s.api.batch.v1.Job" (Kubernetes 1.36; apiextensions
// turns a custom resource's group around: "io.x-k8s.jobset.v1alpha2.JobSet").
#pragma once

#include <string>
#include <string_view>

#include "engine/api/kinds.hpp"
#include "engine/api/reflect.hpp"

namespace jobset_twin::apiserver::http {

std::string schemaName(const api::KindInfo& kind);
// Of a part. `field`: where it stands, for types of one table that have several names.
std::string schemaName(const api::TypeInfo& part, std::string_view field);
std::string metaName(std::string_view name);  // "io.k8s.apimachinery.pkg.apis.meta.v1.Status"

inline constexpr const char* kQuantityName = "io.k8s.apimachinery.pkg.api.resource.Quantity";
inline constexpr const char* kIntOrStringName = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

// "batch" and "v1" of "batch/v1".
std::string_view versionOf(std::string_view api_version);

}  // namespace jobset_twin::apiserver::http
