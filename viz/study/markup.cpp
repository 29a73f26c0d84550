#include "viz/study/markup.hpp"

#include "viz/study/text_fit.hpp"

namespace jobset_twin::viz {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : cleanText(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace jobset_twin::viz
