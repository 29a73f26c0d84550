// terminal.hpp - whether an output is a person's terminal, and whether it gets colours.
#pragma once

#include <string>
#include <string_view>

namespace jobset_twin::cli {

enum class Stream { kOut = 1, kErr = 2 };
enum class ColorMode { kAuto, kAlways, kNever };

bool isTerminal(Stream stream);  // TERM=dumb is none
// --color first, then NO_COLOR, then whether it is a terminal.
bool usesColor(Stream stream, ColorMode mode);

enum class Style { kPlain, kError, kWarning, kHint, kBold, kDim };
// The text in a style's escape sequences; as it is without `color`.
std::string styled(std::string_view text, Style style, bool color);

// A user's text as one line that cannot steer a terminal: control characters and bytes that are not UTF-8 become '?'.
std::string printable(std::string_view text);

}  // namespace jobset_twin::cli
