// text_fit.hpp - how wide a text is, and its lines if it must not be wider. Widths for pictures are estimates on the
// safe side: a picture does not know the fonts of whoever looks at it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace jobset_twin::viz {

// As one line of valid UTF-8: tabs and line feeds become blanks, other control characters and bad bytes '?'.
std::string cleanLine(std::string_view text);
// The same, but with its tabs and line feeds.
std::string cleanText(std::string_view text);

// In units of the font's size. Of all faces that a browser takes for sans-serif, few are as wide as DejaVu Sans, whose
// widths these are.
double emWidth(std::string_view text);
// In cells of a terminal: East Asian characters take two.
double cellWidth(std::string_view text);

using Measure = std::function<double(std::string_view)>;
// Lines no wider than `limit`, broken after blanks and the separators of names, or where it must be. At least one line,
// at least one character a line.
std::vector<std::string> wrapped(std::string_view text, double limit, const Measure& measure);
// One line no wider than `limit`: where something was left out, it ends with `ellipsis`.
std::string shortened(const std::string& text, double limit, const Measure& measure, std::string_view ellipsis);

}  // namespace jobset_twin::viz
