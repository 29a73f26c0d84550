// markup.hpp - text as XML and HTML take it.
#pragma once

#include <string>
#include <string_view>

namespace jobset_twin::viz {

// For content and for quoted attributes. What may not stand in XML (control characters, bad UTF-8) becomes '?'.
std::string escaped(std::string_view text);

}  // namespace jobset_twin::viz
