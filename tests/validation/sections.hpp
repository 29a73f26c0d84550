// sections.hpp - the validation, one function and file per section of docs/validation.md. Each adds its rows.
#pragma once

#include "engine/api/time.hpp"
#include "tests/validation/tools/report.hpp"

namespace jobset_twin::validation {

constexpr double kMinute = 1.0 / 60;  // hours

inline double seconds(api::Duration duration) { return std::chrono::duration<double>(duration).count(); }

// Queues; parts of A.1 and A.2, of A.4 and of A.6, through the whole control plane.
void sectionA(Report& report);
void queuesInCluster(Report& report);
void repairsInCluster(Report& report);
void prioritiesInCluster(Report& report);
// Gangs, restarts; checkpoints are B.4.
void sectionB(Report& report);
void checkpoints(Report& report);
void checkpointStudies(Report& report);
// Interruptions of Llama 3's training.
void sectionC(Report& report);
// Failures on Meta's research clusters.
void sectionD(Report& report);
// Other clusters; E.1 is a trace.
void sectionE(Report& report);
void heliosQueues(Report& report);
// JobSet's published figures.
void sectionF(Report& report);
// Kubernetes' start-up times and scheduling rates; G12 is Kueue's own test of its scheduler.
void sectionG(Report& report);
void kueueAtScale(Report& report);

}  // namespace jobset_twin::validation
