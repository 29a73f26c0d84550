#include "engine/jobset/validation_errors.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/check.hpp"
#include "engine/api/content.hpp"
#include "engine/api/write.hpp"

namespace jobset_twin::jobset {
namespace {

std::string dump(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void print(const nlohmann::json& value, const api::TypeInfo* info, std::string& out);

void printMember(std::string_view key, const nlohmann::json& value, const api::TypeInfo* info, std::string& out) {
  if (out.back() != '{') out += ',';
  out += dump(nlohmann::json(std::string(key)));
  out += ':';
  print(value, info, out);
}

// Known fields in the order of the table, then what it does not name (inlined parts).
void printObject(const nlohmann::json& value, const api::TypeInfo& info, std::string& out) {
  out += '{';
  std::vector<std::string_view> known;
  for (const api::FieldInfo& field : info.fields) {
    const auto at = value.find(field.name);
    if (at == value.end() || field.inlined) continue;
    known.push_back(field.name);
    printMember(field.name, *at, field.object, out);
  }
  for (const auto& [key, member] : value.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) printMember(key, member, nullptr, out);
  }
  out += '}';
}

void print(const nlohmann::json& value, const api::TypeInfo* info, std::string& out) {
  if (info && value.is_object()) {
    printObject(value, *info, out);
  } else if (info && value.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ',';
      print(value[i], info, out);
    }
    out += ']';
  } else {
    out += dump(value);
  }
}

std::string escapeHtml(std::string_view json) {  // json.Marshal's default
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<' || c == '>' || c == '&') {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

api::Error fieldError(std::string_view code, std::string_view field, std::string_view shown_field,
                      std::string_view body) {
  api::Error error;
  error.field = field;
  error.code = code;
  error.text = fmt::format("{}: {}", shown_field, body);
  return error;
}

}  // namespace

api::Error invalidField(std::string_view field, std::string_view value, std::string_view detail) {
  return fieldError("Invalid", field, field, fmt::format("Invalid value: {}: {}", value, detail));
}

api::Error invalidFieldWithoutValue(std::string_view field, std::string_view detail) {
  return fieldError("Invalid", field, field, fmt::format("Invalid value: {}", detail));
}

api::Error internalError(std::string_view text) {
  return fieldError("InternalError", "", "<nil>", fmt::format("Internal error: {}", text));
}

std::string jsonOf(const std::vector<api::ReplicatedJob>& jobs) {
  if (jobs.empty()) return "null";  // Go's nil list
  const api::TypeInfo& info = typeTable("ReplicatedJob");
  std::string out = "[";
  for (const api::ReplicatedJob& job : jobs) {
    if (out.size() > 1) out += ',';
    print(api::toJson(info, &job), &info, out);
  }
  return escapeHtml(out + "]");
}

std::string jsonOf(const api::PersistentVolumeClaimSpec& spec) {
  const api::TypeInfo& info = typeTable("PersistentVolumeClaimSpec");
  std::string out;
  print(api::toJson(info, &spec), &info, out);
  return escapeHtml(out);
}

const api::TypeInfo& typeTable(std::string_view name) {
  const api::TypeInfo* info = api::typeTables().find(name);
  TWIN_ASSERT(info, "a type without a table", name);
  return *info;
}

bool sameReplicatedJob(const api::ReplicatedJob& a, const api::ReplicatedJob& b) {
  return api::sameContent(typeTable("ReplicatedJob"), a, b);
}

bool sameClaimSpec(const api::PersistentVolumeClaimSpec& a, const api::PersistentVolumeClaimSpec& b) {
  return api::sameContent(typeTable("PersistentVolumeClaimSpec"), a, b);
}

}  // namespace jobset_twin::jobset
