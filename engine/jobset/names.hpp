// names.hpp - how JobSet names its children, and the keys of its labels, annotations, taints (JS-N1 to JS-N5).
//
// Only spelling: which labels a child gets is in construct_jobs.hpp. Source: jobset v0.12.0 api/jobset/v1alpha2,
// pkg/constants, pkg/util/placement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/api/object.hpp"

namespace jobset_twin::jobset {

inline constexpr std::string_view kApiVersion = "jobset.x-k8s.io/v1alpha2";
inline constexpr std::string_view kKind = "JobSet";
inline constexpr std::string_view kControllerName = "jobset.sigs.k8s.io/jobset-controller";  // spec.managedBy

inline constexpr std::string_view kJobSetNameKey = "jobset.sigs.k8s.io/jobset-name";
inline constexpr std::string_view kJobSetUidKey = "jobset.sigs.k8s.io/jobset-uid";
inline constexpr std::string_view kReplicatedJobNameKey = "jobset.sigs.k8s.io/replicatedjob-name";
inline constexpr std::string_view kReplicatedJobReplicasKey = "jobset.sigs.k8s.io/replicatedjob-replicas";
inline constexpr std::string_view kRestartAttemptKey = "jobset.sigs.k8s.io/restart-attempt";
inline constexpr std::string_view kJobRestartAttemptKey = "jobset.sigs.k8s.io/job-restart-attempt";
inline constexpr std::string_view kGlobalReplicasKey = "jobset.sigs.k8s.io/global-replicas";
inline constexpr std::string_view kJobIndexKey = "jobset.sigs.k8s.io/job-index";
inline constexpr std::string_view kJobKeyKey = "jobset.sigs.k8s.io/job-key";
inline constexpr std::string_view kJobGlobalIndexKey = "jobset.sigs.k8s.io/job-global-index";
inline constexpr std::string_view kGroupNameKey = "jobset.sigs.k8s.io/group-name";
inline constexpr std::string_view kGroupReplicasKey = "jobset.sigs.k8s.io/group-replicas";
inline constexpr std::string_view kJobGroupIndexKey = "jobset.sigs.k8s.io/job-group-index";
inline constexpr std::string_view kCoordinatorKey = "jobset.sigs.k8s.io/coordinator";
inline constexpr std::string_view kPriorityKey = "jobset.sigs.k8s.io/priority";
inline constexpr std::string_view kInPlaceRestartAttemptKey = "jobset.sigs.k8s.io/in-place-restart-attempt";
inline constexpr std::string_view kDisableInPlaceRestartKey = "jobset.sigs.k8s.io/disable-in-place-restart";
inline constexpr std::string_view kExclusiveKey = "alpha.jobset.sigs.k8s.io/exclusive-topology";
inline constexpr std::string_view kNodeSelectorStrategyKey = "alpha.jobset.sigs.k8s.io/node-selector";
inline constexpr std::string_view kNamespacedJobKey = "alpha.jobset.sigs.k8s.io/namespaced-job";
inline constexpr std::string_view kNoScheduleTaintKey = "alpha.jobset.sigs.k8s.io/no-schedule";
inline constexpr std::string_view kCompletionIndexKey = "batch.kubernetes.io/job-completion-index";

inline constexpr std::string_view kInPlaceRestartStrategy = "InPlaceRestart";
inline constexpr std::string_view kBlockingRecreateStrategy = "BlockingRecreate";

std::string jobName(std::string_view jobset, std::string_view replicated_job, std::int64_t index);
std::string podName(std::string_view jobset, std::string_view replicated_job, std::string_view job_index,
                    std::string_view pod_index);
std::string podHostname(std::string_view job_name, std::int64_t completion_index);
// hostname.subdomain.namespace.svc.cluster_domain
std::string podFqdn(std::string_view hostname, std::string_view subdomain, std::string_view namespace_,
                    std::string_view cluster_domain);
std::string jobKey(std::string_view namespace_, std::string_view job_name);             // SHA-1 of <namespace>/<job>
std::string namespacedJobName(std::string_view namespace_, std::string_view job_name);  // <namespace>_<job>
std::string claimName(std::string_view jobset, std::string_view claim_template);        // <template>-<jobset>

// The Service's name: spec.network.subdomain, else the JobSet's name.
std::string_view subdomainOf(const api::JobSetSpec& spec, std::string_view jobset_name);
// An absent network counts as its default, enabled (spec/jobset.md section 15).
bool dnsHostnamesEnabled(const api::JobSetSpec& spec);
// <jobset>-<replicatedJob>-<jobIndex>-<podIndex>.<subdomain>; requires a coordinator.
std::string coordinatorEndpoint(const api::JobSetSpec& spec, std::string_view jobset_name);

// A Pod's name without the random suffix, the key under which followers find their leader; nullopt: fewer than five
// parts.
std::optional<std::string_view> podNameWithoutSuffix(std::string_view pod_name);

// What the controller's Job index is keyed by: the UID of the controller owner if that is a JobSet of v1alpha2, else ""
// (JS-R3).
std::string_view ownerJobSetUid(const api::ObjectMeta& meta);

bool isLeaderPod(const api::ObjectMeta& pod);  // completion index 0
bool usesExclusivePlacement(const api::ObjectMeta& object);

// Go's strconv.Atoi: the number, or its error text in `error`.
std::optional<std::int64_t> parseInteger(std::string_view text, std::string& error);

}  // namespace jobset_twin::jobset
