// message_table.hpp - which fields the messages of the built-in kinds have, and what they are in JSON. The facts
// themselves: messages/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jobset_twin::apiserver::http::protobuf {

enum class Type : std::uint8_t {
  kString,
  kBytes,
  kBool,
  kInt32,
  kInt64,
  kTime,
  kMicroTime,
  kDuration,
  kQuantity,
  kIntOrString,
  kRaw,
  kStrings,
  kMessage
};
enum class Form : std::uint8_t { kOne, kList, kMap, kInlined };

struct Message;

struct Field {
  std::uint32_t number = 0;
  std::string name;  // in JSON; "" for kInlined
  Type type = Type::kString;
  Form form = Form::kOne;
  bool drops_zero = false;
  const Message* message = nullptr;  // kMessage
};

struct Message {
  std::string name;
  bool is_kind = false;
  std::vector<Field> fields;  // numbers ascend

  const Field* find(std::uint32_t number) const;  // nullptr: no such field
};

// The message of a kind; nullptr: none that a request may have as its body. Kinds of the group "any" are in all.
const Message* messageOfKind(std::string_view api_version, std::string_view kind);

}  // namespace jobset_twin::apiserver::http::protobuf
