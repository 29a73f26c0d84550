#include "sim/apiserver/http/protobuf/special_values.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/base64.hpp"
#include "engine/api/json_reader.hpp"
#include "engine/api/time.hpp"
#include "engine/api/utf8.hpp"
#include "sim/apiserver/http/protobuf/small_message.hpp"

namespace jobset_twin::apiserver::http::protobuf {
namespace {

using nlohmann::json;

std::string text(std::string_view bytes, json& out) {
  if (api::utf8FirstInvalid(bytes) != std::string_view::npos) return "the text is not UTF-8";
  out = bytes;
  return {};
}

std::string time(std::string_view bytes, bool micro, json& out) {
  const SmallMessage message = readSmallMessage(bytes, {WireType::kVarint, WireType::kVarint});
  if (!message.problem.empty()) return message.problem;
  const std::int64_t seconds = message.number(1), nanos = message.number(2);
  constexpr std::int64_t kYearOne = -62135596800;  // Go's zero time
  if (bytes.empty() || (seconds == kYearOne && nanos == 0)) {
    out = nullptr;
    return {};
  }
  constexpr std::int64_t kSecondsMax = 9'223'372'035;  // what TimePoint holds, and its fraction
  if (seconds > kSecondsMax || seconds < -kSecondsMax || nanos < 0 || nanos >= 1'000'000'000)
    return fmt::format("the time of {} seconds and {} nanoseconds is out of range", seconds, nanos);
  const api::TimePoint at(std::chrono::seconds(seconds) + std::chrono::nanoseconds(micro ? nanos : 0));
  out = micro ? api::formatMicroTime(at) : api::formatTime(at);
  return {};
}

std::string duration(std::string_view bytes, json& out) {
  const SmallMessage message = readSmallMessage(bytes, {WireType::kVarint});
  out = api::formatDuration(api::Duration(message.number(1)));
  return message.problem;
}

std::string quantity(std::string_view bytes, json& out) {
  const SmallMessage message = readSmallMessage(bytes, {WireType::kBytes});
  if (!message.problem.empty()) return message.problem;
  return text(message.bytes(1).empty() ? "0" : message.bytes(1), out);
}

std::string intOrString(std::string_view bytes, json& out) {
  const SmallMessage message = readSmallMessage(bytes, {WireType::kVarint, WireType::kVarint, WireType::kBytes});
  if (!message.problem.empty()) return message.problem;
  const std::int64_t type = message.number(1);
  if (type == 1) return text(message.bytes(3), out);
  if (type != 0) return fmt::format("a number or string has the unknown type {}", type);
  out = static_cast<std::int32_t>(message.number(2));
  return {};
}

std::string raw(std::string_view bytes, json& out) {
  const SmallMessage message = readSmallMessage(bytes, {WireType::kBytes});
  if (!message.problem.empty()) return message.problem;
  const std::string_view inner = message.bytes(1);
  out = nullptr;
  if (inner.empty()) return {};
  if (std::string problem = text(inner, out); !problem.empty()) return problem;
  const api::Documents read = api::readJsonValues(inner, "", 1, {});
  if (!read.errors.empty()) return read.errors.front().text;
  if (read.trees.size() != 1) return "it must be one JSON value";
  out = api::toJson(read.trees.front().root);
  return {};
}

std::string strings(std::string_view bytes, json& out) {
  out = json::array();
  WireReader reader(bytes);
  while (const std::optional<WireField> field = reader.next()) {
    if (field->number != 1) continue;
    if (field->type != WireType::kBytes) return "field 1 has another wire type than it should";
    out.push_back(nullptr);
    if (std::string problem = text(field->bytes, out.back()); !problem.empty()) return problem;
  }
  return reader.problem();
}

}  // namespace

std::string specialValue(Type type, std::string_view bytes, json& out) {
  switch (type) {
    case Type::kString: return text(bytes, out);
    case Type::kBytes: out = api::base64(bytes); return {};
    case Type::kTime: return time(bytes, false, out);
    case Type::kMicroTime: return time(bytes, true, out);
    case Type::kDuration: return duration(bytes, out);
    case Type::kQuantity: return quantity(bytes, out);
    case Type::kIntOrString: return intOrString(bytes, out);
    case Type::kRaw: return raw(bytes, out);
    case Type::kStrings: return strings(bytes, out);
    default: return "it is not bytes";
  }
}

}  // namespace jobset_twin::apiserver::http::protobuf
