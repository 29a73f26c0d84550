// read_factors.hpp - the factors of a Study and of a CapacityPlan: read, and their fields found in the documents.
#pragma once

#include <vector>

#include "scenarios/fields.hpp"
#include "scenarios/read_parts.hpp"
#include "scenarios/study/study.hpp"

namespace jobset_twin::scenarios::study {

void readFactor(Reader& reader, const Place& place, Factor& out);
// Finds the field of a factor that has only a name, and turns its values into changes. Errors have no place where they
// are about the factor as a whole.
api::Errors resolveFactor(Factor& factor, const std::vector<api::Tree>& documents);
void addFactorFields(FieldTexts& out);

}  // namespace jobset_twin::scenarios::study
