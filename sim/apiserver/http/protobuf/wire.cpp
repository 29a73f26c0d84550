#include "sim/apiserver/http/protobuf/wire.hpp"

#include <fmt/format.h>

namespace jobset_twin::apiserver::http::protobuf {

std::optional<std::uint64_t> takeVarint(std::string_view& bytes) {
  constexpr std::size_t kBytesMax = 10;  // seven bits in each, of 64
  std::uint64_t value = 0;
  for (std::size_t at = 0; at < bytes.size() && at < kBytesMax; ++at) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if (at == kBytesMax - 1 && byte > 1) return std::nullopt;
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << (7 * at);
    if (byte < 0x80) {
      bytes.remove_prefix(at + 1);
      return value;
    }
  }
  return std::nullopt;
}

std::nullopt_t WireReader::stop(std::string problem) {
  problem_ = std::move(problem);
  left_ = {};
  return std::nullopt;
}

std::optional<WireField> WireReader::next() {
  if (left_.empty()) return std::nullopt;
  const std::optional<std::uint64_t> tag = takeVarint(left_);
  constexpr std::uint64_t kTagMax = 0xffffffffU;
  if (!tag || *tag > kTagMax) return stop("a field's number is malformed");
  WireField out;
  out.number = static_cast<std::uint32_t>(*tag >> 3);
  if (out.number == 0) return stop("a field has the number 0");
  std::uint64_t length = 0;
  switch (*tag & 7U) {
    case 0: {
      const std::optional<std::uint64_t> value = takeVarint(left_);
      if (!value) return stop(fmt::format("the number in field {} is malformed", out.number));
      out.varint = *value;
      return out;
    }
    case 1:
      out.type = WireType::kFixed64;
      length = 8;
      break;
    case 2: {
      out.type = WireType::kBytes;
      const std::optional<std::uint64_t> given = takeVarint(left_);
      if (!given) return stop(fmt::format("the length of field {} is malformed", out.number));
      length = *given;
      break;
    }
    case 5:
      out.type = WireType::kFixed32;
      length = 4;
      break;
    default: return stop(fmt::format("field {} has the unknown wire type {}", out.number, *tag & 7U));
  }
  if (length > left_.size())
    return stop(fmt::format("field {} needs {} bytes where {} are left", out.number, length, left_.size()));
  out.bytes = left_.substr(0, static_cast<std::size_t>(length));
  left_.remove_prefix(static_cast<std::size_t>(length));
  return out;
}

}  // namespace jobset_twin::apiserver::http::protobuf
