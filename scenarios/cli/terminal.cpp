#include "scenarios/cli/terminal.hpp"

#include <cstdlib>

#include <unistd.h>

#include "engine/api/utf8.hpp"

namespace jobset_twin::cli {
namespace {

bool isSet(const char* name) {
  const char* value = std::getenv(name);
  return value && *value != '\0';
}

}  // namespace

bool isTerminal(Stream stream) {
  const char* term = std::getenv("TERM");
  const bool dumb = !term || *term == '\0' || std::string_view(term) == "dumb";
  return !dumb && isatty(static_cast<int>(stream)) == 1;
}

bool usesColor(Stream stream, ColorMode mode) {
  if (mode != ColorMode::kAuto) return mode == ColorMode::kAlways;
  return !isSet("NO_COLOR") && isTerminal(stream);
}

std::string styled(std::string_view text, Style style, bool color) {
  const char* code = "";
  switch (style) {
    case Style::kPlain: break;
    case Style::kError: code = "\x1b[1;31m"; break;
    case Style::kWarning: code = "\x1b[1;33m"; break;
    case Style::kHint: code = "\x1b[36m"; break;
    case Style::kBold: code = "\x1b[1m"; break;
    case Style::kDim: code = "\x1b[2m"; break;
  }
  if (!color || *code == '\0') return std::string(text);
  return std::string(code).append(text).append("\x1b[0m");
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = api::utf8Length(text, at);
    const bool control = length == 1 && (static_cast<unsigned char>(text[at]) < 0x20 || text[at] == 0x7f);
    const bool c1 = length == 2 && api::utf8Decode(text, at) < 0xa0;
    if (length == 0 || control || c1) {
      out += text[at] == '\t' ? ' ' : '?';
    } else {
      out.append(text.substr(at, length));
    }
    at += length == 0 ? 1 : length;
  }
  return out;
}

}  // namespace jobset_twin::cli
