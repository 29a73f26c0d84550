// protobuf_fuzz.cpp - bodies in Kubernetes' protobuf form. What is decoded can be written as JSON and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "sim/apiserver/http/protobuf/decode.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto decoded = jobset_twin::apiserver::http::protobuf::decode({reinterpret_cast<const char*>(data), size});
  if (decoded.ok() && !nlohmann::json::accept(decoded->dump())) std::abort();
  return 0;
}
