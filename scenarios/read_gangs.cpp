// spec.scheduler.gangs of a Scenario: which Pods of JobSets are scheduled together or not at all.
#include <array>

#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using cluster::GangOptions;
using cluster::GangScope;

void readScope(Reader& reader, const Place& place, GangOptions& out) {
  std::string text;
  if (!reader.choice(place, text, {"JobSet", "ReplicatedJob", "None"})) return;
  out.scope = text == "JobSet"          ? GangScope::kJobSet
              : text == "ReplicatedJob" ? GangScope::kReplicatedJob
                                        : GangScope::kNone;
}

void readKey(Reader& reader, const Place& place, std::string& out) {
  std::string key;
  if (!reader.text(place, key)) return;
  const std::vector<std::string> problems = api::qualifiedNameErrors(key);
  if (!problems.empty()) return reader.invalid(place, problems.front());
  out = key;
}

constexpr std::array<Field<GangOptions>, 3> kGangFields = {{
    {"scope", "string",
     "JobSet: all Pods of a JobSet get nodes at once, or none does; ReplicatedJob: those of each replicated job; None",
     readScope, true},
    {"topologyKey", "string", "a node label: all of a gang go into one of its domains",
     [](Reader& r, const Place& p, GangOptions& g) { readKey(r, p, g.topology_key); }},
    {"compact", "boolean", "a gang goes into the smallest rack, block or zone that holds it; else anywhere",
     [](Reader& r, const Place& p, GangOptions& g) { r.flag(p, g.compact); }},
}};

}  // namespace

void readGangs(Reader& reader, const Place& place, GangOptions& out) {
  reader.object<GangOptions>(place, kGangFields, out);
  if (out.compact && !out.topology_key.empty())
    reader.invalid(place, "compact looks at all levels of the topology, topologyKey at one: give one of them");
}

void addGangFields(FieldTexts& out) { addFields<GangOptions>(out, "Gangs", kGangFields); }

}  // namespace jobset_twin::scenarios
