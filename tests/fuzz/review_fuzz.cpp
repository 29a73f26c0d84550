// review_fuzz.cpp - what a webhook answers. It is a verdict with a patch that is a list, or a failure; a denial is an
// error whose body is JSON.
#include <nlohmann/json.hpp>

#include "sim/apiserver/http/webhooks/review.hpp"
#include "tests/fuzz/sent_values.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jobset_twin;
  using namespace jobset_twin::apiserver::http;
  const std::string body(reinterpret_cast<const char*>(data), size);
  const webhooks::Verdict verdict = webhooks::verdictOf({200, body, ""}, "u", true, "https://127.0.0.1/");
  if (!verdict.failure.empty()) return 0;
  fuzz::require(verdict.patch.is_null() || verdict.patch.is_array());
  const HttpAnswer denied = webhooks::denied("w", verdict.status);
  fuzz::require(denied.code >= 400 && denied.code <= 599 && nlohmann::json::accept(denied.body));
  return 0;
}
