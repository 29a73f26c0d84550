// meta.cpp - what the messages of all groups have in common.
// Numbers, names and types are those of k8s.io/api and k8s.io/apimachinery v0.36.2.
#include "sim/apiserver/http/protobuf/messages/messages.hpp"

namespace jobset_twin::apiserver::http::protobuf {

const std::string_view kMetaMessages = R"(api any as meta
Condition: 1 type string, 2 status string, 3 observedGeneration int64?, 4 lastTransitionTime Time, 5 reason string,
  6 message string
kind DeleteOptions: 1 gracePeriodSeconds int64, 2 preconditions Preconditions, 3 orphanDependents bool,
  4 propagationPolicy string, 5 dryRun [string], 6 ignoreStoreReadErrorWithClusterBreakingPotential bool
FieldSelectorRequirement: 1 key string, 2 operator string, 3 values [string]
LabelSelector: 1 matchLabels {string}, 2 matchExpressions [LabelSelectorRequirement]
LabelSelectorRequirement: 1 key string, 2 operator string, 3 values [string]
ManagedFieldsEntry: 1 manager string?, 2 operation string?, 3 apiVersion string?, 4 time Time, 6 fieldsType string?,
  7 fieldsV1 Raw, 8 subresource string?
ObjectMeta: 1 name string?, 2 generateName string?, 3 namespace string?, 4 selfLink string?, 5 uid string?,
  6 resourceVersion string?, 7 generation int64?, 8 creationTimestamp Time?, 9 deletionTimestamp Time,
  10 deletionGracePeriodSeconds int64, 11 labels {string}, 12 annotations {string}, 13 ownerReferences [OwnerReference],
  14 finalizers [string], 17 managedFields [ManagedFieldsEntry]
OwnerReference: 1 kind string, 3 name string, 4 uid string, 5 apiVersion string, 6 controller bool,
  7 blockOwnerDeletion bool
Preconditions: 1 uid string, 2 resourceVersion string
)";

}  // namespace jobset_twin::apiserver::http::protobuf
