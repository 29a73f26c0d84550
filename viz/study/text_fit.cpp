#include "viz/study/text_fit.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/api/utf8.hpp"

namespace jobset_twin::viz {
namespace {

constexpr char32_t kFirstPrintable = 0x20, kDelete = 0x7F, kLastControl = 0x9F, kFirstNonCharacter = 0xFFFE;

bool isControl(char32_t code) {
  return code < kFirstPrintable || (code >= kDelete && code <= kLastControl) || (code & 0xFFFFU) >= kFirstNonCharacter;
}

std::string cleaned(std::string_view text, bool one_line) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = api::utf8Length(text, at);
    if (text[at] == '\n' || text[at] == '\t') {
      out += one_line ? ' ' : text[at];
    } else if (length == 0 || isControl(api::utf8Decode(text, at))) {
      out += '?';
    } else {
      out += text.substr(at, length);
    }
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

double asciiWidth(char32_t code) {
  constexpr std::string_view kNarrow = "'ijlI,. /:;\\|fJ", kSlim = "-()[]t!r\"*_`", kWide = "w#+<=>^~&M",
                             kWidest = "%mW@";
  const char c = static_cast<char>(code);
  if (kNarrow.find(c) != std::string_view::npos) return 0.34;
  if (kSlim.find(c) != std::string_view::npos) return 0.43;
  if (kWide.find(c) != std::string_view::npos) return 0.84;
  if (kWidest.find(c) != std::string_view::npos) return 1;
  return c >= 'A' && c <= 'Z' ? 0.71 : 0.62;
}

double characterWidth(char32_t code) {
  constexpr char32_t kCombining = 0x300, kGreek = 0x370, kHangul = 0x1100;
  constexpr double kAccented = 0.75, kIdeograph = 1.05;
  if (code < kDelete) return asciiWidth(code);
  if (code >= kCombining && code < kGreek) return 0;
  return code < kHangul ? kAccented : kIdeograph;
}

// A line may end after these.
bool endsPiece(char c) { return std::string_view(" -/_,;:=.").find(c) != std::string_view::npos; }

std::vector<std::string_view> pieces(std::string_view text) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!endsPiece(text[i]) || (i + 1 < text.size() && endsPiece(text[i + 1]))) continue;
    out.push_back(text.substr(begin, i + 1 - begin));
    begin = i + 1;
  }
  if (begin < text.size()) out.push_back(text.substr(begin));
  return out;
}

std::string_view withoutBlanksAtEnd(std::string_view text) {
  const std::size_t last = text.find_last_not_of(' ');
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

// Bytes of the longest beginning that fits; at least one character.
std::size_t fitting(std::string_view text, double limit, const Measure& measure) {
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t next = end + std::max<std::size_t>(api::utf8Length(text, end), 1);
    if (end > 0 && measure(text.substr(0, next)) > limit) break;
    end = next;
  }
  return end;
}

}  // namespace

std::string cleanLine(std::string_view text) { return cleaned(text, true); }
std::string cleanText(std::string_view text) { return cleaned(text, false); }

double emWidth(std::string_view text) {
  double width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = api::utf8Length(text, at);
    width += length == 0 ? 1 : characterWidth(api::utf8Decode(text, at));
    at += std::max<std::size_t>(length, 1);
  }
  return width;
}

// fmt knows which characters are wide; it tells by how much it pads.
double cellWidth(std::string_view text) {
  const std::size_t more_than_enough = text.size() + 1;
  const std::size_t padded = fmt::formatted_size("{:<{}}", text, more_than_enough);
  return static_cast<double>(more_than_enough - (padded - text.size()));
}

std::vector<std::string> wrapped(std::string_view text, double limit, const Measure& measure) {
  std::vector<std::string> lines;
  std::string line;
  for (const std::string_view piece : pieces(text)) {
    const std::string longer = line + std::string(piece);
    if (!line.empty() && measure(withoutBlanksAtEnd(longer)) > limit) {
      lines.emplace_back(withoutBlanksAtEnd(line));
      line = piece;
    } else {
      line = longer;
    }
    while (measure(withoutBlanksAtEnd(line)) > limit) {
      const std::size_t end = fitting(line, limit, measure);
      if (end >= line.size()) break;
      lines.push_back(line.substr(0, end));
      line.erase(0, end);
    }
  }
  if (!withoutBlanksAtEnd(line).empty() || lines.empty()) lines.emplace_back(withoutBlanksAtEnd(line));
  return lines;
}

std::string shortened(const std::string& text, double limit, const Measure& measure, std::string_view ellipsis) {
  if (measure(text) <= limit) return text;
  const std::size_t end = fitting(text, limit - measure(ellipsis), measure);
  return std::string(withoutBlanksAtEnd(std::string_view(text).substr(0, end))) + std::string(ellipsis);
}

}  // namespace jobset_twin::viz
