// utf8.hpp - whether bytes are UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jobset_twin::api {

// Bytes of the character at `at`: 1 to 4; 0 if no valid character starts there.
std::size_t utf8Length(std::string_view text, std::size_t at);
// The code point at `at`, which must be valid.
char32_t utf8Decode(std::string_view text, std::size_t at);
void utf8Append(std::string& out, char32_t code);
// Offset of the first byte that is not UTF-8; npos when all is well.
std::size_t utf8FirstInvalid(std::string_view text);

}  // namespace jobset_twin::api
