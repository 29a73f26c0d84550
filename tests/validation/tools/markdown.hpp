// markdown.hpp - the table of docs/validation.md: rows of a run take the place of those with the same id and tier, the
// others stay, so that the slow tier can be run in parts.
#pragma once

#include <string>
#include <vector>

#include "tests/validation/tools/report.hpp"

namespace jobset_twin::validation {

// The page with these rows in it; the table is all that follows its line "<!-- results -->".
std::string withRows(const std::string& page, const std::vector<Row>& rows, Tier tier);

// What the table lacks of these rows, by their ids, and what it has of these entries that is no row any more.
std::vector<std::string> pageDiffers(const std::string& page, const std::vector<Row>& rows, const Report& report,
                                     Tier tier);

}  // namespace jobset_twin::validation
