// read_parts.hpp - the parts of a Scenario and their readers; for read_scenario.cpp, load.cpp and the documentation's
// tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/fields.hpp"
#include "scenarios/scenario.hpp"

namespace jobset_twin::scenarios {

void readCluster(Reader& reader, const Place& place, Scenario& out);                    // spec.cluster
void readNodePool(Reader& reader, const Place& place, NodePool& out);                   // ... nodePools[]
void readTiming(Reader& reader, const Place& place, cluster::Timing& out);              // spec.timing
void readScheduler(Reader& reader, const Place& place, cluster::SchedulerConfig& out);  // spec.scheduler
void readGangs(Reader& reader, const Place& place, cluster::GangOptions& out);          // spec.scheduler.gangs
void readKueue(Reader& reader, const Place& place, cluster::KueueConfig& out);          // spec.kueue
void readBehavior(Reader& reader, const Place& place, workload::Behavior& out);
void readBytes(Reader& reader, const Place& place, std::int64_t& out);                        // a quantity above 0
void readModel(Reader& reader, const Place& place, std::optional<workload::ModelSpec>& out);  // ... its model
// "100s", one of constant, uniform, exponential, lognormal, weibull, gamma, empirical, or short "exponential(1h)".
bool readDistribution(Reader& reader, const Place& place, workload::TimeDistribution& out);
void readEmpirical(Reader& reader, const Place& place, workload::TimeDistribution& out);  // ... its `empirical`
void readManifest(Reader& reader, const Place& place, Action& out);                       // spec.manifests[]
void readAction(Reader& reader, const Place& place, Action& out);                         // spec.actions[]
void readExpectation(Reader& reader, const Place& place, Expectation& out);
void readFault(Reader& reader, const Place& place, faults::Fault& out);          // spec.faults[], --fault
void readFaultDocument(Reader& reader, const Place& place, faults::Fault& out);  // kind: Fault
// Names for those that have none, from their classes; errors for names that stand twice.
void nameFaults(std::vector<faults::Fault>& faults, api::Errors& errors);
void readRepairCrews(Reader& reader, const Place& place, Scenario& out);  // spec.repairCrews
// How many repairers the crew of each fault has; errors for crews that there are not.
void resolveCrews(Scenario& scenario, api::Errors& errors);

// "Kind/namespace/name" or "Kind/name" to the key of an object; a namespaced kind without a namespace gets the default
// one. Empty: not of that form.
std::optional<api::ObjectKey> parseTarget(std::string_view text, const std::string& default_namespace);
// "JobSet/default/x", as api::keyText of its key.
std::string nameOf(const api::Object& object);

// One object of a manifest, with its namespace filled in; or the errors.
api::Result<api::ObjectPtr> readManifestObject(const api::Tree& tree, api::Validation validation,
                                               const std::string& default_namespace, api::Errors& warnings);

// Names, types and documentation of all fields, by type ("Scenario", "NodePool", …), for schemas and documentation.
struct FieldText {
  std::string type_name, name, type, doc;
  bool required = false;
};
using FieldTexts = std::vector<FieldText>;
void addClusterFields(FieldTexts& out);
void addSchedulerFields(FieldTexts& out);
void addGangFields(FieldTexts& out);
void addKueueFields(FieldTexts& out);
void addBehaviorFields(FieldTexts& out);
void addModelFields(FieldTexts& out);
void addActionFields(FieldTexts& out);
void addExpectationFields(FieldTexts& out);
void addDistributionFields(FieldTexts& out);
void addEmpiricalFields(FieldTexts& out);
void addFaultFields(FieldTexts& out);
void addCrewFields(FieldTexts& out);

template <class T>
void addFields(FieldTexts& out, std::string_view type_name, std::span<const Field<T>> fields) {
  for (const Field<T>& field : fields) {
    out.push_back({std::string(type_name), std::string(field.name), std::string(field.type), std::string(field.doc),
                   field.required});
  }
}

}  // namespace jobset_twin::scenarios
