#include "scenarios/cli/result_diff.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/api/time.hpp"

namespace jobset_twin::cli {
namespace {

using nlohmann::json;

constexpr double kEnd = std::numeric_limits<double>::infinity();  // known only when the run is over
constexpr std::string_view kAbsent = "(absent)";

std::string textOf(const json* value) {
  if (!value) return std::string(kAbsent);
  std::string text = value->dump(-1, ' ', false, json::error_handler_t::replace);
  constexpr std::size_t kLongest = 160;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
  return text;
}

const json* member(const json* object, const std::string& key) {
  if (!object || !object->is_object()) return nullptr;
  const auto found = object->find(key);
  return found == object->end() ? nullptr : &*found;
}

// What tells the items of a list apart, as Kubernetes merges them; "" if their order does.
std::string listKey(const json& list) {
  for (const char* key : {"type", "name", "ip", "uid", "key", "seconds"}) {
    const bool all = !list.empty() && std::all_of(list.begin(), list.end(), [&](const json& item) {
      return item.is_object() && item.contains(key) && item[key].is_string();
    });
    std::set<std::string> seen;
    if (all && std::all_of(list.begin(), list.end(), [&](const json& item) { return seen.insert(item[key]).second; }))
      return key;
  }
  return {};
}

class Comparison {
 public:
  Comparison(std::optional<api::TimePoint> start, std::vector<Difference>& out) : start_(start), out_(out) {}

  // `at`: the time of what encloses the values.
  void compare(const std::string& object, const std::string& field, const json* a, const json* b, double at) {
    if (a && b && *a == *b) return;
    if (a && b && a->is_object() && b->is_object()) return compareObjects(object, field, *a, *b, at);
    if (a && b && a->is_array() && b->is_array()) return compareLists(object, field, *a, *b, at);
    at = std::min(timeOf(a, field).value_or(at), timeOf(b, field).value_or(at));
    out_.push_back({at, object, field, textOf(a), textOf(b)});
  }

  // When an object, or an item such as a condition, came to be what it is.
  double timeWithin(const json& value, double otherwise) const {
    for (const char* key : {"lastTransitionTime", "seconds", "lastTimestamp", "eventTime", "startedAt", "finishedAt"}) {
      if (const std::optional<double> at = timeOf(member(&value, key), key)) return *at;
    }
    return otherwise;
  }

 private:
  void compareObjects(const std::string& object, const std::string& field, const json& a, const json& b, double at) {
    at = std::min(timeWithin(a, at), timeWithin(b, at));
    std::set<std::string> keys;
    for (const auto& [key, value] : a.items()) keys.insert(key);
    for (const auto& [key, value] : b.items()) keys.insert(key);
    for (const std::string& key : keys)
      compare(object, field.empty() ? key : field + "." + key, member(&a, key), member(&b, key), at);
  }

  void compareLists(const std::string& object, const std::string& field, const json& a, const json& b, double at) {
    const std::string key = listKey(a);
    if (!key.empty() && key == listKey(b)) {
      std::vector<std::string> names;
      for (const json* list : {&a, &b}) {
        for (const json& item : *list) {
          const std::string name = item[key].get<std::string>();
          if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
        }
      }
      for (const std::string& name : names) {
        compareItems(object, fmt::format("{}[{}]", field, name), itemNamed(a, key, name), itemNamed(b, key, name), at);
      }
      return;
    }
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      compareItems(object, fmt::format("{}[{}]", field, i), i < a.size() ? &a[i] : nullptr,
                   i < b.size() ? &b[i] : nullptr, at);
    }
  }

  void compareItems(const std::string& object, const std::string& field, const json* a, const json* b, double at) {
    double when = kEnd;
    if (a) when = std::min(when, timeWithin(*a, at));
    if (b) when = std::min(when, timeWithin(*b, at));
    compare(object, field, a, b, when);
  }

