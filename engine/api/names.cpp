#include "engine/api/names.hpp"

#include <algorithm>
#include <cstdio>

#include "engine/api/ascii.hpp"
#include "engine/api/utf8.hpp"

namespace jobset_twin::api {
namespace {

using Messages = std::vector<std::string>;

constexpr std::string_view kLabelFormat = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
constexpr std::string_view kSubdomainFormat = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
constexpr std::string_view kLabel1035Format = "[a-z]([-a-z0-9]*[a-z0-9])?";
constexpr std::string_view kNameFormat = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
constexpr std::string_view kPathFormat = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";

bool isLower(char c) { return c >= 'a' && c <= 'z'; }
bool isLetter(char c) { return isLower(c) || (c >= 'A' && c <= 'Z'); }
bool isLowerOrDigit(char c) { return isLower(c) || isDigit(c); }

// Kubernetes counts bytes everywhere and calls them so only in its newer checks, of label keys and values.
std::string maxLength(std::size_t length, std::string_view unit) {
  return "must be no more than " + std::to_string(length) + " " + std::string(unit);
}

std::string regexMessage(std::string_view message, std::string_view format,
                         std::initializer_list<std::string_view> examples) {
  std::string out(message);
  if (examples.size() == 0) return out + " (regex used for validation is '" + std::string(format) + "')";
  out += " (e.g. ";
  bool first = true;
  for (const std::string_view example : examples) {
    if (!first) out += " or ";
    first = false;
    out += "'" + std::string(example) + "', ";
  }
  return out + "regex used for validation is '" + std::string(format) + "')";
}

// [a-z0-9]([-a-z0-9]*[a-z0-9])?
bool isLabel(std::string_view value) {
  return !value.empty() && isLowerOrDigit(value.front()) && isLowerOrDigit(value.back()) &&
         std::all_of(value.begin(), value.end(), [](char c) { return isLowerOrDigit(c) || c == '-'; });
}
bool isSubdomain(std::string_view value) {
  while (true) {
    const std::size_t dot = value.find('.');
    if (!isLabel(value.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    value.remove_prefix(dot + 1);
  }
}
bool isNamePart(std::string_view value) {
  const auto edge = [](char c) { return isLetter(c) || isDigit(c); };
  return !value.empty() && edge(value.front()) && edge(value.back()) &&
         std::all_of(value.begin(), value.end(), [&](char c) { return edge(c) || c == '-' || c == '_' || c == '.'; });
}

std::string nameMessage() {
  return regexMessage(
      "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      kNameFormat, {"MyName", "my.name", "123-abc"});
}

Error fieldError(std::string_view code, std::string_view field, std::string text) {
  Error error;
  error.code = code;
  error.field = field;
  error.text = std::string(field) + ": " + std::move(text);
  return error;
}

}  // namespace

Messages dns1123LabelErrors(std::string_view value) {
  Messages out;
  if (value.size() > kLabelMaxLength) out.push_back(maxLength(kLabelMaxLength, "characters"));
  if (!isLabel(value)) {
    if (isSubdomain(value)) {  // nearly right: upstream says what is wrong
      out.emplace_back("must not contain dots");
    } else {
      out.push_back(regexMessage(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
          "end with an alphanumeric character",
          kLabelFormat, {"my-name", "123-abc"}));
    }
  }
  return out;
}

Messages dns1123SubdomainErrors(std::string_view value) {
  Messages out;
  if (value.size() > kSubdomainMaxLength) out.push_back(maxLength(kSubdomainMaxLength, "characters"));
  if (!isSubdomain(value)) {
    out.push_back(regexMessage(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
        "and end with an alphanumeric character",
        kSubdomainFormat, {"example.com"}));
  }
  return out;
}

Messages dns1035LabelErrors(std::string_view value) {
  Messages out;
  if (value.size() > kLabelMaxLength) out.push_back(maxLength(kLabelMaxLength, "characters"));
  if (!isLabel(value) || !isLower(value.front())) {
    out.push_back(regexMessage(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
        "character, and end with an alphanumeric character",
        kLabel1035Format, {"my-name", "abc-123"}));
  }
  return out;
}

Messages qualifiedNameErrors(std::string_view value) {
  Messages out;
  std::string_view name = value;
  if (const std::size_t slash = value.find('/'); slash != std::string_view::npos) {
    name = value.substr(slash + 1);
    if (name.find('/') != std::string_view::npos) {
      return {"a qualified name " + nameMessage() +
              " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"};
    }
    const std::string_view prefix = value.substr(0, slash);
    if (prefix.empty()) {
      out.emplace_back("prefix part must be non-empty");
    } else {
      for (const std::string& message : dns1123SubdomainErrors(prefix)) out.push_back("prefix part " + message);
    }
  }
  if (name.empty()) {
    out.emplace_back("name part must be non-empty");
  } else if (name.size() > kLabelMaxLength) {
    out.push_back("name part " + maxLength(kLabelMaxLength, "bytes"));
  }
  if (!isNamePart(name)) out.push_back("name part " + nameMessage());
  return out;
}

Messages labelValueErrors(std::string_view value) {
  Messages out;
  if (value.size() > kLabelMaxLength) out.push_back(maxLength(kLabelMaxLength, "bytes"));
  if (!value.empty() && !isNamePart(value)) {
    out.push_back(regexMessage(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
        "and end with an alphanumeric character",
        "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", {"MyValue", "my_value", "12345"}));
  }
  return out;
}

Messages portNameErrors(std::string_view value) {
  Messages out;
  if (value.size() > 15) out.push_back(maxLength(15, "characters"));
  if (!std::all_of(value.begin(), value.end(), [](char c) { return isLowerOrDigit(c) || c == '-'; }) || value.empty()) {
    out.emplace_back("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (std::none_of(value.begin(), value.end(), isLower)) out.emplace_back("must contain at least one letter (a-z)");
  if (value.find("--") != std::string_view::npos) out.emplace_back("must not contain consecutive hyphens");
  if (!value.empty() && (value.front() == '-' || value.back() == '-'))
    out.emplace_back("must not begin or end with a hyphen");
  return out;
}

Messages portNumberErrors(std::int64_t value) {
  if (value >= 1 && value <= 65535) return {};
  return {"must be between 1 and 65535, inclusive"};
}

Messages envVarNameErrors(std::string_view value) {
  Messages out;
  if (value.empty()) out.emplace_back("environment variable name must be non-empty");
  const auto allowed = [](char c) { return c >= ' ' && c <= '~' && c != '='; };
  if (!std::all_of(value.begin(), value.end(), allowed)) {
    out.emplace_back(
        "a valid environment variable name must consist only of printable ASCII characters other than '='");
  }
  return out;
}

Messages configMapKeyErrors(std::string_view value) {
  Messages out;
  if (value.size() > kSubdomainMaxLength) out.push_back(maxLength(kSubdomainMaxLength, "characters"));
  const auto allowed = [](char c) { return isLetter(c) || isDigit(c) || c == '-' || c == '_' || c == '.'; };
  if (value.empty() || !std::all_of(value.begin(), value.end(), allowed)) {
    out.push_back(regexMessage("a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
                               "[-._a-zA-Z0-9]+", {"key.name", "KEY_NAME", "key-name"}));
  } else if (value == ".") {
    out.emplace_back("must not be '.'");
  } else if (value == "..") {
    out.emplace_back("must not be '..'");
  } else if (value.substr(0, 2) == "..") {
    out.emplace_back("must not start with '..'");
  }
  return out;
}

Errors domainPrefixedPathErrors(std::string_view field, std::string_view value) {
  if (value.empty()) return {requiredValue(field, "")};
  const std::size_t slash = value.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == value.size()) {
    return {invalidValue(field, api::quoted(value), "must be a domain-prefixed path (such as \"acme.io/foo\")")};
  }
  Errors out;
  const std::string_view host = value.substr(0, slash), path = value.substr(slash + 1);
  for (const std::string& message : dns1123SubdomainErrors(host))
    out.push_back(invalidValue(field, api::quoted(host), message));
  const auto allowed = [](char c) {
    return isLetter(c) || isDigit(c) || std::string_view("/-._~%!$&'()*+,;=:").find(c) != std::string_view::npos;
  };
  if (!std::all_of(path.begin(), path.end(), allowed)) {
    out.push_back(invalidValue(field, api::quoted(path), regexMessage("Invalid path", kPathFormat, {})));
  }
  return out;
}

Errors labelsErrors(std::string_view field, const StringMap& labels) {
  Errors out;
  for (const StringMap::Entry& entry : labels) {
    for (const std::string& message : qualifiedNameErrors(entry.first))
      out.push_back(invalidValue(field, api::quoted(entry.first), message));
    for (const std::string& message : labelValueErrors(entry.second))
      out.push_back(invalidValue(field, api::quoted(entry.second), message));
  }
  return out;
}

Errors annotationsErrors(std::string_view field, const StringMap& annotations) {
  Errors out;
  std::size_t bytes = 0;
  for (const StringMap::Entry& entry : annotations) {
    for (const std::string& message :
         qualifiedNameErrors(lowerCase(entry.first)))  // upper case is let through for ever
      out.push_back(invalidValue(field, api::quoted(entry.first), message));
    bytes += entry.first.size() + entry.second.size();
  }
  if (bytes > kAnnotationsMaxBytes) out.push_back(tooLong(field, kAnnotationsMaxBytes));
  return out;
}

Error invalidValue(std::string_view field, std::string_view value, std::string_view detail) {
  return fieldError("Invalid", field,
                    "Invalid value: " + std::string(value) + (detail.empty() ? "" : ": ") + std::string(detail));
}

Error requiredValue(std::string_view field, std::string_view detail) {
  return fieldError("Required", field,
                    "Required value" + std::string(detail.empty() ? "" : ": ") + std::string(detail));
}

Error unsupportedValue(std::string_view field, std::string_view value, const std::vector<std::string>& supported) {
  std::string list;
  for (const std::string& one : supported) list += (list.empty() ? "" : ", ") + api::quoted(one);
  return fieldError("NotSupported", field,
                    "Unsupported value: " + std::string(value) + (list.empty() ? "" : ": supported values: ") + list);
}

Error duplicateValue(std::string_view field, std::string_view value) {
  return fieldError("Duplicate", field, "Duplicate value: " + std::string(value));
}

Error forbiddenField(std::string_view field, std::string_view detail) {
  return fieldError("Forbidden", field, "Forbidden: " + std::string(detail));
}

Error tooLong(std::string_view field, std::size_t max_bytes) {
  return fieldError("TooLong", field, "Too long: may not be more than " + std::to_string(max_bytes) + " bytes");
}

Error tooMany(std::string_view field, std::size_t have, std::size_t max_items) {
  return fieldError("TooMany", field,
                    "Too many: " + std::to_string(have) + ": must have at most " + std::to_string(max_items) + " item" +
                        (max_items == 1 ? "" : "s"));
}

Error notFound(std::string_view field, std::string_view value) {
  return fieldError("NotFound", field, "Not found: " + std::string(value));
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  std::size_t at = 0;
  char buffer[16];
  while (at < text.size()) {
    const unsigned char c = static_cast<unsigned char>(text[at]);
    if (c >= 0x80) {
      const std::size_t length = utf8Length(text, at);
      if (length == 0) {
        std::snprintf(buffer, sizeof buffer, "\\x%02x", c);
        out += buffer;
        ++at;
      } else {
        out.append(text.substr(at, length));
        at += length;
      }
      continue;
    }
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\a': out += "\\a"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\v': out += "\\v"; break;
      default:
        if (c < 0x20 || c == 0x7f) {
          std::snprintf(buffer, sizeof buffer, "\\x%02x", c);
          out += buffer;
        } else {
          out += static_cast<char>(c);
        }
    }
    ++at;
  }
  return out + '"';
}

std::string nearestName(std::string_view wrong, const std::vector<std::string>& names) {
  if (wrong.size() > 100) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, wrong.size() / 3) + 1;
  for (const std::string& name : names) {
    std::vector<std::size_t> row(name.size() + 1);
    for (std::size_t j = 0; j <= name.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= wrong.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= name.size(); ++j) {
        const std::size_t above = row[j];
        row[j] = std::min(
            {above + 1, row[j - 1] + 1, diagonal + (lowerCase(wrong[i - 1]) == lowerCase(name[j - 1]) ? 0U : 1U)});
        diagonal = above;
      }
    }
    if (row[name.size()] < best_distance) {
      best_distance = row[name.size()];
      best = name;
    }
  }
  return best;
}

}  // namespace jobset_twin::api
