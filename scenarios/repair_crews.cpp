// spec.repairCrews of a Scenario, and the faults that name them.
#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "engine/api/names.hpp"
#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using faults::RepairCrew;

constexpr std::array<Field<RepairCrew>, 2> kCrewFields = {{
    {"name", "string", "what faults call it",
     [](Reader& r, const Place& p, RepairCrew& c) {
       if (r.text(p, c.name) && c.name.empty()) r.invalid(p, "must not be empty");
     },
     true},
    {"size", "integer", "how many repairers: so many failures are repaired at once",
     [](Reader& r, const Place& p, RepairCrew& c) {
       std::int64_t size = 0;
       if (r.integer(p, size, 1, std::numeric_limits<std::int32_t>::max())) c.size = static_cast<std::int32_t>(size);
     },
     true},
}};

void readCrew(Reader& reader, const Place& place, RepairCrew& out) {
  reader.object<RepairCrew>(place, kCrewFields, out);
}

}  // namespace

void readRepairCrews(Reader& reader, const Place& place, Scenario& out) {
  reader.list<RepairCrew>(place, out.repair_crews, readCrew);
  for (auto one = out.repair_crews.begin(); one != out.repair_crews.end(); ++one) {
    if (std::any_of(out.repair_crews.begin(), one, [&](const RepairCrew& other) { return other.name == one->name; }))
      reader.invalid(place, fmt::format("there are two crews {}", one->name));
  }
}

void resolveCrews(Scenario& scenario, api::Errors& errors) {
  std::vector<std::string> known;
  for (const RepairCrew& crew : scenario.repair_crews) known.push_back(crew.name);
  for (faults::Fault& fault : scenario.faults) {
    if (fault.crew.empty()) continue;
    const auto found = std::find(known.begin(), known.end(), fault.crew);
    if (found != known.end()) {
      fault.crew_size = scenario.repair_crews[static_cast<std::size_t>(found - known.begin())].size;
      continue;
    }
    api::Error error = fault.origin;
    error.code = "NotFound";
    error.text = fmt::format("there is no repair crew {}", fault.crew);
    const std::string near = api::nearestName(fault.crew, known);
    error.hint = near.empty() ? "spec.repairCrews of the Scenario says who there is: [{name: hall-1, size: 3}]"
                              : fmt::format("did you mean \"{}\"?", near);
    errors.push_back(std::move(error));
  }
}

void addCrewFields(FieldTexts& out) { addFields<RepairCrew>(out, "RepairCrew", kCrewFields); }

}  // namespace jobset_twin::scenarios
