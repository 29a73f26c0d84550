#include "sim/apiserver/http/protobuf/decode.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/utf8.hpp"
#include "sim/apiserver/http/protobuf/message_table.hpp"
#include "sim/apiserver/http/protobuf/small_message.hpp"
#include "sim/apiserver/http/protobuf/special_values.hpp"

namespace jobset_twin::apiserver::http::protobuf {
namespace {

using nlohmann::json;

constexpr std::string_view kMagic("k8s\0", 4);
constexpr std::size_t kDepthMax = 100;  // as of every other text that is read
// Two bytes of a message can be an object of a hundred; this many values are more than any object has.
constexpr std::size_t kValuesMax = 500'000;

bool isNumber(Type type) { return type == Type::kBool || type == Type::kInt32 || type == Type::kInt64; }

json numberOf(Type type, std::uint64_t varint) {
  if (type == Type::kBool) return varint != 0;
  if (type == Type::kInt32) return static_cast<std::int32_t>(varint);  // negative ones come as 64 bits
  return static_cast<std::int64_t>(varint);
}

bool isZero(const json& value) {
  return value.is_null() || value == "" || value == false || (value.is_number() && value == 0);
}

// Functions return whether all is well; if not, problem() says what and where.
class Decoder {
 public:
  bool message(const Message& of, std::string_view bytes, json& out, std::size_t depth) {
    if (depth > kDepthMax) return fail(fmt::format("nesting is deeper than {} levels", kDepthMax));
    WireReader reader(bytes);
    while (const std::optional<WireField> wire = reader.next()) {
      const Field* known = of.find(wire->number);
      if (known && !field(*known, *wire, out, depth)) return false;
    }
    return reader.problem().empty() || fail(reader.problem());
  }

  std::string problem() const { return path_.empty() ? text_ : path_ + ": " + text_; }

 private:
  bool fail(std::string text) {
    text_ = std::move(text);
    return false;
  }

  // Called on the way out of a failure, innermost first.
  bool failedIn(const std::string& name) {
    path_ = path_.empty() || path_.front() == '[' ? name + path_ : name + "." + path_;
    return false;
  }

  bool field(const Field& of, const WireField& wire, json& parent, std::size_t depth) {
    switch (of.form) {
      case Form::kInlined:
        if (wire.type != WireType::kBytes) return fail(fmt::format("field {} is no message", of.number));
        return message(*of.message, wire.bytes, parent, depth + 1);
      case Form::kList: return listed(of, wire, parent[of.name], depth) || failedIn(of.name);
      case Form::kMap: return entry(of, wire, parent[of.name], depth) || failedIn(of.name);
      case Form::kOne: break;
    }
    json& slot = parent[of.name];
    if (!value(of, wire, slot, depth)) return failedIn(of.name);
    if (of.drops_zero && isZero(slot)) parent.erase(of.name);
    return true;
  }

  bool value(const Field& of, const WireField& wire, json& out, std::size_t depth) {
    if (!spend(1)) return false;
    if (wire.type != (isNumber(of.type) ? WireType::kVarint : WireType::kBytes))
      return fail("it has another wire type than it should");
    if (isNumber(of.type)) {
      out = numberOf(of.type, wire.varint);
      return true;
    }
    if (of.type == Type::kMessage) {
      if (!out.is_object()) out = json::object();  // what is sent in parts is one message
      return message(*of.message, wire.bytes, out, depth + 1);
    }
    // Each value in them takes two bytes at least.
    if ((of.type == Type::kRaw || of.type == Type::kStrings) && !spend(wire.bytes.size() / 2)) return false;
    std::string wrong = specialValue(of.type, wire.bytes, out);
    return wrong.empty() || fail(std::move(wrong));
  }

  bool listed(const Field& of, const WireField& wire, json& list, std::size_t depth) {
    if (!list.is_array()) list = json::array();
    if (isNumber(of.type) && wire.type == WireType::kBytes) return packed(of, wire.bytes, list);
    list.push_back(nullptr);
    return value(of, wire, list.back(), depth) || failedIn(fmt::format("[{}]", list.size() - 1));
  }

  bool packed(const Field& of, std::string_view bytes, json& list) {
    while (!bytes.empty()) {
      const std::optional<std::uint64_t> varint = takeVarint(bytes);
      if (!varint) return fail("a number in the list is malformed");
      if (!spend(1)) return false;
      list.push_back(numberOf(of.type, *varint));
    }
    return true;
  }

  bool entry(const Field& of, const WireField& wire, json& map, std::size_t depth) {
    if (!map.is_object()) map = json::object();
    if (wire.type != WireType::kBytes) return fail("it has another wire type than it should");
    const WireType of_value = isNumber(of.type) ? WireType::kVarint : WireType::kBytes;
    const SmallMessage pair = readSmallMessage(wire.bytes, {WireType::kBytes, of_value});
    if (!pair.problem.empty()) return fail(pair.problem);
    const std::string key(pair.bytes(1));
    if (api::utf8FirstInvalid(key) != std::string::npos) return fail("a key is not UTF-8");
    WireField sent = pair.fields.at(2);
    sent.type = of_value;  // of a value that was left out, which is the zero one
    json read;
    if (!value(of, sent, read, depth)) return failedIn(fmt::format("[{}]", key));
    map[key] = std::move(read);
    return true;
  }

  bool spend(std::size_t values) {
    values_ += values;
    return values_ <= kValuesMax || fail(fmt::format("the object has more than {} values", kValuesMax));
  }

  std::string path_, text_;
  std::size_t values_ = 0;
};

api::Error malformed(std::string text) { return api::plainError("Syntax", std::move(text)); }

}  // namespace

api::Result<json> decode(std::string_view body) {
  if (body.substr(0, kMagic.size()) != kMagic) return malformed("the body does not begin as a protobuf object does");
  body.remove_prefix(kMagic.size());
  constexpr WireType kBytes = WireType::kBytes;
  const SmallMessage envelope = readSmallMessage(body, {kBytes, kBytes, kBytes, kBytes});
  if (!envelope.problem.empty()) return malformed(envelope.problem);
  const std::string_view raw = envelope.bytes(2), encoding = envelope.bytes(3), content_type = envelope.bytes(4);
  if (!encoding.empty()) return malformed("the object in the body is encoded, which is not supported");
  if (!content_type.empty() && content_type != "application/vnd.kubernetes.protobuf")
    return malformed("the object in the body is not protobuf");
  const SmallMessage type = readSmallMessage(envelope.bytes(1), {kBytes, kBytes});
  if (!type.problem.empty()) return malformed(type.problem);
  const std::string_view api_version = type.bytes(1), kind = type.bytes(2);
  if (api::utf8FirstInvalid(api_version) != std::string::npos || api::utf8FirstInvalid(kind) != std::string::npos)
    return malformed("apiVersion or kind is not UTF-8");
  const Message* message = messageOfKind(api_version, kind);
  if (!message)
    return malformed(fmt::format("no kind \"{}\" of version \"{}\" is known in protobuf", kind, api_version));
  json out = {{"apiVersion", api_version}, {"kind", kind}};
  Decoder decoder;
  if (!decoder.message(*message, raw, out, 1)) return malformed(decoder.problem());
  return out;
}

}  // namespace jobset_twin::apiserver::http::protobuf