  static const json* itemNamed(const json& list, const std::string& key, const std::string& name) {
    for (const json& item : list) {
      if (item[key] == name) return &item;
    }
    return nullptr;
  }

  // A timestamp, or a number of seconds in a field named so.
  std::optional<double> timeOf(const json* value, const std::string& field) const {
    if (!value) return std::nullopt;
    if (value->is_number() && (field.ends_with("econds")) && !field.ends_with("PeriodSeconds") &&
        field.find("spec.") == std::string::npos) {
      return value->get<double>();
    }
    if (!value->is_string() || !start_) return std::nullopt;
    const std::string& text = value->get_ref<const std::string&>();
    if (text.size() < 20 || text[4] != '-') return std::nullopt;
    const api::Result<api::TimePoint> at = api::parseTime(text);
    if (!at) return std::nullopt;
    return static_cast<double>((*at - *start_).count()) / 1e9;
  }

  std::optional<api::TimePoint> start_;
  std::vector<Difference>& out_;
};

std::optional<api::TimePoint> startOf(const json& document) {
  const json* start = member(&document, "startTime");
  if (!start || !start->is_string()) return std::nullopt;
  const api::Result<api::TimePoint> at = api::parseTime(start->get<std::string>());
  return at ? std::optional(*at) : std::nullopt;
}

std::string objectOfRow(const json& row) {
  const auto word = [&row](const char* key) {
    return row.contains(key) && row[key].is_string() ? row[key].get<std::string>() : std::string();
  };
  return fmt::format("JobSet/{}/{}", word("namespace"), word("name"));
}

// jobSets[…], matched by namespace and name.
void compareJobSets(Comparison& comparison, const json& a, const json& b) {
  std::vector<std::pair<std::string, std::pair<const json*, const json*>>> rows;
  for (const bool second : {false, true}) {
    for (const json& row : second ? b : a) {
      const std::string name = objectOfRow(row);
      auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& other) {
        return other.first == name && (second ? other.second.second : other.second.first) == nullptr;
      });
      if (found == rows.end()) found = rows.insert(rows.end(), {name, {nullptr, nullptr}});
      (second ? found->second.second : found->second.first) = &row;
    }
  }
  for (const auto& [name, pair] : rows) {
    const json* known = pair.first ? pair.first : pair.second;
    const json* submitted = member(known, "submittedSeconds");
    const double at = submitted && submitted->is_number() ? submitted->get<double>() : 0;
    comparison.compare(name, pair.first && pair.second ? "" : "jobSets", pair.first, pair.second, at);
  }
}

double creationOf(const Comparison& comparison, const json* object) {
  const json* meta = member(object, "metadata");
  const json* created = member(meta, "creationTimestamp");
  if (!created) return kEnd;
  return comparison.timeWithin({{"eventTime", *created}}, kEnd);
}

void compareResults(const json& a, const json& b, std::vector<Difference>& out) {
  Comparison comparison(startOf(a), out);
  std::set<std::string> keys;
  for (const auto& [key, value] : a.items()) keys.insert(key);
  for (const auto& [key, value] : b.items()) keys.insert(key);
  for (const std::string& key : keys) {
    const json *left = member(&a, key), *right = member(&b, key);
    const bool both = left && right;
    if (key == "jobSets" && both && left->is_array() && right->is_array()) {
      compareJobSets(comparison, *left, *right);
    } else if (key == "objects" && both && left->is_object() && right->is_object()) {
      std::set<std::string> names;
      for (const auto& [name, value] : left->items()) names.insert(name);
      for (const auto& [name, value] : right->items()) names.insert(name);
      for (const std::string& name : names) {
        const json *one = member(left, name), *other = member(right, name);
        comparison.compare(name, "", one, other, std::min(creationOf(comparison, one), creationOf(comparison, other)));
      }
    } else {
      // What a run starts from is there at once; all else is known when it ends.
      const bool input =
          key == "seed" || key == "version" || key == "scenarioHash" || key == "startTime" || key == "apiVersion";
      const std::size_t before = out.size();
      comparison.compare("", key, left, right, input ? 0 : kEnd);
      for (std::size_t i = before; i < out.size() && !input && key != "podNames"; ++i) out[i].seconds = kEnd;
    }
  }
}

