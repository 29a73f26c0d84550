// types_meta.cpp - tables of metadata, conditions, selectors (apimachinery meta/v1).
#include "engine/api/bind.hpp"

namespace jobset_twin::api::bind {

void defineMeta() {
  type<OwnerReference>(
      "OwnerReference",
      {
          field<&OwnerReference::apiVersion>("apiVersion").always().doc("API version of the owner."),
          field<&OwnerReference::kind>("kind").always().doc("Kind of the owner."),
          field<&OwnerReference::name>("name").always().doc("Name of the owner."),
          field<&OwnerReference::uid>("uid").always().doc(
              "UID of the owner; another object of the same name does not count."),
          field<&OwnerReference::controller>("controller").doc("Whether this owner is the managing controller."),
          field<&OwnerReference::blockOwnerDeletion>("blockOwnerDeletion")
              .doc("Whether foreground deletion of the owner waits for this object."),
      });
  type<ObjectMeta>(
      "ObjectMeta",
      {
          field<&ObjectMeta::name>("name").immutable().doc("Name, unique within kind and namespace."),
          field<&ObjectMeta::generateName>("generateName")
              .doc("Prefix of a name that the server makes when name is absent."),
          field<&ObjectMeta::namespace_>("namespace").immutable().doc("Namespace; absent for cluster-scoped kinds."),
          field<&ObjectMeta::selfLink>("selfLink").unwritten().doc("No longer used."),
          field<&ObjectMeta::uid>("uid").immutable().doc("Identity in time and space; set by the server."),
          field<&ObjectMeta::resourceVersion>("resourceVersion")
              .decimalString()
              .doc("Version of the stored object; compared on writes."),
          field<&ObjectMeta::generation>("generation").doc("Counts the changes of the desired state."),
          field<&ObjectMeta::creationTimestamp>("creationTimestamp").doc("When the server stored the object first."),
          field<&ObjectMeta::deletionTimestamp>("deletionTimestamp")
              .doc("When the object is to be gone, once its deletion was asked for."),
          field<&ObjectMeta::deletionGracePeriodSeconds>("deletionGracePeriodSeconds")
              .doc("Seconds for a graceful end."),
          field<&ObjectMeta::labels>("labels").doc("Keys and values to select objects by."),
          field<&ObjectMeta::annotations>("annotations").doc("Keys and values without meaning to selectors."),
          field<&ObjectMeta::ownerReferences>("ownerReferences").key("uid").doc("Objects whose end is this one's end."),
          field<&ObjectMeta::finalizers>("finalizers")
              .mergeItems()
              .doc("Names that must be removed before the object goes."),
          field<&ObjectMeta::managedFields>("managedFields")
              .unwritten()
              .shaped("[]ManagedFieldsEntry")
              .doc("Who owns which fields."),
      });
  define(named("EmbeddedObjectMeta"), "EmbeddedObjectMeta", "ObjectMeta",
         {
             field<&ObjectMeta::name>("name"),
             field<&ObjectMeta::namespace_>("namespace"),
             field<&ObjectMeta::labels>("labels"),
             field<&ObjectMeta::annotations>("annotations"),
             field<&ObjectMeta::finalizers>("finalizers").mergeItems(),
         });

  type<LabelSelectorRequirement>("LabelSelectorRequirement",
                                 {
                                     field<&LabelSelectorRequirement::key>("key").always().required(),
                                     field<&LabelSelectorRequirement::operator_>("operator").always().required(),
                                     field<&LabelSelectorRequirement::values>("values"),
                                 });
  type<LabelSelector>(
      "LabelSelector",
      {
          field<&LabelSelector::matchLabels>("matchLabels").doc("Labels that must be there with these values."),
          field<&LabelSelector::matchExpressions>("matchExpressions").doc("Requirements; all must hold."),
      });

  // One C++ struct, four kinds of condition: each writes its own fields, in the way of its Go type.
  type<Condition>("Condition",
                  {
                      field<&Condition::type>("type").always().required(),
                      field<&Condition::status>("status").always().required().oneOf({"True", "False", "Unknown"}),
                      field<&Condition::observedGeneration>("observedGeneration").atLeast(0),
                      field<&Condition::lastTransitionTime>("lastTransitionTime").always().required(),
                      field<&Condition::reason>("reason").always().required(),
                      field<&Condition::message>("message").always().required(),
                  });
  define(named("JobCondition"), "JobCondition", "JobCondition",
         {
             field<&Condition::type>("type").always(),
             field<&Condition::status>("status").always(),
             field<&Condition::lastProbeTime>("lastProbeTime").always(),
             field<&Condition::lastTransitionTime>("lastTransitionTime").always(),
             field<&Condition::reason>("reason"),
             field<&Condition::message>("message"),
         });
  define(named("PodCondition"), "PodCondition", "PodCondition",
         {
             field<&Condition::type>("type").always(),
             field<&Condition::observedGeneration>("observedGeneration"),
             field<&Condition::status>("status").always(),
             field<&Condition::lastProbeTime>("lastProbeTime").always(),
             field<&Condition::lastTransitionTime>("lastTransitionTime").always(),
             field<&Condition::reason>("reason"),
             field<&Condition::message>("message"),
         });
  define(named("NodeCondition"), "NodeCondition", "NodeCondition",
         {
             field<&Condition::type>("type").always(),
             field<&Condition::status>("status").always(),
             field<&Condition::lastHeartbeatTime>("lastHeartbeatTime").always(),
             field<&Condition::lastTransitionTime>("lastTransitionTime").always(),
             field<&Condition::reason>("reason"),
             field<&Condition::message>("message"),
         });
  define(named("PersistentVolumeClaimCondition"), "PersistentVolumeClaimCondition", "PersistentVolumeClaimCondition",
         {
             field<&Condition::type>("type").always().required(),
             field<&Condition::status>("status").always().required(),
             field<&Condition::lastProbeTime>("lastProbeTime").always(),
             field<&Condition::lastTransitionTime>("lastTransitionTime").always(),
             field<&Condition::reason>("reason"),
             field<&Condition::message>("message"),
         });
}

}  // namespace jobset_twin::api::bind
