#include "viz/describe.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/write.hpp"
#include "viz/columns.hpp"

namespace jobset_twin::viz {
namespace {

using api::TimePoint;
using Json = nlohmann::json;

bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool isLetter(char c) { return isUpper(c) || (c >= 'a' && c <= 'z'); }
bool isLower(char c) { return isLetter(c) && !isUpper(c); }

std::string upperCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return isLower(c) ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

// A field's name as words: "lastTransitionTime" is "Last Transition Time", "uid" is "UID"; others than letters and '-'
// stay.
std::string labelOf(const std::string& field) {
  if (!std::all_of(field.begin(), field.end(), [](char c) { return isLetter(c) || c == '-'; })) return field;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < field.size(); ++i) {
    // A word begins where small letters end, and with the last capital of a run of them.
    const bool begins =
        i == 0 || (isUpper(field[i]) && (!isUpper(field[i - 1]) || (i + 1 < field.size() && isLower(field[i + 1])))) ||
        (field[i] == '-') != (field[i - 1] == '-');
    if (begins) words.emplace_back();
    words.back() += field[i];
  }
  std::string label;
  for (std::string& word : words) {
    const std::string upper = upperCase(word);
    if (upper == "API" || upper == "URL" || upper == "UID" || upper == "OSB" || upper == "GUID") {
      word = upper;
    } else {
      word[0] = upper[0];
    }
    label += (label.empty() ? "" : " ") + word;
  }
  return label;
}

// Go's %v of a scalar.
std::string scalarText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "<nil>";
  return value.dump();
}

void writeTree(std::string& out, std::size_t level, const Json& map) {
  const std::string indent(2 * level, ' ');
  for (const auto& [field, value] : map.items()) {  // nlohmann's objects are sorted by key, as kubectl sorts
    const std::string label = labelOf(field);
    if (value.is_object()) {
      out += fmt::format("{}{}:\n", indent, label);
      writeTree(out, level + 1, value);
    } else if (value.is_array()) {
      out += fmt::format("{}{}:\n", indent, label);
      for (const Json& item : value) {
        if (item.is_object()) {
          writeTree(out, level + 1, item);
        } else {
          out += fmt::format("{}  {}\n", indent, scalarText(item));
        }
      }
    } else {
      out += fmt::format("{}{}:\t{}\n", indent, label, scalarText(value));
    }
  }
}

std::string mapText(std::string_view label, const api::StringMap& map, std::string_view separator) {
  if (map.empty()) return fmt::format("{}:\t<none>\n", label);
  std::string out;
  for (const auto& [key, value] : map) {
    if (key == "kubectl.kubernetes.io/last-applied-configuration") continue;
    out += fmt::format("{}\t{}{}{}\n", out.empty() ? fmt::format("{}:", label) : "", key, separator, value);
  }
  return out.empty() ? fmt::format("{}:\t<none>\n", label) : out;
}

std::string since(const std::optional<TimePoint>& at, TimePoint now) {
  return at ? api::humanDuration(now - *at) : "<unknown>";
}

std::string eventAge(const api::Event& event, TimePoint now) {
  const std::string first = since(event.eventTime ? event.eventTime : event.firstTimestamp, now);
  if (event.series)
    return fmt::format("{} (x{} over {})", since(event.series->lastObservedTime, now), event.series->count, first);
  if (event.count > 1) return fmt::format("{} (x{} over {})", since(event.lastTimestamp, now), event.count, first);
  return first;
}

std::string eventsText(const std::vector<api::ObjectPtr>& events, TimePoint now) {
  if (events.empty()) return "Events:\t<none>\n";
  std::string out = "Events:\n  Type\tReason\tAge\tFrom\tMessage\n  ----\t------\t----\t----\t-------\n";
  for (const api::ObjectPtr& object : events) {
    const api::Event& event = api::as<api::Event>(object);
    const std::string& source = event.source.component.empty() ? event.reportingController : event.source.component;
    out += fmt::format("  {}\t{}\t{}\t{}\t{}\n", event.type, event.reason, eventAge(event, now), source, event.note);
  }
  return out;
}

}  // namespace

std::string describe(const api::Object& object, const std::vector<api::ObjectPtr>& events, TimePoint now,
                     const DescribeOptions& options) {
  std::string out = fmt::format("Name:\t{}\n", object.meta.name);
  out += fmt::format("Namespace:\t{}\n", object.meta.namespace_);
  out += mapText("Labels", object.meta.labels, "=");
  out += mapText("Annotations", object.meta.annotations, ": ");
  out += fmt::format("API Version:\t{}\nKind:\t{}\n", api::apiVersionOf(object), api::kindNameOf(object));
  Json tree = api::toJson(object);
  for (const char* shown : {"apiVersion", "kind"}) tree.erase(shown);
  if (options.spec) {
    for (const char* shown : {"name", "namespace", "labels", "annotations", "managedFields"})
      tree["metadata"].erase(shown);
  } else {
    const Json status = tree.contains("status") ? tree["status"] : Json::object();
    tree = Json::object();
    tree["status"] = status;
  }
  writeTree(out, 0, tree);
  return alignTabs(out + eventsText(events, now));
}

std::string describeJobSets(const scenarios::Outcome& outcome, const DescribeOptions& options) {
  std::string out;
  for (const scenarios::JobSetOutcome& jobset : outcome.jobsets) {
    if (!out.empty()) out += '\n';
    out += describe(*jobset.last, jobset.events, outcome.end, options);
  }
  return out;
}

}  // namespace jobset_twin::viz
