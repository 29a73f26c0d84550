#include "scenarios/fields.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/api/scalar.hpp"

namespace jobset_twin::scenarios {
namespace {

using TreeKind = api::TreeNode::Kind;

std::string shown(const api::TreeNode& node) {
  if (node.isString()) return api::quoted(node.text);
  std::string out = api::toJson(node).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return out.size() <= 60 ? out : out.substr(0, 57) + "...";
}

std::string asNumber(double value) { return api::goDouble(value); }

}  // namespace

std::string besides(const std::string& file, const std::string& path) {
  const std::size_t slash = file.rfind('/');
  if (path.starts_with('/') || slash == std::string::npos) return path;
  return file.substr(0, slash + 1) + path;
}

api::Error Reader::origin(const Place& place) const {
  api::Error out;
  out.file = context_.file;
  out.line = place.node.at.line;
  out.column = place.node.at.column;
  out.field = place.path;
  return out;
}

std::string Reader::where(const Place& place) const { return fmt::format("{}:{}", context_.file, place.node.at.line); }

void Reader::error(const Place& place, api::Error error) {
  error.file = context_.file;
  error.line = place.node.at.line;
  error.column = place.node.at.column;
  if (error.field.empty()) error.field = place.path;
  errors.push_back(std::move(error));
}

void Reader::invalid(const Place& place, std::string_view detail, std::string hint) {
  api::Error out = api::invalidValue(place.path, shown(place.node), detail);
  out.hint = std::move(hint);
  error(place, std::move(out));
}

void Reader::missing(const Place& place, std::string_view field, std::string_view detail) {
  error(place,
        api::requiredValue(place.path.empty() ? std::string(field) : fmt::format("{}.{}", place.path, field), detail));
}

void Reader::unknown(api::Position at, const std::string& path, std::string_view name,
                     const std::vector<std::string>& known) {
  if (context_.validation == api::Validation::kIgnore) return;
  api::Error out = api::plainError("UnknownField", fmt::format("unknown field \"{}\"", path));
  out.file = context_.file;
  out.line = at.line;
  out.column = at.column;
  out.field = path;
  if (const std::string near = api::nearestName(name, known); !near.empty())
    out.hint = fmt::format("did you mean \"{}\"?", near);
  if (context_.validation == api::Validation::kStrict) {
    out.text = "strict decoding error: " + out.text;
    errors.push_back(std::move(out));
  } else {
    warnings.push_back(std::move(out));
  }
}

bool Reader::wrongType(const Place& place, std::string_view wanted, std::string hint) {
  const std::string have = api::quoted(api::openApiTypeWord(place.node.kind));
  api::Error out =
      api::invalidValue(place.path, have, fmt::format("{} in body must be of type {}: {}", place.path, wanted, have));
  out.hint = std::move(hint);
  error(place, std::move(out));
  return false;
}

bool Reader::isMap(const Place& place) { return place.node.isMap() || wrongType(place, "object"); }

bool Reader::isList(const Place& place) { return place.node.isList() || wrongType(place, "array"); }

bool Reader::text(const Place& place, std::string& out) {
  if (!place.node.isString()) {
    return wrongType(
        place, "string",
        place.node.kind == TreeKind::kInt || place.node.kind == TreeKind::kDouble || place.node.kind == TreeKind::kBool
            ? fmt::format("write it in quotes: \"{}\"", place.node.text.empty() ? shown(place.node) : place.node.text)
            : std::string());
  }
  out = place.node.text;
  return true;
}

bool Reader::choice(const Place& place, std::string& out, const std::vector<std::string>& allowed) {
  std::string value;
  if (!text(place, value)) return false;
  for (const std::string& one : allowed) {
    if (one == value) {
      out = std::move(value);
      return true;
    }
  }
  api::Error wrong = api::unsupportedValue(place.path, api::quoted(value), allowed);
  if (const std::string near = api::nearestName(value, allowed); !near.empty())
    wrong.hint = fmt::format("did you mean \"{}\"?", near);
  error(place, std::move(wrong));
  return false;
}

bool Reader::flag(const Place& place, bool& out) {
  if (place.node.kind != TreeKind::kBool) return wrongType(place, "boolean");
  out = place.node.boolean;
  return true;
}

bool Reader::integer(const Place& place, std::int64_t& out, std::int64_t least, std::int64_t most) {
  if (place.node.kind != TreeKind::kInt) return wrongType(place, "integer");
  if (place.node.integer < least) {
    invalid(place, fmt::format("{} in body should be greater than or equal to {}", place.path, least));
    return false;
  }
  if (place.node.integer > most) {
    invalid(place, fmt::format("{} in body should be less than or equal to {}", place.path, most));
    return false;
  }
  out = place.node.integer;
  return true;
}

bool Reader::integer(const Place& place, std::int32_t& out, std::int64_t least) {
  std::int64_t wide = 0;
  if (!integer(place, wide, least, std::numeric_limits<std::int32_t>::max())) return false;
  out = static_cast<std::int32_t>(wide);
  return true;
}

bool Reader::number(const Place& place, double& out, double least, double most) {
  if (place.node.kind != TreeKind::kInt && place.node.kind != TreeKind::kDouble) return wrongType(place, "number");
  const double value = place.node.kind == TreeKind::kInt ? static_cast<double>(place.node.integer) : place.node.number;
  if (value < least) {
    invalid(place, fmt::format("{} in body should be greater than or equal to {}", place.path, asNumber(least)));
    return false;
  }
  if (value > most) {
    invalid(place, fmt::format("{} in body should be less than or equal to {}", place.path, asNumber(most)));
    return false;
  }
  out = value;
  return true;
}

bool Reader::duration(const Place& place, api::Duration& out) {
  if (place.node.kind == TreeKind::kInt && place.node.integer == 0) {
    out = {};
    return true;
  }
  if (!place.node.isString()) {
    return wrongType(place, "string",
                     place.node.kind == TreeKind::kInt || place.node.kind == TreeKind::kDouble
                         ? fmt::format("a duration has a unit: {}s", place.node.text)
                         : std::string("a duration is written as 90s, 1h30m or 250ms"));
  }
  const api::Result<api::Duration> parsed = api::parseDuration(place.node.text);
  if (!parsed) {
    invalid(place, parsed.errors().front().text, "a duration is written as 90s, 1h30m or 250ms");
    return false;
  }
  if (*parsed < api::Duration::zero()) {
    invalid(place, "must not be negative");
    return false;
  }
  out = *parsed;
  return true;
}

bool Reader::positiveDuration(const Place& place, api::Duration& out) {
  api::Duration value{};
  if (!duration(place, value)) return false;
  if (value == api::Duration::zero()) {
    invalid(place, "must be greater than 0");
    return false;
  }
  out = value;
  return true;
}

bool Reader::stringMap(const Place& place, api::StringMap& out) {
  if (!isMap(place)) return false;
  for (const api::TreeEntry& entry : place.node.entries) {
    std::string value;
    if (entry.value.isNull() || text(place.at(entry), value)) out.set(entry.key, value);
  }
  return true;
}

bool Reader::quantities(const Place& place, api::ResourceList& out) {
  if (!isMap(place)) return false;
  for (const api::TreeEntry& entry : place.node.entries) {
    const Place inner = place.at(entry);
    if (!entry.value.isString() && entry.value.kind != TreeKind::kInt && entry.value.kind != TreeKind::kDouble) {
      wrongType(inner, "integer,string");
      continue;
    }
    const api::Result<api::Quantity> parsed = api::Quantity::parse(entry.value.text);
    if (!parsed) {
      invalid(inner, parsed.errors().front().text);
    } else if (parsed->sign() < 0) {
      invalid(inner, "must be greater than or equal to 0");
    } else {
      out[entry.key] = *parsed;
    }
  }
  return true;
}

bool Reader::texts(const Place& place, std::vector<std::string>& out) {
  std::string one;
  if (!place.node.isList()) {
    if (!text(place, one)) return false;
    out.push_back(std::move(one));
    return true;
  }
  for (std::size_t i = 0; i < place.node.items.size(); ++i) {
    if (text(place.at(i), one)) out.push_back(one);
  }
  return true;
}

bool Reader::integers(const Place& place, std::vector<std::int32_t>& out) {
  std::int32_t one = 0;
  if (!place.node.isList()) {
    if (!integer(place, one, 0)) return false;
    out.push_back(one);
    return true;
  }
  for (std::size_t i = 0; i < place.node.items.size(); ++i) {
    if (integer(place.at(i), one, 0)) out.push_back(one);
  }
  return true;
}

}  // namespace jobset_twin::scenarios
