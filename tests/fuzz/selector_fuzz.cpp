// selector_fuzz.cpp - targets of requests, label and field selectors, times, quantities: small texts that clients send.
#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/api/base64.hpp"
#include "engine/api/label_selector.hpp"
#include "engine/api/quantity.hpp"
#include "engine/api/time.hpp"
#include "sim/apiserver/field_selector.hpp"
#include "sim/apiserver/http/api_path.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jobset_twin;
  const std::string text(reinterpret_cast<const char*>(data), size);
  apiserver::http::parseTarget(text);
  api::fromBase64(text);
  if (const auto selector = api::parseSelector(text); selector.ok()) api::matches(*selector, api::StringMap());
  static_cast<void>(apiserver::parseFieldSelector(text, api::Kind::kPod));
  static_cast<void>(api::parseTime(text));
  static_cast<void>(api::Quantity::parse(text));
  return 0;
}
