// sections.hpp - the validation, one function and file per section of docs/validation.md. Each adds its rows.
#pragma once

#include "tests/validation/tools/report.hpp"

namespace jobset_twin::validation {

void sectionA(Report& report);                                           // queues
void queuesInCluster(Report& report), repairsInCluster(Report& report);  // of A.1, A.2; of A.4
void sectionB(Report& report);                                           // gangs, restarts
void checkpoints(Report& report);                                        // B.4
void sectionF(Report& report);                                           // JobSet's published figures

}  // namespace jobset_twin::validation