// "pid/tid" of a trace event, by the names that the trace gives them.
std::string trackOf(const json& events, const json& event) {
  std::string names[2];
  for (const json& other : events) {
    if (other.value("ph", "") != "M" || !other.contains("args") ||
        other.value("pid", json()) != event.value("pid", json()))
      continue;
    const std::string name = other["args"].value("name", "");
    if (other.value("name", "") == "process_name") names[0] = name;
    if (other.value("name", "") == "thread_name" && other.value("tid", json()) == event.value("tid", json()))
      names[1] = name;
  }
  if (names[0].empty()) return names[1];
  return names[1].empty() ? names[0] : names[0] + " / " + names[1];
}

const json& eventsOf(const json& trace) { return trace.is_array() ? trace : trace["traceEvents"]; }

void compareTraces(const json& a, const json& b, std::vector<Difference>& out) {
  const json &left = eventsOf(a), &right = eventsOf(b);
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const json* one = i < left.size() ? &left[i] : nullptr;
    const json* other = i < right.size() ? &right[i] : nullptr;
    if (one && other && *one == *other) continue;
    const json& shown = one ? *one : *other;
    if (!shown.is_object()) {
      out.push_back({0, "", fmt::format("traceEvents[{}]", i), textOf(one), textOf(other)});
      return;
    }
    const auto seconds = [](const json* event) {
      const json* at = member(event, "ts");
      return at && at->is_number() ? at->get<double>() / 1e6 : kEnd;
    };
    const double at = std::min(seconds(one), seconds(other));
    const std::string track = trackOf(one ? left : right, shown);
    const std::string name = member(&shown, "name") ? textOf(member(&shown, "name")) : "an event";
    const std::string what = fmt::format("{}{}{}", track, track.empty() ? "" : ": ", name);
    if (!one || !other) {
      out.push_back(
          {at, what, "", one ? textOf(one) : std::string(kAbsent), other ? textOf(other) : std::string(kAbsent)});
    } else {
      std::vector<Difference> fields;
      Comparison(std::nullopt, fields).compare(what, "", one, other, at);
      for (Difference& field : fields) field.seconds = at;
      out.insert(out.end(), fields.begin(), fields.end());
    }
    return;  // what follows has moved with it
  }
}

}  // namespace

DocumentKind kindOfDocument(const json& document) {
  if (document.is_object() && document.value("kind", json()) == "RunResult") return DocumentKind::kRunResult;
  if (document.is_object() && document.contains("traceEvents") && document["traceEvents"].is_array())
    return DocumentKind::kTrace;
  if (document.is_array()) return DocumentKind::kTrace;
  return DocumentKind::kOther;
}

std::vector<Difference> differencesOf(const json& a, const json& b) {
  std::vector<Difference> out;
  if (kindOfDocument(a) == DocumentKind::kTrace) {
    compareTraces(a, b, out);
  } else {
    compareResults(a, b, out);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Difference& x, const Difference& y) { return x.seconds < y.seconds; });
  return out;
}

std::string differenceText(const Difference& difference) {
  const std::string when = difference.seconds == kEnd ? "at the end" : fmt::format("at {:.3f} s", difference.seconds);
  const std::string what = difference.object.empty() ? "the run" : difference.object;
  if (difference.field.empty() && (difference.a == kAbsent || difference.b == kAbsent)) {
    return fmt::format("{}: {} is only in {}", when, what, difference.a == kAbsent ? "B" : "A");
  }
  return fmt::format("{}: {}: {} is {} in A and {} in B", when, what,
                     difference.field.empty() ? "it" : difference.field, difference.a, difference.b);
}

}  // namespace jobset_twin::cli
