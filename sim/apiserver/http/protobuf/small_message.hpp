// small_message.hpp - a message of a few fields, by number: the envelope of a body, an entry of a map, and the messages
// that are one value in JSON.
#pragma once

#include <array>
#include <initializer_list>

#include "sim/apiserver/http/protobuf/wire.hpp"

namespace jobset_twin::apiserver::http::protobuf {

struct SmallMessage {
  std::array<WireField, 5> fields;  // by number; the last one counts where several were sent
  std::string problem;              // "": none

  std::string_view bytes(std::size_t number) const { return fields.at(number).bytes; }
  std::int64_t number(std::size_t number) const { return static_cast<std::int64_t>(fields.at(number).varint); }
};

// The types are those of fields 1, 2…; other fields are skipped.
SmallMessage readSmallMessage(std::string_view bytes, std::initializer_list<WireType> types);

}  // namespace jobset_twin::apiserver::http::protobuf
