// sections.hpp - the validation, one function and file per section of docs/validation.md. Each adds its rows.
#pragma once

#include "tests/validation/tools/report.hpp"

namespace jobset_twin::validation {

void sectionA(Report& report);  // queues
void sectionB(Report& report);  // gangs, restarts
void sectionF(Report& report);  // JobSet's published figures

}  // namespace jobset_twin::validation
