#include "sim/apiserver/http/media_type.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "engine/api/ascii.hpp"

namespace jobset_twin::apiserver::http {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (std::size_t at = text.find(separator); at != std::string_view::npos; at = text.find(separator)) {
    out.push_back(trimmed(text.substr(0, at)));
    text.remove_prefix(at + 1);
  }
  out.push_back(trimmed(text));
  return out;
}

std::string_view unquoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

std::optional<MediaType> mediaType(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, ';');
  MediaType out;
  out.type = api::lowerCase(parts.front());
  const std::size_t slash = out.type.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == out.type.size()) return std::nullopt;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equal = parts[i].find('=');
    if (equal == std::string_view::npos) continue;
    const std::string name = api::lowerCase(trimmed(parts[i].substr(0, equal)));
    const std::string value(unquoted(trimmed(parts[i].substr(equal + 1))));
    if (name == "q") {
      out.quality = std::clamp(std::strtod(value.c_str(), nullptr), 0.0, 1.0);
    } else {
      out.params.emplace(name, value);
    }
  }
  return out;
}

}  // namespace

bool MediaType::asks(std::string_view kind, std::string_view group, std::string_view version) const {
  const auto is = [&](const char* name, std::string_view wanted) {
    const auto found = params.find(name);
    return found != params.end() && found->second == wanted;
  };
  return isJson() && is("as", kind) && is("g", group) && is("v", version);
}

std::vector<MediaType> acceptedTypes(std::string_view header) {
  if (trimmed(header).empty()) return {{"*/*", {}, 1}};
  std::vector<MediaType> out;
  for (const std::string_view part : split(header, ',')) {
    if (std::optional<MediaType> read = mediaType(part); read && read->quality > 0) out.push_back(std::move(*read));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const MediaType& a, const MediaType& b) { return a.quality > b.quality; });
  return out;
}

}  // namespace jobset_twin::apiserver::http
