#include "scenarios/study/read_factors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"
#include "engine/api/scalar.hpp"
#include "engine/api/time.hpp"

namespace jobset_twin::scenarios::study {
namespace {

using api::TreeNode;

// The seconds of a duration, or the number itself.
std::optional<double> numberOf(const TreeNode& value) {
  if (value.kind == TreeNode::Kind::kInt) return static_cast<double>(value.integer);
  if (value.kind == TreeNode::Kind::kDouble) return value.number;
  if (!value.isString()) return std::nullopt;
  const api::Result<Duration> duration = api::parseDuration(value.text);
  if (!duration) return std::nullopt;
  return std::chrono::duration<double>(*duration).count();
}

// "1h30m" where Go writes "1h30m0s".
std::string shortDuration(Duration duration) {
  std::string text = api::formatDuration(duration);
  for (const char* none : {"m0s", "h0m"}) {
    if (text.ends_with(none)) text.resize(text.size() - 2);
  }
  return text;
}

std::string shortText(const TreeNode& value) {
  if (value.isNull()) return "none";
  if (value.isString()) return value.text;
  const std::string text = api::toJson(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return text.size() <= 40 ? text : text.substr(0, 37) + "...";
}

Level levelOf(const Reader& reader, const Place& place, std::string name) {
  Level out;
  out.name = std::move(name);
  out.origin = reader.origin(place);
  return out;
}

// The value waits in a change without a place until the field is known.
void readValues(Reader& reader, const Place& place, Factor& out) {
  if (!reader.isList(place)) return;
  if (place.node.items.empty()) return reader.invalid(place, "must have one value at least");
  for (std::size_t i = 0; i < place.node.items.size(); ++i) {
    const Place item = place.at(i);
    Level level = levelOf(reader, item, shortText(item.node));
    level.number = numberOf(item.node);
    level.changes.push_back({{}, item.node, {}});
    out.levels.push_back(std::move(level));
  }
}

// --- ranges ---

struct RangeEnds {
  std::optional<TreeNode> from, to;
  std::string scale = "linear";
  std::int32_t steps = 5;
};

constexpr std::array<Field<RangeEnds>, 4> kRangeFields = {{
    {"from", "number|duration", "the least", [](Reader&, const Place& p, RangeEnds& r) { r.from = p.node; }, true},
    {"to", "number|duration", "the largest", [](Reader&, const Place& p, RangeEnds& r) { r.to = p.node; }, true},
    {"steps", "integer", "values of a grid, both ends included (5)",
     [](Reader& r, const Place& p, RangeEnds& o) { r.integer(p, o.steps, 2); }},
    {"scale", "string", "linear, or log: equal factors instead of equal steps",
     [](Reader& r, const Place& p, RangeEnds& o) {
       r.choice(p, o.scale, {"linear", "log"});
     }},
}};

void readRange(Reader& reader, const Place& place, Factor& out) {
  RangeEnds ends;
  const std::size_t before = reader.errors.size();
  reader.object<RangeEnds>(place, kRangeFields, ends);
  if (reader.errors.size() != before) return;
  const std::optional<double> from = numberOf(*ends.from), to = numberOf(*ends.to);
  const bool durations = ends.from->isString() || ends.to->isString();
  const auto fits = [durations](const TreeNode& end, const std::optional<double>& number) {
    return number && (!durations || end.isString() || *number == 0);  // 0 needs no unit
  };
  if (!fits(*ends.from, from) || !fits(*ends.to, to))
    return reader.invalid(place, "from and to must both be numbers, or both durations");
  if (!(*from < *to)) return reader.invalid(place, "is empty: from must be less than to");
  constexpr std::int32_t kStepsMax = 1000;
  if (ends.steps > kStepsMax) return reader.invalid(place, fmt::format("has more than {} steps", kStepsMax));
  Range range;
  range.from = *from;
  range.to = *to;
  range.steps = ends.steps;
  range.log = ends.scale == "log";
  if (range.log && *from <= 0) return reader.invalid(place, "a log scale begins above 0");
  range.kind = durations ? Range::Kind::kDuration
               : ends.from->kind == TreeNode::Kind::kInt && ends.to->kind == TreeNode::Kind::kInt
                   ? Range::Kind::kInteger
                   : Range::Kind::kNumber;
  std::set<std::string> seen;
  for (std::int32_t i = 0; i < range.steps; ++i) {
    const double at = static_cast<double>(i) / (range.steps - 1);
    TreeNode value = range.at(at);
    Level level = levelOf(reader, place, shortText(value));
    if (!seen.insert(level.name).second) continue;  // whole numbers close together
    level.number = numberOf(value);
    level.changes.push_back({{}, std::move(value), {}});
    out.levels.push_back(std::move(level));
  }
  out.range = range;
}

// --- levels with a name ---

void readSet(Reader& reader, const Place& place, Change& out) {
  static constexpr std::array<Field<Change>, 3> kFields = {{
      {"object", "string", "Kind/name, or a Kind: all of them (Scenario)",
       [](Reader& r, const Place& p, Change& c) { r.text(p, c.place.object); }},
      {"field", "string", "a JSON pointer, or a known name",
       [](Reader& r, const Place& p, Change& c) { r.text(p, c.place.pointer); }, true},
      {"value", "any", "what it is set to; null takes it away",
       [](Reader&, const Place& p, Change& c) { c.value = p.node; }},
  }};
  reader.object<Change>(place, kFields, out);
}

constexpr std::array<Field<Level>, 5> kLevelFields = {{
    {"name", "string", "as it is shown", [](Reader& r, const Place& p, Level& l) { r.text(p, l.name); }, true},
    {"value", "any", "of the factor's field; null takes it away",
     [](Reader&, const Place& p, Level& l) {
       l.number = numberOf(p.node);
       l.changes.insert(l.changes.begin(), {{}, p.node, {}});
     }},
    {"set", "[]Set", "fields that this level changes",
     [](Reader& r, const Place& p, Level& l) { r.list<Change>(p, l.changes, readSet); }},
    {"files", "[]string", "a Scenario and manifests in place of the base's",
     [](Reader& r, const Place& p, Level& l) {
       std::vector<std::string> paths;
       if (!r.texts(p, paths)) return;
       for (const std::string& path : paths) {
         l.files.push_back(besides(r.context().file, path));
         if (r.context().read && !r.context().read(l.files.back()))
           r.invalid(p, fmt::format("{} cannot be read", l.files.back()));
       }
     }},
    {"featureGates", "string", "as --feature-gates, beside the base's",
     [](Reader& r, const Place& p, Level& l) { r.text(p, l.feature_gates); }},
}};

void readLevel(Reader& reader, const Place& place, Level& out) {
  out.origin = reader.origin(place);
  reader.object<Level>(place, kLevelFields, out);
}

constexpr std::array<Field<Factor>, 6> kFactorFields = {{
    {"name", "string", "as it is shown; also the name of the field, when `field` is left out",
     [](Reader& r, const Place& p, Factor& f) { r.text(p, f.name); }, true},
    {"object", "string", "of the field: Kind/name, or a Kind: all of them (Scenario)",
     [](Reader& r, const Place& p, Factor& f) { r.text(p, f.field.object); }},
    {"field", "string", "a JSON pointer (/spec/faults/0/mtbf; * is each item, a name the item of that name), or a name",
     [](Reader& r, const Place& p, Factor& f) { r.text(p, f.field.pointer); }},
    {"values", "[]any", "the values it takes", readValues},
    {"range", "Range", "values between two ends", readRange},
    {"levels", "[]Level", "alternatives with a name, each of which may change several fields or files",
     [](Reader& r, const Place& p, Factor& f) { r.list<Level>(p, f.levels, readLevel); }},
}};

// A change as --set takes it: by a pointer, or by a name that the documents must know.
api::Result<std::vector<std::string>> setsOf(const FieldPlace& field, const TreeNode& value,
                                             const std::vector<api::Tree>& documents) {
  if (field.pointer.starts_with('/'))
    return std::vector<std::string>{
        changeText({field.object.empty() ? "Scenario" : field.object, field.pointer, false}, value)};
  const api::Result<std::vector<FieldPlace>> places = placesOf(field.pointer, documents);
  if (!places) return places.errors();
  if (field.object.empty()) return std::vector<std::string>{changeText({field.pointer, "", false}, value)};
  std::vector<std::string> out;
  for (const FieldPlace& place : *places) {
    if (field.object.substr(0, field.object.find('/')) == place.object)
      out.push_back(changeText({field.object, place.pointer, place.only_present}, value));
  }
  if (!out.empty()) return out;
  return api::plainError(
      "Invalid", fmt::format("{} has no field {} that is known by name", field.object, api::quoted(field.pointer)));
}

}  // namespace

void readFactor(Reader& reader, const Place& place, Factor& out) {
  out.origin = reader.origin(place);
  reader.object<Factor>(place, kFactorFields, out);
  if (!place.node.isMap()) return;
  int given = 0;
  for (const char* field : {"values", "range", "levels"}) {
    const TreeNode* value = place.node.find(field);
    given += value && !value->isNull() ? 1 : 0;
  }
  if (given != 1) reader.invalid(place, "must have one of values, range and levels");
}

api::Errors resolveFactor(Factor& factor, const std::vector<api::Tree>& documents) {
  if (factor.field.pointer.empty()) factor.field.pointer = factor.name;
  api::Errors errors;
  std::set<std::string> names, said;
  const auto wrong = [&](const Level& level, api::Error error) {
    if (!said.insert(error.text).second) return;  // the same of each level
    error.file = level.origin.file;
    error.line = level.origin.line;
    error.column = level.origin.column;
    errors.push_back(std::move(error));
  };
  for (Level& level : factor.levels) {
    if (!names.insert(level.name).second)
      wrong(level, api::plainError("Duplicate", fmt::format("the value {} stands twice", api::quoted(level.name))));
    level.sets.clear();
    for (const Change& change : level.changes) {
      const api::Result<std::vector<std::string>> sets =
          setsOf(change.place.pointer.empty() ? factor.field : change.place, change.value, documents);
      if (sets) level.sets.insert(level.sets.end(), sets->begin(), sets->end());
      for (const api::Error& error : sets.errors()) wrong(level, error);
    }
  }
  return errors;
}

api::TreeNode Range::at(double place) const {
  TreeNode out;
  const double value = log ? from * std::pow(to / from, place) : from + (to - from) * place;
  switch (kind) {
    case Kind::kInteger: api::setInteger(out, std::llround(value)); break;
    case Kind::kDuration: {
      const std::int64_t whole = value >= 60 ? std::llround(value) * 1000 : std::llround(value * 1000);
      out.kind = TreeNode::Kind::kString;
      out.text = shortDuration(std::chrono::milliseconds(whole));
      break;
    }
    case Kind::kNumber: {
      constexpr int kDigits = 6;
      const double scale = std::pow(10.0, kDigits - 1 - std::floor(std::log10(std::max(std::abs(value), 1e-300))));
      api::setDouble(out, value == 0 ? 0 : std::round(value * scale) / scale);
      break;
    }
  }
  return out;
}

double Range::numberAt(double place) const { return *numberOf(at(place)); }

void addFactorFields(FieldTexts& out) {
  addFields<Factor>(out, "Factor", kFactorFields);
  addFields<RangeEnds>(out, "Range", kRangeFields);
  addFields<Level>(out, "Level", kLevelFields);
}

}  // namespace jobset_twin::scenarios::study
