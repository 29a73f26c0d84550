// pod_spec.hpp - what Pods and pod templates share: the scheme's defaults, validation, quality of service.
//
// Source: kubernetes v1.36 pkg/apis/core/v1/defaults.go, pkg/apis/core/validation/validation.go (the parts that
// manifests of JobSets meet; what is not checked is listed in pod_spec_validation.cpp), pkg/apis/core/v1/helper/qos.
#pragma once

#include <string>
#include <string_view>

#include "engine/api/pod.hpp"
#include "engine/api/result.hpp"

namespace jobset_twin::apiserver {

void defaultPodSpec(api::PodSpec& spec);
// Of a Pod only, not of a template: missing requests are the limits.
void defaultRequestsFromLimits(api::PodSpec& spec);

// What a release of Kubernetes 1.<minor> does not keep of a new object, because its feature is off there: before 1.35
// containers' own restart policies (but those of sidecars) and their rules, and hostnameOverride.
void dropDisabledFields(api::PodSpec& spec, int minor);

enum class SpecOf : std::uint8_t { kPod, kTemplate };
// `field` is the path of the spec ("spec", "spec.template.spec").
void validatePodSpec(const api::PodSpec& spec, std::string_view field, SpecOf of, int minor, api::Errors& errors);

std::string_view qosClassOf(const api::PodSpec& spec);  // Guaranteed | Burstable | BestEffort

}  // namespace jobset_twin::apiserver
