#include "sim/apiserver/http/write_options.hpp"

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"
#include "engine/api/utf8.hpp"
#include "sim/apiserver/errors.hpp"

namespace jobset_twin::apiserver::http {
namespace {

using nlohmann::json;

constexpr std::size_t kManagerMax = 128;
constexpr std::string_view kAll = "All";

std::string_view kindOf(OptionsOf of) {
  switch (of) {
    case OptionsOf::kCreate: return "CreateOptions.meta.k8s.io";
    case OptionsOf::kUpdate: return "UpdateOptions.meta.k8s.io";
    case OptionsOf::kDelete: return "DeleteOptions.meta.k8s.io";
    case OptionsOf::kPatch:
    case OptionsOf::kApply: break;
  }
  return "PatchOptions.meta.k8s.io";
}

bool isControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void checkManager(const std::string& manager, api::Errors& errors) {
  if (manager.size() > kManagerMax) errors.push_back(api::tooLong("fieldManager", kManagerMax));
  for (std::size_t i = 0; i < manager.size(); ++i) {
    if (!isControl(manager[i])) continue;
    errors.push_back(api::invalidValue(
        "fieldManager", api::quoted(manager),
        fmt::format("invalid character U+{:04X} (at position {})", static_cast<unsigned char>(manager[i]), i)));
  }
}

// The part before the first slash, of what can be printed and has room.
std::string prefixOf(const std::string& user_agent) {
  std::string out;
  const std::string_view name = std::string_view(user_agent).substr(0, user_agent.find('/'));
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t length = api::utf8Length(name, at);
    const std::string_view letter = name.substr(at, std::max<std::size_t>(1, length));
    at += letter.size();
    if (length == 0 || isControl(letter.front())) continue;
    if (out.size() + letter.size() > kManagerMax) break;
    out += letter;
  }
  return out.empty() ? "unknown" : out;
}

// As Go prints a list of strings.
std::string listText(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& one : values) out += (out.empty() ? "" : ", ") + api::quoted(one);
  return fmt::format("[]string{{{}}}", out);
}

void takeDryRun(const std::vector<std::string>& values, api::WriteOptions& out, api::Errors& errors) {
  for (const std::string& one : values) {
    if (one == kAll) continue;
    errors.push_back(api::unsupportedValue("dryRun", listText(values), {std::string(kAll)}));
    return;
  }
  out.dry_run = out.dry_run || !values.empty();
}

api::Response answerOf(OptionsOf of, const api::Errors& errors) {
  return errors.empty() ? api::Response() : invalidError(kindOf(of), "", errors);
}

// Go's strconv.ParseBool.
std::optional<bool> parseBool(const std::string& text) {
  for (const char* yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (const char* no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return std::nullopt;
}

}  // namespace

api::Response readWriteOptions(const HttpRequest& request, const ApiPath& path, OptionsOf of, api::WriteOptions& out) {
  api::Errors errors;
  const std::string* manager = path.param("fieldManager");
  const bool named = manager && !manager->empty();
  const std::string* force = path.param("force");
  const std::optional<bool> forced = force && !force->empty() ? parseBool(*force) : false;
  if (!forced) return badRequest(fmt::format("strconv.ParseBool: parsing {}: invalid syntax", api::quoted(*force)));
  if (of == OptionsOf::kApply) {
    if (!named) errors.push_back(api::requiredValue("fieldManager", "is required for apply patch"));
    out.force = *forced;
  } else if (force && of == OptionsOf::kPatch) {
    errors.push_back(api::forbiddenField("force", "may not be specified for non-apply patch"));
  }
  if (named) checkManager(*manager, errors);
  out.field_manager = named ? *manager : prefixOf(request.user_agent);
  if (const std::string* dry_run = path.param("dryRun")) takeDryRun({*dry_run}, out, errors);
  if (const std::string* validation = path.param("fieldValidation"); validation && of != OptionsOf::kDelete &&
                                                                     *validation != "" && *validation != "Ignore" &&
                                                                     *validation != "Warn" && *validation != "Strict") {
    errors.push_back(
        api::unsupportedValue("fieldValidation", api::quoted(*validation), {"", "Ignore", "Strict", "Warn"}));
  }
  return answerOf(of, errors);
}

api::Response readDryRun(const json& values, api::WriteOptions& out) {
  if (values.is_null()) return {};
  std::vector<std::string> texts;
  if (!values.is_array()) return badRequest("dryRun must be a list");
  for (const json& one : values) {
    if (!one.is_string()) return badRequest("dryRun must be a list of strings");
    texts.push_back(one);
  }
  api::Errors errors;
  takeDryRun(texts, out, errors);
  return answerOf(OptionsOf::kDelete, errors);
}

}  // namespace jobset_twin::apiserver::http
