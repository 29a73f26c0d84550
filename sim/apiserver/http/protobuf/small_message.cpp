#include "sim/apiserver/http/protobuf/small_message.hpp"

#include <fmt/format.h>

#include "engine/api/check.hpp"

namespace jobset_twin::apiserver::http::protobuf {

SmallMessage readSmallMessage(std::string_view bytes, std::initializer_list<WireType> types) {
  SmallMessage out;
  TWIN_ASSERT(types.size() < out.fields.size(), "a small message is small");
  WireReader reader(bytes);
  while (const std::optional<WireField> field = reader.next()) {
    if (field->number > types.size()) continue;
    if (field->type != types.begin()[field->number - 1]) {
      out.problem = fmt::format("field {} has another wire type than it should", field->number);
      return out;
    }
    out.fields.at(field->number) = *field;
  }
  out.problem = reader.problem();
  return out;
}

}  // namespace jobset_twin::apiserver::http::protobuf
