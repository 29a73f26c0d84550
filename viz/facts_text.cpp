#include "viz/facts_text.hpp"

#include <utility>

namespace jobset_twin::viz {

using apiserver::WatchEvent;

Fact factAlone(const WatchEvent& change, std::string_view kind, Weight weight, std::string text) {
  const api::ObjectMeta& meta = change.object->meta;
  return {change.at, weight, shortName(kind, meta.namespace_, meta.name), std::move(text), {}, {}, {}, 0, false};
}

std::string conditionText(const api::Condition& condition) {
  std::string text = condition.type;
  if (!condition.reason.empty() && condition.reason != condition.type) text += ": " + condition.reason;
  if (!condition.message.empty()) text += ": " + condition.message;
  return text;
}

// Whether the condition became what it is with this change.
bool turned(const std::vector<api::Condition>& before, const api::Condition& now) {
  const api::Condition* old = api::findCondition(before, now.type);
  return old ? old->status != now.status : now.status == "True";
}

bool startedDeletion(const WatchEvent& change) {
  return change.object->meta.deletionTimestamp && !(change.previous && change.previous->meta.deletionTimestamp);
}

}  // namespace jobset_twin::viz
