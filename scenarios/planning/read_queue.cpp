// spec.queues of a CapacityPlan.
#include <array>

#include "scenarios/planning/read_plan_parts.hpp"

namespace jobset_twin::scenarios::planning {
namespace {

constexpr std::array<Field<Queue>, 2> kPreemptionFields = {{
    {"withinClusterQueue", "string", "Never, LowerPriority or LowerOrNewerEqualPriority",
     [](Reader& r, const Place& p, Queue& q) {
       r.choice(p, q.within_queue, {"Never", "LowerPriority", "LowerOrNewerEqualPriority"});
     }},
    {"reclaimWithinCohort", "string", "Never, LowerPriority or Any",
     [](Reader& r, const Place& p, Queue& q) {
       r.choice(p, q.within_cohort, {"Never", "LowerPriority", "Any"});
     }},
}};

constexpr std::array<Field<Queue>, 6> kQueueFields = {{
    {"name", "string", "the ClusterQueue; workloads name it",
     [](Reader& r, const Place& p, Queue& q) { r.text(p, q.name); }, true},
    {"nominalQuota", "map[string]quantity", "what its JobSets may use together, of each resource that they ask for",
     [](Reader& r, const Place& p, Queue& q) { r.quantities(p, q.nominal); }, true},
    {"cohortName", "string", "queues of a cohort lend each other what they do not use",
     [](Reader& r, const Place& p, Queue& q) { r.text(p, q.cohort); }},
    {"borrowingLimit", "map[string]quantity", "no more than that from others of the cohort",
     [](Reader& r, const Place& p, Queue& q) { r.quantities(p, q.borrowing); }},
    {"queueingStrategy", "string", "BestEffortFIFO or StrictFIFO (BestEffortFIFO)",
     [](Reader& r, const Place& p, Queue& q) {
       r.choice(p, q.strategy, {"BestEffortFIFO", "StrictFIFO"});
     }},
    {"preemption", "Preemption", "which JobSets make way for others",
     [](Reader& r, const Place& p, Queue& q) { r.object<Queue>(p, kPreemptionFields, q); }},
}};

}  // namespace

void readQueue(Reader& reader, const Place& place, Queue& out) {
  out.origin = reader.origin(place);
  reader.object<Queue>(place, kQueueFields, out);
  if (const api::TreeEntry* limit = place.node.isMap() ? place.node.findEntry("borrowingLimit") : nullptr) {
    if (out.cohort.empty())
      reader.error(place.at(*limit), api::forbiddenField(place.path + ".borrowingLimit",
                                                         "may not be given without a cohortName: there is nobody to "
                                                         "borrow from"));
    for (const auto& [resource, amount] : out.borrowing) {
      if (!out.nominal.contains(resource))
        reader.error(place.at(*limit), api::forbiddenField(place.path + ".borrowingLimit." + std::string(resource),
                                                           "is for a resource without a nominalQuota"));
    }
  }
}

void addQueueFields(FieldTexts& out) {
  addFields<Queue>(out, "Queue", kQueueFields);
  addFields<Queue>(out, "Preemption", kPreemptionFields);
}

}  // namespace jobset_twin::scenarios::planning
