#include "sim/apiserver/http/warning_headers.hpp"

#include <optional>
#include <set>

#include <fmt/format.h>

#include "engine/api/utf8.hpp"

namespace jobset_twin::apiserver::http {
namespace {

constexpr std::size_t kAllMost = 4096, kShort = 256;  // characters

// Nothing: it cannot stand in a header, and is not told.
std::optional<std::size_t> charactersIn(const std::string& text) {
  std::size_t out = 0;
  for (std::size_t at = 0; at < text.size(); ++out) {
    const std::size_t length = api::utf8Length(text, at);
    if (length == 0) return std::nullopt;
    const char32_t code = api::utf8Decode(text, at);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return std::nullopt;
    at += length;
  }
  return out;
}

std::string shortened(const std::string& text) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < kShort && end < text.size(); ++i) end += api::utf8Length(text, end);
  return text.substr(0, end);
}

std::string quotedForHeader(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::vector<std::string> toldWarnings(const std::vector<std::string>& all) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  std::size_t told = 0;
  bool shortens = false;
  for (const std::string& text : all) {
    if (text.empty() || (shortens && told >= kAllMost) || !seen.insert(text).second) continue;
    const std::optional<std::size_t> size = charactersIn(text);
    if (!size) continue;
    if (!shortens && told + *size > kAllMost) {
      shortens = true;
      told = 0;
      for (std::string& before : out) {
        before = shortened(before);
        told += charactersIn(before).value_or(0);
      }
    }
    out.push_back(shortens ? shortened(text) : text);
    told += shortens ? std::min(*size, kShort) : *size;
  }
  return out;
}

void warn(HttpAnswer& answer, const std::vector<std::string>& warnings) {
  if (warnings.empty()) return;
  answer.warnings.insert(answer.warnings.end(), warnings.begin(), warnings.end());
  std::erase_if(answer.headers, [](const auto& header) { return header.first == "Warning"; });
  for (const std::string& text : toldWarnings(answer.warnings))
    answer.headers.emplace_back("Warning", fmt::format("299 - \"{}\"", quotedForHeader(text)));
}

}  // namespace jobset_twin::apiserver::http
