// read_plan_parts.hpp - the parts of a CapacityPlan and their readers; for read_capacity_plan.cpp.
#pragma once

#include "scenarios/planning/capacity_plan.hpp"
#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios::planning {

void readNodeType(Reader& reader, const Place& place, NodeType& out);
void readQueue(Reader& reader, const Place& place, Queue& out);
void readWorkload(Reader& reader, const Place& place, Workload& out);
void readLevel(Reader& reader, const Place& place, Level& out);
void readSetting(Reader& reader, const Place& place, Setting& out);
// Reads the rows of a trace: a CSV file with named columns.
void readTrace(Reader& reader, const Place& place, Arrivals& out);

void addNodeTypeFields(FieldTexts& out);
void addQueueFields(FieldTexts& out);
void addWorkloadFields(FieldTexts& out);
void addTraceFields(FieldTexts& out);

}  // namespace jobset_twin::scenarios::planning
