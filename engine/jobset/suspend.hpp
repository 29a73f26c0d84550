// suspend.hpp - suspending a JobSet's Jobs, and resuming them with what has changed in their template (JS-R14, JS-O4 to
// JS-O6). Source: jobset v0.12.0 pkg/controllers/jobset_controller.go (suspendJobs, resumeJobsIfNecessary).
#pragma once

#include "engine/jobset/child_jobs.hpp"
#include "engine/jobset/conditions.hpp"
#include "engine/jobset/elastic.hpp"

namespace jobset_twin::jobset {

void planSuspend(const ChildJobs& children, const Scaling& scaling, StatusDraft& draft, Plan& plan);
void planResume(const ReplicatedJobIndex& index, const StatusView& statuses, const ChildJobs& children,
                const Scaling& scaling, StatusDraft& draft, Plan& plan);

// The Job's spec as resumed: template parts merged over its own (the template's values win), lists united, suspend
// false.
api::JobSpec resumedSpec(const api::JobSpec& job, const api::PodTemplateSpec& pod_template);

}  // namespace jobset_twin::jobset
