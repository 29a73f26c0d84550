#include "sim/apiserver/http/api_path.hpp"

#include <algorithm>
#include <charconv>

#include "engine/api/ascii.hpp"

namespace jobset_twin::apiserver::http {
namespace {

constexpr std::size_t kTargetMax = 8192, kSegmentMax = 512;

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hexDigit(text[i + 1]), low = hexDigit(text[i + 2]);
      if (high < 0 || low < 0 || high * 16 + low == 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool readQuery(std::string_view text, std::map<std::string, std::string>& out) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto key = decoded(pair.substr(0, equals), true);
    const auto value = decoded(pair.substr(std::min(pair.size(), equals + 1)), true);
    if (!key || !value) return false;
    if (!key->empty()) out.emplace(*key, *value);
  }
  return true;
}

// Of the resource and what follows; `at` is the first part after group and version.
void readResource(const std::vector<std::string>& parts, std::size_t at, ApiPath& out) {
  // "namespaces/x" is that object; "namespaces/x/pods" is in it. Its own parts are not resources.
  const bool scoped =
      parts.size() > at + 2 && parts[at] == "namespaces" && parts[at + 2] != "status" && parts[at + 2] != "finalize";
  if (scoped) {
    out.namespace_ = parts[at + 1];
    at += 2;
  }
  if (at >= parts.size()) return;
  out.api = true;
  out.resource = parts[at];
  if (at + 1 < parts.size()) out.name = parts[at + 1];
  for (std::size_t i = at + 2; i < parts.size(); ++i) out.subresource += (i == at + 2 ? "" : "/") + parts[i];
}

}  // namespace

bool ApiPath::flag(const std::string& key) const {
  const std::string* value = param(key);
  return value && api::lowerCase(*value) != "false" && *value != "0";  // as query parameters become Go's bool
}

std::optional<std::int64_t> wholeNumber(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<ApiPath> parseTarget(std::string_view target) {
  if (target.empty() || target.front() != '/' || target.size() > kTargetMax) return std::nullopt;
  ApiPath out;
  const std::size_t question = std::min(target.find('?'), target.size());
  if (!readQuery(target.substr(std::min(target.size(), question + 1)), out.query)) return std::nullopt;
  std::vector<std::string> parts;
  std::string_view rest = target.substr(1, question - 1);
  while (!rest.empty()) {
    const std::string_view raw = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), raw.size() + 1));
    if (raw.empty()) continue;
    const std::optional<std::string> part = decoded(raw, false);
    // An escaped slash is no separator, and no name of Kubernetes has one.
    if (!part || *part == "." || *part == ".." || part->size() > kSegmentMax || part->find('/') != std::string::npos)
      return std::nullopt;
    parts.push_back(*part);
  }
  for (const std::string& part : parts) out.path += "/" + part;
  if (out.path.empty()) out.path = "/";
  if (parts.size() >= 3 && parts[0] == "api") {
    out.version = parts[1];
    readResource(parts, 2, out);
  } else if (parts.size() >= 4 && parts[0] == "apis") {
    out.group = parts[1];
    out.version = parts[2];
    readResource(parts, 3, out);
  }
  return out;
}

}  // namespace jobset_twin::apiserver::http
