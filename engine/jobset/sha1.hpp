// sha1.hpp - SHA-1, for the job-key label only (JS-N2). Not for security. Source: FIPS 180-4.
#pragma once

#include <string>
#include <string_view>

namespace jobset_twin::jobset {

std::string sha1Hex(std::string_view text);  // 40 lower-case hexadecimal digits

}  // namespace jobset_twin::jobset
