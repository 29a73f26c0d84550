// wire.hpp - the fields of one protobuf message, in the order in which they were sent, without a schema. Nothing is
// copied: bytes point into what was read. Groups (wire types 3 and 4), which Kubernetes never uses, are refused.
// Source: the protobuf encoding specification.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jobset_twin::apiserver::http::protobuf {

enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct WireField {
  std::uint32_t number = 0;
  WireType type = WireType::kVarint;
  std::uint64_t varint = 0;  // kVarint
  std::string_view bytes;    // kBytes: the content; kFixed32, kFixed64: the four or eight bytes
};

// Takes a number off the front. Nothing: it does not end, or is beyond 64 bits.
std::optional<std::uint64_t> takeVarint(std::string_view& bytes);

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : left_(bytes) {}

  // Nothing: at the end, or there is a problem.
  std::optional<WireField> next();
  const std::string& problem() const { return problem_; }  // "": none so far

 private:
  std::nullopt_t stop(std::string problem);

  std::string_view left_;
  std::string problem_;
};

}  // namespace jobset_twin::apiserver::http::protobuf
