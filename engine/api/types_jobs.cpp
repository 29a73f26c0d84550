// types_jobs.cpp - tables of batch/v1 Job (Kubernetes 1.36) and jobset.x-k8s.io/v1alpha2 JobSet with the rules of its
// CRD.
#include "engine/api/bind.hpp"

namespace jobset_twin::api::bind {
namespace {

void defineJob() {
  type<PodFailurePolicyOnExitCodes>(
      "PodFailurePolicyOnExitCodesRequirement",
      {
          field<&PodFailurePolicyOnExitCodes::containerName>("containerName").doc("The container meant; absent: any."),
          field<&PodFailurePolicyOnExitCodes::operator_>("operator").always().required().doc("In or NotIn."),
          field<&PodFailurePolicyOnExitCodes::values>("values").always().required().doc("Exit codes."),
      });
  type<PodFailurePolicyOnPodCondition>(
      "PodFailurePolicyOnPodConditionsPattern",
      {
          field<&PodFailurePolicyOnPodCondition::type>("type").always().required().doc("Condition of the Pod."),
          field<&PodFailurePolicyOnPodCondition::status>("status").doc("Its status; absent: True."),
      });
  type<PodFailurePolicyRule>("PodFailurePolicyRule",
                             {
                                 field<&PodFailurePolicyRule::action>("action").always().required().doc(
                                     "FailJob, FailIndex, Ignore or Count."),
                                 field<&PodFailurePolicyRule::onExitCodes>("onExitCodes").doc("Matches by exit code."),
                                 field<&PodFailurePolicyRule::onPodConditions>("onPodConditions")
                                     .doc("Matches by condition of the failed Pod."),
                             });
  type<PodFailurePolicy>(
      "PodFailurePolicy",
      {field<&PodFailurePolicy::rules>("rules").always().required().doc("The first that matches decides.")});
  type<SuccessPolicyRule>("SuccessPolicyRule",
                          {
                              field<&SuccessPolicyRule::succeededIndexes>("succeededIndexes")
                                  .doc("Indexes that must have succeeded, as \"1,3-5\"."),
                              field<&SuccessPolicyRule::succeededCount>("succeededCount").doc("How many of them must."),
                          });
  // Not the name of JobSet's own.
  define(Slot<JobSuccessPolicy>::info, "JobSuccessPolicy", "SuccessPolicy",
         {field<&JobSuccessPolicy::rules>("rules").always().required().doc("The first that holds completes the Job.")});
  type<JobSpec>(
      "JobSpec",
      {
          field<&JobSpec::parallelism>("parallelism").doc("Most Pods at once; 1 when absent."),
          field<&JobSpec::completions>("completions").doc("Successful Pods wanted; absent: any one ends the Job."),
          field<&JobSpec::activeDeadlineSeconds>("activeDeadlineSeconds")
              .doc("Seconds after startTime until the Job fails."),
          field<&JobSpec::podFailurePolicy>("podFailurePolicy").doc("What a failed Pod means."),
          field<&JobSpec::successPolicy>("successPolicy").doc("When an Indexed Job is done early."),
          field<&JobSpec::backoffLimit>("backoffLimit").doc("Failures until the Job fails; 6 when absent."),
          field<&JobSpec::backoffLimitPerIndex>("backoffLimitPerIndex").doc("Failures until an index fails."),
          field<&JobSpec::maxFailedIndexes>("maxFailedIndexes").doc("Failed indexes until the Job fails."),
          field<&JobSpec::selector>("selector").doc("Made by the server unless manualSelector."),
          field<&JobSpec::manualSelector>("manualSelector").doc("The selector is the user's."),
          field<&JobSpec::template_>("template").required().doc("The Pods."),
          field<&JobSpec::ttlSecondsAfterFinished>("ttlSecondsAfterFinished")
              .doc("Seconds after the end until the Job is deleted."),
          field<&JobSpec::completionMode>("completionMode").doc("NonIndexed or Indexed."),
          field<&JobSpec::suspend>("suspend").doc("No Pods while true."),
          field<&JobSpec::podReplacementPolicy>("podReplacementPolicy")
              .doc("When a failed Pod is replaced: TerminatingOrFailed or Failed."),
          field<&JobSpec::managedBy>("managedBy")
              .immutable()
              .doc("The controller in charge, when not the built-in one."),
      });
  type<UncountedTerminatedPods>("UncountedTerminatedPods", {
                                                               field<&UncountedTerminatedPods::succeeded>("succeeded"),
                                                               field<&UncountedTerminatedPods::failed>("failed"),
                                                           });
  type<JobStatus>("JobStatus",
                  {
                      field<&JobStatus::conditions>("conditions").patchKey("type").as(named("JobCondition")),
                      field<&JobStatus::startTime>("startTime"),
                      field<&JobStatus::completionTime>("completionTime"),
                      field<&JobStatus::active>("active"),
                      field<&JobStatus::succeeded>("succeeded"),
                      field<&JobStatus::failed>("failed"),
                      field<&JobStatus::terminating>("terminating"),
                      field<&JobStatus::completedIndexes>("completedIndexes"),
                      field<&JobStatus::failedIndexes>("failedIndexes"),
                      field<&JobStatus::uncountedTerminatedPods>("uncountedTerminatedPods"),
                      field<&JobStatus::ready>("ready"),
                  });
  type<Job>("Job", {field<&Job::spec>("spec"), field<&Job::status>("status")});
  type<JobTemplateSpec>("JobTemplateSpec", {
                                               field<&JobTemplateSpec::metadata>("metadata"),
                                               field<&JobTemplateSpec::spec>("spec"),
                                           });
}

void defineJobSetSpec() {
  type<DependsOn>("DependsOn",
                  {
                      field<&DependsOn::name>("name").always().required().doc("An earlier replicated job."),
                      field<&DependsOn::status>("status")
                          .always()
                          .required()
                          .oneOf({"Ready", "Complete"})
                          .doc("What it must have reached."),
                  });
  type<ReplicatedJob>("ReplicatedJob",
                      {
                          field<&ReplicatedJob::name>("name").always().required().doc(
                              "Name, unique in the JobSet; part of the Jobs' names."),
                          field<&ReplicatedJob::groupName>("groupName")
                              .defaults("\"default\"")
                              .doc("Group whose Jobs are counted together."),
                          field<&ReplicatedJob::template_>("template").required().doc("The Jobs."),
                          field<&ReplicatedJob::replicas>("replicas").defaults("1").atLeast(0).doc("How many Jobs."),
                          field<&ReplicatedJob::dependsOn>("dependsOn")
                              .listMap({"name"})
                              .maxItems(5)
                              .immutable()
                              .doc("Replicated jobs that must come first."),
                      });
  type<Network>("Network",
                {
                    field<&Network::enableDNSHostnames>("enableDNSHostnames")
                        .doc("Whether Pods get host names below a headless Service."),
                    field<&Network::subdomain>("subdomain").doc("Name of that Service; the JobSet's when absent."),
                    field<&Network::publishNotReadyAddresses>("publishNotReadyAddresses")
                        .doc("Whether names resolve before Pods are ready."),
                });
  type<SuccessPolicy>(
      "SuccessPolicy",
      {
          field<&SuccessPolicy::operator_>("operator")
              .always()
              .required()
              .oneOf({"All", "Any"})
              .doc("All or any of the Jobs must succeed."),
          field<&SuccessPolicy::targetReplicatedJobs>("targetReplicatedJobs").doc("Whose Jobs; empty: all."),
      });
  type<FailurePolicyRule>(
      "FailurePolicyRule",
      {
          field<&FailurePolicyRule::name>("name").always().required().doc(
              "Name, unique in the policy; the webhook fills in a missing one."),
          field<&FailurePolicyRule::action>("action")
              .always()
              .required()
              .oneOf({"FailJobSet", "RestartJobSet", "RestartJobSetAndIgnoreMaxRestarts", "RestartJob",
                      "RestartJobAndIgnoreMaxRestarts"})
              .doc("What happens when the rule matches."),
          field<&FailurePolicyRule::onJobFailureReasons>("onJobFailureReasons").doc("Reasons that match; empty: any."),
          field<&FailurePolicyRule::onJobFailureMessagePatterns>("onJobFailureMessagePatterns")
              .doc("Patterns (RE2) of messages that match; empty: any."),
          field<&FailurePolicyRule::targetReplicatedJobs>("targetReplicatedJobs").doc("Whose Jobs; empty: all."),
      });
  type<FailurePolicy>("FailurePolicy",
                      {
                          field<&FailurePolicy::maxRestarts>("maxRestarts").doc("Restarts until the JobSet fails."),
                          field<&FailurePolicy::restartStrategy>("restartStrategy")
                              .defaults("\"Recreate\"")
                              .oneOf({"Recreate", "BlockingRecreate", "InPlaceRestart"})
                              .doc("How a restart is done."),
                          field<&FailurePolicy::rules>("rules").doc("The first that matches decides."),
                      });
  type<StartupPolicy>("StartupPolicy", {
                                           field<&StartupPolicy::startupPolicyOrder>("startupPolicyOrder")
                                               .always()
                                               .required()
                                               .oneOf({"AnyOrder", "InOrder"})
                                               .doc("Order of the start."),
                                       });
  type<Coordinator>("Coordinator", {
                                       field<&Coordinator::replicatedJob>("replicatedJob")
                                           .always()
                                           .required()
                                           .doc("Replicated job of the coordinator Pod."),
                                       field<&Coordinator::jobIndex>("jobIndex").doc("Index of its Job."),
                                       field<&Coordinator::podIndex>("podIndex").doc("Its completion index."),
                                   });
  type<VolumeRetentionPolicy>("VolumeRetentionPolicy",
                              {
                                  field<&VolumeRetentionPolicy::whenDeleted>("whenDeleted")
                                      .defaults("\"Delete\"")
                                      .oneOf({"Delete", "Retain"})
                                      .doc("What happens to the claims when the JobSet is deleted."),
                              });
  type<VolumeClaimPolicy>("VolumeClaimPolicy",
                          {
                              field<&VolumeClaimPolicy::templates>("templates").maxItems(50).doc("The claims."),
                              field<&VolumeClaimPolicy::retentionPolicy>("retentionPolicy").doc("How long they stay."),
                          });
  type<JobSetSpec>(
      "JobSetSpec",
      {
          field<&JobSetSpec::replicatedJobs>("replicatedJobs").listMap({"name"}).doc("The groups of Jobs."),
          field<&JobSetSpec::network>("network").immutable().doc("Host names of the Pods."),
          field<&JobSetSpec::successPolicy>("successPolicy").immutable().doc("When the JobSet is done."),
          field<&JobSetSpec::failurePolicy>("failurePolicy").immutable().doc("What a failed Job means."),
          field<&JobSetSpec::startupPolicy>("startupPolicy").immutable().doc("Order of the start (prefer dependsOn)."),
          field<&JobSetSpec::suspend>("suspend").doc("No Pods while true."),
          field<&JobSetSpec::coordinator>("coordinator").doc("The Pod whose address all others get."),
          field<&JobSetSpec::managedBy>("managedBy")
              .immutable()
              .doc("The controller in charge, when not JobSet's own."),
          field<&JobSetSpec::ttlSecondsAfterFinished>("ttlSecondsAfterFinished")
              .atLeast(0)
              .doc("Seconds after the end until the JobSet is deleted."),
          field<&JobSetSpec::volumeClaimPolicies>("volumeClaimPolicies")
              .maxItems(50)
              .immutable()
              .doc("Claims that all Pods of the JobSet share."),
      });
}

void defineJobSetStatus() {
  type<ReplicatedJobStatus>(
      "ReplicatedJobStatus",
      {
          field<&ReplicatedJobStatus::name>("name").always().required(),
          field<&ReplicatedJobStatus::ready>("ready").always().required().doc(
              "Jobs all of whose Pods are ready or done."),
          field<&ReplicatedJobStatus::succeeded>("succeeded").always().required().doc("Completed Jobs."),
          field<&ReplicatedJobStatus::failed>("failed").always().required().doc("Failed Jobs."),
          field<&ReplicatedJobStatus::active>("active").always().required().doc("Jobs with Pods that run or wait."),
          field<&ReplicatedJobStatus::suspended>("suspended").always().required().doc("Suspended Jobs."),
          field<&ReplicatedJobStatus::jobRestarts>("jobRestarts").maxItems(1024).doc("Restarts of each Job."),
          field<&ReplicatedJobStatus::jobRestartsCountTowardsMax>("jobRestartsCountTowardsMax").maxItems(1024),
      });
  type<JobSetStatus>(
      "JobSetStatus",
      {
          field<&JobSetStatus::conditions>("conditions").listMap({"type"}).doc("What has become of the JobSet."),
          field<&JobSetStatus::restarts>("restarts").always().doc("Restarts of the whole JobSet."),
          field<&JobSetStatus::restartsCountTowardsMax>("restartsCountTowardsMax")
              .doc("Those that maxRestarts limits."),
          field<&JobSetStatus::terminalState>("terminalState").doc("Completed, Failed or empty."),
          field<&JobSetStatus::replicatedJobsStatus>("replicatedJobsStatus")
              .listMap({"name"})
              .doc("Counts by replicated job."),
          field<&JobSetStatus::previousInPlaceRestartAttempt>("previousInPlaceRestartAttempt").atLeast(0),
          field<&JobSetStatus::currentInPlaceRestartAttempt>("currentInPlaceRestartAttempt").atLeast(0),
      });
  type<JobSet>("JobSet", {field<&JobSet::spec>("spec"), field<&JobSet::status>("status")});
}

}  // namespace

void defineJobs() {
  defineJob();
  defineJobSetSpec();
  defineJobSetStatus();
}

}  // namespace jobset_twin::api::bind
