#include "engine/jobset/admission.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "engine/api/names.hpp"

namespace jobset_twin::jobset {
namespace {

std::string causeReason(std::string_view code) {
  return code == "InternalError" ? std::string(code) : "FieldValue" + std::string(code);
}

}  // namespace

Denial invalidJobSet(std::string_view name, const api::Errors& errors) {
  Denial denial;
  denial.reason = api::Reason::kInvalid;
  std::vector<std::string_view> texts;
  for (const api::Error& error : errors) {
    const std::string field = error.field.empty() ? "<nil>" : error.field;
    const std::size_t body = error.text.starts_with(field + ": ") ? field.size() + 2 : 0;
    denial.causes.push_back({causeReason(error.code), error.text.substr(body), field});
    if (std::find(texts.begin(), texts.end(), error.text) == texts.end()) texts.push_back(error.text);
  }
  denial.message = fmt::format("JobSet.jobset.x-k8s.io {} is invalid", api::quoted(name));
  if (texts.size() == 1) denial.message += fmt::format(": {}", texts.front());
  if (texts.size() > 1) denial.message += fmt::format(": [{}]", fmt::join(texts, ", "));
  return denial;
}

Denial deniedByWebhook(std::string_view webhook, Denial denial) {
  denial.message = fmt::format("admission webhook \"{}\" denied the request: {}", webhook, denial.message);
  return denial;
}

Denial deniedByWebhook(std::string_view webhook, std::string_view message) {
  Denial denial;
  denial.message = message;
  return deniedByWebhook(webhook, std::move(denial));
}

}  // namespace jobset_twin::jobset
